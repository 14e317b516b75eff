"""What the contracts must answer, in plain Python: the name of the refusal, or None and the new state."""

from __future__ import annotations

from dataclasses import dataclass

GROWTH = 2**32
WEEK_S = 7 * 24 * 3600
STATEMENTS, CONTROL, READINGS = range(3)
MAXIMUM_KEYS = 256


@dataclass
class LogModel:
    """A log as the anchor contract should hold it."""

    address: str
    size: int = 0
    root: bytes = bytes(32)
    recovery_key: str | None = None
    successor: str | None = None

    def anchor(self, size: int, root: bytes, signer: str) -> str | None:
        refusal = self._refusal(size, root, signer)
        if refusal is None:
            self.size, self.root = size, root
        return refusal

    def _refusal(self, size: int, root: bytes, signer: str) -> str | None:
        if size == 0 or not any(root):
            return "EmptyCheckpoint"
        if signer != self.address:
            return "SignatureNotOf"
        if self.successor is not None:
            return "LogHasSuccessor"
        if size == self.size and root != self.root:
            return "CheckpointConflict"
        if size <= self.size:
            return "CheckpointNotNewer"
        return "CheckpointTooFarAhead" if size - self.size > GROWTH else None

    def name_recovery_key(self, key: str, signer: str) -> str | None:
        if signer != self.address:
            return "SignatureNotOf"
        if self.successor is not None:
            return "LogHasSuccessor"
        if key == self.address:
            return "RecoveryKeyUnusable"
        if self.recovery_key is not None:
            return "RecoveryKeyAlreadyNamed"
        self.recovery_key = key
        return None

    def name_successor(self, successor: LogModel, signer: str) -> str | None:
        if self.recovery_key is None:
            return "RecoveryKeyNotNamed"
        if signer != self.recovery_key:
            return "SignatureNotOf"
        if self.successor is not None:
            return "LogHasSuccessor"
        if successor is self or successor.successor is not None:
            return "SuccessorUnusable"
        self.successor = successor.address
        return None


@dataclass
class KeyModel:
    """A key as the registry should hold it."""

    purpose: int
    valid_from: int
    expires_at: int
    valid_until: int = 0
    reason: int = 0
    rotated: bool = False
    ended_by_admin: bool = False

    def live(self, now: int) -> bool:
        ended = self.expires_at != 0 and now > self.expires_at
        return self.purpose != READINGS and self.valid_until == 0 and not ended


@dataclass(frozen=True)
class Call:
    """A signed call as it reaches the registry: by which key, with which number, really signed or not."""

    signer: str
    nonce: int
    deadline: int
    genuine: bool


