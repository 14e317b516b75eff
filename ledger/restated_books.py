"""What a restatement under another GWP set is of: the lines behind a passport, or a company's period."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ledger.accounts import SOURCES
from ledger.closure import lines_stated
from ledger.components import EMISSION_CHANNELS, NAMES, Components
from ledger.interfaces import LedgerView
from ledger.origins import Origin
from ledger.restating import Stated
from ledger.signed import Statement
from ledger.statements import CorrectionBody

_EMITS = frozenset(slot for slot, name in enumerate(NAMES) if name.partition(".")[0] in EMISSION_CHANNELS)


def of_passport(origins: Iterable[Origin]) -> list[Stated]:
    """Return the parts of a passport's gross figure, line by line."""
    return [Stated(o.statement, o.number, o.line, o.reaches.gross_mg()) for o in origins]


def of_period(
    view: LedgerView, organization: str, first: date | None = None, last: date | None = None
) -> list[Stated]:
    """Return the parts of what an organization recorded in a period: its own emissions and its gaps.

    What a statement booked beyond its lines, such as carbon that went back, is a part without a line.
    """
    booked: dict[int, int] = {}
    for movement in view.movements(organization, first, last):
        if movement.slot in _EMITS:
            for account, sign in ((movement.source, 1), (movement.target, -1)):
                if account.kind in SOURCES and account.organization == organization:
                    booked[movement.position] = booked.get(movement.position, 0) + sign * movement.mg
    parts: list[Stated] = []
    for position, mg in booked.items():
        (logged,) = view.entries(position, position + 1)
        own = _parts(logged.statement, view) if logged.statement.issuer == organization else []
        rest = mg - sum(part.gross_mg for part in own)
        parts += own
        if rest:
            parts.append(Stated(logged.statement.digest, 0, None, rest))
    return parts


def _parts(statement: Statement, view: LedgerView) -> list[Stated]:
    """Return the lines that a statement adds, and those that it takes back with a minus."""
    parts = [
        Stated(statement.digest, number, line, Components.parse(line.amount.components).gross_mg())
        for number, line in enumerate(lines_stated(statement))
    ]
    body = statement.body
    corrected = view.statement(body.corrects) if isinstance(body, CorrectionBody) else None
    if isinstance(body, CorrectionBody) and corrected is not None:
        for text in body.change.drop_lines:
            line = lines_stated(corrected)[int(text)]
            gross = Components.parse(line.amount.components).gross_mg()
            parts.append(Stated(corrected.digest, int(text), line, -gross))
    return parts
