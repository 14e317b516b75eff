"""Nitrogen on a field, out of the shipped tables."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.factors.errors import UnknownClimateError, UnknownGwpSetError, UnknownNitrogenError
from ledger.factors.library import FactorLibrary
from ledger.factors.soil import CLIMATES, KINDS, soil_n2o
from ledger.quantities import AmountFormError


def kg(milligrams: int) -> str:
    return str((Decimal(milligrams) / 10**6).quantize(Decimal("0.1")))


def test_100_kg_of_synthetic_nitrogen_in_a_wet_climate_are_840_kg() -> None:
    soil = soil_n2o("100", "wet", "AR5")
    assert (kg(soil.direct_mg), kg(soil.volatilised_mg), kg(soil.leached_mg)) == ("666.3", "64.1", "109.9")
    assert soil.direct_mg + soil.volatilised_mg + soil.leached_mg == 840_352_857


def test_wet_and_dry_factors_are_never_crossed() -> None:
    for kind in KINDS:
        for climate in CLIMATES:
            factors = soil_n2o("1", climate, "AR5", kind).factors
            assert all(f".{kind}.{climate}." in factor.id for factor in factors)


@pytest.mark.parametrize(
    ("place", "factors"),
    [
        (("synthetic", "wet"), ("0.016", "0.11", "0.014", "0.24")),
        (("synthetic", "dry"), ("0.005", "0.11", "0.005", "0")),
        (("synthetic", "aggregated"), ("0.010", "0.11", "0.010", "0.24")),
        (("organic", "wet"), ("0.006", "0.21", "0.014", "0.24")),
        (("organic", "dry"), ("0.005", "0.21", "0.005", "0")),
        (("organic", "aggregated"), ("0.010", "0.21", "0.010", "0.24")),
    ],
)
def test_every_climate_has_its_own_factors(place: tuple[str, str], factors: tuple[str, ...]) -> None:
    kind, climate = place
    ef1, gas_share, ef4, leach_share = map(Decimal, factors)
    soil = soil_n2o("1000", climate, "AR5", kind)
    per_n2o_n = Decimal(1000) * 44 / 28 * 265 * 10**6
    expected = (per_n2o_n * ef1, per_n2o_n * gas_share * ef4, per_n2o_n * leach_share * Decimal("0.011"))
    found = (soil.direct_mg, soil.volatilised_mg, soil.leached_mg)
    assert all(abs(mg - exact) <= 1 for mg, exact in zip(found, expected, strict=True))


def test_another_gwp_set_restates_the_gas() -> None:
    assert soil_n2o("100", "wet", "AR6").direct_mg == round(Decimal("0.016") * 44 / 28 * 273 * 10**8)


@settings(deadline=None)
@given(st.decimals(min_value=0, max_value=10**6, places=3))
def test_more_nitrogen_never_emits_less(n_kg: Decimal) -> None:
    less, more = soil_n2o(n_kg, "wet"), soil_n2o(n_kg + 1, "wet")
    assert less.direct_mg <= more.direct_mg
    assert less.volatilised_mg <= more.volatilised_mg
    assert less.leached_mg <= more.leached_mg


def test_what_rests_on_quoted_tables_is_marked_second_hand() -> None:
    direct, volatilised, leached = soil_n2o("1", "wet").factors
    assert "second_hand" not in direct.covers
    assert "second_hand" in volatilised.covers
    assert "second_hand" in leached.covers


@pytest.mark.parametrize(
    ("name", "per_kg"), [("urea", "0.7333"), ("limestone", "0.4400"), ("dolomite", "0.4767")]
)
def test_urea_and_lime_give_off_their_carbon(name: str, per_kg: str) -> None:
    factor = FactorLibrary.shipped().get(f"ipcc-2019.soil-co2.{name}")
    assert str(Decimal(factor.value).quantize(Decimal("0.0001"))) == per_kg
    assert (factor.channel, factor.per) == ("land_fossil", "kg")


def test_an_unknown_climate_kind_set_or_amount_is_named() -> None:
    with pytest.raises(UnknownClimateError, match="tropical"):
        soil_n2o("1", "tropical")
    with pytest.raises(UnknownNitrogenError, match="blue"):
        soil_n2o("1", "wet", "AR5", "blue")
    with pytest.raises(UnknownGwpSetError, match="SAR"):
        soil_n2o("1", "wet", "SAR")
    with pytest.raises(AmountFormError):
        soil_n2o("-1", "wet")
