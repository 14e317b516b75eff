"""A report as a file: CSV with exact kilograms, an Excel workbook with numbers that add up.

In CSV every amount is kilograms CO2e with six places, so exact to the milligram. In a workbook the kilograms
are numbers (a spreadsheet keeps 15 digits; beyond these the cell is text), sums are formulas over the rows
above them, and the whole milligrams stand beside them as text. Words from companies never become formulas.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from api.report_words import heading_text, note_texts, report_title, table_title, text_of
from api.ui.language import Writing
from ledger.errors import LedgerError
from ledger.quantities import kilograms_text
from ledger.reports.tables import Cell, Report, Row, Table, plain

CSV_TYPE: Final = "text/csv; charset=utf-8"
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST_NUMBER: Final = 10**15
"""Milligrams from which on a spreadsheet's 15 digits don't hold kilograms with six places."""
LARGEST_SUMMAND: Final = 10**13
"""Milligrams below which a spreadsheet's own sum of a thousand rows is exact to the milligram."""
KG: Final = "#,##0.000000;[Red]-#,##0.000000;0"
MAX_SHEET_NAME: Final = 31
MADE: Final = datetime(1980, 1, 1, tzinfo=UTC)
"""Every workbook's date, so that the same books are the same file."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(eq=False)
class UnknownTableError(LedgerError):
    """A report has no table of this name."""

    report: str
    table: str
    tables: tuple[str, ...]
    sentence: ClassVar[str] = "table: the report {report} has no table {table!r}, only {tables}."


def table_of(report: Report, name: str | None) -> Table:
    """Return a table of a report, its main one without a name.

    Raises:
        UnknownTableError: there is none of this name.
    """
    found = report.table(name)
    if found is None:
        raise UnknownTableError(report.name, str(name)[:40], tuple(table.name for table in report.tables))
    return found


def csv_text(table: Table) -> str:
    """Return a table as CSV: codes as they are, amounts in kg CO2e with six places."""
    return frame_of(table).to_csv(index=False, lineterminator="\n")


def frame_of(table: Table) -> pd.DataFrame:
    """Return a table as a data frame of texts: exact, because no amount becomes a binary number."""
    names = [f"{h.name}_kg_co2e" if h.form == "mg" else h.name for h in table.headings]
    return pd.DataFrame([[_csv_cell(cell) for cell in row.cells] for row in table.rows], columns=names)


def _csv_cell(cell: Cell) -> str:
    if isinstance(cell, int):
        return kilograms_text(cell)
    text = plain(cell) or ""
    # A spreadsheet would compute what begins like a formula, whoever wrote it.
    return f"'{text}" if text.startswith(_FORMULA) else text


def xlsx_bytes(report: Report, write: Writing) -> bytes:
    """Return a report as an Excel workbook: what it is about, then a sheet per table."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"title": report_title(report, write), "created": MADE})
    forms = _Forms(book)
    _about(book, report, write, forms)
    for table in report.tables:
        _sheet(book, table, write, forms)
    book.close()
    return out.getvalue()


class _Forms:
    """How cells look: headings, sums, amounts."""

    def __init__(self, book: Any) -> None:
        head = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.head = book.add_format(head)
        self.head_amount = book.add_format({**head, "align": "right"})
        self.plain = {False: book.add_format({}), True: book.add_format({"bold": True, "top": 1})}
        self.amount = {
            False: book.add_format({"num_format": KG}),
            True: book.add_format({"num_format": KG, "bold": True, "top": 1}),
        }
        grey = {"align": "right", "font_color": "#55645e"}
        self.exact = {False: book.add_format(grey), True: book.add_format({**grey, "top": 1})}


def _about(book: Any, report: Report, write: Writing, forms: _Forms) -> None:
    """Write the first sheet: which report, about what, in which unit, with its notes."""
    sheet = book.add_worksheet(write("report.about")[:MAX_SHEET_NAME])
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, report_title(report, write), forms.title)
    number = 2
    for name, text in report.facts.items():
        sheet.write_string(number, 0, write.named("report.fact", name))
        sheet.write_string(number, 1, write.named("report.boundary", text) if name == "boundary" else text)
        number += 1
    for text in (write("report.unit"), *note_texts(report, write)):
        number += 1
        sheet.write_string(number, 1, text, forms.wrapped)


def _sheet(book: Any, table: Table, write: Writing, forms: _Forms) -> None:
    """Write a table: words and kilograms first, then the same amounts as whole milligrams in text."""
    sheet = book.add_worksheet(table_title(table, write)[:MAX_SHEET_NAME])
    amounts = [number for number, heading in enumerate(table.headings) if heading.form == "mg"]
    width = len(table.headings)
    for number, heading in enumerate(table.headings):
        name = heading_text(heading, write)
        amount = heading.form == "mg"
        text = f"{name}, kg CO2e" if amount else name
        sheet.write_string(0, number, text, forms.head_amount if amount else forms.head)
        sheet.set_column(number, number, 20 if amount else 30 if heading.form == "text" else 22)
    for place, number in enumerate(amounts):
        name = heading_text(table.headings[number], write)
        sheet.write_string(0, width + place, f"{name}, mg CO2e", forms.head_amount)
        sheet.set_column(width + place, width + place, 20)
    cells = (cell for row in table.rows for cell in row.cells if isinstance(cell, int))
    lines = _Lines(sheet, write, forms, summable=all(abs(cell) < LARGEST_SUMMAND for cell in cells))
    for line, row in enumerate(table.rows, start=1):
        lines.write(line, row, amounts)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)
    sheet.print_area(0, 0, len(table.rows), width - 1)


class _Lines:
    """Writes the rows of a table; where all amounts are `summable`, a sum is a formula."""

    def __init__(self, sheet: Any, write: Writing, forms: _Forms, *, summable: bool) -> None:
        self._sheet, self._write, self._forms = sheet, write, forms
        self._summable = summable

    def write(self, line: int, row: Row, amounts: list[int]) -> None:
        """Write a row: its cells, then the milligrams of its amounts."""
        for number, cell in enumerate(row.cells):
            if isinstance(cell, int):
                self._amount(line, number, row, cell)
            else:
                text = text_of(cell, self._write)
                self._sheet.write_string(line, number, text, self._forms.plain[row.is_sum])
        for place, number in enumerate(amounts):
            exact = str(row.cells[number])
            self._sheet.write_string(line, len(row.cells) + place, exact, self._forms.exact[row.is_sum])

    def _amount(self, line: int, number: int, row: Row, mg: int) -> None:
        if abs(mg) >= LARGEST_NUMBER:
            self._sheet.write_string(line, number, kilograms_text(mg), self._forms.exact[row.is_sum])
            return
        form, kilograms = self._forms.amount[row.is_sum], mg / 10**6
        if not (row.adds_up and self._summable):
            self._sheet.write_number(line, number, kilograms, form)
            return
        first, last = (xl_rowcol_to_cell(line - above, number) for above in (row.adds_up, 1))
        self._sheet.write_formula(line, number, f"=ROUND(SUM({first}:{last}),6)", form, kilograms)
