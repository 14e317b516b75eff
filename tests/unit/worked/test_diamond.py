"""A diamond of 20 layers, two parents each: 41 productions, so 41 visits, never 2^21 − 1."""

from __future__ import annotations

from ledger.closure import closure
from ledger.identifiers import lot_id
from ledger.origins import trace
from ledger.provenance import provenance
from tests.builders import World, kg, output, own


def test_every_production_of_a_diamond_is_visited_once_and_nothing_is_lost() -> None:
    world = World()
    maker = world.register("Maker", "supplier")
    below = [world.produce(maker, "base", kg(10), lines=(own(1_000_003),)) for _ in range(2)]
    for _ in range(19):
        made = [
            world.production(
                maker, (output("layer", kg(10)),), lines=(own(7),), inputs=[(one, kg(5)) for one in below]
            )
            for _ in range(2)
        ]
        below = [lot_id(one.digest, 0) for one in made]
    top = world.produce(maker, "top", kg(20), inputs=[(one, kg(10)) for one in below])
    sent = world.dispatch(maker, top, kg(20), to=None)
    with world.store.read() as view:
        statements = [one.statement for one in closure(view, sent)]
    found = provenance(statements, sent)
    visits = trace(statements, sent).tiers
    assert len([node for node in found.nodes if node.kind == "production/1"]) == 41
    assert len(visits) == 41 + 1, "41 productions and the dispatch"
    assert found.total.gross_mg() == 2 * 1_000_003 + 2 * 19 * 7
    assert sum(origin.reaches.gross_mg() for origin in found.origins) == found.total.gross_mg()
