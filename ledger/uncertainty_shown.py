"""A passport's interval and its data quality as they are shown: per declared unit, shares beside.

Rounding is for reading only: three significant digits for the ends of an interval, two places for scores.
"""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Final

from ledger.data_quality import DataQuality
from ledger.quality import INDICATORS, STATISTICS
from ledger.shown import DECLARED_UNITS, Shown, share_text
from ledger.uncertainty import METHOD, Interval, Uncertainty

SIGNIFICANT: Final = Context(prec=3)


class IntervalShown(Shown):
    """The middle 95 %, in kg CO2e per declared unit, and the relative standard deviation of the figure."""

    low: str
    high: str
    relative_sd: str


class UncertaintyShown(Shown):
    """The 95 % intervals of emissions and of removals, and how much of the gross figure they cover.

    `covered_share` states the uncertainty of activity and factor, `partly_covered_share` of one of them,
    `not_stated_share` of neither: what isn't stated counts as exact, so the interval may be too narrow.
    """

    method: str
    unit: str
    gross: IntervalShown | None
    removals: IntervalShown | None
    covered_share: str | None
    partly_covered_share: str | None
    not_stated_share: str | None


class DataQualityShown(Shown):
    """Mean scores from 1 (best) to 5, weighted by absolute mg; `scored_share` of these have scores."""

    reliability: str | None
    completeness: str | None
    temporal: str | None
    geographical: str | None
    technological: str | None
    scored_share: str | None


def uncertainty_shown(found: Uncertainty, quantity: int, unit: str) -> UncertaintyShown:
    """Write a passport's intervals per declared unit of its goods (`quantity` in a lot's `unit`)."""
    gross = found.whole_mg + found.part_mg + found.nothing_mg
    whole, part, nothing = (
        share_text(STATISTICS.divide(Decimal(mg), Decimal(gross))) if gross else None
        for mg in (found.whole_mg, found.part_mg, found.nothing_mg)
    )
    return UncertaintyShown(
        method=METHOD,
        unit=DECLARED_UNITS[unit][0],
        gross=_interval(found.gross, quantity, unit),
        removals=_interval(found.removals, quantity, unit),
        covered_share=whole,
        partly_covered_share=part,
        not_stated_share=nothing,
    )


def data_quality_shown(found: DataQuality) -> DataQualityShown:
    """Write the mean scores with two places, None where no line states any."""
    scores = {name: format(found.scores[name], ".2f") if found.scores else None for name in INDICATORS}
    return DataQualityShown(**scores, scored_share=share_text(found.scored_share()))


def significant_text(value: Decimal) -> str:
    """Write a number with three significant digits and no exponent."""
    rounded = SIGNIFICANT.plus(value)
    if not rounded:
        return "0"
    return format(rounded.quantize(Decimal(1).scaleb(rounded.adjusted() - 2)), "f")


def _interval(found: Interval | None, quantity: int, unit: str) -> IntervalShown | None:
    if found is None:
        return None
    worth = DECLARED_UNITS[unit][1]
    per = STATISTICS.divide(Decimal(worth.numerator), Decimal(worth.denominator * quantity))
    low, high = (significant_text(STATISTICS.multiply(mg, per)) for mg in (found.low_mg, found.high_mg))
    return IntervalShown(low=low, high=high, relative_sd=significant_text(found.relative_sd))
