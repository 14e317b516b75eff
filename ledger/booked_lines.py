"""Lines as the books take them, after every rule that a line can break by itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ledger.alone import BookedLine, Checked
from ledger.body import Occurred
from ledger.lines import Line
from ledger.purchased_power import check_instruments
from ledger.rules import line_components
from ledger.signed import Statement
from ledger.statements import CorrectionBody, HandlingBody, ProductionBody


def booked_lines(
    lines: Sequence[Line], occurred: Occurred, elsewhere: Collection[int] = ()
) -> tuple[BookedLine, ...]:
    """Return what the books take of lines; power `elsewhere` has its evidence in a hub's record.

    Raises:
        LedgerError: any rule of `line_components` and `check_instruments`.
    """
    vectors = line_components(lines)
    check_instruments(lines, occurred, elsewhere)
    booked = []
    for number, (line, vector) in enumerate(zip(lines, vectors, strict=True)):
        gap, method = line.amount.gap, line.source.tags.method
        here = None if number in elsewhere else method
        booked.append(BookedLine(vector, None if gap is None else gap.key, here))
    return tuple(booked)


def own_lines(statement: Statement, body: ProductionBody | HandlingBody) -> tuple[BookedLine, ...]:
    """Return what the books take of a statement's lines, as it was found before or is found now.

    Raises:
        LedgerError: any rule of `booked_lines`.
    """
    if isinstance(statement, Checked):
        return statement.alone.lines
    of_hub: set[int] = set()
    if isinstance(body, HandlingBody) and body.leg is not None and body.leg.stay is not None:
        of_hub = {int(number) for use in body.leg.stay.uses for number in use.lines}
    return booked_lines(body.lines, body.occurred, of_hub)


def gap_keys(statement: Statement) -> list[str]:
    """Return the keys of the gaps that a statement fills, in the order of its lines."""
    if isinstance(statement, Checked):
        return [line.gap for line in statement.alone.lines if line.gap is not None]
    match statement.body:
        case ProductionBody() | HandlingBody() as body:
            lines = body.lines
        case CorrectionBody() as body:
            lines = body.change.add_lines
        case _:
            return []
    return [line.amount.gap.key for line in lines if line.amount.gap is not None]
