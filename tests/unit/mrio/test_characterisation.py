"""Gases become CO2e under a set that has values for them, and are refused otherwise."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from ledger.mrio.characterisation import in_co2e
from ledger.mrio.errors import MixedCharacterisationError, UnknownStressorError
from ledger.mrio.leontief import multipliers
from ledger.mrio.table import Extension, checked
from tests.unit.mrio.tables import kitzes

SETS = {"AR5": {"co2": "1", "ch4": "28"}, "AR4": {"co2": "1", "ch4": "25"}}


def gases(unit: str = "t", *, households: bool = True) -> Extension:
    two = kitzes()
    rows = ["CO2", "CH4", "jobs"]
    F = pd.DataFrame([[8.0, 4.0], [0.5, 0.25], [7.0, 9.0]], rows, two.labels)
    F_Y = pd.DataFrame([[2.0], [0.1], [0.0]], rows, two.Y.columns) if households else None
    return Extension("gases", F, pd.DataFrame({"unit": [unit, unit, "people"]}, index=rows), F_Y)


def test_several_sets_are_counted_in_one_pass() -> None:
    found = in_co2e(gases(), {"CO2": "co2", "CH4": "ch4"}, SETS)
    assert found.stressors == ("CO2e AR5", "CO2e AR4")
    assert found.unit_of("CO2e AR5") == "kg"
    assert found.row("CO2e AR5").tolist() == [1000 * (8 + 14), 1000 * (4 + 7)]
    assert found.row("CO2e AR4").tolist() == [1000 * (8 + 12.5), 1000 * (4 + 6.25)]
    assert found.F_Y is not None
    assert found.F_Y.to_numpy()[0].tolist() == pytest.approx([1000 * (2 + 2.8)])
    two = replace(kitzes(), extensions={"CO2e": found})
    assert multipliers(checked(two)).M.shape == (2, 2)


def test_what_final_demand_emits_stays_unsaid_where_the_table_does_not_say() -> None:
    assert in_co2e(gases(households=False), {"CO2": "co2"}, SETS).F_Y is None


def test_a_gas_without_a_value_is_refused() -> None:
    with pytest.raises(MixedCharacterisationError, match="AR6: the set has no value for ch4"):
        in_co2e(gases(), {"CH4": "ch4"}, {"AR6": {"co2": "1", "ch4_fossil": "29.8"}})


def test_a_row_that_is_no_mass_is_refused() -> None:
    with pytest.raises(MixedCharacterisationError, match="it is in people"):
        in_co2e(gases(), {"jobs": "co2"}, SETS)


def test_a_row_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnknownStressorError, match="no row 'N2O'"):
        in_co2e(gases(), {"N2O": "n2o"}, SETS)
