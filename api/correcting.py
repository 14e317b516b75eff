"""A production that is to be corrected: its lines by number, the files of new ones, old and new figures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

from api.client import ServerRefusedError
from api.company import Company
from api.previews import booked
from api.stating import Drafted
from api.tables import Screen, Sheet, short
from ledger.components import Components
from ledger.errors import LedgerError
from ledger.factors.library import FactorLibrary
from ledger.forms import validated
from ledger.lines import Line
from ledger.quantities import kilograms_text
from ledger.records.errors import Findings
from ledger.records.lines import Setting, activity_lines, purchase_line
from ledger.records.rows import ActivityRow, PurchaseRow
from ledger.records.sheets import read_sheet
from ledger.signed import Statement, read
from ledger.statements import CorrectionBody, ProductionBody

MAX_FILE_BYTES: Final = 4 * 1024 * 1024
NOT_VISIBLE: Final = 404


@dataclass(eq=False)
class NoProductionError(LedgerError):
    """What is to be corrected is no production."""

    statement: str
    kind: str
    sentence: ClassVar[str] = (
        "Statement {statement} is a {kind}; corrections are of productions. passport lot show LOT names the "
        "production that made a lot."
    )


@dataclass(eq=False)
class NoSuchLineError(LedgerError):
    """A production has no line of a number."""

    number: int
    lines: int
    sentence: ClassVar[str] = (
        "There is no line {number}: the production has {lines}, counted from 0. Drop one of those."
    )


@dataclass(eq=False)
class LineFileError(LedgerError):
    """A file of lines to add holds something else."""

    file: str
    problem: str
    sentence: ClassVar[str] = (
        "{file}: {problem}. Give one line or a list of lines as JSON, or a CSV of activities or purchases."
    )


@dataclass(eq=False)
class InputFormError(LedgerError):
    """An input to add is not written as lot and quantity."""

    given: str
    sentence: ClassVar[str] = (
        "--add-input {given!r}: write LOT:QUANTITY with a colon between, such as 'CB-1:300 kg'."
    )


def input_of(given: str) -> tuple[str, str]:
    """Return lot and quantity of `LOT:QUANTITY`.

    Raises:
        InputFormError: there is no colon, or nothing on a side of it.
    """
    lot, _, quantity = given.rpartition(":")
    if not lot.strip() or not quantity.strip():
        raise InputFormError(given[:80])
    return lot.strip(), quantity.strip()


def added_lines(files: Sequence[Path], year: int, gwp: Any) -> list[dict[str, Any]]:
    """Return the lines that files hold: JSON as they are signed, or rows of activities and purchases.

    Args:
        files: `.json`, or `.csv` as `passport import` reads them; a row's record number may be any.
        year: of the factors, where a row names no month.
        gwp: the set that the log prefers.

    Raises:
        LineFileError: a file holds no lines.
        RecordsRefusedError: rows are refused; it lists them all.
        LedgerError: a line in JSON has another form.
    """
    found: list[dict[str, Any]] = []
    findings = Findings()
    for path in files:
        if path.suffix.lower() == ".json":
            found += _json_lines(path)
            continue
        setting = Setting(year, gwp, FactorLibrary.shipped())
        for row in read_sheet(path, findings):
            if isinstance(row, ActivityRow):
                found += activity_lines(row, setting)
            elif isinstance(row, PurchaseRow):
                found.append(purchase_line(row, setting))
            else:
                raise LineFileError(path.name, "its rows are neither activities nor purchases")
    findings.stop()
    return found


def _json_lines(path: Path) -> list[dict[str, Any]]:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise LineFileError(path.name, f"it is over {MAX_FILE_BYTES} bytes")
    try:
        held = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise LineFileError(path.name, f"it is no JSON ({type(error).__name__})") from None
    lines = held if isinstance(held, list) else [held]
    for number, line in enumerate(lines):
        validated(Line, line, f"{path.name}/{number}")
    return lines


@dataclass(frozen=True, slots=True)
class Production:
    """A production as it was stated, the lots that it made as they are now, and its corrections so far."""

    digest: str
    body: ProductionBody
    lots: tuple[Mapping[str, Any], ...]
    before: tuple[CorrectionBody, ...] = ()

    def check_lines(self, numbers: Sequence[int]) -> None:
        """Check that lines to take out are there.

        Raises:
            NoSuchLineError: one is not.
        """
        for number in numbers:
            if not 0 <= number < len(self.body.lines):
                raise NoSuchLineError(number, len(self.body.lines))

    def look(self, drafted: Drafted, screen: Screen) -> dict[str, Any]:
        """Show the lines that go and come, and each lot's old and new figure; return them as plain values."""
        correction = drafted.statement.body
        assert isinstance(correction, CorrectionBody)  # noqa: S101 - the draft was checked to be of this kind
        self._show_lines(correction, screen)
        sheet = Sheet("What the lots carry now, and then, in kg CO2e", ("Lot", ">Now", ">Then", ">Change"))
        figures = []
        for lot in self.lots:
            old = Components.parse(lot["liability"])
            new_mg = old.gross_mg() + _moved_mg(drafted, str(lot["id"]))
            change = new_mg - old.gross_mg()
            sheet.rows.append(
                (
                    f"{lot['product']} {short(str(lot['id']))}",
                    kilograms_text(old.gross_mg()),
                    kilograms_text(new_mg),
                    f"{'+' if change > 0 else ''}{kilograms_text(change)}",
                )
            )
            old_mg = str(old.gross_mg())
            figures.append({"lot": lot["id"], "gross_mg_now": old_mg, "gross_mg_then": str(new_mg)})
        screen.show(sheet)
        return {"corrects": self.digest, "lots": figures}

    def _show_lines(self, correction: CorrectionBody, screen: Screen) -> None:
        dropped = {int(number) for number in correction.change.drop_lines}
        gone = {int(number) for one in self.before for number in one.change.drop_lines}
        sheet = Sheet("Lines of the production, and what changes", ("", "Line", ">kg CO2e gross"))
        for number, line in enumerate(self.body.lines):
            if number not in gone:
                sheet.rows.append((f"− {number}" if number in dropped else f"  {number}", *_line_cells(line)))
        for line in (line for one in self.before for line in one.change.add_lines):
            sheet.rows.append(("", *_line_cells(line)))
        for line in correction.change.add_lines:
            sheet.rows.append(("+", *_line_cells(line)))
        for taken in correction.change.add_inputs:
            carried = Components.parse(taken.liability)
            sheet.rows.append(("+", f"goods of lot {short(taken.lot)}", kilograms_text(carried.gross_mg())))
        screen.show(sheet)


