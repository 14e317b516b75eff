"""A body in salted parts: each can be hidden or erased later without changing a signed byte.

For each part d = SHA-256(JCS([salt, path, value])); the body's digest is SHA-256(JCS(sorted d)) (the
idea of SD-JWT, RFC 9901). Which paths a kind has is fixed here; a repeated, unknown or missing path
is refused (PROTOCOL, Statement).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Final, TypeAlias

from pydantic import TypeAdapter

from ledger import canonical
from ledger.body import Body
from ledger.errors import LedgerError
from ledger.identifiers import Hex32
from ledger.statements import BODIES
from ledger.wire import Wire

COMMON: Final = ("/occurred", "/ref", "/note?")
PATHS: Final[dict[str, tuple[str, ...]]] = {
    "log_open/1": ("/origin", "/keys", "/gwp", "/units", "/components", "/accreditors?"),
    "registration/1": ("/key", "/roles_claimed", "/name", "/contact?", "/sites/*?"),
    "key/1": ("/key", "/name?", "/contact?", "/sites/*?"),
    "production/1": (
        "/inputs/*?",
        "/lines/*/amount?",
        "/lines/*/source?",
        "/lines/*/price?",
        "/lines/*/memo?",
        "/lines/*/quality?",
        "/lines/*/removal?",
        "/lines/*/instrument?",
        "/outputs/*/balance",
        "/outputs/*/product",
        "/policy",
        "/handlers?",
        "/site?",
    ),
    "handling/1": (
        "/target",
        "/inputs/*?",
        "/lines/*/amount",
        "/lines/*/source",
        "/lines/*/price?",
        "/lines/*/memo?",
        "/lines/*/quality?",
        "/lines/*/removal?",
        "/lines/*/instrument?",
        "/leg?",
        "/share?",
    ),
    "dispatch/1": ("/take", "/liability", "/consignee", "/handlers?", "/terms?", "/goods", "/places?"),
    "receipt/1": (
        "/takes_over",
        "/outcome",
        "/liability",
        "/quantities?",
        "/handlers?",
        "/disclosed?",
        "/reason?",
    ),
    "disposal/1": ("/take", "/liability", "/fate", "/customer?"),
    "correction/1": ("/corrects", "/change", "/reason?"),
    "attestation/1": ("/subject", "/roles?", "/opinion?", "/withdraws?", "/validity", "/evidence?"),
    "accounting_policy/1": ("/policy",),
    "countersignature/1": ("/statement",),
    "opening/1": ("/lots/*/balance", "/lots/*/product", "/lots/*/evidence", "/handlers?"),
    "period_close/1": ("/closing",),
    "reversal/1": ("/reverses", "/amount", "/cause", "/reason?"),
    "impairment/1": ("/impairs", "/expectation", "/reason?"),
    "conservation/1": ("/passport", "/hands_on", "/level", "/method?"),
    "grant/1": ("/grant", "/reason?"),
    "acceptance/1": ("/answer?", "/standing?", "/reason?"),
    "reestimate/1": ("/asset", "/quantity_left", "/reason?"),
    "state/1": ("/map", "/size", "/root"),
}
"""The paths of each kind; `*` is a number, `?` marks what may be absent."""
MAX_PATH: Final = 80
_PATH: Final = re.compile(r"/([a-z_]+)(?:/(0|[1-9][0-9]{0,2})(?:/([a-z_]+))?)?")
PERSONAL: Final = ("/note", "/contact", "/sites/*", "/site", "/places", "/customer")


@dataclass(eq=False)
class UnknownPathError(LedgerError):
    """A part's path does not belong to the kind."""

    kind: str
    path: str
    sentence: ClassVar[str] = "{path!r} is no part of {kind}. Remove it or correct its name."


@dataclass(eq=False)
class RepeatedPathError(LedgerError):
    """A path stands twice in one body."""

    path: str
    sentence: ClassVar[str] = "Part {path} is given twice. Keep one."


@dataclass(eq=False)
class MissingPathError(LedgerError):
    """A path that the kind requires is absent."""

    kind: str
    path: str
    sentence: ClassVar[str] = "{kind} needs the part {path}. Add it."


@dataclass(eq=False)
class PathNumberError(LedgerError):
    """Numbered parts do not count 0, 1, 2 … without a hole."""

    path: str
    sentence: ClassVar[str] = "Parts under {path} are not numbered 0, 1, 2 and so on without a hole."


@dataclass(eq=False)
class RepeatedSaltError(LedgerError):
    """Two parts share a salt, so that one would betray the other."""

    path: str
    sentence: ClassVar[str] = "The salt of part {path} is used twice. Make 16 random bytes for each part."


@dataclass(eq=False)
class PartFormError(LedgerError):
    """A part is readable, but not in the one form in which it is written."""

    path: str
    sentence: ClassVar[str] = (
        "Part {path} is not in its one form. Leave out null and what is empty and optional; write the "
        "lists that a form always has, empty ones too."
    )


Step: TypeAlias = tuple[str, int | None, str | None]
"""A path in steps: a field of the body; if it is a list, the number; if those have parts, the part."""


class Part(Wire):
    """One part of a body: salt, path and value."""

    salt: Hex32
    path: str
    value: Any


PARTS: Final = TypeAdapter(tuple[Part, ...])
"""All parts of a body, read at once."""


