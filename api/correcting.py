"""What is to be corrected: its lines by number, the files of new ones, old and new figures.

Productions and handlings are corrected; the lines of earlier corrections are numbered after their own.
"""

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
from ledger.co_products import CorrectedBody, all_lines, as_signed, handled_now
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
from ledger.statements import CorrectionBody, HandlingBody, ProductionBody

MAX_FILE_BYTES: Final = 4 * 1024 * 1024
NOT_VISIBLE: Final = 404
LOST: Final = "abnormal_loss"
"""What was lost makes no lot."""


@dataclass(eq=False)
class UncorrectedKindError(LedgerError):
    """What is to be corrected is neither a production nor a handling."""

    statement: str
    kind: str
    sentence: ClassVar[str] = (
        "Statement {statement} is a {kind}; corrections are of productions and handlings. passport lot show "
        "LOT names what made and handled a lot."
    )


@dataclass(eq=False)
class NoSuchLineError(LedgerError):
    """A statement has no line of a number, or no longer."""

    number: int
    lines: int
    sentence: ClassVar[str] = (
        "There is no line {number} (any more): the statement has {lines}, counted from 0. Drop one of those."
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
class Corrected:
    """A production or handling as it was stated, its lots as they are now, its corrections so far."""

    digest: str
    body: CorrectedBody
    lots: tuple[Mapping[str, Any], ...]
    before: tuple[CorrectionBody, ...] = ()

    def lines(self) -> list[Line]:
        """Return its lines and what corrections added, numbered through from 0."""
        return all_lines(self.body, self.before)

    def dropped(self) -> set[int]:
        """Return the numbers of the lines that corrections took out."""
        return {int(number) for one in self.before for number in one.change.drop_lines}

    def check_lines(self, numbers: Sequence[int]) -> None:
        """Check that lines to take out are there.

        Raises:
            NoSuchLineError: one is not, or was taken out before.
        """
        lines, gone = len(self.lines()), self.dropped()
        for number in numbers:
            if not 0 <= number < lines or number in gone:
                raise NoSuchLineError(number, lines)

    def look(self, drafted: Drafted, screen: Screen) -> dict[str, Any]:
        """Show the lines that go and come, and old and new figures; return them as plain values."""
        correction = drafted.statement.body
        assert isinstance(correction, CorrectionBody)  # noqa: S101 - the draft was checked to be of this kind
        self._show_lines(correction, screen)
        handled = isinstance(self.body, HandlingBody)
        shown = {"corrects": self.digest, **(self._show_handled(correction, screen) if handled else {})}
        sheet = Sheet("What the lots carry now, and then, in kg CO2e", ("Lot", ">Now", ">Then", ">Change"))
        figures = []
        for lot in self.lots:
            now = Components.parse(lot["liability"]).gross_mg()
            then = now + _moved_mg(drafted, str(lot["id"]))
            sheet.rows.append((f"{lot['product']} {short(str(lot['id']))}", *_change(now, then)))
            figures.append({"lot": lot["id"], "gross_mg_now": str(now), "gross_mg_then": str(then)})
        if figures:
            screen.show(sheet)
        return {**shown, "lots": figures}

    def _show_handled(self, correction: CorrectionBody, screen: Screen) -> dict[str, str]:
        """Show what the handling adds to its goods now and then."""
        assert isinstance(self.body, HandlingBody)  # noqa: S101 - asked for handlings only
        now = handled_now(self.body, self.before, as_signed).gross_mg()
        then = handled_now(self.body, (*self.before, correction), as_signed).gross_mg()
        sheet = Sheet("What the handling adds, in kg CO2e", ("", ">Now", ">Then", ">Change"))
        sheet.rows.append((f"Handling {short(self.digest)}", *_change(now, then)))
        screen.show(sheet)
        return {"gross_mg_now": str(now), "gross_mg_then": str(then)}

    def _show_lines(self, correction: CorrectionBody, screen: Screen) -> None:
        dropped, gone = {int(number) for number in correction.change.drop_lines}, self.dropped()
        sheet = Sheet("Lines of the statement, and what changes", ("", "Line", ">kg CO2e gross"))
        for number, line in enumerate(self.lines()):
            if number not in gone:
                sheet.rows.append((f"− {number}" if number in dropped else f"  {number}", *_line_cells(line)))
        for line in correction.change.add_lines:
            sheet.rows.append(("+", *_line_cells(line)))
        for taken in correction.change.add_inputs:
            carried = Components.parse(taken.liability)
            sheet.rows.append(("+", f"goods of lot {short(taken.lot)}", kilograms_text(carried.gross_mg())))
        screen.show(sheet)


def _change(now: int, then: int) -> tuple[str, str, str]:
    sign = "+" if then > now else ""
    return kilograms_text(now), kilograms_text(then), f"{sign}{kilograms_text(then - now)}"


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


def read_corrected(company: Company, given: str) -> Corrected:
    """Return the own production or handling that is meant, its signature checked, with the lots it concerns.

    Raises:
        AmbiguousNameError, UnknownNameError: which statement.
        UncorrectedKindError: it is something else.
        ServerUnreachableError, ServerBusyError, ServerRefusedError: the ledger.
        LedgerError: what the ledger gave is no signed statement.
    """
    digest = company.names.statement(given)
    answer = company.client.read(f"statements/{digest}")
    statement = _signed(answer)
    body = statement.body
    if isinstance(body, ProductionBody):
        named = [f"{digest}.{output.balance.no}" for output in body.outputs if output.balance.kind != LOST]
    elif isinstance(body, HandlingBody):
        named = [body.target.lot] if body.target.lot else []
    else:
        raise UncorrectedKindError(digest, statement.kind)
    lots = tuple(lot for lot in (_own_lot(company, one) for one in named) if lot is not None)
    before = (read_statement(company, one).body for one in answer.get("corrections", ()))
    return Corrected(digest, body, lots, tuple(one for one in before if isinstance(one, CorrectionBody)))


def _own_lot(company: Company, lot: str) -> Mapping[str, Any] | None:
    """Return a lot, None where it is another's and may not be seen."""
    try:
        return company.client.read(f"lots/{lot}")
    except ServerRefusedError as error:
        if error.status != NOT_VISIBLE:
            raise
        return None


def read_statement(company: Company, digest: str) -> Statement:
    """Return a logged statement with its signature checked.

    Raises:
        ServerUnreachableError, ServerBusyError, ServerRefusedError: the ledger.
        LedgerError: what the ledger gave is no signed statement.
    """
    return _signed(company.client.read(f"statements/{digest}"))


def _signed(answer: Mapping[str, Any]) -> Statement:
    return read({name: answer[name] for name in ("envelope", "signature", "parts")})
