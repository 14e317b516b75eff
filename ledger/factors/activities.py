"""Plain codes for what a company does (diesel_burnt, board_made) and the factors they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ledger.factors.library import TABLES, read_rows


@dataclass(frozen=True, slots=True)
class ActivityFactor:
    """One factor of an activity: its code, stage (operation or energy_provision), factor id and names."""

    code: str
    stage: str
    factor: str
    name: str
    name_zh: str


@lru_cache(maxsize=1)
def activity_factors() -> tuple[ActivityFactor, ...]:
    """Return all activities that a gap or a record may name, in the order of the table.

    An activity and stage may have several factors, one per kind of unit (litres, tonnes).

    Raises:
        FactorTableError: the shipped table can't be read.
    """
    return tuple(
        ActivityFactor(row["activity"], row["stage"], row["factor"], row["name"], row["name_zh"])
        for row in read_rows(TABLES / "activities.csv")
    )
