"""How an organization's keys change: added, rotated out after a grace, revoked, or made delegates.

Whoever holds a new key agrees by its own signature (`possession.py`). A revocation may say from which log
size on the key was no longer trusted (`revoked.py`), a delegate's key says what it is for (`delegating.py`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ledger.identity import KeyChangeError, KeyRecord, LastKeyError, Organization
from ledger.key_bodies import KeyChange
from ledger.possession import check_possession
from ledger.statements import KeyBody

DEFAULT_GRACE_DAYS: Final = 7
"""Queued drafts survive a rotation this long (PROTOCOL, Log: time)."""
MAX_GRACE_DAYS: Final = 90
MAX_KEYS: Final = 1_000
"""Keys that an organization ever had: a new one each week for 19 years."""


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
        LedgerError: any rule of `webauthn`, for the proof of a passkey.
    """
    change = body.key
    name = body.name or organization.name
    if change.action != "rotate" and (change.replaces is not None or change.grace_days is not None):
        raise KeyChangeError(change.action, "replaces and grace_days belong to a rotation")
    if change.action == "revoke":
        for field in ("proof", "passkey", "delegation"):
            if getattr(change, field) is not None:
                raise KeyChangeError("revoke", f"{field} belongs to a new key; leave it out")
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
    check_possession(log_id, organization.id, change.address, change.proof, change.passkey)
    new = KeyRecord(change.address, position, passkey=change.passkey)
    return replace(organization, keys=(*organization.keys, new))


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
