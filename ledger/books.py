"""The double-entry books: what each statement moves, and what it may not.

Each kind has one function: it checks the statement against the books, keeps what changed, and returns
the transfers. Nothing is written by hand, and a replay of the log gives the same books.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from ledger.accounts import SINKS, Account, Transfer
from ledger.bodies import UnknownBody
from ledger.components import Components
from ledger.errors import LedgerError
from ledger.handling import handling
from ledger.identity import (
    KeyTakenError,
    NotAccreditorError,
    Organization,
    RotatedKeyError,
    UnknownOrganizationError,
    registered,
    with_key_change,
    with_roles,
)
from ledger.interfaces import BooksView
from ledger.production import correction, production
from ledger.reversal_bodies import ImpairmentBody, ReversalBody
from ledger.reversing import check_removals, impairment, reversal
from ledger.rules import StatedLiabilityError, check_order, check_period, take
from ledger.shipping import dispatch, receipt
from ledger.signed import Statement, check_issuer
from ledger.statements import (
    AttestationBody,
    CorrectionBody,
    DispatchBody,
    DisposalBody,
    HandlingBody,
    KeyBody,
    LogOpenBody,
    ProductionBody,
    ReceiptBody,
    RegistrationBody,
)
from ledger.wire import RESERVED_KINDS


@dataclass(eq=False)
class ForeignLogError(LedgerError):
    """A statement was signed for another log."""

    signed: str
    here: str
    sentence: ClassVar[str] = "The statement was signed for log {signed}; this is log {here}."


@dataclass(eq=False)
class LogOpenedError(LedgerError):
    """A log is opened once, by its first entry."""

    log: str
    sentence: ClassVar[str] = "Log {log} is open already; log_open/1 is its first entry only."


@dataclass(eq=False)
class ReservedKindError(LedgerError):
    """The kind's name is kept for what a later version books."""

    kind: str
    sentence: ClassVar[str] = (
        "{kind} has a settled meaning that this version doesn't book yet, so it can't be kept unbooked. "
        "Post it to a ledger that books it."
    )


@dataclass(frozen=True, slots=True)
class Moment:
    """Where and when a statement is logged: its position (from 0) and the operator's UTC."""

    position: int
    at: datetime


def book(statement: Statement, moment: Moment, view: BooksView) -> tuple[Transfer, ...]:
    """Check a statement against the books and return what it moves.

    A statement of an unknown kind is kept, and moves nothing.

    Raises:
        ForeignLogError, LogOpenedError: wrong log, or opened twice.
        IssuerFormError: an issuer where there is none yet, or none where there must be one.
        UnknownOrganizationError, UnknownKeyError, RotatedKeyError, RevokedKeyError: who signed.
        DateOrderError, FutureDateError: when.
        NotAccreditorError: an attestation by somebody whom the log doesn't name as accreditor.
        ReservedKindError: a kind that a later version books.
        LedgerError: any rule of the kind, see its function.
    """
    terms = view.terms()
    if statement.envelope.log != terms.log_id:
        raise ForeignLogError(statement.envelope.log, terms.log_id)
    check_issuer(statement.envelope)
    check_period(statement.body.occurred, moment.at)
    match statement.body:
        case RegistrationBody() as body:
            return _registration(statement, body, moment, view)
        case KeyBody() as body:
            return _key(statement, body, moment, view)
        case AttestationBody() as body:
            return _attestation(statement, body, moment, view)
        case LogOpenBody():
            raise LogOpenedError(terms.log_id)
        case UnknownBody():
            return _kept(statement, moment, view)
        case _:
            speaker(statement, moment, view)
            return move(statement, view)


def move(statement: Statement, view: BooksView) -> tuple[Transfer, ...]:
    """Book a statement about goods, whoever signed it; what a draft shows before it is signed.

    Raises:
        LogOpenedError: it is not about goods.
        LedgerError: any rule of `check_removals`, and of the kind, see its function.
    """
    check_removals(statement, view)
    match statement.body:
        case ProductionBody() as body:
            return production(statement, body, view)
        case HandlingBody() as body:
            return handling(statement, body, view)
        case DispatchBody() as body:
            return dispatch(statement, body, view)
        case ReceiptBody() as body:
            return receipt(statement, body, view)
        case DisposalBody() as body:
            return _disposal(statement, body, view)
        case _:
            return _move_later(statement, view)


