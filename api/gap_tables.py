"""Products of imported input-output tables as spend factors, so that a gap can be filled by them.

A product becomes a factor when its row is CO2 or CO2e of a stated GWP set, its money is of one currency, and
its region is found: the province, else the nation, else a wider region, each step flagged. The digest of the
table travels in the factor's version. A synthetic table is used only where it is asked for by its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from hashlib import sha256
from typing import ClassVar, Final

import numpy as np

from ledger.errors import LedgerError
from ledger.factor import Factor
from ledger.factors.gap import GapQuery, SectorMatch, TableProduct
from ledger.factors.library import TABLES, read_rows
from ledger.factors.regions import SupplierRegion
from ledger.factors.spending import Distance, SpendCandidate
from ledger.mrio.adapters.concordance import china_provinces
from ledger.mrio.library import Solved, TableLibrary
from ledger.mrio.paths import Label
from ledger.mrio.product_factor import CO2, factor_of
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
"""The last decimal of a share and of a mix."""


@dataclass(eq=False)
class NoTableRegionError(LedgerError):
    """A table has no region that stands for the supplier's."""

    table: str
    region: str
    sentence: ClassVar[str] = (
        "{table}: no region of it stands for {region}. Name one of its regions in table/region."
    )


@dataclass(frozen=True, slots=True)
class TableCandidate:
    """A product of an imported table as a factor, with the labels that it is mixed from."""

    candidate: SpendCandidate
    head: Imported
    table: Table
    solved: Solved
    mix: dict[Label, float]


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
    solved = tables.solved(head.digest, extension.name, row)
    sectors, matches = _sectors(query, asked)
    distance, places = _places(table, asked, region, sectors)
    mix = _mix(table, places, sectors)
    place = places[0] if len(places) == 1 else str(region.country)
    renamed = _read_as(table, extension, row, asked.counts_as)
    of = next(iter(renamed.extensions.values())) if asked.counts_as else extension
    read = replace(solved, extension=of.name, stressor=of.stressors[0] if asked.counts_as else row)
    factor = _factor(renamed, read, mix, place)
    flags = [] if distance in {"own", "nation"} else ["region_fallback"]
    flags += ["nation_for_province"] if distance == "nation" else []
    if len(places) > 1:
        flags.append("average_of_provinces")
    flags += ["synthetic"] if head.synthetic else []
    flags += ["checks_accepted"] if table.provenance.accepted else []
    return TableCandidate(SpendCandidate(factor, distance, matches, tuple(flags)), head, table, solved, mix)


def _carbon_row(extension: Extension, gwp: str) -> str:
    rows = extension.stressors
    return next((row for row in (f"CO2e {gwp}", "CO2") if row in rows), rows[0])


def _read_as(table: Table, extension: Extension, row: str, counts_as: str | None) -> Table:
    """Return the table with a row under the name of what its user says that it counts."""
    if counts_as is None:
        return table
    called = CO2 if counts_as == "co2" else f"CO2e {counts_as}"
    unit = extension.unit.loc[[row]].rename(index={row: called})
    one = Extension(f"{extension.name} / {row}", extension.F.loc[[row]].rename(index={row: called}), unit)
    return replace(table, extensions={one.name: one})


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


def _factor(table: Table, solved: Solved, mix: Mapping[Label, float], place: str) -> Factor:
    """Return one product as its factor; several, weighed, as a factor with an id of its own.

    Raises:
        MixedCharacterisationError, MoneyUnitError, TablePriceTypeError, NegativeMultiplierError: as
            `factor_of`.
    """
    factors = {label: factor_of(table, solved, *label) for label in mix}
    label = max(mix, key=lambda one: mix[one])
    if len(mix) == 1:
        return factors[label]
    value = sum(
        (EXACT.multiply(_share(mix[at]), Decimal(one.value)) for at, one in factors.items()), Decimal(0)
    )
    sectors = "; ".join(dict.fromkeys(sector for _, sector in mix))
    said = "\n".join(f"{region}\t{sector}\t{_share(share)}" for (region, sector), share in mix.items())
    text = decimal_text(value.quantize(_LAST, ROUND_HALF_EVEN, EXACT))
    largest = factors[label]
    parts = {
        **largest.record(),
        "id": f"{largest.id}-mix-{sha256(said.encode()).hexdigest()[:12]}",
        "name": f"{sectors}, {place}"[:400],
        "value": text,
        "region": place,
        "sector": sectors[:400],
    }
    if largest.gases is not None:
        parts["gases"] = {"co2": text}
    return Factor.model_validate({name: one for name, one in parts.items() if name != "cluster_size"})


def _share(share: float) -> Decimal:
    return Decimal(repr(share)).quantize(_LAST, ROUND_HALF_EVEN, EXACT)
