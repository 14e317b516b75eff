from __future__ import annotations

from typing import Any

import pytest

from ledger.allocation.errors import PolicyWeightError, UnknownPolicyError
from ledger.circles import CircularProductionError
from ledger.components import Components
from ledger.correcting import (
    DroppedLineError,
    EmptyCorrectionError,
    NotCorrectableError,
)
from ledger.drafting import Wish, prepare
from ledger.errors import LedgerError
from ledger.identifiers import lot_id
from ledger.lots import TooManyChangesError, ZeroQuantityError
from ledger.quantities import NoWeightError
from ledger.rules import EvidenceError, GapCoveredTwiceError
from ledger.signed import Statement
from tests.builders import JUNE, Party, World, bought, kg, output, own
from tests.unit.balances import fossil, held, kept
from tests.unit.refusals import as_stated, refused


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def grower(world: World) -> Party:
    return world.register("Grower", "farmer")


def correction(world: World, party: Party, corrects: str, **change: Any) -> Statement:
    whole = {"drop_lines": [], "add_lines": [], "add_inputs": [], **change}
    return as_stated(world, party, "correction/1", {"corrects": corrects, "change": whole})


def test_a_carton_gap_is_replaced_by_the_carton_makers_passport(world: World, grower: Party) -> None:
    maker = world.register("Carton maker", "supplier")
    made = world.production(
        grower,
        (output("packed", kg(2)), output("packed", kg(1))),
        lines=(own(10), bought(100, "carton-7")),
    )
    cartons = world.produce(maker, "cartons", kg(10), lines=(own(90, "fossil.measured"),))
    received = world.receive(grower, world.dispatch(maker, cartons, kg(10), to=grower))
    fixed = world.correct(grower, made.digest, drop=(1,), inputs=((received, kg(5)),))
    lots = [kept(world, lot_id(made.digest, number)) for number in range(2)]
    assert [lot.total.wire() for lot in lots] == [
        {"fossil.measured": "30", "fossil.calculated": "7"},
        {"fossil.measured": "15", "fossil.calculated": "3"},
    ]
    assert all(lot.basis == (fixed.digest,) for lot in lots)
    assert held(world, "outside_taken_over", grower) == Components()
    assert held(world, "goods_in_process", grower) == Components()
    assert kept(world, received).balance() == fossil(45, "measured")


def test_a_second_correction_goes_on_from_the_first(world: World, grower: Party) -> None:
    made = world.production(grower, (output("x", 3), output("x", 3)), lines=(own(3), own(5)))
    world.correct(grower, made.digest, drop=(0,), add=(own(8), bought(1)))
    world.correct(grower, made.digest, drop=(1,))
    lots = [kept(world, lot_id(made.digest, number)) for number in range(2)]
    assert Components.total_of(lot.total for lot in lots) == fossil(8) + fossil(1, "secondary")
    assert [len(lot.basis) for lot in lots] == [2, 2]
    assert held(world, "environment", grower) == fossil(8)


def test_a_correction_keeps_what_a_handling_added(world: World, grower: Party) -> None:
    made = world.production(grower, (output("x", 3),), lines=(own(3), own(5)))
    lot = lot_id(made.digest, 0)
    world.handle(grower, (own(100),), lot=lot)
    world.correct(grower, made.digest, drop=(1,))
    assert kept(world, lot).total == fossil(103)


def test_a_correction_cannot_take_from_the_lot_that_it_corrects(world: World, grower: Party) -> None:
    made = world.production(grower, (output("x", 5),), lines=(own(3),))
    with world.store.read() as view:
        lot = view.lot(lot_id(made.digest, 0))
    assert lot is not None
    statement = correction(world, grower, made.digest, add_inputs=[lot.offer(1)])
    refused(world, statement, CircularProductionError)


