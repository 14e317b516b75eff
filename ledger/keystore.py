"""Signing keys on disk: one encrypted V3 keystore file per key, in a folder that only its owner reads.

`NAME.0001.json`, `NAME.0002.json` … are the keys of one name; the highest number is the active one, the
others are retired. A file is written once and never again, so a rotation is one atomic step. Any wallet
that reads V3 keystores reads these files.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from ledger.errors import LedgerError
from ledger.signing import WrongPassphraseError, address_of, lock_key, new_private_key, unlock_key

LOG_CHECKPOINT_FILE: Final = "log-ed25519.pem"
LOG_ANCHOR_FILE: Final = "log-secp256k1.json"

_NAME = re.compile(r"[a-z0-9\u4e00-\u9fff][a-z0-9\u4e00-\u9fff_-]{0,62}")
_FILE = re.compile(rf"(?P<name>{_NAME.pattern})\.(?P<number>[0-9]{{4}})\.json")
_OWNER_ONLY: Final = 0o600
_OWNER_FOLDER: Final = 0o700


@dataclass(eq=False)
class KeyNameError(LedgerError):
    """A name that no key can have."""

    sentence: ClassVar[str] = (
        "A key can't be named {name!r}: take up to 63 of a-z, 0-9, 汉字, - and _, not - or _ first."
    )
    name: str


@dataclass(eq=False)
class KeyExistsError(LedgerError):
    """A key of this name is there already."""

    sentence: ClassVar[str] = (
        "There is a key {name} in {folder} already: it is never overwritten; rotate it instead."
    )
    name: str
    folder: str


@dataclass(eq=False)
class KeyNotFoundError(LedgerError):
    """No key of this name, or none with this address."""

    sentence: ClassVar[str] = "There is no key {name} in {folder}: `passport key list` names those that are."
    name: str
    folder: str


@dataclass(eq=False)
class RetiredKeyError(LedgerError):
    """A key that was rotated out."""

    sentence: ClassVar[str] = "The key {address} of {name} was retired at {retired}: sign with {active}."
    name: str
    address: str
    retired: str
    active: str


@dataclass(eq=False)
class EmptyPassphraseError(LedgerError):
    """A key without a passphrase."""

    sentence: ClassVar[str] = "The key {name} needs a passphrase that isn't empty."
    name: str


@dataclass(eq=False)
class OpenFolderError(LedgerError):
    """A key folder that others can read."""

    sentence: ClassVar[str] = "The key folder {folder} is open to others (mode {mode}): `chmod 700` it first."
    folder: str
    mode: str


@dataclass(eq=False)
class KeyFileError(LedgerError):
    """A key file that can't be read."""

    sentence: ClassVar[str] = "The key file {path} is damaged: {reason}. Restore it from your copy."
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One key as the list shows it; the key itself stays locked.

    Attributes:
        name: whose key.
        number: counts up with each rotation, from 1.
        address: what it signs for, 0x and 40 lower-case hex digits.
        created: UTC, `2026-01-31T12:00:00Z`.
        retired: when the next key took over, or None for the active one.
    """

    name: str
    number: int
    address: str
    created: str
    retired: str | None


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The log's own keys, unlocked.

    Attributes:
        checkpoint_key: Ed25519, signs checkpoints and acknowledgements.
        anchor_key: secp256k1, 32 bytes, signs anchors.
    """

    checkpoint_key: Ed25519PrivateKey
    anchor_key: bytes

    @property
    def checkpoint_public_key(self) -> bytes:
        """The public key by which checkpoints are checked, 32 bytes."""
        return self.checkpoint_key.public_key().public_bytes_raw()

    @property
    def anchor_address(self) -> str:
        """The address that anchors, 0x and 40 lower-case hex digits."""
        return address_of(self.anchor_key)


