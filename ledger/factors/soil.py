"""Nitrous oxide of soils by IPCC 2019 (Volume 4, chapter 11, Tier 1): direct, volatilised, leached.

direct = N x EF1 x 44/28 x GWP; volatilised = N x FracGAS x EF4 x 44/28 x GWP; leached = N x FracLEACH x EF5
x 44/28 x GWP (equations 11.1, 11.9, 11.10), each out of one shipped record, so that a climate's EF1 is never
crossed with another climate's EF4. N is kilograms of nitrogen: kilograms of urea are not kilograms of N.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ledger.factor import Factor, amount_mg, value_under
from ledger.factors.errors import UnknownClimateError, UnknownNitrogenError
from ledger.factors.gwp import gwp_table
from ledger.factors.library import FactorLibrary

CLIMATES: Final = ("wet", "dry", "aggregated")
KINDS: Final = ("synthetic", "organic")


@dataclass(frozen=True, slots=True)
class SoilN2O:
    """The three ways from nitrogen to N2O, in mg CO2e, with the factor of each in the same order."""

    direct_mg: int
    volatilised_mg: int
    leached_mg: int
    gwp: str
    factors: tuple[Factor, Factor, Factor]


def soil_n2o(
    n_kg: Decimal | str,
    climate: str,
    gwp: str = "AR5",
    kind: str = "synthetic",
    library: FactorLibrary | None = None,
) -> SoilN2O:
    """Return what fertiliser nitrogen emits from the soil, in milligrams CO2e.

    `n_kg`: kilograms of nitrogen; `climate`: wet (or irrigated), dry, or aggregated where it isn't known.

    Raises:
        UnknownClimateError, UnknownNitrogenError, UnknownGwpSetError: a name is not one of those above.
        AmountFormError, AmountTooLargeError: the amount is not a decimal amount, or too large.
        FactorTableError, FactorTableRowError, UnknownFactorError: the shipped tables can't be read.
    """
    if climate not in CLIMATES:
        raise UnknownClimateError(climate[:20])
    if kind not in KINDS:
        raise UnknownNitrogenError(kind[:20])
    shelf, table = library or FactorLibrary.shipped(), gwp_table(gwp)
    direct, volatilised, leached = (
        shelf.get(f"ipcc-2019.soil-n2o.{kind}.{climate}.{way}")
        for way in ("direct", "volatilised", "leached")
    )
    mg = [
        amount_mg(n_kg, "kg.N", factor, value_under(factor, gwp, table).value)
        for factor in (direct, volatilised, leached)
    ]
    return SoilN2O(mg[0], mg[1], mg[2], gwp, (direct, volatilised, leached))
