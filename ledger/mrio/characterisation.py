"""Gases of an extension counted as CO2e, under one GWP set or several in one pass.

    CO2e under a set = Σ over gases (mass x GWP of the set), rows `CO2e AR5`, `CO2e AR6` ...

Which row is which gas is stated by whoever knows the table, never guessed from its name. AR6 has values for
fossil and other methane only: a row of undivided methane can't be counted in it, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

from ledger.mrio.errors import MixedCharacterisationError, UnknownStressorError
from ledger.mrio.table import Extension

MASS_KG: Final = {"g": 1e-3, "kg": 1.0, "t": 1e3, "kt": 1e6, "Gg": 1e6, "Mt": 1e9}
"""Kilograms in the units of mass that tables use."""


def in_co2e(
    extension: Extension,
    gases: Mapping[str, str],
    gwp: Mapping[str, Mapping[str, str]],
    name: str = "CO2e",
) -> Extension:
    """Return an extension of CO2e in kg, one row for each GWP set, `CO2e AR5`.

    Args:
        extension: with rows of gas masses.
        gases: by row, the code of its gas, as the GWP tables have it; other rows don't count.
        gwp: by set, kg CO2e per kg by gas.
        name: of the new extension.

    Raises:
        UnknownStressorError: a row that is named isn't there.
        MixedCharacterisationError: a set has no value for a gas, or a row isn't a mass.
    """
    rows, demand = {}, {}
    for gwp_set, values in gwp.items():
        factors = {row: _factor(extension, row, gas, gwp_set, values) for row, gas in gases.items()}
        label = f"CO2e {gwp_set}"
        rows[label] = _summed(extension.F, factors)
        if extension.F_Y is not None:
            demand[label] = _summed(extension.F_Y, factors)
    unit = pd.DataFrame({"unit": "kg"}, index=list(rows))
    own = pd.DataFrame(demand).T if extension.F_Y is not None else None
    return Extension(name, pd.DataFrame(rows).T, unit, own)


def _summed(frame: pd.DataFrame, factors: Mapping[str, float]) -> pd.Series:
    weights = pd.Series(factors, dtype=float)
    return frame.loc[list(factors)].mul(weights, axis=0).sum(axis=0)


def _factor(extension: Extension, row: str, gas: str, gwp_set: str, values: Mapping[str, str]) -> float:
    if row not in extension.F.index:
        raise UnknownStressorError(extension.name, row[:80])
    unit = extension.unit_of(row)
    if unit not in MASS_KG:
        reason = f"it is in {unit}, not one of {', '.join(MASS_KG)}"
        raise MixedCharacterisationError(extension.name, row, gwp_set, reason)
    if gas not in values:
        raise MixedCharacterisationError(extension.name, row, gwp_set, f"the set has no value for {gas}")
    return MASS_KG[unit] * float(values[gas])
