"""Policies on the ledger: drafts fill the weights in, the books compute them again, the trace follows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.allocation.errors import PolicyInputMissingError, PolicyWeightError
from ledger.closure import closure
from ledger.identifiers import lot_id
from ledger.origins import Trace, trace
from ledger.parts import join
from ledger.provenance import provenance
from ledger.provenance_document import provenance_document
from ledger.signed import Statement
from ledger.verification import verify
from scripts.vectors.handmade_log import burnt
from tests.builders import Party, World, by_value, kg, output, own, without_burden
from tests.bundle_worlds import bundle_bytes
from tests.unit.allocation.sharing import divided
from tests.unit.balances import fossil, kept
from tests.unit.refusals import as_stated, plain, refused


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def grower(world: World) -> Party:
    return world.register("Grower", "farmer")


def unweighed(product: str, quantity: int) -> dict[str, Any]:
    made = output(product, quantity)
    del made["balance"]["weight"]
    return made


def sliced(world: World, grower: Party) -> Statement:
    """Make 2 kg dried and 1 kg of juice: a dryer, a press, a cold room and own fruit for both."""
    fruit = world.produce(grower, "lychee", kg(10), lines=(own(60),))
    policy = {"id": "subdivision/1", "inputs": divided({0: ([0], []), 1: ([1], [])}, ([2], [0]))}
    return world.production(
        grower,
        (unweighed("dried", kg(2)), unweighed("juice", kg(1))),
        lines=(own(100), own(50), own(9)),
        inputs=((fruit, kg(10)),),
        policy=policy,
    )


def traced(world: World, shipment: str) -> Trace:
    with world.store.read() as view:
        return trace([logged.statement for logged in closure(view, shipment)], shipment)


def test_a_draft_has_the_weights_that_the_policy_gives(world: World, grower: Party) -> None:
    made = world.production(
        grower, (unweighed("fruit", kg(3)), unweighed("wood", kg(1))), lines=(own(10),), policy=by_value(9, 1)
    )
    balances = [join("production/1", made.parts)["outputs"][number]["balance"] for number in range(2)]
    assert [(one["weight"], one["liability"]["fossil.calculated"]) for one in balances] == [
        ("9", "9"),
        ("1", "1"),
    ]


def test_what_is_signed_beside_the_policy_is_computed_again(world: World, grower: Party) -> None:
    outputs = (output("fruit", kg(3), 9), output("wood", kg(1), 1))
    made = world.sign(
        grower, "production/1", {"outputs": outputs, "lines": [own(10)], "policy": by_value(9, 1)}
    )
    whole = plain(made)
    whole["policy"] = by_value(8, 1)
    error = refused(world, as_stated(world, grower, "production/1", whole), PolicyWeightError)
    assert (error.output, error.expected, error.weight) == (0, "8", 9)
    whole["policy"] = {"id": "economic/1"}
    missing = refused(world, as_stated(world, grower, "production/1", whole), PolicyInputMissingError)
    assert (missing.needed, missing.given) == (2, 0)


def test_culls_by_mass_weigh_too_unless_they_are_cut_off_by_name(world: World, grower: Party) -> None:
    outputs = (output("fruit", kg(3)), output("culls", kg(1), 0))
    whole = {"outputs": outputs, "lines": [own(10)], "policy": without_burden(1)}
    made = plain(world.sign(grower, "production/1", whole))
    made["policy"] = {"id": "mass/1"}
    error = refused(world, as_stated(world, grower, "production/1", made), PolicyWeightError)
    assert (error.output, error.expected, error.weight) == (1, str(kg(1)), 0)


def test_a_dryer_burdens_what_was_dried_and_a_press_the_juice(world: World, grower: Party) -> None:
    made = sliced(world, grower)
    lots = [kept(world, lot_id(made.digest, number)) for number in range(2)]
    assert [lot.total for lot in lots] == [fossil(100 + 46), fossil(50 + 23)]


def test_a_correction_drops_a_line_where_it_was_and_shares_what_it_adds(world: World, grower: Party) -> None:
    made = sliced(world, grower)
    world.correct(grower, made.digest, drop=(0,), add=(own(30),))
    lots = [kept(world, lot_id(made.digest, number)) for number in range(2)]
    assert [lot.total for lot in lots] == [fossil(46 + 20), fossil(50 + 23 + 10)]


def test_a_buyer_of_juice_sees_the_press_and_not_the_dryer(world: World, grower: Party) -> None:
    made = sliced(world, grower)
    world.correct(grower, made.digest, add=(own(30),))
    juice = world.dispatch(grower, lot_id(made.digest, 1), kg(1), to=None)
    found = traced(world, juice)
    reached = {
        (one.statement == made.digest, one.number): one.reaches.gross_mg()
        for one in found.origins
        if one.reaches
    }
    assert (True, 0) not in reached
    assert reached[True, 1] == 50
    assert reached[True, 2] == 3
    assert found.total.gross_mg() == sum(one.reaches.gross_mg() for one in found.origins) == 50 + 23 + 10


def test_the_parts_of_a_divided_production_are_shown_by_what_they_carry(world: World, grower: Party) -> None:
    made = sliced(world, grower)
    juice = world.dispatch(grower, lot_id(made.digest, 1), kg(1), to=None)
    with world.store.read() as view:
        statements = [logged.statement for logged in closure(view, juice)]
    document = provenance_document(provenance(statements, juice), lambda _: None)
    (node,) = (node for node in document.nodes if node.statement == made.digest)
    assert node.policy == "subdivision/1"
    assert [one.share for one in node.outputs] == ["0.666667", "0.333333"]


def test_a_bundle_with_a_divided_production_verifies(world: World, grower: Party) -> None:
    policy = {"id": "subdivision/1", "inputs": divided({0: ([0], []), 1: ([1], [])}, ([2], []))}
    made = world.production(
        grower,
        (unweighed("dried", kg(2)), unweighed("juice", kg(1))),
        lines=(burnt(40), burnt(20), burnt(7)),
        policy=policy,
    )
    juice = world.dispatch(grower, lot_id(made.digest, 1), kg(1), to=None)
    report = verify(bundle_bytes(world, juice))
    assert report.ok, report.verdicts
    assert report.figures is not None
    carried = kept(world, lot_id(made.digest, 1)).total.gross_mg()
    assert report.figures.gross_mg == carried
    assert "no-share-by-policy" not in {one.reason for one in report.verdicts}


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_of_a_divided_production_everything_is_traced_and_nothing_further_than_it_emitted(
    data: st.DataObject,
) -> None:
    world = World()
    grower = world.register("Grower", "farmer")
    amounts = data.draw(st.lists(st.integers(1, 10**6), min_size=1, max_size=5))
    homes = data.draw(
        st.lists(st.sampled_from([None, 0, 1, 2]), min_size=len(amounts), max_size=len(amounts))
    )
    alone: dict[int, tuple[list[int], list[int]]] = {
        number: ([line for line, home in enumerate(homes) if home == number], []) for number in range(3)
    }
    common = [line for line, home in enumerate(homes) if home is None]
    sizes = data.draw(st.lists(st.integers(1, 10**6), min_size=3, max_size=3))
    made = world.production(
        grower,
        [unweighed("goods", size) for size in sizes],
        lines=[own(mg) for mg in amounts],
        policy={"id": "subdivision/1", "inputs": divided(alone, (common, []))},
    )
    mixed = [
        (lot_id(made.digest, number), data.draw(st.integers(1, size))) for number, size in enumerate(sizes)
    ]
    blend = world.produce(grower, "blend", 10, inputs=mixed)
    found = traced(world, world.dispatch(grower, blend, 10, to=None))
    assert sum(one.reaches.gross_mg() for one in found.origins) == found.total.gross_mg()
    for one in found.origins:
        assert one.reaches.gross_mg() <= one.own.gross_mg()
