"""The words of a report in a reader's language: headings, lines, accounts, scopes."""

from __future__ import annotations

from typing import Final

from api.ui.language import Writing
from ledger.reports.tables import Cell, Heading, Report, Table, Term

_ELSEWHERE: Final = {"channel", "evidence", "flag", "activity"}
"""Groups of terms that the passport page names too."""


def heading_text(heading: Heading, write: Writing) -> str:
    """Return a column's name."""
    return term_text(Term(heading.group, heading.name), write)


def table_title(table: Table, write: Writing) -> str:
    """Return a table's name."""
    return write(f"report.table.{table.name}")


def report_title(report: Report, write: Writing) -> str:
    """Return a report's name."""
    return write(f"report.title.{report.name}")


def note_texts(report: Report, write: Writing) -> list[str]:
    """Return the notes that stand on every form of a report."""
    return [write(f"report.note.{note}") for note in report.notes]


def text_of(cell: Cell, write: Writing) -> str:
    """Return a cell that is no amount as words; nothing as nothing."""
    if isinstance(cell, Term):
        return term_text(cell, write)
    return "" if cell is None else str(cell)


def term_text(term: Term, write: Writing) -> str:
    """Return the meaning of a code; a code that has none here in words."""
    if term.group == "component":
        channel, _, evidence = term.code.partition(".")
        return f"{write.named('channel', channel)} · {write.named('evidence', evidence)}"
    if term.group == "policy":
        return write.named("policy", term.code.replace("/", "."))
    if term.group in _ELSEWHERE:
        return write.named(term.group, term.code)
    return write.named(f"report.{term.group}", term.code)
