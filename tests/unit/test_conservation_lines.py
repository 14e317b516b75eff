"""A line is its quantity times its factor, of the factor's kind and GWP set."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.conservation import FactorChannelError, FactorGwpError, LineAmountError, check_line
from ledger.factor import Factor, factor_digest
from ledger.forms import validated
from ledger.lines import Line, LineAmount

DIGEST = "d" * 64
RECORD: dict[str, Any] = {
    "id": "test.diesel",
    "name": "Diesel burnt, for a test",
    "value": "2.5",
    "per": "L",
    "basis": "total",
    "gwp": "AR5",
    "source": "a test",
    "dataset": "test",
    "dataset_version": "1",
    "data_year": 2024,
    "region": "CN",
    "licence": "none",
    "channel": "fossil",
    "stage": "operation",
    "evidence": "calculated",
}
TOTAL = Factor.model_validate(RECORD)
METHANE = Factor.model_validate({**RECORD, "basis": "gases", "gases": {"made_up_gas": "1"}})
TABLES: dict[str, dict[str, str]] = {"AR6": {"made_up_gas": "25"}}
GASES = Factor.model_validate({**RECORD, "basis": "gases", "gases": {"co2_fossil": "2.5"}})


def line(
    factor: Factor, component: str = "fossil.calculated", mg: str = "10000000", gwp: str = "AR5"
) -> Line:
    """Return a line of 4 litres."""
    tags = {"scope": "1", "stage": "operation"}
    source = {"activity": "diesel_burnt", "quantity": "4", "unit": "L", "tags": tags}
    amount = {"components": {component: mg}, "gwp": gwp}
    return validated(Line, {"amount": amount, "source": {**source, "factor": factor_digest(factor)}})


def test_four_litres_at_two_and_a_half_kilograms_are_ten_kilograms() -> None:
    assert check_line(DIGEST, "lines/0", line(TOTAL), TOTAL) == 1
    with pytest.raises(LineAmountError) as caught:
        check_line(DIGEST, "lines/0", line(TOTAL, mg="10000001"), TOTAL)
    assert (caught.value.line, caught.value.stated, caught.value.expected) == ("lines/0", 10000001, 10000000)


def test_burnt_diesel_cant_be_booked_as_a_removal_or_as_flight() -> None:
    for component in ("land_removal.calculated", "aircraft.calculated"):
        with pytest.raises(FactorChannelError) as caught:
            check_line(DIGEST, "lines/0", line(TOTAL, component), TOTAL)
        assert (caught.value.stated, caught.value.factor) == (component, "fossil.calculated")


def test_an_average_cant_be_booked_as_calculated_nor_a_calculation_as_an_average() -> None:
    average = Factor.model_validate({**RECORD, "evidence": "spend"})
    for factor, component in ((average, "fossil.calculated"), (TOTAL, "fossil.secondary")):
        with pytest.raises(FactorChannelError) as caught:
            check_line(DIGEST, "lines/0", line(factor, component), factor)
        assert caught.value.stated == component
    assert check_line(DIGEST, "lines/0", line(TOTAL, "fossil.measured"), TOTAL)


def test_a_second_component_beside_the_factors_own_hides_nothing() -> None:
    whole = line(TOTAL)
    for components in (
        {"fossil.calculated": "1", "land_removal.calculated": "1"},
        {"fossil.calculated": "1", "fossil.measured": "1"},
    ):
        amount = validated(LineAmount, {"components": components, "gwp": "AR5"})
        with pytest.raises((FactorChannelError, LineAmountError)):
            check_line(DIGEST, "lines/0", whole.model_copy(update={"amount": amount}), TOTAL)


def test_only_a_factor_of_gas_masses_can_be_restated_in_another_gwp_set() -> None:
    assert not check_line(DIGEST, "lines/0", line(GASES, mg="9", gwp="AR6"), GASES)
    assert check_line(
        DIGEST, "lines/0", line(METHANE, mg="100000000", gwp="AR6"), METHANE, TABLES.__getitem__
    )
    with pytest.raises(LineAmountError) as wrong:
        check_line(DIGEST, "lines/0", line(METHANE, mg="9", gwp="AR6"), METHANE, TABLES.__getitem__)
    assert (wrong.value.stated, wrong.value.expected) == (9, 100_000_000)
    with pytest.raises(FactorGwpError) as caught:
        check_line(DIGEST, "lines/0", line(TOTAL, gwp="AR6"), TOTAL)
    assert (caught.value.stated, caught.value.factor) == ("AR6", "AR5")
