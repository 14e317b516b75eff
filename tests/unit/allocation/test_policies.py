"""What each policy gives and refuses, and what holds for all of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.allocation.errors import (
    PolicyEnergyError,
    PolicyInputChoiceError,
    PolicyInputMissingError,
    PolicyInputNumberError,
    PolicyInputSumError,
    PolicyInputTwiceError,
    PolicyInputUnusedError,
    PolicyPeriodError,
    PolicyUnitError,
    UnknownPolicyError,
)
from ledger.allocation.given import Made
from ledger.forms import UnknownFieldError
from ledger.quantities import AmountTooLargeError
from ledger.shown import DECLARED_UNITS
from tests.unit.allocation.sharing import (
    KG,
    cut_off,
    divided,
    energy,
    made,
    policy,
    revenues,
    shared,
    values,
    weighed,
)


def test_by_mass_everything_weighs_what_it_weighs() -> None:
    assert weighed("mass/1", made(3000, 500)) == [3000, 500]
    with pytest.raises(PolicyUnitError) as caught:
        weighed("mass/1", made(5, unit="piece"))
    assert str(caught.value) == (
        "Output 0 is counted in piece, but mass/1 shares by mass in mg. Name another policy."
    )


def test_by_the_piece_every_piece_carries_as_much() -> None:
    assert weighed("pieces/1", made(300, 100, unit="piece")) == [300, 100]
    with pytest.raises(PolicyUnitError) as caught:
        weighed("pieces/1", made(5))
    assert (caught.value.output, caught.value.unit) == (0, "mg")


def test_prices_are_per_kilogram_litre_kilowatt_hour_hour_and_so_on() -> None:
    for unit, (_name, worth) in DECLARED_UNITS.items():
        per = int(worth * 1_000_000)
        found = weighed("economic/1", made(7 * per, unit=unit), values({"output": "0", "price": "12.5"}))
        assert found == [round(7 * 12.5)]


def test_revenue_and_price_can_stand_beside_each_other() -> None:
    inputs = values({"output": "1", "price": "850.5"}, {"output": "0", "revenue": "12"})
    assert weighed("economic/1", made(KG, 4 * KG), inputs) == [12, 3402]


@pytest.mark.parametrize("entry", [{"revenue": "1", "price": "1"}, {}])
def test_an_output_is_worth_one_thing(entry: dict[str, str]) -> None:
    with pytest.raises(PolicyInputChoiceError) as caught:
        weighed("economic/1", made(KG), values({"output": "0", **entry}))
    assert caught.value.given == len(entry)


def test_sharing_by_value_needs_the_value_of_every_output_and_says_how_many_there_are() -> None:
    with pytest.raises(PolicyInputMissingError) as caught:
        weighed("economic/1", made(1, 2, 3), revenues(5, 6))
    assert (caught.value.needed, caught.value.given, caught.value.first) == (3, 2, "output 2")
    assert str(caught.value) == (
        "economic/1 needs 3 entries of policy/inputs/values/outputs, but 2 are given. "
        "Missing first: output 2."
    )
    with pytest.raises(PolicyInputMissingError) as caught:
        weighed("economic/1", made(1, 2))
    assert (caught.value.needed, caught.value.given) == (2, 0)


def test_values_that_sum_to_nothing_share_nothing() -> None:
    with pytest.raises(PolicyInputSumError) as caught:
        weighed("economic/1", made(1, 2), revenues(0, 0))
    assert "2 outputs sum to 0" in str(caught.value)


def test_an_output_is_named_once_and_is_there() -> None:
    with pytest.raises(PolicyInputTwiceError) as caught:
        weighed("economic/1", made(1), values(*({"output": "0", "revenue": "5"},) * 2))
    assert (caught.value.field, caught.value.number) == ("policy/inputs/values/outputs", 0)
    with pytest.raises(PolicyInputNumberError) as missing:
        weighed("economic/1", made(1), revenues(5, 6))
    assert (missing.value.number, missing.value.known) == (1, "output 0 to be shared over")


def test_prices_are_averaged_over_a_period_that_has_days() -> None:
    backwards = revenues(5)
    backwards["values"]["averaged"] = {"from": "2026-06-30", "to": "2026-01-01"}
    with pytest.raises(PolicyPeriodError) as caught:
        weighed("economic/1", made(1), backwards)
    assert (caught.value.start, caught.value.end) == ("2026-06-30", "2026-01-01")


def test_a_revenue_beyond_what_the_books_hold_is_refused() -> None:
    with pytest.raises(AmountTooLargeError):
        weighed("economic/1", made(10**17), values({"output": "0", "price": str(10**17)}))
    with pytest.raises(AmountTooLargeError):
        weighed("energy/1", made(10**17), energy({"output": "0", "lower_heating_value": "40"}))


def test_heat_and_power_are_shared_by_their_joules() -> None:
    inputs = energy({"output": "0", "joules": "7200"}, {"output": "1", "lower_heating_value": "17.25"})
    assert weighed("energy/1", [Made(0, 2, "Wh"), Made(1, 2 * KG, "mg")], inputs) == [7200, 34_500_000]


def test_power_holds_the_energy_that_its_quantity_says() -> None:
    with pytest.raises(PolicyEnergyError) as caught:
        weighed("energy/1", made(2, unit="Wh"), energy({"output": "0", "joules": "7201"}))
    assert (caught.value.stated, caught.value.expected) == (7201, 7200)


@pytest.mark.parametrize("entry", [{"joules": "1", "lower_heating_value": "1"}, {}])
def test_an_output_s_energy_is_said_once(entry: dict[str, str]) -> None:
    with pytest.raises(PolicyInputChoiceError) as caught:
        weighed("energy/1", made(KG), energy({"output": "0", **entry}))
    assert caught.value.choices == "joules and lower_heating_value"


def test_a_heating_value_per_kilogram_needs_kilograms() -> None:
    with pytest.raises(PolicyUnitError) as caught:
        weighed("energy/1", made(5, unit="mL"), energy({"output": "0", "lower_heating_value": "34"}))
    assert (caught.value.unit, caught.value.needed) == ("mL", "lower heating value per kg, or joules")


def test_energy_is_given_for_every_output_and_is_not_nothing() -> None:
    with pytest.raises(PolicyInputMissingError):
        weighed("energy/1", made(5))
    with pytest.raises(PolicyInputSumError) as caught:
        weighed("energy/1", made(5), energy({"output": "0", "joules": "0"}))
    assert (caught.value.outputs, caught.value.total) == (1, 0)


def test_scrap_carries_nothing_and_needs_no_price() -> None:
    inputs = {**cut_off(1, others="economic/1"), **values({"output": "0", "revenue": "5"})}
    assert weighed("cut-off/1", made(10, 20), inputs) == [5, 0]
    priced = {**cut_off(1, others="economic/1"), **revenues(5, 6)}
    with pytest.raises(PolicyInputNumberError) as caught:
        weighed("cut-off/1", made(10, 20), priced)
    assert (caught.value.number, caught.value.known) == (1, "output 0 to be shared over")


@pytest.mark.parametrize(
    ("inputs", "error"),
    [
        (None, PolicyInputMissingError),
        (cut_off(), PolicyInputMissingError),
        (cut_off(1, 1), PolicyInputTwiceError),
        (cut_off(2), PolicyInputNumberError),
        (cut_off(0, 1), PolicyInputSumError),
        (cut_off(1, others="cut-off/1"), UnknownPolicyError),
        (cut_off(1, others="economic/1"), PolicyInputMissingError),
        ({**cut_off(1), **revenues(5)}, PolicyInputUnusedError),
    ],
)
def test_a_cut_off_that_makes_no_sense_is_refused(inputs: dict[str, Any] | None, error: type) -> None:
    with pytest.raises(error) as caught:
        weighed("cut-off/1", made(10, 20), inputs)
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("inputs", "error", "fact"),
    [
        (None, PolicyInputMissingError, ("field", "policy/inputs/subdivision")),
        (divided({}, ([0, 1], [0])), PolicyInputMissingError, ("given", 0)),
        (divided({0: ([0], [])}, ([], [0])), PolicyInputMissingError, ("first", "lines/1")),
        (divided({0: ([0], [])}, ([1], [])), PolicyInputMissingError, ("first", "inputs/0")),
        (divided({0: ([0], [0])}, ([0, 1], [])), PolicyInputTwiceError, ("number", 0)),
        (divided({0: ([0], [0])}, ([1], [0])), PolicyInputTwiceError, ("number", 0)),
        (
            divided({0: ([0], [0])}, ([1, 2], [])),
            PolicyInputNumberError,
            ("known", "2 of them, counted from 0"),
        ),
        (divided({2: ([0], [0])}, ([1], [])), PolicyInputNumberError, ("known", "output 0 to 1")),
        (
            divided({0: ([0], [0])}, ([1], []), "subdivision/1"),
            UnknownPolicyError,
            ("policy", "subdivision/1"),
        ),
        (divided({0: ([0], [0])}, ([1], []), "energy/1"), PolicyInputMissingError, ("policy", "energy/1")),
    ],
)
def test_every_line_and_input_of_a_subdivision_has_exactly_one_place(
    inputs: dict[str, Any] | None, error: type, fact: tuple[str, object]
) -> None:
    with pytest.raises(error) as caught:
        weighed("subdivision/1", made(10, 20), inputs, lines=2, taken=1)
    assert type(caught.value) is error
    assert getattr(caught.value, fact[0]) == fact[1]


def test_an_output_is_divided_once() -> None:
    twice = divided({0: ([0], [])}, ([], []))
    twice["subdivision"]["alone"] *= 2
    with pytest.raises(PolicyInputTwiceError) as caught:
        weighed("subdivision/1", made(10, 20), twice)
    assert caught.value.field == "policy/inputs/subdivision/alone"


def test_a_policy_that_nobody_wrote_down_is_refused_with_those_that_are() -> None:
    with pytest.raises(UnknownPolicyError) as caught:
        weighed("mass/2", made(1))
    known = "mass/1, economic/1, energy/1, pieces/1, cut-off/1, subdivision/1, sole/1, bearing-cycle/1"
    assert caught.value.known == known
    assert str(caught.value).startswith("policy/id: there is no allocation policy 'mass/2' here.")


def test_inputs_that_no_policy_knows_are_no_form() -> None:
    with pytest.raises(UnknownFieldError):
        policy("mass/1", {"taste": {}})


QUANTITIES = st.lists(st.integers(1, 10**12), min_size=1, max_size=6)
AMOUNTS = st.lists(st.integers(0, 10**12), min_size=1, max_size=6)


def told(data: st.DataObject, quantities: list[int], count: int) -> tuple[str, dict[str, Any] | None]:
    """Draw a policy with inputs that fit these outputs and that many lines."""
    numbers = range(len(quantities))
    worth = st.lists(st.integers(0, 10**9), min_size=len(numbers), max_size=len(numbers)).filter(any)
    name = data.draw(st.sampled_from(["mass/1", "economic/1", "energy/1", "cut-off/1", "subdivision/1"]))
    if name == "economic/1":
        return name, revenues(*data.draw(worth))
    if name == "energy/1":
        joules = data.draw(worth)
        return name, energy(*({"output": str(n), "joules": str(one)} for n, one in enumerate(joules)))
    if name == "cut-off/1" and len(quantities) > 1:
        return name, cut_off(*data.draw(st.sets(st.sampled_from(numbers[1:]), min_size=1)))
    if name == "subdivision/1":
        homes = data.draw(st.lists(st.sampled_from([None, *numbers]), min_size=count, max_size=count))
        alone: dict[int, tuple[list[int], list[int]]] = {
            number: ([n for n, home in enumerate(homes) if home == number], []) for number in numbers
        }
        return name, divided(alone, ([n for n, home in enumerate(homes) if home is None], []))
    return "mass/1", None


@given(st.data(), QUANTITIES, AMOUNTS)
def test_shares_add_up_to_the_milligram_and_none_is_negative(
    data: st.DataObject, quantities: list[int], amounts: list[int]
) -> None:
    name, inputs = told(data, quantities, len(amounts))
    found = shared(name, made(*quantities), amounts, inputs)
    assert sum(found) == sum(amounts)
    assert min(found) >= 0


@given(st.integers(1, 10**9), st.integers(2, 6), AMOUNTS)
def test_equal_outputs_differ_by_the_tie_of_one_milligram_lower_numbers_first(
    quantity: int, count: int, amounts: list[int]
) -> None:
    found = shared("mass/1", made(*[quantity] * count), amounts)
    assert found == sorted(found, reverse=True)
    assert max(found) - min(found) <= 1


@given(st.permutations([7, 7, 40, 1]), AMOUNTS)
def test_the_order_of_outputs_moves_ties_only(order: list[int], amounts: list[int]) -> None:
    found = dict.fromkeys((7, 40, 1), 0)
    for quantity, share in zip(order, shared("mass/1", made(*order), amounts), strict=True):
        found[quantity] += share
    plain = shared("mass/1", made(7, 7, 40, 1), amounts)
    for quantity, share in ((7, plain[0] + plain[1]), (40, plain[2]), (1, plain[3])):
        assert abs(found[quantity] - share) <= 1
