from __future__ import annotations

from typing import Any

import pytest

from ledger.accounts import Account
from ledger.allocation import PolicyWeightError, UnknownPolicyError
from ledger.components import Components
from ledger.drafting import Wish, prepare
from ledger.errors import LedgerError
from ledger.identifiers import lot_id
from ledger.lots import Lot, TooManyChangesError, ZeroQuantityError
from ledger.production import (
    DroppedLineError,
    EmptyCorrectionError,
    LotTouchedError,
    NotCorrectableError,
    OutputLiabilityError,
    OutputNumberError,
    UnitMassError,
)
from ledger.quantities import AmountTooLargeError, NoWeightError
from ledger.rules import EvidenceError, GapCoveredTwiceError, GapFactorError
from ledger.signed import Statement
from tests.builders import JUNE, Party, World, bought, kg, output, own
from tests.unit.refusals import as_stated, plain, refused


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def grower(world: World) -> Party:
    return world.register("Grower", "farmer")


def kept(world: World, lot: str) -> Lot:
    with world.store.read() as view:
        found = view.lot(lot)
        assert found is not None
        assert dict(found.balance()) == view.balance(Account("lot", found.holder, lot))
    return found


def held(world: World, kind: Any, party: Party) -> Components:
    with world.store.read() as view:
        balance = view.balance(Account(kind, party.id))
    return Components({slot: abs(mg) for slot, mg in balance.items()})


def fossil(mg: int, evidence: str = "calculated") -> Components:
    return Components.of(f"fossil.{evidence}", mg)


# The sums of DOMAIN.


def orchard(world: World, grower: Party) -> Statement:
    """1,200 kg own, 800 kg with fertiliser, 200 kg with electricity; lots of 3,000, 1,000 and 500 kg.

    The fertiliser comes with its passport, the electricity is a gap; 500 kg are rejected with share 0.
    """
    maker = world.register("Fertiliser maker", "supplier")
    fertiliser = world.produce(maker, "urea", kg(1000), lines=(own(800_000_000, "fossil.measured"),))
    bag = world.receive(grower, world.dispatch(maker, fertiliser, kg(1000), to=grower))
    outputs = (
        output("lychee", kg(3000)),
        output("lychee", kg(1000)),
        output("lychee", kg(500)),
        output("rejected lychee", kg(500), 0),
    )
    lines = (own(1_200_000_000), bought(200_000_000))
    return world.production(grower, outputs, lines=lines, inputs=((bag, kg(1000)),))


def test_an_orchards_2200_kg_are_shared_over_4500_kg_of_fruit_and_rejects_carry_nothing(
    world: World, grower: Party
) -> None:
    made = orchard(world, grower)
    lots = [kept(world, lot_id(made.digest, number)) for number in range(4)]
    by_component = [lot.total.wire() for lot in lots]
    assert by_component == [
        {"fossil.measured": "533333333", "fossil.calculated": "800000000", "fossil.secondary": "133333333"},
        {"fossil.measured": "177777778", "fossil.calculated": "266666667", "fossil.secondary": "44444445"},
        {"fossil.measured": "88888889", "fossil.calculated": "133333333", "fossil.secondary": "22222222"},
        {},
    ]
    assert [lot.total.gross_mg() for lot in lots] == [1_466_666_666, 488_888_890, 244_444_444, 0]
    assert Components.total_of(lot.total for lot in lots).gross_mg() == 2_200_000_000


def test_a_packhouse_that_loses_five_percent_sells_its_fruit_at_0_654971_per_kilogram(
    world: World, grower: Party
) -> None:
    made = orchard(world, grower)
    packhouse = world.register("Packhouse", "supplier")
    bulk = world.receive(packhouse, world.dispatch(grower, lot_id(made.digest, 0), kg(3000), to=packhouse))
    lines = (own(100_000_000), bought(300_000_000))
    packed = kept(
        world, world.produce(packhouse, "packed", kg(2850), lines=lines, inputs=((bulk, kg(3000)),))
    )
    assert packed.total.gross_mg() == 1_866_666_666
    per_kg = packed.total.gross_mg() / packed.quantity
    assert f"{per_kg:.6f}" == "0.654971"
    assert f"{packed.total.gross_mg() / kg(3000):.6f}" == "0.622222"


def test_a_container_from_shanghai_to_prague_adds_up_to_1913_kg(world: World, grower: Party) -> None:
    carrier = world.register("Carrier", "carrier")
    importer = world.register("Importer", "buyer")
    lot = world.produce(grower, "frozen lychee", kg(7000))
    shipment = world.dispatch(grower, lot, kg(7000), to=importer, handlers=(carrier,))
    sea_mg = 19_879 * 7 * 125 * 100  # km x t x 0.0125 kg/tkm in mg
    assert sea_mg == 1_739_412_500
    for leg, mg in (("sea", sea_mg), ("port", kg(10)), ("rail", kg(157)), ("lorry", kg(7))):
        world.handle(carrier, (own(mg),), shipment=shipment, leg=leg)
    arrived = kept(world, world.receive(importer, shipment))
    assert arrived.total.gross_mg() == 1_913_412_500
    shares = [f"{mg / arrived.total.gross_mg():.1%}" for mg in (sea_mg, kg(10), kg(157), kg(7))]
    assert shares == ["90.9%", "0.5%", "8.2%", "0.4%"]


