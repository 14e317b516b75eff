"""Emission inventories of provinces from workbooks, by a layout file that says where everything stands.

Each sheet's sum is compared with the total that it states. A region that a table has and the inventory
hasn't (Tibet) isn't 0: it is not covered, and the extension's notes say so.
"""

from __future__ import annotations

import re
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
import pandas as pd
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from ledger.errors import LedgerError
from ledger.mrio.adapters.concordance import LAYOUTS, Concordance, concordance
from ledger.mrio.adapters.from_pymrio import TableFileError
from ledger.mrio.table import Array, Extension, Table, checked

TOLERANCE: Final = 1e-6
"""Share by which a sheet's sum may differ from the total that it states."""


@dataclass(eq=False)
class InventorySheetError(LedgerError):
    """A sheet isn't laid out as its layout says."""

    file: str
    sheet: str
    problem: str
    sentence: ClassVar[str] = "{file}, sheet {sheet}: {problem}. Check that the layout belongs to this file."


@dataclass(eq=False)
class InventoryTotalError(LedgerError):
    """A sheet's sectors don't add up to its total."""

    file: str
    sheet: str
    added: float
    stated: float
    sentence: ClassVar[str] = (
        "{file}, sheet {sheet}: its sectors add up to {added:.6g}, it states {stated:.6g}. Mend the sheet."
    )


@dataclass(frozen=True, slots=True)
class Inventory:
    """What provinces emit by sector in one year: `sectors` and `households` by region, in `unit`."""

    title: str
    source: str
    licence: str
    year: int
    stressor: str
    unit: str
    sectors: pd.DataFrame
    households: pd.DataFrame
    names: dict[str, tuple[str, str, str]]
    concordance: str

    def total(self) -> float:
        """Return the sum over all regions, households included, in the inventory's unit."""
        return float(self.sectors.to_numpy().sum() + self.households.to_numpy().sum())


def read_inventory(path: Path, layout: str = "ceads-inventory", folder: Path = LAYOUTS) -> Inventory:
    """Read a workbook of one year.

    Args:
        path: the workbook, as it was downloaded.
        layout: the name of a layout file.
        folder: where layout files lie; the product's own by default.

    Raises:
        TableFileError: the workbook or the layout can't be read, or has no sheet of a province.
        InventorySheetError: a sheet is laid out otherwise.
        InventoryTotalError: a sheet doesn't add up.
    """
    try:
        rules = tomllib.loads((folder / f"{layout}.toml").read_text(encoding="utf-8"))
        book = load_workbook(path, read_only=True, data_only=True)
    except (OSError, ValueError, KeyError, InvalidFileException, zipfile.BadZipFile) as error:
        raise TableFileError(path.name, str(error)[:200]) from error
    name = re.compile(rules["sheets"]["name"])
    found: dict[str, _Sheet] = {}
    years = set()
    try:
        for sheet in book.sheetnames:
            match = name.fullmatch(sheet)
            if match:
                rows = [list(row) for row in book[sheet].iter_rows(values_only=True)]
                found[match["region"]] = _sheet(rows, rules, path.name, sheet)
                years.add(int(match["year"]))
    finally:
        book.close()
    if len(years) != 1:
        raise TableFileError(path.name, f"it has sheets of {len(years)} years, not of one")
    names = {region: tuple(rules["regions"].get(region, [region] * 3)) for region in found}
    return Inventory(
        title=rules["title"],
        source=rules["source"],
        licence=rules["licence"],
        year=years.pop(),
        stressor=rules["stressor"],
        unit=rules["unit"],
        sectors=pd.DataFrame({region: one.sectors for region, one in found.items()}),
        households=pd.DataFrame({region: one.households for region, one in found.items()}),
        names={region: (one[0], one[1], one[2]) for region, one in names.items()},
        concordance=rules["concordance"],
    )


@dataclass(frozen=True, slots=True)
class _Sheet:
    sectors: pd.Series
    households: pd.Series


