"""Dispatch, handling and receipt: a shipment's way from one holder to the next.

Handing on relieves the sender. What carriers and ports add on the way belongs to the shipment when the
dispatch names them, else it is claimed until a receipt lists it; to a lot, when its holder names them, else
it stays claimed (PROTOCOL, Booking: handling).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from ledger.accounts import Account, Transfer
from ledger.components import Components
from ledger.errors import LedgerError
from ledger.handling import UnknownShipmentError, put_back, with_handlings
from ledger.identifiers import lot_id
from ledger.identity import UnknownOrganizationError
from ledger.interfaces import BooksView
from ledger.lots import Lot, Shipment
from ledger.periods import first_day, last_day
from ledger.rules import (
    StatedLiabilityError,
    check_handlers,
    check_not_before,
    take,
)
from ledger.signed import Statement
from ledger.statements import DispatchBody, ReceiptBody


@dataclass(eq=False)
class GoodsMismatchError(LedgerError):
    """What is said of the goods contradicts the lot or the interval."""

    field: str
    stated: str
    expected: str
    sentence: ClassVar[str] = "{field} is {stated}, but the lot says {expected}."


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
class RefusedGoodsHandlersError(LedgerError):
    """A refusing receipt names handlers for goods that go back to their sender."""

    shipment: str
    sentence: ClassVar[str] = (
        "Shipment {shipment} is refused, so its goods keep the sender's handlers. Leave handlers out."
    )


def dispatch(statement: Statement, body: DispatchBody, view: BooksView) -> tuple[Transfer, ...]:
    """Hand an interval of a lot on to a consignee, or to somebody outside, and relieve the sender.

    Raises:
        UnknownOrganizationError: consignee or handler is not registered.
        DuplicateHandlerError: a handler is named twice.
        GoodsMismatchError, StatedLiabilityError: what is stated is not what is taken.
        LedgerError: any rule of takes.
    """
    issuer = statement.issuer
    if body.consignee != "outside" and view.organization(body.consignee) is None:
        raise UnknownOrganizationError(body.consignee)
    check_handlers(body.handlers, view)
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
            sent_end=last_day(body.occurred),
            status="outside" if outside else "open",
            batch=lot.batch,
        )
    )
    target = (
        Account("outside_handed_on", issuer) if outside else Account("shipment", issuer, statement.digest)
    )
    return (Transfer(lot.account, target, carried),)


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


def receipt(statement: Statement, body: ReceiptBody, view: BooksView) -> tuple[Transfer, ...]:
    """Take a shipment over with the handlings listed, or refuse it: then it returns to the sender.

    Raises:
        UnknownShipmentError, NotConsigneeError, ShipmentAnsweredError: which shipment, whose, and when.
        TooEarlyError: it ends before the last day of the dispatch.
        UnknownOrganizationError, DuplicateHandlerError, RefusedGoodsHandlersError: the new lot's handlers.
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
    check_handlers(body.handlers, view)
    if body.handlers and body.outcome == "refused":
        raise RefusedGoodsHandlersError(shipment.id)
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
    return (*claims, *put_back(replaced, on_its_way), arrived)


def _received(statement: Statement, body: ReceiptBody, shipment: Shipment) -> Lot:
    """Return the new lot: the consignee's when accepted, the sender's when refused.

    Each holder names who handles its goods: the consignee in the receipt; for goods that come back the
    sender has, in the dispatch.
    """
    accepted = body.outcome == "accepted"
    return Lot(
        id=lot_id(statement.digest, 0),
        holder=shipment.consignee if accepted else shipment.sender,
        product=shipment.product,
        unit=shipment.unit,
        total=shipment.total,
        quantity=shipment.quantity,
        taken=0,
        began=first_day(body.occurred),
        made="receipt",
        original_quantity=shipment.quantity,
        given=shipment.total,
        batch=shipment.batch,
        handlers=body.handlers if accepted else shipment.handlers,
    )