# Productions.


def test_own_lines_bought_gaps_and_taken_lots_become_one_lot(world: World, grower: Party) -> None:
    seedlings = world.produce(grower, "seedlings", kg(2), lines=(own(9),))
    lot = world.produce(grower, "lychee", kg(5), lines=(own(7), bought(5)), inputs=((seedlings, kg(1)),))
    assert kept(world, lot).total == fossil(7 + 4) + fossil(5, "secondary")
    assert kept(world, seedlings).balance() == fossil(5)
    assert held(world, "environment", grower) == fossil(16)
    assert held(world, "outside_taken_over", grower) == fossil(5, "secondary")
    assert held(world, "goods_in_process", grower) == Components()


def test_a_production_may_carry_nothing_at_all(world: World, grower: Party) -> None:
    assert kept(world, world.produce(grower, "wild lychee", kg(1))).total == Components()


def body(world: World, grower: Party, **changes: Any) -> dict[str, Any]:
    """Return a whole production of two lots, signed as it should be, with changes."""
    outputs = (output("lychee", kg(2)), output("lychee", kg(1)))
    made = world.sign(
        grower,
        "production/1",
        {"outputs": list(outputs), "lines": [own(10)], "policy": {"id": "mass/1"}},
    )
    return plain(made) | changes


def test_an_output_that_states_another_share_is_refused_with_both(world: World, grower: Party) -> None:
    whole = body(world, grower)
    whole["outputs"][1]["balance"]["liability"] = {"fossil.calculated": "4"}
    error = refused(world, as_stated(world, grower, "production/1", whole), OutputLiabilityError)
    assert (error.output, error.stated, error.expected) == (
        1,
        {"fossil.calculated": "4"},
        {"fossil.calculated": "3"},
    )


def test_outputs_are_numbered_from_nought(world: World, grower: Party) -> None:
    whole = body(world, grower)
    whole["outputs"][1]["balance"]["no"] = "2"
    error = refused(world, as_stated(world, grower, "production/1", whole), OutputNumberError)
    assert (error.field, error.number, error.expected) == ("outputs/1/balance/no", 2, 1)


def test_an_output_of_nothing_is_refused(world: World, grower: Party) -> None:
    whole = body(world, grower)
    whole["outputs"] = [
        whole["outputs"][0],
        {
            **whole["outputs"][1],
            "balance": {**whole["outputs"][1]["balance"], "quantity": "0", "weight": "0", "liability": {}},
        },
    ]
    whole["outputs"][0]["balance"]["liability"] = {"fossil.calculated": "10"}
    error = refused(world, as_stated(world, grower, "production/1", whole), ZeroQuantityError)
    assert error.field == "outputs/1/balance/quantity"


def test_the_policy_of_a_production_is_known_and_its_weights_are_the_policys(
    world: World, grower: Party
) -> None:
    whole = body(world, grower, policy={"id": "mass/9"})
    assert (
        refused(world, as_stated(world, grower, "production/1", whole), UnknownPolicyError).policy == "mass/9"
    )
    whole = body(world, grower)
    whole["outputs"][0]["balance"]["weight"] = "5"
    error = refused(world, as_stated(world, grower, "production/1", whole), PolicyWeightError)
    assert (error.expected, error.weight) == ("2000000 or 0", 5)


def test_something_cannot_be_shared_over_rejects_only(world: World, grower: Party) -> None:
    whole = body(world, grower)
    for one in whole["outputs"]:
        one["balance"]["weight"] = "0"
    assert refused(world, as_stated(world, grower, "production/1", whole), NoWeightError).field == "outputs"


def test_a_total_beyond_what_the_books_hold_is_refused(world: World, grower: Party) -> None:
    whole = body(world, grower, lines=[own(10**17), own(1)])
    error = refused(world, as_stated(world, grower, "production/1", whole), AmountTooLargeError)
    assert (error.field, error.value, error.limit) == ("fossil.calculated", 10**17 + 1, 10**17)


