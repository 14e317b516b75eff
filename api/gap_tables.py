"""Products of imported input-output tables as spend factors, so that a gap can be filled by them.

A product becomes a factor when its row is CO2 or CO2e of a stated GWP set, its money is of one currency, and
its region is found: the province, else the nation, else a wider region, each step flagged. The digest of the
table travels in the factor's version. A synthetic table is used only where it is asked for by its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import ClassVar, Final, Literal

import numpy as np

from ledger.errors import LedgerError
from ledger.factor import Factor
from ledger.factors.gap import GapQuery, SectorMatch, TableProduct
from ledger.factors.library import TABLES, read_rows
from ledger.factors.regions import SupplierRegion
from ledger.factors.spending import Distance, SpendCandidate
from ledger.mrio.adapters.concordance import china_provinces
from ledger.mrio.characterisation import MASS_KG
from ledger.mrio.library import Solved, TableLibrary
from ledger.mrio.paths import Label
from ledger.mrio.store import Imported
from ledger.mrio.table import Extension, Table
from ledger.quantities import EXACT, decimal_text

PROVINCES: Final = {
    "CN-BJ": "Beijing",
    "CN-TJ": "Tianjin",
    "CN-HE": "Hebei",
    "CN-SX": "Shanxi",
    "CN-NM": "Inner Mongolia",
    "CN-LN": "Liaoning",
    "CN-JL": "Jilin",
    "CN-HL": "Heilongjiang",
    "CN-SH": "Shanghai",
    "CN-JS": "Jiangsu",
    "CN-ZJ": "Zhejiang",
    "CN-AH": "Anhui",
    "CN-FJ": "Fujian",
    "CN-JX": "Jiangxi",
    "CN-SD": "Shandong",
    "CN-HA": "Henan",
    "CN-HB": "Hubei",
    "CN-HN": "Hunan",
    "CN-GD": "Guangdong",
    "CN-GX": "Guangxi",
    "CN-HI": "Hainan",
    "CN-CQ": "Chongqing",
    "CN-SC": "Sichuan",
    "CN-GZ": "Guizhou",
    "CN-YN": "Yunnan",
    "CN-XZ": "Tibet",
    "CN-SN": "Shaanxi",
    "CN-GS": "Gansu",
    "CN-QH": "Qinghai",
    "CN-NX": "Ningxia",
    "CN-XJ": "Xinjiang",
}
"""ISO 3166-2 codes of China's provinces, by which suppliers are known, to their names in the tables."""
WIDER: Final[Mapping[str, tuple[str, ...]]] = {
    "APAC": ("APAC", "WA", "RoW Asia and Pacific", "Asia and Pacific"),
    "ROW": ("ROW", "RoW", "WW", "World", "Rest of the world"),
}
"""Names of wider regions in tables, by our codes."""
_LAST: Final = Decimal("1e-18")
"""The last decimal of a multiplier: finer than what a double holds of one kilogram."""
_TIMES: Final = {
    "": 1.0,
    "k": 1e3,
    "m": 1e6,
    "mill": 1e6,
    "mio": 1e6,
    "million": 1e6,
    "bn": 1e9,
    "billion": 1e9,
    "thousand": 1e3,
}
_MONEY: Final = re.compile(r"(?P<times>[0-9][0-9,]*|[A-Za-z]*?)[ .]*(?P<currency>[A-Z]{3})\Z")
_CO2E: Final = re.compile(r"CO2e (?P<gwp>AR[456])\Z")


@dataclass(eq=False)
class MoneyUnitError(LedgerError):
    """A table's unit of money can't be read as an amount of one currency."""

    table: str
    unit: str
    sentence: ClassVar[str] = (
        "{table}: its money is in {unit!r}, which isn't read as an amount of one currency. "
        "Import it with a unit such as 10,000 CNY or M.EUR."
    )


@dataclass(eq=False)
class RowNotCarbonError(LedgerError):
    """Nobody says what a row of an extension counts."""

    table: str
    row: str
    unit: str
    sentence: ClassVar[str] = (
        "{table}: the row {row!r} in {unit} isn't known to be CO2 or CO2e of a GWP set as a mass. "
        "Name a row in table/stressor, and say in table/counts_as what it counts."
    )


@dataclass(eq=False)
class NoTableRegionError(LedgerError):
    """A table has no region that stands for the supplier's."""

    table: str
    region: str
    sentence: ClassVar[str] = (
        "{table}: no region of it stands for {region}. Name one of its regions in table/region."
    )


