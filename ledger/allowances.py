"""Adjustments that a receiver accepts without being asked: from whom, how much, and when."""

from __future__ import annotations

from typing import NamedTuple

from ledger.components import NAMES, Components
from ledger.interfaces import BooksView
from ledger.lots import Lot
from ledger.offers import Offer
from ledger.segments import Difference, halves, summed
from ledger.signed import Statement

ANYBODY = "any"


class Missing(NamedTuple):
    """A component of which goods carry less than is to be taken away, in mg."""

    component: str
    held: int
    taken: int


def allows(view: BooksView, offer: Offer, difference: Difference, because: Statement) -> bool:
    """Say whether the receiver of an offer accepts a difference by a standing acceptance.

    What it stated last before this about the sender, or else about anybody, counts. Its limit is on the sum
    of all amounts, up and down, that one offer brings without being answered. What a late or unlisted
    handling adds is never accepted like that where all handlings come to more than 20 % of the shipment's
    gross at dispatch (PROTOCOL, Booking: handling).
    """
    receiver, here = view.organization(offer.receiver), view.position(because.digest)
    if receiver is None or _beyond_a_fifth(view, offer, difference) or not bearable(view, offer, difference):
        return False
    if receiver.closed_until and because.body.occurred.end <= receiver.closed_until:
        return False
    stated = [one for one in receiver.allowances if here is None or one.position < here]
    for sender in (offer.sender, ANYBODY):
        newest = next((one for one in reversed(stated) if one.sender == sender), None)
        if newest is not None:
            size_mg = sum(abs(mg) for mg in summed(offer.automatic, difference).values())
            return size_mg <= newest.limit_mg and newest.start <= because.body.occurred.end <= newest.end
    return False


def bearable(view: BooksView, offer: Offer, difference: Difference) -> bool:
    """Say whether the goods carry all that a difference takes away.

    They don't where it undoes an increase that their holder has not accepted, or has refused.
    """
    return missing(view, offer, difference) is None


def missing(view: BooksView, offer: Offer, difference: Difference) -> Missing | None:
    """Return what a difference takes away that the goods don't carry; None where they carry all of it."""
    shipment = view.shipment(offer.on)
    if shipment is None:
        return _missing_in(view.lot(offer.on), difference)
    lacks = _lacks(shipment.total, difference)
    if lacks is not None:
        return lacks
    shares = shipment.share_differences(difference)
    lots = ((view.lot(part.account.ref), share) for part, share in shares if part.name != "lost")
    return next((found for lot, share in lots if (found := _missing_in(lot, share)) is not None), None)


def _missing_in(lot: Lot | None, difference: Difference) -> Missing | None:
    return None if lot is None else _lacks(lot.given, difference)


def _lacks(held: Components, difference: Difference) -> Missing | None:
    lacking = (slot for slot, mg in difference.items() if held[slot] + mg < 0)
    return next((Missing(NAMES[slot], held[slot], -difference[slot]) for slot in lacking), None)


def _beyond_a_fifth(view: BooksView, offer: Offer, difference: Difference) -> bool:
    shipment = view.shipment(offer.on) if offer.late else None
    return shipment is not None and shipment.beyond_a_fifth(halves(difference)[0])
