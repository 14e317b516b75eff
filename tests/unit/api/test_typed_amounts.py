"""Quantities as people type them: exact, or refused with what to type instead."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.typed_amounts import (
    TypedQuantityError,
    TypedTooFineError,
    TypedUnitError,
    quantity_text,
    typed_quantity,
)
from ledger.quantities import MAX_AMOUNT
from ledger.shown import DECLARED_UNITS


@pytest.mark.parametrize(
    ("typed", "unit", "amount"),
    [
        ("2.5 t", "mg", 2_500_000_000),
        ("2.5t", "mg", 2_500_000_000),
        ("300 kg", "mg", 300_000_000),
        ("300 公斤", "mg", 300_000_000),
        ("0.000001 kg", "mg", 1),
        ("2.50 kg", "mg", 2_500_000),
        ("40 piece", "piece", 40),
        ("40 件", "piece", 40),
        ("1.5 L", "mL", 1500),
        ("2 h", "s", 7200),
        ("0.5 ha", "m2", 5000),
        ("1 TEU", "TEU", 1),
        ("all", "mg", 77),
    ],
)
def test_a_quantity_is_read_exactly_in_the_lots_own_unit(typed: str, unit: str, amount: int) -> None:
    assert typed_quantity(typed, unit, 77) == amount


@pytest.mark.parametrize(
    "typed",
    [
        *("", "kg", "300", "-3 kg", "+3 kg", "1,000 kg", "1e3 kg", "0 kg", "0.0 kg", "042 kg", "３ kg"),
        *(" 3 kg", "3  kg", "3 kg ", "1.2.3 kg", ". kg", "NaN kg", "3 kg\n", "9" * 400 + " kg"),
    ],
)
def test_what_is_no_quantity_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(TypedQuantityError, match="Write a number and a unit"):
        typed_quantity(typed, "mg", 77)


def test_goods_are_taken_in_a_unit_in_which_they_are_counted() -> None:
    for typed, unit in (("40 piece", "mg"), ("3 kg", "piece"), ("3 L", "mg"), ("3 boxes", "piece")):
        with pytest.raises(TypedUnitError, match="Write the quantity in "):
            typed_quantity(typed, unit, 77)


def test_what_is_finer_than_the_books_or_beyond_them_is_refused() -> None:
    for typed, unit in (("0.0000001 kg", "mg"), ("1.5 piece", "piece"), ("100000000001 t", "mg")):
        with pytest.raises(TypedTooFineError, match="whole number"):
            typed_quantity(typed, unit, 77)


@given(st.integers(1, MAX_AMOUNT), st.sampled_from(sorted(DECLARED_UNITS)))
def test_what_is_shown_may_be_typed_again_and_means_the_same(amount: int, unit: str) -> None:
    assert typed_quantity(quantity_text(amount, unit), unit, 0) == amount


@given(st.decimals(Decimal("0.001"), Decimal(10**6), places=3))
def test_tonnes_are_a_thousand_kilograms(tonnes: Decimal) -> None:
    text = f"{tonnes:f}"
    assert typed_quantity(f"{text} t", "mg", 0) == tonnes * 10**9
