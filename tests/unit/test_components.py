from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.components import (
    CHANNELS,
    EVIDENCES,
    NAMES,
    NOTHING,
    SLOTS,
    Components,
    NegativeComponentError,
    UnknownComponentError,
    ZeroComponentError,
)
from ledger.quantities import EXACT, MAX_AMOUNT, AmountFormError, AmountTooLargeError, NoWeightError

VECTORS = st.dictionaries(st.integers(0, len(NAMES) - 1), st.integers(0, 10**15), max_size=6).map(Components)


def of(**amounts: int) -> Components:
    return Components.parse({name.replace("__", "."): str(mg) for name, mg in amounts.items()})


def test_slots_are_numbered_channel_by_channel_and_never_renumbered() -> None:
    assert len(NAMES) == len(CHANNELS) * len(EVIDENCES) == 66
    assert (NAMES[0], NAMES[5], NAMES[6], NAMES[65]) == (
        "fossil.measured",
        "fossil.markup",
        "aircraft.measured",
        "ccs_capture.markup",
    )
    assert SLOTS["fossil.spend"] == 4


@given(VECTORS)
def test_a_vector_written_and_read_again_is_the_same(vector: Components) -> None:
    assert Components.parse(vector.wire()) == vector
    assert hash(Components.parse(vector.wire())) == hash(vector)
    assert len(vector) == len(vector.wire())
    assert "0" not in vector.wire().values()


@given(VECTORS, VECTORS)
def test_a_vector_is_stated_by_its_own_amounts_and_by_no_others(one: Components, other: Components) -> None:
    assert one.is_stated(one.wire())
    assert one.is_stated(other.wire()) == (one == other)


def test_what_states_no_vector_is_refused_and_not_called_another_one() -> None:
    with pytest.raises(AmountFormError):
        Components.of("fossil.calculated", 12).is_stated({"fossil.calculated": "012"})


def test_a_component_that_nobody_registered_is_refused_by_its_name() -> None:
    with pytest.raises(UnknownComponentError) as caught:
        Components.parse({"fossil.guessed": "1"}, "lines/0/amount/components")
    assert (caught.value.field, caught.value.value) == ("lines/0/amount/components", "fossil.guessed")
    with pytest.raises(UnknownComponentError) as caught:
        Components.parse({"x" * 1000: "1"})
    assert len(caught.value.value) == 60


def test_a_component_of_nothing_is_left_out_not_written_as_zero() -> None:
    with pytest.raises(ZeroComponentError) as caught:
        Components.parse({"luc.measured": "0"})
    assert str(caught.value) == "components: luc.measured is 0. Leave out components without an amount."
    with pytest.raises(AmountFormError) as form:
        Components.parse({"luc.measured": "00"})
    assert form.value.field == "components/luc.measured"
    with pytest.raises(AmountTooLargeError):
        Components.parse({"luc.measured": str(MAX_AMOUNT + 1)})


def test_a_vector_says_which_components_it_has() -> None:
    vector = Components.of("fossil.measured", 3)
    assert 0 in vector
    assert 1 not in vector
    assert vector[1] == 0
    assert vector.get(1, 0) == 0
    assert list(vector) == [0]
    assert repr(vector) == "Components({'fossil.measured': '3'})"
    assert vector != {0: 3}
    assert Components({0: 0}) == NOTHING


@given(VECTORS, VECTORS)
def test_what_is_added_can_be_taken_out_again(one: Components, other: Components) -> None:
    assert (one + other) - other == one
    assert (one + other).difference(one) == dict(other)
    assert one.difference(one + other) == {slot: -mg for slot, mg in other.items()}


def test_a_component_never_goes_below_nothing() -> None:
    with pytest.raises(NegativeComponentError) as caught:
        of(fossil__measured=5) - of(fossil__measured=6)
    assert (caught.value.component, caught.value.held, caught.value.asked) == ("fossil.measured", 5, 6)
    assert str(caught.value) == "fossil.measured holds 5 mg, but 6 mg are taken out of it."


def test_a_sum_beyond_what_the_books_hold_is_refused_by_its_component() -> None:
    with pytest.raises(AmountTooLargeError) as caught:
        of(luc__spend=MAX_AMOUNT) + of(luc__spend=1)
    assert (caught.value.field, caught.value.value) == ("luc.spend", MAX_AMOUNT + 1)


@given(VECTORS, st.lists(st.integers(0, 10**12), min_size=1, max_size=8).filter(any))
def test_every_component_is_shared_by_itself_and_adds_up(vector: Components, weights: list[int]) -> None:
    shares = vector.shared(weights)
    assert Components.total_of(shares) == vector
    for slot in vector:
        assert sum(share[slot] for share in shares) == vector[slot]


def test_nothing_is_shared_over_outputs_without_weight_only_where_there_is_nothing() -> None:
    assert NOTHING.shared([0, 0]) == [NOTHING, NOTHING]
    with pytest.raises(NoWeightError):
        of(luc__spend=1).shared([0, 0])


@given(VECTORS, st.integers(1, 10**12), st.data())
def test_the_intervals_of_a_vector_add_up(vector: Components, quantity: int, data: st.DataObject) -> None:
    marks = [0, *sorted(data.draw(st.lists(st.integers(0, quantity), max_size=5))), quantity]
    pieces = [vector.interval(a, b, quantity) for a, b in pairwise(marks)]
    assert Components.total_of(pieces) == vector


def test_only_removals_of_the_same_product_system_make_gross_into_net() -> None:
    vector = of(
        fossil__measured=100,
        aircraft__calculated=20,
        land_fossil__imported=10,
        luc__secondary=5,
        land_biogenic_co2__spend=3,
        biogenic_non_co2__measured=2,
        biogenic_co2_out__measured=1000,
        biogenic_co2_uptake__calculated=900,
        land_removal__measured=30,
        tech_removal__measured=7,
        ccs_capture__measured=4,
    )
    assert vector.gross_mg() == 140
    assert vector.removals_mg() == 41
    assert vector.net_mg() == 99
    assert vector.channel_mg("biogenic_co2_out") == 1000
    assert vector.evidence_mg("secondary", "spend") == 8
    assert vector.primary_share() == EXACT.divide(Decimal(122), Decimal(140))
    assert vector.pact() == {"fossil": 130, "excluding_uptake": 99, "including_uptake": 99 - 900}


def test_removals_may_exceed_emissions_and_the_net_is_then_below_zero() -> None:
    vector = of(fossil__measured=1, land_removal__measured=5)
    assert vector.net_mg() == -4
    assert NOTHING.primary_share() is None
