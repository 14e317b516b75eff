"""What became of a passport's figure since it was handed on: as dispatched, accepted since, offered, refused.

The figure that was handed on stays readable; what its holder took over since stands beside it, and what
nobody has accepted is in neither (PROTOCOL, Booking: adjustments).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ledger.components import EMISSION_CHANNELS, NAMES, Components
from ledger.offers import Offer
from ledger.segments import Difference, plus, summed
from ledger.shown import Figure, PerUnit, Shown, figure, per_unit


class AdjustmentShown(Shown):
    """One adjustment of a passport, gross in mg with a minus sign where it decreases.

    `cause` is the correction or late handling, `target` what carries the difference, `accepted` what its
    receiver signed or had allowed, `answers` the signed answers.
    """

    cause: str
    target: str
    late: bool
    accepted_mg: str
    offered_mg: str
    refused_mg: str
    answers: tuple[str, ...]


class Adjusted(Shown):
    """The figure with all that was accepted since, and every adjustment by itself."""

    now: Figure
    now_per_unit: PerUnit
    accepted_mg: str
    offered_mg: str
    refused_mg: str
    adjustments: tuple[AdjustmentShown, ...]


def gross_mg(difference: Mapping[int, int]) -> int:
    """Return what a difference adds to gross, below 0 where it takes away."""
    return sum(mg for slot, mg in difference.items() if NAMES[slot].partition(".")[0] in EMISSION_CHANNELS)


def settled(offers: Iterable[Offer]) -> Difference:
    """Return all that was taken over since the goods were handed on."""
    total: Difference = {}
    for offer in offers:
        total = summed(total, offer.settled())
    return total


def adjusted(handed_on: Components, offers: Sequence[Offer], quantity: int, unit: str) -> Adjusted | None:
    """Return what became of a figure, None where nothing was ever adjusted."""
    if not offers:
        return None
    now = plus(handed_on, settled(offers))
    shown = tuple(_shown(offer) for offer in offers)
    return Adjusted(
        now=figure(now),
        now_per_unit=per_unit(now, quantity, unit),
        accepted_mg=str(sum(int(one.accepted_mg) for one in shown)),
        offered_mg=str(sum(int(one.offered_mg) for one in shown)),
        refused_mg=str(sum(int(one.refused_mg) for one in shown)),
        adjustments=shown,
    )


def version(offers: Iterable[Offer]) -> str:
    """Return the passport's version: one more for each adjustment that was taken over."""
    return str(1 + sum(1 for offer in offers if offer.settled()))


def _shown(offer: Offer) -> AdjustmentShown:
    return AdjustmentShown(
        cause=offer.cause,
        target=offer.target,
        late=offer.late,
        accepted_mg=str(gross_mg(offer.settled())),
        offered_mg=str(gross_mg(offer.open)),
        refused_mg=str(gross_mg(offer.refused)),
        answers=offer.answers,
    )
