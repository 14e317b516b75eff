"""Which report is asked for, of what, and in which form: for the API, the pages and the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, Literal

from fastapi import Query, Request, Response

from api.report_files import CSV_TYPE, XLSX_TYPE, csv_text, table_of, xlsx_bytes
from api.ui.language import Language, Writing
from ledger.interfaces import LedgerView
from ledger.reports.lot_ledger import lot_ledger
from ledger.reports.period import period_statement
from ledger.reports.scopes import scopes_report
from ledger.reports.studies import studies_report
from ledger.reports.system import closure_of
from ledger.reports.tables import Report
from ledger.reports.trial_balance import trial_balance
from ledger.reports.written import lot_report, scopes_tables, statement_report, system_report, trial_report
from ledger.rules import UnknownLotError

ReportName = Literal["statement", "trial-balance", "scopes", "studies"]
REPORTS: Final[tuple[ReportName, ...]] = ("statement", "trial-balance", "scopes", "studies")
"""The reports of an organization's period; a lot, a passport and the whole ledger have their own."""
Form = Literal["json", "csv", "xlsx"]


@dataclass(frozen=True, slots=True)
class AskedForm:
    """In which form a report was asked for: JSON, a workbook, or one of its tables as CSV."""

    form: Form
    table: str | None

    def answer(self, report: Report, language: Language) -> Any:
        """Return the report in this form.

        Raises:
            UnknownTableError: the report has no such table.
        """
        if self.form == "json":
            return report_json(report)
        content, kind = report_file(report, self.form, self.table, Writing(language))
        name = "-".join((report.name, *filter(None, (report.facts.get(n) for n in ("from", "to")))))
        headers = {"Content-Disposition": f'attachment; filename="{name}.{self.form}"'}
        return Response(content, media_type=kind, headers=headers)


def asked_form(
    request: Request,
    form: Annotated[
        Form | None, Query(alias="format", description="JSON unless text/csv is accepted")
    ] = None,
    table: Annotated[str | None, Query(max_length=40, description="Which table a CSV file has")] = None,
) -> AskedForm:
    """Return the form that a report is asked for in."""
    accepted = request.headers.get("accept", "")
    return AskedForm(form or ("csv" if "text/csv" in accepted else "json"), table)


def names_in(view: LedgerView) -> Callable[[str], str]:
    """Return how organizations are named; the id where there is no name."""
    known: dict[str, str] = {}

    def name(identifier: str) -> str:
        if identifier not in known:
            found = view.organization(identifier)
            known[identifier] = found.name if found else identifier
        return known[identifier]

    return name


def period_report(
    view: LedgerView, report: ReportName, organization: str, first: date | None, last: date | None
) -> Report:
    """Return a report of an organization's period, both dates included.

    Raises:
        BooksDontCloseError, TrialBalanceError: the books contradict themselves.
    """
    names = names_in(view)
    if report == "statement":
        return statement_report(period_statement(view, organization, first, last), names)
    if report == "trial-balance":
        return trial_report(trial_balance(view, organization, first, last), names)
    if report == "studies":
        return studies_report(view, organization, (first, last), names)
    return scopes_tables(scopes_report(view, organization, first, last), names)


def ledger_of_lot(view: LedgerView, identifier: str) -> Report:
    """Return the ledger of a lot.

    Raises:
        UnknownLotError: there is no such lot.
    """
    lot = view.lot(identifier)
    if lot is None:
        raise UnknownLotError(identifier)
    return lot_report(lot, lot_ledger(view, lot), names_in(view))


def whole_ledger(view: LedgerView) -> Report:
    """Return what was ever recorded and where it lies, signed and estimated apart."""
    return system_report(closure_of(view.balances()))


def report_json(report: Report) -> dict[str, Any]:
    """Return a report as plain values; an E-liability statement has its amounts by component in it."""
    found = report.plain()
    statement = found.pop("statement", None)
    return {**found, **statement} if isinstance(statement, dict) else found


def report_file(
    report: Report, form: Form, table: str | None = None, write: Writing | None = None
) -> tuple[bytes, str]:
    """Return a report as a file with its media type: CSV of one table, or a workbook of all.

    Raises:
        UnknownTableError: the report has no such table.
    """
    if form == "csv":
        return csv_text(table_of(report, table)).encode(), CSV_TYPE
    return xlsx_bytes(report, write or Writing("en")), XLSX_TYPE
