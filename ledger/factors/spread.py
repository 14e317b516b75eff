"""How far off a spend factor may be: scores of where it is from, its age, its region, its price steps.

No table of spend factors publishes an interval. So the factor is scored by the pedigree approach
(`ledger.quality`, whose variances are ecoinvent's), and the scores are ours: expert judgement, said as such
in every interval. A lognormal whose arithmetic mean is the value:

    sigma² = Σ parts    low, high = value exp(-sigma²/2 ∓ 1.96 sigma)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ledger.factor import Factor
from ledger.quality import ADDED_VARIANCE, STATISTICS, Pedigree

SOURCE: Final = (
    "Expert judgement: our scores of the factor, turned into variances by the pedigree approach "
    "(ecoinvent data quality guideline). Nothing was measured."
)
Z_95: Final = Decimal("1.959964")
"""The 97.5 % point of the normal distribution (tables of the normal distribution)."""
_AGE: Final = ((3, 1), (6, 2), (10, 3), (15, 4))
"""Years of difference below which the temporal score is met; 5 beyond (the pedigree matrix's own bounds)."""
_FROM_FAR: Final = {"own": "1", "nation": "2", "world_region": "4", "world": "5", "elsewhere": "5"}
_FEW: Final = 10
"""Sectors that may share one value before it counts as another kind of product."""
_PRICE_SCORE: Final = 3
_PRICE_FLAGS: Final = ("margins_unknown", "product_taxes_unknown", "price_type_differs", "vat_unknown")


@dataclass(frozen=True, slots=True)
class SpreadPart:
    """One reason to be unsure: a code, its score 1 to 5 ("" for the basic variance), its part of sigma²."""

    code: str
    score: str
    variance: Decimal


@dataclass(frozen=True, slots=True)
class Spread:
    """All reasons to be unsure of a factor's use, those of the price apart."""

    parts: tuple[SpreadPart, ...]

    def variance(self, only: Iterable[str] | None = None) -> Decimal:
        """Return sigma², of all parts or of those with some codes."""
        codes = None if only is None else frozenset(only)
        kept = (part.variance for part in self.parts if codes is None or part.code in codes)
        return sum(kept, Decimal(0))

    def geometric_sd(self, only: Iterable[str] | None = None) -> Decimal:
        """Return the geometric standard deviation exp(sigma), at least 1."""
        return STATISTICS.exp(STATISTICS.sqrt(self.variance(only)))

    def bounds(self, value: Decimal) -> tuple[Decimal, Decimal]:
        """Return 2.5 and 97.5 % of the lognormal whose arithmetic mean is the value."""
        variance = self.variance()
        reach = STATISTICS.multiply(Z_95, STATISTICS.sqrt(variance))
        centre = STATISTICS.divide(-variance, Decimal(2))
        low, high = (
            STATISTICS.multiply(value, STATISTICS.exp(STATISTICS.add(centre, side)))
            for side in (-reach, reach)
        )
        return low, high


PRICE_PARTS: Final = ("undeflated", *_PRICE_FLAGS)


def spread_of(factor: Factor, area: str, flags: Sequence[str], spent: int, *, concordance: bool) -> Spread:
    """Return the reasons to be unsure of a spend factor for one purchase.

    Args:
        factor: per money, with its data year and cluster size.
        area: how far its region is from the supplier's: own, nation, world_region, world or elsewhere.
        flags: of the price conversion.
        spent: the year of the purchase.
        concordance: whether its sector was found by translating a code to several sectors.
    """
    age = _temporal(abs(spent - factor.data_year))
    size = factor.cluster_size or 1
    scores = {
        "reliability": "3",
        "completeness": "1",
        "temporal": str(age),
        "geographical": _FROM_FAR[area],
        "technological": "3" if size == 1 else "4" if size <= _FEW else "5",
    }
    pedigree = Pedigree.model_validate({"flow": "energy_materials", **scores})
    basic = STATISTICS.subtract(pedigree.variance(), pedigree.added_variance())
    parts = [SpreadPart("basic", "", basic)]
    for name, score in scores.items():
        parts.append(SpreadPart(name, score, Decimal(ADDED_VARIANCE[name][int(score) - 1])))
    if concordance:
        parts.append(SpreadPart("concordance", str(_PRICE_SCORE), _judged("technological")))
    if "undeflated" in flags:
        years = _temporal(abs(spent - (factor.currency_year or spent)))
        parts.append(SpreadPart("undeflated", str(years), Decimal(ADDED_VARIANCE["temporal"][years - 1])))
    parts += [
        SpreadPart(flag, str(_PRICE_SCORE), _judged("technological"))
        for flag in _PRICE_FLAGS
        if flag in flags
    ]
    return Spread(tuple(parts))


def _judged(indicator: str) -> Decimal:
    return Decimal(ADDED_VARIANCE[indicator][_PRICE_SCORE - 1])


def _temporal(years: int) -> int:
    return next((score for bound, score in _AGE if years < bound), 5)
