"""A workbook's sheet of a table: which one it is, where its labels stand, its unit, its numbers."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from ledger.errors import LedgerError
from ledger.mrio.adapters.from_pymrio import TableFileError
from ledger.mrio.adapters.layout_rules import Layout, Sectors, code_of, folded
from ledger.mrio.errors import NotANumberError
from ledger.mrio.table import Array

Row = Sequence[Any]
Progress = Callable[[int, int], None]
RECOGNIZED: Final = 0.75
"""Share of a list's sectors that a sheet names at least, so that its codes can be trusted for the rest."""
_UNIT: Final = re.compile(r"(?:unit|单位|單位)\s*[:\uff1a]\s*(?P<unit>[^)\uff09]+)", re.IGNORECASE)


@dataclass(eq=False)
class TableSheetError(LedgerError):
    """A workbook has no sheet of a table, or none of its rows and columns are labelled like one."""

    file: str
    problem: str
    sentence: ClassVar[str] = "{file}: {problem}. Check that the layout belongs to this file."


@dataclass(eq=False)
class TableUnitError(LedgerError):
    """A workbook states another unit of money than its layout."""

    file: str
    unit: str
    wanted: str
    sentence: ClassVar[str] = (
        "{file} is in {unit!r}, its layout in {wanted!r}. Take the layout of this file, or convert the file."
    )


@dataclass(eq=False)
class MissingLabelError(LedgerError):
    """A region, sector or use is missing on one side of a table."""

    file: str
    side: str
    missing: str
    sentence: ClassVar[str] = "{file}: the {side} don't hold {missing}. Check that the download is whole."


@dataclass(eq=False)
class UnknownLabelError(LedgerError):
    """A workbook names a region, or a sector, that its layout doesn't know."""

    file: str
    place: str
    label: str
    nearest: str
    sentence: ClassVar[str] = (
        "{file}, {place}: the layout doesn't know {label!r}; the nearest is {nearest}. Add the name to "
        "a copy of the layout, if it is the same."
    )


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's cells, and its head: rows and columns of regions, names and codes, from 0."""

    file: str
    title: str
    cells: list[Row]
    sectors: Sectors
    rows: tuple[int, int, int | None]
    columns: tuple[int, int, int | None]

    @property
    def first(self) -> tuple[int, int]:
        """The corner of the numbers: row, column."""
        row, column = (max(at for at in side if at is not None) + 1 for side in (self.rows, self.columns))
        return row, column

    def shown(self, row: int | None, column: int | None) -> str:
        """Return a label as it is written, nothing where there is none."""
        if row is None or column is None or column >= len(self.cells[row]):
            return ""
        return " ".join(str(self.cells[row][column] or "").split())


def cells_of(path: Path, rules: Layout, progress: Progress) -> tuple[str, str | None, list[Row]]:
    """Return the sheet's name, the year that it says, and its cells row by row.

    Raises:
        TableFileError: the workbook can't be read.
        TableSheetError: it has no such sheet.
    """
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (OSError, ValueError, KeyError, InvalidFileException, zipfile.BadZipFile) as error:
        raise TableFileError(path.name, str(error)[:200]) from error
    try:
        for wanted in rules.plain["sheet"]["names"]:
            for title in book.sheetnames:
                match = re.fullmatch(wanted, title.strip())
                if match:
                    sheet = book[title]
                    found: list[Row] = []
                    count = sheet.max_row or 0
                    for row in sheet.iter_rows(values_only=True):
                        found.append(row)
                        if len(found) % 50 == 0:
                            progress(len(found), max(count, len(found)))
                    progress(len(found), len(found))
                    return title, match.groupdict().get("year"), found
    finally:
        book.close()
    raise TableSheetError(path.name, f"it has no sheet of a table, only {', '.join(book.sheetnames)[:200]}")


