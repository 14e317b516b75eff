"""Who a key spoke for, and when: the log alone decides.

An organization registers itself with its first key; `key/1` statements change its keys
(`key_changes.py`). A statement is good when its key was
valid for its issuer at the log position and time at which it was logged (PROTOCOL, Identity and Log: time).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final, Literal

from ledger.errors import LedgerError
from ledger.key_bodies import Delegation, Passkey
from ledger.signing import ALGORITHM
from ledger.statements import AttestationBody, RegistrationBody
from ledger.webauthn import ALGORITHM as PASSKEY_ALGORITHM
from ledger.webauthn import check_passkey, check_terms, read_assertion
from ledger.wire import Signature

ACCREDITED_ROLES: Final = ("port", "carrier", "verifier")


@dataclass(eq=False)
class UnknownOrganizationError(LedgerError):
    """No organization with this id is registered in this log."""

    organization: str
    sentence: ClassVar[str] = "Organization {organization} is not registered in this log. Register it first."


@dataclass(eq=False)
class UnknownKeyError(LedgerError):
    """The key was never one of the issuer's."""

    organization: str
    address: str
    sentence: ClassVar[str] = "Key {address} never belonged to {organization}. Sign with a registered key."


@dataclass(eq=False)
class RotatedKeyError(LedgerError):
    """The key was rotated out and its grace is over."""

    organization: str
    address: str
    until: str
    sentence: ClassVar[str] = (
        "Key {address} of {organization} was rotated out, valid until {until}. Use the new."
    )


@dataclass(eq=False)
class RevokedKeyError(LedgerError):
    """The key was revoked."""

    organization: str
    address: str
    position: int
    sentence: ClassVar[str] = (
        "Key {address} of {organization} was revoked at entry {position}. Use another key."
    )


@dataclass(eq=False)
class KeyTakenError(LedgerError):
    """The key belongs to an organization already."""

    address: str
    organization: str
    sentence: ClassVar[str] = "Key {address} belongs to {organization} already. Make a key of its own."


@dataclass(eq=False)
class LastKeyError(LedgerError):
    """The organization would be left without a key."""

    organization: str
    sentence: ClassVar[str] = "{organization} would have no key left. Add a new one first."


@dataclass(eq=False)
class KeyChangeError(LedgerError):
    """A key statement lacks or contradicts something."""

    action: str
    problem: str
    sentence: ClassVar[str] = "Key change {action!r} is refused: {problem}."


@dataclass(eq=False)
class RegistrationKeyError(LedgerError):
    """A registration is signed by another key than the one it registers."""

    named: str
    signer: str
    sentence: ClassVar[str] = (
        "The registration names key {named} but is signed by {signer}. Sign with its own."
    )


@dataclass(eq=False)
class KeyAlgorithmError(LedgerError):
    """A key signs by another algorithm than the one it is registered for."""

    address: str
    algorithm: str
    registered: str
    sentence: ClassVar[str] = (
        "Key {address} is registered for {registered}, but signed by {algorithm}. Sign as registered."
    )


@dataclass(eq=False)
class NotAccreditorError(LedgerError):
    """An attestation of roles by a key that the log doesn't name as accreditor."""

    address: str
    sentence: ClassVar[str] = "Key {address} is no accreditor of this log. Only an accreditor attests roles."


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key's life in the log: from one entry on, until another entry or moment.

    What it signed from entry `untrusted_from` on, before it was revoked, may be a thief's; that is known
    since entry `distrusted_at`. A delegate's key has a `delegation`, and what is used up of it.
    """

    address: str
    from_position: int
    state: Literal["active", "rotated", "revoked"] = "active"
    until_position: int | None = None
    until: datetime | None = None
    reason: str = ""
    untrusted_from: int | None = None
    distrusted_at: int | None = None
    delegation: Delegation | None = None
    passkey: Passkey | None = None
    used_statements: int = 0
    used_mg: int = 0


@dataclass(frozen=True, slots=True)
class RoleRecord:
    """A role that an accreditor attested, from and to civil dates, both included."""

    role: str
    start: str
    end: str
    attestation: str


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """The accounting policies that an organization stated, and at which log position."""

    statement: str
    position: int
    materiality: str
    cut_off: str
    electricity: str
    markup: str
    second_signature_above_mg: str | None = None


@dataclass(frozen=True, slots=True)
class Countersigned:
    """A statement that one of its issuer's keys agreed to, and that is not logged yet."""

    statement: str
    key: str


