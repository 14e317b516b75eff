"""One byte form for what is signed and logged (RFC 8785, JSON Canonicalization Scheme).

The form is narrowed: object keys are ASCII, so that every way to sort them agrees; numbers are whole
counts up to 2^53 - 1; there are no floats. `orjson` writes when it is installed, the standard library
otherwise: the same bytes. The strict reader of `ledger.reading` is offered here too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from ledger.reading import JSON, MAX_COUNT, MAX_DEPTH, orjson, parse
from ledger.texts import CanonicalFormError, check_text

__all__ = [
    "JSON",
    "MAX_COUNT",
    "MAX_DEPTH",
    "MAX_ENCODED_DEPTH",
    "CanonicalFormError",
    "NotCanonicalError",
    "UnencodableValueError",
    "body_digest",
    "check_text",
    "digest",
    "digest_of_parts",
    "encode",
    "load",
    "parse",
    "parse_canonical",
    "part_digest",
]

_DIGEST_BYTES = 32
MAX_ENCODED_DEPTH = 64
"""How deep a value of our own may nest when it is written."""


@dataclass(eq=False)
class NotCanonicalError(CanonicalFormError):
    """Readable, but in other bytes than the canonical ones."""

    sentence: ClassVar[str] = "The document differs from its canonical form (RFC 8785) from byte {offset} on."
    offset: int


@dataclass(eq=False)
class UnencodableValueError(CanonicalFormError):
    """A value that has no canonical form."""

    sentence: ClassVar[str] = "{reason} in a value to be written: it has no canonical form."
    reason: str


def encode(value: JSON, *, known: bool = False) -> bytes:
    """Write a value in the one form in which it is signed and logged.

    Args:
        value: dicts with ASCII keys, lists, texts, whole numbers up to 2^53 - 1, booleans, None.
        known: it comes from a model or the strict reader, so it isn't looked through again.

    Returns:
        RFC 8785 bytes.

    Raises:
        UnencodableValueError: a float, another type, a number out of range, a key that isn't ASCII,
            half a character, or more than 64 levels.
    """
    if not known:
        _check_encodable(value)
    try:
        if orjson is not None:
            written: bytes = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
            return written
        return _dump(value).encode()
    except (UnicodeEncodeError, TypeError):
        raise UnencodableValueError(reason="Half a character (a lone surrogate)") from None


def load(raw: bytes) -> JSON:
    """Read what this program has written itself; whoever asks checks that nobody has changed it.

    Raises:
        ValueError: it is no JSON.
    """
    return json.loads(raw) if orjson is None else orjson.loads(raw)


def digest(value: JSON, *, known: bool = False) -> str:
    """Name a value by what it says: SHA-256 of its canonical bytes, 64 lower-case hex digits.

    Raises:
        UnencodableValueError: as `encode`.
    """
    return hashlib.sha256(encode(value, known=known)).hexdigest()


def part_digest(salt: str, path: str, value: JSON, *, known: bool = False) -> str:
    """Commit to one part of a statement's body, so that it can be hidden later without changing a byte.

    Args:
        salt: 32 lower-case hex digits of randomness.
        path: the part's place in the body, `/lines/0/amount`.
        value: the part.
        known: as `encode`.

    Returns:
        SHA-256(JCS([salt, path, value])), 64 lower-case hex digits (after RFC 9901).

    Raises:
        UnencodableValueError: as `encode`.
    """
    return digest([salt, path, value], known=known)


def digest_of_parts(parts: Iterable[tuple[str, str, JSON]]) -> str:
    """Commit to a whole body by salt, path and value of its parts, as a model or the strict reader gave them.

    Returns:
        `body_digest` of the `part_digest` of each; digests sort alike in bytes and in hex.
    """
    if orjson is None:
        return body_digest(part_digest(*part, known=True) for part in parts)
    write, sorts, hashed = orjson.dumps, orjson.OPT_SORT_KEYS, hashlib.sha256
    found = sorted([hashed(write(part, option=sorts)).digest() for part in parts])
    listed = b"".join(found).hex("|", _DIGEST_BYTES).replace("|", '","')
    return hashed(f'["{listed}"]'.encode() if found else b"[]").hexdigest()


def body_digest(part_digests: Iterable[str]) -> str:
    """Commit to a whole body: SHA-256(JCS(sorted part digests)), 64 lower-case hex digits."""
    return digest(sorted(part_digests), known=True)


def parse_canonical(raw: bytes, *, max_bytes: int, max_depth: int = MAX_DEPTH) -> JSON:
    """Read a document that must be in its one form: parse, write again, compare.

    Raises:
        NotCanonicalError: other bytes than `encode` would write.
        CanonicalFormError: any class that `parse` names.
    """
    value = parse(raw, max_bytes=max_bytes, max_depth=max_depth)
    written = encode(value)
    if written != raw:
        offset = next(
            (at for at, (a, b) in enumerate(zip(raw, written, strict=False)) if a != b), len(written)
        )
        raise NotCanonicalError(offset)
    return value


def _check_encodable(value: JSON) -> None:
    level: list[JSON] = [[value]]
    for _ in range(MAX_ENCODED_DEPTH + 1):
        lower: list[JSON] = []
        for item in level:
            if type(item) is dict:
                _check_keys(item)
                item = item.values()  # noqa: PLW2901 - an object is looked through like a list
            for below in item:
                kind = type(below)
                if kind is dict or kind is list:
                    lower.append(below)
                elif kind is not str:
                    _check_scalar(below)
        if not lower:
            return
        level = lower
    raise UnencodableValueError(reason=f"More than {MAX_ENCODED_DEPTH} levels")


def _check_keys(item: dict[JSON, JSON]) -> None:
    for key in item:
        if type(key) is not str or not key.isascii():
            raise UnencodableValueError(reason=f"A key that is no ASCII text, {key!a},")


def _check_scalar(item: JSON) -> None:
    if item is None or item is True or item is False:
        return
    if type(item) is not int:
        raise UnencodableValueError(reason=f"A {type(item).__name__}")
    if not -MAX_COUNT <= item <= MAX_COUNT:
        raise UnencodableValueError(reason="A number beyond 2^53 - 1")


def _dump(value: JSON) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