@dataclass(eq=False)
class NegativeMultiplierError(LedgerError):
    """A product of a table carries less than nothing."""

    table: str
    label: str
    value: str
    sentence: ClassVar[str] = (
        "{table}: {label} would carry {value} kg per unit of money. A negative figure fills no gap: "
        "mend the table, or choose another sector."
    )


@dataclass(frozen=True, slots=True)
class TableCandidate:
    """A product of an imported table as a factor, with the labels that it is mixed from."""

    candidate: SpendCandidate
    head: Imported
    table: Table
    solved: Solved
    mix: dict[Label, float]
    kg: float
    """Kilograms of the row per unit of the row's mass, divided by the table's unit of money."""


@dataclass(frozen=True, slots=True)
class NotUsed:
    """A table that can't answer, and why."""

    head: Imported
    why: str


def table_candidates(
    query: GapQuery, region: SupplierRegion, tables: TableLibrary
) -> Iterator[TableCandidate | NotUsed]:
    """Give what imported tables say of a purchase; of those that can't answer, why.

    Raises:
        UnknownMrioTableError, DamagedTableError: the table that was asked for by name.
        LedgerError: it can't answer, where it was asked for by name.
    """
    asked = query.table or TableProduct()
    if asked.table is not None:
        yield _candidate(query, asked, region, tables, tables.find(asked.table))
        return
    for head in tables.tables():
        if head.synthetic:
            yield NotUsed(head, "The table is synthetic: it answers only where it is asked for by its name.")
            continue
        try:
            yield _candidate(query, asked, region, tables, head)
        except LedgerError as error:
            yield NotUsed(head, str(error))


def _candidate(
    query: GapQuery, asked: TableProduct, region: SupplierRegion, tables: TableLibrary, head: Imported
) -> TableCandidate:
    table = tables.open(head.digest)
    extension = table.extension(asked.extension)
    row = asked.stressor or _carbon_row(extension, query.gwp)
    gwp, only_co2 = _counts(table, extension, row, asked.counts_as)
    kg = MASS_KG[extension.unit_of(row)] / _money(table)
    solved = tables.solved(head.digest, extension.name, row)
    sectors, matches = _sectors(query, asked)
    distance, places = _places(table, asked, region, sectors)
    mix = _mix(table, places, sectors)
    value = sum(share * float(solved.M[table.position(*label)]) for label, share in mix.items())
    if value < 0:
        raise NegativeMultiplierError(table.name, f"{places[0]} / {'; '.join(sectors)}", f"{value * kg:.3g}")
    flags = [] if distance in {"own", "nation"} else ["region_fallback"]
    flags += ["nation_for_province"] if distance == "nation" else []
    if len(places) > 1:
        flags.append("average_of_provinces")
    flags += ["synthetic"] if head.synthetic else []
    flags += ["checks_accepted"] if table.provenance.accepted else []
    place = places[0] if len(places) == 1 else str(region.country)
    factor = _factor(
        head, table, f"{place} / {'; '.join(sectors)}", place, sectors, value * kg, gwp, only_co2
    )
    return TableCandidate(
        SpendCandidate(factor, distance, matches, tuple(flags)), head, table, solved, mix, kg
    )


def _carbon_row(extension: Extension, gwp: str) -> str:
    rows = extension.stressors
    return next((row for row in (f"CO2e {gwp}", "CO2") if row in rows), rows[0])


def _counts(
    table: Table, extension: Extension, row: str, said: str | None
) -> tuple[Literal["AR4", "AR5", "AR6"], bool]:
    """Return the GWP set of a row and whether it counts CO2 only: from its user, else from our own names."""
    unit = extension.unit_of(row)
    named = _CO2E.fullmatch(row)
    counts = said or (named["gwp"] if named else "co2" if row == "CO2" else None)
    if counts is None or unit not in MASS_KG:
        raise RowNotCarbonError(table.name, row, unit)
    # CO2 counts as 1 in every set.
    gwp: Literal["AR4", "AR5", "AR6"] = "AR4" if counts == "AR4" else "AR6" if counts == "AR6" else "AR5"
    return gwp, counts == "co2"


