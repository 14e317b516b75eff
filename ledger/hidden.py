"""Reading a statement of which some parts are hidden: what is shown, what is hidden, what nobody can say.

Of a hidden part only its digest stands. Which part it is can't be seen from that; but every path that the
kind requires is there, or one of the hidden ones, so a digest less than there are such paths is a part
claimed absent. What is left over are optional parts, or more items of a list, of which nobody can say more
than how many there are (PROTOCOL, Statement: salted parts; after RFC 9901).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Final

from ledger import canonical
from ledger.bodies import is_known, lay_out, read_body
from ledger.body import Body
from ledger.errors import LedgerError
from ledger.forms import validated
from ledger.parts import (
    COMMON,
    PATHS,
    MissingPathError,
    Part,
    RepeatedPathError,
    RepeatedSaltError,
    Step,
    check_written,
    model_of,
    step_of,
)
from ledger.signed import BodyDigestError, Statement
from ledger.stand_ins import (
    HIDDEN,
    HIDDEN_NAME,
    HIDDEN_REF,
    HiddenBody,
    HiddenLine,
    hidden_evidence,
    hidden_goods,
    hidden_product,
    hidden_source,
)
from ledger.statements import Place
from ledger.summaries import check_summary
from ledger.wire import Envelope, Signature

REFERENCE: Final = "/ref"
OCCURRED: Final = "/occurred"
ITEMS: Final[dict[str, tuple[str, ...]]] = {
    "lines": ("amount", "source"),
    "outputs": ("balance", "product"),
    "lots": ("balance", "product", "evidence"),
}
"""By list, the parts that each of its items has; the items of other lists are parts themselves."""
SIGNED_FOR: Final[dict[str, tuple[str, ...]]] = {
    "registration/1": ("/name",),
    "production/1": ("/outputs/*/product",),
    "dispatch/1": ("/liability", "/goods"),
    "attestation/1": ("/roles", "/opinion", "/withdraws"),
    "countersignature/1": ("/statement",),
    "opening/1": ("/lots/*/balance", "/lots/*/product"),
    "period_close/1": ("/closing",),
}
"""By kind, the parts that its summary is made of, besides `/occurred` and `/ref`."""
DESCRIBING: Final = frozenset(
    {
        *(REFERENCE, "/name", "/goods", "/outputs/*/product"),
        *("/lots/*/product", "/lots/*/evidence", "/lines/*/source", "/sites/*"),
    }
)
"""The required parts that nothing is booked by: a stand-in takes their place."""
FIRM: Final = DESCRIBING - {"/lines/*/source"}
"""Those whose absence can't make a rule of the books fail."""
OPTIONAL: Final = frozenset(
    path.rstrip("?") for paths in PATHS.values() for path in paths if path.endswith("?")
)
"""All paths that some kind may leave out."""
ONE_OF: Final = {
    "acceptance/1": ("/answer", "/standing"),
    "attestation/1": ("/roles", "/opinion", "/withdraws"),
}
"""By kind, the parts of which each body has one: with none of them shown, it says nothing."""
STILL_SHOWN: Final = (OCCURRED, "/note", "/liability", "/consignee")
"""What is read of a body of which a booked part is hidden."""
_NUMBER: Final = re.compile(r"/[0-9]+")


@dataclass(eq=False)
class HiddenTimeError(LedgerError):
    """When a thing occurred is hidden, so that no order in time can be checked."""

    kind: str
    sentence: ClassVar[str] = "{kind} hides /occurred. Show when it happened; hide other parts."


@dataclass(eq=False)
class HiddenOrderError(LedgerError):
    """Digests of hidden parts are not in their one order, or one stands twice, or is of a shown part."""

    digest: str
    sentence: ClassVar[str] = (
        "The hidden part {digest} is not behind the one before it, or is shown too. Sort them, each once."
    )


@dataclass(frozen=True, slots=True)
class Hiding:
    """What of a statement is hidden: how many parts, which of them its kind requires, how many others.

    `named` are paths that are hidden for certain; `further` counts hidden parts of which only their number
    is known. `whole` says that a booked part is among the named, so that nothing can be booked.
    """

    count: int
    named: tuple[str, ...]
    further: int
    whole: bool

    @property
    def firm(self) -> bool:
        """Whether all that is booked is shown for certain, so that a broken rule can't be due to hiding."""
        return not self.further and all(pattern_of(path) in FIRM for path in self.named)


