"""A column of a record file, and the columns of transport legs, hub stays and shared vehicles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

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
_YES: Final = one_of({"yes": "yes", "是": "yes"})

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
    Column("cooling", "制冷", "cooling", _YES, needed=False),
)
"""What an activity of a handling says: what the whole vehicle used, what a hub used it for, cooling."""
