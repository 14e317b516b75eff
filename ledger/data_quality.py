"""How good the figures behind a passport are: scores from 1 (best) to 5, weighted by what each line weighs.

A line weighs its absolute milligrams, emissions and removals added, never its net: an uncertain removal
counts as much as an uncertain emission. Lines without scores are left out, and their share is named.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from ledger.components import Components
from ledger.origins import Origin
from ledger.quality import INDICATORS, STATISTICS


@dataclass(frozen=True, slots=True)
class DataQuality:
    """Mean scores by indicator (`quality.INDICATORS`), over `scored_mg` of `absolute_mg`.

    `scores` is empty where no line states any. A line that scores both its activity and its factor's fit
    counts with the worse of the two.
    """

    scores: dict[str, Decimal]
    scored_mg: int
    absolute_mg: int

    def scored_share(self) -> Decimal | None:
        """Return the scored part of all absolute milligrams, None where there are none."""
        if not self.absolute_mg:
            return None
        return STATISTICS.divide(Decimal(self.scored_mg), Decimal(self.absolute_mg))


def data_quality(origins: Iterable[Origin]) -> DataQuality:
    """Return the scores of all lines that reach a passport, weighted by absolute milligrams."""
    absolute = scored = 0
    sums = dict.fromkeys(INDICATORS, 0)
    for origin in origins:
        mg = absolute_mg(origin.reaches)
        absolute += mg
        quality = origin.line.quality
        if quality is None or not quality.scored():
            continue
        scored += mg
        for indicator in INDICATORS:
            sums[indicator] += mg * (quality.worst(indicator) or 0)
    if not scored:
        return DataQuality({}, 0, absolute)
    means = {name: STATISTICS.divide(Decimal(total), Decimal(scored)) for name, total in sums.items()}
    return DataQuality(means, scored, absolute)


def absolute_mg(reaches: Components) -> int:
    """Return emissions and removals added up, in mg CO2e."""
    return reaches.gross_mg() + reaches.removals_mg()