def test_a_line_that_is_not_there_cannot_be_dropped(world: World, grower: Party) -> None:
    made = world.production(grower, (output("x", 5),), lines=(own(3), own(4)))
    error = refused(world, correction(world, grower, made.digest, drop_lines=["2"]), DroppedLineError)
    assert (error.line, error.problem) == (2, "doesn't exist; there are 2, numbered from 0")
    error = refused(world, correction(world, grower, made.digest, drop_lines=["1", "1"]), DroppedLineError)
    assert error.problem == "was dropped before"
    world.correct(grower, made.digest, drop=(1,))
    error = refused(world, correction(world, grower, made.digest, drop_lines=["1"]), DroppedLineError)
    assert str(error) == "drop_lines: line 1 was dropped before."


def test_a_correction_that_changes_nothing_is_refused(world: World, grower: Party) -> None:
    made = world.production(grower, (output("x", 5),), lines=(own(3),))
    assert (
        refused(world, correction(world, grower, made.digest), EmptyCorrectionError).corrects == made.digest
    )


def test_only_ones_own_productions_are_corrected(world: World, grower: Party) -> None:
    made = world.production(grower, (output("x", 5),), lines=(own(3),))
    other = world.register("Other", "farmer")
    error = refused(world, correction(world, other, made.digest, drop_lines=["0"]), NotCorrectableError)
    assert error.problem == f"it was issued by {grower.id}"
    error = refused(world, correction(world, grower, "0" * 64, drop_lines=["0"]), NotCorrectableError)
    assert (error.corrects, error.problem) == (
        "0" * 64,
        "no production or handling in this log has this digest",
    )
    fixed = world.correct(grower, made.digest, drop=(0,))
    refused(world, correction(world, grower, fixed.digest, drop_lines=["0"]), NotCorrectableError)


def test_a_correction_cannot_use_a_purchase_that_is_covered(world: World, grower: Party) -> None:
    made = world.production(grower, (output("x", 5),), lines=(bought(3, "invoice-3"),))
    statement = correction(world, grower, made.digest, drop_lines=["0"], add_lines=[bought(4, "invoice-3")])
    assert refused(world, statement, GapCoveredTwiceError).statement == made.digest


def test_a_lot_is_corrected_and_handled_two_hundred_times_at_most(world: World, grower: Party) -> None:
    made = world.production(grower, (output("x", 5),), lines=(own(3),))
    lot = lot_id(made.digest, 0)
    for _ in range(200):
        world.handle(grower, (own(1),), lot=lot)
    target = {"target": {"lot": lot}, "lines": [own(1)]}
    error = refused(world, as_stated(world, grower, "handling/1", target), TooManyChangesError)
    assert (error.lot, error.count, error.limit) == (lot, 200, 200)
    world.dispatch(grower, lot, 5, to=None)


def test_a_draft_says_no_for_the_same_reason_as_the_books(world: World, grower: Party) -> None:
    wishes: list[tuple[str, dict[str, Any], type[LedgerError]]] = [
        ("production/1", {"outputs": [output("x", 0)], "policy": {"id": "mass/1"}}, ZeroQuantityError),
        ("production/1", {"outputs": [output("x", 5)], "policy": {"id": "none"}}, UnknownPolicyError),
        (
            "production/1",
            {"outputs": [output("x", 5)], "lines": [own(1, "fossil.spend")], "policy": {"id": "mass/1"}},
            EvidenceError,
        ),
        ("correction/1", {"corrects": "0" * 64}, NotCorrectableError),
        (
            "production/1",
            {"outputs": [output("x", 5, 0)], "lines": [own(1)], "policy": {"id": "mass/1"}},
            PolicyWeightError,
        ),
        (
            "production/1",
            {"outputs": [output("x", 0)], "lines": [own(1)], "policy": {"id": "mass/1"}},
            NoWeightError,
        ),
    ]
    with world.store.read() as view:
        for kind, meant, error in wishes:
            with pytest.raises(error):
                prepare(Wish(kind, grower.id, {"occurred": JUNE, **meant}), view, world.clock.now())
