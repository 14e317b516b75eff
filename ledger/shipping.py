"""Dispatch, handling and receipt: a shipment's way from one holder to the next.

Handing on relieves the sender. What carriers and ports add on the way belongs to the shipment when the
dispatch names them, else it is claimed until a receipt lists it; to a lot, when its holder names them, else
it stays claimed (PROTOCOL, Booking: handling).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from ledger.accounts import Account, Transfer
from ledger.components import Components
from ledger.errors import LedgerError
from ledger.handling import UnknownShipmentError, put_back, with_handlings
from ledger.identity import UnknownOrganizationError
from ledger.interfaces import BooksView
from ledger.lots import Lot, Shipment, ZeroQuantityError
from ledger.periods import first_day, last_day
from ledger.revoked import check_trusted
from ledger.rules import (
    StatedLiabilityError,
    check_handlers,
    check_not_before,
    take,
)
from ledger.shipment_parts import ShipmentPart
from ledger.signed import Statement
from ledger.stand_ins import HiddenGoods, HiddenText
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
    """A receipt that accepts nothing names handlers: goods that go back keep their sender's."""

    shipment: str
    sentence: ClassVar[str] = (
        "Nothing of shipment {shipment} is accepted, and goods that go back keep the sender's handlers. "
        "Leave handlers out."
    )


@dataclass(eq=False)
class ArrivedQuantityError(LedgerError):
    """What was accepted, returned and lost is not what was shipped."""

    shipment: str
    stated: int
    shipped: int
    unit: str
    sentence: ClassVar[str] = (
        "quantities add up to {stated} {unit}, but shipment {shipment} is of {shipped} {unit}. "
        "State how much of it was accepted, returned and lost."
    )


@dataclass(eq=False)
class ArrivedOutcomeError(LedgerError):
    """The outcome of a receipt is not that of its quantities."""

    shipment: str
    stated: str
    expected: str
    sentence: ClassVar[str] = (
        "The outcome for shipment {shipment} is {stated}, but by its quantities it is {expected}. "
        "State {expected}, or other quantities."
    )


@dataclass(eq=False)
class UndividedShipmentError(LedgerError):
    """Quantities of a receipt name one part only."""

    shipment: str
    part: str
    sentence: ClassVar[str] = (
        "All of shipment {shipment} is {part}. State that as its outcome, and leave quantities out."
    )


def dispatch(statement: Statement, body: DispatchBody, view: BooksView) -> tuple[Transfer, ...]:
    """Hand an interval of a lot on to a consignee, or to somebody outside, and relieve the sender.

    Raises:
        UnknownOrganizationError: consignee or handler is not registered.
        DuplicateHandlerError: a handler is named twice.
        GoodsMismatchError, StatedLiabilityError: what is stated is not what is taken.
        DistrustedStatementError: the lot rests on what a key of the sender signed that is not trusted.
        LedgerError: any rule of takes.
    """
    issuer = statement.issuer
    if body.consignee != "outside" and view.organization(body.consignee) is None:
        raise UnknownOrganizationError(body.consignee)
    check_handlers(body.handlers, view)
    lot, carried, quantity = take(view, issuer, body.take, body.occurred)
    check_goods(body, lot, quantity, carried)
    check_trusted(lot, view, view.position(statement.digest))
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
            incoterm=body.terms.incoterm if body.terms else "",
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
    if isinstance(goods, HiddenGoods):
        pairs.clear()
    for field, (stated, expected) in pairs.items():
        if stated != expected and not isinstance(expected, HiddenText):
            raise GoodsMismatchError(field, stated, expected)
    if not carried.is_stated(body.liability, "liability"):
        raise StatedLiabilityError("liability", body.liability, carried.wire())


