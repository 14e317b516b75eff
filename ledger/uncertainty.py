"""How far a passport's figure may be off: a 95 % interval from what its lines and factors state.

Every line is activity x factor, both lognormal with the booked value as arithmetic mean, so that drawing
them at random gives the booked figure on average. A factor used in several lines is one random number.
With m_i the milligrams of line i that reach the passport, u the relative standard deviations (u^2 = exp(s^2)
- 1, s^2 the variance of the logarithm) and f the factors by digest:

    Var = sum_f (sum_{i of f} m_i u_f,i)^2 + sum_i m_i^2 u_activity,i^2 (1 + u_f,i^2)

The first two terms are the sensitivities, which add up under split and merge; u_f,i^2 in the last one is
what a product of two lognormals adds. The sum is read as lognormal again with the same mean and variance.
Nothing is assumed where nothing is stated: such lines count as exact, and their share of the gross figure is
named. Emissions and removals have intervals of their own. Two things are left out, which makes intervals
narrower than they may be: GWP values count as exact, and the activity of each line is a number of its own,
even where one bill of fuel makes two lines (burnt, and from well to tank).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

from ledger.components import Components
from ledger.factor import Factor
from ledger.lines import Line
from ledger.origins import Origin
from ledger.quality import STATISTICS, Quality

METHOD: Final = "sensitivities/1"
NORMAL_QUANTILE: Final = Decimal("1.959963984540054")
"""The 97.5 % point of the standard normal distribution: 95 % lies between minus and plus it."""
HALVINGS: Final = 64
ZERO: Final = Decimal(0)

Stated = Literal["whole", "part", "nothing"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval in mg CO2e around a booked figure, and its relative standard deviation."""

    mean_mg: int
    low_mg: Decimal
    high_mg: Decimal
    relative_sd: Decimal


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """What is known of a passport's uncertainty; None where nothing is stated or nothing is there.

    The gross figure is divided by what its lines state: the whole uncertainty, a part of it (activity or
    factor alone), or nothing; the three add up to it, in mg CO2e.
    """

    gross: Interval | None
    removals: Interval | None
    whole_mg: int
    part_mg: int
    nothing_mg: int


@dataclass(frozen=True, slots=True)
class LineSpread:
    """The variances of the logarithm of a line's activity and factor, None where not stated."""

    activity: Decimal | None
    factor: Decimal | None
    has_factor: bool

    @property
    def stated(self) -> Stated:
        """How much of the line's uncertainty is stated."""
        asked = (self.activity, self.factor) if self.has_factor else (self.activity,)
        known = sum(part is not None for part in asked)
        return "whole" if known == len(asked) else "part" if known else "nothing"


def uncertainty(origins: Sequence[Origin], factors: Callable[[str], Factor | None]) -> Uncertainty:
    """Return the intervals of a passport's emissions and removals from all lines that reach it.

    `factors` gives a record by its digest; a record that isn't at hand states nothing.
    """
    spreads = [(origin, line_spread(origin.line, factors)) for origin in origins]
    parts: dict[Stated, int] = {"whole": 0, "part": 0, "nothing": 0}
    for origin, spread in spreads:
        parts[spread.stated] += origin.reaches.gross_mg()
    return Uncertainty(
        gross=_interval(spreads, Components.gross_mg),
        removals=_interval(spreads, Components.removals_mg),
        whole_mg=parts["whole"],
        part_mg=parts["part"],
        nothing_mg=parts["nothing"],
    )


def line_spread(line: Line, factors: Callable[[str], Factor | None]) -> LineSpread:
    """Return how widely a line's activity and factor are spread, as far as line and record state it.

    A factor has the spread of its record and, where the line scores its fit, what the scores add; without a
    spread in the record the flow's basic variance stands in its place.
    """
    digest = line.source.factor
    quality = line.quality
    activity = None if quality is None else _activity_variance(quality)
    if digest is None:
        return LineSpread(activity, None, has_factor=False)
    record = factors(digest)
    own = None if record is None else factor_variance(record)
    fit = None if quality is None else quality.fit
    if fit is None:
        return LineSpread(activity, own, has_factor=True)
    spread = fit.variance() if own is None else STATISTICS.add(own, fit.added_variance())
    return LineSpread(activity, spread, has_factor=True)


def factor_variance(factor: Factor) -> Decimal | None:
    """Return the variance of the logarithm of a factor's value, None where its record states none.

    A geometric standard deviation g gives (ln g)^2. Of a range, the lognormal is taken whose mean is the
    value and whose middle 95 % is as wide as the range: it fits ranges around the value, lopsided ones and
    those that reach 0 alike. A range that doesn't hold the value, or is over 6.8 times as wide as it, fits
    none and counts as not stated.
    """
    stated = factor.uncertainty
    if stated is None:
        return None
    if stated.geometric_sd is not None:
        logarithm = Decimal(stated.geometric_sd).ln(STATISTICS)
        return STATISTICS.multiply(logarithm, logarithm)
    return _range_variance(Decimal(factor.value), Decimal(stated.low or 0), Decimal(stated.high or 0))


