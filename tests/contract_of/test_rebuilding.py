"""The books follow from the log: dropped and made again in place they are the same, or nothing changes."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import text

from ledger.alone import Alone
from ledger.comparison import check_postings, compare_books
from ledger.components import ZeroComponentError
from ledger.in_memory import InMemoryStore
from ledger.signed import Statement
from ledger.sql import rebuilding, replaying
from ledger.sql.replaying import rebuild_books
from ledger.sql.stores import SqlStore
from ledger.storing import CorruptRowError, LogHereAlreadyError, LogNotOpenError, LogOrderError
from tests.builders import World, a_season, kg, output, own
from tests.replaying import replay
from tests.unit.stocked import stocked


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    """A migrated database, SQLite and PostgreSQL."""
    with SqlStore(url) as made:
        made.migrate()
        yield made


@pytest.fixture
def world(store: SqlStore) -> World:
    """Companies that produced, sent, received, handled, and corrected twice."""
    world = World(store)
    a_season(world)
    stocked(world)
    farm = world.register("Farm that reads its meters again", "farmer")
    harvest = world.production(farm, (output("lychee", kg(10)),), lines=(own(7), own(5))).digest
    world.correct(farm, harvest, drop=(0,), add=(own(9),))
    world.correct(farm, harvest, drop=(1,), add=(own(4),))
    return world


@pytest.fixture(params=["alone", "with another process"])
def others(request: pytest.FixtureRequest) -> Iterator[Executor | None]:
    """Who checks the bytes of statements: whoever books, or somebody else."""
    if request.param == "alone":
        yield None
        return
    with ThreadPoolExecutor(1) as threads:  # what they share with processes is the database only
        yield threads


def change(store: SqlStore, *changes: str) -> None:
    """Change something behind the ledger's back."""
    with store._engine.begin() as connection:
        for sql in changes:
            connection.execute(text(sql))


def snapshot(store: SqlStore) -> InMemoryStore:
    """Return the ledger as its log makes it, in another store."""
    copy = InMemoryStore()
    with store.read() as view, copy.write() as writer:
        replay(writer, view.entries(0, view.size()))
    return copy


def same(store: SqlStore, copy: InMemoryStore) -> bool:
    """Say whether the books are those of the copy, and balances those of the postings."""
    with store.read() as view, copy.read() as before:
        return not compare_books(view, before) and not check_postings(view)


def test_dropped_books_come_back_as_they_were(
    store: SqlStore, world: World, others: Executor | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "CHUNK", 7)
    monkeypatch.setattr(rebuilding, "WAITING", 10)
    monkeypatch.setattr(replaying, "CHECKED_AT_ONCE", 5)
    copy = snapshot(store)
    change(store, "DELETE FROM party", "DELETE FROM shipment", "DELETE FROM posting", "DELETE FROM booked")
    change(store, "DELETE FROM account")
    change(store, "UPDATE lot SET taken = 0")
    assert not same(store, copy)
    assert gc.isenabled()
    with store.read() as view:
        size = view.size()
    assert rebuild_books(store, others) == size
    assert gc.isenabled()
    assert same(store, copy)
    with store.read() as view:
        assert view.checkpoint() is not None
    world.register("Farm that comes later", "farmer")
    assert same(store, snapshot(store))


@pytest.mark.usefixtures("world")
def test_the_collector_of_cycles_stays_off_where_it_was_off(store: SqlStore) -> None:
    gc.disable()
    try:
        rebuild_books(store)
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.usefixtures("world")
def test_books_are_not_made_from_a_body_that_was_changed(store: SqlStore, others: Executor | None) -> None:
    copy = snapshot(store)
    if "sqlite" in store.url:
        altered = "CAST(replace(CAST(parts AS TEXT), 'lychee', 'litchi') AS BLOB)"
        change(store, "DROP TRIGGER statement_no_update")
        change(store, "DROP TRIGGER statement_parts_only_erased")
    else:
        altered = "convert_to(replace(convert_from(parts, 'UTF8'), 'lychee', 'litchi'), 'UTF8')"
        change(store, "ALTER TABLE statement DISABLE TRIGGER ALL")
    change(store, "UPDATE statement SET parts = PARTS WHERE kind = 'production/1'".replace("PARTS", altered))
    with pytest.raises(CorruptRowError, match="table statement is damaged"):
        rebuild_books(store, others)
    with store.read() as view, copy.read() as before:
        assert list(view.balances()) == list(before.balances())


def test_an_empty_ledger_has_no_books(store: SqlStore) -> None:
    assert rebuild_books(store) == 0
    with store.read() as view, pytest.raises(LogNotOpenError):
        view.terms()


def test_a_statement_sees_only_what_was_logged_before_it(store: SqlStore, world: World) -> None:
    with store.read() as view:
        first, second = view.entries(0, 2)
    with store.rebuild() as writer:
        assert writer.statement(second.statement.digest) is None
        log = writer.log()
        opening = next(log)
        with pytest.raises(LogHereAlreadyError):
            writer.open(replace(world.ledger.terms, gwp="AR6"))
        writer.open(world.ledger.terms)
        with pytest.raises(LogOrderError):
            writer.append(next(log), ())
        writer.append(opening, ())
        assert writer.statement(first.statement.digest) == first.statement
        assert writer.statement(second.statement.digest) is None
        assert writer.position(first.statement.digest) == 0
        assert writer.position(second.statement.digest) is None
        for logged in log:
            if logged.position > 0:
                break


@pytest.mark.usefixtures("world")
def test_a_rule_that_a_statement_breaks_by_itself_is_named_by_who_reads_it(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "CHECKED_AT_ONCE", 5)
    copy = snapshot(store)

    def refuse(statement: Statement, *_: object) -> Alone:
        raise ZeroComponentError(statement.kind, "fossil.measured")

    monkeypatch.setattr(replaying, "alone", refuse)
    with ThreadPoolExecutor(1) as others, pytest.raises(ZeroComponentError, match="fossil"):
        rebuild_books(store, others)
    assert same(store, copy)


@pytest.mark.usefixtures("world")
def test_a_rule_that_is_broken_leaves_the_books_as_they_were(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = snapshot(store)

    def refuse(*_: object) -> None:
        raise LogNotOpenError("a rule")

    monkeypatch.setattr(replaying, "book_again", refuse)
    with pytest.raises(LogNotOpenError, match="a rule"):
        rebuild_books(store)
    assert same(store, copy)
