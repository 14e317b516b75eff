"""What goes into a bundle of the state map, as of the newest state entry."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from ledger import canonical
from ledger.forms import validated
from ledger.interfaces import LedgerView
from ledger.lines import Take
from ledger.parts import Part
from ledger.signed import Statement
from ledger.state import pages
from ledger.state.forms import MAX_OTHERS, MAX_TAKERS, MapLeaf, ShownRecord, ShownTake
from ledger.state.records import RECORD, LotRecord, map_key
from ledger.state.subjects import subjects
from ledger.state_interfaces import Subject

_TAKES: Final = re.compile(r"/(take|asset|inputs/[0-9]+)")


def shown_records(view: LedgerView, asked: Sequence[Subject]) -> list[ShownRecord]:
    """Return what the map holds of each subject, with its proof.

    Raises:
        MapPageError: a page of the map is damaged.
    """
    log_id = view.terms().log_id
    keys = {subject: map_key(log_id, subject) for subject in asked}
    found = view.state_records(list(keys.values()))
    return [_shown(view, subject, key, found.get(key)) for subject, key in keys.items()]


def _shown(view: LedgerView, subject: Subject, key: bytes, raw: bytes | None) -> ShownRecord:
    proof = pages.prove(view, key)
    record = None if raw is None else RECORD.validate_json(raw)
    takers = None
    if isinstance(record, LotRecord) and record.count <= MAX_TAKERS:
        takers = list(view.taken_by([subject.id], 0).get(subject.id, ()))[: record.count]
    there = record is not None or proof.leaf is None
    other = None if there or proof.leaf is None else proof.leaf
    return ShownRecord(
        subject=subject.kind,
        id=subject.id,
        record=record,
        other=None if other is None else MapLeaf(key=other[0].hex(), value=other[1].hex()),
        siblings=[one.hex() for one in proof.siblings],
        takers=takers,
    )


def shown_takes(
    view: LedgerView, shown: Iterable[ShownRecord], there: Collection[str], limit: int = MAX_OTHERS
) -> list[ShownTake]:
    """Return, of who took from the same lots and is not in the bundle, the intervals alone, by digest.

    Args:
        view: where they are logged.
        shown: the records of the lots.
        there: the digests of the bundle's statements.
        limit: of how many it is shown; of the others nobody can say where their intervals lie.
    """
    lots: dict[str, set[str]] = {}
    for record in shown:
        for digest in record.takers or ():
            if digest not in there:
                lots.setdefault(digest, set()).add(record.id)
    found = []
    for digest in sorted(lots)[:limit]:
        statement = view.statement(digest)
        take = None if statement is None else shown_take(statement, lots[digest])
        if take is not None:
            found.append(take)
    return found


def shown_take(statement: Statement, lots: Collection[str]) -> ShownTake | None:
    """Return a statement by its parts that say what it took from lots, None if none does."""
    parts = [part for part in statement.parts if any(take.lot in lots for take in taken((part,)))]
    if not parts:
        return None
    digests = {part.path: canonical.part_digest(part.salt, part.path, part.value) for part in statement.parts}
    hidden = {digest for path, digest in digests.items() if path not in {part.path for part in parts}}
    return ShownTake(
        envelope=statement.envelope,
        signature=statement.signature,
        parts=parts,
        hidden=sorted({*hidden, *statement.hidden}),
    )


def taken(parts: Iterable[Part]) -> list[Take]:
    """Return the intervals that parts state, in their order.

    Raises:
        MissingFieldError, UnknownFieldError, FieldFormError, TooManyItemsError, AmountFormError,
            AmountTooLargeError: a part that is no interval.
    """
    return [validated(Take, one.value, one.path) for one in parts if _TAKES.fullmatch(one.path)]


def trimmed(
    records: Sequence[ShownRecord],
    others: Sequence[ShownTake],
    statements: Mapping[str, Statement],
    goods: Collection[str],
) -> tuple[list[ShownRecord], list[ShownTake]]:
    """Return what is left of a bundle's state where fewer of its statements, or of their parts, are shown.

    Args:
        records: the records of the whole bundle.
        others: the intervals of others, of the whole bundle.
        statements: what is left, by digest.
        goods: the digests of those about goods.
    """
    left = set(subjects(statements, goods))
    kept = [one for one in records if Subject(one.subject, one.id) in left]
    lots = {one.id for one in kept if one.subject == "lot"}
    takes = [one for one in others if all(take.lot in lots for take in taken(one.parts))]
    return kept, takes
