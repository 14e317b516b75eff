"""Corrections: what was stated of a production or handling is replaced, and all that follows is adjusted.

Lines are numbered through: those of the statement first, then what its corrections added, in log order. A
correction drops lines by these numbers and adds lines and inputs; nothing is edited. What changes in goods
that were handed on is in `adjusting.py` (PROTOCOL, Booking: adjustments).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from ledger.accounts import Account, Transfer, from_sources, reversed_transfers
from ledger.adjusting import Adjustment, Trigger
from ledger.booked_lines import booked_lines
from ledger.circles import check_not_circular, check_not_handled_with_itself
from ledger.co_products import CorrectedBody, all_lines
from ledger.components import Components
from ledger.errors import LedgerError
from ledger.interfaces import BooksView
from ledger.lines import Line
from ledger.purchased_power import check_power
from ledger.rules import keep_gaps, take
from ledger.signed import Statement
from ledger.stated import OpeningBody
from ledger.statements import CorrectionBody, HandlingBody, ProductionBody


@dataclass(eq=False)
class NotCorrectableError(LedgerError):
    """The corrected statement is not a production of the issuer in this log."""

    corrects: str
    problem: str
    sentence: ClassVar[str] = "Statement {corrects} can't be corrected: {problem}."


_OPENING_STANDS: Final = (
    "it is an opening balance, which stands as its evidence had it. Goods that aren't there: dispose of them "
    "as abnormal loss. Goods that are missing: record their receipt, or a production with the gaps behind "
    "them. Carbon that is missing on goods: add it as lines of a handling of the lot, or of the production "
    "that takes it"
)


@dataclass(eq=False)
class EmptyCorrectionError(LedgerError):
    """A correction that changes nothing."""

    corrects: str
    sentence: ClassVar[str] = (
        "The correction of {corrects} changes nothing. Drop a line, or add lines or inputs."
    )


@dataclass(eq=False)
class DroppedLineError(LedgerError):
    """A correction drops a line that isn't there (any more)."""

    line: int
    problem: str
    sentence: ClassVar[str] = "drop_lines: line {line} {problem}."


@dataclass(eq=False)
class StandInChangeError(LedgerError):
    """Something of one's own is added to what stands in for a carrier's statement."""

    corrects: str
    sentence: ClassVar[str] = (
        "Handling {corrects} stands in for a carrier, so it has gaps only. Add gaps, no own lines, no inputs."
    )


def correction(statement: Statement, body: CorrectionBody, view: BooksView) -> tuple[Transfer, ...]:
    """Replace what a production or handling was said to emit, and adjust everything that follows from it.

    Raises:
        NotCorrectableError: no production or handling of the issuer's has this digest.
        EmptyCorrectionError: it changes nothing.
        DroppedLineError: a line is dropped that isn't there.
        StandInChangeError: a stand-in for a carrier would hold something of its issuer's own.
        CircularProductionError, TooFarBehindError: an added input was made with what is corrected.
        AdjustmentTooWideError, TooManyChangesError: too much follows from it.
        LedgerError: any rule of lines, takes and bought power.
    """
    issuer, change = statement.issuer, body.change
    corrected, corrected_body = _correctable(body.corrects, issuer, view)
    if not (change.drop_lines or change.add_lines or change.add_inputs):
        raise EmptyCorrectionError(body.corrects)
    if isinstance(corrected_body, HandlingBody):
        _check_handled(body.corrects, corrected_body, body, view)
    pool = Account(
        "goods_in_process" if isinstance(corrected_body, ProductionBody) else "handling_unassigned", issuer
    )
    earlier = [one.body for one in view.corrections(body.corrects) if isinstance(one.body, CorrectionBody)]
    transfers = _dropped(pool, corrected_body, earlier, body)
    added = booked_lines(change.add_lines, corrected_body.occurred)
    check_power(view, issuer, added)
    keep_gaps(view, issuer, added, statement.digest)
    for line in added:
        transfers += from_sources(line.components, issuer, pool, gap=line.gap is not None)
    for signed in change.add_inputs:
        check_not_circular(corrected.digest, signed, view)
        if isinstance(corrected_body, HandlingBody):
            check_not_handled_with_itself(corrected_body.target, signed, view)
        lot, carried, _quantity = take(view, issuer, signed, body.occurred)
        transfers.append(Transfer(lot.account, pool, carried))
    job = Adjustment(Trigger(statement, statement.digest), view)
    job.corrected(body.corrects)
    return (*transfers, *job.run())


def _correctable(digest: str, issuer: str, view: BooksView) -> tuple[Statement, CorrectedBody]:
    corrected = view.statement(digest)
    if corrected is None or not isinstance(corrected.body, ProductionBody | HandlingBody):
        problem = "no production or handling in this log has this digest"
        if corrected is not None and isinstance(corrected.body, CorrectionBody):
            problem = (
                f"it is a correction; correct {corrected.body.corrects}, whose lines are numbered through"
            )
        if corrected is not None and isinstance(corrected.body, OpeningBody):
            problem = _OPENING_STANDS
        raise NotCorrectableError(digest, problem)
    if corrected.issuer != issuer:
        raise NotCorrectableError(digest, f"it was issued by {corrected.issuer}")
    return corrected, corrected.body


def _check_handled(handling: str, body: HandlingBody, change: CorrectionBody, view: BooksView) -> None:
    """Check that a handling still stands, and that a stand-in for a carrier stays one."""
    shipment = view.shipment(body.target.shipment) if body.target.shipment is not None else None
    if shipment is None:
        return
    handled = shipment.handled(handling)
    if handled is None:
        raise NotCorrectableError(handling, "the carrier's own statement has taken its place")
    own = any(line.amount.gap is None for line in change.change.add_lines)
    if handled.stand_in and (own or change.change.add_inputs):
        raise StandInChangeError(handling)


def _dropped(
    pool: Account, body: CorrectedBody, earlier: Sequence[CorrectionBody], change: CorrectionBody
) -> list[Transfer]:
    """Return the reversals of the lines that a correction drops."""
    lines: list[Line] = all_lines(body, earlier)
    gone = {int(number) for past in earlier for number in past.change.drop_lines}
    transfers: list[Transfer] = []
    for text in change.change.drop_lines:
        number = int(text)
        if number >= len(lines):
            raise DroppedLineError(number, f"doesn't exist; there are {len(lines)}, numbered from 0")
        if number in gone:
            raise DroppedLineError(number, "was dropped before")
        gone.add(number)
        amount = lines[number].amount
        vector = Components.parse(amount.components)
        booked = from_sources(vector, pool.organization, pool, gap=amount.gap is not None)
        transfers += reversed_transfers(booked)
    return transfers
