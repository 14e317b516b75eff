"""Which factor fills a gap, and why this one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.components import NAMES
from ledger.errors import LedgerError
from ledger.factor import MemoFactorError, UnitMismatchError, UnknownUnitError, factor_digest
from ledger.factors.choose import choose
from ledger.factors.errors import (
    EmptyGapQueryError,
    NoDeflatorError,
    NoGridFactorError,
    PassportAmountError,
    UnknownActivityError,
    UnknownFactorError,
    UnknownRegionError,
    UnknownSectorError,
    ZeroSpendError,
)
from ledger.factors.gap import FLAGS, FactorChoice, GapQuery
from ledger.quantities import AmountFormError, AmountTooLargeError

SPEND: dict[str, Any] = {
    "amount": "10000",
    "currency": "CNY",
    "year": 2024,
    "price_type": "purchaser",
    "vat": "excluded",
}
CANDIDATE: dict[str, Any] = {
    "passport": "ab" * 32,
    "kg_co2e": "0.8",
    "per": "piece",
    "quantity": "1500",
    "unit": "piece",
}
DIESEL = {"code": "diesel_burnt", "quantity": "100", "unit": "L"}
BY_SPEND: dict[str, Any] = {"sector": "325320", "spend": SPEND, "allow_undeflated": True}


def ask(**parts: Any) -> FactorChoice:
    return choose(GapQuery.model_validate({"item": "an input", "region": "CN-GD", "year": 2024, **parts}))


def test_the_suppliers_passport_goes_before_every_factor() -> None:
    found = ask(candidate=CANDIDATE, activity=DIESEL, **BY_SPEND)
    assert (found.kind, found.amount_mg, found.passport) == ("passport", "1200000000", "ab" * 32)
    assert (found.factor, found.evidence) == (None, None)
    assert [other.kind for other in found.considered] == ["physical", "mrio"]
    assert "supplier's passport says 0.8 kg CO2e per piece" in found.why


def test_a_passport_per_tonne_answers_for_kilograms() -> None:
    per_tonne = {**CANDIDATE, "kg_co2e": "622.222", "per": "t", "quantity": "3000", "unit": "kg"}
    assert ask(candidate=per_tonne).amount_mg == "1866666000"


def test_a_passport_per_another_kind_of_unit_is_refused() -> None:
    with pytest.raises(PassportAmountError, match="per piece, the quantity is in kg"):
        ask(candidate={**CANDIDATE, "unit": "kg"})


def test_a_physical_factor_goes_before_spend() -> None:
    found = ask(activity=DIESEL, **BY_SPEND)
    assert (found.kind, found.amount_mg) == ("physical", "266155000")
    assert (found.channel, found.evidence, found.stage) == ("fossil", "calculated", "operation")
    assert [other.kind for other in found.considered] == ["passport", "mrio"]
    assert found.factor is not None
    assert found.factor_digest == factor_digest(found.factor)
    assert found.flags == ()


def test_the_supply_of_the_same_diesel_is_a_gap_of_its_own() -> None:
    found = ask(activity=DIESEL, stage="energy_provision")
    assert (found.amount_mg, found.evidence, found.stage) == ("62409000", "secondary", "energy_provision")


def test_the_unit_decides_between_the_factors_of_one_activity() -> None:
    found = ask(activity={**DIESEL, "unit": "kg"})
    assert (found.per, found.amount_mg) == ("t", "320391143")


def test_a_factor_may_be_named_by_its_id() -> None:
    found = ask(activity={"factor": "refrigerant.r-404a.ar5", "quantity": "2.5", "unit": "kg"})
    assert found.amount_mg == "9857000000"
    assert "asked for by its id" in found.why


def test_grid_power_is_chosen_by_place_and_year() -> None:
    power = {"code": "grid_electricity", "quantity": "1000", "unit": "kWh"}
    found = ask(activity=power, stage="energy_provision", gwp="AR6", year=2023)
    assert (found.amount_mg, found.gwp) == ("441900000", "AR6")
    assert found.flags == ("co2_only", "upstream_not_covered")
    later = ask(activity=power, stage="energy_provision", region="CN-XZ")
    assert {"region_fallback", "year_differs"} <= set(later.flags)
    assert later.regions_tried == ("CN-XZ", "CN-grid-southwest")


def test_spend_is_the_last_resort_with_every_attribute_and_step() -> None:
    found = ask(**BY_SPEND)
    assert (found.kind, found.evidence, found.unit) == ("mrio", "spend", "USD")
    assert found.factor is not None
    assert found.factor.id == "exiobase-import.cn.325320"
    assert set(found.flags) == {"margins_unknown", "undeflated"}
    assert [step.step for step in found.price_steps] == ["as_invoiced", "converted"]
    exact = Decimal(found.quantity) * Decimal(found.value) * 10**6
    assert abs(Decimal(found.amount_mg) - exact) <= Decimal("0.5")
    assert "flagged: margins_unknown, undeflated" in found.why


def test_spend_without_an_index_is_refused_unless_allowed() -> None:
    with pytest.raises(NoDeflatorError):
        ask(sector="325320", spend=SPEND)


def test_a_missing_physical_factor_falls_back_to_the_spend_and_says_why() -> None:
    for activity, reason in (
        ({"code": "moon_dust", "quantity": "1", "unit": "kg"}, "no factor for 'moon_dust'"),
        ({**DIESEL, "unit": "kWh"}, "can't be converted"),
    ):
        found = ask(activity=activity, **BY_SPEND)
        assert found.kind == "mrio"
        assert reason in found.considered[1].why_not
    power = {"code": "grid_electricity", "quantity": "1", "unit": "kWh"}
    abroad = ask(activity=power, stage="energy_provision", region="HK", **BY_SPEND)
    assert "no grid factor is shipped for HK" in abroad.considered[1].why_not


def test_a_region_without_the_sector_is_passed_over_flagged_step_by_step() -> None:
    # The table has a 0 for Japan's copper, nickel, lead and zinc ores.
    found = ask(region="JP", **{**BY_SPEND, "sector": "212230"})
    assert found.regions_tried == ("JP", "APAC")
    assert "region_fallback" in found.flags
    assert found.considered[2].factor == "exiobase-import.jp.212230"
    assert "value of 0" in found.considered[2].why_not


def test_a_member_of_the_union_is_only_stood_for_by_its_average() -> None:
    assert "region_fallback" in ask(region="NL", **BY_SPEND).flags
    assert "region_fallback" not in ask(region="EU", **BY_SPEND).flags
    assert "region_fallback" not in ask(region="CN", **BY_SPEND).flags


def test_a_supplier_in_the_united_states_has_the_epas_own_table() -> None:
    dollars = {**SPEND, "currency": "USD", "year": 2022}
    found = ask(region="US", sector="325311", spend=dollars)
    assert (found.amount_mg, found.flags) == ("11370000000", ())
    by_bea_code = ask(region="US", sector="325310", spend=dollars)
    assert by_bea_code.amount_mg == found.amount_mg
    covered = ask(region="US", sector="325311", spend=dollars, transport_covered=True)
    assert covered.amount_mg == "11140000000"


def test_a_factor_in_another_gwp_set_keeps_it_and_is_flagged() -> None:
    for parts in ({"activity": DIESEL}, BY_SPEND):
        found = ask(gwp="AR6", **parts)
        assert found.gwp == "AR5"
        assert "gwp_differs" in found.flags
    blend = ask(gwp="AR6", activity={"factor": "refrigerant.r-404a.ar5", "quantity": "1", "unit": "kg"})
    assert (blend.gwp, blend.amount_mg) == ("AR6", "4728000000")
    assert "gwp_differs" not in blend.flags


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ({}, EmptyGapQueryError),
        ({"activity": {"code": "moon_dust", "quantity": "1", "unit": "kg"}}, UnknownActivityError),
        ({"activity": {"quantity": "1", "unit": "kg"}}, UnknownActivityError),
        ({"activity": {"factor": "nothing", "quantity": "1", "unit": "kg"}}, UnknownFactorError),
        ({"activity": {**DIESEL, "unit": "kWh"}}, UnitMismatchError),
        ({"activity": {**DIESEL, "unit": "barrel"}}, UnknownUnitError),
        ({"activity": {**DIESEL, "quantity": "-1"}}, AmountFormError),
        ({"activity": {**DIESEL, "quantity": "100000000000000"}}, AmountTooLargeError),
        ({"candidate": {**CANDIDATE, "kg_co2e": "1e3"}}, AmountFormError),
        ({"candidate": {**CANDIDATE, "quantity": "999999999999999999"}}, AmountTooLargeError),
        ({**BY_SPEND, "sector": "999999"}, UnknownSectorError),
        ({**BY_SPEND, "sector": None}, UnknownSectorError),
        ({**BY_SPEND, "sector": "221100"}, UnknownSectorError),
        ({**BY_SPEND, "sector": "331313"}, UnknownSectorError),
        ({**BY_SPEND, "region": "US", "sector": "999999"}, UnknownSectorError),
        ({**BY_SPEND, "region": "Atlantis"}, UnknownRegionError),
        ({**BY_SPEND, "spend": {**SPEND, "amount": "0"}}, ZeroSpendError),
    ],
)
def test_what_cannot_be_found_honestly_is_refused(parts: dict[str, Any], error: type[LedgerError]) -> None:
    with pytest.raises(error) as refused:
        ask(**parts)
    assert str(refused.value)


def test_power_where_no_grid_factor_ships_is_refused() -> None:
    power = {"code": "grid_electricity", "quantity": "1", "unit": "kWh"}
    with pytest.raises(NoGridFactorError):
        ask(activity=power, stage="energy_provision", region="HK")


def test_radiative_forcing_is_never_booked() -> None:
    way = "desnz-2025.freight.freight-flights.long-haul-to-from-uk.with-rf.t-km.ttw"
    with pytest.raises(MemoFactorError, match="never booked"):
        ask(activity={"factor": way, "quantity": "1", "unit": "t.km"})


def test_every_flag_has_a_sentence_and_every_choice_a_component() -> None:
    for parts in ({"activity": DIESEL}, BY_SPEND):
        found = ask(**parts)
        assert set(found.flags) <= FLAGS.keys()
        assert f"{found.channel}.{found.evidence}" in NAMES


def test_query_and_answer_travel_as_json() -> None:
    query = GapQuery.model_validate_json(
        '{"item": "pesticide", "region": "CN", "year": 2024, "sector": "325320", "allow_undeflated": true,'
        ' "spend": {"amount": "1", "currency": "CNY", "year": 2024, "price_type": "purchaser"}}'
    )
    found = choose(query)
    assert FactorChoice.model_validate_json(found.model_dump_json(exclude_none=True)) == found


@settings(deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_more_of_an_activity_never_emits_less(first: int, second: int) -> None:
    low, high = (
        int(ask(activity={**DIESEL, "quantity": str(litres)}).amount_mg) for litres in sorted((first, second))
    )
    assert low <= high
    assert low == min(first, second) * 2_661_550
