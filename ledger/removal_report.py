"""A company's removals with what is held back for them: what is stored, what went back, what is expected.

Of the removals that were booked in a period, as they stand now: a reversal or impairment counts whenever it
was stated.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ledger.closure import lines_stated
from ledger.components import Components
from ledger.interfaces import LedgerView
from ledger.removals_behind import reserved_mg
from ledger.reversing import REMOVALS, standing
from ledger.shown import Shown
from ledger.signed import Statement
from ledger.statements import CorrectionBody


class RemovalKept(Shown):
    """One removal as it stands, in mg CO2e: `stored_mg` has not gone back, `reserve_mg` is held for it."""

    statement: str
    line: int
    first: str
    last: str
    activity: str
    text: str | None
    pool: str
    monitoring: str
    permanence_years: str | None
    permanence_class: str | None
    reserve: str
    removed_mg: str
    gone_back_mg: str
    stored_mg: str
    reserve_mg: str
    reversals: tuple[str, ...]
    impairments: tuple[str, ...]


class RemovalReport(Shown):
    """The removals of an organization's period with their sums, in mg CO2e; the newest last."""

    organization: str
    removed_mg: str
    gone_back_mg: str
    stored_mg: str
    reserve_mg: str
    removals: tuple[RemovalKept, ...]


def removal_report(
    view: LedgerView, organization: str, first: date | None = None, last: date | None = None
) -> RemovalReport:
    """Return an organization's removals of a period with their reserves; both dates included.

    A removal that a correction took back isn't there.
    """
    positions = dict.fromkeys(
        movement.position
        for movement in view.movements(organization, first, last)
        if movement.slot in REMOVALS
        and movement.source.kind == "removal"
        and movement.source.organization == organization
    )
    found: list[RemovalKept] = []
    for position in positions:
        (logged,) = view.entries(position, position + 1)
        found += _of_statement(logged.statement, view.corrections(logged.statement.digest))
    return RemovalReport(
        organization=organization,
        removed_mg=_total(one.removed_mg for one in found),
        gone_back_mg=_total(one.gone_back_mg for one in found),
        stored_mg=_total(one.stored_mg for one in found),
        reserve_mg=_total(one.reserve_mg for one in found),
        removals=tuple(found),
    )


def _total(amounts: Iterable[str]) -> str:
    return str(sum(int(mg) for mg in amounts))


def _of_statement(statement: Statement, later: list[Statement]) -> list[RemovalKept]:
    """Return the removals that a statement added and nothing took back since."""
    gone = {
        number
        for one in later
        if isinstance(one.body, CorrectionBody)
        for number in one.body.change.drop_lines
    }
    found = []
    for number, line in enumerate(lines_stated(statement)):
        if line.removal is None or str(number) in gone:
            continue
        stands = standing(number, line, line.removal, later)
        stored = stands.stored()
        found.append(
            RemovalKept(
                statement=statement.digest,
                line=number,
                first=statement.body.occurred.start,
                last=statement.body.occurred.end,
                activity=line.source.activity,
                text=line.source.text,
                pool=line.removal.pool,
                monitoring=line.removal.monitoring,
                permanence_years=stands.permanence.years,
                permanence_class=stands.permanence.lasting,
                reserve=stands.reserve,
                removed_mg=_mg(stands.removed),
                gone_back_mg=_mg(stands.gone_back),
                stored_mg=_mg(stored),
                reserve_mg=str(reserved_mg(stored, stands.reserve)),
                reversals=stands.reversals,
                impairments=stands.impairments,
            )
        )
    return found


def _mg(removed: Components) -> str:
    return str(removed.removals_mg())
