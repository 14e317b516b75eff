"""A log that is booked again has the same books and the same tree, however it is cut into pieces."""

from __future__ import annotations

import pytest

from ledger import replaying
from ledger.comparison import compare_books
from ledger.in_memory import InMemoryStore
from ledger.log import tiles
from ledger.replaying import replay
from ledger.services import tile_reader
from tests.builders import World, a_season


@pytest.mark.parametrize("chunk", [1, 7, 256, replaying.CHUNK])
def test_a_log_that_is_booked_again_has_the_same_books_and_root(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "CHUNK", chunk)
    world, copy = World(), InMemoryStore()
    a_season(world)
    with world.store.read() as view, copy.write() as writer:
        replay(writer, view.entries(0, view.size()))
    with world.store.read() as view, copy.read() as again:
        assert compare_books(view, again) == []
        assert again.size() == view.size()
        assert tiles.root(tile_reader(again), again.size()) == tiles.root(tile_reader(view), view.size())
