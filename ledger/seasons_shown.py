"""A crop of alternate years as a passport shows it: the season's actual figure beside the smoothed one."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from ledger.allocation import bearing_cycle_1
from ledger.shown import Shown
from ledger.statements import Policy

_PLACES: Final = Decimal("0.000001")


class SeasonShown(Shown):
    """A season that was smoothed: amounts in mg CO2e gross, `actual` and `smoothed` in kg CO2e/kg.

    `actual` is what the season itself emitted per kg, `smoothed` what its crop is charged; the `rest_mg` is
    deferred to the next season, or lost where the crop `failed`. `seasons` are those it is measured by.
    """

    year: str
    seasons: int
    emissions_mg: str
    brought_forward_mg: str
    charge_mg: str
    rest_mg: str
    actual: str
    smoothed: str
    failed: bool


def season_shown(policy: Policy | None) -> SeasonShown | None:
    """Return the season of a production that was shared by `bearing-cycle/1`, None for every other."""
    cycle = policy.inputs.bearing_cycle if policy is not None and policy.inputs is not None else None
    if cycle is None:
        return None
    found = bearing_cycle_1.season(cycle)
    return SeasonShown(
        year=cycle.seasons[-1].year,
        seasons=len(cycle.seasons),
        emissions_mg=str(found.emissions_mg),
        brought_forward_mg=str(found.brought_forward_mg),
        charge_mg=str(found.charge_mg),
        rest_mg=str(found.rest_mg),
        actual=_rounded(found.actual()),
        smoothed=_rounded(found.smoothed()),
        failed=found.failed,
    )


def _rounded(value: Decimal) -> str:
    return f"{value.quantize(_PLACES, ROUND_HALF_EVEN):f}"