def _money(table: Table) -> float:
    found = _MONEY.fullmatch(table.unit.strip())
    times = None
    if found is not None and found["currency"] == table.currency:
        text = found["times"].replace(",", "")
        times = float(text) if text.isdigit() else _TIMES.get(text.lower())
    if not times:
        raise MoneyUnitError(table.name, table.unit[:40])
    return times


def _sectors(query: GapQuery, asked: TableProduct) -> tuple[dict[str, float], tuple[SectorMatch, ...]]:
    """Return the table's sectors with their shares, and the translation that led to them."""
    if asked.sector is not None:
        return {asked.sector: 1.0}, ()
    if query.matches:
        return {one.code: float(one.weight) for one in query.matches}, query.matches
    return {query.sector or "": 1.0}, ()


def _places(
    table: Table, asked: TableProduct, region: SupplierRegion, sectors: Mapping[str, float]
) -> tuple[Distance, tuple[str, ...]]:
    regions = set(table.regions)
    if asked.region is not None:
        table.position(asked.region, next(iter(sectors)))
        own = asked.region in _names(region.asked)
        return ("own" if own else "elsewhere"), (asked.region,)
    for code in (region.asked, *region.tries):
        distance: Distance = (
            "own" if code == region.asked else "nation" if code == region.country else "world_region"
        )
        distance = "world" if code == "ROW" else distance
        found = next((name for name in _names(code) if name in regions), None)
        if found is not None:
            return distance, (found,)
        if code == "CN" and (provinces := _provinces(table)):
            return (distance if region.asked != "CN" else "own"), provinces
    raise NoTableRegionError(table.name, region.asked)


def _names(code: str) -> tuple[str, ...]:
    if code in WIDER:
        return WIDER[code]
    if code in PROVINCES:
        place = china_provinces()[PROVINCES[code]]
        return code, PROVINCES[code], place.hans, place.hant
    countries = {row["country"]: row["name"] for row in read_rows(TABLES / "regions.csv")}
    return (code, countries[code]) if code in countries else (code,)


def _provinces(table: Table) -> tuple[str, ...]:
    """Return the regions of a table of China's provinces; none where it has another kind of region too."""
    known = {name for code in PROVINCES for name in _names(code)}
    return table.regions if all(region in known for region in table.regions) else ()


def _mix(table: Table, places: tuple[str, ...], sectors: Mapping[str, float]) -> dict[Label, float]:
    """Return the labels with their shares: of each sector, places by what they make."""
    mix: dict[Label, float] = {}
    for sector, share in sectors.items():
        made = np.array([max(table.output[table.position(place, sector)], 0.0) for place in places])
        total = float(made.sum())
        shares = made / total if total else np.full(len(places), 1 / len(places))
        for place, part in zip(places, shares, strict=True):
            if part:
                mix[place, sector] = share * float(part)
    return mix


def _factor(  # noqa: PLR0913, PLR0917 - what a factor says
    head: Imported,
    table: Table,
    name: str,
    place: str,
    sectors: Mapping[str, float],
    value: float,
    gwp: str,
    only_co2: bool,
) -> Factor:
    origin = table.provenance
    covers = ["margins_not_included"] if origin.price_type != "purchaser" else []
    covers += ["co2_only"] if only_co2 else ["gas_origin_not_stated"]
    return Factor.model_validate(
        {
            "id": f"mrio.{head.digest[:16]}.{_numbers(table, place, sectors)}",
            "name": f"{table.name} {table.year}: {name}"[:400],
            "value": _decimal(value),
            "per": table.currency,
            "basis": "total",
            "gwp": gwp,
            "source": origin.source[:400],
            "dataset": "mrio-table",
            "dataset_version": f"{origin.version[:300]}, sha256 {head.digest}",
            "data_year": table.year,
            "region": place[:400],
            "sector": "; ".join(sectors)[:400],
            "currency": table.currency,
            "currency_year": table.year,
            "price_type": origin.price_type,
            "licence": origin.licence[:400],
            "channel": "fossil",
            "stage": "operation",
            "evidence": "spend",
            "covers": covers,
        }
    )


def _numbers(table: Table, place: str, sectors: Mapping[str, float]) -> str:
    regions, names = list(table.regions), list(table.sectors)
    where = str(regions.index(place)) if place in regions else "all"
    return f"{where}.{'-'.join(str(names.index(one)) for one in sectors)}"


def _decimal(value: float) -> str:
    return decimal_text(Decimal(repr(value)).quantize(_LAST, ROUND_HALF_EVEN, EXACT))
