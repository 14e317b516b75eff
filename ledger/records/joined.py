"""Which rows belong together: outputs, inputs, activities and purchases of each record."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.records.cells import At
from ledger.records.errors import Findings, RepeatedReferenceError, UnknownRecordError
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
    Row,
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
        self._findings = findings
        self._seen: dict[tuple[str, str], At] = {}
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

    def _names(self, row: Row) -> None:
        named = {
            ProductionRow: ("record", "production", "production"),
            HandlingRow: ("record", "handling", "handling"),
            CorrectionRow: ("record", "correction", "correction"),
            DispatchRow: ("delivery note", "delivery_note", "delivery_note"),
            DisposalRow: ("disposal", "disposal", "disposal"),
            OutputRow: ("batch", "batch", "batch"),
            ReceiptRow: ("batch", "batch", "received_batch"),
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
            case _:
                return
        if ("record", row.record) not in self._seen:
            self._findings.add(UnknownRecordError(*row.at.under("record").facts(row.record)))
