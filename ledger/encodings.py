"""Bytes as text, in one form each: lower-case hex and standard base64 with its padding.

Every reader parses, writes again and compares, because `bytes.fromhex` also takes spaces and capitals
and base64 readers also take loose bits after the last byte.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any, ClassVar

from ledger.errors import LedgerError

_HEX = re.compile(r"[0-9a-f]*")


@dataclass(eq=False)
class HexFormError(LedgerError):
    """Not the lower-case hex of so many bytes."""

    sentence: ClassVar[str] = "{field} is {text!a}: it must be {size_bytes} bytes as lower-case hex digits."
    field: str
    text: str
    size_bytes: int


@dataclass(eq=False)
class Base64FormError(LedgerError):
    """Not the one base64 form of so many bytes."""

    sentence: ClassVar[str] = (
        "{field} is {text!a}: it must be {size_bytes} bytes as base64 (RFC 4648 section 4)."
    )
    field: str
    text: str
    size_bytes: int


def hex_bytes(text: Any, size_bytes: int, field: str) -> bytes:
    """Read bytes from lower-case hex digits.

    Raises:
        HexFormError: another length, capitals, spaces, a prefix, or no text.
    """
    if not isinstance(text, str) or len(text) != 2 * size_bytes or not _HEX.fullmatch(text):
        raise HexFormError(field, str(text)[:80], size_bytes)
    return bytes.fromhex(text)


def base64_text(raw: bytes) -> str:
    """Write bytes as base64 with padding (RFC 4648 section 4)."""
    return base64.b64encode(raw).decode("ascii")


def base64_bytes(text: Any, size_bytes: int, field: str) -> bytes:
    """Read bytes from base64.

    Raises:
        Base64FormError: another length, the URL alphabet, missing padding, loose bits, or no text.
    """
    try:
        raw = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != size_bytes or base64_text(raw) != text:
        raise Base64FormError(field, str(text)[:200], size_bytes)
    return raw