def test_an_account_cannot_hold_more_than_the_books_hold(world: World, grower: Party) -> None:
    world.produce(grower, "lychee", kg(1), lines=(own(10**17),))
    whole = plain(
        world.sign(
            grower,
            "production/1",
            {"outputs": [output("x", 5)], "lines": [own(1)], "policy": {"id": "mass/1"}},
        )
    )
    error = refused(world, as_stated(world, grower, "production/1", whole), AmountTooLargeError)
    assert (error.field, error.value) == ("environment/fossil.calculated", -(10**17) - 1)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (own(1, "fossil.secondary"), "stands for a supplier and needs a gap"),
        (own(1, "fossil.spend"), "stands for a supplier and needs a gap"),
        (bought(1, component="fossil.measured"), "can't have a gap"),
        (bought(1, component="fossil.imported"), "can't have a gap"),
        (own(1, "fossil.markup"), "can't be booked by this version; leave it out"),
        (bought(1, component="fossil.markup"), "can't be booked by this version; leave it out"),
    ],
)
def test_a_line_is_a_gap_exactly_when_its_figure_is_an_average(
    world: World, grower: Party, line: dict[str, Any], problem: str
) -> None:
    whole = body(world, grower, lines=[own(10), line])
    error = refused(world, as_stated(world, grower, "production/1", whole), EvidenceError)
    assert error.field == "lines/1/amount"
    assert error.component in line["amount"]["components"]
    assert error.problem == problem


def test_a_gap_and_its_source_name_one_factor(world: World, grower: Party) -> None:
    line = bought(10)
    line["source"]["factor"] = "0" * 64
    error = refused(
        world, as_stated(world, grower, "production/1", body(world, grower, lines=[line])), GapFactorError
    )
    assert (error.gap, error.source) == (line["amount"]["gap"]["factor"], "0" * 64)
    del line["source"]["factor"]
    error = refused(
        world, as_stated(world, grower, "production/1", body(world, grower, lines=[line])), GapFactorError
    )
    assert error.source == "none"


def test_a_purchase_is_covered_once_for_each_company(world: World, grower: Party) -> None:
    first = world.produce(grower, "lychee", kg(1), lines=(bought(5, "invoice-1"),))[:64]
    whole = body(world, grower)
    whole["lines"] = [bought(10, "invoice-1")]
    for one, mg in zip(whole["outputs"], ("7", "3"), strict=True):
        one["balance"]["liability"] = {"fossil.secondary": mg}
    error = refused(world, as_stated(world, grower, "production/1", whole), GapCoveredTwiceError)
    assert (error.key, error.statement) == ("invoice-1", first)
    other = world.register("Other", "farmer")
    world.produce(other, "lychee", kg(1), lines=(bought(5, "invoice-1"),))


def test_one_statement_cannot_cover_a_purchase_twice_either(world: World, grower: Party) -> None:
    whole = body(world, grower, lines=[bought(5, "invoice-2"), bought(5, "invoice-2")])
    statement = as_stated(world, grower, "production/1", whole)
    assert refused(world, statement, GapCoveredTwiceError).statement == statement.digest


# Corrections.


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


def test_a_production_is_corrected_only_before_its_goods_leave(world: World, grower: Party) -> None:
    made = world.production(grower, (output("x", 5), output("x", 7)), lines=(own(3),))
    world.dispatch(grower, lot_id(made.digest, 1), 2, to=None)
    error = refused(world, correction(world, grower, made.digest, drop_lines=["0"]), LotTouchedError)
    assert (error.lot, error.left, error.original) == (lot_id(made.digest, 1), 5, 7)


def test_a_correction_cannot_take_from_the_lot_that_it_corrects(world: World, grower: Party) -> None:
    made = world.production(grower, (output("x", 5),), lines=(own(3),))
    with world.store.read() as view:
        lot = view.lot(lot_id(made.digest, 0))
    assert lot is not None
    statement = correction(world, grower, made.digest, add_inputs=[lot.offer(1)])
    refused(world, statement, LotTouchedError)


def test_a_line_that_is_not_there_cannot_be_dropped(world: World, grower: Party) -> None:
    made = world.production(grower, (output("x", 5),), lines=(own(3), own(4)))
    error = refused(world, correction(world, grower, made.digest, drop_lines=["2"]), DroppedLineError)
    assert (error.line, error.problem) == (2, "doesn't exist; the production has 2")
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
    assert (error.corrects, error.problem) == ("0" * 64, "no production in this log has this digest")
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
            NoWeightError,
        ),
    ]
    with world.store.read() as view:
        for kind, meant, error in wishes:
            with pytest.raises(error):
                prepare(Wish(kind, grower.id, {"occurred": JUNE, **meant}), view, world.clock.now())


def test_goods_counted_in_pieces_state_what_a_piece_weighs(world: World, grower: Party) -> None:
    def cartons(**product: str) -> dict[str, Any]:
        balance = {"no": "0", "quantity": "5000", "unit": "piece", "weight": "1", "liability": {}}
        outputs = [{"balance": balance, "product": {"name": "carton", **product}}]
        return {"outputs": outputs, "policy": {"id": "economic/1"}}

    for product in ({}, {"unit_mass_mg": "0"}):
        error = refused(world, as_stated(world, grower, "production/1", cartons(**product)), UnitMassError)
        assert error.field == "outputs/0/product/unit_mass_mg"
    world.post(as_stated(world, grower, "production/1", cartons(unit_mass_mg="620000")))
