"""The ledger in SQLite or PostgreSQL: who may write when, what a reader sees, what failures are called.

There is one writer at a time (SQLite: BEGIN IMMEDIATE; PostgreSQL: an advisory lock until the end of the
transaction), so positions have no holes. A reader sees one snapshot. Nothing is remembered between
transactions: other processes may write too.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError

from ledger.challenges import Use
from ledger.errors import LedgerError
from ledger.inbox import SetAside
from ledger.replaying import book_again
from ledger.sql import inbox
from ledger.sql.challenges import use_challenge
from ledger.sql.errors import (
    DatabaseDriverError,
    DatabaseFailedError,
    DatabaseUnreachableError,
    DatabaseUrlError,
    SchemaVersionError,
)
from ledger.sql.migrating import BOOKS_SINCE, HEAD, current_version, upgrade
from ledger.sql.rebuilding import RebuildingWriter
from ledger.sql.view import SqlView
from ledger.sql.writer import SqlWriter
from ledger.storing import DuplicateStatementError, LedgerLockedError

WRITERS: Final = 0x636172626F6E7061
"""The advisory lock of PostgreSQL that the one writer holds ("carbonpa" in ASCII)."""
LOCKED: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
LOCK_NOT_AVAILABLE: Final = "55P03"
"""PostgreSQL's code when a lock wasn't given within lock_timeout (Appendix A of its manual)."""

SQLITE_SETTINGS: Final = (
    "journal_mode = WAL",
    "synchronous = FULL",  # a commit is on the disk when it returns
    "foreign_keys = ON",
    "wal_autocheckpoint = 8192",  # pages: a batch of 1,000 statements writes some 1,500
    "cache_size = -16384",  # KiB
)
REBUILDING_CACHE: Final = -98_304
"""SQLite's `cache_size` while books are made again, in KiB: the books of 100,000 statements fill it."""


