"""The double-entry books: what each statement moves, and what it may not.

Each kind has one function: it checks the statement against the books, keeps what changed, and returns
the transfers. Nothing is written by hand, and a replay of the log gives the same books.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Final, TypeAlias

from ledger.acceptances import AcceptanceBody
from ledger.accepting import acceptance
from ledger.accounting import with_policy
from ledger.accounts import SINKS, Account, Transfer
from ledger.alone import Checked
from ledger.assets import reestimate
from ledger.attested import conservation
from ledger.attesting import after_attestation
from ledger.bodies import UnknownBody
from ledger.body import Body
from ledger.claims import check_claims
from ledger.closing import check_open, concerned, with_close
from ledger.components import Components
from ledger.correcting import correction
from ledger.countersigning import check_second, check_threshold, used_up, with_countersignature
from ledger.delegating import check_delegate, with_use
from ledger.disclosure_bodies import ConservationBody, GrantBody
from ledger.errors import LedgerError
from ledger.grants import grant
from ledger.handling import handling
from ledger.identity import (
    KeyTakenError,
    Organization,
    RotatedKeyError,
    UnknownOrganizationError,
    check_signed_as,
    registered,
)
from ledger.interfaces import BooksView
from ledger.key_changes import with_key_change
from ledger.opening import opening
from ledger.production import production
from ledger.reestimates import ReestimateBody
from ledger.reversal_bodies import ImpairmentBody, ReversalBody
from ledger.reversing import check_not_reversed, check_removals, impairment, reversal
from ledger.rules import StatedLiabilityError, check_period, take
from ledger.shipping import dispatch, receipt
from ledger.signed import Statement, check_issuer
from ledger.state.body import StateBody
from ledger.state.stating import check_state_entry
from ledger.stated import AccountingPolicyBody, CountersignatureBody, OpeningBody, PeriodCloseBody
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

NOWHERE: Final = -1
"""The position of a draft, which has none yet."""


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
        LogOpenedError: the log is opened twice.
        LedgerError: any rule of `check_entry`.
        UnknownOrganizationError, UnknownKeyError, RotatedKeyError, RevokedKeyError: who signed.
        DelegateScopeError, DelegateTimeError, DelegateQuotaError: a delegate went too far.
        DateOrderError, FutureDateError: when.
        LedgerError: any rule of `after_attestation`, `with_policy` and `with_close`.
        ReservedKindError: a kind that a later version books.
        StateSignerError, StateSizeError: a state entry of somebody else, or of other entries.
        LedgerError: any rule of the kind, see its function.
    """
    terms = view.terms()
    if not isinstance(statement, Checked):
        check_entry(statement, moment.at, terms.log_id)
    match statement.body:
        case RegistrationBody() as body:
            _registration(statement, body, moment, view)
        case (
            KeyBody()
            | AttestationBody()
            | AccountingPolicyBody()
            | CountersignatureBody()
            | PeriodCloseBody()
        ):
            _about_organization(statement, moment, view)
        case LogOpenBody():
            raise LogOpenedError(terms.log_id)
        case StateBody() as body:
            check_state_entry(statement, body, moment.position, terms)
        case UnknownBody():
            _kept(statement, moment, view)
        case _:
            check_second(speaker(statement, moment, view), statement, moment.position, moment.at)
            transfers = move(statement, view, moment.position)
            _keep_trading(statement, view)
            return transfers
    return ()


def check_entry(statement: Statement, at: datetime, log_id: str) -> None:
    """Check that a statement is of this log, has an issuer where its kind has one, and says when.

    Raises:
        ForeignLogError: it was signed for another log.
        IssuerFormError: an issuer where there is none yet, or none where there must be one.
        DateOrderError, FutureDateError: when.
    """
    if statement.envelope.log != log_id:
        raise ForeignLogError(statement.envelope.log, log_id)
    check_issuer(statement.envelope)
    check_period(statement.body.occurred, at)


def move(statement: Statement, view: BooksView, position: int = NOWHERE) -> tuple[Transfer, ...]:
    """Book a statement about goods, whoever signed it; what a draft shows before it is signed.

    Raises:
        LogOpenedError: it is not about goods.
        ClosedPeriodError: it ends in a closed period, of its issuer or of somebody whose books it touches.
        NeutralityClaimError: goods are called neutral for the climate.
        LedgerError: any rule of `check_removals` and `check_not_reversed`, and of the kind, see its function.
    """
    check_open(statement, (statement.issuer,), view)
    transfers = _moved(statement, view, position)
    check_open(statement, concerned(transfers), view)
    return transfers


