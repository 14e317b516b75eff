"""Reading a CSV file of records: bytes in, typed rows out, every refusal noted with its place.

UTF-8 with or without a byte order mark; the header in English or Chinese. Nothing is repaired: a cell that
would have to be guessed is refused.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any, Final

from ledger.records.cells import At
from ledger.records.columns import Column
from ledger.records.errors import (
    EmptyCellError,
    Findings,
    RaggedRowError,
    RecordError,
    RecordsFileError,
    RepeatedColumnError,
    UnknownColumnError,
    UnknownRecordFormError,
)
from ledger.records.forms import FORMS, RecordForm
from ledger.records.rows import Row

MAX_FILE_BYTES: Final = 8 * 1024 * 1024
MAX_ROWS: Final = 20_000
RECORDS: Final = ("record", "production", "handling", "correction", "opening", "batch")
"""Columns that name the record, or the opening lot, to which a row belongs."""


def read_sheet(path: Path, findings: Findings) -> list[Row]:
    """Read a file of records; what is refused is noted in `findings` and left out."""
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= MAX_FILE_BYTES else b""
    except OSError as error:
        findings.add(_file_error(path.name, f"it can't be opened ({type(error).__name__})"))
        return []
    if size > MAX_FILE_BYTES:
        findings.add(_file_error(path.name, f"it has {size} bytes, the limit is {MAX_FILE_BYTES}"))
        return []
    return read_table(path.name, raw, findings)


def read_table(file: str, raw: bytes, findings: Findings) -> list[Row]:
    """Read the bytes of a file of records; what is refused is noted and left out."""
    try:
        table = _cells(raw)
    except (UnicodeDecodeError, csv.Error) as error:
        kind = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else f"it is no table ({error})"
        findings.add(_file_error(file, kind))
        return []
    if not table or not any(table[0]):
        findings.add(_file_error(file, "it is empty"))
        return []
    if len(table) > MAX_ROWS:
        findings.add(_file_error(file, f"it has {len(table)} rows, the limit is {MAX_ROWS}"))
        return []
    try:
        columns, form = _recognized(file, table[0])
    except RecordError as error:
        findings.add(error)
        return []
    found = []
    for number, cells in enumerate(table[1:], start=2):
        if any(cells):
            row = _row(At(file, number), form, columns, cells, findings)
            found += [] if row is None else [row]
    return found


def _cells(raw: bytes) -> list[list[str]]:
    text = raw.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def _recognized(file: str, header: list[str]) -> tuple[list[Column], RecordForm]:
    """Return the columns in the file's order, and the form that they make.

    Raises:
        RepeatedColumnError, UnknownRecordFormError, UnknownColumnError: the header is no form's.
    """
    headers = set(header)
    fitting = [form for form in FORMS if not form.missing(headers)]
    known = [form for form in fitting if headers <= set(form.by_header())]
    if not fitting:
        nearest = min(FORMS, key=lambda form: (len(form.missing(headers)), -_shared(form, headers)))
        lacks = ", ".join(nearest.missing(headers))
        raise UnknownRecordFormError(file, 1, "", ", ".join(header)[:200], nearest.name, lacks)
    form = max(known or fitting, key=lambda one: _shared(one, headers))
    by_header = form.by_header()
    for name in header:
        if name not in by_header:
            names = ", ".join(column.header for column in form.columns)
            raise UnknownColumnError(file, 1, "", name[:60], form.name, names)
    columns = [by_header[name] for name in header]
    for number, column in enumerate(columns):
        if column in columns[:number]:
            raise RepeatedColumnError(file, 1, "", header[number])
    return columns, form


def _shared(form: RecordForm, headers: set[str]) -> int:
    return len(headers & set(form.by_header()))


def _row(at: At, form: RecordForm, columns: list[Column], cells: list[str], findings: Findings) -> Row | None:
    """Return the typed row, or None where a cell was refused."""
    if len(cells) != len(columns):
        findings.add(RaggedRowError(*at.facts(""), len(cells), len(columns)))
        named = zip(columns, cells, strict=False)
        findings.partial.update(text for column, text in named if column.field in RECORDS)
        return None
    fields: dict[str, Any] = {}
    before = findings.count
    for column, text in zip(columns, cells, strict=True):
        here = at.under(column.header)
        if not text:
            if column.needed:
                findings.add(EmptyCellError(*here.facts("")))
            continue
        try:
            fields[column.field] = column.read(text, here)
        except RecordError as error:
            findings.add(error)
    if findings.count == before:
        return form.model(at=at, **fields)
    findings.partial.update(fields[name] for name in RECORDS if name in fields)
    return None


def _file_error(file: str, problem: str) -> RecordsFileError:
    return RecordsFileError(file, 1, "", "", problem)
