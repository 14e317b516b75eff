"""What every ledger store refuses, how it bears many writers, and how its books are made again."""

from __future__ import annotations

import threading
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from ledger.accounts import Account, Transfer
from ledger.comparison import check_postings, compare_books
from ledger.components import Components
from ledger.in_memory import InMemoryStore
from ledger.interfaces import Logged
from ledger.quantities import MAX_AMOUNT, AmountTooLargeError
from ledger.sql.backup import backup, restore
from ledger.sql.stores import SqlStore
from ledger.storing import (
    DuplicateStatementError,
    LedgerLockedError,
    LogOrderError,
    NegativeBalanceError,
)
from tests.builders import Party, World, a_season, kg, output, own
from tests.contract_of.conftest import Store
from tests.replaying import appended, logged_next, replay

THREADS = 8
POSTS = 15


def _signed(world: World, farm: Party, *, id_: str | None = None) -> Logged:
    body = {"outputs": [output("lychee", kg(10))], "lines": [own(7)], "policy": {"id": "mass/1"}}
    statement = world.sign(farm, "production/1", body, id_=id_)
    with world.store.read() as view:
        return logged_next(view, statement)


def test_an_entry_is_appended_at_the_end_only(store: Store) -> None:
    world = World(store)
    logged = _signed(world, world.register("Farm", "farmer"))
    for position in (0, logged.position - 1, logged.position + 1):
        with pytest.raises(LogOrderError, match=str(logged.position)), store.write() as writer:
            writer.append(replace(logged, position=position), ())


def test_a_statement_is_logged_once(store: Store) -> None:
    world = World(store)
    farm = world.register("Farm", "farmer")
    first = _signed(world, farm)
    world.post(first.statement)
    again = replace(first, position=first.position + 1)
    with pytest.raises(DuplicateStatementError, match=first.statement.digest), store.write() as writer:
        writer.append(again, ())
    same_id = _signed(world, farm, id_=first.statement.envelope.id)
    with pytest.raises(DuplicateStatementError, match=first.statement.envelope.id), store.write() as writer:
        writer.append(same_id, ())
    fresh = _signed(world, farm)
    with store.write() as writer:
        writer.append(fresh, ())
        with pytest.raises(DuplicateStatementError):
            writer.append(replace(fresh, position=fresh.position + 1), ())


def test_the_largest_amount_is_kept_exactly_and_one_more_is_refused(store: Store) -> None:
    world = World(store)
    farm = world.register("Farm", "farmer")
    source, lot = Account("environment", farm.id), Account("lot", farm.id, "0" * 64 + ".0")
    whole = Transfer(source, lot, Components({1: MAX_AMOUNT, 65: 1}))
    logged = _signed(world, farm)
    with store.write() as writer:
        writer.append(logged, (whole,))
    with store.read() as view:
        assert view.balance(lot) == {1: MAX_AMOUNT, 65: 1}
        assert view.balance(source) == {1: -MAX_AMOUNT, 65: -1}
        assert [(m.slot, m.mg) for m in view.movements()] == [(1, MAX_AMOUNT), (65, 1)]
    one_more = Transfer(source, lot, Components({1: 1}))
    with pytest.raises(AmountTooLargeError, match=str(MAX_AMOUNT + 1)), store.write() as writer:
        writer.append(_signed(world, farm), (one_more,))
    with store.read() as view:
        assert view.size() == logged.position + 1
        assert view.balance(lot) == {1: MAX_AMOUNT, 65: 1}


def test_no_account_but_a_source_holds_less_than_nothing(store: Store) -> None:
    world = World(store)
    farm = world.register("Farm", "farmer")
    empty = Account("lot", farm.id, "0" * 64 + ".0")
    stolen = Transfer(empty, Account("waste_sink", farm.id), Components({1: 5}))
    with pytest.raises(NegativeBalanceError, match=r"-5 mg of fossil\.calculated"), store.write() as writer:
        writer.append(_signed(world, farm), (stolen,))