def _moved(statement: Statement, view: BooksView, position: int) -> tuple[Transfer, ...]:
    if not isinstance(statement, Checked):
        check_claims(statement)
        check_removals(statement)
    check_not_reversed(statement, view)
    body = statement.body
    if isinstance(body, AcceptanceBody):
        return acceptance(statement, body, view, position)
    for kind in type(body).__mro__:
        booking = _GOODS.get(kind)
        if booking is not None:
            return booking(statement, body, view)
    raise LogOpenedError(view.terms().log_id)


def _kept(statement: Statement, moment: Moment, view: BooksView) -> None:
    if statement.kind in RESERVED_KINDS:
        raise ReservedKindError(statement.kind)
    speaker(statement, moment, view)


def speaker(statement: Statement, moment: Moment, view: BooksView) -> Organization:
    """Return the organization that a statement's key spoke for.

    Raises:
        UnknownOrganizationError, UnknownKeyError, RotatedKeyError, RevokedKeyError: it spoke for nobody.
        KeyAlgorithmError, RelyingPartyError, PasskeyOriginError, UserVerificationError: how it signed.
        DelegateScopeError, DelegateTimeError: it may not speak in this.
    """
    organization = view.organization(statement.issuer)
    if organization is None:
        raise UnknownOrganizationError(statement.issuer)
    key = organization.check_key(statement.signature.key, moment.position, moment.at)
    check_signed_as(key, statement.signature)
    check_delegate(organization.id, key, statement, moment.at)
    return organization


def _registration(statement: Statement, body: RegistrationBody, moment: Moment, view: BooksView) -> None:
    check_free_key(body.key.address, view)
    made = registered(statement.issuer, body, statement.signature.key, moment.position)
    check_signed_as(made.keys[0], statement.signature)
    view.keep_organization(made)


def _about_organization(statement: Statement, moment: Moment, view: BooksView) -> None:
    """Keep what a statement changes about an organization: keys, roles, policies, closed periods."""
    organization = speaker(statement, moment, view)
    check_second(organization, statement, moment.position, moment.at)
    organization = used_up(organization, statement.digest)
    match statement.body:
        case KeyBody() as body:
            if statement.signature.key not in organization.active_keys():
                key = statement.signature.key
                raise RotatedKeyError(organization.id, key, "its rotation, for key changes")
            changed = after_key_change(organization, body, moment, view)
        case AttestationBody() as body:
            changed = after_attestation(organization, body, statement.digest, view)
        case AccountingPolicyBody() as body:
            check_threshold(organization, body)
            changed = with_policy(organization, body, statement.digest, moment.position)
        case CountersignatureBody() as body:
            changed = with_countersignature(
                organization, statement.signature.key, body, moment.position, view
            )
        case body:
            assert isinstance(body, PeriodCloseBody)  # noqa: S101 - nothing else comes here
            changed = with_close(organization, body, moment.at, view)
    view.keep_organization(changed)


def _keep_trading(statement: Statement, view: BooksView) -> None:
    """Remember that an organization's books have begun, and what was used up: a consent, a delegate's quota.

    Raises:
        DelegateQuotaError: a delegate states more than it may.
    """
    organization = view.organization(statement.issuer)
    assert organization is not None  # noqa: S101 - it has just spoken
    after = with_use(used_up(organization, statement.digest), statement)
    if not after.trades and not isinstance(statement.body, OpeningBody):
        after = replace(after, trades=True)
    if after is not organization:
        view.keep_organization(after)


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


def _disposal(statement: Statement, body: DisposalBody, view: BooksView) -> tuple[Transfer, ...]:
    lot, carried, _quantity = take(view, statement.issuer, body.take, body.occurred)
    if Components.parse(body.liability, "liability") != carried:
        raise StatedLiabilityError("liability", body.liability, carried.wire())
    sink = Account(SINKS[body.fate], statement.issuer)
    return (Transfer(lot.account, sink, carried),)


_Booking: TypeAlias = Callable[[Statement, Any, BooksView], tuple[Transfer, ...]]
_GOODS: Final[dict[type[Body], _Booking]] = {
    ProductionBody: production,
    HandlingBody: handling,
    DispatchBody: dispatch,
    ReceiptBody: receipt,
    DisposalBody: _disposal,
    CorrectionBody: correction,
    ReversalBody: reversal,
    ImpairmentBody: impairment,
    ConservationBody: conservation,
    GrantBody: grant,
    ReestimateBody: reestimate,
    OpeningBody: opening,
}
"""How each kind about goods is booked."""
