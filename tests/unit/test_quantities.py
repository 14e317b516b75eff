from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.quantities import (
    MAX_AMOUNT,
    AmountFormError,
    AmountTooLargeError,
    NoWeightError,
    decimal,
    decimal_text,
    in_range,
    kilograms_text,
    largest_remainder,
    rounded_mg,
    share_of,
    whole,
)

NOT_WHOLE = (
    *("042", "+42", "-42", "4_2", " 42", "42 ", "٤٢", "４２", "4.0", "1e5", "NaN", "Infinity", "-0", ""),
    *("42\n", "\n42", "0x2a", "1" + "0" * 400, "1,000", "4²", ".5", "5."),
)
NOT_DECIMAL = (
    *("042", "+4.2", "-4.2", "4_2", " 4.2", "4.2 ", "٤.٢", "4.0", "4.20", "1e5", "1E5", "NaN", "Infinity"),
    *("-0", "", "4.2\n", ".5", "5.", "4,2", "1" + "0" * 400, "0." + "0" * 30 + "1", "4..2", "00.5"),
)
AMOUNTS = st.integers(0, MAX_AMOUNT)


@pytest.mark.parametrize("text", NOT_WHOLE)
def test_a_whole_amount_has_one_written_form(text: str) -> None:
    with pytest.raises(AmountFormError) as caught:
        whole(text, "outputs/0/quantity")
    assert caught.value.field == "outputs/0/quantity"
    assert len(caught.value.value) <= 40
    assert str(caught.value).startswith("outputs/0/quantity: ")
    assert "whole number" in str(caught.value)


@pytest.mark.parametrize("text", NOT_DECIMAL)
def test_a_decimal_amount_has_one_written_form(text: str) -> None:
    with pytest.raises(AmountFormError) as caught:
        decimal(text, "quantity")
    assert caught.value.form == "a decimal number"


@pytest.mark.parametrize("value", [42, 4.2, None, True, float("nan"), float("inf"), 10**400, [], b"42"])
def test_an_amount_is_a_text_and_never_a_json_number(value: object) -> None:
    with pytest.raises(AmountFormError):
        whole(value)
    with pytest.raises(AmountFormError) as caught:
        decimal(value)
    assert len(caught.value.value) <= 40


def test_a_hundred_quadrillion_is_the_most_that_the_books_hold() -> None:
    assert whole("100000000000000000") == MAX_AMOUNT == 10**17
    assert decimal("100000000000000000") == MAX_AMOUNT
    with pytest.raises(AmountTooLargeError) as caught:
        whole("100000000000000001", "lines/0")
    assert (caught.value.value, caught.value.limit) == (10**17 + 1, 10**17)
    assert str(caught.value) == (
        "lines/0: 100000000000000001 is more than 100000000000000000. Split it into smaller statements."
    )
    with pytest.raises(AmountTooLargeError):
        decimal("100000000000000000.1")
    with pytest.raises(AmountTooLargeError):
        in_range(-(10**17) - 1)
    assert in_range(-(10**17)) == -(10**17)


@given(AMOUNTS)
def test_a_whole_amount_written_and_read_again_is_the_same(amount: int) -> None:
    assert whole(str(amount)) == amount


@given(st.decimals(0, 10**17, places=30, allow_nan=False, allow_infinity=False))
def test_a_decimal_amount_written_and_read_again_is_the_same(amount: Decimal) -> None:
    text = decimal_text(amount)
    assert decimal(text) == amount
    assert decimal_text(decimal(text)) == text


@given(st.text(max_size=24))
def test_what_is_read_is_written_as_it_was(text: str) -> None:
    try:
        amount = whole(text)
    except (AmountFormError, AmountTooLargeError):
        return
    assert str(amount) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0"),
        ("10", "10"),
        ("0.10", "0.1"),
        ("1E+3", "1000"),
        ("1E-30", f"0.{'0' * 29}1"),
        ("1E-31", "0"),
    ],
)
def test_a_decimal_is_written_without_exponent_or_needless_zero(value: str, text: str) -> None:
    assert decimal_text(Decimal(value)) == text


@pytest.mark.parametrize(
    ("kilograms", "mg"),
    [("0.0000005", 0), ("0.0000015", 2), ("0.0000025", 2), ("1739.4125", 1_739_412_500), ("0", 0)],
)
def test_a_line_is_rounded_once_and_half_to_even(kilograms: str, mg: int) -> None:
    assert rounded_mg(Decimal(kilograms)) == mg


def test_milligrams_are_shown_as_kilograms_with_fixed_places() -> None:
    assert kilograms_text(1_866_666_666) == "1866.666666"
    assert kilograms_text(-1, 6) == "-0.000001"
    assert kilograms_text(654_971, 3) == "0.655"


@given(AMOUNTS, st.lists(st.integers(0, MAX_AMOUNT), min_size=1, max_size=30).filter(any))
def test_sharing_by_weights_neither_loses_nor_invents_a_milligram(total: int, weights: list[int]) -> None:
    shares = largest_remainder(total, weights)
    assert sum(shares) == total
    weight_sum = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        assert 0 <= share - total * weight // weight_sum <= 1
        if weight == 0:
            assert share == 0


@given(st.integers(1, 20), st.integers(0, 10**6))
def test_equal_claims_to_the_last_milligrams_go_to_the_lower_number(outputs: int, total: int) -> None:
    shares = largest_remainder(total, [7] * outputs)
    assert shares == sorted(shares, reverse=True)
    assert max(shares) - min(shares) <= 1


def test_the_larger_remainder_comes_before_the_lower_number() -> None:
    assert largest_remainder(10, [1, 1, 1]) == [4, 3, 3]
    assert largest_remainder(7, [2, 3, 2]) == [2, 3, 2]
    assert largest_remainder(5, [1, 2, 3]) == [1, 2, 2]


def test_nothing_can_be_shared_where_every_weight_is_zero() -> None:
    with pytest.raises(NoWeightError) as caught:
        largest_remainder(5, [0, 0], "outputs")
    assert caught.value.field == "outputs"
    assert "every weight is 0" in str(caught.value)


@given(AMOUNTS, st.integers(1, MAX_AMOUNT), st.data())
def test_the_intervals_of_a_lot_add_up_for_any_cuts(total: int, quantity: int, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, quantity), max_size=12))
    marks = [0, *sorted(cuts), quantity]
    shares = [share_of(total, a, b, quantity) for a, b in pairwise(marks)]
    assert sum(shares) == total
    assert all(share >= 0 for share in shares)
