"""What every ledger store promises, on the fake, on SQLite and on PostgreSQL."""

from __future__ import annotations

from tests.builders import World, a_season
from tests.contract_of.conftest import Store


def test_a_season_of_every_kind_of_statement_is_kept(store: Store) -> None:
    world = World(store)
    first, second = a_season(world)
    with store.read() as view:
        assert view.size() == 24
        received, sent = view.shipment(first), view.shipment(second)
        assert received is not None and received.status == "received"
        assert sent is not None and sent.status == "open"
