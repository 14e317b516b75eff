"""The writer that makes the books again in place: projections are dropped, statements are booked anew.

Statements, tree, checkpoints and anchors stay as they are; a statement sees only what was logged before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row

from ledger import booked_form
from ledger.accounts import Account, Transfer
from ledger.booked_form import Form
from ledger.interfaces import Logged, LogTerms
from ledger.signed import Statement
from ledger.sql import questions
from ledger.sql.kept import Kept
from ledger.sql.needs import made_accounts, needs_of
from ledger.sql.rows import logged_of, unchecked_logged_of
from ledger.sql.writer import WAITING, SqlWriter
from ledger.statements import ProductionBody
from ledger.storing import LogHereAlreadyError, LogOrderError, corrected_by

CHUNK: Final = 1000
"""Statements that are read at once."""


class RebuildingWriter(SqlWriter):
    """The one writer, with empty books before a log that is there already."""

    def __init__(self, connection: Connection, where: str) -> None:
        super().__init__(connection, where)
        self.logged_size = self._size
        self._convert: Callable[[Row[Any]], Logged] = logged_of
        self._entries = Kept(self._load_entries)
        self._booked_forms: dict[int, Logged] = {}
        self.drop_projections()
        self._size = 0

    def log(self) -> Iterator[Logged]:
        """Return the whole log in order; what the booking of some statements needs is read at once.

        Raises:
            CorruptRowError: something was changed behind the ledger's back.
        """
        for start in range(0, self.logged_size, CHUNK):
            self._entries.forget()
            entries = self._all_at(range(start, min(start + CHUNK, self.logged_size)))
            self.preload([logged.statement for logged in entries])
            yield from entries

    def checked_log(self, checked: Iterable[Sequence[Form | None]]) -> Iterator[Logged]:
        """Return the whole log in order, as somebody else has read and checked it.

        What comes without a booked form, and what a statement refers to, is read from the log by its form
        alone.

        Args:
            checked: the booked forms of all statements, some at a time.

        Raises:
            CorruptRowError: a statement can't be read.
        """
        self._convert = unchecked_logged_of
        start = 0
        for forms in checked:
            self._entries.forget()
            end = start + len(forms)
            read = {
                at: booked_form.logged_of(form, self._entry)
                for at, form in zip(range(start, end), forms, strict=True)
                if form is not None
            }
            self._entries.expect([at for at in range(start, end) if at not in read])
            self._booked_forms = read
            entries = self._all_at(range(start, end))
            self._positions.know((logged.statement.digest, logged.position) for logged in entries)
            self.preload([logged.statement for logged in entries])
            yield from entries
            start = end

    def _entry(self, position: int) -> Logged:
        """Return an entry as it is in the log."""
        (found,) = self._load_entries((position,)).values()
        return found

    def open(self, terms: LogTerms) -> None:
        """Check that the log's first entry fixes the terms that are kept.

        Raises:
            LogHereAlreadyError: it fixes others.
        """
        if terms != self.terms():
            raise LogHereAlreadyError(self.terms().log_id, terms.log_id)

    def preload(self, statements: Sequence[Statement]) -> None:
        """Read what booking these statements will ask for, in a handful of questions."""
        needs = needs_of(statements)
        # Nothing that was logged before can have made them.
        self._accounts.know((account, None) for account in needs.made)
        self._expect(needs)
        corrected = [digest for digest in map(corrected_by, statements) if digest is not None]
        self._corrections.expect(corrected)
        self._positions.expect(corrected)
        positions = [at for at in map(self._positions.get, corrected) if at is not None]
        made = list(_lots_made(logged.statement for logged in self._all_at(positions)))
        self._takers.expect(account.ref for account in made)
        self._lots.expect(account.ref for account in made)
        self._accounts.expect(made)

    def append(self, logged: Logged, transfers: Sequence[Transfer]) -> None:
        """Post what a statement moves that is in the log already.

        Raises:
            LogOrderError: its position is not next.
            AmountTooLargeError, NegativeBalanceError: an account can't hold what would be in it.
        """
        if logged.position != self._size:
            raise LogOrderError(logged.position, self._size)
        self._book(logged, transfers)
        if self._size % WAITING == 0:
            self._written()
            self._forget()

    def logged(self, digest: str) -> Logged | None:
        """Return a statement with its place, by its digest, as far as the log is booked again."""
        found = super().logged(digest)
        return None if found is None or found.position >= self._size else found

    def position(self, digest: str) -> int | None:
        """Return the place of a logged statement, as far as the log is booked again."""
        found = super().position(digest)
        return None if found is None or found >= self._size else found

    def _all_at(self, positions: Sequence[int]) -> list[Logged]:
        """Return the entries at these positions, which are in log order."""
        read = self._booked_forms
        self._entries.expect([at for at in positions if at not in read])
        found = [read.get(at) or self._entries.get(at) for at in positions]
        return [logged for logged in found if logged is not None]

    def _load_entries(self, positions: Sequence[int]) -> dict[int, Logged]:
        rows = self._rows(questions.STATEMENTS_AT, keys=positions)
        return {row.position: self._convert(row) for row in rows}


def _lots_made(statements: Iterable[Statement]) -> Iterator[Account]:
    """Return the accounts of the lots that productions made; a correction changes them."""
    for statement in statements:
        if isinstance(statement.body, ProductionBody):
            yield from made_accounts(statement, statement.body)
