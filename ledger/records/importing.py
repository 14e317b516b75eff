"""From a company's record files to the statements that it means to make; all of them, or none.

Rows of productions, handlings and corrections are joined with their outputs, inputs, activities and
purchases by the company's own numbers. Every refusal is collected with its place before anything is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ledger.factors.library import FactorLibrary
from ledger.records import adjustments, goods, opinions, organizations
from ledger.records.book_rows import (
    AnswerRow,
    OpeningRow,
    OpinionRow,
    ReestimateRow,
    StandingRow,
    WithdrawalRow,
)
from ledger.records.errors import Findings, RecordError
from ledger.records.intents import Intent
from ledger.records.joined import Joined
from ledger.records.legs import check_trips
from ledger.records.lines import Setting
from ledger.records.openings import opening
from ledger.records.rows import (
    AttestationRow,
    CorrectionRow,
    DispatchRow,
    DisposalRow,
    HandlingRow,
    OrganizationRow,
    ProductionRow,
    ReceiptRow,
    Row,
)
from ledger.records.sheets import read_sheet
from ledger.wire import Gwp


def read_records(
    paths: Sequence[Path],
    *,
    organization: str,
    zone: str,
    gwp: Gwp = "AR5",
    library: FactorLibrary | None = None,
) -> list[Intent]:
    """Read a company's record files and return what it means to state, in the files' order.

    `organization`: the company's reference in its register; `zone`: the IANA zone of its dates; `gwp`: the
    GWP set that the log prefers.

    Raises:
        RecordsRefusedError: rows were refused; it lists the first 50, and nothing is returned.
    """
    findings = Findings()
    rows = [row for path in paths for row in read_sheet(path, findings)]
    joined = Joined(rows, findings)
    maker = _Maker(organization, zone, joined, gwp, library or FactorLibrary.shipped())
    intents = []
    for row in rows:
        try:
            made = maker.intent(row)
        except RecordError as error:
            findings.add(error)
        else:
            intents += [] if made is None else [made]
    check_trips(rows, findings)
    findings.stop()
    return intents


def introduced(paths: Sequence[Path]) -> OrganizationRow | None:
    """Return the first company that introduces itself in these files, or None where none does.

    What is wrong in other rows is told when all of them are read (`read_records`).
    """
    findings = Findings()
    rows = [row for path in paths for row in read_sheet(path, findings)]
    return next((row for row in rows if isinstance(row, OrganizationRow)), None)


class _Maker:
    """Turns rows into intents of one company."""

    def __init__(
        self, organization: str, zone: str, joined: Joined, gwp: Gwp, library: FactorLibrary
    ) -> None:
        self._organization = organization
        self._zone = zone
        self._joined = joined
        self._gwp = gwp
        self._library = library

    def intent(self, row: Row) -> Intent | None:
        """Return what a row means to state; rows that belong to another row mean nothing alone.

        Raises:
            RecordError: something in it, or in what belongs to it, is refused.
        """
        owner, zone, joined = self._organization, self._zone, self._joined
        made: Intent | None = None
        match row:
            case OrganizationRow():
                made = organizations.registration(row)
            case AttestationRow():
                made = organizations.attestation(row, owner, zone)
            case ProductionRow():
                made = goods.production(row, owner, zone, joined, self._setting(row.end))
            case HandlingRow():
                made = goods.handling(row, owner, zone, joined, self._setting(row.end))
            case CorrectionRow():
                made = goods.correction(row, owner, zone, joined, self._setting(row.day))
            case DispatchRow():
                made = goods.dispatch(row, owner, zone)
            case ReceiptRow():
                made = goods.receipt(row, owner, zone)
            case DisposalRow():
                made = goods.disposal(row, owner, zone)
            case _:
                made = self._of_books(row)
        return made

    def _of_books(self, row: Row) -> Intent | None:
        owner, zone = self._organization, self._zone
        made: Intent | None = None
        match row:
            case OpeningRow():
                made = opening(row, owner, zone, self._joined)
            case OpinionRow():
                made = opinions.opinion(row, owner, zone)
            case WithdrawalRow():
                made = opinions.withdrawal(row, owner, zone)
            case AnswerRow():
                made = adjustments.answer(row, owner, zone)
            case StandingRow():
                made = adjustments.standing_acceptance(row, owner, zone)
            case ReestimateRow():
                made = adjustments.reestimate(row, owner, zone)
            case _:
                made = None
        return made

    def _setting(self, day: str) -> Setting:
        return Setting(int(day[:4]), self._gwp, self._library)