NOTHING_HIDDEN: Final = Hiding(0, (), 0, whole=False)


def pattern_of(path: str) -> str:
    """Return a path with `*` for its number, as the kinds list it."""
    return _NUMBER.sub("/*", path)


def hiding_of(statement: Statement) -> Hiding:
    """Return what of a statement is hidden."""
    if not statement.hidden:
        return NOTHING_HIDDEN
    return _hiding(statement.kind, tuple(part.path for part in statement.parts), len(statement.hidden))


@lru_cache(maxsize=1 << 12)
def _hiding(kind: str, shown: tuple[str, ...], count: int) -> Hiding:
    """Return what is hidden, by the paths shown and the number of digests.

    Raises:
        MissingPathError: more is missing than is hidden.
        HiddenTimeError: when it occurred is among it.
    """
    missing = tuple(path for path in _needed(kind, shown) if path not in shown)
    if len(missing) > count:
        raise MissingPathError(kind, missing[-1])
    if OCCURRED in missing:
        raise HiddenTimeError(kind)
    further = count - len(missing)
    content = ONE_OF.get(kind)
    untold = bool(further and content and not any(path in shown for path in content))
    whole = untold or any(pattern_of(path) not in DESCRIBING for path in missing)
    return Hiding(count, missing, further, whole)


def _needed(kind: str, shown: Iterable[str]) -> list[str]:
    """Return every path that a body of this kind has at least, given those that are shown."""
    if not is_known(kind):
        return [path for path in COMMON if not path.endswith("?")]
    single = [path for path in (*COMMON, *PATHS[kind]) if "*" not in path and not path.endswith("?")]
    lengths = {path.split("/")[1]: 1 for path in PATHS[kind] if "*" in path and not path.endswith("?")}
    for path in shown:
        field, number, _ = step_of(kind, path)
        if number is not None:
            lengths[field] = max(lengths.get(field, 0), number + 1)
    for field, length in lengths.items():
        for number in range(length):
            single += [f"/{field}/{number}/{name}" for name in ITEMS.get(field, ())] or [f"/{field}/{number}"]
    return single


def check_hidden(hidden: Sequence[str], shown: Iterable[str]) -> None:
    """Check that digests of hidden parts are sorted, each once, none of them of a shown part.

    Raises:
        HiddenOrderError: they are not.
    """
    there = set(shown)
    for number, digest in enumerate(hidden):
        if digest in there or (number and hidden[number - 1] >= digest):
            raise HiddenOrderError(digest)


def digests_of(parts: Iterable[Part]) -> list[str]:
    """Return the digest of each part, in their order."""
    return [canonical.part_digest(one.salt, one.path, one.value, known=True) for one in parts]


def read_shown(
    envelope: Envelope, signature: Signature, parts: Sequence[Part], hidden: Sequence[str], where: str = ""
) -> Statement:
    """Read a statement from the parts that are shown and the digests of the others; its body is signed.

    Raises:
        HiddenOrderError, BodyDigestError: the digests are not those that were signed.
        MissingPathError: a part that the kind requires is neither shown nor hidden.
        HiddenTimeError: when it occurred is hidden.
        UnknownPathError, RepeatedPathError, RepeatedSaltError, NestedPartError: the parts shown.
        PartFormError, UnknownFieldError, MissingFieldError, FieldFormError, TooManyItemsError,
            UnknownKindTooLargeError: a value.
    """
    pieces, kind = tuple(parts), envelope.kind
    shown = digests_of(pieces)
    check_hidden(hidden, shown)
    computed = canonical.body_digest((*shown, *hidden))
    if computed != envelope.body_digest:
        raise BodyDigestError(envelope.body_digest, computed)
    if hidden:
        body = read_partly(kind, pieces, len(hidden), where)
    else:
        body = read_body(kind, pieces, lay_out(kind, pieces), where)
    digest = canonical.digest(envelope.model_dump(), known=True)
    return Statement(envelope, signature, pieces, body, digest, tuple(hidden))


