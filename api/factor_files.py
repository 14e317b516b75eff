"""A dataset of factors as a file to hand on: CSV, JSON or a workbook, licence and notice always inside."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import ClassVar, Final

from ledger.errors import LedgerError
from ledger.factor import Factor, factor_digest
from ledger.factors.library import Dataset, FactorLibrary

FORMS: Final = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
COLUMNS: Final = (
    "id",
    "name",
    "name_zh",
    "value",
    "per",
    "gwp",
    "region",
    "sector",
    "data_year",
    "currency",
    "currency_year",
    "price_type",
    "cluster_size",
    "evidence",
    "source",
    "dataset_version",
    "licence",
)
"""Columns of the sheet; gases, uncertainty and coverage follow as one cell each, the digest last."""


@dataclass(eq=False)
class FactorFileFormError(LedgerError):
    """Factors are asked for in a form of file that there is not."""

    form: str
    sentence: ClassVar[str] = "There is no form {form!r} of a file of factors. Ask for csv, json or xlsx."


def factor_file(library: FactorLibrary, dataset: str, form: str) -> bytes:
    """Return a dataset as a file, with its licence and notice inside.

    Raises:
        FactorFileFormError: the form is neither csv, json nor xlsx.
        UnknownDatasetError: there is no such dataset.
        FactorTableRowError, FactorTableError: a table can't be read.
    """
    if form not in FORMS:
        raise FactorFileFormError(form[:20])
    factors = [library.get(one) for one in library.ids(dataset)]
    about = next(one for one in library.datasets() if one.name == dataset)
    return {"csv": _csv, "json": _json, "xlsx": _workbook}[form](about, factors)


def _head(about: Dataset) -> list[list[str]]:
    rows = [["dataset", about.name], ["title", about.title], ["version", about.version]]
    rows += [["licence", about.licence], ["notice", about.notice]]
    return [*rows, ["superseded by", about.superseded_by]] if about.superseded_by else rows


def _table(factors: list[Factor]) -> list[list[str]]:
    rows = [[*COLUMNS, "gases", "low", "high", "covers", "digest"]]
    for one in factors:
        cells = ["" if getattr(one, name) is None else str(getattr(one, name)) for name in COLUMNS]
        gases = ";".join(f"{gas}:{kg}" for gas, kg in sorted((one.gases or {}).items()))
        low = (one.uncertainty.low if one.uncertainty else None) or ""
        high = (one.uncertainty.high if one.uncertainty else None) or ""
        rows.append([*cells, gases, low, high, ";".join(one.covers), factor_digest(one)])
    return rows


def _csv(about: Dataset, factors: list[Factor]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([*_head(about), [], *_table(factors)])
    return text.getvalue().encode("utf-8-sig")


def _json(about: Dataset, factors: list[Factor]) -> bytes:
    records = [{**one.record(), "digest": factor_digest(one)} for one in factors]
    return json.dumps({**dict(_head(about)), "factors": records}, ensure_ascii=False, indent=1).encode()


def _workbook(about: Dataset, factors: list[Factor]) -> bytes:
    import xlsxwriter  # noqa: PLC0415 - only workbooks pay for it

    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True, "strings_to_formulas": False}) as book:
        for title, rows in (("factors", _table(factors)), ("licence", _head(about))):
            sheet = book.add_worksheet(title)
            for number, row in enumerate(rows):
                for column, text in enumerate(row):
                    sheet.write_string(number, column, text)
    return held.getvalue()
