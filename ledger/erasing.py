"""Erasing a personal part: value and salt are gone for good, its digest stays, and the log stays valid.

A body's digest is made of its parts' digests, so nothing that was signed or logged changes. Only parts that
nothing is booked by can be erased (PROTOCOL, Statement: *): notes, contacts, places, customers. Whoever was
shown the part before may still have it; no ledger can erase that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, Protocol

from ledger.body import Body
from ledger.errors import LedgerError
from ledger.forms import all_validated, validated
from ledger.hidden import check_line_signed, digests_of, pattern_of, read_partly, read_shown
from ledger.interfaces import LedgerView
from ledger.parts import PARTS, PERSONAL
from ledger.signed import Statement, read
from ledger.signing import check_signature as check_signed
from ledger.statements import Place, Places
from ledger.wire import Envelope, Signature

ERASED_AS: Final = "[erased]"
"""How an erased text is written wherever one was."""
ERASED_KEY: Final = "erased"
_MARK: Final = b'{"erased":"'
"""Stands in a stored body's bytes exactly where a part was erased: in a text the quotes are escaped."""


@dataclass(eq=False)
class NotPersonalError(LedgerError):
    """A part that is no personal one is asked to be erased."""

    path: str
    personal: str
    sentence: ClassVar[str] = "Part {path} stays, because it is no personal part. Those are {personal}."


@dataclass(eq=False)
class NothingToEraseError(LedgerError):
    """A statement has no such part, or it was erased before."""

    statement: str
    path: str
    there: str
    sentence: ClassVar[str] = (
        "Statement {statement} has no part {path} to erase. Its personal parts: {there}."
    )


class ErasingWriter(LedgerView, Protocol):
    """A writer that can put a statement with fewer parts in the place of the same one."""

    def keep_erased(self, statement: Statement) -> None:
        """Keep a logged statement without the parts that were erased."""
        ...


def erase(writer: ErasingWriter, digest: str, path: str) -> Statement:
    """Erase a personal part of a logged statement, and return the statement without it.

    Raises:
        NotPersonalError: the part is none that may be erased.
        NothingToEraseError: the log has no such statement, or the statement no such part.
    """
    if pattern_of(path) not in PERSONAL:
        raise NotPersonalError(path[:80], ", ".join(PERSONAL))
    found = writer.statement(digest)
    there = () if found is None else [part.path for part in found.parts if pattern_of(part.path) in PERSONAL]
    if found is None or path not in there:
        raise NothingToEraseError(digest, path, ", ".join(there) or "none")
    after = without(found, path)
    writer.keep_erased(after)
    return after


def without(statement: Statement, path: str) -> Statement:
    """Return a statement without one of its parts, of which the digest stays."""
    kept = tuple(part for part in statement.parts if part.path != path)
    gone = [part for part in statement.parts if part.path == path]
    before = zip(statement.hidden, statement.erased, strict=True)
    together = sorted([*before, *zip(digests_of(gone), (path,), strict=True)])
    hidden, erased = (tuple(one) for one in zip(*together, strict=True))
    body = _body(statement.kind, kept, erased)
    return replace(statement, parts=kept, body=body, hidden=hidden, erased=erased)


def kept_parts(statement: Statement) -> list[dict[str, Any]]:
    """Return the parts of a statement as they are stored: shown ones, then the digests of erased ones."""
    shown = [{"salt": part.salt, "path": part.path, "value": part.value} for part in statement.parts]
    pairs = zip(statement.hidden, statement.erased, strict=True)
    return [*shown, *({ERASED_KEY: digest, "path": path} for digest, path in pairs)]


def may_hold_erased(raw: bytes) -> bool:
    """Say quickly whether a stored body has erased parts."""
    return _MARK in raw


def read_kept(wire: dict[str, Any], *, check_signature: bool = True, known: bool = False) -> Statement:
    """Read a statement as it is stored, where parts of it may have been erased.

    Raises:
        LedgerError: any class that `signed.read` or `hidden.read_shown` names.
    """
    gone = [one for one in wire["parts"] if ERASED_KEY in one]
    if not gone:
        return read(wire, check_signature=check_signature, known=known)
    envelope = validated(Envelope, wire["envelope"], "envelope")
    signature = validated(Signature, wire["signature"], "signature")
    kept = all_validated(PARTS, [one for one in wire["parts"] if ERASED_KEY not in one], "parts")
    together = sorted((str(one[ERASED_KEY]), str(one["path"])) for one in gone)
    hidden, erased = (tuple(one) for one in zip(*together, strict=True))
    found = read_shown(envelope, signature, kept, hidden, "parts")
    check_line_signed(found)
    if check_signature and not known:
        check_signed(envelope.model_dump(), signature.model_dump())
    return replace(found, body=_body(found.kind, kept, erased), erased=erased)


def _body(kind: str, parts: Sequence[Any], erased: Sequence[str]) -> Body:
    """Return a body in which what was erased reads as erased."""
    body = read_partly(kind, parts, len(erased))
    marked: dict[str, Any] = {}
    place = Place(name=ERASED_AS)
    for path in sorted(erased):
        name = path.split("/")[1]
        if name == "sites":
            sites = list(marked.get(name, getattr(body, name, ())))
            number = int(path.split("/")[2])
            marked[name] = (*sites[:number], place, *sites[number + 1 :])
        elif name == "places":
            marked[name] = Places(origin=place, destination=place)
        else:
            marked[name] = place if name == "site" else ERASED_AS
    return body.model_copy(update=marked)
