"""From parts to bodies: by the model of the kind, or, for a kind that isn't known, by rules for every kind.

A newer ledger may state kinds that this version doesn't know. Such a statement is kept and shown, never
booked (PROTOCOL, Statement): its parts are read by the grammar that all kinds share, its period and its
reference as everywhere. References are digests, so the digests among its values say what it may refer to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from ledger import canonical
from ledger.body import Body
from ledger.errors import LedgerError
from ledger.forms import validated
from ledger.parts import (
    COMMON,
    MissingPathError,
    Part,
    PartFormError,
    RepeatedPathError,
    RepeatedSaltError,
    UnknownPathError,
    check_written,
    join,
    model_of,
)
from ledger.texts import check_text
from ledger.wire import KINDS

MAX_PARTS: Final = 2_000
"""Parts of a body of an unknown kind; the known ones have fewer than 1,900."""
MAX_LEVELS: Final = 8
"""How deep a part's value of an unknown kind may nest; a known one needs 5."""
MAX_BYTES: Final = 1024 * 1024
"""Canonical bytes of all values of a body of an unknown kind."""
_PATH: Final = re.compile(r"/[a-z_]+(/([a-z_]+|0|[1-9][0-9]{0,2})){0,7}")
_SHARED: Final = {path.rstrip("?"): path.rstrip("?")[1:] for path in COMMON}
_REQUIRED: Final = tuple(path for path in COMMON if not path.endswith("?"))
_BOOKED: Final = frozenset(KINDS)
_MAX_PATH: Final = 80
_NAMED: Final = re.compile(r"([0-9a-f]{64})(\.(0|[1-9][0-9]{0,2}))?")
_ORGANIZATION: Final = re.compile(r"org_[a-z2-7]{32}")


@dataclass(eq=False)
class NestedPartError(LedgerError):
    """A part's path lies inside another part, so that one value would stand twice."""

    path: str
    outer: str
    sentence: ClassVar[str] = "Part {path} lies inside part {outer}. State it once."


@dataclass(eq=False)
class UnknownKindTooLargeError(LedgerError):
    """A statement of an unknown kind is larger than what is kept unread."""

    kind: str
    what: str
    count: int
    limit: int
    sentence: ClassVar[str] = (
        "{kind} is not known here, and its body has {count} {what}; of such a kind {limit} are kept. "
        "State less at once."
    )


class UnknownBody(Body):
    """A body of a kind that this version doesn't know: what every kind has, and what it names.

    `mentions` are the statements that it may refer to (each 64-digit digest and each lot's maker among its
    values, in the order of the parts), `organizations` the organizations that it names.
    """

    mentions: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()


def is_known(kind: str) -> bool:
    """Say whether this version books a kind."""
    return kind in _BOOKED


def lay_out(kind: str, parts: Sequence[Part]) -> dict[str, Any]:
    """Check the paths of a body's parts, and put the values together that its kind's form reads.

    Raises:
        UnknownPathError, RepeatedPathError, MissingPathError, PathNumberError, RepeatedSaltError: the
            parts are not exactly those of the kind.
        NestedPartError, UnknownKindTooLargeError: parts of a kind that isn't known.
    """
    if is_known(kind):
        return join(kind, parts)
    _check_paths(kind, parts)
    return {_SHARED[part.path]: part.value for part in parts if part.path in _SHARED}


def read_body(
    kind: str, parts: Sequence[Part], plain: Mapping[str, Any], where: str = "", *, known: bool = False
) -> Body:
    """Read a body from its parts and what `lay_out` makes of them, and check that it is in its one form.

    With `known`, the very same parts were read in full before: only what the body says is read.

    Raises:
        UnknownFieldError, MissingFieldError, FieldFormError, TooManyItemsError, AmountFormError,
            AmountTooLargeError: a value.
        PartFormError: a part has an empty value that is left out, or leaves one out that is written.
        UnknownKindTooLargeError, CanonicalFormError: values of a kind that isn't known.
    """
    if not is_known(kind):
        return _unknown(kind, parts, plain, where)
    body = validated(model_of(kind), plain, where)
    if not known:
        check_written(kind, body, parts, plain)
    return body


def _unknown(kind: str, parts: Sequence[Part], shared: Mapping[str, Any], where: str) -> UnknownBody:
    named: dict[str, None] = {}
    organizations: dict[str, None] = {}
    size = 0
    for part in parts:
        size += len(canonical.encode(part.value))
        if size > MAX_BYTES:
            raise UnknownKindTooLargeError(kind, "bytes", size, MAX_BYTES)
        for text in _texts(kind, part):
            if found := _NAMED.fullmatch(text):
                named[found.group(1)] = None
            elif _ORGANIZATION.fullmatch(text):
                organizations[text] = None
    mentions = {"mentions": tuple(named), "organizations": tuple(organizations)}
    body = validated(UnknownBody, {**shared, **mentions}, where)
    written = body.model_dump(mode="json", by_alias=True, exclude_none=True)
    for name, value in shared.items():
        if name not in written or written[name] != value:
            raise PartFormError(f"/{name}")
    return body


def _check_paths(kind: str, parts: Sequence[Part]) -> None:
    if len(parts) > MAX_PARTS:
        raise UnknownKindTooLargeError(kind, "parts", len(parts), MAX_PARTS)
    paths: set[str] = set()
    salts: set[str] = set()
    for part in parts:
        if len(part.path) > _MAX_PATH or not _PATH.fullmatch(part.path):
            raise UnknownPathError(kind, part.path[:_MAX_PATH])
        if part.path in paths:
            raise RepeatedPathError(part.path)
        if part.salt in salts:
            raise RepeatedSaltError(part.path)
        paths.add(part.path)
        salts.add(part.salt)
    for path in _REQUIRED:
        if path not in paths:
            raise MissingPathError(kind, path)
    _check_apart(paths)


def _check_apart(paths: set[str]) -> None:
    for path in paths:
        outer = path.rpartition("/")[0]
        while outer:
            if outer in paths:
                raise NestedPartError(path, outer)
            outer = outer.rpartition("/")[0]


def _texts(kind: str, part: Part) -> list[str]:
    """Return all texts of a part's value, each as everybody sees it; its depth is limited."""
    found: list[str] = []
    level = [part.value]
    for _ in range(MAX_LEVELS + 1):
        lower: list[Any] = []
        for item in level:
            if isinstance(item, str):
                found.append(check_text(item, part.path))
            elif isinstance(item, dict):
                for key in item:
                    check_text(key, part.path)
                lower += item.values()
            elif isinstance(item, list):
                lower += item
        if not lower:
            return found
        level = lower
    raise UnknownKindTooLargeError(kind, "or more levels", MAX_LEVELS + 1, MAX_LEVELS)
