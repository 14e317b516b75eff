"""What the passport page says of how sure the figure is: its 95 % interval, what it covers, the scores."""

from __future__ import annotations

from decimal import Decimal

from api.ui.language import Writing
from ledger.passport import Passport
from ledger.quality import INDICATORS


def sureness(passport: Passport, write: Writing) -> list[str]:
    """Return sentences: the interval with its share, what counts as exact, removals, the mean scores."""
    found = passport.uncertainty
    unit = write.named("unit", found.unit)
    texts = []
    if found.gross is None:
        texts.append(write("sure.none"))
    else:
        low, high = found.gross.low, found.gross.high
        covered = write.percent(found.covered_share)
        texts.append(write("sure.interval", low=low, high=high, unit=unit, covered=covered))
        for key, share in (("partly", found.partly_covered_share), ("not_stated", found.not_stated_share)):
            if share is not None and Decimal(share):
                texts.append(write(f"sure.{key}", share=write.percent(share)))
    if found.removals is not None:
        texts.append(write("sure.removals", low=found.removals.low, high=found.removals.high, unit=unit))
    scores = passport.data_quality
    if scores.technological is not None:
        means = {name: getattr(scores, name) for name in INDICATORS}
        texts.append(write("sure.scores", **means, share=write.percent(scores.scored_share)))
    return texts