@dataclass
class OrganizationModel:
    """An organization as the registry should hold it."""

    keys: dict[str, KeyModel]
    suspended: bool = False
    nonce: int = 0
    recovery: tuple[str, int, int] | None = None

    def add_key(self, call: Call, address: str, key: KeyModel, now: int) -> str | None:
        refusal = self._closed() or self._unauthorized(call, now) or self._unaddable(address, key, now)
        if refusal is None:
            self.nonce += 1
            self.keys[address] = key
        return refusal

    def rotate_key(self, call: Call, old: str, new: str, times: tuple[int, int], now: int) -> str | None:
        valid_from, grace_ends_at = times
        refusal = self._closed() or self._unauthorized(call, now) or self._unknown(old)
        if refusal is not None:
            return refusal
        found = self.keys[old]
        fresh = KeyModel(found.purpose, valid_from, found.expires_at)
        refusal = self._unendable(old, grace_ends_at) or self._unaddable(new, fresh, now)
        if refusal is None:
            self.nonce += 1
            found.rotated, found.expires_at = True, grace_ends_at
            self.keys[new] = fresh
        return refusal

    def revoke_key(self, call: Call, address: str, until: int, reason: int, now: int) -> str | None:
        refusal = self._unauthorized(call, now) or self._unknown(address) or self._unrevokable(address, until)
        if refusal is None:
            self.nonce += 1
            key = self.keys[address]
            key.valid_until, key.reason, key.ended_by_admin = until, reason, False
        return refusal

    def object_to_recovery(self, call: Call, now: int) -> str | None:
        if self.recovery is None:
            return "NoRecoveryUnderWay"
        key = self.keys.get(call.signer)
        if key is None or not key.ended_by_admin or key.purpose == READINGS:
            return "SignerMayNotObject"
        refusal = self._unsigned(call, now)
        if refusal is None:
            self.nonce += 1
            self.recovery = None
        return refusal

    def end_key(self, address: str, expires_at: int, now: int) -> str | None:
        refusal = self._unknown(address) or self._unendable(address, expires_at)
        if refusal is None:
            key = self.keys[address]
            key.ended_by_admin = key.ended_by_admin or key.live(now)
            key.rotated, key.expires_at = True, expires_at
        return refusal

    def take_key(self, address: str, until: int, reason: int, now: int) -> str | None:
        refusal = self._unknown(address) or self._unrevokable(address, until)
        if refusal is None:
            key = self.keys[address]
            key.ended_by_admin = key.ended_by_admin or key.live(now)
            key.valid_until, key.reason = until, reason
        return refusal

    def start_recovery(self, address: str, valid_from: int, now: int) -> str | None:
        if any(key.live(now) for key in self.keys.values()):
            return "OrganizationHasLiveKey"
        if self.recovery is not None:
            return "RecoveryUnderWay"
        refusal = self._unaddable(address, KeyModel(STATEMENTS, valid_from, 0), now)
        if refusal is None:
            self.recovery = (address, valid_from, now + WEEK_S)
        return refusal

    def stop_recovery(self) -> str | None:
        if self.recovery is None:
            return "NoRecoveryUnderWay"
        self.recovery = None
        return None

    def finish_recovery(self, now: int) -> str | None:
        if self.recovery is None:
            return "NoRecoveryUnderWay"
        address, valid_from, ends_at = self.recovery
        if now < ends_at:
            return "RecoveryTooEarly"
        key = KeyModel(STATEMENTS, valid_from, 0)
        refusal = self._unaddable(address, key, now)
        if refusal is None:
            self.keys[address], self.recovery = key, None
        return refusal

    def suspend(self, *, on: bool) -> str | None:
        if self.suspended == on:
            return "OrganizationIsSuspended" if on else "OrganizationNotSuspended"
        self.suspended = on
        return None

    def _closed(self) -> str | None:
        return "OrganizationIsSuspended" if self.suspended else None

    def _unauthorized(self, call: Call, now: int) -> str | None:
        key = self.keys.get(call.signer)
        if key is None or not key.live(now):
            return "SignerMayNotAuthorize"
        return self._unsigned(call, now)

    def _unsigned(self, call: Call, now: int) -> str | None:
        if now > call.deadline:
            return "DeadlinePassed"
        if call.nonce != self.nonce:
            return "NonceNotNext"
        return None if call.genuine else "SignatureNotOf"

    def _unknown(self, address: str) -> str | None:
        return None if address in self.keys else "KeyUnknown"

    def _unaddable(self, address: str, key: KeyModel, now: int) -> str | None:
        if address in self.keys:
            return "KeyAlreadyAdded"
        if len(self.keys) >= MAXIMUM_KEYS:
            return "TooManyKeys"
        return "DelegateWithoutEnd" if key.purpose == READINGS and key.expires_at < now else None

    def _unendable(self, address: str, expires_at: int) -> str | None:
        key = self.keys[address]
        if key.valid_until:
            return "KeyAlreadyRevoked"
        if key.rotated:
            return "KeyAlreadyRotated"
        return "ExpiryUnusable" if expires_at == 0 or 0 < key.expires_at < expires_at else None

    def _unrevokable(self, address: str, until: int) -> str | None:
        key = self.keys[address]
        if key.valid_until:
            return "KeyAlreadyRevoked"
        return "RevokedBeforeValid" if until <= key.valid_from else None
