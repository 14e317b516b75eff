"""What stands beside the footprint: it reaches a passport as the milligrams of its line do."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.closure import closure
from ledger.components import Components
from ledger.identifiers import lot_id
from ledger.lines import Line as SignedLine
from ledger.memos import KINDS, amount_text, memo_sums, memos_shown, reaching
from ledger.origins import Origin
from ledger.passport import Passport, passport
from ledger.provenance import provenance
from ledger.provenance_document import ProvenanceDocument, provenance_document
from tests.builders import Line, World, bought, kg, output, own

ALL = {
    "carbon_mg": {"fossil": "100", "biogenic": "200", "recycled": "30", "packaging": "40"},
    "land_m2_year": "2.5",
    "indirect_luc_mg": "600",
    "radiative_forcing_mg": "700",
}


def beside(line: Line, memo: dict[str, Any]) -> Line:
    """Return a line with a memo."""
    return {**line, "memo": memo}


def documents(world: World, identifier: str) -> tuple[Passport, ProvenanceDocument]:
    """Return both documents of a passport."""
    with world.store.read() as view:
        shipment = view.shipment(identifier)
        found = provenance([logged.statement for logged in closure(view, identifier)], identifier)
        assert shipment is not None
        return passport(shipment, found), provenance_document(found, lambda _: None)


def amounts(shown: Passport | ProvenanceDocument) -> dict[str, str]:
    return {memo.kind: memo.amount for memo in shown.memos}


def origin(memo: dict[str, Any], mg: int, reaches: int) -> Origin:
    line = SignedLine.model_validate(beside(own(mg), memo))
    vector, part = (Components.of("fossil.calculated", amount) for amount in (mg, reaches))
    return Origin("a" * 64, 0, line, vector, part)


@pytest.fixture
def world() -> World:
    return World()


def test_a_memo_reaches_a_passport_as_the_milligrams_of_its_line_do(world: World) -> None:
    farm = world.register("Farm", "farmer")
    lot = world.produce(farm, "lychee", kg(10), lines=(beside(own(1000), ALL), own(50)))
    quarter = world.dispatch(farm, lot, kg(10) // 4, to=None)
    document, graph = documents(world, quarter)
    assert amounts(document) == {
        "carbon_fossil_mg": "25",
        "carbon_biogenic_mg": "50",
        "carbon_recycled_mg": "8",
        "carbon_packaging_mg": "10",
        "land_m2_year": "0.625000",
        "indirect_luc_mg": "150",
        "radiative_forcing_mg": "175",
    }
    assert tuple(amounts(document)) == KINDS
    assert graph.memos == document.memos
    (line,) = graph.memo_lines
    assert (line.line, line.tier, line.organization.name) == (0, 1, "Farm")
    assert line.stated["carbon_recycled_mg"] == "30"
    assert line.stated["land_m2_year"] == "2.5"
    assert line.reaches == amounts(document)


def test_a_memo_is_never_added_up_with_the_footprint(world: World) -> None:
    farm = world.register("Farm", "farmer")
    with_memo = world.produce(farm, "lychee", kg(10), lines=(beside(own(1000), ALL),))
    without = world.produce(farm, "lychee", kg(10), lines=(own(1000),))
    shown = [documents(world, world.dispatch(farm, lot, kg(10), to=None))[0] for lot in (with_memo, without)]
    assert shown[0].footprint == shown[1].footprint
    assert shown[0].per_unit == shown[1].per_unit
    assert shown[0].pact == shown[1].pact
    assert shown[1].memos == ()


def test_memos_are_summed_by_kind_over_all_tiers(world: World) -> None:
    farm, packhouse = world.register("Farm", "farmer"), world.register("Packhouse", "supplier")
    carrier = world.register("Carrier", "carrier")
    lines = (beside(own(900), {"land_m2_year": "10"}), beside(bought(100), {"carbon_mg": {"fossil": "7"}}))
    lot = world.produce(farm, "lychee", kg(10), lines=lines)
    bulk = world.receive(packhouse, world.dispatch(farm, lot, kg(5), to=packhouse))
    box = beside(bought(60), {"carbon_mg": {"fossil": "3", "packaging": "9"}})
    packed = world.produce(packhouse, "packed", kg(4), inputs=((bulk, kg(5)),), lines=(box,))
    sent = world.dispatch(packhouse, packed, kg(4), to=None, handlers=(carrier,))
    world.handle(carrier, (beside(own(80), {"radiative_forcing_mg": "56"}),), shipment=sent)
    document, graph = documents(world, sent)
    assert {memo.kind: (memo.amount, memo.per_unit) for memo in document.memos} == {
        "carbon_fossil_mg": ("6", "0.000002"),
        "carbon_packaging_mg": ("9", "0.000002"),
        "land_m2_year": ("5.000000", "1.250000"),
        "radiative_forcing_mg": ("56", "0.000014"),
    }
    assert [line.tier for line in graph.memo_lines].count(2) == 2


def test_a_line_of_which_no_milligram_reaches_the_passport_brings_no_memo(world: World) -> None:
    farm = world.register("Farm", "farmer")
    outputs = [output("lychee", kg(10)), output("culls", kg(1), 0)]
    made = world.production(farm, outputs, lines=(beside(own(1000), ALL),))
    culls = world.dispatch(farm, lot_id(made.digest, 1), kg(1), to=None)
    document, graph = documents(world, culls)
    assert document.memos == graph.memos == ()
    assert all(line.reaches == {} for line in graph.memo_lines)
    assert reaching(origin(ALL, 1000, 0)) == {}


def test_a_line_that_states_no_memo_brings_none() -> None:
    silent = origin(ALL, 1000, 500)
    silent = replace(silent, line=silent.line.model_copy(update={"memo": None}))
    assert reaching(silent) == {}
    assert memo_sums([silent]) == {}


def test_a_line_of_removals_or_uptake_brings_its_memo_too(world: World) -> None:
    farm = world.register("Farm", "farmer")
    uptake = beside(own(4400, "biogenic_co2_uptake.calculated"), {"carbon_mg": {"biogenic": "1200"}})
    lot = world.produce(farm, "lychee", kg(10), lines=(uptake, own(5)))
    document, _ = documents(world, world.dispatch(farm, lot, kg(5), to=None))
    assert amounts(document) == {"carbon_biogenic_mg": "600"}


def test_a_memo_of_zero_is_said_and_what_nobody_states_is_not_there(world: World) -> None:
    farm = world.register("Farm", "farmer")
    lot = world.produce(farm, "lychee", kg(10), lines=(beside(own(10), {"indirect_luc_mg": "0"}),))
    document, _ = documents(world, world.dispatch(farm, lot, kg(5), to=None))
    assert amounts(document) == {"indirect_luc_mg": "0"}


def test_thirds_are_added_before_they_are_rounded() -> None:
    third = {"radiative_forcing_mg": "4"}
    sums = memo_sums([origin(third, 3, 1)] * 3)
    assert amount_text("radiative_forcing_mg", reaching(origin(third, 3, 1))["radiative_forcing_mg"]) == "1"
    assert [memo.amount for memo in memos_shown(sums, 10**6, "mg")] == ["4"]


def test_a_half_milligram_goes_to_the_even_neighbour() -> None:
    half = reaching(origin({"indirect_luc_mg": "5"}, 2, 1))["indirect_luc_mg"]
    assert half == Fraction(5, 2)
    assert amount_text("indirect_luc_mg", half) == "2"


@given(
    st.integers(1, 10**12),
    st.integers(0, 10**12),
    st.lists(st.integers(1, 10**6), min_size=1, max_size=6),
)
def test_what_reaches_all_buyers_is_what_was_stated(mg: int, memo: int, weights: list[int]) -> None:
    shares = Components.of("fossil.calculated", mg).shared(weights)
    stated = {"radiative_forcing_mg": str(memo)}
    parts = [reaching(origin(stated, mg, share.gross_mg())) for share in shares]
    total = sum((part.get("radiative_forcing_mg", Fraction(0)) for part in parts), Fraction(0))
    assert abs(total - memo) <= Fraction(len(weights), 10**30)


def test_a_correction_takes_a_dropped_line_s_memo_away_and_brings_its_own(world: World) -> None:
    farm = world.register("Farm", "farmer")
    lines = (beside(own(1000), {"indirect_luc_mg": "9"}), own(50))
    made = world.production(farm, [output("lychee", kg(10))], lines=lines)
    added = beside(own(500), {"indirect_luc_mg": "4", "land_m2_year": "3"})
    change = world.correct(farm, made.digest, drop=(0,), add=(added,))
    half = world.dispatch(farm, lot_id(made.digest, 0), kg(5), to=None)
    document, graph = documents(world, half)
    assert amounts(document) == {"land_m2_year": "1.500000", "indirect_luc_mg": "2"}
    (line,) = graph.memo_lines
    assert (line.statement, line.line, line.organization.name) == (change.digest, 0, "Farm")
