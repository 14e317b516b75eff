"""A second signature: what an organization hands on above its own threshold needs two of its keys.

The second key signs a statement of its own, `countersignature/1`, that names the digest of the statement
that it agrees to, before that one is logged. So nothing about signatures, leaves and proofs is new, and a
bundle shows both. While a threshold holds, new keys and other policies need a second key too, else one
stolen key would be enough to make the second. Revoking needs one key, because it can't wait.

A statement that is logged already is countersigned in one case only: its key was revoked since and is not
trusted from an earlier log size on. Then a live key signs it again (`revoked.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from ledger.components import Components
from ledger.errors import LedgerError
from ledger.identity import Countersigned, Organization, SignedAgain
from ledger.interfaces import BooksView
from ledger.revoked import is_signed_again
from ledger.signed import Statement
from ledger.stated import AccountingPolicyBody, CountersignatureBody
from ledger.statements import DispatchBody, KeyBody

MAX_WAITING: Final = 10_000
"""Countersignatures whose statements are not logged yet; as many statements as a bundle holds."""
ALWAYS: Final = 1 << 62
"""More than any threshold: what would undo the threshold itself."""


@dataclass(eq=False)
class SecondSignatureMissingError(LedgerError):
    """A statement needs a second key of its issuer, and none has signed it."""

    statement: str
    what: str
    organization: str
    threshold_mg: int
    sentence: ClassVar[str] = (
        "{what}; {organization} asks for a second signature above {threshold_mg} mg. Let another of its keys "
        "post a countersignature of {statement} first."
    )


@dataclass(eq=False)
class SameKeyTwiceError(LedgerError):
    """A statement is signed twice by one key."""

    statement: str
    address: str
    sentence: ClassVar[str] = (
        "Statement {statement} is signed and countersigned by key {address}. Let another key countersign."
    )


@dataclass(eq=False)
class CountersignedAlreadyError(LedgerError):
    """A statement was countersigned before, or is in the log already."""

    statement: str
    problem: str
    sentence: ClassVar[str] = "Statement {statement} {problem}. It needs no other countersignature."


@dataclass(eq=False)
class TooManySignedAgainError(LedgerError):
    """More statements of keys that are not trusted were signed again than are remembered."""

    organization: str
    limit: int = MAX_WAITING
    sentence: ClassVar[str] = (
        "{organization} signed {limit} statements of revoked keys again, the limit. Correct the others."
    )


@dataclass(eq=False)
class TooManyCountersignaturesError(LedgerError):
    """More statements were countersigned than were ever posted."""

    organization: str
    limit: int = MAX_WAITING
    sentence: ClassVar[str] = (
        "{organization} countersigned {limit} statements that are not in the log, the limit. Post them first."
    )


@dataclass(eq=False)
class SecondKeyError(LedgerError):
    """Somebody asks for two signatures of itself and has one key."""

    organization: str
    sentence: ClassVar[str] = (
        "{organization} has one key in use, so nobody could give a second signature. Add a key first."
    )


def with_countersignature(
    organization: Organization, key: str, body: CountersignatureBody, position: int, view: BooksView
) -> Organization:
    """Return an organization one of whose keys agrees to a statement, at an entry of the log.

    The statement is not logged yet, or its own key is no longer trusted.

    Raises:
        CountersignedAlreadyError: a key agreed before, or the statement is logged and its key trusted.
        TooManyCountersignaturesError: too many wait for their statements.
        TooManySignedAgainError: too many were signed again.
    """
    digest = body.statement
    logged = view.statement(digest)
    if logged is not None:
        return _signed_again(organization, key, logged, position, view)
    if any(one.statement == digest for one in organization.countersigned):
        raise CountersignedAlreadyError(digest, "was countersigned before")
    if len(organization.countersigned) >= MAX_WAITING:
        raise TooManyCountersignaturesError(organization.id)
    signed = Countersigned(digest, key)
    return replace(organization, countersigned=(*organization.countersigned, signed))


def _signed_again(
    organization: Organization, key: str, logged: Statement, position: int, view: BooksView
) -> Organization:
    at = view.position(logged.digest)
    mine = logged.issuer == organization.id and at is not None
    if not mine or organization.distrusted(logged.signature.key, at or 0) is None:
        raise CountersignedAlreadyError(logged.digest, "is in the log already")
    if is_signed_again(organization, logged.digest):
        raise CountersignedAlreadyError(logged.digest, "was signed again before")
    if len(organization.signed_again) >= MAX_WAITING:
        raise TooManySignedAgainError(organization.id)
    again = SignedAgain(logged.digest, key, position)
    return replace(organization, signed_again=(*organization.signed_again, again))


def check_threshold(organization: Organization, body: AccountingPolicyBody) -> None:
    """Check that an organization that asks for two signatures can give them.

    Raises:
        SecondKeyError: it has one key in use.
    """
    if body.policy.second_signature_above_mg is not None and len(organization.active_keys()) < 2:
        raise SecondKeyError(organization.id)


def check_second(organization: Organization, statement: Statement, position: int, at: datetime) -> None:
    """Check that a statement has the second signature that its issuer's own policy asks for.

    Raises:
        SecondSignatureMissingError: no key countersigned it.
        SameKeyTwiceError: the key that signed it did.
        UnknownKeyError, RotatedKeyError, RevokedKeyError: the second key no longer speaks for it.
    """
    threshold = organization.second_signature_above_mg()
    what = None if threshold is None else _needing(statement)
    if threshold is None or what is None or what[1] <= threshold:
        return
    found = next((one for one in organization.countersigned if one.statement == statement.digest), None)
    if found is None:
        raise SecondSignatureMissingError(statement.digest, what[0], organization.id, threshold)
    if found.key == statement.signature.key:
        raise SameKeyTwiceError(statement.digest, found.key)
    organization.check_key(found.key, position, at)


def used_up(organization: Organization, digest: str) -> Organization:
    """Return an organization without the countersignature of a statement that is being logged."""
    if not organization.countersigned:
        return organization
    left = tuple(one for one in organization.countersigned if one.statement != digest)
    return organization if left == organization.countersigned else replace(organization, countersigned=left)


def _needing(statement: Statement) -> tuple[str, int] | None:
    """Return what a statement does that may need a second signature, and how much it hands on in mg."""
    match statement.body:
        case DispatchBody() as body:
            carried = Components.parse(body.liability, "liability").gross_mg()
            return f"The shipment carries {carried} mg", carried
        case KeyBody() as body if body.key.action != "revoke":
            return "A key is added", ALWAYS
        case AccountingPolicyBody():
            return "Accounting policies change", ALWAYS
        case _:
            return None
