"""Answers to adjustments: a receiver takes a difference over, or sends it back to whoever caused it.

What is accepted goes on into the receiver's goods and everything made of them. What is refused returns to
the author of the cause: an increase is its abnormal loss, a decrease stays with it as an offer that nobody
took; a handling that nobody took over is claimed as before (PROTOCOL, Booking: adjustments).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from ledger.acceptances import AcceptanceBody, Answer, Standing
from ledger.accounts import Account, Transfer
from ledger.adjusting import Adjustment, Trigger, added_by
from ledger.allowances import missing
from ledger.circles import check_not_handled_with_itself
from ledger.components import Components
from ledger.errors import LedgerError
from ledger.handling import take_over_handling
from ledger.identity import Allowance
from ledger.interfaces import BooksView
from ledger.lots import Lot
from ledger.offers import Offer, difference_json, offer_id
from ledger.rules import check_order
from ledger.segments import halves
from ledger.signed import Statement
from ledger.statements import HandlingBody

MAX_ALLOWANCES = 200


@dataclass(eq=False)
class AcceptanceChoiceError(LedgerError):
    """An acceptance answers nothing, or answers and allows at once."""

    given: int
    sentence: ClassVar[str] = "An acceptance has answer or standing, but {given} of them are there. Give one."


@dataclass(eq=False)
class UnknownOfferError(LedgerError):
    """Nothing was offered that this could answer."""

    offer: str
    sentence: ClassVar[str] = (
        "Nothing is offered under {offer}. Look up your open adjustments, and take a fresh draft."
    )


@dataclass(eq=False)
class OfferAnsweredError(LedgerError):
    """An adjustment was answered before, and nothing came since."""

    offer: str
    answered_by: str
    sentence: ClassVar[str] = "Adjustment {offer} was answered by {answered_by}; nothing of it is open."


@dataclass(eq=False)
class NotReceiverError(LedgerError):
    """An adjustment is answered by somebody to whom it wasn't offered."""

    offer: str
    receiver: str
    issuer: str
    sentence: ClassVar[str] = "Adjustment {offer} is offered to {receiver}, not to {issuer}."


@dataclass(eq=False)
class StaleOfferError(LedgerError):
    """What was signed is not what is offered (any more)."""

    offer: str
    signed: dict[str, dict[str, str]]
    expected: dict[str, dict[str, str]]
    sentence: ClassVar[str] = "Adjustment {offer} is {expected}, but {signed} was signed. Take a fresh draft."


@dataclass(eq=False)
class UnbearableDecreaseError(LedgerError):
    """A decrease takes away what the receiver's goods don't carry."""

    offer: str
    component: str
    held: int
    taken: int
    sentence: ClassVar[str] = (
        "Adjustment {offer} takes away {taken} mg of {component}, but the goods carry {held} mg, because an "
        "increase before it was not accepted. Accept that first, or refuse this."
    )


@dataclass(eq=False)
class TooManyAllowancesError(LedgerError):
    """An organization has stated as many standing acceptances as are remembered."""

    organization: str
    limit: int = MAX_ALLOWANCES
    sentence: ClassVar[str] = "{organization} has stated {limit} standing acceptances, the limit."


def acceptance(
    statement: Statement, body: AcceptanceBody, view: BooksView, position: int
) -> tuple[Transfer, ...]:
    """Answer an adjustment, or state which ones are accepted by themselves from now on.

    Raises:
        AcceptanceChoiceError: not exactly one of the two.
        UnknownOfferError, OfferAnsweredError, NotReceiverError, StaleOfferError, UnbearableDecreaseError:
            the answer.
        DateOrderError, TooManyAllowancesError: a standing acceptance.
        LegCoveredTwiceError: a handling covers a leg that is covered.
        AdjustmentTooWideError, TooManyChangesError: too much follows from it.
    """
    if body.answer is not None and body.standing is None:
        return _answered(statement, body.answer, view)
    if body.standing is not None and body.answer is None:
        _allow(statement, body.standing, view, position)
        return ()
    raise AcceptanceChoiceError(2 if body.answer else 0)


def _allow(statement: Statement, standing: Standing, view: BooksView, position: int) -> None:
    organization = view.organization(statement.issuer)
    assert organization is not None  # noqa: S101 - its key spoke for it
    check_order(standing.validity.start, standing.validity.end, "standing/validity")
    if len(organization.allowances) >= MAX_ALLOWANCES:
        raise TooManyAllowancesError(organization.id)
    allowance = Allowance(
        standing.sender,
        int(standing.limit_mg),
        standing.validity.start,
        standing.validity.end,
        position,
    )
    view.keep_organization(replace(organization, allowances=(*organization.allowances, allowance)))


