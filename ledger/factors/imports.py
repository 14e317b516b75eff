"""A company's own tables of factors beside the shipped ones: read, checked, kept by their content's digest.

Two forms are read: `sheet`, a CSV with the columns of `records.COLUMNS` that it needs (a GLEC sheet or a
ministry's table that the company owns, brought into these columns), and `epa`, the CO2e file of the EPA's
supply chain factors as it was downloaded. What all rows share is stated beside the file: dataset, version,
source, licence, GWP set. Nothing shipped is ever changed by it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import ClassVar, Final, Literal

from ledger.errors import LedgerError
from ledger.factor import UnknownUnitError, factor_digest
from ledger.factors.errors import FactorTableRowError
from ledger.factors.library import FactorLibrary, Row
from ledger.factors.records import COLUMNS, factor_of
from ledger.quantities import decimal_text

Form = Literal["sheet", "epa"]
FORMS: Final[tuple[Form, ...]] = ("sheet", "epa")
MAX_BYTES: Final = 64 * 2**20
SHARED: Final[Row] = {
    "basis": "total",
    "channel": "fossil",
    "stage": "operation",
    "evidence": "secondary",
    "gwp": "AR5",
}
"""What a row is unless file or command says otherwise."""
NEEDED: Final = ("dataset", "dataset_version", "source", "licence")
_EPA_WITH: Final = "Supply Chain Emission Factors with Margins"
_EPA_WITHOUT: Final = "Supply Chain Emission Factors without Margins"
_EPA_CODE: Final = ("2017 NAICS Code", "NAICS Code 2017")
_EPA_TITLE: Final = ("2017 NAICS Title", "NAICS Title 2017")
_EPA_MONEY: Final = {
    "per": "USD",
    "currency": "USD",
    "price_type": "purchaser",
    "region": "US",
    "evidence": "spend",
}
_EPA_GROUP: Final = "Reference USEEIO Code"
_EPA_UNIT: Final = re.compile(r"kg CO2e/([0-9]{4}) USD, purchaser price")


@dataclass(eq=False)
class FactorSheetError(LedgerError):
    """A file of factors can't be read, or a row of it is no factor."""

    file: str
    line: int
    reason: str
    sentence: ClassVar[str] = "{file}, line {line}: {reason}. Correct it and import the file again."


@dataclass(eq=False)
class DatasetTakenError(LedgerError):
    """Factors of this dataset are in the library already."""

    dataset: str
    sentence: ClassVar[str] = (
        "dataset: {dataset} is in the library already, with other content. Name the new version otherwise, "
        "such as {dataset}-2026; both stay side by side."
    )


@dataclass(eq=False)
class MissingOriginError(LedgerError):
    """An import doesn't say where its figures come from."""

    field: str
    sentence: ClassVar[str] = "{field} is needed: a factor says its dataset, version, source and licence."


@dataclass(frozen=True, slots=True)
class ImportedTable:
    """What was imported: the digest of its content, its dataset, how many factors."""

    digest: str
    dataset: str
    factors: int


def import_table(  # noqa: PLR0913, PLR0917 - a file, what it is, and where it goes
    content: bytes, name: str, form: Form, shared: Mapping[str, str], folder: Path, library: FactorLibrary
) -> ImportedTable:
    """Read a file of factors and keep it in a folder, where `FactorLibrary` finds it; the same file once.

    Args:
        content: the file's bytes.
        name: the file's name, for its complaints and as the source it was built from.
        form: how it is laid out.
        shared: cells that all rows share, `SHARED` without.
        folder: of imported tables.
        library: what is there already.

    Raises:
        FactorSheetError: the file, or the line that is no factor.
        MissingOriginError: dataset, version, source or licence isn't given.
        DatasetTakenError: the dataset is there with other content.
        FactorTableError, FactorTableRowError: a table that is there can't be read.
        OSError: the folder can't be written.
    """
    cells = {**SHARED, **{key: text for key, text in shared.items() if text}}
    for field in NEEDED:
        if not cells.get(field):
            raise MissingOriginError(field)
    read = {"sheet": _sheet, "epa": _epa}[form]
    rows = [row | {"digest": _digest(name, line, cells, row)} for line, row in read(content, name, cells)]
    if not rows:
        raise FactorSheetError(name, 1, "it has no rows")
    described, table = _written(name, cells, rows)
    digest = hashlib.sha256(described + table).hexdigest()
    imported = ImportedTable(digest, cells["dataset"], len(rows))
    if (folder / digest).is_dir():
        return imported
    if cells["dataset"] in {one.name for one in library.datasets()}:
        raise DatasetTakenError(cells["dataset"])
    folder.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".importing-", dir=folder))
    try:
        (scratch / "datasets.json").write_bytes(described)
        (scratch / "table.csv").write_bytes(table)
        scratch.rename(folder / digest)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return imported


