"""A column of a record file, and the columns of transport legs, hub stays and shared vehicles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ledger.identifiers import gs1_check_digit
from ledger.records import cells
from ledger.records.cells import Reader, one_of


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its English and Chinese header, the field it fills, its reader, whether it must be filled."""

    header: str
    chinese: str
    field: str
    read: Reader
    needed: bool = True


def words(known: tuple[str, ...], aliases: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the words that a cell may say, with their aliases."""
    return {**{word: word for word in known}, **(aliases or {})}


_SHARED: Final = one_of(
    words(("teu", "teu_h", "moves"), {"标准箱": "teu", "标准箱小时": "teu_h", "吊次": "moves"}),
)
_TEMPERATURE: Final = one_of(
    words(("ambient", "refrigerated"), {"常温": "ambient", "冷藏": "refrigerated"}),
)
_CONTRACT: Final = one_of(words(("dedicated", "shared"), {"专用": "dedicated", "共享": "shared"}))
_OVER: Final = one_of(words(("trip", "month", "year"), {"单趟": "trip", "月": "month", "年": "year"}))
_HUB: Final = one_of(
    words(
        ("transshipment", "storage_transshipment", "warehouse", "liquid_bulk_terminal", "container_terminal"),
        {
            "转运": "transshipment",
            "储存转运": "storage_transshipment",
            "仓库": "warehouse",
            "液体散货码头": "liquid_bulk_terminal",
            "集装箱码头": "container_terminal",
        },
    )
)
_USE: Final = one_of(
    words(
        ("reefer_plug", "shore_power", "cranes", "yard_vehicles", "tugs", "other"),
        {
            "冷藏箱插电": "reefer_plug",
            "岸电": "shore_power",
            "起重机": "cranes",
            "堆场车辆": "yard_vehicles",
            "拖轮": "tugs",
            "其他": "other",
        },
    )
)
_READING: Final = one_of(words(("metered", "nameplate"), {"计量": "metered", "铭牌": "nameplate"}))
YES: Final = one_of({"yes": "yes", "是": "yes"})

LEG: Final = (
    Column("actual_km", "实际里程千米", "actual_km", cells.positive, needed=False),
    Column("teu", "标准箱", "teu", cells.positive, needed=False),
    Column("temperature", "温度", "temperature", _TEMPERATURE, needed=False),
    Column("category", "作业类别", "category", cells.reference, needed=False),
    Column("vehicle", "车型", "vehicle", cells.plain_text, needed=False),
    Column("contract", "用车方式", "contract", _CONTRACT, needed=False),
    Column("hub_type", "站场类型", "hub_type", _HUB, needed=False),
    Column("load_factor", "装载率", "load_factor", cells.share, needed=False),
    Column("empty_share", "空驶率", "empty_share", cells.share, needed=False),
    Column("running_over", "统计范围", "running_over", _OVER, needed=False),
    Column("share_basis", "分摊依据", "share_basis", _SHARED, needed=False),
    Column("total_shared", "总量", "total_shared", cells.whole, needed=False),
    Column("trip", "车次", "trip", cells.reference, needed=False),
    Column("moves", "吊次", "moves", cells.whole, needed=False),
    Column("dwell_h", "堆存小时", "dwell_h", cells.number, needed=False),
    Column("waiting_h", "等待小时", "waiting_h", cells.number, needed=False),
)
"""What a handling says of its leg or stay besides load and distance."""
USED: Final = (
    Column("whole_quantity", "全车数量", "whole_quantity", cells.positive, needed=False),
    Column("hub_use", "站场用途", "hub_use", _USE, needed=False),
    Column("reading", "读数方式", "reading", _READING, needed=False),
    Column("cooling", "制冷", "cooling", YES, needed=False),
)
"""What an activity of a handling says: what the whole vehicle used, what a hub used it for, cooling."""

_LOCODE: Final = cells.matching(r"[A-Z]{2}[A-Z2-9]{3}", "a UN/LOCODE has five capitals, such as CNNSA")
GTIN: Final = Column(
    "gtin",
    "商品条码",
    "gtin",
    cells.ending(cells.matching(r"[0-9]{14}", "a GTIN is written with 14 digits"), gs1_check_digit),
    needed=False,
)
RECORD: Final = Column("record", "单号", "record", cells.reference)
BATCH: Final = Column("batch", "批号", "batch", cells.batch)
QUANTITY: Final = Column("quantity", "数量", "quantity", cells.positive)
UNIT: Final = Column("unit", "单位", "unit", cells.unit)
DAY: Final = Column("date", "日期", "day", cells.day)
FROM: Final = Column("from", "开始日期", "start", cells.day)
TO: Final = Column("to", "结束日期", "end", cells.day)
SITE: Final = Column("site", "地点", "site", cells.plain_text, needed=False)
SITE_CODE: Final = Column("locode", "地点代码", "locode", _LOCODE, needed=False)
NOTE: Final = Column("note", "备注", "note", cells.note, needed=False)
REASON: Final = Column("reason", "原因", "reason", cells.note, needed=False)
JOURNEY: Final = (
    Column("origin", "起点", "origin", cells.plain_text, needed=False),
    Column("origin_locode", "起点代码", "origin_locode", _LOCODE, needed=False),
    Column("destination", "终点", "destination", cells.plain_text, needed=False),
    Column("destination_locode", "终点代码", "destination_locode", _LOCODE, needed=False),
)
