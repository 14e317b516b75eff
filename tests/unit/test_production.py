from __future__ import annotations

from typing import Any

import pytest

from ledger.allocation.errors import PolicyInputSumError, PolicyWeightError, UnknownPolicyError
from ledger.components import Components
from ledger.identifiers import lot_id
from ledger.lots import ZeroQuantityError
from ledger.production import (
    OutputLiabilityError,
    OutputNumberError,
    UnitMassError,
)
from ledger.quantities import AmountTooLargeError
from ledger.rules import EvidenceError, GapCoveredTwiceError, GapFactorError
from ledger.signed import Statement
from tests.builders import Party, World, bought, by_value, kg, output, own, without_burden
from tests.unit.balances import fossil, held, kept
from tests.unit.refusals import as_stated, plain, refused


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def grower(world: World) -> Party:
    return world.register("Grower", "farmer")


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
    assert (error.expected, error.weight) == ("2000000", 5)


def test_something_cannot_be_shared_over_rejects_only(world: World, grower: Party) -> None:
    whole = body(world, grower, policy=without_burden(0, 1))
    for one in whole["outputs"]:
        one["balance"]["weight"] = "0"
    error = refused(world, as_stated(world, grower, "production/1", whole), PolicyInputSumError)
    assert (error.outputs, error.total) == (2, 0)
    assert "2 outputs sum to 0" in str(error)


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


NO_ESTIMATE = "marks up an estimate of its channel, and there is none; leave it out"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (own(1, "fossil.secondary"), "stands for a supplier and needs a gap"),
        (own(1, "fossil.spend"), "stands for a supplier and needs a gap"),
        (bought(1, component="fossil.measured"), "can't have a gap"),
        (bought(1, component="fossil.imported"), "can't have a gap"),
        (own(1, "fossil.markup"), NO_ESTIMATE),
        (bought(1, component="fossil.markup"), NO_ESTIMATE),
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


def test_goods_counted_in_pieces_state_what_a_piece_weighs(world: World, grower: Party) -> None:
    def cartons(**product: str) -> dict[str, Any]:
        balance = {"no": "0", "quantity": "5000", "unit": "piece", "weight": "1", "liability": {}}
        outputs = [{"balance": balance, "product": {"name": "carton", **product}}]
        return {"outputs": outputs, "policy": by_value(1)}

    for product in ({}, {"unit_mass_mg": "0"}):
        error = refused(world, as_stated(world, grower, "production/1", cartons(**product)), UnitMassError)
        assert error.field == "outputs/0/product/unit_mass_mg"
    world.post(as_stated(world, grower, "production/1", cartons(unit_mass_mg="620000")))