def test_eight_threads_post_and_every_milligram_is_there(store: Store) -> None:
    world = World(store)
    farms = [world.register(f"Farm {number}", "farmer") for number in range(THREADS)]
    body = {"outputs": [output("lychee", kg(10))], "lines": [own(7)], "policy": {"id": "mass/1"}}
    statements = [[world.sign(farm, "production/1", body) for _ in range(POSTS)] for farm in farms]
    with store.read() as view:
        start = view.size()
    failed: list[BaseException] = []

    def post(mine: int) -> None:
        try:
            for statement in statements[mine]:
                world.post(statement)
                with store.read() as view:
                    assert view.logged(statement.digest) is not None
                    assert sum(view.balance(Account("environment", farms[mine].id)).values()) < 0
        except BaseException as error:  # noqa: BLE001 - the test fails with it below
            failed.append(error)

    threads = [threading.Thread(target=post, args=(mine,)) for mine in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with store.read() as view:
        entries = list(view.entries(0, view.size()))
        assert view.size() == start + THREADS * POSTS
        assert all(b.position == a.position + 1 and b.at >= a.at for a, b in pairwise(entries))
        assert sum(view.balance(Account("environment", farm.id))[1] for farm in farms) == -7 * POSTS * THREADS
        assert check_postings(view) == []


def test_a_second_writer_waits_and_then_gives_up(store: Store) -> None:
    impatient = store if isinstance(store, InMemoryStore) else SqlStore(store.url, wait_s=0.2)
    if isinstance(impatient, InMemoryStore):
        impatient._wait_s = 0.2
    try:
        with store.write() as writer:
            assert writer.size() == 0
            with pytest.raises(LedgerLockedError, match=r"0\.2 s"), impatient.write():
                pass
        with impatient.write() as writer:
            assert writer.size() == 0
    finally:
        if isinstance(impatient, SqlStore):
            impatient.close()


def test_reading_ahead_changes_no_answer(store: Store) -> None:
    world = World(store)
    received, _ = a_season(world)
    fake = InMemoryStore()
    with store.read() as view:
        entries = list(view.entries(0, view.size()))
        expected = list(view.balances())
    with fake.write() as writer:
        writer.preload([logged.statement for logged in entries])
        replay(writer, entries)
    farm = world.register("Farm", "farmer")
    statement = _signed(world, farm).statement
    with store.write() as writer:
        writer.preload([*(logged.statement for logged in entries), statement])
        assert list(writer.balances()) == expected
        assert writer.logged(entries[5].statement.digest) == entries[5]
        shipment = writer.shipment(received)
        assert shipment is not None
        assert shipment.status == "received"
        assert appended(writer, statement).position == writer.size() - 1
        assert writer.balance(Account("environment", farm.id)) == {1: -7}


def test_dropped_books_differ_in_every_kind_of_row(store: Store) -> None:
    world = World(store)
    a_season(world)
    fake = InMemoryStore()
    with store.read() as view, fake.write() as scratch:
        replay(scratch, view.entries(0, view.size()))
        checkpoints, size = list(view.checkpoints()), view.size()
    with store.write() as writer:
        writer.drop_projections()
        assert not any(map(list, (writer.balances(), writer.movements(), writer.gaps())))
        assert not any((writer.lots(), writer.shipments(), writer.organizations()))
    with store.read() as view, fake.read() as rebuilt:
        kinds = {difference.kind for difference in compare_books(view, rebuilt)}
        assert kinds == {"account", "organization", "lot", "shipment", "gap", "posting"} | {
            *("correction", "identity", "key", "offer", "taker")
        }
        assert check_postings(view) == []
    with store.read() as view:
        assert (list(view.checkpoints()), view.size()) == (checkpoints, size)


def test_a_backup_of_any_store_is_restored_into_any_other(store: Store, tmp_path: Path) -> None:
    fake = InMemoryStore()
    a_season(World(fake))
    with fake.read() as view:
        size = view.size()
    backup(fake, tmp_path / "first", {})
    assert restore(tmp_path / "first", store, replay).size == size
    backup(store, tmp_path / "second", {})
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    with store.read() as view, fake.read() as other:
        assert compare_books(view, other) == check_postings(view) == []