def receipt(statement: Statement, body: ReceiptBody, view: BooksView) -> tuple[Transfer, ...]:
    """Answer a shipment with the handlings listed: what is taken over, what goes back, what was lost.

    Raises:
        UnknownShipmentError, NotConsigneeError, ShipmentAnsweredError: which shipment, whose, and when.
        TooEarlyError: it ends before the last day of the dispatch.
        UnknownOrganizationError, DuplicateHandlerError, RefusedGoodsHandlersError: the new lot's handlers.
        StaleShipmentError: the handlings listed are not the shipment's.
        LegCoveredTwiceError: two of the handlings listed cover the same leg.
        ZeroQuantityError, ArrivedQuantityError, UndividedShipmentError, ArrivedOutcomeError: how the
            shipment is shared.
        StatedLiabilityError: a liability stated is not what its part carries.
    """
    shipment = _answerable(statement, body, view)
    listed = body.takes_over.handlings
    accepted = [claim for claim in shipment.claimed if claim.statement in listed]
    after, replaced = with_handlings(shipment, accepted)
    expected = tuple(handled.statement for handled in after.handlings)
    if listed != expected:
        raise StaleShipmentError(shipment.id, listed, expected)
    rest = tuple(claim for claim in shipment.claimed if claim not in accepted)
    after = after.answered(statement.digest, *gone(body, after))
    after = replace(after, claimed=rest) if accepted else after
    shares = after.shared(after.total)
    _check_shares(body, shares)
    view.keep_shipment(after)
    on_its_way = Account("shipment", shipment.sender, shipment.id)
    claims = [
        Transfer(Account("handling_unassigned", claim.handler), on_its_way, claim.components)
        for claim in accepted
    ]
    for part, share in shares:
        if part.name != "lost":
            view.keep_lot(_arrived(body, after, part, share))
    arrived = [Transfer(on_its_way, part.account, share) for part, share in shares]
    return (*claims, *put_back(replaced, on_its_way), *arrived)


def _answerable(statement: Statement, body: ReceiptBody, view: BooksView) -> Shipment:
    """Return the shipment that a receipt may answer now."""
    shipment = view.shipment(body.takes_over.shipment)
    if shipment is None:
        raise UnknownShipmentError(body.takes_over.shipment)
    if shipment.consignee != statement.issuer:
        raise NotConsigneeError(shipment.id, shipment.consignee, statement.issuer)
    if shipment.status != "open":
        raise ShipmentAnsweredError(shipment.id, shipment.status, shipment.answered_by)
    check_not_before("the receipt", body.occurred, "its dispatch", shipment.sent_end)
    check_handlers(body.handlers, view)
    if body.handlers and body.outcome != "accepted":
        raise RefusedGoodsHandlersError(shipment.id)
    return shipment


def gone(body: ReceiptBody, shipment: Shipment) -> tuple[int, int]:
    """Return how much of a shipment goes back by its receipt, and how much was lost, in its unit.

    Raises:
        ZeroQuantityError, ArrivedQuantityError, UndividedShipmentError, ArrivedOutcomeError: it is not
            stated in the one form that there is for it.
    """
    whole = shipment.quantity
    if body.quantities is None:
        return whole if body.outcome == "refused" else 0, whole if body.outcome == "lost" else 0
    amounts = {name: int(part.quantity) for name, part in body.quantities.stated()}
    for name, quantity in amounts.items():
        if not quantity:
            raise ZeroQuantityError(f"quantities/{name}/quantity")
    if sum(amounts.values()) != whole:
        raise ArrivedQuantityError(shipment.id, sum(amounts.values()), whole, shipment.unit)
    if len(amounts) == 1:
        raise UndividedShipmentError(shipment.id, next(iter(amounts)))
    expected = "accepted" if "accepted" in amounts else "refused"
    if body.outcome != expected:
        raise ArrivedOutcomeError(shipment.id, body.outcome, expected)
    return amounts.get("returned", 0), amounts.get("lost", 0)


def _check_shares(body: ReceiptBody, shares: Sequence[tuple[ShipmentPart, Components]]) -> None:
    """Check what a receipt says that its parts carry; `liability` is of the first."""
    stated = {} if body.quantities is None else dict(body.quantities.stated())
    pairs = [("liability", body.liability, shares[0][1])]
    for part, share in shares:
        if part.name in stated:
            pairs.append((f"quantities/{part.name}/liability", stated[part.name].liability, share))
    for field, said, carried in pairs:
        if not carried.is_stated(said, field):
            raise StatedLiabilityError(field, said, carried.wire())


def _arrived(body: ReceiptBody, shipment: Shipment, part: ShipmentPart, share: Components) -> Lot:
    """Return the new lot of a part: the consignee's where it was accepted, the sender's where it goes back.

    Each holder names who handles its goods: the consignee in the receipt; for goods that come back the
    sender has, in the dispatch.
    """
    quantity = part.end - part.start
    return Lot(
        id=part.account.ref,
        holder=part.account.organization,
        product=shipment.product,
        unit=shipment.unit,
        total=share,
        quantity=quantity,
        taken=0,
        began=first_day(body.occurred),
        made="receipt",
        original_quantity=quantity,
        given=share,
        batch=shipment.batch,
        handlers=body.handlers if part.name == "accepted" else shipment.handlers,
    )
