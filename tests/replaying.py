"""Appending and replaying by hand, where a test wants to look inside a transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from ledger.books import Moment, book
from ledger.interfaces import LedgerView, LedgerWriter, Logged
from ledger.log.merkle import leaf_hash
from ledger.signed import Statement, entry_bytes
from ledger.terms import terms_of

AT = "2026-07-02T08:00:00Z"


def logged_next(view: LedgerView, statement: Statement, at: str = AT) -> Logged:
    """Return a statement as the log's next entry."""
    entry = entry_bytes(statement, at)
    return Logged(view.size(), at, statement, entry, leaf_hash(entry))


def appended(writer: LedgerWriter, statement: Statement) -> Logged:
    """Book and append a statement, without a tree; return its entry."""
    logged = logged_next(writer, statement)
    moment = Moment(logged.position, datetime.fromisoformat(AT).astimezone(UTC))
    writer.append(logged, book(statement, moment, writer))
    return logged


def replay(writer: LedgerWriter, entries: Iterable[Logged]) -> None:
    """Open a log by its first entry, book and append the others."""
    for logged in entries:
        if logged.position == 0:
            writer.open(terms_of(logged.statement))
            writer.append(logged, ())
        else:
            moment = Moment(logged.position, datetime.fromisoformat(logged.at))
            writer.append(logged, book(logged.statement, moment, writer))
