"""Adjustments that one organization offers to another, and what became of them.

A correction below goods that were handed on changes what they carry. What changed lies in `adjustment
offered` until the receiver answers; sinks, goods still on their way and standing acceptances take it over by
themselves (PROTOCOL, Booking: adjustments).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ledger.accounts import Account
from ledger.components import NAMES
from ledger.segments import Difference, halves, summed


@dataclass(frozen=True, slots=True)
class Offer:
    """What a cause (a correction, a late handling) changed of what a target (dispatch, handling) hands on.

    `on` is the shipment, or the lot, that the target belongs to. All four differences are in mg by slot,
    either sign: `open` waits for the receiver's answer, `accepted` was signed, `automatic` needed no answer,
    `refused` went back to whoever issued the cause.
    """

    cause: str
    target: str
    on: str
    sender: str
    receiver: str
    late: bool = False
    open: Difference = field(default_factory=dict)
    accepted: Difference = field(default_factory=dict)
    automatic: Difference = field(default_factory=dict)
    refused: Difference = field(default_factory=dict)
    answers: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The cause and the target: one offer for each pair."""
        return offer_id(self.cause, self.target)

    def account(self) -> Account:
        """Return the account in which the open difference lies; the only kind that may be negative."""
        return Account("adjustment_offered", self.sender, self.id)

    def offered(self, difference: Mapping[int, int]) -> Offer:
        """Return the offer with more to answer."""
        return replace(self, open=summed(self.open, difference))

    def taken_over(self, difference: Mapping[int, int]) -> Offer:
        """Return the offer after a difference that needed no answer."""
        return replace(self, automatic=summed(self.automatic, difference))

    def answered(self, by: str, *, accepted: bool) -> Offer:
        """Return the offer after the answer to all that is open."""
        answers = (*self.answers, by)
        if accepted:
            return replace(self, open={}, accepted=summed(self.accepted, self.open), answers=answers)
        return replace(self, open={}, refused=summed(self.refused, self.open), answers=answers)

    def settled(self) -> Difference:
        """Return what was taken over since the goods were handed on, signed or by itself."""
        return summed(self.accepted, self.automatic)


def offer_id(cause: str, target: str) -> str:
    """Return the id of the offer of a cause for a target: both digests, with a point between."""
    return f"{cause}.{target}"


def difference_json(difference: Mapping[int, int]) -> dict[str, dict[str, str]]:
    """Return a difference as it is signed: what is added and what is taken away, by component."""
    up, down = halves(difference)
    return {"increase": up.wire(), "decrease": down.wire()}


def offer_json(offer: Offer) -> dict[str, Any]:
    """Return an offer as plain values: amounts as decimal strings, a minus sign where it decreases."""
    plain: dict[str, Any] = {
        "id": offer.id,
        "cause": offer.cause,
        "target": offer.target,
        "on": offer.on,
        "from": offer.sender,
        "to": offer.receiver,
        "late": offer.late,
        "answers": list(offer.answers),
    }
    for name in ("open", "accepted", "automatic", "refused"):
        plain[name] = {NAMES[slot]: str(mg) for slot, mg in getattr(offer, name).items()}
    return plain
