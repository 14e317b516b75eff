"""The strict reader: what a stranger sends is taken as it is or refused, never repaired.

Every refusal has its own class. `orjson` reads when it is installed, the standard library otherwise;
all verdicts but those on syntax are found by this module, so they are the same with both.
"""

from __future__ import annotations

import importlib
import json
import re
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from ledger.texts import CanonicalFormError, LoneSurrogateError, check_text, is_plain


def _optional(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:  # a speed-up; without it the standard library reads
        return None


orjson = _optional("orjson")

JSON: TypeAlias = Any
"""A JSON value: dict, list, str, int, bool or None; floats never occur."""

MAX_COUNT = 2**53 - 1
"""The largest whole number that every JSON reader keeps exactly (RFC 8785 section 3.2.2.3)."""

MAX_DEPTH = 16
"""How deep a statement may nest."""

# One linear pass each: possessive, so that a hostile document can't make them go back.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<lone>u[dD][89a-fA-F])|.)", re.DOTALL
)
_TOKEN = re.compile(
    r'(?P<text>"(?:[^"\\]++|\\.)*+"?)|(?P<number>-?[0-9][0-9.eE+\-]*+)|(?P<infinite>-?(?:NaN|Infinity))'
    r"|(?P<open>[\[{])|(?P<close>[\]}])",
    re.DOTALL,
)
_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"{}[]")
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_ODD = (b".", b"e", b"E", b"N", b"I", b"-0", b"0" * len(str(MAX_COUNT)))


@dataclass(eq=False)
class JsonTooLargeError(CanonicalFormError):
    """More bytes than the limit."""

    sentence: ClassVar[str] = (
        "The document has {size_bytes} bytes, at most {limit_bytes} are taken: send it in smaller parts."
    )
    size_bytes: int
    limit_bytes: int


@dataclass(eq=False)
class JsonTooDeepError(CanonicalFormError):
    """Lists and objects inside each other beyond the limit."""

    sentence: ClassVar[str] = (
        "The document nests deeper than {limit} levels: no form of the ledger needs that."
    )
    limit: int


@dataclass(eq=False)
class JsonSyntaxError(CanonicalFormError):
    """Not JSON."""

    sentence: ClassVar[str] = "The document isn't JSON (RFC 8259): {reason} at character {offset}."
    reason: str
    offset: int


@dataclass(eq=False)
class InvalidUtf8Error(CanonicalFormError):
    """Bytes that are no text."""

    sentence: ClassVar[str] = "The document isn't UTF-8 text from byte {offset} on: save it as UTF-8."
    offset: int


@dataclass(eq=False)
class ByteOrderMarkError(CanonicalFormError):
    """A byte order mark before the document."""

    sentence: ClassVar[str] = "The document begins with a byte order mark: save it as UTF-8 without one."


@dataclass(eq=False)
class DuplicateKeyError(CanonicalFormError):
    """An object names a key twice."""

    sentence: ClassVar[str] = "The key {key!r} occurs twice in one object: each may occur once."
    key: str


@dataclass(eq=False)
class NonAsciiKeyError(CanonicalFormError):
    """A key that is no fixed name."""

    sentence: ClassVar[str] = "The object at {path!r} has the key {key!a}: keys are fixed ASCII names."
    path: str
    key: str


@dataclass(eq=False)
class FractionalNumberError(CanonicalFormError):
    """A JSON number with fraction or exponent."""

    sentence: ClassVar[str] = (
        "{number} at character {offset} has a fraction or an exponent: write amounts as decimal strings."
    )
    number: str
    offset: int


@dataclass(eq=False)
class NonFiniteNumberError(CanonicalFormError):
    """NaN or Infinity."""

    sentence: ClassVar[str] = "{number} at character {offset} is no number: leave the amount out or state it."
    number: str
    offset: int


@dataclass(eq=False)
class NegativeZeroError(CanonicalFormError):
    """Minus zero."""

    sentence: ClassVar[str] = "-0 at character {offset} has a second form: write 0."
    offset: int


@dataclass(eq=False)
class NumberTooLargeError(CanonicalFormError):
    """A count beyond 2^53 - 1."""

    sentence: ClassVar[str] = (
        "The number {number} at character {offset} is beyond 2^53 - 1: write amounts as decimal strings."
    )
    number: str
    offset: int


def parse(raw: bytes | str, *, max_bytes: int, max_depth: int = MAX_DEPTH) -> JSON:
    """Read a document from a stranger, and refuse what would have to be repaired.

    1. size; 2. UTF-8 without byte order mark; 3. depth, before anything nested is read; 4. numbers;
    5. halves of characters; 6. JSON syntax; 7. keys once and in ASCII; 8. every text.

    Args:
        raw: the document.
        max_bytes: the limit on its UTF-8 bytes.
        max_depth: the limit on lists and objects inside each other.

    Raises:
        JsonTooLargeError: step 1.
        InvalidUtf8Error: step 2.
        ByteOrderMarkError: step 2.
        JsonTooDeepError: step 3.
        FractionalNumberError: step 4.
        NonFiniteNumberError: step 4.
        NegativeZeroError: step 4.
        NumberTooLargeError: step 4.
        LoneSurrogateError: step 5.
        JsonSyntaxError: step 6.
        DuplicateKeyError: step 7.
        NonAsciiKeyError: step 7.
        ControlCharacterError: step 8.
        BidiCharacterError: step 8.
        ZeroWidthCharacterError: step 8.
        NotNormalizedTextError: step 8.
    """
    data = _utf8(raw, max_bytes)
    text = data.decode()
    structure = _outside_texts(data)
    _check_depth(structure, text, max_depth)
    if _may_hold_odd_number(structure):
        _check_numbers(text)
    escaped = b"\\" in data
    if escaped:
        _check_surrogates(text)
    value = _load(text)
    keys, texts = _walk(value)
    if len(keys) != structure.count(b":"):
        raise DuplicateKeyError(_first_duplicate(text))
    # JSON itself refuses the other ASCII control characters unless they are escaped.
    if (escaped or not text.isascii() or "\x7f" in text) and not _all_plain(keys, texts):
        _check_texts(value)
    return value


