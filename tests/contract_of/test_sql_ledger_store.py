"""What holds for the databases beside the store's promises: triggers, migrations, sudden death, damage."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from ledger.comparison import check_postings, compare_books
from ledger.interfaces import Logged
from ledger.sql.errors import DatabaseFailedError, SchemaVersionError
from ledger.sql.migrating import HEAD, scripts
from ledger.sql.rows import statement_row
from ledger.sql.stores import SqlStore
from ledger.sql.tables import APPEND_ONLY, CHECKPOINT, LOG, STATEMENT, TILE, Row
from ledger.sql.writer import SqlWriter
from ledger.storing import CorruptRowError, DuplicateStatementError
from tests.builders import Party, World, a_season, kg, output, own
from tests.replaying import logged_next
from tests.unit.stocked import stocked


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    """A migrated database, SQLite and PostgreSQL."""
    with SqlStore(url) as made:
        made.migrate()
        yield made


def change(store: SqlStore, sql: str, **values: Any) -> None:
    """Change something behind the ledger's back."""
    with store._engine.begin() as connection:
        connection.execute(text(sql), values)


def _harvest(mg: int = 7) -> dict[str, Any]:
    return {"outputs": [output("lychee", kg(10))], "lines": [own(mg)], "policy": {"id": "mass/1"}}


@pytest.mark.parametrize("table", [table.name for table in APPEND_ONLY])
@pytest.mark.parametrize("sql", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_what_was_written_for_ever_is_not_changed(store: SqlStore, table: str, sql: str) -> None:
    World(store)
    column = {"log": "origin", "statement": "at", "checkpoint": "note"}[table]
    with pytest.raises(SQLAlchemyError, match="append-only"):
        change(store, sql.format(table, column, column))
    with store.read() as view:
        assert (view.size(), len(list(view.checkpoints()))) == (2, 2)


def test_migrations_make_exactly_the_tables_that_the_program_writes(store: SqlStore) -> None:
    with store._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Row.metadata) == []
        made = set(inspect(connection).get_table_names())
    assert made == {*Row.metadata.tables, "alembic_version"}
    assert ScriptDirectory.from_config(scripts()).get_heads() == [HEAD]


def test_sqlite_refuses_what_is_no_whole_number(tmp_path: Path) -> None:
    with SqlStore(f"sqlite:///{tmp_path}/deep/ledger.db") as store:
        store.migrate()
        with store._engine.connect() as connection:
            options = {name: inspect(connection).get_table_options(name) for name in Row.metadata.tables}
        assert all(found.get("sqlite_strict") for found in options.values())
        with pytest.raises(SQLAlchemyError, match="cannot store REAL value in INTEGER"):
            change(store, "INSERT INTO posting VALUES (0, 0, 0, 0, 0, 1e19)")


def test_migrating_again_changes_nothing(store: SqlStore) -> None:
    world = World(store)
    store.migrate()
    assert store.version() == HEAD
    with store.read() as view:
        assert view.terms() == world.ledger.terms


def test_books_of_an_earlier_program_are_made_again_from_the_log(tmp_path: Path) -> None:
    earlier = SqlStore(f"sqlite:///{tmp_path}/earlier.db")
    with SqlStore(f"sqlite:///{tmp_path}/now.db") as store, earlier:
        store.migrate()
        world = World(store)
        a_season(world)
        stocked(world)
        with earlier._engine.begin() as connection:
            config = scripts()
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
            for table in (LOG, STATEMENT, CHECKPOINT, TILE):
                with store._engine.connect() as there:
                    rows = [dict(row) for row in there.execute(table.select()).mappings()]
                connection.execute(table.insert(), rows)
        earlier.migrate()
        assert earlier.version() == HEAD
        with store.read() as view, earlier.read() as made_again:
            assert compare_books(view, made_again) == check_postings(made_again) == []


def test_programs_that_start_together_make_the_tables_once(url: str) -> None:
    def start() -> str | None:
        with SqlStore(url) as store:
            store.migrate()
            return store.version()

    with ThreadPoolExecutor(6) as threads:
        assert {made.result() for made in [threads.submit(start) for _ in range(6)]} == {HEAD}


def test_a_database_without_tables_is_named(url: str) -> None:
    with SqlStore(url) as store:
        assert store.version() is None
        with (
            pytest.raises(SchemaVersionError, match=f"version none; this program needs {HEAD}"),
            store.read(),
        ):
            pass


def test_tables_of_a_later_program_are_left_alone(store: SqlStore, url: str) -> None:
    change(store, "UPDATE alembic_version SET version_num = '9999'")
    with SqlStore(url) as later:
        with pytest.raises(SchemaVersionError, match="9999"), later.write():
            pass
        with pytest.raises(SchemaVersionError, match="9999"):
            later.migrate()


def test_a_writer_killed_before_its_commit_leaves_nothing(store: SqlStore, url: str, tmp_path: Path) -> None:
    world = World(store)
    farm = world.register("Farm", "farmer")
    statements = [world.sign(farm, "production/1", _harvest()) for _ in range(20)]
    waiting = tmp_path / "statements.ndjson"
    waiting.write_text("".join(json.dumps(statement.wire()) + "\n" for statement in statements))
    with store.read() as view:
        size = view.size()
    command = [sys.executable, "-m", "tests.contract_of.unfinished_writer", url, str(waiting)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path.cwd()) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"written\n"
        os.kill(child.pid, signal.SIGKILL)
    with store.read() as view:
        assert view.size() == size
        assert view.lots() == []
        assert check_postings(view) == []
    world.post(*statements)
    with store.read() as view:
        assert view.size() == size + 20
        assert check_postings(view) == []


