"""Handling: what carriers and ports add to goods, on their way or in somebody's store.

It belongs to a shipment when the dispatch names who did it, else it is claimed until a receipt lists it; to
a lot, when the lot's holder names who did it, else it stays claimed (PROTOCOL, Booking: handling).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from ledger.accounts import Account, Transfer, from_sources
from ledger.adjusting import Adjustment, Trigger
from ledger.allowances import allows
from ledger.alone import Checked
from ledger.booked_lines import own_lines
from ledger.circles import check_not_circular
from ledger.closure import takes
from ledger.components import Components
from ledger.errors import LedgerError
from ledger.interfaces import BooksView
from ledger.logistics.checks import check_transport
from ledger.lots import Handled, Shipment, ZeroQuantityError
from ledger.offers import Offer
from ledger.purchased_power import check_power
from ledger.rules import UnknownLotError, check_not_before, keep_gaps, take
from ledger.segments import Difference, fits
from ledger.signed import Statement
from ledger.statements import HandlingBody
from ledger.wire import MAX_INPUTS


@dataclass(eq=False)
class UnknownShipmentError(LedgerError):
    """No shipment has this id."""

    shipment: str
    sentence: ClassVar[str] = "There is no shipment {shipment} in this log. Check the id."


@dataclass(eq=False)
class HandlingTargetError(LedgerError):
    """A handling names no target, or two."""

    given: int
    sentence: ClassVar[str] = "target names {given} of shipment and lot. Name exactly one."


@dataclass(eq=False)
class VehicleShareError(LedgerError):
    """A carrier's own part of a shared vehicle is more than the whole, or the whole is nothing."""

    own: int
    total: int
    sentence: ClassVar[str] = (
        "share: own is {own} of {total} in all. State a part of what the vehicle carried."
    )


@dataclass(eq=False)
class LegCoveredTwiceError(LedgerError):
    """A leg of a shipment is reported twice."""

    leg: str
    statement: str
    sentence: ClassVar[str] = "Leg {leg!r} is covered by handling {statement} already. A leg is covered once."


@dataclass(eq=False)
class TooManyHandlingsError(LedgerError):
    """More is added to one shipment than one receipt can list."""

    shipment: str
    count: int
    limit: int = MAX_INPUTS
    sentence: ClassVar[str] = (
        "Shipment {shipment} has {count} handlings of this sort; the limit is {limit}. Put several in one."
    )


def handling(statement: Statement, body: HandlingBody, view: BooksView) -> tuple[Transfer, ...]:
    """Book what carrying or handling emitted: through the handler's account to shipment or lot.

    Raises:
        HandlingTargetError: not exactly one target.
        UnknownShipmentError, UnknownLotError: there is no such target.
        AdjustmentTooWideError: the shipment was answered before, and too much follows from it.
        VehicleShareError: the part of a shared vehicle is none, or more than the whole.
        LegCoveredTwiceError: the leg is reported already.
        TooManyHandlingsError: the shipment has as many as a receipt can list.
        TooEarlyError: it ends before the lot begins.
        ZeroQuantityError: the lot is empty.
        TooManyChangesError: the lot has as many changes as a take can list.
        TooManyClaimsError: the lot has as many claims as it remembers.
        LedgerError: any rule of lines, takes and bought power, and of legs (`logistics.checks`).
    """
    if not isinstance(statement, Checked):
        check_carriage(body)
    lines = own_lines(statement, body)
    check_power(view, statement.issuer, lines)
    keep_gaps(view, statement.issuer, lines, statement.digest)
    unassigned = Account("handling_unassigned", statement.issuer)
    transfers: list[Transfer] = []
    for line in lines:
        transfers += from_sources(line.components, statement.issuer, unassigned, gap=line.gap is not None)
    vectors = [line.components for line in lines]
    for signed in body.inputs:
        lot, carried, _quantity = take(view, statement.issuer, signed, body.occurred)
        vectors.append(carried)
        transfers.append(Transfer(lot.account, unassigned, carried))
    added = Components.total_of(vectors)
    if body.target.shipment is not None and body.target.lot is None:
        return (*transfers, *_to_shipment(statement, body, body.target.shipment, added, view))
    if body.target.lot is not None and body.target.shipment is None:
        return (*transfers, *_to_lot(statement, body, body.target.lot, added, view))
    raise HandlingTargetError(2 if body.target.lot else 0)


def check_carriage(body: HandlingBody) -> None:
    """Check what a handling says of its leg and its part of a shared vehicle.

    Raises:
        VehicleShareError: the part of a shared vehicle is none, or more than the whole.
        LedgerError: any rule of legs (`logistics.checks`).
    """
    if body.share is not None and not 0 < int(body.share.own) <= int(body.share.total):
        raise VehicleShareError(int(body.share.own), int(body.share.total))
    check_transport(body)


def _to_shipment(
    statement: Statement, body: HandlingBody, identifier: str, added: Components, view: BooksView
) -> tuple[Transfer, ...]:
    shipment = view.shipment(identifier)
    if shipment is None:
        raise UnknownShipmentError(identifier)
    leg = body.leg.key if body.leg else ""
    stands_in = stands_in_for_carrier(statement, body, shipment)
    handled = Handled(statement.digest, statement.issuer, added, leg, stand_in=stands_in)
    if shipment.answered_by:
        return _late(statement, handled, shipment, view)
    if statement.issuer not in shipment.handlers and not stands_in:
        _check_room(shipment, shipment.claimed)
        view.keep_shipment(replace(shipment, claimed=(*shipment.claimed, handled)))
        return ()
    _check_room(shipment, shipment.handlings)
    after, replaced = with_handlings(shipment, (handled,))
    view.keep_shipment(after)
    way = _way(shipment)
    assigned = Transfer(Account("handling_unassigned", statement.issuer), way, added)
    return (assigned, *put_back(replaced, way))


