"""A product of a table as an emission factor: what a unit of money spent on it carries, ready to be pinned.

The digest of the table is the factor's dataset, so that it travels with every line made from it; failing
checks that somebody accepted and a synthetic origin stand in its source. The value is
multiplier x kilograms in the extension's unit / units of money in the table's unit, to nine digits: what a
solver leaves behind the tenth is no content.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from hashlib import sha256
from typing import ClassVar, Final, cast, get_args

import numpy as np

from ledger.errors import LedgerError
from ledger.factor import GWP_SETS, Factor, GwpSet, PriceType, Uncertainty
from ledger.mrio.characterisation import MASS_KG
from ledger.mrio.errors import MixedCharacterisationError
from ledger.mrio.library import Solved
from ledger.mrio.table import Table
from ledger.quantities import decimal_text

CO2: Final = "CO2"
"""The row of an extension that holds CO2 alone, as the inventories' layouts call it."""
NOT_COVERED: Final = ("no_land_use_change",)
"""What accounts of fuels and processes leave out; whoever knows that a table has it says otherwise."""
DIGITS: Final = 9
SAME: Final = 1e-9
"""Relative difference below which sectors of one region share a value."""
_ROUNDED: Final = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)
_CO2E: Final = re.compile(r"CO2e (?P<gwp>AR[0-9])")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_MONEY: Final = re.compile(
    r"(?P<count>[0-9][0-9,]*)?\s*(?P<scale>[a-zA-Z]+(?=[ .])|[kKM](?=[A-Z]{3}))?[\s.]*(?P<currency>\D+)"
)
_SCALES: Final = {
    "": 1,
    "k": 10**3,
    "K": 10**3,
    "thousand": 10**3,
    "M": 10**6,
    "mln": 10**6,
    "million": 10**6,
    "billion": 10**9,
}
_WAN: Final = {"万元": ("CNY", 10**4), "萬元": ("CNY", 10**4), "亿元": ("CNY", 10**8), "億元": ("CNY", 10**8)}


@dataclass(eq=False)
class MoneyUnitError(LedgerError):
    """A table's unit of money can't be counted in its currency."""

    table: str
    unit: str
    currency: str
    sentence: ClassVar[str] = (
        "{table}: its unit of money {unit!r} can't be counted in {currency!r}. Write 10,000 CNY, M EUR "
        "or USD, with the currency of the table as three capitals."
    )


@dataclass(eq=False)
class TablePriceTypeError(LedgerError):
    """A table doesn't say in which prices it is, so no invoice can be converted to it."""

    table: str
    price_type: str
    sentence: ClassVar[str] = (
        "{table}: its price type is {price_type!r}. Import it with one of basic, producer or purchaser."
    )


@dataclass(eq=False)
class NegativeMultiplierError(LedgerError):
    """A product carries less than nothing, because the table has negative entries."""

    table: str
    region: str
    sector: str
    value: float
    sentence: ClassVar[str] = (
        "{table}: {region} / {sector} carries {value:.6g}, which is below 0 and no factor. Look at the "
        "table's checks, negative_uses and value_added first, and choose another sector."
    )


def factor_of(  # noqa: PLR0913 - what decides a factor's meaning stands in its record
    table: Table,
    solved: Solved,
    region: str,
    sector: str,
    *,
    gwp: GwpSet | None = None,
    covers: Collection[str] = NOT_COVERED,
    uncertainty: Uncertainty | None = None,
) -> Factor:
    """Return a product of a table as an emission factor, in kg CO2e per unit of the table's currency.

    Args:
        table: the table that was asked, opened.
        solved: its row of multipliers: CO2 alone, flagged `co2_only`, or `CO2e` of a GWP set.
        region: of the product.
        sector: of the product.
        gwp: the GWP set that the asker needs; CO2 alone counts the same in all of them.
        covers: further codes of `ledger.factor.COVERS`.
        uncertainty: how far off it may be, and who says so.

    Raises:
        UnknownTableSectorError: there is no such region or sector.
        MixedCharacterisationError: the row is no CO2, CO2e of another set, or in no unit of mass.
        MoneyUnitError: the table's money can't be counted in its currency.
        TablePriceTypeError: the table doesn't say its price type.
        NegativeMultiplierError: the product carries less than nothing.
    """
    at = table.position(region, sector)
    if table.provenance.price_type not in get_args(PriceType):
        raise TablePriceTypeError(table.name, table.provenance.price_type)
    multiplier = float(solved.M[at])
    if multiplier < 0:
        raise NegativeMultiplierError(table.name, region, sector, multiplier)
    own, alone = _gwp_set(solved, gwp)
    value = decimal_text(_per_money(table, solved, multiplier))
    cluster = _cluster(table, solved, at)
    row = sha256(f"{solved.extension}\n{solved.stressor}".encode()).hexdigest()
    return Factor(
        id=f"mrio-{solved.digest[:16]}-{row[:8]}-{at + 1}",
        name=f"{sector}, {region}"[:400],
        value=value,
        per=table.currency,
        gases={"co2": value} if alone else None,
        basis="gases" if alone else "total",
        gwp=own,
        source=_source(table, solved),
        dataset=solved.digest,
        dataset_version=f"{table.name} {table.year}, {table.provenance.version}"[:400],
        data_year=table.year,
        region=region,
        sector=sector,
        currency=table.currency,
        currency_year=table.year,
        price_type=cast("PriceType", table.provenance.price_type),
        uncertainty=uncertainty,
        licence=table.provenance.licence,
        channel="fossil",
        stage="operation",
        evidence="spend",
        covers=_covers(table, covers, alone=alone, value=multiplier, cluster=cluster),
        cluster_size=cluster,
    )