def _move_later(statement: Statement, view: BooksView) -> tuple[Transfer, ...]:
    """Book a statement about an earlier statement."""
    match statement.body:
        case CorrectionBody() as body:
            return correction(statement, body, view)
        case ReversalBody() as body:
            return reversal(statement, body, view)
        case ImpairmentBody() as body:
            return impairment(statement, body, view)
        case _:
            raise LogOpenedError(view.terms().log_id)


def _kept(statement: Statement, moment: Moment, view: BooksView) -> tuple[Transfer, ...]:
    if statement.kind in RESERVED_KINDS:
        raise ReservedKindError(statement.kind)
    speaker(statement, moment, view)
    return ()


def speaker(statement: Statement, moment: Moment, view: BooksView) -> Organization:
    """Return the organization that a statement's key spoke for.

    Raises:
        UnknownOrganizationError, UnknownKeyError, RotatedKeyError, RevokedKeyError: it spoke for nobody.
    """
    organization = view.organization(statement.issuer)
    if organization is None:
        raise UnknownOrganizationError(statement.issuer)
    organization.check_key(statement.signature.key, moment.position, moment.at)
    return organization


def _registration(
    statement: Statement, body: RegistrationBody, moment: Moment, view: BooksView
) -> tuple[Transfer, ...]:
    check_free_key(body.key.address, view)
    view.keep_organization(registered(statement.issuer, body, statement.signature.key, moment.position))
    return ()


def _key(statement: Statement, body: KeyBody, moment: Moment, view: BooksView) -> tuple[Transfer, ...]:
    organization = speaker(statement, moment, view)
    if statement.signature.key not in organization.active_keys():
        raise RotatedKeyError(organization.id, statement.signature.key, "its rotation, for key changes")
    view.keep_organization(after_key_change(organization, body, moment, view))
    return ()


def _attestation(
    statement: Statement, body: AttestationBody, moment: Moment, view: BooksView
) -> tuple[Transfer, ...]:
    accreditor = speaker(statement, moment, view)
    view.keep_organization(after_attestation(accreditor, body, statement.digest, view))
    return ()


def check_free_key(address: str, view: BooksView) -> None:
    """Check that a key belongs to nobody yet.

    Raises:
        KeyTakenError: it does.
    """
    owner = view.key_owner(address)
    if owner is not None:
        raise KeyTakenError(address, owner)


def after_key_change(
    organization: Organization, body: KeyBody, moment: Moment, view: BooksView
) -> Organization:
    """Return an organization after one of its keys is added, rotated or revoked.

    Raises:
        KeyTakenError: the new key belongs to somebody already.
        KeyChangeError, LastKeyError: the change is incomplete, too much, or leaves no key.
        KeyProofError, HighSError: the new key's owner did not agree, or signed out of form.
    """
    if body.key.action != "revoke":
        check_free_key(body.key.address, view)
    return with_key_change(organization, body, moment.position, moment.at, view.terms().log_id)


def after_attestation(
    accreditor: Organization, body: AttestationBody, attestation: str, view: BooksView
) -> Organization:
    """Return the organization that an accreditor gives its roles.

    Raises:
        NotAccreditorError: the log doesn't name the accreditor.
        UnknownOrganizationError: the subject is not registered.
        DateOrderError: the roles would end before they begin.
    """
    # The log names accreditors by the key that they register with; no key added later makes one.
    first = accreditor.keys[0].address
    if first not in view.terms().accreditors:
        raise NotAccreditorError(first)
    subject = view.organization(body.subject)
    if subject is None:
        raise UnknownOrganizationError(body.subject)
    check_order(body.validity.start, body.validity.end, "validity")
    return with_roles(subject, body, attestation)


def _disposal(statement: Statement, body: DisposalBody, view: BooksView) -> tuple[Transfer, ...]:
    lot, carried, _quantity = take(view, statement.issuer, body.take, body.occurred)
    if Components.parse(body.liability, "liability") != carried:
        raise StatedLiabilityError("liability", body.liability, carried.wire())
    sink = Account(SINKS[body.fate], statement.issuer)
    return (Transfer(Account("lot", statement.issuer, lot.id), sink, carried),)
