"""A full table from a workbook by a layout file: regions, sectors and uses are found by their labels.

1. the sheet: the first of the layout's names that the workbook has
2. the head: the rows and columns near the corner in which most regions, sectors and codes stand
3. the axes: what each column and row is; a region that is written once a block holds for the block
4. the labels: none missing, none twice, none unknown
5. the numbers, reordered by label into the layout's order
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from ledger.mrio.adapters.concordance import LAYOUTS
from ledger.mrio.adapters.layout_rules import Layout, code_of, folded, read_layout
from ledger.mrio.adapters.layout_sheet import (
    MissingLabelError,
    Progress,
    Sheet,
    TableSheetError,
    UnknownLabelError,
    cells_of,
    column_or_row,
    head_of,
    numbers,
    unit_notes,
)
from ledger.mrio.errors import DuplicateLabelError
from ledger.mrio.table import (
    DEMAND_LABELS,
    OUTPUT,
    SECTOR_LABELS,
    Array,
    Extension,
    Provenance,
    Table,
    checked,
)

Key = tuple[str, str]
TOLERANCE: Final = 1e-3
"""Share of a column's own input by which the rows below may miss it: published tables are rounded."""


@dataclass(frozen=True, slots=True)
class _Axis:
    """What stands where on one side: sectors, uses, and everything else by its folded label."""

    sectors: dict[Key, int] = field(default_factory=dict)
    demand: dict[Key, int] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)
    by_code: dict[str, None] = field(default_factory=dict)

    def other(self, words: frozenset[str]) -> int | None:
        """Return where the first of some labels stands."""
        return min((self.others[word] for word in words if word in self.others), default=None)


def read_table(  # noqa: PLR0913 - a file, its layout, and what only its user knows
    path: Path,
    layout: str,
    *,
    name: str = "",
    year: int | None = None,
    version: str = "",
    folder: Path = LAYOUTS,
    progress: Progress | None = None,
) -> Table:
    """Read a full table from a workbook.

    Args:
        path: the workbook, as it was downloaded.
        layout: the name of a layout that ships with the product, or the path of one's own.
        name: what the table is to be called; the layout's name where none is given.
        year: of the table; needed where the sheet's name doesn't say it.
        version: the data set's own; the file's name where none is given.
        folder: where layouts lie.
        progress: called with rows read and rows there are.

    Raises:
        LayoutFileError: the layout.
        TableFileError: the workbook can't be read.
        TableSheetError, TableUnitError, MissingLabelError, UnknownLabelError, DuplicateLabelError: its sheet.
        NotANumberError: a cell of the table holds no number.
        TableLabelsError: as `table.checked`.
    """
    rules = read_layout(layout, folder)
    title, stated, cells = cells_of(path, rules, progress or (lambda *_: None))
    if year is None and stated is None:
        raise TableSheetError(path.name, f"sheet {title} doesn't say its year; give it")
    if year is not None and stated is not None and year != int(stated):
        raise TableSheetError(path.name, f"sheet {title} is of {stated}, not of {year}")
    sheet = head_of(path.name, title, cells, rules)
    notes = unit_notes(sheet, rules)
    columns, rows = (_axis(sheet, rules, across=across) for across in (True, False))
    if columns.by_code:
        notes.append(f"Sectors read by their code, not their name: {', '.join(columns.by_code)}.")
    plain = rules.plain
    found = _Reader(sheet, rules, columns, rows, notes)
    Z, Y, x, extensions = found.frames()
    origin = Provenance(
        plain["source"], version or path.name, plain["licence"], plain["price_type"], notes=tuple(notes)
    )
    return checked(
        Table(
            name=name or Path(layout).stem,
            year=year if year is not None else int(stated or 0),
            currency=plain["currency"],
            unit=plain["unit"],
            Z=Z,
            Y=Y,
            x=x,
            provenance=origin,
            extensions=extensions,
        )
    )


def _axis(sheet: Sheet, rules: Layout, *, across: bool) -> _Axis:
    """Say what each column (across) or row is."""
    found = _Axis()
    region = ""
    side = "columns" if across else "rows"
    for at, place, label, code in _labels(sheet, across=across):
        region = place or region
        where = column_or_row(at, across=across)
        name = _sector(sheet, rules, where, label, code, found.by_code)
        category = rules.demand_labels.get(folded(label)) or rules.demand_labels.get(folded(code))
        if name is None and (category is None or not across):
            for word in (folded(label), folded(code)):
                found.others.setdefault(word, at)
            continue
        if folded(region) not in rules.region_labels:
            raise UnknownLabelError(sheet.file, where, region, rules.nearest_region(region))
        key = (rules.region_labels[folded(region)], name or str(category))
        kept = found.sectors if name else found.demand
        if key in kept:
            raise DuplicateLabelError(sheet.file, f"the {side}", " / ".join(key))
        kept[key] = at
    _complete(sheet, rules, found.sectors, sheet.sectors.names, side)
    if across:
        _complete(sheet, rules, found.demand, rules.demand, "columns of final demand")
    return found


