"""Dispatch, handling and receipt: a shipment's way from one holder to the next.

Handing on relieves the sender. What carriers and ports add on the way belongs to the shipment when the
dispatch names them, else it is claimed until a receipt lists it (PROTOCOL, Booking: handling).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar

from ledger.accounts import Account, Transfer, from_sources
from ledger.components import Components
from ledger.errors import LedgerError
from ledger.identifiers import lot_id
from ledger.identity import UnknownOrganizationError
from ledger.interfaces import BooksView
from ledger.lots import Handled, Lot, Shipment, ZeroQuantityError
from ledger.rules import (
    StatedLiabilityError,
    UnknownLotError,
    check_not_before,
    keep_gaps,
    line_components,
    take,
)
from ledger.signed import Statement
from ledger.statements import DispatchBody, HandlingBody, ReceiptBody
from ledger.wire import MAX_INPUTS


@dataclass(eq=False)
class GoodsMismatchError(LedgerError):
    """What is said of the goods contradicts the lot or the interval."""

    field: str
    stated: str
    expected: str
    sentence: ClassVar[str] = "{field} is {stated}, but the lot says {expected}."


@dataclass(eq=False)
class UnknownShipmentError(LedgerError):
    """No shipment has this id."""

    shipment: str
    sentence: ClassVar[str] = "There is no shipment {shipment} in this log. Check the id."


@dataclass(eq=False)
class NotConsigneeError(LedgerError):
    """A receipt by somebody to whom the shipment wasn't sent."""

    shipment: str
    consignee: str
    issuer: str
    sentence: ClassVar[str] = "Shipment {shipment} goes to {consignee}, not to {issuer}."


@dataclass(eq=False)
class ShipmentAnsweredError(LedgerError):
    """A shipment was received or refused before."""

    shipment: str
    status: str
    answered_by: str
    sentence: ClassVar[str] = "Shipment {shipment} is {status} already, by statement {answered_by}."


@dataclass(eq=False)
class StaleShipmentError(LedgerError):
    """The handlings that a receipt lists are not the shipment's."""

    shipment: str
    signed: tuple[str, ...]
    expected: tuple[str, ...]
    sentence: ClassVar[str] = (
        "The receipt of {shipment} lists handlings {signed}; the books have {expected}. Take a fresh draft."
    )


@dataclass(eq=False)
class ShipmentClosedError(LedgerError):
    """A handling after the shipment was received or refused."""

    shipment: str
    receipt: str
    sentence: ClassVar[str] = (
        "Shipment {shipment} is closed by receipt {receipt}; nothing can be added to it."
    )


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
        "share: own is {own} kg·km of {total} kg·km in all. State a part of what the vehicle carried."
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


def dispatch(statement: Statement, body: DispatchBody, view: BooksView) -> tuple[Transfer, ...]:
    """Hand an interval of a lot on to a consignee, or to somebody outside, and relieve the sender.

    Raises:
        UnknownOrganizationError: consignee or handler is not registered.
        GoodsMismatchError, StatedLiabilityError: what is stated is not what is taken.
        LedgerError: any rule of takes.
    """
    issuer = statement.issuer
    for party in (body.consignee, *body.handlers):
        if party != "outside" and view.organization(party) is None:
            raise UnknownOrganizationError(party)
    lot, carried, quantity = take(view, issuer, body.take, body.occurred)
    check_goods(body, lot, quantity, carried)
    outside = body.consignee == "outside"
    view.keep_shipment(
        Shipment(
            id=statement.digest,
            lot=lot.id,
            sender=issuer,
            consignee=body.consignee,
            handlers=body.handlers,
            product=lot.product,
            unit=lot.unit,
            quantity=quantity,
            dispatched=carried,
            total=carried,
            sent_end=date.fromisoformat(body.occurred.end),
            status="outside" if outside else "open",
            batch=lot.batch,
        )
    )
    target = (
        Account("outside_handed_on", issuer) if outside else Account("shipment", issuer, statement.digest)
    )
    return (Transfer(Account("lot", issuer, lot.id), target, carried),)