class Keystore:
    """A folder of a user's signing keys.

    Args:
        folder: where the files are; made (mode 0700) with the first key.
        scrypt_cost: scrypt's N for new keys, a power of two; None takes the library's default.
    """

    def __init__(self, folder: Path, scrypt_cost: int | None = None) -> None:
        self.folder = folder
        self._scrypt_cost = scrypt_cost

    def new(self, name: str, passphrase: str) -> StoredKey:
        """Make a key under a new name.

        Raises:
            KeyNameError: a name that no key can have.
            EmptyPassphraseError: an empty passphrase.
            KeyExistsError: the name has a key.
            OpenFolderError: others can read the folder.
        """
        if not _NAME.fullmatch(name):
            raise KeyNameError(name[:80])
        if self._files(name):
            raise KeyExistsError(name, str(self.folder))
        return self._write(name, 1, passphrase)

    def names(self) -> list[str]:
        """Name all who have a key, in order."""
        found = (_FILE.fullmatch(path.name) for path in self.folder.glob("*.json"))
        return sorted({match["name"] for match in found if match})

    def keys(self, name: str | None = None) -> list[StoredKey]:
        """List the keys of one name or of all, oldest first within a name.

        Raises:
            KeyNotFoundError: the name has no key.
            KeyFileError: a damaged file.
        """
        if name is not None:
            return self._keys(name)
        return [key for each in self.names() for key in self._keys(each)]

    def load(self, name: str, passphrase: str, address: str | None = None, *, retired: bool = False) -> bytes:
        """Unlock the active key of a name.

        Args:
            name: whose key.
            passphrase: what opens it.
            address: the key that is meant, if the caller knows it.
            retired: a key that was rotated out will do too: it states who takes its place.

        Returns:
            The private key, 32 bytes.

        Raises:
            KeyNotFoundError: no such name, or no such address under it.
            RetiredKeyError: the address is of a key that was rotated out.
            WrongPassphraseError: the passphrase doesn't open it.
            KeyFileError: a damaged file.
        """
        stored = self._keys(name)
        meant = next((key for key in reversed(stored) if address in {None, key.address}), None)
        if meant is None:
            raise KeyNotFoundError(name=f"{name} {address}", folder=str(self.folder))
        if meant.retired is not None and not retired:
            raise RetiredKeyError(name, meant.address, meant.retired, stored[-1].address)
        path = self.folder / _file_name(name, meant.number)
        private_key = _unlocked(path, passphrase, name)
        if address_of(private_key) != meant.address:
            raise KeyFileError(str(path), "it names another address")
        return private_key

    def rotate(self, name: str, passphrase: str) -> StoredKey:
        """Make a new active key under a name; the old one stays, retired.

        Raises:
            KeyNotFoundError: the name has no key.
            WrongPassphraseError: the passphrase doesn't open the active key.
            KeyExistsError: somebody rotated at the same time.
            KeyFileError: a damaged file.
        """
        self.load(name, passphrase)
        return self._write(name, self._keys(name)[-1].number + 1, passphrase)

    def _files(self, name: str) -> list[Path]:
        return sorted(path for path in self.folder.glob(f"{name}.*.json") if _FILE.fullmatch(path.name))

    def _keys(self, name: str) -> list[StoredKey]:
        files = self._files(name) if _NAME.fullmatch(name) else []
        if not files:
            raise KeyNotFoundError(name[:80], str(self.folder))
        rows = []
        for path in files:
            locked = _read(path)
            try:
                rows.append((int(path.name.split(".")[1]), "0x" + locked["address"], locked["created"]))
            except (KeyError, TypeError):
                raise KeyFileError(str(path), "it lacks address or creation time") from None
        retired = [row[2] for row in rows[1:]] + [None]
        return [StoredKey(name, *row, until) for row, until in zip(rows, retired, strict=True)]

    def _write(self, name: str, number: int, passphrase: str) -> StoredKey:
        if not passphrase:
            raise EmptyPassphraseError(name)
        private_key = new_private_key()
        created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        locked = _lock(private_key, passphrase, self._scrypt_cost, name=name, created=created)
        _write_once(self.folder, _file_name(name, number), locked, name)
        return StoredKey(name, number, address_of(private_key), created, None)


def _file_name(name: str, number: int) -> str:
    return f"{name}.{number:04}.json"


