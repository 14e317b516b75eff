"""The kinds of record files: their columns in English and Chinese, and what a cell of each may say.

A file is recognized by its header: it has all columns that its kind needs and none that it doesn't know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

from ledger.allocation.cut_off_1 import OTHERS
from ledger.allocation.sole_1 import ID as SOLE
from ledger.identifiers import container_check_digit, gs1_check_digit
from ledger.records import book_rows, cells, rows
from ledger.records.adjustments import ANSWER, REESTIMATE, STANDING
from ledger.records.cells import one_of, several_of
from ledger.records.columns import (
    BATCH,
    DAY,
    FROM,
    GTIN,
    JOURNEY,
    LEG,
    NOTE,
    QUANTITY,
    REASON,
    RECORD,
    SITE,
    SITE_CODE,
    TO,
    UNIT,
    USED,
    YES,
    Column,
)
from ledger.records.columns import words as _words
from ledger.records.line_columns import FOOTPRINT, MEMO, PART, QUALITY
from ledger.records.openings import OPENING, OPENING_AMOUNT
from ledger.records.opinions import OPINION, WITHDRAWAL
from ledger.records.outputs import KINDS
from ledger.records.policies import BEARING_CYCLE, SEASON, SERVES, SUBDIVISION
from ledger.records.power import INSTRUMENT
from ledger.records.removals import REMOVAL
from ledger.statements import Leg, Terms
from ledger.wire import ROLES, ZONES


@dataclass(frozen=True, slots=True)
class RecordForm:
    """A kind of record file."""

    name: str
    model: type[rows.Row]
    columns: tuple[Column, ...]

    def by_header(self) -> dict[str, Column]:
        """Return the columns by each header that names them."""
        return {header: column for column in self.columns for header in (column.header, column.chinese)}

    def missing(self, headers: set[str]) -> list[str]:
        """Return the needed columns that a header lacks."""
        return [c.header for c in self.columns if c.needed and not headers & {c.header, c.chinese}]


def _choices(model: type, field: str) -> tuple[str, ...]:
    """Return the words that a field of a statement's model takes."""
    annotation = model.model_fields[field].annotation  # type: ignore[attr-defined]
    found: tuple[str, ...] = tuple(
        word
        for part in (get_args(annotation) or ())
        for word in ((part,) if isinstance(part, str) else get_args(part))
    )
    return found


_ROLE: Final = several_of(
    _words(
        ROLES,
        {
            "农户": "farmer",
            "供应商": "supplier",
            "承运人": "carrier",
            "港口": "port",
            "买方": "buyer",
            "核查方": "verifier",
        },
    )
)
_BY: Final = {"按质量": "mass/1", "按价值": "economic/1", "按能量": "energy/1", "按件数": "pieces/1"}
_COMMON_BY: Final = one_of(_words(tuple(OTHERS), _BY))
_POLICY: Final = one_of(
    _words(
        (*OTHERS, SOLE, SUBDIVISION, BEARING_CYCLE),
        {**_BY, "唯一产品": SOLE, "细分过程": SUBDIVISION, "大小年": BEARING_CYCLE},
    )
)
_ROLE_OF_OUTPUT: Final = one_of(
    _words(
        (*("product", "waste", "scrap", "residue"), *KINDS),
        {
            "产品": "product",
            "废弃物": "waste",
            "废料": "scrap",
            "残余物": "residue",
            "联产品": "co_product",
            "副产品": "by_product",
            "非正常损耗": "abnormal_loss",
            "在制品": "in_process",
            "资产": "asset",
        },
    )
)
_MODE: Final = one_of(
    _words(
        _choices(Leg, "mode"),
        {
            "公路": "road",
            "铁路": "rail",
            "海运": "sea",
            "空运": "air",
            "内河": "inland_waterway",
            "站场": "hub",
        },
    )
)
_BASIS: Final = one_of(
    _words(
        _choices(Leg, "distance_basis"),
        {"最短路径": "shortest_feasible", "大圆": "great_circle", "计划": "planned", "实际": "actual"},
    )
)
_OUTCOME: Final = one_of(
    _words(
        ("accepted", "refused", "lost"),
        {"签收": "accepted", "接受": "accepted", "拒收": "refused", "灭失": "lost"},
    )
)
_FATE: Final = one_of(
    _words(
        ("consumer", "waste", "own_use", "abnormal_loss"),
        {"消费者": "consumer", "废弃": "waste", "自用": "own_use", "非正常损耗": "abnormal_loss"},
    )
)
_PRICE: Final = one_of(
    _words(
        ("purchaser", "producer", "basic"), {"购买价": "purchaser", "生产者价": "producer", "基本价": "basic"}
    )
)
_SERVICE: Final = one_of(
    _words(("transport", "waste", "other"), {"运输": "transport", "废物处理": "waste", "其他": "other"})
)
_CLIMATE: Final = one_of(
    _words(("wet", "dry", "aggregated"), {"湿润": "wet", "干旱": "dry", "综合": "aggregated"})
)
_ZONE: Final = one_of(_words(tuple(sorted(ZONES))))
_INCOTERM: Final = one_of(_words(_choices(Terms, "incoterm")))
_REGION: Final = cells.matching(
    r"[A-Z]{2,4}(-[A-Za-z0-9-]{1,14})?", "a region is a country or a part of one, such as CN or CN-GD"
)
_SECTOR: Final = cells.matching(r"[A-Z0-9]{2,10}", "a sector is a code of the spend tables, such as 322210")
_CODE: Final = cells.matching(r"[a-z0-9]+(_[a-z0-9]+)*", "an activity is a code such as diesel_burnt")
_SSCC: Final = cells.ending(cells.matching(r"[0-9]{18}", "an SSCC has 18 digits"), gs1_check_digit)
_CONTAINER: Final = cells.ending(
    cells.matching(r"[A-Z]{4}[0-9]{7}", "a container number is four capitals, seven digits"),
    container_check_digit,
)