def _line_cells(line: Line) -> tuple[str, str]:
    source = line.source
    said = source.text or source.activity
    gap = " (gap)" if line.amount.gap else ""
    carried = Components.parse(line.amount.components)
    return f"{said}: {source.quantity} {source.unit}{gap}", kilograms_text(carried.gross_mg())


def _moved_mg(drafted: Drafted, lot: str) -> int:
    """Return by how much the gross of a lot's account changes, in mg."""
    moved = 0
    for transfer in booked(drafted):
        gross = transfer.components.gross_mg()
        moved += gross if transfer.target.ref == lot else 0
        moved -= gross if transfer.source.ref == lot else 0
    return moved


def read_production(company: Company, given: str) -> Production:
    """Return the own production that is meant, its signature checked, with the lots that it made.

    Raises:
        AmbiguousNameError, UnknownNameError: which statement.
        NoProductionError: it is something else.
        ServerUnreachableError, ServerBusyError, ServerRefusedError: the ledger.
        LedgerError: what the ledger gave is no signed statement.
    """
    digest = company.names.statement(given)
    statement = read_statement(company, digest)
    if not isinstance(statement.body, ProductionBody):
        raise NoProductionError(digest, statement.kind)
    lots = [company.client.read(f"lots/{digest}.{output.balance.no}") for output in statement.body.outputs]
    changes = {str(change): None for lot in lots for change in lot["basis"]}
    before = [body for change in changes if (body := _correction(company, change, digest))]
    return Production(digest, statement.body, tuple(lots), tuple(before))


def _correction(company: Company, digest: str, production: str) -> CorrectionBody | None:
    """Return a change of a lot where it is a correction of this production that the company may see."""
    try:
        body = read_statement(company, digest).body
    except ServerRefusedError as error:
        if error.status != NOT_VISIBLE:
            raise
        return None
    return body if isinstance(body, CorrectionBody) and body.corrects == production else None


def read_statement(company: Company, digest: str) -> Statement:
    """Return a logged statement with its signature checked.

    Raises:
        ServerUnreachableError, ServerBusyError, ServerRefusedError: the ledger.
        LedgerError: what the ledger gave is no signed statement.
    """
    answer = company.client.read(f"statements/{digest}")
    return read({name: answer[name] for name in ("envelope", "signature", "parts")})
