"""A product of a table becomes a factor that says everything about where it comes from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ledger.factor import amount_mg, factor_digest, factor_flags, value_under
from ledger.mrio.characterisation import in_co2e
from ledger.mrio.checks import accepted, check
from ledger.mrio.errors import MixedCharacterisationError, UnknownTableSectorError
from ledger.mrio.leontief import multipliers
from ledger.mrio.library import Solved, TableLibrary
from ledger.mrio.product_factor import (
    MoneyUnitError,
    NegativeMultiplierError,
    TablePriceTypeError,
    factor_of,
    money_worth,
)
from ledger.mrio.table import Extension, Table
from tests.unit.mrio.tables import kitzes, table


def solved_row(one: Table, extension: str | None = None, stressor: str | None = None) -> Solved:
    chosen = one.extension(extension)
    row = stressor or chosen.stressors[0]
    found = multipliers(one, chosen, [row])
    M = np.asarray(found.M, dtype=np.float64)[0]
    unit = f"{chosen.unit_of(row)} per {one.unit}"
    return Solved(one.digest(), chosen.name, row, unit, M, found.method, found.residual)


def test_a_product_of_kitzes_table_is_a_factor_of_1600_kg_a_dollar() -> None:
    one = kitzes()
    found = factor_of(one, solved_row(one), "all", "s1")
    assert (found.value, found.per, found.currency_year, found.price_type) == ("1600", "USD", 2000, "basic")
    assert found.dataset == one.digest(), "the table's digest travels with the factor"
    assert (found.region, found.sector, found.licence) == ("all", "s1", "facts")
    assert (found.evidence, found.cluster_size) == ("spend", 1)
    assert amount_mg("2", "USD", found) == 3_200_000_000


def test_co2_alone_is_flagged_and_the_same_under_every_gwp_set() -> None:
    one = kitzes()
    found = factor_of(one, solved_row(one), "all", "s1")
    assert factor_flags(found) == ("co2_only",)
    assert "margins_not_included" in found.covers
    assert "no_land_use_change" in found.covers
    assert factor_of(one, solved_row(one), "all", "s1", gwp="AR6").gwp == "AR6"
    assert value_under(found, "AR6", {"co2": "1"}).value == 1600


def of_co2e() -> Table:
    one = kitzes()
    gases = pd.DataFrame([[8.0, 4.0], [1.0, 0.0]], index=["CO2", "CH4"], columns=one.labels)
    unit = pd.DataFrame({"unit": ["t", "t"]}, index=["CO2", "CH4"])
    sets = {"AR5": {"co2": "1", "ch4": "28"}, "AR4": {"co2": "1", "ch4": "25"}}
    both = in_co2e(Extension("gases", gases, unit), {"CO2": "co2", "CH4": "ch4"}, sets)
    return replace(one, extensions={"CO2e": both})


def test_co2e_keeps_the_gwp_set_that_it_was_added_up_in() -> None:
    one = of_co2e()
    found = factor_of(one, solved_row(one, "CO2e", "CO2e AR5"), "all", "s1", gwp="AR5")
    assert (found.gwp, found.basis, found.gases) == ("AR5", "total", None)
    assert "co2_only" not in found.covers
    older = factor_of(one, solved_row(one, "CO2e", "CO2e AR4"), "all", "s1")
    assert float(older.value) < float(found.value)
    assert older.id != found.id


def test_another_gwp_set_than_the_rows_is_refused() -> None:
    one = of_co2e()
    with pytest.raises(MixedCharacterisationError, match="AR6: it was added up in AR5"):
        factor_of(one, solved_row(one, "CO2e", "CO2e AR5"), "all", "s1", gwp="AR6")


@pytest.mark.parametrize(("row", "unit", "why"), [("CH4", "t", "neither CO2"), ("CO2", "TJ", "in TJ")])
def test_a_row_that_is_no_carbon_makes_no_factor(row: str, unit: str, why: str) -> None:
    one = kitzes()
    own = one.extension()
    other = Extension("emissions", own.F.set_axis([row]), pd.DataFrame({"unit": [unit]}, index=[row]))
    one = replace(one, extensions={"emissions": other})
    with pytest.raises(MixedCharacterisationError, match=why):
        factor_of(one, solved_row(one), "all", "s1")


def test_a_set_that_nobody_knows_is_no_set() -> None:
    one = kitzes()
    other = replace(solved_row(one), stressor="CO2e AR9")
    with pytest.raises(MixedCharacterisationError):
        factor_of(one, other, "all", "s1")


@pytest.mark.parametrize(
    ("unit", "currency", "worth"),
    [
        ("10,000 CNY", "CNY", 10_000),
        ("10000 CNY", "CNY", 10_000),
        ("万元", "CNY", 10_000),
        ("亿元", "CNY", 100_000_000),
        ("USD", "USD", 1),
        ("M.EUR", "EUR", 1_000_000),
        ("M EUR", "EUR", 1_000_000),
        ("MEUR", "EUR", 1_000_000),
        ("million USD", "USD", 1_000_000),
        ("Million USD", "USD", 1_000_000),
        ("1000 USD", "USD", 1_000),
        ("kEUR", "EUR", 1_000),
        ("100 million CNY", "CNY", 100_000_000),
    ],
)
def test_a_tables_money_is_counted_in_its_currency(unit: str, currency: str, worth: int) -> None:
    assert money_worth(replace(kitzes(), unit=unit, currency=currency)) == worth


@pytest.mark.parametrize(
    ("unit", "currency"),
    [
        ("10,000 CNY", "USD"),
        ("dozen USD", "USD"),
        ("0 USD", "USD"),
        ("tonnes", "USD"),
        ("100", "USD"),
        ("usd", "usd"),
        ("万元", "USD"),
    ],
)
def test_money_that_cannot_be_counted_is_refused(unit: str, currency: str) -> None:
    one = replace(kitzes(), unit=unit, currency=currency)
    with pytest.raises(MoneyUnitError, match="Write 10,000 CNY"):
        factor_of(one, solved_row(one), "all", "s1")


def test_a_table_that_does_not_say_its_prices_makes_no_factor() -> None:
    one = kitzes()
    one = replace(one, provenance=replace(one.provenance, price_type="mixed"))
    with pytest.raises(TablePriceTypeError, match="basic, producer or purchaser"):
        factor_of(one, solved_row(one), "all", "s1")


def test_purchaser_prices_hold_the_margins() -> None:
    one = kitzes()
    one = replace(one, provenance=replace(one.provenance, price_type="purchaser"))
    assert "margins_included" in factor_of(one, solved_row(one), "all", "s1").covers


def test_a_multiplier_below_zero_is_no_factor() -> None:
    one = kitzes()
    below = replace(solved_row(one), M=np.array([-0.1, 1.0]))
    with pytest.raises(NegativeMultiplierError, match="below 0"):
        factor_of(one, below, "all", "s1")


def test_a_value_of_zero_says_that_the_source_knows_nothing() -> None:
    one = kitzes()
    found = factor_of(one, replace(solved_row(one), M=np.zeros(2)), "all", "s1")
    assert found.value == "0"
    assert {"zero_in_source", "clustered"} <= set(found.covers)
    assert found.cluster_size == 2


def test_a_cluster_counts_sectors_of_the_same_region_only() -> None:
    one = table([[0.0] * 4] * 4, [10, 10, 10, 10], F=[5, 5, 1, 5], regions=("north", "south"))
    sizes = [
        factor_of(one, solved_row(one), place, name).cluster_size
        for place in ("north", "south")
        for name in ("s1", "s2")
    ]
    assert sizes == [2, 2, 1, 1]


def test_an_unknown_product_is_refused_with_the_nearest_names() -> None:
    one = kitzes()
    with pytest.raises(UnknownTableSectorError, match="nearest"):
        factor_of(one, solved_row(one), "all", "s9")


def test_accepted_checks_and_a_synthetic_origin_stand_in_the_factors_source(tmp_path: Path) -> None:
    broken = table([[60, 50], [60, 10]], [100, 100], F=[1, 1])
    report = check(broken)
    assert report.failed == ("value_added",)
    taken = accepted(broken, report, ["value_added"])
    found = factor_of(taken, solved_row(taken), "all", "s1")
    assert "Accepted although it fails: value_added." in found.source
    library = TableLibrary(tmp_path)
    made_up = library.open("synthetic")
    row = library.solved("synthetic")
    one = factor_of(made_up, row, "Guangdong", "Food and tobacco")
    assert "Synthetic" in one.source
    assert one.dataset == library.find("synthetic").digest
    assert len(factor_digest(one)) == 64
    hidden = replace(made_up, provenance=replace(made_up.provenance, source="a book"))
    assert "Synthetic" in factor_of(hidden, row, "Guangdong", "Food and tobacco").source


def test_the_last_digits_of_a_solver_do_not_change_the_factor() -> None:
    one = kitzes()
    row = solved_row(one)
    nudged = replace(row, M=row.M * (1 + 1e-12))
    assert factor_digest(factor_of(one, row, "all", "s2")) == factor_digest(
        factor_of(one, nudged, "all", "s2")
    )
