"""Removals in a company's records: what was taken out of the air, and how it is kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, get_args

from ledger.components import REMOVAL_CHANNELS
from ledger.quantities import MG_PER_KG, decimal_text
from ledger.records import cells
from ledger.records.cells import At, one_of, scaled
from ledger.records.columns import Column, words
from ledger.records.errors import RecordChoiceError
from ledger.records.references import Reference
from ledger.records.rows import RemovalRow
from ledger.removals import CLASSES, Monitoring, Pool
from ledger.wire import Gwp

_YEARS: Final = re.compile(r"[1-9][0-9]{0,5}\Z")
_CLASSES: Final = words(CLASSES, {"暂时": "temporary", "长期": "long_term", "永久": "permanent"})
_CHANNEL: Final = one_of(
    words(
        REMOVAL_CHANNELS, {"土地移除": "land_removal", "技术移除": "tech_removal", "捕集封存": "ccs_capture"}
    )
)
_CODE: Final = cells.matching(r"[a-z0-9]+(_[a-z0-9]+)*", "a removal is a code such as orchard_growth")
_UNIT: Final = one_of(
    words(
        ("ha", "m2", "t", "kg", "m3", "piece"),
        {"公顷": "ha", "平方米": "m2", "吨": "t", "千克": "kg", "立方米": "m3", "棵": "piece", "件": "piece"},
    )
)
"""What a removal is counted in: land, biochar, concrete, trees."""
_POOL: Final = one_of(
    words(
        get_args(Pool),
        {
            "地上生物量": "above_ground_biomass",
            "地下生物量": "below_ground_biomass",
            "枯死木": "dead_wood",
            "枯落物": "litter",
            "土壤有机碳": "soil_organic_carbon",
            "木质林产品": "harvested_wood_products",
            "生物炭": "biochar",
            "矿化": "minerals",
            "地质封存": "geological_formation",
        },
    )
)
_MONITORING: Final = one_of(
    words(
        get_args(Monitoring),
        {
            "实测储量": "measured_stock",
            "实地调查": "field_inventory",
            "遥感监测": "remote_sensing",
            "模型估算": "modelled",
            "流量计量": "metered_flow",
        },
    )
)


def _permanence(text: str, at: At) -> dict[str, str]:
    """Read years such as 30, or a class.

    Raises:
        RecordChoiceError: it is neither.
    """
    if _YEARS.match(text):
        return {"years": text}
    if text not in _CLASSES:
        raise RecordChoiceError(*at.facts(text), f"{', '.join(CLASSES)}, or whole years such as 30")
    return {"class": _CLASSES[text]}


REMOVAL: Final = (
    Column("removal", "移除活动", "activity", _CODE),
    Column("quantity", "数量", "quantity", cells.positive),
    Column("unit", "单位", "unit", _UNIT),
    Column("removed_kg", "移除千克", "removed_kg", cells.positive),
    Column("channel", "排放类型", "channel", _CHANNEL),
    Column("pool", "碳库", "pool", _POOL),
    Column("monitoring", "监测方法", "monitoring", _MONITORING),
    Column("permanence", "持久性", "permanence", _permanence),
    Column("reserve", "逆转预留", "reserve", cells.share),
    Column("text", "说明", "text", cells.plain_text, needed=False),
)
"""What a removal says besides its record: measured kg CO2e, and how the carbon is kept."""


def removal_lines(rows: Sequence[RemovalRow], owner: str, gwp: Gwp) -> list[dict[str, Any]]:
    """Return a line for each removal of a record; its owner is whose records these are.

    What was measured is booked, so no factor is named.

    Raises:
        FractionRecordError, RecordRangeError: it is finer than a milligram, or too much.
    """
    return [_line(row, owner, gwp) for row in rows]


def _line(row: RemovalRow, owner: str, gwp: Gwp) -> dict[str, Any]:
    mg = scaled(row.removed_kg, MG_PER_KG, "mg", row.at.under("removed_kg"))
    source: dict[str, Any] = {
        "activity": row.activity,
        "quantity": decimal_text(row.quantity),
        "unit": row.unit,
        "tags": {"scope": "1", "stage": "operation"},
        **({"text": row.text} if row.text else {}),
    }
    return {
        "amount": {"components": {f"{row.channel}.measured": str(mg)}, "gwp": gwp},
        "source": source,
        "removal": {
            "pool": row.pool,
            "monitoring": row.monitoring,
            "permanence": row.permanence,
            "reserve": decimal_text(row.reserve),
            "owner": Reference("organization", "", owner),
        },
    }