def test_two_programs_write_one_after_the_other(store: SqlStore, url: str) -> None:
    world = World(store)
    farm = world.register("Farm", "farmer")
    lot = world.produce(farm, "lychee", kg(10), lines=(own(100),))
    with SqlStore(url) as other, other.read() as view:
        assert view.lot(lot) is not None
    with SqlStore(url) as other:
        world.ledger.store = other
        world.dispatch(farm, lot, kg(4), to=None)
        world.ledger.store = store
    world.dispatch(farm, lot, kg(6), to=None)
    with store.read() as view:
        found = view.lot(lot)
        assert found is not None
        assert found.left == 0
        assert check_postings(view) == []


def test_a_statement_that_came_in_behind_the_writers_back_is_named(store: SqlStore) -> None:
    world = World(store)
    farm = world.register("Farm", "farmer")
    with store.read() as view:
        logged = logged_next(view, world.sign(farm, "production/1", _harvest()))
    row = {**statement_row(logged), "position": 99}
    with pytest.raises(DatabaseFailedError, match=r"(?i)unique"), store.write() as writer:
        _append_twice(writer, logged, row)


def _append_twice(writer: SqlWriter, logged: Logged, row: dict[str, Any]) -> None:
    writer.append(logged, ())
    writer._connection.execute(insert(STATEMENT), row)


def test_a_statement_that_another_program_logged_is_named(tmp_path: Path) -> None:
    with SqlStore(f"sqlite:///{tmp_path}/ledger.db") as store:
        store.migrate()
        world = World(store)
        farm = world.register("Farm", "farmer")
        statement = world.sign(farm, "production/1", _harvest())
        with store.write() as writer:
            again = logged_next(writer, statement)
            assert writer.logged(statement.digest) is None
            writer.append(again, ())
        stale = logged_next(writer, statement)
        with pytest.raises(DuplicateStatementError, match=statement.digest), store.write() as writer:
            _append_unaware(writer, stale)


def _append_unaware(writer: SqlWriter, logged: Logged) -> None:
    statement = logged.statement
    writer._positions._rows[statement.digest] = None
    writer._client_ids._rows[statement.issuer, statement.envelope.id] = None
    writer.append(logged, ())


DAMAGE = {
    "lot": ("UPDATE lot SET total = :bytes", "lots"),
    "lot's quantity": ("UPDATE lot SET taken = quantity + 1", "lots"),
    "lot's date": ("UPDATE lot SET began = 'never'", "lots"),
    "lot's zone": ("UPDATE lot SET began_zone = 'Mars/Olympus'", "lots"),
    "shipment's date": ("UPDATE shipment SET sent_end = '2026-02-30'", "shipments"),
    "shipment": ("UPDATE shipment SET handlings = :bytes", "shipments"),
    "organization": ("UPDATE organization SET state = :bytes", "organizations"),
    "account": ("UPDATE account SET balance = :bytes", "balances"),
    "posting": ("UPDATE posting SET slot = 99", "movements"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_row_is_named(store: SqlStore, what: str) -> None:
    a_season(World(store))
    sql, question = DAMAGE[what]
    change(store, sql, **({"bytes": b"\xff\x00\x01"} if ":bytes" in sql else {}))
    with store.read() as view:
        answer = getattr(view, question)
        with pytest.raises(CorruptRowError, match=what.split("'", maxsplit=1)[0]):
            list(answer())


STATEMENT_DAMAGE = {
    "parts": "UPDATE statement SET parts = replace(parts, 'lychee', 'litchi')",
    "leaf hash": "UPDATE statement SET leaf_hash = entry",
    "digest": "UPDATE statement SET digest = 'x' || digest",
    "time": "UPDATE statement SET at = '2027-01-01T00:00:00Z'",
    "end of its period": "UPDATE statement SET occurred_end = '2027-01-01'",
    "entry": "UPDATE statement SET entry = leaf_hash",
}


@pytest.mark.parametrize("what", STATEMENT_DAMAGE)
def test_a_statement_changed_behind_the_ledgers_back_is_named(tmp_path: Path, what: str) -> None:
    with SqlStore(f"sqlite:///{tmp_path}/ledger.db") as store:
        store.migrate()
        a_season(World(store))
        change(store, "DROP TRIGGER statement_no_update")
        change(store, "DROP TRIGGER statement_parts_only_erased")
        sql = STATEMENT_DAMAGE[what].replace("replace(parts", "replace(CAST(parts AS TEXT)")
        sql = sql.replace("'litchi')", "'litchi')").replace("replace(CAST", "CAST(replace(CAST")
        change(store, sql + " AS BLOB)" if "CAST" in sql else sql)
        with store.read() as view, pytest.raises(CorruptRowError, match="table statement is damaged"):
            list(view.entries(0, view.size()))
        with store.read() as view, store.read() as again:
            assert any(found.kind == "reference" for found in compare_books(view, again))


def test_a_long_batch_goes_to_the_tables_on_the_way(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.sql.writer.WAITING", 3)
    world = World(store)
    farm = world.register("Farm", "farmer")
    statements = [world.sign(farm, "production/1", _harvest()) for _ in range(8)]
    answers = world.post(*statements, statements[0])
    assert [answer.new for answer in answers] == [True] * 8 + [False]
    with store.read() as view:
        assert len(view.lots()) == 8
        assert check_postings(view) == []


def test_a_party_is_what_it_was(store: SqlStore) -> None:
    world = World(store)
    farm: Party = world.register("荔枝园", "farmer")
    with store.read() as view:
        kept = view.organization(farm.id)
        assert kept is not None
        assert kept.name == "荔枝园"
        assert kept.keys[0].address == farm.address
