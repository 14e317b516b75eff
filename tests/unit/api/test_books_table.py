"""The books as a table: exact to the milligram, whatever their size."""

from __future__ import annotations

import csv
import io

from api.books_table import HEADINGS, books_csv
from ledger.components import SLOTS
from ledger.reports import PeriodStatement


def test_a_table_of_the_books_is_exact_beyond_what_a_float_can_hold() -> None:
    statement = PeriodStatement(organization="org_" + "a" * 32)
    fossil, spend = SLOTS["fossil.calculated"], SLOTS["fossil.spend"]
    statement.opening[fossil] = 2**53 + 1
    statement.columns["gaps"][spend] = 77
    statement.closing.update({fossil: 2**53 + 1, spend: 77})
    rows = list(csv.DictReader(io.StringIO(books_csv(statement))))
    assert list(rows[0]) == ["component_mg_co2e", *HEADINGS]
    assert [row["component_mg_co2e"] for row in rows] == ["fossil.calculated", "fossil.spend"]
    assert (rows[0]["opening"], rows[0]["closing"], rows[0]["gaps"]) == (str(2**53 + 1), str(2**53 + 1), "0")
    assert (rows[1]["opening"], rows[1]["gaps"]) == ("0", "77")


def test_books_without_a_posting_are_a_table_without_a_row() -> None:
    text = books_csv(PeriodStatement(organization="org_" + "a" * 32))
    assert text.splitlines() == [",".join(["component_mg_co2e", *HEADINGS])]