def _answered(statement: Statement, answer: Answer, view: BooksView) -> tuple[Transfer, ...]:
    identifier = offer_id(answer.cause, answer.target)
    offer = view.offer(identifier)
    claim = claimed(answer.cause, view) if offer is None and answer.cause == answer.target else None
    offer = offer or claim
    if offer is None:
        raise UnknownOfferError(identifier)
    if offer.receiver != statement.issuer:
        raise NotReceiverError(identifier, offer.receiver, statement.issuer)
    if not offer.open:
        raise OfferAnsweredError(identifier, offer.answers[-1] if offer.answers else "itself")
    increase = Components.parse(answer.increase, "answer/increase")
    signed = increase.difference(Components.parse(answer.decrease, "answer/decrease"))
    if signed != offer.open:
        signed_json, expected = difference_json(signed), difference_json(offer.open)
        raise StaleOfferError(identifier, signed_json, expected)
    accepted = answer.outcome == "accepted"
    if accepted and claim is not None:
        _check_circles(answer.cause, view)
    lacking = missing(view, offer, offer.open) if accepted else None
    if lacking is not None:
        raise UnbearableDecreaseError(identifier, *lacking)
    view.keep_offer(offer.answered(statement.digest, accepted=accepted))
    source = offer.account() if claim is None else Account("handling_unassigned", offer.sender)
    if accepted:
        return _taken_over(statement, offer, source, view)
    return () if claim is not None else _returned(offer, view)


def _check_circles(handling: str, view: BooksView) -> None:
    """Check that an unlisted handling took nothing that was made with the goods that it handled."""
    statement = view.statement(handling)
    assert statement is not None  # noqa: S101 - it made the claim
    assert isinstance(statement.body, HandlingBody)  # noqa: S101 - it made the claim
    for signed in statement.body.inputs:
        check_not_handled_with_itself(statement.body.target, signed, view)


def claimed(handling: str, view: BooksView) -> Offer | None:
    """Return the offer that a handling makes which nobody has taken over, or None where there is none.

    As long as a shipment is on its way, its receipt lists what is accepted.
    """
    statement = view.statement(handling)
    if statement is None or not isinstance(statement.body, HandlingBody):
        return None
    target = statement.body.target
    if target.lot is not None:
        lot = view.lot(target.lot)
        if lot is None or handling not in lot.claimed:
            return None
        amount = added_by(statement, statement.body, view)
        return Offer(handling, handling, lot.id, statement.issuer, lot.holder, open=dict(amount.items()))
    shipment = view.shipment(target.shipment or "")
    if shipment is None or not shipment.answered_by:
        return None
    handled = next((one for one in shipment.claimed if one.statement == handling), None)
    if handled is None:
        return None
    open_now = dict(handled.components.items())
    return Offer(handling, handling, shipment.id, statement.issuer, shipment.receiver, open=open_now)


def _taken_over(statement: Statement, offer: Offer, source: Account, view: BooksView) -> tuple[Transfer, ...]:
    job = Adjustment(Trigger(statement, offer.cause), view)
    shipment = view.shipment(offer.on)
    if shipment is None:
        lot = view.lot(offer.on)
        assert lot is not None  # noqa: S101 - an offer is on a shipment or a lot
        return (*_into_lot(job, lot, offer, source, view), *job.run())
    if offer.cause == offer.target:
        take_over_handling(job, shipment, offer.cause, source, view)
    else:
        job.settle(shipment, source, offer.open)
    return job.run()


def _into_lot(
    job: Adjustment, lot: Lot, offer: Offer, source: Account, view: BooksView
) -> tuple[Transfer, ...]:
    """Add an unlisted handling to a lot: to what is left, or to its takers where nothing is."""
    lot = replace(lot, claimed=tuple(one for one in lot.claimed if one != offer.cause))
    if lot.left == 0:
        view.keep_lot(lot)
        job.given(lot.id, offer.open, source, late=True)
        return ()
    added = Components(offer.open)
    view.keep_lot(lot.changed(job.because, added))
    return (Transfer(source, lot.account, added),)


def _returned(offer: Offer, view: BooksView) -> tuple[Transfer, ...]:
    """Return what is refused to the author of its cause."""
    up, down = halves(offer.open)
    if offer.cause == offer.target:
        back = Account("handling_unassigned", offer.sender)
        return tuple(move for move in (Transfer(offer.account(), back, up),) if move.components)
    cause = view.statement(offer.cause)
    assert cause is not None  # noqa: S101 - it made the offer
    kept = Account("adjustment_offered", cause.issuer, offer.cause)
    moves = (
        Transfer(offer.account(), Account("abnormal_loss", cause.issuer), up),
        Transfer(kept, offer.account(), down),
    )
    return tuple(move for move in moves if move.components)