class SqlStore:
    """A ledger in a database.

    Args:
        url: `sqlite:///path/to/file` or `postgresql://user@host/name`.
        wait_s: how long to wait for another writer, or for a connection.

    Raises:
        DatabaseUrlError: the URL is no such thing; SQLite in memory isn't either.
        DatabaseDriverError: PostgreSQL's driver is not installed.
    """

    def __init__(self, url: str, *, wait_s: float = 30.0) -> None:
        self.url = url
        self._url = _parsed(url)
        self._wait_s = wait_s
        self._shown = self._url.render_as_string(hide_password=True)
        self._writing = threading.Lock()
        self._known_version = False
        try:
            self._engine = _engine(self._url, wait_s)
        except ModuleNotFoundError:
            raise DatabaseDriverError(self._url.drivername) from None

    def migrate(self) -> None:
        """Make the tables, or bring them to this program's version; again changes nothing.

        Books of an older form are made again from the log.

        Raises:
            SchemaVersionError: they are of a version that this program doesn't know.
            LedgerError: a logged statement breaks a rule of the present books.
            DatabaseUnreachableError, DatabaseFailedError, LedgerLockedError: the database.
        """
        if self._url.get_backend_name() == "sqlite":
            Path(str(self._url.database)).parent.mkdir(parents=True, exist_ok=True)
        with self._exclusive() as connection:
            before = current_version(connection)
            upgrade(connection)
            if before is not None and before < BOOKS_SINCE:
                with closing(RebuildingWriter(connection, self._shown)) as writer:
                    for logged in writer.log():
                        book_again(writer, logged)
                    writer.finish()
            connection.commit()

    def version(self) -> str | None:
        """Return the version of the tables, None where there are none.

        Raises:
            DatabaseUnreachableError, DatabaseFailedError, LedgerLockedError: the database.
        """
        with self._connected() as connection:
            return current_version(connection)

    @contextmanager
    def read(self) -> Iterator[SqlView]:
        """Open a consistent snapshot.

        Raises:
            SchemaVersionError: the tables are of another version; migrate first.
            DatabaseUnreachableError, DatabaseFailedError, LedgerLockedError: the database.
        """
        self._check_version()
        with self._connected() as connection, closing(SqlView(connection, self._shown)) as view:
            yield view

    @contextmanager
    def write(self) -> Iterator[SqlWriter]:
        """Open the one writer; commits at the end, rolls everything back on an error.

        Raises:
            LedgerLockedError: another writer didn't end in time.
            DuplicateStatementError: somebody put the statement there behind the writer's back.
            SchemaVersionError: the tables are of another version; migrate first.
            DatabaseUnreachableError, DatabaseFailedError: the database.
        """
        self._check_version()
        writer: SqlWriter | None = None
        try:
            with self._exclusive() as connection, closing(SqlWriter(connection, self._shown)) as writer:
                yield writer
                writer.finish()
                connection.commit()
        except DatabaseFailedError as error:
            raise self._duplicate(writer, error) from error

    @contextmanager
    def rebuild(self) -> Iterator[RebuildingWriter]:
        """Open the one writer with empty books, to make them again; commits at the end, or nothing changes.

        Raises:
            LedgerLockedError: another writer didn't end in time.
            SchemaVersionError: the tables are of another version; migrate first.
            DatabaseUnreachableError, DatabaseFailedError: the database.
        """
        self._check_version()
        with (
            self._exclusive() as connection,
            _room_to_rebuild(connection),
            closing(RebuildingWriter(connection, self._shown)) as writer,
        ):
            yield writer
            writer.finish()
            connection.commit()

    def use_challenge(self, nonce: str, expires_s: int, forget_before_s: int) -> Use:
        """Keep that a sign-in challenge was answered, as `UsedChallenges` has it.

        Raises:
            SchemaVersionError: the tables are of another version; migrate first.
            DatabaseUnreachableError, DatabaseFailedError, LedgerLockedError: the database.
        """
        self._check_version()
        with self._exclusive() as connection:
            use = use_challenge(connection, nonce, expires_s, forget_before_s)
            connection.commit()
        return use

    def remember(self, statements: bytes) -> int:
        """Keep statements until they are booked, as `Inbox` has it.

        Raises:
            SchemaVersionError: the tables are of another version; migrate first.
            DatabaseUnreachableError, DatabaseFailedError, LedgerLockedError: the database.
        """
        self._check_version()
        with self._exclusive() as connection:
            number = inbox.remember(connection, statements)
            connection.commit()
        return number

    def waiting(self) -> list[tuple[int, bytes]]:
        """Return the statements that wait to be booked, oldest first.

        Raises:
            SchemaVersionError: the tables are of another version; migrate first.
            DatabaseUnreachableError, DatabaseFailedError, LedgerLockedError: the database.
        """
        self._check_version()
        with self._connected() as connection:
            return inbox.waiting(connection)

    def forget(self, number: int) -> None:
        """Forget statements that were booked or refused.

        Raises:
            SchemaVersionError: the tables are of another version; migrate first.
            DatabaseUnreachableError, DatabaseFailedError, LedgerLockedError: the database.
        """
        self._check_version()
        with self._exclusive() as connection:
            inbox.forget(connection, number)
            connection.commit()

    def set_aside(self, found: SetAside) -> None:
        """Let statements that can't be booked wait no longer, and keep them with the reason.

        Raises:
            SchemaVersionError: the tables are of another version; migrate first.
            DatabaseUnreachableError, DatabaseFailedError, LedgerLockedError: the database.
        """
        self._check_version()
        with self._exclusive() as connection:
            inbox.set_aside(connection, found)
            connection.commit()

    def aside(self) -> list[SetAside]:
        """Return the statements that were set aside, oldest first.

        Raises:
            SchemaVersionError: the tables are of another version; migrate first.
            DatabaseUnreachableError, DatabaseFailedError, LedgerLockedError: the database.
        """
        self._check_version()
        with self._connected() as connection:
            return inbox.aside(connection)

    def forget_deleted(self) -> None:
        """Leave nothing in the write-ahead log of what was overwritten; other databases do so themselves."""
        if self._engine.dialect.name == "sqlite":
            with self._connected() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _exclusive(self) -> Iterator[Connection]:
        """Open a transaction that is alone in writing, among threads and among processes."""
        if not self._writing.acquire(timeout=self._wait_s):
            raise LedgerLockedError(self._shown, self._wait_s)
        try:
            with self._connected(writes=True) as connection:
                yield connection
        finally:
            self._writing.release()

    @contextmanager
    def _connected(self, *, writes: bool = False) -> Iterator[Connection]:
        """Open a transaction; what isn't committed is rolled back at the end."""
        try:
            connection = self._engine.connect()
        except SQLAlchemyError as error:
            named = self._named(error)
            locked = isinstance(named, LedgerLockedError)
            raise named if locked else DatabaseUnreachableError(self._shown, _reason(error)) from error
        try:
            with connection:
                self._begin(connection, writes=writes)
                yield connection
        except SQLAlchemyError as error:
            raise self._named(error) from error

    def _begin(self, connection: Connection, *, writes: bool) -> None:
        postgres = connection.dialect.name == "postgresql"
        if not writes:
            snapshot: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            connection.execution_options(**(snapshot if postgres else {}))
            return
        connection.execution_options(writes=True)
        connection.begin()
        if postgres:
            wait_ms = max(1, round(self._wait_s * 1000))
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {wait_ms}")
            connection.exec_driver_sql("SET LOCAL synchronous_commit = on")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS})")

    def _check_version(self) -> None:
        if self._known_version:
            return
        found = self.version()
        if found != HEAD:
            raise SchemaVersionError(found or "none", HEAD)
        self._known_version = True

    def _named(self, error: SQLAlchemyError) -> LedgerError:
        """Return what a failure is called here."""
        original = error.orig if isinstance(error, DBAPIError) else None
        busy = getattr(original, "sqlite_errorcode", 0) & 0xFF in LOCKED
        if busy or getattr(original, "sqlstate", "") == LOCK_NOT_AVAILABLE:
            return LedgerLockedError(self._shown, self._wait_s)
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            return DatabaseUnreachableError(self._shown, _reason(error))
        return DatabaseFailedError(self._shown, _reason(error))

    def _duplicate(self, writer: SqlWriter | None, error: DatabaseFailedError) -> LedgerError:
        """Return which statement was in the log already, if that is why the write failed."""
        if writer is None or not isinstance(error.__cause__, IntegrityError):
            return error
        with self.read() as view:
            for statement in writer.waiting():
                issuer, identifier = statement.envelope.issuer, statement.envelope.id
                if view.logged(statement.digest) or view.logged_as(issuer, identifier):
                    return DuplicateStatementError(statement.digest, issuer, identifier)
        return error


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except ArgumentError:
        raise DatabaseUrlError(url.rsplit("@", maxsplit=1)[-1]) from None
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    name = parsed.database or ":memory:"
    if backend != "sqlite" or name == ":memory:" or name.startswith("file:"):
        raise DatabaseUrlError(parsed.render_as_string(hide_password=True))
    return parsed.set(drivername="sqlite+pysqlite")


