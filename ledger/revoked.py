"""What a key signed before it was revoked, when it may have been a thief who signed.

A revocation may say from which log size on the key is not trusted. What it signed from there on stays
booked: whoever received the goods relied on it, and carbon is neither made nor lost by a doubt. But it is
flagged on every passport that it stands behind, and the organization whose key it was hands nothing on that
rests on it, until one of its live keys signs it again (a countersignature) or corrects it. Nothing before
that log size is touched. Others aren't stopped, because they could do nothing about it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from ledger.closure import takes
from ledger.errors import LedgerError
from ledger.identifiers import lot_parts
from ledger.identity import Organization
from ledger.interfaces import BooksView
from ledger.lines import Take
from ledger.lots import Lot
from ledger.signed import Statement
from ledger.statements import CorrectionBody, HandlingBody, ProductionBody


@dataclass(eq=False)
class DistrustedStatementError(LedgerError):
    """Goods are handed on that rest on what a key signed that is not trusted."""

    lot: str
    statement: str
    kind: str
    position: int
    address: str
    untrusted_from: int
    revoked_at: int
    organization: str
    sentence: ClassVar[str] = (
        "Lot {lot} can't be handed on: {kind} {statement} was signed at entry {position} by key {address}, "
        "not trusted from log size {untrusted_from} on (revoked at entry {revoked_at}). Let a key in use of "
        "{organization} countersign {statement}, or correct it."
    )


@dataclass(frozen=True, slots=True)
class Distrusted:
    """A statement by a key that is not trusted since: which, whose, at which entry, and why."""

    statement: str
    kind: str
    organization: str
    position: int
    address: str
    untrusted_from: int
    revoked_at: int
    reason: str


def is_signed_again(organization: Organization, digest: str, before: int | None = None) -> bool:
    """Say whether a key that is trusted signed a statement again; `before` as in `distrusted`."""
    return any(
        one.statement == digest
        and (before is None or one.position < before)
        and organization.distrusted(one.key, one.position, before) is None
        for one in organization.signed_again
    )


def distrusted_among(
    placed: Iterable[tuple[Statement, int]], organization: Callable[[str], Organization | None]
) -> tuple[Distrusted, ...]:
    """Return the statements, of some with their places, that nobody signed again or corrected.

    Args:
        placed: statements with their positions in the log.
        organization: what the log knows about an issuer.
    """
    several = list(placed)
    corrections: dict[str, list[tuple[Statement, int]]] = {}
    for statement, position in several:
        if isinstance(statement.body, CorrectionBody):
            corrections.setdefault(statement.body.corrects, []).append((statement, position))
    found: list[Distrusted] = []
    for statement, position in several:
        issuer = organization(statement.issuer)
        if issuer is not None:
            since = corrections.get(_subject(statement), ())
            found += filter(None, [_standing(statement, position, issuer, since)])
    return tuple(found)


def check_trusted(lot: Lot, view: BooksView, before: int | None) -> None:
    """Check that its holder may hand a lot on: nothing of its own behind it is by a key that is not trusted.

    Looked at are the statements that made, changed or took from the lot, and those that made and changed
    what went into it, as far as its holder made that itself.

    Args:
        lot: what is handed on.
        view: the books.
        before: only what was known before this entry of the log counts; None is now.

    Raises:
        DistrustedStatementError: something is, and was neither signed again nor corrected.
    """
    holder = view.organization(lot.holder)
    if holder is None or all(key.distrusted_at is None for key in holder.keys):
        return
    for statement in _behind(lot, view):
        position = view.position(statement.digest)
        if statement.issuer != holder.id or position is None:
            continue
        corrections = [
            (one, at)
            for one in view.corrections(_subject(statement))
            if (at := view.position(one.digest)) is not None
        ]
        found = _standing(statement, position, holder, corrections, before)
        if found is not None:
            raise DistrustedStatementError(
                lot.id,
                found.statement,
                found.kind,
                found.position,
                found.address,
                found.untrusted_from,
                found.revoked_at,
                found.organization,
            )


def _subject(statement: Statement) -> str:
    """Return what is to be corrected when a statement is wrong: a correction's own subject, else itself."""
    return statement.body.corrects if isinstance(statement.body, CorrectionBody) else statement.digest


def _standing(
    statement: Statement,
    position: int,
    organization: Organization,
    corrections: Sequence[tuple[Statement, int]],
    before: int | None = None,
) -> Distrusted | None:
    """Return a statement as distrusted, None where it is trusted, signed again or corrected since."""
    key = organization.distrusted(statement.signature.key, position, before)
    if key is None or is_signed_again(organization, statement.digest, before):
        return None
    since = key.distrusted_at or 0
    for one, at in corrections:
        mine = isinstance(one.body, CorrectionBody) and one.issuer == organization.id
        if mine and at > since and organization.distrusted(one.signature.key, at, before) is None:
            return None
    return Distrusted(
        statement=statement.digest,
        kind=statement.kind,
        organization=organization.id,
        position=position,
        address=key.address,
        untrusted_from=key.untrusted_from or 0,
        revoked_at=key.until_position or 0,
        reason=key.reason,
    )


def _behind(lot: Lot, view: BooksView) -> Iterator[Statement]:
    """Return what made, changed and took from a lot, and what made and changed what went into it."""
    yield from view.takers(lot.id)
    queue = deque((lot_parts(lot.id)[0], *lot.basis))
    seen: set[str] = set()
    while queue:
        digest = queue.popleft()
        statement = None if digest in seen else view.statement(digest)
        seen.add(digest)
        if statement is None:
            continue
        yield statement
        made = isinstance(statement.body, ProductionBody | HandlingBody | CorrectionBody)
        if made and statement.issuer == lot.holder:
            for taken in takes(statement):
                queue.extend(_made_by(taken))


def _made_by(taken: Take) -> tuple[str, ...]:
    return (lot_parts(taken.lot)[0], *taken.basis.statements)