def _written(name: str, cells: Row, rows: list[Row]) -> tuple[bytes, bytes]:
    """Return the description and the table as they are kept, in the form of the shipped ones."""
    description = {
        "file": "table.csv",
        "dataset": cells["dataset"],
        "title": cells["dataset"],
        "shared": cells,
        "licence": cells["licence"],
        "notice": f"{cells['source']}, {cells['dataset_version']}. Imported from {name} by its user.",
        "sources": [name],
        "rows": len(rows),
    }
    used = {column for row in rows for column, text in row.items() if text}
    text = io.StringIO()
    columns: list[str] = [one for one in COLUMNS if one in used]
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in sorted(rows, key=_by_id):
        writer.writerow(row)
    described = json.dumps([description], ensure_ascii=False, indent=1, sort_keys=True)
    return described.encode(), text.getvalue().encode()


def _by_id(row: Row) -> str:
    return row["id"]


def _digest(name: str, line: int, shared: Row, row: Row) -> str:
    try:
        return factor_digest(factor_of(name, shared, row))
    except FactorTableRowError as error:
        raise FactorSheetError(name, line, error.reason) from None
    except UnknownUnitError as error:
        raise FactorSheetError(name, line, str(error).rstrip(".")) from None


def _sheet(content: bytes, name: str, shared: Row) -> Iterator[tuple[int, Row]]:
    """Read a CSV in our own columns."""
    prefix, seen = f"{shared['dataset']}.", set()
    for line, row in _lines(content, name):
        if unknown := [column for column in row if column not in COLUMNS or column == "digest"]:
            raise FactorSheetError(
                name, line, f"there is no column {unknown[0][:40]!r} in a sheet of factors"
            )
        factor_id = row.get("id", "")
        if not factor_id.startswith(prefix) or factor_id in seen:
            raise FactorSheetError(
                name, line, f"the id {factor_id[:80]!r} doesn't begin with {prefix}, or is twice"
            )
        seen.add(factor_id)
        yield line, row


def _epa(content: bytes, name: str, shared: Row) -> Iterator[tuple[int, Row]]:
    """Read the EPA's CO2e file: two factors a line, with and without margins."""
    lines = list(_lines(content, name))
    groups = [row.get(_EPA_GROUP, "") for _, row in lines]
    for line, row in lines:
        code, title = (
            next((row[one] for one in names if one in row), "") for names in (_EPA_CODE, _EPA_TITLE)
        )
        unit = _EPA_UNIT.fullmatch(row.get("Unit", ""))
        if not code or unit is None or not row.get(_EPA_GROUP):
            raise FactorSheetError(name, line, "it is no row of the EPA's CO2e file")
        size = groups.count(row[_EPA_GROUP])
        for column, words, covers in (
            (_EPA_WITH, "with margins", "margins_included"),
            (_EPA_WITHOUT, "without margins", "margins_not_included"),
        ):
            yield (
                line,
                {
                    "id": f"{shared['dataset']}.{code.lower()}.{words.replace(' ', '-')}",
                    "name": f"{title.strip()}, United States, {words}",
                    "value": _number(row.get(column, ""), name, line),
                    "sector": code,
                    "covers": ";".join(
                        [covers, "gas_origin_not_stated", *(["clustered"] if size > 1 else [])]
                    ),
                    "cluster_size": str(size),
                    "also": row[_EPA_GROUP],
                    "currency_year": unit[1],
                    **_EPA_MONEY,
                },
            )


def _number(text: str, name: str, line: int) -> str:
    try:
        return decimal_text(Decimal(text))
    except (InvalidOperation, ValueError):
        raise FactorSheetError(name, line, f"{text[:20]!r} is no number") from None


def _lines(content: bytes, name: str) -> Iterator[tuple[int, Row]]:
    if len(content) > MAX_BYTES:
        raise FactorSheetError(name, 1, f"it has more than {MAX_BYTES} bytes")
    try:
        for line, row in enumerate(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")), 2):
            if None in row or None in row.values():
                raise FactorSheetError(name, line, "the row has too many or too few cells")
            yield line, {key: text.strip() for key, text in row.items()}
    except (UnicodeDecodeError, csv.Error) as error:
        raise FactorSheetError(name, 1, f"it can't be read ({type(error).__name__})") from None