def check_goods(body: DispatchBody, lot: Lot, quantity: int, carried: Components) -> None:
    """Check what a dispatch says of its goods against the lot and the interval.

    Raises:
        GoodsMismatchError: product, unit, quantity or batch differ.
        StatedLiabilityError: the liability is not what the interval carries.
    """
    goods = body.goods
    pairs = {
        "goods/product": (goods.product, lot.product),
        "goods/unit": (goods.unit, lot.unit),
        "goods/quantity": (goods.quantity, str(quantity)),
    }
    if goods.batch is not None:
        pairs["goods/batch"] = (goods.batch, lot.batch)
    for field, (stated, expected) in pairs.items():
        if stated != expected:
            raise GoodsMismatchError(field, stated, expected)
    if Components.parse(body.liability, "liability") != carried:
        raise StatedLiabilityError("liability", body.liability, carried.wire())


def handling(statement: Statement, body: HandlingBody, view: BooksView) -> tuple[Transfer, ...]:
    """Book what carrying or handling emitted: through the handler's account to shipment or lot.

    Raises:
        HandlingTargetError: not exactly one target.
        UnknownShipmentError, UnknownLotError: there is no such target.
        ShipmentClosedError: the shipment was answered before.
        VehicleShareError: the part of a shared vehicle is none, or more than the whole.
        LegCoveredTwiceError: the leg is reported already.
        TooManyHandlingsError: the shipment has as many as a receipt can list.
        ZeroQuantityError: the lot is empty.
        TooManyChangesError: the lot has as many changes as a take can list.
        LedgerError: any rule of lines and takes.
    """
    if body.share is not None and not 0 < int(body.share.own) <= int(body.share.total):
        raise VehicleShareError(int(body.share.own), int(body.share.total))
    vectors = line_components(body.lines)
    keep_gaps(view, statement.issuer, body.lines, statement.digest)
    unassigned = Account("handling_unassigned", statement.issuer)
    transfers: list[Transfer] = []
    for line, vector in zip(body.lines, vectors, strict=True):
        transfers += from_sources(vector, statement.issuer, unassigned, gap=line.amount.gap is not None)
    for signed in body.inputs:
        lot, carried, _quantity = take(view, statement.issuer, signed, body.occurred)
        vectors.append(carried)
        transfers.append(Transfer(Account("lot", statement.issuer, lot.id), unassigned, carried))
    added = Components.total_of(vectors)
    if body.target.shipment is not None and body.target.lot is None:
        return (*transfers, *_to_shipment(statement, body, body.target.shipment, added, view))
    if body.target.lot is not None and body.target.shipment is None:
        return (*transfers, *_to_lot(statement, body, body.target.lot, added, view))
    raise HandlingTargetError(2 if body.target.lot else 0)


def _to_shipment(
    statement: Statement, body: HandlingBody, identifier: str, added: Components, view: BooksView
) -> tuple[Transfer, ...]:
    shipment = view.shipment(identifier)
    if shipment is None:
        raise UnknownShipmentError(identifier)
    if shipment.status in ("received", "refused"):
        raise ShipmentClosedError(identifier, shipment.answered_by)
    leg = body.leg.key if body.leg else ""
    stands_in = stands_in_for_carrier(statement.issuer, body, shipment)
    handled = Handled(statement.digest, statement.issuer, added, leg, stand_in=stands_in)
    if statement.issuer not in shipment.handlers and not stands_in:
        _check_room(shipment, shipment.claimed)
        view.keep_shipment(replace(shipment, claimed=(*shipment.claimed, handled)))
        return ()
    _check_room(shipment, shipment.handlings)
    after, replaced = with_handlings(shipment, (handled,))
    view.keep_shipment(after)
    way = _way(shipment)
    assigned = Transfer(Account("handling_unassigned", statement.issuer), way, added)
    return (assigned, *_put_back(replaced, way))


def with_handlings(shipment: Shipment, more: Sequence[Handled]) -> tuple[Shipment, tuple[Handled, ...]]:
    """Return the shipment after more handlings, and the stand-ins that they replace.

    Raises:
        LegCoveredTwiceError: a leg is reported already, by more than somebody's stand-in.
    """
    kept, total = list(shipment.handlings), shipment.total
    replaced = []
    for handled in more:
        covered = next((h for h in kept if handled.leg and h.leg == handled.leg), None)
        if covered is not None:
            if handled.stand_in or not covered.stand_in:
                raise LegCoveredTwiceError(handled.leg, covered.statement)
            kept.remove(covered)
            replaced.append(covered)
            total = total - covered.components
        kept.append(handled)
        total = total + handled.components
    return replace(shipment, handlings=tuple(kept), total=total), tuple(replaced)