def read_partly(kind: str, parts: Sequence[Part], count: int, where: str = "") -> Body:
    """Read a body of which `count` parts are hidden; stand-ins take the place of those that describe.

    Raises:
        LedgerError: as `read_shown`.
    """
    hiding = _hiding(kind, tuple(part.path for part in parts), count)
    if not is_known(kind):
        reference = [Part(salt=HIDDEN_REF, path=REFERENCE, value=HIDDEN_REF)] if hiding.named else []
        pieces = (*parts, *reference)
        return read_body(kind, pieces, lay_out(kind, pieces), where)
    steps = _steps(kind, parts)
    if hiding.whole:
        return _whole(parts, where)
    plain = _plain(parts, steps, hiding.named)
    body = validated(model_of(kind), plain, where)
    check_written(kind, body, parts)
    return body


def _steps(kind: str, parts: Sequence[Part]) -> list[Step]:
    paths: set[str] = set()
    salts: set[str] = set()
    for part in parts:
        if part.path in paths:
            raise RepeatedPathError(part.path)
        if part.salt in salts:
            raise RepeatedSaltError(part.path)
        paths.add(part.path)
        salts.add(part.salt)
    return [step_of(kind, part.path) for part in parts]


def _whole(parts: Sequence[Part], where: str) -> HiddenBody:
    """Return what is still shown where a booked part is hidden."""
    shown = {part.path: part.value for part in parts}
    kept = {path[1:]: shown[path] for path in STILL_SHOWN if path in shown}
    return validated(HiddenBody, {"ref": shown.get(REFERENCE, HIDDEN_REF), **kept}, where)


def _plain(parts: Sequence[Part], steps: Sequence[Step], missing: Iterable[str]) -> dict[str, Any]:
    """Put shown values and stand-ins together; lists have no holes, because each item has a required part."""
    body: dict[str, Any] = {}
    lists: dict[str, dict[int, Any]] = {}
    for part, (field, number, name) in zip(parts, steps, strict=True):
        if number is None:
            body[field] = part.value
        elif name is None:
            lists.setdefault(field, {})[number] = part.value
        else:
            lists.setdefault(field, {}).setdefault(number, {})[name] = part.value
    for path in missing:
        _, field, *rest = path.split("/")
        if not rest:
            body[field] = _stand_in(path)
        elif len(rest) == 1:
            lists.setdefault(field, {})[int(rest[0])] = _stand_in(path)
        else:
            lists[field][int(rest[0])][rest[1]] = _stand_in(path)
    for field, items in lists.items():
        body[field] = [_item(field, items[number]) for number in sorted(items)]
    return body


def _stand_in(path: str) -> Any:
    return _STAND_INS[pattern_of(path)]()


_STAND_INS: Final[dict[str, Callable[[], Any]]] = {
    "/ref": lambda: HIDDEN_REF,
    "/name": lambda: str(HIDDEN_NAME),
    "/goods": hidden_goods,
    "/sites/*": lambda: Place(name=str(HIDDEN_NAME)),
    "/lots/*/evidence": hidden_evidence,
    "/lots/*/product": hidden_product,
    "/outputs/*/product": hidden_product,
    "/lines/*/source": lambda: None,
}


def _item(field: str, item: Any) -> Any:
    """Return an item of a list; a line without its source becomes a line that says so."""
    if field != "lines" or item["source"] is not None:
        return item
    amount: Mapping[str, Any] = item["amount"]
    gap = amount.get("gap") if isinstance(amount, dict) else None
    factor = gap.get("factor") if isinstance(gap, dict) else None
    return validated(HiddenLine, {**item, "source": hidden_source(factor), "reported_as": HIDDEN}, field)


def summary_is_hidden(statement: Statement) -> bool:
    """Say whether a part that the signed line is made of is hidden, or may be."""
    hiding = hiding_of(statement)
    parts = {REFERENCE, *SIGNED_FOR.get(statement.kind, ())}
    if hiding.whole or any(pattern_of(path) in parts for path in hiding.named):
        return True
    return bool(hiding.further) and any("*" in path or path in OPTIONAL for path in parts)


def check_line_signed(statement: Statement) -> None:
    """Check the line that was shown for signing, unless parts that it is made of are hidden, or may be.

    Raises:
        SummaryTemplateError, ChangedSummaryError: as `check_summary`.
    """
    if not summary_is_hidden(statement):
        check_summary(statement.envelope, statement.body)
