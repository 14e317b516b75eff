"""Reading a file of records: recognized by its header, every refusal with its place, nothing guessed."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import LedgerError
from ledger.records import sheets
from ledger.records.errors import (
    EmptyCellError,
    Findings,
    RaggedRowError,
    RecordNumberError,
    RecordsFileError,
    RecordsRefusedError,
    RepeatedColumnError,
    UnknownColumnError,
    UnknownRecordFormError,
)
from ledger.records.forms import FORMS
from ledger.records.rows import InputRow, Row
from ledger.records.sheets import read_sheet, read_table
from tests.unit.records.scenario import FOLDER as SCENARIO

INPUTS = "record,used_batch,quantity,unit\nP-1,B-1,12.5,kg\n"


def _read(text: str | bytes) -> tuple[list[Row], list[LedgerError]]:
    findings = Findings()
    raw = text if isinstance(text, bytes) else text.encode()
    return read_table("records.csv", raw, findings), findings.errors


def test_a_file_reads_the_same_in_english_and_chinese_with_and_without_byte_order_mark() -> None:
    chinese = "单号,领用批号,数量,单位\nP-1,B-1,12.5,公斤\n"
    for text in (INPUTS, "\ufeff" + INPUTS, chinese, "\ufeff" + chinese.replace("\n", "\r\n")):
        rows, errors = _read(text)
        assert not errors
        assert [(r.record, r.batch, r.quantity, r.unit) for r in rows if isinstance(r, InputRow)] == [
            ("P-1", "B-1", Decimal("12.5"), "kg")
        ]


def test_empty_rows_are_passed_over_and_rows_count_as_in_a_spreadsheet() -> None:
    rows, errors = _read(INPUTS + ",,,\nP-1,B-2,x,kg\n")
    assert len(rows) == 1
    assert [(type(error), getattr(error, "row", 0)) for error in errors] == [(RecordNumberError, 4)]


def test_all_problems_of_a_row_are_told_at_once() -> None:
    _rows, errors = _read("record,used_batch,quantity,unit\n,B-1,-1,stone\n")
    assert [type(error).__name__ for error in errors] == [
        "EmptyCellError",
        "NegativeRecordError",
        "RecordUnitError",
    ]


def test_an_empty_cell_that_must_be_filled_is_not_a_zero() -> None:
    _rows, errors = _read("record,used_batch,quantity,unit\nP-1,B-1,,kg\n")
    assert [type(error) for error in errors] == [EmptyCellError]


@pytest.mark.parametrize("row", ["P-1,B-1,1", "P-1,B-1,1,kg,more"])
def test_a_row_with_too_many_or_too_few_cells_is_refused(row: str) -> None:
    _rows, errors = _read(f"record,used_batch,quantity,unit\n{row}\n")
    assert [type(error) for error in errors] == [RaggedRowError]


def test_a_header_of_no_form_names_the_nearest() -> None:
    _rows, errors = _read("record,used_batch,amount\nP-1,B-1,1\n")
    assert isinstance(errors[0], UnknownRecordFormError)
    assert errors[0].nearest == "inputs"
    assert errors[0].missing == "quantity, unit"
    assert str(errors[0]).count("The nearest is") == 1


def test_a_column_that_nobody_knows_is_refused_rather_than_ignored() -> None:
    _rows, errors = _read("record,used_batch,quantity,unit,colour\nP-1,B-1,1,kg,red\n")
    assert isinstance(errors[0], UnknownColumnError)
    assert "colour" in str(errors[0])


def test_a_column_in_both_languages_is_there_twice() -> None:
    _rows, errors = _read("record,used_batch,quantity,unit,单位\nP-1,B-1,1,kg,kg\n")
    assert isinstance(errors[0], RepeatedColumnError)


@pytest.mark.parametrize(
    "raw", [b"", b"\n", b"\xff\xfe\x00", "record,数量\n".encode("gb18030"), b'record,"unclosed\n', b",,\n"]
)
def test_bytes_that_are_no_table_are_refused_as_a_file(raw: bytes) -> None:
    _rows, errors = _read(raw)
    assert [type(error) for error in errors] == [RecordsFileError]


def test_too_long_and_missing_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    findings = Findings()
    file = tmp_path / "inputs.csv"
    file.write_text(INPUTS)
    monkeypatch.setattr(sheets, "MAX_ROWS", 1)
    assert read_sheet(file, findings) == []
    monkeypatch.setattr(sheets, "MAX_FILE_BYTES", 10)
    assert read_sheet(file, findings) == []
    assert read_sheet(tmp_path / "absent.csv", findings) == []
    assert [type(error) for error in findings.errors] == [RecordsFileError] * 3
    assert ["2 rows" in str(e) or "bytes" in str(e) or "opened" in str(e) for e in findings.errors] == [
        True
    ] * 3


def test_the_first_fifty_problems_are_shown_and_all_are_counted() -> None:
    findings = Findings()
    read_table("records.csv", ("record,used_batch,quantity,unit\n" + ",,,kg\n" * 30).encode(), findings)
    with pytest.raises(RecordsRefusedError) as caught:
        findings.stop()
    assert caught.value.count == 90
    assert len(caught.value.errors) == 50
    assert str(caught.value).startswith(
        "90 problems in the records, of which the first 50 are listed; nothing was imported.\nrecords.csv, "
    )


def test_nothing_stops_where_nothing_was_found() -> None:
    Findings().stop()


def test_no_header_fits_two_forms() -> None:
    for form in FORMS:
        for chinese in (False, True):
            header = {column.chinese if chinese else column.header for column in form.columns}
            fits = [
                other.name
                for other in FORMS
                if not other.missing(header) and header <= set(other.by_header())
            ]
            assert fits == [form.name]


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[A-Z0-9]{1,8}", fullmatch=True),
            st.from_regex(r"[A-Za-z0-9\"',;|][!-~]{0,11}", fullmatch=True),
            st.integers(min_value=1, max_value=10**9),
            st.sampled_from(["kg", "t", "g", "piece"]),
        ),
        max_size=20,
    )
)
def test_what_was_written_is_what_is_read(written: list[tuple[str, str, int, str]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["record", "used_batch", "quantity", "unit"])
    writer.writerows(written)
    rows, errors = _read(out.getvalue())
    assert not errors
    found = [(r.record, r.batch, int(r.quantity), r.unit) for r in rows if isinstance(r, InputRow)]
    assert found == written


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_by_name(raw: bytes) -> None:
    rows, errors = _read(raw)
    assert not (rows and not raw)
    assert all(str(error) for error in errors)


def test_the_documentation_names_every_column_in_both_languages_and_no_other() -> None:
    readme = (SCENARIO / "README.md").read_text("utf-8")
    documented = {
        tuple(cell.strip(" `*") for cell in line.split("|")[1:4])
        for line in readme.splitlines()
        if line.startswith("| ") and line.count("|") == 5 and not line.startswith(("| form", "| ---"))
    }
    known = {(form.name, column.header, column.chinese) for form in FORMS for column in form.columns}
    assert {one for one in documented if one[0] in {form.name for form in FORMS}} == known