def with_handlings(shipment: Shipment, more: Sequence[Handled]) -> tuple[Shipment, tuple[Handled, ...]]:
    """Return the shipment after more handlings, and the stand-ins that they replace.

    Raises:
        LegCoveredTwiceError: a leg is reported already, by more than somebody's stand-in, or by one whose
            correction was not taken over, so that the shipment doesn't carry all of it.
    """
    if not more:
        return shipment, ()
    kept, total = list(shipment.handlings), shipment.total
    replaced = []
    for handled in more:
        covered = next((h for h in kept if handled.leg and h.leg == handled.leg), None)
        if covered is not None:
            gone = {slot: -mg for slot, mg in covered.components.items()}
            if handled.stand_in or not covered.stand_in or not fits(total, gone):
                raise LegCoveredTwiceError(handled.leg, covered.statement)
            kept.remove(covered)
            replaced.append(covered)
            total = total - covered.components
        kept.append(handled)
        total = total + handled.components
    return replace(shipment, handlings=tuple(kept), total=total), tuple(replaced)


def _late(
    statement: Statement, handled: Handled, shipment: Shipment, view: BooksView
) -> tuple[Transfer, ...]:
    """Offer a handling that comes after the shipment was answered to whoever holds the goods."""
    _check_room(shipment, shipment.claimed)
    for signed in takes(statement):
        check_not_circular(shipment.answered_by, signed, view)
    with_handlings(shipment, (handled,))
    view.keep_shipment(replace(shipment, claimed=(*shipment.claimed, handled)))
    digest, difference = statement.digest, dict(handled.components.items())
    offer = Offer(digest, digest, shipment.id, handled.handler, shipment.receiver, late=True)
    unassigned = Account("handling_unassigned", handled.handler)
    if not allows(view, offer, difference, statement):
        view.keep_offer(offer.offered(difference))
        return (Transfer(unassigned, offer.account(), handled.components),)
    view.keep_offer(offer.taken_over(difference))
    job = Adjustment(Trigger(statement, digest), view)
    now = view.shipment(shipment.id)
    assert now is not None  # noqa: S101 - it was kept just before
    take_over_handling(job, now, digest, unassigned, view)
    return job.run()


def take_over_handling(
    job: Adjustment, shipment: Shipment, handling: str, source: Account, view: BooksView
) -> None:
    """Take a handling over into a shipment that was answered, in the place of a stand-in if there is one.

    Raises:
        LegCoveredTwiceError: the leg is covered by more than a stand-in.
    """
    handled = next(one for one in shipment.claimed if one.statement == handling)
    after, replaced = with_handlings(shipment, (handled,))
    rest = tuple(one for one in shipment.claimed if one is not handled)
    view.keep_shipment(replace(after, claimed=rest, total=shipment.total))
    moves: list[tuple[Account, Difference]] = [(source, dict(handled.components.items()))]
    moves += [
        (Account("outside_taken_over", one.handler), {slot: -mg for slot, mg in one.components.items()})
        for one in replaced
    ]
    for account, difference in moves:
        now = view.shipment(shipment.id)
        assert now is not None  # noqa: S101 - it was kept just before
        job.settle(now, account, difference)


def put_back(replaced: Sequence[Handled], way: Account) -> list[Transfer]:
    """Return the reversal of stand-ins that a carrier's own statement replaces."""
    # A stand-in has gap lines only, so its whole vector goes back outside.
    return [Transfer(way, Account("outside_taken_over", h.handler), h.components) for h in replaced]


def _check_room(shipment: Shipment, there: Sequence[Handled]) -> None:
    if len(there) >= MAX_INPUTS:
        raise TooManyHandlingsError(shipment.id, len(there))


def stands_in_for_carrier(statement: Statement, body: HandlingBody, shipment: Shipment) -> bool:
    """Say whether sender or consignee fills a leg with gaps for a carrier without an account."""
    issuer = statement.issuer
    return (
        issuer in (shipment.sender, shipment.consignee)
        and issuer not in shipment.handlers
        and body.leg is not None
        and not body.inputs
        and all(line.gap is not None for line in own_lines(statement, body))
    )


def _way(shipment: Shipment) -> Account:
    if shipment.status == "outside":
        return Account("outside_handed_on", shipment.sender)
    return Account("shipment", shipment.sender, shipment.id)


def _to_lot(
    statement: Statement, body: HandlingBody, identifier: str, added: Components, view: BooksView
) -> tuple[Transfer, ...]:
    lot = view.lot(identifier)
    if lot is None:
        raise UnknownLotError(identifier)
    check_not_before("the handling", body.occurred, "the lot's beginning", lot.began)
    if not lot.handled_by(statement.issuer):
        view.keep_lot(lot.claimed_by(statement.digest))
        return ()
    if lot.left == 0:
        raise ZeroQuantityError("target/lot")
    view.keep_lot(lot.changed(statement.digest, added))
    return (Transfer(Account("handling_unassigned", statement.issuer), lot.account, added),)
