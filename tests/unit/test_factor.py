"""A factor's record, its digest, and the milligrams that a quantity stands for."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ledger.factor import (
    COVERS,
    Factor,
    MixedGwpSetsError,
    Uncertainty,
    UnitMismatchError,
    UnknownGwpError,
    UnknownUnitError,
    amount_mg,
    factor_digest,
    unit_dimension,
    unit_ratio,
    value_under,
)
from ledger.quantities import AmountFormError, AmountTooLargeError, decimal_text

GRID: dict[str, Any] = {
    "id": "china-grid.cn-gd.2023",
    "name": "Grid electricity, Guangdong, 2023",
    "value": "0.4419",
    "per": "kWh",
    "gases": {"co2_fossil": "0.4419"},
    "basis": "gases",
    "gwp": "AR5",
    "source": "MEE and NBS of China",
    "dataset": "china-grid",
    "dataset_version": "2025 No. 47",
    "data_year": 2023,
    "region": "CN-GD",
    "licence": "cited",
    "channel": "fossil",
    "stage": "energy_provision",
    "evidence": "secondary",
    "covers": ["co2_only"],
}
MONEY = {"per": "USD", "currency": "USD", "currency_year": 2019, "price_type": "basic"}
AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=6)


def factor(**changes: Any) -> Factor:
    return Factor.model_validate({**GRID, **changes})


def test_a_megawatt_hour_in_guangdong_is_441_point_9_kilograms() -> None:
    assert amount_mg("1", "MWh", factor()) == 441_900_000
    assert amount_mg("1000", "kWh", factor()) == 441_900_000
    assert amount_mg("3600", "MJ", factor()) == 441_900_000


def test_the_record_leaves_out_what_is_unset() -> None:
    record = factor().record()
    assert record["covers"] == ["co2_only"]
    assert "sector" not in record
    assert None not in record.values()


def test_the_digest_is_that_of_the_canonical_record_and_changes_with_the_value() -> None:
    assert factor_digest(factor()) == hashlib.sha256(rfc8785.dumps(factor().record())).hexdigest()
    assert factor_digest(factor()) != factor_digest(factor(value="0.442", gases={"co2_fossil": "0.442"}))


def test_a_record_survives_its_own_wire_form() -> None:
    again = Factor.model_validate(factor().record())
    assert again == factor()
    assert factor_digest(again) == factor_digest(factor())


def test_half_a_milligram_goes_to_the_even_neighbour() -> None:
    one = factor(value="1")
    assert amount_mg("0.0000005", "kWh", one) == 0
    assert amount_mg("0.0000015", "kWh", one) == 2
    assert amount_mg("0.0000025", "kWh", one) == 2
    assert amount_mg("0.000000500000000000000000000001", "kWh", one) == 1


@given(AMOUNTS, AMOUNTS)
def test_a_larger_quantity_never_emits_less(first: Decimal, second: Decimal) -> None:
    low, high = sorted((first, second))
    assert amount_mg(low, "kWh", factor()) <= amount_mg(high, "kWh", factor())


@given(AMOUNTS, AMOUNTS)
def test_two_lines_and_their_sum_differ_by_rounding_alone(first: Decimal, second: Decimal) -> None:
    apart = amount_mg(first, "kWh", factor()) + amount_mg(second, "kWh", factor())
    assert abs(apart - amount_mg(first + second, "kWh", factor())) <= 1


@given(AMOUNTS)
def test_the_same_quantity_in_another_unit_emits_the_same(kwh: Decimal) -> None:
    assert amount_mg(kwh, "kWh", factor()) == amount_mg(kwh * 1000, "Wh", factor())
    assert amount_mg(kwh, "kWh", factor()) == amount_mg(kwh * Decimal("3.6"), "MJ", factor())


@pytest.mark.parametrize(
    ("unit", "per", "ratio"),
    [
        ("t", "kg", Fraction(1000)),
        ("mg", "kg", Fraction(1, 10**6)),
        ("L", "m3", Fraction(1, 1000)),
        ("mL", "L", Fraction(1, 1000)),
        ("kg·km", "t.km", Fraction(1, 1000)),
        ("kg.km", "t.km", Fraction(1, 1000)),
        ("MJ", "kWh", Fraction(5, 18)),
        ("ha", "m2", Fraction(10_000)),
        ("h", "s", Fraction(3600)),
        ("USD", "USD", Fraction(1)),
        ("piece", "piece", Fraction(1)),
    ],
)
def test_units_convert_exactly_and_back(unit: str, per: str, ratio: Fraction) -> None:
    assert unit_ratio(unit, per) == ratio
    back = unit_ratio(per, unit)
    assert back is not None
    assert back * ratio == 1


@pytest.mark.parametrize(("unit", "per"), [("kg", "L"), ("CNY", "USD"), ("kg", "kg.N"), ("TEU", "piece")])
def test_other_dimensions_are_never_converted(unit: str, per: str) -> None:
    assert unit_ratio(unit, per) is None


def test_kilograms_of_urea_are_not_kilograms_of_nitrogen() -> None:
    with pytest.raises(UnitMismatchError, match=r"kg can't be converted to kg\.N") as refused:
        amount_mg("100", "kg", factor(per="kg.N"))
    assert refused.value.factor_id == GRID["id"]


@pytest.mark.parametrize("unit", ["", "kwh", "KG", "usd", "metric ton", "US$"])
def test_an_unknown_unit_is_named(unit: str) -> None:
    with pytest.raises(UnknownUnitError) as refused:
        unit_dimension(unit)
    assert refused.value.unit == unit
    with pytest.raises(UnknownUnitError):
        amount_mg("1", unit, factor())


@pytest.mark.parametrize(
    "quantity", ["", "042", "+4", "4_2", " 42", "4.0", "-1", "1e3", "NaN", "Infinity", "٤٢"]
)
def test_a_quantity_in_another_form_is_refused(quantity: str) -> None:
    with pytest.raises(AmountFormError, match="quantity"):
        amount_mg(quantity, "kWh", factor())


@pytest.mark.parametrize("quantity", [Decimal("NaN"), Decimal("Infinity"), Decimal(-1)])
def test_a_decimal_that_is_no_quantity_is_refused(quantity: Decimal) -> None:
    with pytest.raises(AmountFormError, match="quantity"):
        amount_mg(quantity, "kWh", factor())


def test_more_than_a_hundred_megatonnes_in_one_line_is_refused() -> None:
    assert amount_mg("100000000", "t", factor(value="1000", per="t")) == 10**17
    with pytest.raises(AmountTooLargeError):
        amount_mg("100000001", "t", factor(value="1000", per="t"))
    with pytest.raises(AmountTooLargeError):
        amount_mg(Decimal("1e400"), "kWh", factor())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"value": "042"}, "one form"),
        ({"value": "NaN"}, "one form"),
        ({"value": "-1"}, "one form"),
        ({"value": "1e-3"}, "one form"),
        ({"value": 0.5}, "string"),
        ({"id": "Grid GD"}, "lower-case"),
        ({"id": "a" * 121}, "at most 120"),
        ({"name": ""}, "at least 1"),
        ({"channel": "smoke"}, "one of fossil"),
        ({"evidence": "guessed"}, "one of measured"),
        ({"covers": ["everything"]}, "one of co2_only"),
        ({"gwp": "AR7"}, "AR4"),
        ({"data_year": "2023"}, "integer"),
        ({"data_year": 1066}, "1900"),
        ({"cluster_size": 0}, "greater than or equal to 1"),
        ({"unknown": "field"}, "not permitted"),
        ({"currency": "USD"}, "stand together"),
        ({**MONEY, "currency": "CNY"}, "its own currency"),
        ({"per": "USD"}, "says its currency"),
        ({"gases": None}, "lists its gases"),
        ({"gases": {"CO2": "1"}}, "no code of a gas"),
        ({"gases": {"co2": "1.0"}}, "one form"),
    ],
)
def test_a_record_that_is_no_factor_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        factor(**changes)


def test_a_factor_per_an_unknown_unit_is_refused() -> None:
    with pytest.raises(UnknownUnitError):
        factor(per="bushel")


def test_a_spend_factor_says_its_money_whole() -> None:
    assert factor(**MONEY).price_type == "basic"


@pytest.mark.parametrize(
    ("given_parts", "reason"),
    [
        ({"kind": "range", "low": "1"}, "both or neither"),
        ({"kind": "range", "low": "2", "high": "1"}, "low is above high"),
        ({"kind": "range", "low": "1", "high": "2", "geometric_sd": "1.1"}, "belongs to the kind"),
        ({"kind": "geometric_sd"}, "belongs to the kind"),
        ({"kind": "geometric_sd", "geometric_sd": "0.9"}, "at least 1"),
        ({"kind": "geometric_sd", "geometric_sd": "1.1", "low": "1"}, "both or neither"),
    ],
)
def test_an_uncertainty_says_one_thing_whole(given_parts: dict[str, str], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Uncertainty.model_validate({**given_parts, "source": "IPCC"})


def test_both_kinds_of_uncertainty_are_kept() -> None:
    assert Uncertainty(kind="range", low="1", high="2", source="IPCC").high == "2"
    assert Uncertainty(kind="geometric_sd", geometric_sd="1.2", source="own").geometric_sd == "1.2"


def test_a_factor_made_of_gases_is_restated_in_the_preferred_set() -> None:
    soil = factor(value="265", per="kg", gases={"n2o": "1", "ch4": "0"})
    restated = value_under(soil, "AR6", {"n2o": "273"})
    assert (restated.value, restated.gwp, restated.as_asked) == (Decimal(273), "AR6", True)
    assert amount_mg("2", "kg", soil, restated.value) == 546_000_000


def test_a_factor_in_the_preferred_set_keeps_its_value() -> None:
    assert value_under(factor(), "AR5", {}).value == Decimal("0.4419")


def test_a_factor_published_as_co2e_keeps_its_own_set_and_says_so() -> None:
    kept = value_under(factor(basis="total"), "AR6", {"co2_fossil": "1"})
    assert (kept.value, kept.gwp, kept.as_asked) == (Decimal("0.4419"), "AR5", False)


def test_sets_are_never_mixed_inside_one_factor() -> None:
    mixed = factor(gases={"co2": "0.4", "unspecified_co2e": "0.0419"})
    with pytest.raises(MixedGwpSetsError, match="unspecified_co2e comes as CO2e under AR5") as refused:
        value_under(mixed, "AR6", {"co2": "1", "unspecified_co2e": "1"})
    assert (refused.value.own, refused.value.asked) == ("AR5", "AR6")
    assert value_under(factor(gases={"co2": "0.4", "unspecified_co2e": "0"}), "AR6", {"co2": "1"}).as_asked


def test_methane_of_unknown_origin_has_no_ar6_value() -> None:
    with pytest.raises(UnknownGwpError, match="no AR6 value for ch4"):
        value_under(factor(gases={"ch4": "1"}), "AR6", {"ch4_fossil": "29.8", "ch4_biogenic": "27"})


@given(st.decimals(min_value=0, max_value=1000, places=9))
def test_every_restated_value_has_a_wire_form(kg: Decimal) -> None:
    text = decimal_text(kg)
    restated = value_under(factor(gases={"n2o": text}), "AR6", {"n2o": "273"})
    assert restated.value == kg * 273


def test_every_code_of_what_is_covered_has_a_sentence() -> None:
    assert all(sentence.endswith(".") for sentence in COVERS.values())