def _put_back(replaced: Sequence[Handled], way: Account) -> list[Transfer]:
    # A stand-in has gap lines only, so its whole vector goes back outside.
    return [Transfer(way, Account("outside_taken_over", h.handler), h.components) for h in replaced]


def _check_room(shipment: Shipment, there: Sequence[Handled]) -> None:
    if len(there) >= MAX_INPUTS:
        raise TooManyHandlingsError(shipment.id, len(there))


def stands_in_for_carrier(issuer: str, body: HandlingBody, shipment: Shipment) -> bool:
    """Say whether sender or consignee fills a leg with gaps for a carrier without an account."""
    return (
        issuer in (shipment.sender, shipment.consignee)
        and issuer not in shipment.handlers
        and body.leg is not None
        and not body.inputs
        and all(line.amount.gap is not None for line in body.lines)
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
    if lot.holder != statement.issuer:
        return ()
    if lot.left == 0:
        raise ZeroQuantityError("target/lot")
    check_not_before("the handling", body.occurred, "the lot's beginning", lot.began)
    view.keep_lot(lot.changed(lot.balance() + added, statement.digest))
    held = Account("lot", lot.holder, lot.id)
    return (Transfer(Account("handling_unassigned", statement.issuer), held, added),)


def receipt(statement: Statement, body: ReceiptBody, view: BooksView) -> tuple[Transfer, ...]:
    """Take a shipment over with the handlings listed, or refuse it: then it returns to the sender.

    Raises:
        UnknownShipmentError, NotConsigneeError, ShipmentAnsweredError: which shipment, whose, and when.
        TooEarlyError: it ends before the dispatch.
        StaleShipmentError: the handlings listed are not the shipment's.
        LegCoveredTwiceError: two of the handlings listed cover the same leg.
        StatedLiabilityError: the liability stated is not what is taken over.
    """
    shipment = view.shipment(body.takes_over.shipment)
    if shipment is None:
        raise UnknownShipmentError(body.takes_over.shipment)
    if shipment.consignee != statement.issuer:
        raise NotConsigneeError(shipment.id, shipment.consignee, statement.issuer)
    if shipment.status != "open":
        raise ShipmentAnsweredError(shipment.id, shipment.status, shipment.answered_by)
    check_not_before("the receipt", body.occurred, "its dispatch", shipment.sent_end)
    listed = body.takes_over.handlings
    accepted = [claim for claim in shipment.claimed if claim.statement in listed]
    after, replaced = with_handlings(shipment, accepted)
    expected = tuple(handled.statement for handled in after.handlings)
    if listed != expected:
        raise StaleShipmentError(shipment.id, listed, expected)
    if Components.parse(body.liability, "liability") != after.total:
        raise StatedLiabilityError("liability", body.liability, after.total.wire())
    lot = _received(statement, body, after)
    view.keep_lot(lot)
    view.keep_shipment(
        replace(
            after,
            status="received" if body.outcome == "accepted" else "refused",
            claimed=tuple(claim for claim in shipment.claimed if claim not in accepted),
            answered_by=statement.digest,
        )
    )
    on_its_way = Account("shipment", shipment.sender, shipment.id)
    claims = [
        Transfer(Account("handling_unassigned", claim.handler), on_its_way, claim.components)
        for claim in accepted
    ]
    arrived = Transfer(on_its_way, Account("lot", lot.holder, lot.id), after.total)
    return (*claims, *_put_back(replaced, on_its_way), arrived)


def _received(statement: Statement, body: ReceiptBody, shipment: Shipment) -> Lot:
    """Return the new lot: the consignee's when accepted, the sender's when refused."""
    return Lot(
        id=lot_id(statement.digest, 0),
        holder=shipment.consignee if body.outcome == "accepted" else shipment.sender,
        product=shipment.product,
        unit=shipment.unit,
        total=shipment.total,
        quantity=shipment.quantity,
        taken=0,
        began=date.fromisoformat(body.occurred.start),
        made="receipt",
        original_quantity=shipment.quantity,
        batch=shipment.batch,
    )