def _sheet(rows: Sequence[Sequence[Any]], rules: Mapping[str, Any], file: str, sheet: str) -> _Sheet:
    where = rules["rows"]
    header = [_text(cell) for cell in rows[where["header"] - 1]]
    wanted = rules["columns"]["value"]
    if wanted not in header:
        raise InventorySheetError(file, sheet, f"there is no column {wanted!r}")
    column, labels = header.index(wanted), where["label_column"] - 1
    unit = _text(rows[where["units"] - 1][column])
    if unit != where["unit_cells"]:
        raise InventorySheetError(file, sheet, f"{wanted} is in {unit!r}, not in {where['unit_cells']!r}")
    total = rows[where["total"] - 1]
    if _text(total[labels]) not in where["total_names"]:
        raise InventorySheetError(file, sheet, f"row {where['total']} is {total[labels]!r}, not the total")
    values = pd.Series(
        {
            _text(row[labels]): _number(row[column], file, sheet, _text(row[labels]))
            for row in rows[where["first"] - 1 :]
            if row[labels] is not None
        }
    )
    own = rules["households"]["rows"]
    if missing := [one for one in own if one not in values.index]:
        raise InventorySheetError(file, sheet, f"there is no row {missing[0]!r}")
    stated = _number(total[column], file, sheet, "the total")
    if abs(float(values.sum()) - stated) > TOLERANCE * max(abs(stated), 1.0):
        raise InventoryTotalError(file, sheet, float(values.sum()), stated)
    return _Sheet(values.drop(own), values[own])


def _text(cell: object) -> str:
    return " ".join(str(cell or "").replace("_", " ").split())


def _number(cell: object, file: str, sheet: str, label: str) -> float:
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        raise InventorySheetError(file, sheet, f"{label} holds {cell!r}, not a number")
    return float(cell)


def with_inventory(
    table: Table,
    inventory: Inventory,
    *,
    name: str = "CO2",
    by: Concordance | None = None,
) -> Table:
    """Return a table with an inventory as its extension; regions are matched by any of their three names.

    Sectors that the concordance spreads go by the table's output of that region. Notes name the regions that
    the inventory doesn't cover, and a year that differs.

    Raises:
        ConcordanceGapError: a sector without a counterpart.
        InventorySheetError: a region of the inventory that the table doesn't have.
    """
    by = by or concordance(inventory.concordance)
    english = {other: region for region, names in inventory.names.items() for other in (region, *names)}
    covered = {region: english[region] for region in table.regions if region in english}
    for region in inventory.sectors.columns:
        if region not in covered.values():
            raise InventorySheetError(inventory.title, str(region), "the table has no region of this name")
    F = pd.DataFrame([_spread(table, inventory, covered, by)], [inventory.stressor], table.labels)
    unit = pd.DataFrame({"unit": [inventory.unit]}, index=[inventory.stressor])
    own = _households(table, inventory, covered)
    extension = Extension(name, F, unit, own)
    notes = [f"{name}: {inventory.source}, {inventory.year}; {inventory.licence}."]
    missing = [region for region in table.regions if region not in covered]
    if missing:
        notes.append(f"{name}: not covered, which is not 0: {', '.join(missing)}.")
    if inventory.year != table.year:
        notes.append(f"{name}: emissions of {inventory.year}, money of {table.year}.")
    provenance = replace(table.provenance, notes=(*table.provenance.notes, *notes))
    extensions = {**table.extensions, name: extension}
    return checked(replace(table, provenance=provenance, extensions=extensions))


def _spread(table: Table, inventory: Inventory, covered: Mapping[str, str], by: Concordance) -> Array:
    """Return what each sector of the table emits, in its order; 0 where a region isn't covered."""
    found = np.zeros(len(table.labels))
    places = table.labels.get_level_values(0).astype(str)
    sectors = table.labels.get_level_values(1).astype(str)
    for region, source in covered.items():
        own = np.flatnonzero(places == region)
        weights = pd.Series(table.output[own], index=sectors[own])
        found[own] = by.spread(inventory.sectors[source], weights).to_numpy()
    return found


def _households(table: Table, inventory: Inventory, covered: Mapping[str, str]) -> pd.DataFrame:
    """Put households' own emissions into the first category of each region's final demand."""
    amounts = np.zeros(len(table.Y.columns))
    places = list(table.Y.columns.get_level_values(0).astype(str))
    for region, source in covered.items():
        if region in places:
            amounts[places.index(region)] = float(inventory.households[source].sum())
    return pd.DataFrame([amounts], [inventory.stressor], table.Y.columns)