@lru_cache(maxsize=4096)
def relative_variance(variance: Decimal) -> Decimal:
    """Return u^2 = exp(s^2) - 1 of a lognormal, the square of its relative standard deviation."""
    return STATISTICS.subtract(variance.exp(STATISTICS), Decimal(1))


def lognormal_interval(mean_mg: int, variance: Decimal) -> Interval:
    """Return the middle 95 % of the lognormal with this mean (mg) and variance (mg^2).

    s^2 = ln(1 + Var / mean^2); the ends are mean x exp(-s^2 / 2 -+ 1.96 s) (moment matching).
    """
    mean = Decimal(mean_mg)
    squared = STATISTICS.divide(variance, STATISTICS.multiply(mean, mean))
    log_variance = STATISTICS.add(squared, Decimal(1)).ln(STATISTICS)
    reach = STATISTICS.multiply(NORMAL_QUANTILE, log_variance.sqrt(STATISTICS))
    middle = STATISTICS.divide(log_variance, Decimal(-2))
    low, high = (
        STATISTICS.multiply(mean, exponent.exp(STATISTICS))
        for exponent in (STATISTICS.subtract(middle, reach), STATISTICS.add(middle, reach))
    )
    return Interval(mean_mg, low, high, squared.sqrt(STATISTICS))


def _activity_variance(quality: Quality) -> Decimal | None:
    """Return the variance of the logarithm of an activity, ln(1 + u^2) of a measured error u."""
    if quality.measured is not None:
        error = Decimal(quality.measured.relative_se)
        return STATISTICS.add(STATISTICS.multiply(error, error), Decimal(1)).ln(STATISTICS)
    return None if quality.activity is None else quality.activity.variance()


def _interval(
    spreads: Sequence[tuple[Origin, LineSpread]], measure: Callable[[Components], int]
) -> Interval | None:
    """Return the interval of emissions or removals, None where nothing of them is stated."""
    reached = [(measure(origin.reaches), origin, spread) for origin, spread in spreads]
    present = [(mg, origin.line.source.factor, spread) for mg, origin, spread in reached if mg]
    if all(spread.stated == "nothing" for _, _, spread in present):
        return None
    return lognormal_interval(sum(mg for mg, _, _ in present), _variance(present))


def _variance(lines: Iterable[tuple[int, str | None, LineSpread]]) -> Decimal:
    """Return the variance of a sum of lines in mg^2: by factor in common, by activity line for line."""
    total = ZERO
    together: dict[str, Decimal] = {}
    for mg, digest, spread in lines:
        factor = ZERO if spread.factor is None else relative_variance(spread.factor)
        activity = ZERO if spread.activity is None else relative_variance(spread.activity)
        if digest is not None:
            pull = STATISTICS.multiply(Decimal(mg), factor.sqrt(STATISTICS))
            together[digest] = STATISTICS.add(together.get(digest, ZERO), pull)
        alone = STATISTICS.multiply(activity, STATISTICS.add(factor, Decimal(1)))
        total = STATISTICS.fma(STATISTICS.multiply(Decimal(mg), Decimal(mg)), alone, total)
    for pull in together.values():
        total = STATISTICS.fma(pull, pull, total)
    return total


@lru_cache(maxsize=4096)
def _range_variance(value: Decimal, low: Decimal, high: Decimal) -> Decimal | None:
    """Return s^2 of the lognormal with this mean whose middle 95 % is as wide as the range."""
    if not low <= value <= high:
        return None
    if low == high:
        return ZERO
    width = STATISTICS.divide(STATISTICS.subtract(high, low), value) if value else None
    if width is None or width > _width(NORMAL_QUANTILE):
        return None
    # The width grows with s up to s = 1.96, so halving the interval finds the one s that has it.
    least, most = ZERO, NORMAL_QUANTILE
    for _ in range(HALVINGS):
        middle = STATISTICS.divide(STATISTICS.add(least, most), Decimal(2))
        if _width(middle) < width:
            least = middle
        else:
            most = middle
    return STATISTICS.multiply(most, most)


def _width(deviation: Decimal) -> Decimal:
    """Return how wide the middle 95 % of a lognormal of mean 1 is: 2 exp(-s^2 / 2) sinh(1.96 s)."""
    reach = STATISTICS.multiply(NORMAL_QUANTILE, deviation)
    middle = STATISTICS.divide(STATISTICS.multiply(deviation, deviation), Decimal(-2))
    upper = STATISTICS.add(middle, reach).exp(STATISTICS)
    return STATISTICS.subtract(upper, STATISTICS.subtract(middle, reach).exp(STATISTICS))
