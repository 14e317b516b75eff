"""The ledger in memory: versions of rows, for as long as somebody reads them."""

from __future__ import annotations

from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from ledger.erasing import ErasingWriter
from ledger.in_memory import InMemoryStore
from ledger.versioned import Layer, Rows
from tests.builders import World, kg, own

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.dictionaries(st.integers(0, 5), st.none() | st.integers(0, 99))),
        st.tuples(st.just("begin"), st.none()),
        st.tuples(st.just("end"), st.integers(0, 9)),
    ),
    max_size=30,
)


@given(STEPS)
def test_every_reader_keeps_seeing_what_there_was_when_it_began(
    steps: list[tuple[str, dict[int, int | None] | int | None]],
) -> None:
    rows: Rows[int, int] = Rows()
    now: dict[int, int] = {}
    version = 0
    readers: list[tuple[int, dict[int, int]]] = []
    for what, detail in steps:
        if what == "begin":
            readers.append((version, dict(now)))
        elif isinstance(detail, int):
            readers = [reader for place, reader in enumerate(readers) if place != detail]
        elif isinstance(detail, dict):
            writer = Layer(rows, version)
            for key, row in detail.items():
                writer.set(key, row)
            now = {key: row for key, row in (now | detail).items() if row is not None}
            assert dict(writer.in_order()) == now
            version += 1
            writer.commit(version, min((begun for begun, _ in readers), default=version))
        for begun, expected in (*readers, (version, now)):
            layer = Layer(rows, begun)
            assert list(layer.in_order()) == sorted(expected.items())
            assert list(layer.in_order(2)) == sorted(pair for pair in expected.items() if pair[0] > 2)
            assert all(layer.get(key) == expected.get(key) for key in range(6))


def test_a_writer_that_dropped_everything_sees_nothing() -> None:
    rows: Rows[str, int] = Rows()
    rows.put("a", 1, 1, 1)
    layer = Layer(rows, 1)
    layer.set("b", 2)
    layer.clear()
    assert list(layer.in_order()) == []
    assert Layer(rows, 1).get("a") == 1


def test_versions_go_when_nobody_reads_them_any_more() -> None:
    store = InMemoryStore()
    world = World(store)
    farm = world.register("Farm", "farmer")
    lot = world.produce(farm, "lychee", kg(100), lines=(own(100),))
    versions = store._tables.lots._versions
    for _ in range(5):
        world.dispatch(farm, lot, kg(1), to=None)
    assert len(versions[lot]) == 1
    with store.read() as view:
        for _ in range(5):
            world.dispatch(farm, lot, kg(1), to=None)
        seen = view.lot(lot)
        assert seen is not None
        assert seen.taken == kg(5)
        assert len(versions[lot]) == 6
    world.dispatch(farm, lot, kg(1), to=None)
    assert len(versions[lot]) == 1
    assert not store._reading


def test_a_statement_that_is_not_logged_has_nothing_to_erase() -> None:
    world, elsewhere = World(), World()
    farm = elsewhere.register("Farm", "farmer")
    made = elsewhere.produce(farm, "lychee", kg(1), lines=(own(1),)).partition(".")[0]
    with elsewhere.store.read() as view:
        strange = view.statement(made)
    assert strange is not None
    with world.store.write() as writer:
        cast("ErasingWriter", writer).keep_erased(strange)
        assert writer.statement(made) is None
