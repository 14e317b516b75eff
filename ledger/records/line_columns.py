"""Columns of what makes a line: footprints from elsewhere, memos, how sure a row is, power by contract."""

from __future__ import annotations

from typing import Final

from ledger.components import BIOGENIC_CHANNELS, EMISSION_CHANNELS
from ledger.factor import GWP_SETS
from ledger.quality import BASIC_RANGE
from ledger.records import cells
from ledger.records.cells import one_of
from ledger.records.columns import Column, words

_OF_WHICH: Final = one_of(
    words(("packaging", "outbound_logistics"), {"包装": "packaging", "外运": "outbound_logistics"})
)
CHANNEL: Final = one_of(words((*EMISSION_CHANNELS, *BIOGENIC_CHANNELS)))
GWP: Final = one_of(words(GWP_SETS))
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
PART: Final = Column("of_which", "其中", "of_which", _OF_WHICH, needed=False)
FOOTPRINT: Final = (
    Column("footprint_kg", "足迹千克", "footprint_kg", cells.positive, needed=False),
    Column("channel", "排放类型", "channel", CHANNEL, needed=False),
    Column("gwp", "GWP版本", "gwp", GWP, needed=False),
    Column("primary_share", "原始数据占比", "primary_share", cells.share, needed=False),
)
"""A footprint from another system, in kg CO2e: of which kind, under which GWP set, how much is primary."""
MEMO: Final = (
    Column("carbon_fossil_kg", "化石碳千克", "carbon_fossil_kg", cells.number, needed=False),
    Column("carbon_biogenic_kg", "生物碳千克", "carbon_biogenic_kg", cells.number, needed=False),
    Column("carbon_recycled_kg", "再生碳千克", "carbon_recycled_kg", cells.number, needed=False),
    Column("carbon_packaging_kg", "包装碳千克", "carbon_packaging_kg", cells.number, needed=False),
    Column("land_m2_year", "占地平方米年", "land_m2_year", cells.number, needed=False),
    Column("indirect_luc_kg", "间接土地利用变化千克", "indirect_luc_kg", cells.number, needed=False),
    Column("radiative_forcing_kg", "辐射强迫千克", "radiative_forcing_kg", cells.number, needed=False),
)
"""What stands beside a line and is never added up: kg of C, land, kg CO2e of indirect effects."""
QUALITY: Final = (
    Column("error_percent", "误差百分比", "error_percent", cells.percent, needed=False),
    Column("error_method", "误差方法", "error_method", _METHOD, needed=False),
    Column("activity_scores", "活动数据评分", "activity_scores", _SCORES, needed=False),
    Column("fit_scores", "因子适用评分", "fit_scores", _SCORES, needed=False),
)
"""How sure a row is: a relative standard error with its method, or a flow and five scores."""