@lru_cache(maxsize=1 << 14)
def step_of(kind: str, path: str) -> Step:
    """Return the field of a known path, and where there are such, the number and the field below it.

    Raises:
        UnknownPathError: it is no path of the kind.
    """
    found = _PATH.fullmatch(path) if len(path) <= MAX_PATH else None
    if found is None:
        raise UnknownPathError(kind, path[:MAX_PATH])
    field, number, name = found.groups()
    pattern = f"/{field}" + ("/*" if number else "") + (f"/{name}" if name else "")
    if pattern not in _known(kind):
        raise UnknownPathError(kind, path)
    return field, int(number) if number else None, name


@lru_cache
def _known(kind: str) -> frozenset[str]:
    return frozenset(path.rstrip("?") for path in (*COMMON, *PATHS[kind]))


@lru_cache
def _required(kind: str) -> tuple[str, ...]:
    """Return the single paths that every body of the kind has."""
    return tuple(path for path in (*COMMON, *PATHS[kind]) if not path.endswith("?") and "*" not in path)


def body_digest(parts: Iterable[Part]) -> str:
    """Return the digest that the envelope signs for these parts."""
    return canonical.digest_of_parts([(p.salt, p.path, p.value) for p in parts])


def join(kind: str, parts: Iterable[Part]) -> dict[str, Any]:
    """Put the parts of a body together again, as plain values for the kind's model.

    Raises:
        UnknownPathError, RepeatedPathError, MissingPathError, PathNumberError, RepeatedSaltError: the
            parts are not exactly those of the kind.
    """
    pieces = tuple(parts)
    steps, lengths = _layout(kind, tuple(part.path for part in pieces))
    _check_salts(pieces)
    body: dict[str, Any] = {field: [{} for _ in range(length)] for field, length in lengths}
    for part, (field, number, name) in zip(pieces, steps, strict=True):
        if number is None:
            body[field] = part.value
        elif name is None:
            body[field][number] = part.value
        else:
            body[field][number][name] = part.value
    return body


def _check_salts(parts: Sequence[Part]) -> None:
    salts = [part.salt for part in parts]
    if len(set(salts)) != len(salts):
        again = next(number for number, salt in enumerate(salts) if salt in salts[:number])
        raise RepeatedSaltError(parts[again].path)


@lru_cache(maxsize=256)
def _layout(kind: str, paths: tuple[str, ...]) -> tuple[tuple[Step, ...], tuple[tuple[str, int], ...]]:
    """Return where each part belongs, and how long the numbered lists are; most bodies repeat a shape.

    Raises:
        UnknownPathError, RepeatedPathError, MissingPathError, PathNumberError: as `join`.
    """
    seen: set[str] = set()
    numbers: dict[str, set[int]] = {}
    steps = []
    for path in paths:
        step = step_of(kind, path)
        if path in seen:
            raise RepeatedPathError(path)
        seen.add(path)
        steps.append(step)
        if step[1] is not None:
            numbers.setdefault(step[0], set()).add(step[1])
    for path in _required(kind):
        if path not in seen:
            raise MissingPathError(kind, path)
    for field, there in numbers.items():
        if max(there) + 1 != len(there):
            raise PathNumberError(f"/{field}")
    return tuple(steps), tuple((field, len(there)) for field, there in numbers.items())


def split(kind: str, body: Body, salt: Callable[[], str] | None = None) -> list[Part]:
    """Cut a body into its parts, each with a fresh salt of 16 random bytes.

    Raises:
        UnknownPathError: the body has a field that the kind has no path for.
    """
    salt = salt or (lambda: secrets.token_hex(16))
    return [Part(salt=salt(), path=path, value=value) for path, value in _flat(kind, _plain(body))]


def check_written(
    kind: str, body: Body, parts: Iterable[Part], joined: Mapping[str, Any] | None = None
) -> None:
    """Check that complete parts are exactly what their body is cut into: parse, write, compare.

    Args:
        kind: the statement's kind.
        body: the body as it was read.
        parts: all its parts.
        joined: the same as `join` put them together, if that was done.

    Raises:
        PartFormError: a part differs, such as one with null where the field is left out.
    """
    plain = _plain(body)
    required = _required(kind)
    if {name: value for name, value in plain.items() if value != [] or f"/{name}" in required} == joined:
        return
    written = dict(_flat(kind, plain))
    for part in parts:
        if part.path not in written or written[part.path] != part.value:
            raise PartFormError(part.path)


def _plain(body: Body) -> dict[str, Any]:
    return body.model_dump(mode="json", by_alias=True, exclude_none=True)


def _flat(kind: str, plain: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """List path and value of every part of a plain body."""
    found: list[tuple[str, Any]] = []
    known = _known(kind)
    for name, value in plain.items():
        if f"/{name}" in known:
            if value != [] or f"/{name}" in _required(kind):
                found.append((f"/{name}", value))
        elif f"/{name}/*" in known:
            found += [(f"/{name}/{number}", item) for number, item in enumerate(value)]
        else:
            found += [
                (f"/{name}/{number}/{field}", inner)
                for number, item in enumerate(value)
                for field, inner in item.items()
            ]
    for path, _ in found:
        step_of(kind, path)
    return found


def model_of(kind: str) -> type[Body]:
    """Return the body model of a known kind."""
    return BODIES[kind]
