"""Files of reports where amounts are huge, words look like formulas, or something is not there."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest

from api.report_files import csv_text, xlsx_bytes
from api.reporting import ledger_of_lot
from api.ui.language import Writing
from api.ui.report_page import ROWS_SHOWN, ReportLinks, ReportView, render_report
from ledger.bundle import MissingFactorRecordError
from ledger.closure import BundleTooLargeError
from ledger.in_memory import InMemoryStore
from ledger.reports import evidence
from ledger.reports.evidence import NotCoveredError, evidence_files
from ledger.reports.tables import Heading, Report, Row, Table, Term
from ledger.rules import UnknownLotError
from tests.builders import World, kg, own

HUGE = 12_345_678_901_234_567
ALWAYS: tuple[date | None, date | None] = (None, None)


def report_of(*rows: Row) -> Report:
    headings = (Heading("product", "text"), Heading("amount"))
    return Report(
        "statement",
        {"name": "=Farm", "boundary": "cradle_to_handover"},
        (Table("products", headings, rows),),
        "products",
    )


def test_an_amount_beyond_fifteen_digits_is_text_in_a_workbook_and_exact_everywhere() -> None:
    report = report_of(Row(("lychee", HUGE)), Row(("carton", -5), is_sum=True))
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(report, Writing("en"))))
    rows = list(book.worksheets[1].iter_rows(min_row=2, values_only=True))
    assert rows == [
        ("lychee", "12345678901.234567", "12345678901234567"),
        ("carton", -0.000005, "-5"),
    ]
    assert csv_text(report.tables[0]).splitlines()[1:] == ["lychee,12345678901.234567", "carton,-0.000005"]


@pytest.mark.parametrize(
    ("largest", "formula"), [(10**13 - 1, "=ROUND(SUM(B2:B3),6)"), (10**13, 9_999_999.999999)]
)
def test_a_sum_is_a_formula_where_a_spreadsheet_adds_exactly(largest: int, formula: object) -> None:
    rows = (Row(("lychee", largest)), Row(("carton", -1)), Row(("all", largest - 1), is_sum=True, adds_up=2))
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(report_of(*rows), Writing("en"))))
    assert book.worksheets[1]["B4"].value == formula


@pytest.mark.parametrize("word", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])
def test_a_companys_word_never_becomes_a_formula(word: str) -> None:
    report = report_of(Row((word, 1)))
    assert csv_text(report.tables[0]).splitlines()[1].startswith(f"'{word}")
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(report, Writing("zh-Hant"))))
    assert book.worksheets[1]["A2"].data_type == "s"
    facts = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value == "=Farm"]
    assert [cell.data_type for cell in facts] == ["s"]


def test_a_page_leaves_out_what_it_would_be_too_long_for_and_says_so() -> None:
    rows = [Row((f"product {number}", number + 1)) for number in range(ROWS_SHOWN + 7)]
    summed = report_of(*rows, Row((Term("line", "total"), 5), is_sum=True))
    (table,) = ReportView(summed, Writing("en")).tables()
    assert (len(table.rows), table.left_out, table.rows[-1][1]) == (ROWS_SHOWN, 8, True)
    (table,) = ReportView(report_of(*rows), Writing("en")).tables()
    assert (len(table.rows), table.left_out) == (ROWS_SHOWN, 7)
    page = render_report(summed, "en", ReportLinks("/x", "/v1/x", {}))
    assert "8 more rows stand in the files." in page
    assert "Nothing in this period." in render_report(report_of(), "en", ReportLinks("/x", "/v1/x", {}))


def test_a_lot_that_is_not_there_has_no_ledger() -> None:
    with World().store.read() as view, pytest.raises(UnknownLotError):
        ledger_of_lot(view, "nothing")


def test_evidence_needs_the_records_of_factors(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    grower = world.register("Grower", "farmer")
    world.produce(grower, "lychee", kg(10), lines=(own(100),))
    with world.store.read() as view:
        with pytest.raises(MissingFactorRecordError):
            dict(evidence_files(view, grower.id, ALWAYS, lambda _: None, "key"))
        monkeypatch.setattr(evidence, "MAX_STATEMENTS", 2)
        with pytest.raises(BundleTooLargeError, match="limit is 2"):
            dict(evidence_files(view, grower.id, ALWAYS, lambda _: None, "key"))


def test_evidence_waits_for_a_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(InMemoryStore())
    grower = world.register("Grower", "farmer")
    with world.store.read() as view:
        old = view.checkpoint(1)
        monkeypatch.setattr(view, "checkpoint", lambda: old)
        with pytest.raises(NotCoveredError, match="covers 1 entries"):
            dict(evidence_files(view, grower.id, ALWAYS, lambda _: None, "key"))
        monkeypatch.setattr(view, "checkpoint", lambda: None)
        with pytest.raises(NotCoveredError, match="covers 0 entries"):
            dict(evidence_files(view, grower.id, ALWAYS, lambda _: None, "key"))
