"""Every store keeps statements of unknown kinds, books nothing for them, and rebuilds the same books."""

from __future__ import annotations

import io
from pathlib import Path

from ledger.comparison import check_postings, compare_books
from ledger.in_memory import InMemoryStore
from ledger.replaying import replay as again
from ledger.sql.backup import backup, export_statements, restore
from tests.builders import World, kg, own
from tests.contract_of.conftest import Store
from tests.replaying import replay
from tests.unknown_kinds import unknown


def test_a_statement_of_an_unknown_kind_is_kept_unbooked_in_every_store(store: Store) -> None:
    world = World(store)
    farm = world.register("Farm", "farmer")
    lot = world.produce(farm, "lychee", kg(100), lines=(own(7_000_000),))
    values = {
        "/inputs/0": {"lot": lot, "share": ["1", None, True, 12]},
        "/name": "荔枝",
        "/note": "weighed twice",
    }
    first = unknown(world, farm, "weighing/1", values)
    second = unknown(world, farm, "a_kind_with_a_long_name_of_words/999", {"/weighing": first.digest})
    world.post(first, second)
    world.dispatch(farm, lot, kg(40), to=None)
    for statement in (first, second):
        kept = world.logged(statement.digest)
        assert kept.statement == statement
        with store.read() as view:
            assert view.logged_as(farm.id, statement.envelope.id) == kept
            assert [m for m in view.movements() if m.position == kept.position] == []
    fake = InMemoryStore()
    with store.read() as view, fake.write() as writer:
        replay(writer, view.entries(0, view.size()))
        assert compare_books(view, writer) == check_postings(view) == []


def test_a_backup_brings_back_what_was_kept(store: Store, tmp_path: Path) -> None:
    world = World(store)
    farm = world.register("Farm", "farmer")
    kept = unknown(world, farm, "weighing/1", {"/scale": ["12", {"unit": "kg"}]})
    world.post(kept)
    backup(store, tmp_path / "ledger.backup", {})
    empty = InMemoryStore()
    restore(tmp_path / "ledger.backup", empty, again)
    with store.read() as view, empty.read() as restored:
        assert list(view.entries(0, view.size())) == list(restored.entries(0, restored.size()))
        assert compare_books(view, restored) == []
        exported = io.BytesIO()
        assert export_statements(restored, exported) == restored.size()
    assert b'"weighing/1"' in exported.getvalue()