FORMS: Final = (
    RecordForm(
        "organizations",
        rows.OrganizationRow,
        (
            Column("organization", "机构", "organization", cells.reference),
            Column("name", "名称", "name", cells.plain_text),
            Column("roles", "角色", "roles", _ROLE, needed=False),
            DAY,
            Column("timezone", "时区", "timezone", _ZONE),
            Column("contact", "联系方式", "contact", cells.note, needed=False),
            SITE,
            SITE_CODE,
        ),
    ),
    RecordForm(
        "attestations",
        rows.AttestationRow,
        (
            Column("attested", "被认证机构", "subject", cells.reference),
            Column("roles", "角色", "roles", _ROLE),
            Column("valid_from", "有效期起", "valid_from", cells.day),
            Column("valid_to", "有效期止", "valid_to", cells.day),
            DAY,
            Column("evidence", "依据", "evidence", cells.note, needed=False),
        ),
    ),
    RecordForm(
        "productions",
        rows.ProductionRow,
        (
            Column("production", "生产单号", "production", cells.reference),
            FROM,
            TO,
            Column("policy", "分摊规则", "policy", _POLICY),
            Column("currency", "币种", "currency", cells.currency, needed=False),
            Column("prices_from", "价格期起", "prices_from", cells.day, needed=False),
            Column("prices_to", "价格期止", "prices_to", cells.day, needed=False),
            Column("basis_source", "依据来源", "basis_source", cells.plain_text, needed=False),
            SITE,
            SITE_CODE,
            NOTE,
            Column("common_by", "公共部分分摊", "common_by", _COMMON_BY, needed=False),
            Column("failed_below", "歉收界限", "failed_below", cells.share, needed=False),
            Column("brought_forward_kg", "上季结转千克", "brought_forward_kg", cells.positive, needed=False),
        ),
    ),
    RecordForm("seasons", book_rows.SeasonRow, SEASON),
    RecordForm(
        "outputs",
        rows.OutputRow,
        (
            Column("production", "生产单号", "record", cells.reference),
            BATCH,
            Column("product", "产品", "product", cells.plain_text),
            QUANTITY,
            UNIT,
            Column("role", "产出类别", "role", _ROLE_OF_OUTPUT, needed=False),
            Column("revenue", "收入", "revenue", cells.number, needed=False),
            Column("price", "售价", "price", cells.number, needed=False),
            Column("energy_mj", "能量兆焦", "energy_mj", cells.number, needed=False),
            Column("lhv_mj_per_kg", "低位热值", "lhv_mj_per_kg", cells.number, needed=False),
            Column("unit_mass_g", "单件克重", "unit_mass_g", cells.positive, needed=False),
            GTIN,
        ),
    ),
    RecordForm(
        "inputs",
        rows.InputRow,
        (
            RECORD,
            Column("used_batch", "领用批号", "batch", cells.reference),
            QUANTITY,
            UNIT,
            SERVES,
            Column("brought_forward", "上季结转", "brought_forward", YES, needed=False),
        ),
    ),
    RecordForm(
        "activities",
        rows.ActivityRow,
        (
            RECORD,
            Column("activity", "活动", "activity", _CODE),
            QUANTITY,
            UNIT,
            Column("purchase", "采购单号", "purchase", cells.reference, needed=False),
            Column("region", "地区", "region", _REGION, needed=False),
            Column("month", "月份", "month", cells.month, needed=False),
            Column("nitrogen_percent", "含氮量", "nitrogen_percent", cells.percent, needed=False),
            Column("climate", "气候", "climate", _CLIMATE, needed=False),
            Column("purity_percent", "纯度", "purity_percent", cells.percent, needed=False),
            Column("power_kw", "功率", "power_kw", cells.positive, needed=False),
            Column("service", "所属服务", "service", _SERVICE, needed=False),
            PART,
            Column("text", "说明", "text", cells.plain_text, needed=False),
            *FOOTPRINT,
            *MEMO,
            *QUALITY,
            *USED,
            *INSTRUMENT,
            SERVES,
        ),
    ),
    RecordForm("removals", rows.RemovalRow, (RECORD, *REMOVAL, SERVES)),
    RecordForm(
        "purchases",
        rows.PurchaseRow,
        (
            RECORD,
            Column("purchase", "采购单号", "purchase", cells.reference),
            Column("goods", "品名", "goods", cells.plain_text),
            Column("sector", "行业代码", "sector", _SECTOR),
            Column("country", "供应国", "country", _REGION),
            Column("amount", "金额", "amount", cells.positive),
            Column("currency", "币种", "currency", cells.currency),
            Column("invoice_date", "开票日期", "invoiced", cells.day),
            Column("price_type", "价格类型", "price_type", _PRICE),
            Column("vat_percent", "增值税率", "vat_percent", cells.percent),
            PART,
            *MEMO,
            *QUALITY,
            SERVES,
        ),
    ),
    RecordForm(
        "handlings",
        rows.HandlingRow,
        (
            Column("handling", "作业单号", "handling", cells.reference),
            Column("leg", "运段", "leg", cells.reference),
            Column("mode", "方式", "mode", _MODE),
            Column("load_kg", "载重千克", "load_kg", cells.positive),
            FROM,
            TO,
            Column("delivery_note", "送货单号", "delivery_note", cells.reference, needed=False),
            Column("batch", "批号", "batch", cells.reference, needed=False),
            Column("distance_km", "里程千米", "distance_km", cells.positive, needed=False),
            Column("distance_basis", "里程依据", "distance_basis", _BASIS, needed=False),
            *JOURNEY,
            Column("own_tkm", "本批吨公里", "own_tkm", cells.positive, needed=False),
            Column("total_tkm", "全车吨公里", "total_tkm", cells.positive, needed=False),
            *LEG,
            NOTE,
        ),
    ),
    RecordForm(
        "dispatches",
        rows.DispatchRow,
        (
            Column("delivery_note", "送货单号", "delivery_note", cells.reference),
            Column("batch", "批号", "batch", cells.reference),
            QUANTITY,
            UNIT,
            Column("consignee", "收货方", "consignee", cells.reference),
            DAY,
            Column("carriers", "承运方", "carriers", cells.references, needed=False),
            Column("incoterm", "贸易术语", "incoterm", _INCOTERM, needed=False),
            *JOURNEY,
            Column("container", "箱号", "container", _CONTAINER, needed=False),
            Column("sscc", "物流单元码", "sscc", _SSCC, needed=False),
        ),
    ),
    RecordForm(
        "receipts",
        rows.ReceiptRow,
        (
            Column("delivery_note", "送货单号", "delivery_note", cells.reference),
            Column("outcome", "结果", "outcome", _OUTCOME),
            DAY,
            Column("received_batch", "收货批号", "batch", cells.reference, needed=False),
            Column("accepts", "接受的作业", "accepts", cells.references, needed=False),
            REASON,
            Column("accepted", "签收数量", "accepted", cells.positive, needed=False),
            Column("returned", "退回数量", "returned", cells.positive, needed=False),
            Column("lost", "灭失数量", "lost", cells.positive, needed=False),
            Column("unit", "单位", "unit", cells.unit, needed=False),
        ),
    ),
    RecordForm(
        "disposals",
        rows.DisposalRow,
        (
            Column("disposal", "处置单号", "disposal", cells.reference),
            Column("batch", "批号", "batch", cells.reference),
            QUANTITY,
            UNIT,
            Column("fate", "去向", "fate", _FATE),
            DAY,
            Column("customer", "客户", "customer", cells.note, needed=False),
        ),
    ),
    RecordForm(
        "corrections",
        rows.CorrectionRow,
        (
            Column("correction", "更正单号", "correction", cells.reference),
            Column("production", "生产单号", "production", cells.reference),
            DAY,
            Column("drop_purchases", "撤销采购单号", "drop_purchases", cells.references, needed=False),
            REASON,
        ),
    ),
    RecordForm("openings", book_rows.OpeningRow, OPENING),
    RecordForm("opening amounts", book_rows.OpeningAmountRow, OPENING_AMOUNT),
    RecordForm("opinions", book_rows.OpinionRow, OPINION),
    RecordForm("withdrawals", book_rows.WithdrawalRow, WITHDRAWAL),
    RecordForm("reestimates", book_rows.ReestimateRow, REESTIMATE),
    RecordForm("answers", book_rows.AnswerRow, ANSWER),
    RecordForm("standing acceptances", book_rows.StandingRow, STANDING),
)
"""All kinds of record files; their header rows can be told apart."""
