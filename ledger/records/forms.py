"""The kinds of record files: their columns in English and Chinese, and what a cell of each may say.

A file is recognized by its header: it has all columns that its kind needs and none that it doesn't know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

from ledger.allocation.cut_off_1 import OTHERS
from ledger.components import BIOGENIC_CHANNELS, EMISSION_CHANNELS
from ledger.factor import GWP_SETS
from ledger.identifiers import container_check_digit, gs1_check_digit
from ledger.quality import BASIC_RANGE
from ledger.records import cells, rows
from ledger.records.cells import one_of, several_of
from ledger.records.columns import LEG, USED, Column
from ledger.records.columns import words as _words
from ledger.records.outputs import KINDS
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
_POLICY: Final = one_of(
    _words(
        tuple(OTHERS),
        {"按质量": "mass/1", "按价值": "economic/1", "按能量": "energy/1", "按件数": "pieces/1"},
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
_OF_WHICH: Final = one_of(
    _words(("packaging", "outbound_logistics"), {"包装": "packaging", "外运": "outbound_logistics"})
)
_SERVICE: Final = one_of(
    _words(("transport", "waste", "other"), {"运输": "transport", "废物处理": "waste", "其他": "other"})
)
_CLIMATE: Final = one_of(
    _words(("wet", "dry", "aggregated"), {"湿润": "wet", "干旱": "dry", "综合": "aggregated"})
)
_CHANNEL: Final = one_of(_words((*EMISSION_CHANNELS, *BIOGENIC_CHANNELS)))
_GWP: Final = one_of(_words(GWP_SETS))
_ZONE: Final = one_of(_words(tuple(sorted(ZONES))))
_INCOTERM: Final = one_of(_words(_choices(Terms, "incoterm")))
_LOCODE: Final = cells.matching(r"[A-Z]{2}[A-Z2-9]{3}", "a UN/LOCODE has five capitals, such as CNNSA")
_REGION: Final = cells.matching(
    r"[A-Z]{2,4}(-[A-Za-z0-9-]{1,14})?", "a region is a country or a part of one, such as CN or CN-GD"
)
_SECTOR: Final = cells.matching(r"[A-Z0-9]{2,10}", "a sector is a code of the spend tables, such as 322210")
_CODE: Final = cells.matching(r"[a-z0-9]+(_[a-z0-9]+)*", "an activity is a code such as diesel_burnt")
_METHOD: Final = cells.matching(r"[a-z0-9]+(_[a-z0-9]+)*", "a method is a code such as meter_certificate")
_SCORES: Final = cells.scores(
    {
        **{flow: flow for flow in BASIC_RANGE},
        "能源和材料": "energy_materials",
        "运输": "transport",
        "基础设施": "infrastructure",
        "二氧化碳": "co2",
        "燃烧甲烷": "methane_burnt",
        "农业甲烷": "methane_farm",
        "燃烧氧化亚氮": "n2o_burnt",
        "农业氧化亚氮": "n2o_farm",
    }
)
_GTIN: Final = cells.ending(cells.matching(r"[0-9]{14}", "a GTIN is written with 14 digits"), gs1_check_digit)
_SSCC: Final = cells.ending(cells.matching(r"[0-9]{18}", "an SSCC has 18 digits"), gs1_check_digit)
_CONTAINER: Final = cells.ending(
    cells.matching(r"[A-Z]{4}[0-9]{7}", "a container number is four capitals, seven digits"),
    container_check_digit,
)

_RECORD: Final = Column("record", "单号", "record", cells.reference)
_BATCH: Final = Column("batch", "批号", "batch", cells.batch)
_QUANTITY: Final = Column("quantity", "数量", "quantity", cells.positive)
_UNIT: Final = Column("unit", "单位", "unit", cells.unit)
_DAY: Final = Column("date", "日期", "day", cells.day)
_FROM: Final = Column("from", "开始日期", "start", cells.day)
_TO: Final = Column("to", "结束日期", "end", cells.day)
_SITE: Final = Column("site", "地点", "site", cells.plain_text, needed=False)
_SITE_CODE: Final = Column("locode", "地点代码", "locode", _LOCODE, needed=False)
_NOTE: Final = Column("note", "备注", "note", cells.note, needed=False)
_PART: Final = Column("of_which", "其中", "of_which", _OF_WHICH, needed=False)
_REASON: Final = Column("reason", "原因", "reason", cells.note, needed=False)
_FOOTPRINT: Final = (
    Column("footprint_kg", "足迹千克", "footprint_kg", cells.positive, needed=False),
    Column("channel", "排放类型", "channel", _CHANNEL, needed=False),
    Column("gwp", "GWP版本", "gwp", _GWP, needed=False),
    Column("primary_share", "原始数据占比", "primary_share", cells.share, needed=False),
)
"""A footprint from another system, in kg CO2e: of which kind, under which GWP set, how much is primary."""
_MEMO: Final = (
    Column("carbon_fossil_kg", "化石碳千克", "carbon_fossil_kg", cells.number, needed=False),
    Column("carbon_biogenic_kg", "生物碳千克", "carbon_biogenic_kg", cells.number, needed=False),
    Column("carbon_recycled_kg", "再生碳千克", "carbon_recycled_kg", cells.number, needed=False),
    Column("carbon_packaging_kg", "包装碳千克", "carbon_packaging_kg", cells.number, needed=False),
    Column("land_m2_year", "占地平方米年", "land_m2_year", cells.number, needed=False),
    Column("indirect_luc_kg", "间接土地利用变化千克", "indirect_luc_kg", cells.number, needed=False),
    Column("radiative_forcing_kg", "辐射强迫千克", "radiative_forcing_kg", cells.number, needed=False),
)
"""What stands beside a line and is never added up: kg of C, land, kg CO2e of indirect effects."""
_QUALITY: Final = (
    Column("error_percent", "误差百分比", "error_percent", cells.percent, needed=False),
    Column("error_method", "误差方法", "error_method", _METHOD, needed=False),
    Column("activity_scores", "活动数据评分", "activity_scores", _SCORES, needed=False),
    Column("fit_scores", "因子适用评分", "fit_scores", _SCORES, needed=False),
)
"""How sure a row is: a relative standard error with its method, or a flow and five scores."""
_JOURNEY: Final = (
    Column("origin", "起点", "origin", cells.plain_text, needed=False),
    Column("origin_locode", "起点代码", "origin_locode", _LOCODE, needed=False),
    Column("destination", "终点", "destination", cells.plain_text, needed=False),
    Column("destination_locode", "终点代码", "destination_locode", _LOCODE, needed=False),
)

FORMS: Final = (
    RecordForm(
        "organizations",
        rows.OrganizationRow,
        (
            Column("organization", "机构", "organization", cells.reference),
            Column("name", "名称", "name", cells.plain_text),
            Column("roles", "角色", "roles", _ROLE, needed=False),
            _DAY,
            Column("timezone", "时区", "timezone", _ZONE),
            Column("contact", "联系方式", "contact", cells.note, needed=False),
            _SITE,
            _SITE_CODE,
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
            _DAY,
            Column("evidence", "依据", "evidence", cells.note, needed=False),
        ),
    ),
    RecordForm(
        "productions",
        rows.ProductionRow,
        (
            Column("production", "生产单号", "production", cells.reference),
            _FROM,
            _TO,
            Column("policy", "分摊规则", "policy", _POLICY),
            Column("currency", "币种", "currency", cells.currency, needed=False),
            Column("prices_from", "价格期起", "prices_from", cells.day, needed=False),
            Column("prices_to", "价格期止", "prices_to", cells.day, needed=False),
            Column("basis_source", "依据来源", "basis_source", cells.plain_text, needed=False),
            _SITE,
            _SITE_CODE,
            _NOTE,
        ),
    ),
    RecordForm(
        "outputs",
        rows.OutputRow,
        (
            Column("production", "生产单号", "record", cells.reference),
            _BATCH,
            Column("product", "产品", "product", cells.plain_text),
            _QUANTITY,
            _UNIT,
            Column("role", "产出类别", "role", _ROLE_OF_OUTPUT, needed=False),
            Column("revenue", "收入", "revenue", cells.number, needed=False),
            Column("price", "售价", "price", cells.number, needed=False),
            Column("energy_mj", "能量兆焦", "energy_mj", cells.number, needed=False),
            Column("lhv_mj_per_kg", "低位热值", "lhv_mj_per_kg", cells.number, needed=False),
            Column("unit_mass_g", "单件克重", "unit_mass_g", cells.positive, needed=False),
            Column("gtin", "商品条码", "gtin", _GTIN, needed=False),
        ),
    ),
    RecordForm(
        "inputs",
        rows.InputRow,
        (_RECORD, Column("used_batch", "领用批号", "batch", cells.reference), _QUANTITY, _UNIT),
    ),
    RecordForm(
        "activities",
        rows.ActivityRow,
        (
            _RECORD,
            Column("activity", "活动", "activity", _CODE),
            _QUANTITY,
            _UNIT,
            Column("purchase", "采购单号", "purchase", cells.reference, needed=False),
            Column("region", "地区", "region", _REGION, needed=False),
            Column("month", "月份", "month", cells.month, needed=False),
            Column("nitrogen_percent", "含氮量", "nitrogen_percent", cells.percent, needed=False),
            Column("climate", "气候", "climate", _CLIMATE, needed=False),
            Column("purity_percent", "纯度", "purity_percent", cells.percent, needed=False),
            Column("power_kw", "功率", "power_kw", cells.positive, needed=False),
            Column("service", "所属服务", "service", _SERVICE, needed=False),
            _PART,
            Column("text", "说明", "text", cells.plain_text, needed=False),
            *_FOOTPRINT,
            *_MEMO,
            *_QUALITY,
            *USED,
        ),
    ),
    RecordForm("removals", rows.RemovalRow, (_RECORD, *REMOVAL)),
    RecordForm(
        "purchases",
        rows.PurchaseRow,
        (
            _RECORD,
            Column("purchase", "采购单号", "purchase", cells.reference),
            Column("goods", "品名", "goods", cells.plain_text),
            Column("sector", "行业代码", "sector", _SECTOR),
            Column("country", "供应国", "country", _REGION),
            Column("amount", "金额", "amount", cells.positive),
            Column("currency", "币种", "currency", cells.currency),
            Column("invoice_date", "开票日期", "invoiced", cells.day),
            Column("price_type", "价格类型", "price_type", _PRICE),
            Column("vat_percent", "增值税率", "vat_percent", cells.percent),
            _PART,
            *_MEMO,
            *_QUALITY,
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
            _FROM,
            _TO,
            Column("delivery_note", "送货单号", "delivery_note", cells.reference, needed=False),
            Column("batch", "批号", "batch", cells.reference, needed=False),
            Column("distance_km", "里程千米", "distance_km", cells.positive, needed=False),
            Column("distance_basis", "里程依据", "distance_basis", _BASIS, needed=False),
            *_JOURNEY,
            Column("own_tkm", "本批吨公里", "own_tkm", cells.positive, needed=False),
            Column("total_tkm", "全车吨公里", "total_tkm", cells.positive, needed=False),
            *LEG,
            _NOTE,
        ),
    ),
    RecordForm(
        "dispatches",
        rows.DispatchRow,
        (
            Column("delivery_note", "送货单号", "delivery_note", cells.reference),
            Column("batch", "批号", "batch", cells.reference),
            _QUANTITY,
            _UNIT,
            Column("consignee", "收货方", "consignee", cells.reference),
            _DAY,
            Column("carriers", "承运方", "carriers", cells.references, needed=False),
            Column("incoterm", "贸易术语", "incoterm", _INCOTERM, needed=False),
            *_JOURNEY,
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
            _DAY,
            Column("received_batch", "收货批号", "batch", cells.reference, needed=False),
            Column("accepts", "接受的作业", "accepts", cells.references, needed=False),
            _REASON,
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
            _QUANTITY,
            _UNIT,
            Column("fate", "去向", "fate", _FATE),
            _DAY,
            Column("customer", "客户", "customer", cells.note, needed=False),
        ),
    ),
    RecordForm(
        "corrections",
        rows.CorrectionRow,
        (
            Column("correction", "更正单号", "correction", cells.reference),
            Column("production", "生产单号", "production", cells.reference),
            _DAY,
            Column("drop_purchases", "撤销采购单号", "drop_purchases", cells.references, needed=False),
            _REASON,
        ),
    ),
)
"""All kinds of record files; their header rows can be told apart."""