def _utf8(raw: bytes | str, max_bytes: int) -> bytes:
    if len(raw) > max_bytes:
        raise JsonTooLargeError(len(raw), max_bytes)
    if isinstance(raw, str):
        try:
            data = raw.encode()
        except UnicodeEncodeError as error:
            raise LoneSurrogateError(where=f"character {error.start}") from None
        if len(data) > max_bytes:
            raise JsonTooLargeError(len(data), max_bytes)
    else:
        data = bytes(raw)
        try:
            data.decode()
        except UnicodeDecodeError as error:
            raise InvalidUtf8Error(error.start) from None
    if data.startswith(b"\xef\xbb\xbf"):
        raise ByteOrderMarkError
    return data


def _outside_texts(data: bytes) -> bytes:
    """Return the document without its texts: brackets, commas, colons, numbers, literals."""
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    return b"".join(data.split(b'"')[::2])


def _check_depth(structure: bytes, text: str, max_depth: int) -> None:
    brackets = structure.translate(_BRACKETS, _NOT_BRACKETS)
    for _ in range(max_depth):
        if not brackets:
            return
        brackets = brackets.replace(b"[]", b"")
    if not brackets:
        return
    depth = 0
    for token in _TOKEN.finditer(text):  # too deep, or brackets that don't match
        depth += (token.lastgroup == "open") - (token.lastgroup == "close")
        if depth > max_depth:
            raise JsonTooDeepError(max_depth)


def _may_hold_odd_number(structure: bytes) -> bool:
    # Finding bytes is ten times faster than an expression; the exact look follows only on suspicion.
    plain = structure.replace(b"true", b"").replace(b"false", b"")
    zeroed = plain.translate(_DIGITS)
    return any(mark in (plain if mark == b"-0" else zeroed) for mark in _ODD)


def _check_numbers(text: str) -> None:
    for token in _TOKEN.finditer(text):
        shown, offset = token.group()[:40], token.start()
        if token.lastgroup == "infinite":
            raise NonFiniteNumberError(shown, offset)
        if token.lastgroup != "number":
            continue
        number = token.group()
        if any(mark in number for mark in ".eE"):
            raise FractionalNumberError(shown, offset)
        if number == "-0":
            raise NegativeZeroError(offset)
        digits = number.removeprefix("-")
        if digits.isdigit() and (len(digits) > len(str(MAX_COUNT)) or int(digits) > MAX_COUNT):
            raise NumberTooLargeError(shown, offset)


def _check_surrogates(text: str) -> None:
    for escape in _ESCAPE.finditer(text):
        if escape["lone"]:
            raise LoneSurrogateError(where=f"character {escape.start()}")


def _load(text: str) -> JSON:
    if orjson is not None:
        try:
            return orjson.loads(text)
        except json.JSONDecodeError:
            pass  # the standard library says where
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise JsonSyntaxError(error.msg[:1].lower() + error.msg[1:], error.pos) from None


def _walk(value: JSON) -> tuple[list[str], list[str]]:
    """Collect every key and every text of a value, without recursion."""
    keys: list[str] = []
    texts: list[str] = []
    todo: list[JSON] = [[value]]
    while todo:
        item = todo.pop()
        if type(item) is dict:
            keys.extend(item)
            item = item.values()
        for below in item:
            kind = type(below)
            if kind is str:
                texts.append(below)
            elif kind is dict or kind is list:
                todo.append(below)
    return keys, texts


def _all_plain(keys: list[str], texts: list[str]) -> bool:
    # A quotation mark joins with nothing, so the joined text is plain exactly if every text is.
    names = '"'.join(keys)
    return names.isascii() and is_plain(names) and is_plain('"'.join(texts))


def _first_duplicate(text: str) -> str:
    found: list[str] = []

    def collect(pairs: list[tuple[str, JSON]]) -> None:
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                found.append(key)
            seen.add(key)

    json.loads(text, object_pairs_hook=collect)
    return found[0][:80]


def _check_texts(value: JSON) -> None:
    """Find the first text that isn't plain and name its place as a JSON pointer."""
    todo: list[tuple[str, JSON]] = [("", value)]
    while todo:
        path, item = todo.pop()
        if isinstance(item, str):
            check_text(item, path or "/")
        elif isinstance(item, dict):
            for key in item:
                if not key.isascii():
                    raise NonAsciiKeyError(path or "/", key[:80])
                check_text(key, f"key {key!a} of {path or '/'}")
            todo.extend((f"{path}/{key}", below) for key, below in reversed(item.items()))
        elif isinstance(item, list):
            todo.extend((f"{path}/{at}", below) for at, below in reversed(list(enumerate(item))))
