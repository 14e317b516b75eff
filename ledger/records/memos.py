"""What a record states beside its emissions: carbon in goods, land, effects of flying; never added up.

A record's cells state a memo; flying gets its radiative forcing from the shipped factors where the record
states none (PROTOCOL, Values: memo).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from ledger.factor import Factor, unit_ratio
from ledger.factors.library import FactorLibrary
from ledger.quantities import MG_PER_KG, decimal_text
from ledger.records.cells import scaled
from ledger.records.rows import ActivityRow, PurchaseRow

CARBON: Final = ("fossil", "biogenic", "recycled", "packaging")
CO2E: Final = ("indirect_luc", "radiative_forcing")
WITHOUT_FORCING: Final = "no_radiative_forcing"
"""Marks a factor of flying whose source publishes it with radiative forcing besides."""
_WITHOUT, _WITH = ".without-rf.", ".with-rf."


def stated_memo(row: ActivityRow | PurchaseRow) -> dict[str, Any]:
    """Return the memo that a row's cells state: kilograms become milligrams, empty cells are left out.

    Raises:
        FractionRecordError: an amount is finer than a milligram.
        RecordRangeError: an amount is more than 10^17 mg.
    """
    carbon = {kind: _mg(row, f"carbon_{kind}_kg") for kind in CARBON}
    memo: dict[str, Any] = {f"{kind}_mg": _mg(row, f"{kind}_kg") for kind in CO2E}
    if row.land_m2_year is not None:
        memo["land_m2_year"] = decimal_text(row.land_m2_year)
    known = {kind: mg for kind, mg in carbon.items() if mg is not None}
    if known:
        memo["carbon_mg"] = known
    return {kind: value for kind, value in memo.items() if value is not None}


def radiative_forcing_mg(factor: Factor, quantity: str, unit: str, library: FactorLibrary) -> int | None:
    """Return what flying does beyond its CO2e, in mg; None where no factor says so.

    quantity x (the factor with radiative forcing - the same factor without), rounded once, half to even.
    The published factor with radiative forcing contains the CO2e that is booked; only the difference may
    stand beside it, or a reader who looks at both would count the flight's fuel twice.

    Raises:
        UnknownFactorError: the tables have no such factor with radiative forcing.
        UnknownUnitError: the unit is unknown.
    """
    if WITHOUT_FORCING not in factor.covers or _WITHOUT not in factor.id:
        return None
    whole = library.get(factor.id.replace(_WITHOUT, _WITH))
    beyond = Fraction(whole.value) - Fraction(factor.value)
    return round(Fraction(quantity) * (unit_ratio(unit, factor.per) or 0) * beyond * MG_PER_KG)


def _mg(row: ActivityRow | PurchaseRow, column: str) -> str | None:
    kilograms = getattr(row, column)
    return None if kilograms is None else str(scaled(kilograms, MG_PER_KG, "mg", row.at.under(column)))
