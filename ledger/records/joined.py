"""Which rows belong together: outputs, inputs, activities and purchases of each record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from ledger.records.book_rows import OpeningAmountRow, OpeningRow, OpinionRow, SeasonRow
from ledger.records.cells import At
from ledger.records.errors import Findings, RecordError, RepeatedReferenceError, UnknownRecordError
from ledger.records.rows import (
    ActivityRow,
    CorrectionRow,
    DispatchRow,
    DisposalRow,
    HandlingRow,
    InputRow,
    OutputRow,
    ProductionRow,
    PurchaseRow,
    ReceiptRow,
    RemovalRow,
    Row,
)

T = TypeVar("T")


@dataclass(eq=False)
class UnknownOpeningError(RecordError):
    """A row says what a batch carries that is no opening lot of these files."""

    sentence: ClassVar[str] = (
        "{file}, row {row}, {column}: no opening lot {value!r} is in these files. Import it together with "
        "its lot."
    )


class Joined:
    """The rows of one import by the record that they belong to.

    A row of no record, and a reference that stands for two things, are noted in `findings`.
    """

    def __init__(self, rows: Sequence[Row], findings: Findings) -> None:
        self.outputs: dict[str, list[OutputRow]] = {}
        self.inputs: dict[str, list[InputRow]] = {}
        self.activities: dict[str, list[ActivityRow]] = {}
        self.purchases: dict[str, list[PurchaseRow]] = {}
        self.removals: dict[str, list[RemovalRow]] = {}
        self.seasons: dict[str, list[SeasonRow]] = {}
        self.openings: dict[str, list[OpeningRow]] = {}
        self.opening_amounts: dict[str, list[OpeningAmountRow]] = {}
        self._findings = findings
        self._seen: dict[tuple[str, str], At] = {}
        self._opened = {row.batch for row in rows if isinstance(row, OpeningRow)}
        for row in rows:
            self._names(row)
        for row in rows:
            self._belongs(row)

    def claim(self, kind: str, name: str, at: At) -> None:
        """Claim a reference for one thing.

        Raises:
            RepeatedReferenceError: it stands for another one already.
        """
        first = self._seen.setdefault((kind, name), at)
        if first != at:
            raise RepeatedReferenceError(*at.facts(name), f"{first.file}, row {first.row}")

    def tried(self, record: str, make: Callable[[], T], otherwise: T) -> T:
        """Return what a row of a record gives; refused, that is noted and other rows are still looked at."""
        try:
            return make()
        except RecordError as error:
            self._findings.add(error)
            self._findings.partial.add(record)
            return otherwise

    def is_partial(self, record: str) -> bool:
        """Say whether a row of a record was refused, so that what it lacks is told already."""
        return record in self._findings.partial

    def _names(self, row: Row) -> None:
        named = {
            ProductionRow: ("record", "production", "production"),
            HandlingRow: ("record", "handling", "handling"),
            CorrectionRow: ("record", "correction", "correction"),
            DispatchRow: ("delivery note", "delivery_note", "delivery_note"),
            DisposalRow: ("disposal", "disposal", "disposal"),
            OpinionRow: ("record", "opinion", "opinion"),
            OutputRow: ("batch", "batch", "batch"),
            ReceiptRow: ("batch", "batch", "received_batch"),
            OpeningRow: ("batch", "batch", "batch"),
        }.get(type(row))
        if named is None:
            return
        kind, field, column = named
        name = getattr(row, field)
        if name is None:
            return
        try:
            self.claim(kind, name, row.at.under(column))
        except RepeatedReferenceError as error:
            self._findings.add(error)

    def _belongs(self, row: Row) -> None:
        match row:
            case OutputRow():
                self.outputs.setdefault(row.record, []).append(row)
            case InputRow():
                self.inputs.setdefault(row.record, []).append(row)
            case ActivityRow():
                self.activities.setdefault(row.record, []).append(row)
            case PurchaseRow():
                self.purchases.setdefault(row.record, []).append(row)
            case RemovalRow():
                self.removals.setdefault(row.record, []).append(row)
            case SeasonRow():
                self.seasons.setdefault(row.record, []).append(row)
            case OpeningRow() | OpeningAmountRow():
                self._opens(row)
                return
            case _:
                return
        if ("record", row.record) not in self._seen and not self.is_partial(row.record):
            self._findings.add(UnknownRecordError(*row.at.under("record").facts(row.record)))

    def _opens(self, row: OpeningRow | OpeningAmountRow) -> None:
        """Join opening lots by their number, and what they carry by their batch."""
        if isinstance(row, OpeningRow):
            self.openings.setdefault(row.opening, []).append(row)
            return
        self.opening_amounts.setdefault(row.batch, []).append(row)
        if row.batch not in self._opened and not self.is_partial(row.batch):
            self._findings.add(UnknownOpeningError(*row.at.under("batch").facts(row.batch)))
