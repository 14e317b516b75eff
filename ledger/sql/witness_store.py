"""What a witness saw, in one SQLite file: every cosigned checkpoint is on disk before the answer leaves.

Losing this file would let a witness sign a second history. So it is made once, with the key, and a witness
whose file is gone doesn't start again under the same key.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Final, Self, cast

from ledger.errors import LedgerError
from ledger.log.checkpoint import VerifierKey
from ledger.witness import MAX_EVIDENCE, Doubt, Evidence, Seen

BUSY_S: Final = 10.0
MAX_LOGS: Final = 1000
_TABLES: Final = """
    CREATE TABLE witness (key TEXT NOT NULL PRIMARY KEY) STRICT;
    CREATE TABLE log (origin TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (origin, key)) STRICT;
    CREATE TABLE seen (origin TEXT NOT NULL PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL,
        note TEXT NOT NULL, time_s INTEGER NOT NULL) STRICT;
    CREATE TABLE evidence (number INTEGER PRIMARY KEY, origin TEXT NOT NULL, doubt TEXT NOT NULL,
        size INTEGER NOT NULL, held TEXT NOT NULL, given TEXT NOT NULL, time_s INTEGER NOT NULL,
        UNIQUE (origin, doubt, given)) STRICT;
"""


@dataclass(eq=False)
class WitnessStoreError(LedgerError):
    """The witness's memory can't be used."""

    path: str
    problem: str
    sentence: ClassVar[str] = (
        "What the witness saw can't be used ({path}: {problem}). Without it a witness must not sign again "
        "under its key: restore the newest copy, or make a new witness with `passport witness new`."
    )


@dataclass(eq=False)
class TooManyLogsError(LedgerError):
    """The witness watches as many logs as it may."""

    limit: int
    sentence: ClassVar[str] = "A witness watches at most {limit} logs."


@dataclass(frozen=True, slots=True)
class Watched:
    """A log that is watched, by which key, and what was cosigned of it."""

    key: VerifierKey
    seen: Seen | None


class SqlWitnessStore:
    """A witness's memory; `make` it once, then open it.

    Attributes:
        owner: the witness's own key as one line; the memory belongs to it.

    Raises:
        WitnessStoreError: the file isn't there or is damaged.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise WitnessStoreError(str(path), "it is not there")
        self._path, self._lock = path, threading.Lock()
        self._connection = _connected(path)
        try:
            self.owner: str = self._connection.execute("SELECT key FROM witness").fetchone()[0]
        except (sqlite3.Error, TypeError) as error:
            self.close()
            raise WitnessStoreError(str(path), str(error)) from error

    @classmethod
    def make(cls, path: Path, witness_key: str) -> SqlWitnessStore:
        """Make the memory of a new witness.

        Raises:
            WitnessStoreError: there is one already.
        """
        if path.exists():
            raise WitnessStoreError(str(path), "it is there already")
        connection = _connected(path)
        connection.executescript(_TABLES)
        connection.execute("INSERT INTO witness VALUES (?)", (witness_key,))
        connection.close()
        return cls(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def watch(self, key: VerifierKey) -> None:
        """Watch a log from now on, by this key; a second key of the same log is taken beside the first.

        Raises:
            TooManyLogsError: it watches too many already.
            WitnessStoreError: the file can't be written.
        """
        with self.exclusive() as book:
            book.watch(key)

    def watched(self, origin: str) -> tuple[VerifierKey, ...]:
        """Return the keys of a log that is watched; none if it isn't."""
        with self._lock:
            rows = self._connection.execute("SELECT key FROM log WHERE origin = ? ORDER BY key", (origin,))
            return tuple(VerifierKey.parse(text) for (text,) in rows)

    def logs(self) -> list[Watched]:
        """Return all logs that are watched, by origin."""
        with self.exclusive() as book:
            return [Watched(key, book.newest(key.name)) for key in book.watched_keys()]

    def evidence(self) -> list[Evidence]:
        """Return all notes that don't fit together, oldest first."""
        question = "SELECT origin, doubt, size, held, given, time_s FROM evidence ORDER BY number"
        with self._lock:
            return [
                Evidence(origin, cast("Doubt", doubt), *rest)
                for origin, doubt, *rest in self._connection.execute(question)
            ]

    @contextmanager
    def exclusive(self) -> Iterator[SqlWitnessBook]:
        """Open the book alone, against other threads and processes; on disk at the end, or nothing is.

        Raises:
            WitnessStoreError: the file is locked too long, damaged, or the disk is full.
        """
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield SqlWitnessBook(self._connection)
                except BaseException:
                    self._connection.rollback()
                    raise
                self._connection.commit()
            except sqlite3.Error as error:
                raise WitnessStoreError(str(self._path), str(error)) from error


class SqlWitnessBook:
    """A witness's memory while one request has it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def watch(self, key: VerifierKey) -> None:
        """Take a log into those that are watched."""
        if self._connection.execute("SELECT count(*) FROM log").fetchone()[0] >= MAX_LOGS:
            raise TooManyLogsError(MAX_LOGS)
        self._connection.execute("INSERT OR IGNORE INTO log VALUES (?, ?)", (key.name, key.text()))

    def watched_keys(self) -> list[VerifierKey]:
        """Return the keys of all logs that are watched, by origin."""
        rows = self._connection.execute("SELECT key FROM log ORDER BY origin, key")
        return [VerifierKey.parse(text) for (text,) in rows]

    def newest(self, origin: str) -> Seen | None:
        """Return the newest checkpoint cosigned of a log."""
        question = "SELECT size, root, note, time_s FROM seen WHERE origin = ?"
        row = self._connection.execute(question, (origin,)).fetchone()
        return None if row is None else Seen(*row)

    def keep(self, origin: str, seen: Seen) -> None:
        """Keep a newer checkpoint in its place, and drop the doubts that it settles."""
        row = (origin, seen.size, seen.root, seen.note, seen.time_s)
        self._connection.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?)", row)
        text = seen.note.split("\n\n", 1)[0] + "\n\n"
        settled = "DELETE FROM evidence WHERE origin = ? AND doubt = 'unproved' AND instr(given, ?) = 1"
        self._connection.execute(settled, (origin, text))

    def keep_evidence(self, evidence: Evidence) -> None:
        """Keep notes that don't fit together; the same ones again, or too many, change nothing."""
        count = "SELECT count(*) FROM evidence WHERE origin = ? AND doubt = ?"
        kind = (evidence.origin, evidence.doubt)
        if self._connection.execute(count, kind).fetchone()[0] < MAX_EVIDENCE:
            row = (*kind, evidence.size, evidence.held, evidence.given, evidence.time_s)
            insert = (
                "INSERT OR IGNORE INTO evidence (origin, doubt, size, held, given, time_s) "
                "VALUES (?, ?, ?, ?, ?, ?)"
            )
            self._connection.execute(insert, row)


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    except sqlite3.Error as error:
        connection.close()
        raise WitnessStoreError(str(path), str(error)) from error
    return connection