def head_of(file: str, title: str, cells: list[Row], rules: Layout) -> Sheet:
    """Find the rows and columns of labels near the corner, and which list of sectors they follow.

    Raises:
        TableSheetError: there are none.
    """
    reach = rules.plain["head"]
    lines = [[folded(cell) for cell in row] for row in cells[: reach["rows"]]]
    sides = [[folded(row[at]) if at < len(row) else "" for row in cells] for at in range(reach["columns"])]
    names = frozenset(label for one in rules.schemes for label in one.by_label)
    codes = frozenset(code for one in rules.schemes for code in one.by_code)
    kinds: list[Callable[[str], bool]] = [
        rules.region_labels.__contains__,
        names.__contains__,
        lambda text: code_of(text) in codes,
    ]
    found = [_fullest(part, known) for part in (lines, sides) for known in kinds]
    region_row, name_row, code_row, region_column, name_column, code_column = found
    if region_row is None or name_row is None or region_column is None or name_column is None:
        raise TableSheetError(file, f"sheet {title} has no rows and columns of regions and sectors")
    coded = [""] * len(lines[name_row]) if code_row is None else lines[code_row]
    pairs = {(label, code_of(code)) for label, code in zip(lines[name_row], coded, strict=False)}
    sectors = max(rules.schemes, key=lambda one: _agreeing(one, pairs))
    known = len({sectors.by_label[label] for label, _ in pairs if label in sectors.by_label})
    if known < RECOGNIZED * len(sectors.names):
        problem = f"sheet {title} names {known} of {len(sectors.names)} sectors of {sectors.scheme}"
        raise TableSheetError(file, problem)
    return Sheet(
        file,
        title,
        cells,
        sectors,
        (region_row, name_row, code_row),
        (region_column, name_column, code_column),
    )


def _fullest(lines: list[list[str]], known: Callable[[str], bool]) -> int | None:
    """Return the line with most different labels of a kind, or None where none has two."""
    counts = [len({text for text in line if known(text)}) for line in lines]
    best = int(np.argmax(counts))
    return best if counts[best] > 1 else None


def _agreeing(sectors: Sectors, pairs: Collection[tuple[str, str]]) -> int:
    """Count the names of a list that stand beside no code, or beside their own."""
    return sum(label in sectors.by_label and code in {"", *_codes(sectors, label)} for label, code in pairs)


def _codes(sectors: Sectors, label: str) -> list[str]:
    return [code for code, name in sectors.by_code.items() if name == sectors.by_label[label]]


def unit_notes(sheet: Sheet, rules: Layout) -> list[str]:
    """Compare the stated unit with the layout's; where none is stated, say so.

    Raises:
        TableUnitError: it is another one.
    """
    known = {folded(unit) for unit in rules.plain["units"]}
    for row in sheet.cells[: sheet.first[0]]:
        for cell in row[: sheet.first[1] + 4]:
            match = _UNIT.search(str(cell or ""))
            if match and folded(match["unit"]) not in known:
                raise TableUnitError(sheet.file, match["unit"].strip(), rules.plain["unit"])
            if match:
                return []
    return [f"The file states no unit; {rules.plain['unit']} is its layout's."]


def numbers(
    sheet: Sheet, rules: Layout, down: Sequence[int], across: Sequence[int], empty: list[str]
) -> Array:
    """Return numbers by the positions of rows and columns, in that order; empty cells as the layout says.

    Raises:
        NotANumberError: a cell holds none.
    """
    found = np.empty((len(down), len(across)))
    zero = rules.plain["empty"] == "zero"
    for number, at in enumerate(down):
        row = sheet.cells[at]
        for column, where in enumerate(across):
            cell = row[where] if where < len(row) else None
            if cell is None and zero:
                empty.append(f"{get_column_letter(where + 1)}{at + 1}")
                cell = 0.0
            if isinstance(cell, bool) or not isinstance(cell, int | float) or not np.isfinite(cell):
                value = "nothing" if cell is None else str(cell)[:40]
                raise NotANumberError(
                    sheet.file, f"sheet {sheet.title}", str(at + 1), get_column_letter(where + 1), value
                )
            found[number, column] = cell
    return found


def column_or_row(at: int, *, across: bool) -> str:
    """Name a column by its letters, a row by its number."""
    return f"column {get_column_letter(at + 1)}" if across else f"row {at + 1}"