def _engine(url: URL, wait_s: float) -> Engine:
    pool: dict[str, Any] = {"pool_size": 8, "max_overflow": 24, "pool_timeout": wait_s}
    if url.get_backend_name() == "postgresql":
        connect = {"connect_timeout": max(2, round(wait_s))}
        return create_engine(url, pool_pre_ping=True, connect_args=connect, **pool)
    engine = create_engine(url, connect_args={"timeout": wait_s, "isolation_level": None}, **pool)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    cursor = connection.cursor()
    try:
        for pragma in SQLITE_SETTINGS:
            cursor.execute(f"PRAGMA {pragma}")
    finally:
        cursor.close()


@contextmanager
def _room_to_rebuild(connection: Connection) -> Iterator[None]:
    """Keep more of the books in memory while all of them are written: rows come in no order of their keys."""
    if connection.dialect.name != "sqlite":
        yield
        return
    # Asked of the driver itself: after the commit, SQLAlchemy would begin a transaction for it.
    with closing(connection.connection.cursor()) as cursor:
        (usual,) = cursor.execute("PRAGMA cache_size").fetchone()
        cursor.execute(f"PRAGMA cache_size = {REBUILDING_CACHE}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA cache_size = {usual}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _reason(error: SQLAlchemyError) -> str:
    original = getattr(error, "orig", None)
    return " ".join(str(original or error).split())[:300]
