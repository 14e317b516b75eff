"""Who a key spoke for, and when: the log alone decides.

An organization registers itself with its first key; `key/1` statements add, rotate out after a grace,
or revoke. Whoever holds a new key agrees by its own signature. A statement is good when its key was
valid for its issuer at the log position and time at which it was logged (PROTOCOL, Identity and Log: time).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Final, Literal

from ledger.errors import LedgerError
from ledger.key_bodies import Delegation, KeyChange
from ledger.possession import check_possession
from ledger.statements import AttestationBody, KeyBody, RegistrationBody

DEFAULT_GRACE_DAYS: Final = 7
"""Queued drafts survive a rotation this long (PROTOCOL, Log: time)."""
MAX_GRACE_DAYS: Final = 90
MAX_KEYS: Final = 1_000
"""Keys that an organization ever had: a new one each week for 19 years."""
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
    """
    if signer != body.key.address:
        raise RegistrationKeyError(body.key.address, signer)
    key = KeyRecord(body.key.address, from_position=position - 1)
    return Organization(identifier, body.name, body.roles_claimed, position, (key,))


def with_key_change(
    organization: Organization, body: KeyBody, position: int, at: datetime, log_id: str
) -> Organization:
    """Return the organization after a key statement; a new key has proved that its owner agrees.

    The proof is checked here, and only here, each time: no replay or verifier gets around it.

    Raises:
        KeyChangeError: a field is missing, too much, or names a key that is not in use.
        LastKeyError: no key would be left.
        KeyProofError: the new key didn't sign that it joins this organization in this log.
        SignatureFormError, SignatureVError, HighSError, UnrecoverableSignatureError: the proof is none.
    """
    change = body.key
    name = body.name or organization.name
    if change.action != "rotate" and (change.replaces is not None or change.grace_days is not None):
        raise KeyChangeError(change.action, "replaces and grace_days belong to a rotation")
    if change.action == "revoke":
        if change.proof is not None:
            raise KeyChangeError("revoke", "proof belongs to a new key; leave it out")
        return replace(_revoked(organization, change, position), name=name)
    if change.untrusted_from is not None or change.reason is not None:
        raise KeyChangeError(change.action, "untrusted_from and reason belong to a revocation")
    added = replace(_added(organization, change, position, log_id), name=name)
    if change.action == "delegate" or change.delegation is not None:
        return _delegated(added, change, at)
    if change.action == "add":
        return added
    grace = int(change.grace_days) if change.grace_days is not None else DEFAULT_GRACE_DAYS
    if grace > MAX_GRACE_DAYS:
        raise KeyChangeError("rotate", f"grace_days is {grace}, the limit is {MAX_GRACE_DAYS}")
    if change.replaces is None or change.replaces not in organization.active_keys():
        raise KeyChangeError("rotate", "replaces must name a key in use")
    until = at + timedelta(days=grace)
    keys = tuple(
        replace(key, state="rotated", until_position=position, until=until)
        if key.address == change.replaces
        else key
        for key in added.keys
    )
    return replace(added, keys=keys)


def _added(organization: Organization, change: KeyChange, position: int, log_id: str) -> Organization:
    if len(organization.keys) >= MAX_KEYS:
        raise KeyChangeError(change.action, f"there were {MAX_KEYS} keys, the limit")
    if change.proof is None:
        whom = f"{organization.id} in log {log_id}"
        raise KeyChangeError(
            change.action, f"proof is missing; let key {change.address} sign that it joins {whom}"
        )
    check_possession(log_id, organization.id, change.address, change.proof)
    return replace(organization, keys=(*organization.keys, KeyRecord(change.address, position)))


def _delegated(added: Organization, change: KeyChange, at: datetime) -> Organization:
    scope = change.delegation
    if change.action != "delegate" or scope is None:
        raise KeyChangeError(change.action, "a delegate needs its delegation, and no other key has one")
    start, end = datetime.fromisoformat(scope.start), datetime.fromisoformat(scope.end)
    if start > end or end < at:
        problem = f"the delegation is from {scope.start} until {scope.end}, and it is {at.isoformat()}"
        raise KeyChangeError("delegate", problem)
    *others, new = added.keys
    return replace(added, keys=(*others, replace(new, delegation=scope)))


def _revoked(organization: Organization, change: KeyChange, position: int) -> Organization:
    """Return an organization after a key is revoked, or is distrusted from an earlier entry on."""
    address = change.address
    key = next((one for one in organization.keys if one.address == address), None)
    earlier = key is not None and _is_earlier(key, change)
    if key is None or (key.state == "revoked" and not earlier):
        raise KeyChangeError("revoke", "address must name a key that is not revoked yet")
    if key.state != "revoked":
        if key.delegation is None and organization.active_keys() in {(), (address,)}:
            raise LastKeyError(organization.id)
        key = replace(key, state="revoked", until_position=position)
    if change.untrusted_from is not None:
        start, first = int(change.untrusted_from), max(key.from_position + 1, organization.registered_at + 1)
        # A draft has no place in the log yet, so nothing can be too late for it.
        last = key.until_position or start
        if not first <= start <= last:
            raise KeyChangeError(
                "revoke",
                f"untrusted_from is {start}, the key spoke from entry {first} to {last}; name a log size "
                "between",
            )
        key = replace(key, untrusted_from=start, distrusted_at=position)
    key = replace(key, reason=change.reason or key.reason)
    keys = tuple(key if one.address == address else one for one in organization.keys)
    return replace(organization, keys=keys)


def _is_earlier(key: KeyRecord, change: KeyChange) -> bool:
    """Say whether a revoked key turns out not to be trusted from an earlier entry on."""
    start = change.untrusted_from
    return start is not None and (key.untrusted_from is None or int(start) < key.untrusted_from)


def with_roles(organization: Organization, body: AttestationBody, attestation: str) -> Organization:
    """Return the organization after an accreditor's attestation of roles."""
    records = tuple(
        RoleRecord(role, body.validity.start, body.validity.end, attestation) for role in body.roles
    )
    return replace(organization, roles=(*organization.roles, *records))
