"""A report as a page that can be printed: tables with exact kilograms, and where the files are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode

from api.report_words import heading_text, note_texts, report_title, table_title, text_of
from api.ui.language import Language, Writing
from api.ui.pages import render
from ledger.quantities import kilograms_text
from ledger.reports.tables import Cell, ColumnForm, Heading, Report, Row, Table, Term

ROWS_SHOWN: Final = 400
SHORT: Final = 12
_DATES: Final = ("from", "to")
_AMOUNTS_IN_WORDS: Final = ("quantity", "quantity_left", "quantity_original")
_UNSHOWN: Final = (*_DATES, "unit")
_NUMBERS: Final = ("per_unit", "share", "lines", "outputs", "value")


@dataclass(frozen=True, slots=True)
class ReportLinks:
    """Where a report's page leads: itself without a query, its files, and other reports of the same.

    `query` is what the page was asked; `tabs` are (name of the report, address, whether it is this one).
    `first` and `last` fill the form for the period, where the report has one.
    """

    page: str
    api: str
    query: dict[str, str]
    tabs: Sequence[tuple[str, str, bool]] = ()
    has_period: bool = False
    first: str = ""
    last: str = ""
    evidence: str = ""

    def file(self, form: str, table: str | None = None) -> str:
        """Return the address of a file of the report."""
        query = {**self.query, "format": form, **({"table": table} if table else {})}
        return f"{self.api}?{urlencode(query)}"


@dataclass(frozen=True, slots=True)
class CellShown:
    """A cell as it is written: words, or kilograms with the milligrams behind them set apart."""

    text: str
    fine: str = ""
    link: str = ""
    form: ColumnForm = "text"


@dataclass(frozen=True, slots=True)
class TableShown:
    """A table as it is written; `left_out` rows stand in the files only."""

    name: str
    title: str
    headings: Sequence[tuple[str, ColumnForm]]
    rows: Sequence[tuple[Sequence[CellShown], bool]]
    left_out: int


class ReportView:
    """The content of a report's page in one language."""

    def __init__(self, report: Report, write: Writing) -> None:
        self._report = report
        self._write = write

    @property
    def title(self) -> str:
        """What kind of report it is."""
        return report_title(self._report, self._write)

    @property
    def subject(self) -> str:
        """What it is about: an organization, a product, the whole ledger."""
        facts = self._report.facts
        return facts.get("product") or facts.get("name") or self.title

    @property
    def notes(self) -> list[str]:
        """What stands on every form of the report."""
        return note_texts(self._report, self._write)

    def facts(self) -> Iterator[tuple[str, str]]:
        """Yield what it is about, by name."""
        for name, text in self._report.facts.items():
            if text and name not in _UNSHOWN and text != self.subject:
                yield self._write.named("report.fact", name), self._fact(name, text)

    def period(self) -> str:
        """Return the period in words; an open end is said."""
        first, last = (self._report.facts.get(name) for name in _DATES)
        if first and last:
            return self._write.period(first, last)
        if first:
            return self._write("report.since", day=self._write.day(first))
        return (
            self._write("report.until", day=self._write.day(last)) if last else self._write("report.always")
        )

    def tables(self) -> Iterator[TableShown]:
        """Yield the tables that a page shows, without columns in which every amount is 0."""
        for table in self._report.tables:
            if not table.in_files:
                yield self._table(table)

    def _table(self, table: Table) -> TableShown:
        shown = [
            number
            for number, heading in enumerate(table.headings)
            if heading.form != "mg" or heading.name in _ALWAYS or any(row.cells[number] for row in table.rows)
        ]
        kept = _kept(table.rows)
        rows = [([self._cell(table, number, row) for number in shown], row.is_sum) for row in kept]
        headings = [table.headings[number] for number in shown]
        return TableShown(
            name=table.name,
            title=table_title(table, self._write),
            headings=[(heading_text(heading, self._write), _form(heading)) for heading in headings],
            rows=rows,
            left_out=len(table.rows) - len(kept),
        )

    def _cell(self, table: Table, number: int, row: Row) -> CellShown:
        cell, heading = row.cells[number], table.headings[number]
        if isinstance(cell, int):
            return _amount(cell)
        if heading.form == "code":
            text = str(cell or "")
            return CellShown(_short(text), link=_link(self._report, row, text), form="code")
        if heading.name == "share" and isinstance(cell, str):
            return CellShown(self._write.percent(cell), form="mg")
        if heading.name in _DATES and isinstance(cell, str):
            return CellShown(self._write.day(cell))
        if table.name == "knowledge" and number == 1:
            return CellShown(self._known(row.cells[0], cell), form="mg")
        return CellShown(text_of(cell, self._write), form=_form(heading))

    def _known(self, what: Cell, value: Cell) -> str:
        """Write a share as a percentage; what nobody states reads so, never as 0."""
        if value is None:
            return self._write("report.not_stated")
        is_share = isinstance(what, Term) and what.code.endswith("_share")
        return self._write.percent(str(value)) if is_share else str(value)

    def _fact(self, name: str, text: str) -> str:
        if name in _AMOUNTS_IN_WORDS:
            return self._write.quantity(text, self._report.facts["unit"])
        if name in {"unit", "declared_unit"}:
            return self._write.named("unit", text)
        return self._write.named("report.boundary", text) if name == "boundary" else text


_ALWAYS: Final = (
    "gross",
    "opening",
    "closing",
    "debit",
    "credit",
    "amount",
    "balance",
    "signed",
    "may_overlap",
    "estimated",
)


def _kept(rows: Sequence[Row]) -> Sequence[Row]:
    """Return as many rows as a page holds, with the sum at the end."""
    if len(rows) <= ROWS_SHOWN:
        return rows
    last = [rows[-1]] if rows[-1].is_sum else []
    return [*rows[: ROWS_SHOWN - len(last)], *last]


def _amount(mg: int) -> CellShown:
    """Write milligrams as kilograms: grams large, the milligrams behind them small, nothing rounded."""
    if not mg:
        return CellShown("0", form="mg")
    text = f"{Decimal(kilograms_text(mg)):,f}".replace("-", "−")
    return CellShown(text[:-3], text[-3:], form="mg")


def _form(heading: Heading) -> ColumnForm:
    """Return how a column is set: numbers in words stand like amounts."""
    return "mg" if heading.name in _NUMBERS else heading.form


def _short(text: str) -> str:
    """Return the beginning of an identifier; a lot keeps its number among the lots of its maker."""
    if len(text) <= SHORT + 1:
        return text
    _maker, dot, number = text.partition(".")
    return f"{text[:SHORT]}…{dot}{number}"


def _link(report: Report, row: Row, text: str) -> str:
    """Return where an identifier leads: a lot's ledger, a passport, a statement; nowhere for others."""
    kinds = {cell.code for cell in row.cells if isinstance(cell, Term) and cell.group == "account"}
    if not text or "factor" in (report.name, *kinds):
        return ""
    if "lot" in kinds and report.name == "trial-balance":
        return f"/o/{report.facts['organization']}/books?{urlencode({'report': 'lot', 'lot': text})}"
    if "shipment" in kinds and report.name == "trial-balance":
        return f"/p/{text}"
    return f"/v1/statements/{text}" if report.name == "lot" else ""


def render_report(report: Report, language: Language, links: ReportLinks) -> str:
    """Return a report as a page."""
    write = Writing(language)
    page = f"{links.page}?{urlencode(links.query)}" if links.query else links.page
    return render("report.html", write, page, report=report, view=ReportView(report, write), links=links)