def _labels(sheet: Sheet, *, across: bool) -> Iterator[tuple[int, str, str, str]]:
    """Give region, name and code as they are written, with their position."""
    down, right = sheet.first
    region, name, code = sheet.rows if across else sheet.columns
    if across:
        for at in range(right, max(len(row) for row in sheet.cells[:down])):
            yield at, sheet.shown(region, at), sheet.shown(name, at), sheet.shown(code, at)
        return
    for at in range(down, len(sheet.cells)):
        yield at, sheet.shown(at, region), sheet.shown(at, name), sheet.shown(at, code)


def _sector(  # noqa: PLR0913, PLR0917 - one label, and where it stands
    sheet: Sheet, rules: Layout, where: str, label: str, code: str, by_code: dict[str, None]
) -> str | None:
    """Return a sector by its name; by its code where the layout doesn't know the name."""
    named, coded = sheet.sectors.by_label.get(folded(label)), sheet.sectors.by_code.get(code_of(code))
    if named is None and coded is not None and not rules.is_total(label):
        by_code[f"{label} ({code_of(code)}, {coded})"] = None
        return coded
    if named is not None and coded is not None and named != coded:
        raise UnknownLabelError(sheet.file, where, f"{label} with code {code_of(code)}", coded)
    return named


def _complete(
    sheet: Sheet, rules: Layout, found: Mapping[Key, int], wanted: Sequence[str], side: str
) -> None:
    places = {region for region, _ in found}
    for region in rules.regions:
        if region not in places:
            raise MissingLabelError(sheet.file, side, region)
        for name in wanted:
            if (region, name) not in found:
                raise MissingLabelError(sheet.file, side, f"{region} / {name}")


@dataclass(slots=True)
class _Reader:
    """Puts a sheet's numbers into frames, in the layout's order; `notes` say what had to be assumed."""

    sheet: Sheet
    rules: Layout
    columns: _Axis
    rows: _Axis
    notes: list[str]
    empty: list[str] = field(default_factory=list)

    def frames(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, dict[str, Extension]]:
        """Return Z, Y, x and the extensions that the sheet has."""
        keys = [(region, sector) for region in self.rules.regions for sector in self.sheet.sectors.names]
        labels = pd.MultiIndex.from_tuples(keys, names=list(SECTOR_LABELS))
        down = [self.rows.sectors[key] for key in keys]
        across = [self.columns.sectors[key] for key in keys]
        uses = self._uses()
        demand = pd.MultiIndex.from_tuples(list(uses), names=list(DEMAND_LABELS))
        Z, Y = self._block(down, across), self._block(down, list(uses.values()))
        total = self.columns.other(self.rules.output)
        if total is None:
            self.notes.append("The file has no total output: it is the sum of all uses.")
        made = Z.sum(axis=1) + Y.sum(axis=1) if total is None else self._block(down, [total])[:, 0]
        self._say_of_columns(across, made - Z.sum(axis=0), keys)
        extensions = self._extensions(across, labels)
        if self.empty:
            self.notes.append(f"{len(self.empty)} empty cells were read as 0, the first is {self.empty[0]}.")
        x = pd.DataFrame({OUTPUT: made}, index=labels)
        return pd.DataFrame(Z, labels, labels), pd.DataFrame(Y, labels, demand), x, extensions

    def _block(self, down: Sequence[int], across: Sequence[int]) -> Array:
        return numbers(self.sheet, self.rules, down, across, self.empty)

    def _uses(self) -> dict[Key, int]:
        found = {
            (region, category): self.columns.demand[region, category]
            for region in self.rules.regions
            for category in self.rules.demand
        }
        for word, use in self.rules.outside.items():
            if word in self.columns.others:
                found.setdefault(use, self.columns.others[word])
        return found

    def _extensions(self, across: list[int], labels: pd.MultiIndex) -> dict[str, Extension]:
        found = {}
        for name, one in self.rules.plain.get("extensions", {}).items():
            at = self.rows.other(frozenset(map(folded, one["labels"])))
            if at is not None:
                row = [str(one["stressor"])]
                unit = pd.DataFrame({"unit": [one["unit"]]}, index=row)
                found[name] = Extension(name, pd.DataFrame(self._block([at], across), row, labels), unit)
        return found

    def _say_of_columns(self, across: list[int], rest: Array, keys: list[Key]) -> None:
        """Say what the rows of imports and value added show; they stay out of the table itself."""
        imports_at, added_at = self.rows.other(self.rules.imports), self.rows.other(self.rules.value_added)
        imports = np.zeros(len(keys)) if imports_at is None else self._block([imports_at], across)[0]
        if imports_at is not None:
            note = "Imports are a row of their own: what is emitted abroad for them is not covered."
            self.notes.append(note)
        if added_at is None:
            return
        added = self._block([added_at], across)[0]
        below = np.flatnonzero(added < 0)
        if len(below):
            first = " / ".join(keys[int(below[0])])
            self.notes.append(f"Value added is below 0 in {len(below)} sectors, first {first}.")
        off = np.abs(rest - added - imports) > TOLERANCE * np.maximum(np.abs(rest), 1.0)
        if off.any():
            first = " / ".join(keys[int(np.flatnonzero(off)[0])])
            self.notes.append(
                f"Inputs, imports and value added miss the output of {int(off.sum())} sectors, first {first}."
            )
