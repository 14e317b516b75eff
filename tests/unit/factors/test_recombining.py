"""The EPA's gases give its CO2e under the set that it used, and under no other."""

from __future__ import annotations

import csv
from decimal import Decimal
from functools import cache

import pytest

from ledger.factor import UNSPECIFIED_CO2E, Factor, UnknownGwpError, value_under
from ledger.factors.choose import choose
from ledger.factors.gap import GapQuery
from ledger.factors.library import FactorLibrary
from tests.unit.factors.test_build import SOURCES, needs_sources

LIBRARY = FactorLibrary.shipped()
WITHIN = Decimal("0.012")
ROUNDING = Decimal("0.0005")
"""Half of the last decimal that the EPA publishes in kg CO2e per USD."""


@cache
def us_factors(margins: str) -> tuple[Factor, ...]:
    ids = LIBRARY.ids("epa-supply-chain")
    return tuple(LIBRARY.get(one) for one in ids if one.endswith(f".{margins}-margins"))


def total(factor: Factor, gwp: str) -> Decimal:
    potentials = {**LIBRARY.gwp_table(gwp), UNSPECIFIED_CO2E: "1"}
    return sum(
        (Decimal(kg) * Decimal(potentials[gas]) for gas, kg in (factor.gases or {}).items()), Decimal(0)
    )


def off(factor: Factor, gwp: str) -> Decimal:
    return abs(total(factor, gwp) / Decimal(factor.value) - 1)


def test_all_1016_rows_recombine_within_1_2_percent_under_ar5() -> None:
    factors = us_factors("with")
    assert len(factors) == 1016
    assert max(off(factor, "AR5") for factor in factors) < WITHIN


def test_without_margins_the_published_rounding_alone_may_be_more() -> None:
    beyond = [one for one in us_factors("without") if off(one, "AR5") >= WITHIN]
    assert [one.sector for one in beyond] == ["511210"]
    assert all(abs(total(one, "AR5") - Decimal(one.value)) < ROUNDING for one in beyond)


def test_under_ar4_they_do_not() -> None:
    assert max(off(factor, "AR4") for factor in us_factors("with")) > 5 * WITHIN
    assert sum(off(factor, "AR4") > WITHIN for factor in us_factors("with")) > 100


def test_under_ar6_undivided_methane_has_no_value() -> None:
    made_of_gases = us_factors("with")[0].model_copy(update={"basis": "gases"})
    gases = {gas: kg for gas, kg in (made_of_gases.gases or {}).items() if gas != UNSPECIFIED_CO2E}
    with pytest.raises(UnknownGwpError, match="no AR6 value for ch4"):
        value_under(made_of_gases.model_copy(update={"gases": gases}), "AR6", LIBRARY.gwp_table("AR6"))


@pytest.mark.parametrize("gwp", ["AR4", "AR6"])
def test_asked_for_another_set_the_factor_keeps_its_own_and_says_so(gwp: str) -> None:
    for factor in us_factors("with")[:50]:
        kept = value_under(factor, gwp, LIBRARY.gwp_table(gwp))
        assert (kept.value, kept.gwp, kept.as_asked) == (Decimal(factor.value), "AR5", False)
    spend = {"amount": "100", "currency": "USD", "year": 2022, "price_type": "purchaser", "vat": "excluded"}
    query = {"item": "boxes", "region": "US", "year": 2022, "sector": "322211", "spend": spend, "gwp": gwp}
    found = choose(GapQuery.model_validate(query), LIBRARY)
    assert "gwp_differs" in found.flags
    assert found.gwp == "AR5"


@needs_sources
def test_the_shipped_rows_are_those_of_both_files() -> None:
    folder = SOURCES / "epa_supply_chain"
    with (folder / "SupplyChainGHGEmissionFactors_v1.3.0_NAICS_CO2e_USD2022.csv").open(
        encoding="utf-8-sig"
    ) as file:
        published = {row["2017 NAICS Code"]: row for row in csv.DictReader(file)}
    for factor in us_factors("with"):
        row = published[factor.sector or ""]
        assert Decimal(factor.value) == Decimal(row["Supply Chain Emission Factors with Margins"])
    gases: dict[str, int] = {}
    with (folder / "SupplyChainGHGEmissionFactors_v1.3.0_NAICS_byGHG_USD2022.csv").open(
        encoding="utf-8-sig"
    ) as file:
        for row in csv.DictReader(file):
            if Decimal(row["Supply Chain Emission Factors with Margins"]):
                gases[row["2017 NAICS Code"]] = gases.get(row["2017 NAICS Code"], 0) + 1
    assert all(len(one.gases or {}) == gases[one.sector or ""] for one in us_factors("with"))
