"""Which URLs are taken, and what a database's failures are called."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from ledger.sql.errors import (
    DatabaseDriverError,
    DatabaseFailedError,
    DatabaseUnreachableError,
    DatabaseUrlError,
)
from ledger.sql.stores import REBUILDING_CACHE, SqlStore
from ledger.storing import LedgerLockedError


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ledger.db",
        "mysql://host/ledger",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x?mode=memory",
    ],
)
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(DatabaseUrlError, match="sqlite:///path/to/file or postgresql://host/name"):
        SqlStore(url)


def test_a_refused_url_doesnt_show_its_password() -> None:
    with pytest.raises(DatabaseUrlError) as refused:
        SqlStore("mysql://clerk:secret@host/ledger")
    assert "secret" not in str(refused.value)
    with pytest.raises(DatabaseUrlError) as refused:
        SqlStore("://clerk:secret@host")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
def test_a_database_that_is_away_is_named_without_its_password(scheme: str, tmp_path: Path) -> None:
    url = f"{scheme}://clerk:secret@/ledger?host={tmp_path}"
    with SqlStore(url) as store, pytest.raises(DatabaseUnreachableError) as away, store.read():
        pass
    assert "secret" not in str(away.value)
    assert str(tmp_path) in str(away.value)


def test_a_folder_or_another_file_is_no_database(tmp_path: Path) -> None:
    with SqlStore(f"sqlite:///{tmp_path}") as store, pytest.raises(DatabaseUnreachableError, match="unable"):
        store.version()
    (tmp_path / "notes.txt").write_text("no database, but long enough for a header " * 30)
    url = f"sqlite:///{tmp_path}/notes.txt"
    with SqlStore(url) as store, pytest.raises(DatabaseUnreachableError, match="not a database"):
        store.migrate()


def test_without_its_driver_postgresql_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(DatabaseDriverError, match=r"carbon-passport-ledger\[postgres\]"):
        SqlStore("postgresql://host/ledger")


def test_sqlite_is_durable_and_keeps_a_write_ahead_log(tmp_path: Path) -> None:
    with SqlStore(f"sqlite:///{tmp_path}/ledger.db") as store:
        store.migrate()
        with store._engine.connect() as connection:
            asked = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
    assert asked == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30000}


def test_books_that_are_made_again_have_more_memory_only_until_then(tmp_path: Path) -> None:
    with SqlStore(f"sqlite:///{tmp_path / 'ledger.db'}") as store:
        store.migrate()
        asked = "PRAGMA cache_size"
        with store._engine.connect() as connection:
            usual = connection.exec_driver_sql(asked).scalar_one()
        with store.rebuild() as writer:
            assert writer._connection.exec_driver_sql(asked).scalar_one() == REBUILDING_CACHE
        with store._engine.connect() as connection:
            assert connection.exec_driver_sql(asked).scalar_one() == usual > REBUILDING_CACHE


def test_another_program_that_holds_the_lock_too_long_is_named(tmp_path: Path) -> None:
    with SqlStore(f"sqlite:///{tmp_path}/ledger.db", wait_s=0.1) as store:
        store.migrate()
        other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerLockedError, match=r"0\.1 s"), store.write():
            pass
        other.close()
        with store.write() as writer:
            assert writer.size() == 0


def test_a_failure_in_the_middle_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    with SqlStore(f"sqlite:///{tmp_path}/ledger.db") as store:
        store.migrate()
        with pytest.raises(DatabaseFailedError, match="no such table: nowhere"), store.write() as writer:
            writer._connection.exec_driver_sql("SELECT * FROM nowhere")
        lost = OperationalError(
            "SELECT 1", {}, Exception("server closed the connection"), connection_invalidated=True
        )
        with pytest.raises(DatabaseUnreachableError, match="server closed the connection"), store.read():
            raise lost
        with store.read() as view:
            assert view.size() == 0


def test_a_second_thread_that_waits_too_long_is_named(tmp_path: Path) -> None:
    with SqlStore(f"sqlite:///{tmp_path}/ledger.db", wait_s=0.1) as store:
        store.migrate()
        with store.write(), pytest.raises(LedgerLockedError, match=r"0\.1 s"), store.write():
            pass


def test_a_database_that_another_program_has_for_itself_is_named(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    url = f"sqlite:///{tmp_path}/ledger.db"
    with SqlStore(url, wait_s=0.1) as store, pytest.raises(LedgerLockedError, match="another writer"):
        store.version()
    other.close()
