"""Which region or grid stands for a place."""

from __future__ import annotations

import pytest

from ledger.factors.errors import NoGridFactorError, UnknownRegionError
from ledger.factors.grid import grid_factor
from ledger.factors.regions import supplier_region


@pytest.mark.parametrize(
    ("region", "country", "tries"),
    [
        ("CN-GD", "CN", ("CN", "APAC", "ROW")),
        ("CN", "CN", ("CN", "APAC", "ROW")),
        ("CN-HK", "HK", ("APAC", "ROW")),
        ("JP", "JP", ("JP", "APAC", "ROW")),
        ("NL", "NL", ("EU", "ROW")),
        ("EU", None, ("EU", "ROW")),
        ("APAC", None, ("APAC", "ROW")),
        ("ZA", "ZA", ("ROW",)),
        ("US-CA", "US", ("US",)),
    ],
)
def test_a_supplier_is_looked_for_from_near_to_far(
    region: str, country: str | None, tries: tuple[str, ...]
) -> None:
    found = supplier_region(region)
    assert (found.country, found.tries) == (country, tries)


@pytest.mark.parametrize("region", ["", "XX", "cn", "China", "XX-GD", "CN-GUANGDONG"])
def test_a_place_that_is_no_region_is_refused(region: str) -> None:
    with pytest.raises(UnknownRegionError) as refused:
        supplier_region(region)
    assert refused.value.region == region


def test_guangdong_has_its_own_grid_factor() -> None:
    found = grid_factor("CN-GD", 2023)
    assert (found.factor.value, found.tried) == ("0.4419", ("CN-GD",))
    assert found.flags == ("co2_only", "upstream_not_covered")


def test_a_province_without_a_value_takes_its_region_then_the_nation_flagged() -> None:
    tibet = grid_factor("CN-XZ", 2023)
    assert tibet.tried == ("CN-XZ", "CN-grid-southwest")
    assert "region_fallback" in tibet.flags
    nowhere = grid_factor("CN-ZZ", 2023)
    assert (nowhere.factor.id, nowhere.tried) == ("china-grid.cn.2023", ("CN-ZZ", "CN"))


def test_the_nation_and_a_grid_region_are_no_fallback_when_asked_for() -> None:
    assert "region_fallback" not in grid_factor("CN", 2023).flags
    assert grid_factor("CN-grid-south", 2022).factor.value == "0.3869"


@pytest.mark.parametrize(("year", "used"), [(2021, 2021), (2026, 2023), (2015, 2021)])
def test_another_year_is_flagged(year: int, used: int) -> None:
    found = grid_factor("CN-GD", year)
    assert found.factor.data_year == used
    assert ("year_differs" in found.flags) == (year != used)


def test_provincial_values_of_2022_are_second_hand() -> None:
    assert "second_hand" in grid_factor("CN-GD", 2022).flags


def test_the_netherlands_have_a_second_hand_value() -> None:
    found = grid_factor("NL", 2023)
    assert (found.factor.value, found.flags) == ("0.267622", ("second_hand",))


@pytest.mark.parametrize("region", ["CN-HK", "CN-TW", "HK", "TW", "AQ", "EU", "nowhere"])
def test_a_place_without_a_grid_factor_is_refused(region: str) -> None:
    with pytest.raises(NoGridFactorError, match=region):
        grid_factor(region, 2023)