def money_worth(table: Table) -> Decimal:
    """Return how many units of its currency the table's unit of money is: 10,000 for `10,000 CNY`.

    Raises:
        MoneyUnitError: it isn't known.
    """
    unit, currency = " ".join(table.unit.split()), table.currency
    if unit in _WAN:
        code, worth = _WAN[unit]
        found = code, Decimal(worth)
    else:
        match = _MONEY.fullmatch(unit)
        scale = (match["scale"] or "") if match else ""
        scale = scale if scale in _SCALES else scale.lower()
        if match is None or scale not in _SCALES:
            raise MoneyUnitError(table.name, table.unit, currency)
        count = Decimal((match["count"] or "1").replace(",", ""))
        found = match["currency"].strip(), count * _SCALES[scale]
    if not _CURRENCY.fullmatch(currency) or found[0] != currency or not found[1]:
        raise MoneyUnitError(table.name, table.unit, currency)
    return found[1]


def _per_money(table: Table, solved: Solved, multiplier: float) -> Decimal:
    unit = table.extension(solved.extension).unit_of(solved.stressor)
    if unit not in MASS_KG:
        reason = f"it is in {unit}, not one of {', '.join(MASS_KG)}"
        raise MixedCharacterisationError(solved.extension, solved.stressor, "any set", reason)
    kilograms = Decimal(repr(multiplier)) * Decimal(repr(MASS_KG[unit]))
    return _ROUNDED.divide(kilograms, money_worth(table))


def _gwp_set(solved: Solved, wanted: GwpSet | None) -> tuple[GwpSet, bool]:
    """Return the GWP set that a row is in, and whether it is CO2 alone."""
    if solved.stressor == CO2:
        return wanted or "AR5", True
    match = _CO2E.fullmatch(solved.stressor)
    if match is None or match["gwp"] not in GWP_SETS:
        reason = "the row is neither CO2 nor CO2e of a named set; count its gases in CO2e first"
        raise MixedCharacterisationError(solved.extension, solved.stressor, wanted or "any set", reason)
    own = cast("GwpSet", match["gwp"])
    if wanted not in {None, own}:
        reason = f"it was added up in {own} and its gases are no longer apart"
        raise MixedCharacterisationError(solved.extension, solved.stressor, str(wanted), reason)
    return own, False


def _cluster(table: Table, solved: Solved, at: int) -> int:
    """Return how many sectors of the same region share the product's value, itself among them."""
    places = table.labels.get_level_values(0)
    own = solved.M[places == places[at]]
    return int(np.isclose(own, solved.M[at], rtol=SAME, atol=0.0).sum())


def _covers(
    table: Table, further: Collection[str], *, alone: bool, value: float, cluster: int
) -> tuple[str, ...]:
    margins = table.provenance.price_type == "purchaser"
    codes = {
        "co2_only": alone,
        "clustered": cluster > 1,
        "margins_included": margins,
        "margins_not_included": not margins,
        "zero_in_source": value == 0,
    }
    return tuple(dict.fromkeys([*(code for code, holds in codes.items() if holds), *further]))


def _source(table: Table, solved: Solved) -> str:
    """Name the table's origin, its extension, and what its user accepted; a factor has no other place."""
    origin = table.provenance
    said = [f"Accepted although it fails: {', '.join(origin.accepted)}."] if origin.accepted else []
    if origin.synthetic and "synthetic" not in origin.source.lower():
        said.append("Synthetic: no number in it was measured.")
    tail = f" {' '.join([f'Extension {solved.extension}: {solved.stressor}.', *said])}"
    return f"{origin.source[: 400 - len(tail)]}{tail}"