def new_log_keys(folder: Path, passphrase: str, scrypt_cost: int | None = None) -> LogKeys:
    """Make the log's two keys: Ed25519 as encrypted PKCS#8 PEM, secp256k1 as V3 keystore.

    Raises:
        EmptyPassphraseError: an empty passphrase.
        KeyExistsError: the folder has log keys.
        OpenFolderError: others can read the folder.
    """
    if not passphrase:
        raise EmptyPassphraseError("log")
    for file in (LOG_CHECKPOINT_FILE, LOG_ANCHOR_FILE):
        if (folder / file).exists():
            raise KeyExistsError(file, str(folder))
    anchor_key = new_private_key()
    _write_once(folder, LOG_ANCHOR_FILE, _lock(anchor_key, passphrase, scrypt_cost), LOG_ANCHOR_FILE)
    return LogKeys(new_note_key(folder, LOG_CHECKPOINT_FILE, passphrase), anchor_key)


def load_log_keys(folder: Path, passphrase: str) -> LogKeys:
    """Unlock the log's two keys.

    Raises:
        KeyNotFoundError: the folder has no log keys.
        WrongPassphraseError: the passphrase doesn't open them.
        KeyFileError: a damaged file.
    """
    for file in (LOG_CHECKPOINT_FILE, LOG_ANCHOR_FILE):
        if not (folder / file).exists():
            raise KeyNotFoundError(file, str(folder))
    checkpoint_key = load_note_key(folder, LOG_CHECKPOINT_FILE, passphrase, "log")
    return LogKeys(checkpoint_key, _unlocked(folder / LOG_ANCHOR_FILE, passphrase, "log"))


def new_note_key(folder: Path, file: str, passphrase: str) -> Ed25519PrivateKey:
    """Make an Ed25519 key that signs notes, a log's or a witness's, as encrypted PKCS#8 PEM.

    Raises:
        EmptyPassphraseError: an empty passphrase.
        KeyExistsError: the folder has this file.
        OpenFolderError: others can read the folder.
    """
    if not passphrase:
        raise EmptyPassphraseError(file)
    key = Ed25519PrivateKey.generate()
    encryption = BestAvailableEncryption(passphrase.encode())
    _write_once(folder, file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption), file)
    return key


def load_note_key(folder: Path, file: str, passphrase: str, name: str) -> Ed25519PrivateKey:
    """Unlock an Ed25519 key that signs notes.

    Raises:
        KeyNotFoundError: the folder has no such file.
        WrongPassphraseError: the passphrase doesn't open it.
        KeyFileError: a damaged file.
    """
    pem = folder / file
    if not pem.exists():
        raise KeyNotFoundError(file, str(folder))
    raw = pem.read_bytes()
    if b"-----BEGIN ENCRYPTED PRIVATE KEY-----" not in raw:
        raise KeyFileError(str(pem), "it is no encrypted PKCS#8 key")
    try:
        key = load_pem_private_key(raw, passphrase.encode())
    except ValueError:
        raise WrongPassphraseError(name) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(str(pem), "it is no Ed25519 key")
    return key


def _lock(private_key: bytes, passphrase: str, scrypt_cost: int | None, **labels: str) -> bytes:
    locked = lock_key(private_key, passphrase, scrypt_cost) | labels
    locked["address"] = locked["address"].lower().removeprefix("0x")
    return json.dumps(locked, indent=2).encode() + b"\n"


def _unlocked(path: Path, passphrase: str, name: str) -> bytes:
    try:
        return unlock_key(_read(path), passphrase, name)
    except (KeyError, TypeError, NotImplementedError):
        raise KeyFileError(str(path), "it is no V3 keystore") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        locked = json.loads(path.read_bytes())
    except ValueError:
        raise KeyFileError(str(path), "it is no JSON") from None
    if not isinstance(locked, dict):
        raise KeyFileError(str(path), "it is no V3 keystore")
    return locked


def _write_once(folder: Path, file: str, content: bytes, name: str) -> None:
    """Write a file that wasn't there, whole or not at all, readable by its owner only."""
    folder.mkdir(mode=_OWNER_FOLDER, parents=True, exist_ok=True)
    mode = folder.stat().st_mode & 0o777
    if mode & 0o077:
        raise OpenFolderError(str(folder), f"{mode:o}")
    with _scratch(folder) as scratch:
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(scratch, folder / file)  # unlike a rename it never replaces
        except FileExistsError:
            raise KeyExistsError(name, str(folder)) from None
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    path = folder / f".{secrets.token_hex(8)}.tmp"
    try:
        yield path
    finally:
        with suppress(FileNotFoundError):
            path.unlink()
