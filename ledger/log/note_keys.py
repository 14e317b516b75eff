"""The keys that sign notes, each as one line: a name, a short id, and what kind of key it is.

C2SP signed-note, Verifier keys: `name+hex id+base64(signature type ‖ public key)`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import ClassVar, Final

from ledger.encodings import Base64FormError, base64_bytes, base64_text
from ledger.errors import LedgerError

ED25519: Final = b"\x01"
"""The signature type of Ed25519 (C2SP signed-note, Signature types)."""
COSIGNATURE_V1: Final = b"\x04"
"""The signature type of a timestamped Ed25519 cosignature (C2SP tlog-cosignature, Format)."""

_VERIFIER_KEY = re.compile(r"(?P<name>[!-*,-~]{1,255})\+(?P<id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/=]+)")


@dataclass(eq=False)
class VerifierKeyFormError(LedgerError):
    """A log key that can't be read."""

    sentence: ClassVar[str] = (
        "{text!a} is no log key: it looks like NAME+8 hex digits+base64, as the log printed it."
    )
    text: str


@dataclass(eq=False)
class VerifierKeyIdError(LedgerError):
    """A log key whose parts don't belong together."""

    sentence: ClassVar[str] = (
        "The log key of {name} names itself {stated}, its bytes give {computed}: copy it again."
    )
    name: str
    stated: str
    computed: str


def key_id(name: str, typed_key: bytes) -> bytes:
    """Return the first 4 bytes of SHA-256(name ‖ 0x0A ‖ signature type ‖ public key)."""
    return hashlib.sha256(name.encode() + b"\n" + typed_key).digest()[:4]


def key_line(name: str, typed_key: bytes) -> str:
    """Write a key as one line, `name+hex id+base64(signature type ‖ public key)`."""
    return f"{name}+{key_id(name, typed_key).hex()}+{base64_text(typed_key)}"


def read_key_line(text: str, kind: bytes) -> tuple[str, bytes]:
    """Read a key line of one signature type: the key's name and its 32 bytes.

    Raises:
        VerifierKeyFormError: another text, or another kind of key.
        VerifierKeyIdError: the id doesn't belong to name and key.
    """
    found = _VERIFIER_KEY.fullmatch(text)
    try:
        key = base64_bytes(found["key"], 33, "log key") if found else b""
    except Base64FormError:
        key = b""
    if not found or key[:1] != kind:
        raise VerifierKeyFormError(text[:400])
    computed = key_id(found["name"], key).hex()
    if computed != found["id"]:
        raise VerifierKeyIdError(found["name"], found["id"], computed)
    return found["name"], key[1:]
