from __future__ import annotations

import pytest

from ledger.allocation import PolicyWeightError, UnknownPolicyError, check_weights
from ledger.forms import validated
from ledger.statements import Output


def made(quantity: int, weight: int, unit: str = "mg") -> Output:
    balance = {"no": "0", "quantity": str(quantity), "unit": unit, "weight": str(weight), "liability": {}}
    return validated(Output, {"balance": balance, "product": {"name": "lychee"}})


def test_by_mass_an_output_weighs_what_it_weighs_or_nothing_when_rejected() -> None:
    assert check_weights("mass/1", [made(3000, 3000), made(500, 0)]) == [3000, 0]


def test_by_mass_another_weight_is_refused_with_both_numbers() -> None:
    with pytest.raises(PolicyWeightError) as caught:
        check_weights("mass/1", [made(3000, 3000), made(500, 499)])
    assert (caught.value.output, caught.value.expected, caught.value.weight) == (1, "500 or 0", 499)
    assert str(caught.value) == "Output 1: mass/1 gives the weight 500 or 0, but 499 is stated."


def test_by_mass_pieces_carry_nothing_because_they_have_no_mass_here() -> None:
    assert check_weights("mass/1", [made(5, 0, "piece")]) == [0]
    with pytest.raises(PolicyWeightError) as caught:
        check_weights("mass/1", [made(5, 5, "piece")])
    assert caught.value.expected == "a mass in mg or 0"


def test_by_revenue_any_whole_amount_of_money_serves() -> None:
    assert check_weights("economic/1", [made(1, 123, "piece"), made(5, 0)]) == [123, 0]


def test_a_policy_that_nobody_wrote_down_is_refused_with_those_that_are() -> None:
    with pytest.raises(UnknownPolicyError) as caught:
        check_weights("mass/2", [made(1, 1)])
    assert (caught.value.policy, caught.value.known) == ("mass/2", "mass/1, economic/1")