@dataclass(frozen=True, slots=True)
class SignedAgain:
    """A statement of a key that is no longer trusted, agreed to by another key at entry `position`."""

    statement: str
    key: str
    position: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """Adjustments that an organization accepts by themselves: from one sender or `any`, up to so many mg.

    `start` and `end` are civil dates, both included; it was stated at entry `position` of the log, and takes
    the place of what was stated before about the same sender.
    """

    sender: str
    limit_mg: int
    start: str
    end: str
    position: int


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization as the log knows it.

    `closed_until` is the civil date up to which its books are closed, "" when none; `trades` says whether
    it has booked anything about goods but opening balances.
    """

    id: str
    name: str
    roles_claimed: tuple[str, ...]
    registered_at: int
    keys: tuple[KeyRecord, ...]
    roles: tuple[RoleRecord, ...] = ()
    closed_until: str = ""
    trades: bool = False
    policies: tuple[PolicyRecord, ...] = ()
    countersigned: tuple[Countersigned, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    signed_again: tuple[SignedAgain, ...] = ()

    def check_key(self, address: str, position: int, at: datetime) -> KeyRecord:
        """Return the key that may speak for this organization at a log position and time.

        Raises:
            UnknownKeyError: it never was this organization's.
            RotatedKeyError: its grace after a rotation is over.
            RevokedKeyError: it was revoked before.
        """
        for key in self.keys:
            if key.address != address or key.from_position >= position:
                continue
            if key.state == "revoked" and position > (key.until_position or 0):
                raise RevokedKeyError(self.id, address, key.until_position or 0)
            if key.until is not None and at > key.until:
                raise RotatedKeyError(self.id, address, key.until.isoformat())
            return key
        raise UnknownKeyError(self.id, address)

    def distrusted(self, address: str, position: int, before: int | None = None) -> KeyRecord | None:
        """Return the key when what it signed at a log position is not trusted: it may be a thief's.

        With `before`, only what was known before that entry counts.
        """
        for key in self.keys:
            if key.address != address or key.untrusted_from is None or key.distrusted_at is None:
                continue
            known = before is None or key.distrusted_at < before
            if known and key.untrusted_from <= position < (key.until_position or 0):
                return key
        return None

    def has_role(self, role: str, on: str) -> bool:
        """Say whether a role holds on a civil date: accredited where it must be, else claimed."""
        if role not in ACCREDITED_ROLES:
            return role in self.roles_claimed
        return any(record.role == role and record.start <= on <= record.end for record in self.roles)

    def markup(self) -> str:
        """Return the k that its estimates are marked up by, a decimal; 0 where it states none."""
        return self.policies[-1].markup if self.policies else "0"

    def second_signature_above_mg(self) -> int | None:
        """Return the gross above which what it hands on needs two of its keys, None where one is enough."""
        stated = self.policies[-1].second_signature_above_mg if self.policies else None
        return None if stated is None else int(stated)

    def active_keys(self) -> tuple[str, ...]:
        """Return the addresses of the keys in use that may speak in everything: no delegates."""
        return tuple(key.address for key in self.keys if key.state == "active" and key.delegation is None)


def registered(identifier: str, body: RegistrationBody, signer: str, position: int) -> Organization:
    """Return the organization that a registration makes.

    Raises:
        RegistrationKeyError: it is signed by another key than its own.
        KeyChangeError: the key is called a passkey and doesn't say which, or the other way round.
        PasskeyFormError, PasskeyAddressError, PasskeyTermsError: what it says of its passkey.
    """
    if signer != body.key.address:
        raise RegistrationKeyError(body.key.address, signer)
    own = body.key
    if (own.alg == PASSKEY_ALGORITHM) != (own.passkey is not None):
        raise KeyChangeError("register", f"alg is {own.alg}; a passkey, and nothing else, states passkey")
    if own.passkey is not None:
        check_passkey(own.address, own.passkey)
    key = KeyRecord(own.address, from_position=position - 1, passkey=own.passkey)
    return Organization(identifier, body.name, body.roles_claimed, position, (key,))


def check_signed_as(key: KeyRecord, signature: Signature) -> None:
    """Check that a key signed by its own algorithm, and a passkey where and how it is registered to.

    Raises:
        KeyAlgorithmError: it is a passkey and didn't sign as one, or the other way round.
        RelyingPartyError, PasskeyOriginError, UserVerificationError: it signed elsewhere, or otherwise.
    """
    if key.passkey is None and signature.alg == PASSKEY_ALGORITHM:
        raise KeyAlgorithmError(key.address, signature.alg, ALGORITHM)
    if key.passkey is not None:
        if signature.alg != PASSKEY_ALGORITHM:
            raise KeyAlgorithmError(key.address, signature.alg, PASSKEY_ALGORITHM)
        check_terms(key.address, key.passkey, read_assertion(signature.value))


def with_roles(organization: Organization, body: AttestationBody, attestation: str) -> Organization:
    """Return the organization after an accreditor's attestation of roles."""
    records = tuple(
        RoleRecord(role, body.validity.start, body.validity.end, attestation) for role in body.roles
    )
    return replace(organization, roles=(*organization.roles, *records))
