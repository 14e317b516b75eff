"""A report as tables: what JSON, CSV, a workbook and a page are all written from.

A cell is text, a `Term` (a code that a page translates), whole milligrams CO2e with a sign, or nothing.
Everything derived from the same postings, so every form of a report has the same amounts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from ledger.components import NAMES, REMOVAL_CHANNELS
from ledger.reports.period import gross_mg
from ledger.reports.system import is_estimated, is_markup

ColumnForm = Literal["text", "code", "mg"]
"""How a column is written: words, an identifier, or milligrams CO2e (shown as kilograms)."""


@dataclass(frozen=True, slots=True)
class Term:
    """A code with a meaning of ours: a page translates it, a file keeps it."""

    group: str
    code: str


Cell: TypeAlias = "str | int | Term | None"


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's name and form; `group` says what its name is a code of, such as a component."""

    name: str
    form: ColumnForm = "mg"
    group: str = "heading"


@dataclass(frozen=True, slots=True)
class Row:
    """One row; a sum stands out. `adds_up` says how many rows right above it add up to it, 0 where none."""

    cells: tuple[Cell, ...]
    is_sum: bool = False
    adds_up: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a report, by name; every row has a cell per heading.

    `in_files` alone stands what a page would be too long for.
    """

    name: str
    headings: tuple[Heading, ...]
    rows: tuple[Row, ...]
    in_files: bool = False

    def plain(self) -> list[dict[str, Any]]:
        """Return the rows as plain values: amounts as decimal strings of mg."""
        names = [heading.name for heading in self.headings]
        return [{name: plain(cell) for name, cell in zip(names, row.cells, strict=True)} for row in self.rows]


@dataclass(frozen=True, slots=True)
class Report:
    """A report: which one, about what, its tables, and notes that stand on every form of it.

    `main` names the table that a CSV file has when no other is asked for.
    """

    name: str
    facts: Mapping[str, str]
    tables: tuple[Table, ...]
    main: str
    notes: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    def table(self, name: str | None) -> Table | None:
        """Return a table by its name, the main one without a name."""
        return next((table for table in self.tables if table.name == (name or self.main)), None)

    def plain(self) -> dict[str, Any]:
        """Return the whole report as plain values."""
        return {
            "report": self.name,
            **self.facts,
            "tables": {table.name: table.plain() for table in self.tables},
            "columns": {table.name: {h.name: h.form for h in table.headings} for table in self.tables},
            "in_files": [table.name for table in self.tables if table.in_files],
            "notes": list(self.notes),
            **self.more,
        }


def plain(cell: Cell) -> str | None:
    """Return a cell as it stands in JSON: an amount as a decimal string, a term as its code."""
    if isinstance(cell, Term):
        return cell.code
    return None if cell is None else str(cell)


MEASURES: Final = ("gross", "estimated", "removals", "biogenic_co2_out", "biogenic_co2_uptake", "markup")
"""What a vector is divided into where components would be too many: columns of amounts in mg CO2e."""


def measures(vector: Mapping[int, int]) -> tuple[int, ...]:
    """Return gross, of which estimated, removals; beside them biogenic CO2 out and in, and markups."""
    figures = {slot: mg for slot, mg in vector.items() if not is_markup(slot)}
    estimated = {slot: mg for slot, mg in figures.items() if is_estimated(slot)}
    return (
        gross_mg(figures),
        gross_mg(estimated),
        channels_mg(figures, REMOVAL_CHANNELS),
        channels_mg(figures, ("biogenic_co2_out",)),
        channels_mg(figures, ("biogenic_co2_uptake",)),
        sum(mg for slot, mg in vector.items() if is_markup(slot)),
    )


def channels_mg(vector: Mapping[int, int], channels: tuple[str, ...]) -> int:
    """Return the sum of some channels over all evidence, either sign."""
    return sum(mg for slot, mg in vector.items() if NAMES[slot].partition(".")[0] in channels)


def component(slot: int) -> Term:
    """Return a component as a term."""
    return Term("component", NAMES[slot])


def measured_headings() -> Iterator[Heading]:
    """Yield the headings of `measures`."""
    return (Heading(name) for name in MEASURES)
