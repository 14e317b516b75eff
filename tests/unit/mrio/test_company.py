"""One company beside its sector: like with like, or refused by name."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest

from ledger.mrio.benchmark import ReductionPath
from ledger.mrio.company import (
    CompanyYear,
    Measure,
    MixedIntensityError,
    NothingHandedOnError,
    RevenueCurrencyError,
    RevenueMissingError,
    compare,
)
from ledger.mrio.errors import MixedCharacterisationError
from ledger.mrio.table import Extension
from tests.unit.mrio.tables import table
from tests.unit.mrio.test_product_factor import solved_row

TWO = table(
    [[10, 0, 5, 0], [0, 20, 0, 5], [5, 0, 10, 0], [0, 5, 0, 20]],
    [100] * 4,
    F=[10, 20, 40, 80],
    regions=("north", "south"),
)
"""Multipliers in t per USD, so a kilogram per dollar is a thousandth of them."""


def year(number: int = 2000, kg: int = 300, goods: str = "600", revenue: str | None = "1000") -> CompanyYear:
    mg = kg * 10**6
    return CompanyYear(number, mg, mg, Decimal(goods), None if revenue is None else Decimal(revenue))


def test_a_company_stands_among_its_peers_in_the_tables_own_unit() -> None:
    solved = solved_row(TWO)
    found = compare(TWO, solved, "north", "s1", [year()], currency="USD", floor=0.0)
    assert found.standing is not None
    assert found.standing.own == pytest.approx(0.0003), "0.3 kg per USD in t per USD"
    assert found.standing.region == pytest.approx(float(solved.M[0]))
    assert found.standing.as_good_or_better == 0.0
    assert found.standing.best_practice <= found.standing.average
    assert found.flags == ("co2_only",)
    shown = found.as_json()
    assert shown["years"][0]["kg_per_kg"] == "0.5"
    assert shown["years"][0]["kg_per_money"] == "0.3"
    assert shown["standing"]["unit"] == "t per USD"
    worse = compare(TWO, solved, "north", "s1", [year(kg=10**7)], currency="USD", floor=0.0)
    assert worse.standing is not None
    assert worse.standing.as_good_or_better == 1.0


def test_the_last_year_is_placed_and_another_year_than_the_tables_is_said() -> None:
    years = [year(2002, 100), year(2001, 300)]
    found = compare(TWO, solved_row(TWO), "north", "s1", years, currency="USD", floor=0.0)
    assert [one.year for one in found.years] == [2001, 2002]
    assert found.standing is not None
    assert found.standing.year == 2002
    assert found.flags == ("undeflated", "co2_only")


@pytest.mark.parametrize("measure", ["per_kg", "total"])
def test_kilograms_per_kilogram_are_never_compared_with_tonnes_per_money(measure: Measure) -> None:
    with pytest.raises(MixedIntensityError, match=f"{measure} can't be compared with t per USD"):
        compare(TWO, solved_row(TWO), "north", "s1", [year()], currency="USD", measure=measure)


@pytest.mark.parametrize("revenue", [None, "0"])
def test_without_revenue_there_is_nothing_per_money(revenue: str | None) -> None:
    with pytest.raises(RevenueMissingError, match="none above 0 for 2000"):
        compare(TWO, solved_row(TWO), "north", "s1", [year(revenue=revenue)], currency="USD")


def test_revenue_in_another_currency_is_refused() -> None:
    with pytest.raises(RevenueCurrencyError, match="the table is in USD, the revenue in 'CNY'"):
        compare(TWO, solved_row(TWO), "north", "s1", [year()], currency="CNY")


def test_a_year_without_dispatches_is_refused() -> None:
    with pytest.raises(NothingHandedOnError, match="2000"):
        compare(TWO, solved_row(TWO), "north", "s1", [year(kg=0)], currency="USD")
    with pytest.raises(NothingHandedOnError):
        compare(TWO, solved_row(TWO), "", "", [year(goods="0")], measure="per_kg", against="years")


def test_without_revenue_a_company_is_compared_with_its_own_years_and_a_path() -> None:
    years = [year(2020, 300, revenue=None), year(2021, 290, revenue=None)]
    path = ReductionPath("sectoral", 10.0, 2020, "our board")
    found = compare(TWO, solved_row(TWO), "", "", years, measure="per_kg", against="years", path=path)
    assert found.standing is None
    assert [step.allowed for step in found.steps] == pytest.approx([0.5, 0.45])
    assert found.steps[1].above > 0
    assert found.as_json()["path"][1]["above"] == pytest.approx(290 / 600 - 0.45)
    money = [year(2020), year(2021)]
    also = compare(TWO, solved_row(TWO), "", "", money, against="years", path=path)
    assert also.steps[0].actual == pytest.approx(0.3)


def test_a_path_for_a_total_is_compared_with_the_total_only() -> None:
    years = [year(2020, 300), year(2021, 280)]
    path = ReductionPath("absolute", 5.0, 2020, "our board")
    found = compare(TWO, solved_row(TWO), "", "", years, measure="total", against="years", path=path)
    assert [step.allowed for step in found.steps] == pytest.approx([300, 285])
    with pytest.raises(MixedIntensityError, match="a path of the kind absolute"):
        compare(TWO, solved_row(TWO), "", "", years, measure="per_kg", against="years", path=path)


def test_goods_that_are_not_weighed_are_said() -> None:
    partly = replace(year(), gross_mg=2 * 300 * 10**6)
    found = compare(TWO, solved_row(TWO), "", "", [partly], measure="per_kg", against="years")
    assert found.flags == ("some_goods_unweighed",)
    bare = replace(year(), kg_goods=Decimal(0), revenue=None)
    assert (
        compare(TWO, solved_row(TWO), "", "", [bare], measure="total", against="years").as_json()["years"][0][
            "kg_per_kg"
        ]
        is None
    )


def test_a_row_that_is_no_mass_is_refused() -> None:
    own = TWO.extension()
    energy = Extension("emissions", own.F, pd.DataFrame({"unit": ["TJ"]}, index=["CO2"]))
    one = replace(TWO, extensions={"emissions": energy})
    with pytest.raises(MixedCharacterisationError, match="in TJ"):
        compare(one, solved_row(one), "north", "s1", [year()], currency="USD")
