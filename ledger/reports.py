"""Reports from the postings: an organization's E-liability statement, and the conservation of all.

Opening + direct + taken over − handed on − disposed = closing, per component (Kaplan and Ramanna).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal

from ledger.accounts import SOURCES, Account, AccountKind
from ledger.components import NAMES, Components
from ledger.interfaces import LedgerView, Movement

HELD: Final[tuple[AccountKind, ...]] = ("lot", "shipment", "goods_in_process", "handling_unassigned")
Column = Literal["direct", "removals", "imported", "gaps", "taken_over", "handed_on", "disposed", "lost"]
COLUMNS: Final[tuple[Column, ...]] = (
    "direct",
    "removals",
    "imported",
    "gaps",
    "taken_over",
    "handed_on",
    "disposed",
    "lost",
)
_FROM_SOURCE: Final[dict[AccountKind, Column]] = {
    "environment": "direct",
    "removal": "removals",
    "imported": "imported",
    "outside_taken_over": "gaps",
}
_TO_SINK: Final[dict[AccountKind, Column]] = {
    "consumer_sink": "disposed",
    "waste_sink": "disposed",
    "own_use": "disposed",
    "abnormal_loss": "lost",
    "outside_handed_on": "handed_on",
}


@dataclass(slots=True)
class PeriodStatement:
    """An organization's E-liability statement of a period, in mg CO2e by component slot."""

    organization: str
    first: date | None
    last: date | None
    opening: dict[int, int] = field(default_factory=dict)
    columns: dict[Column, dict[int, int]] = field(default_factory=lambda: {name: {} for name in COLUMNS})
    closing: dict[int, int] = field(default_factory=dict)


def period_statement(
    view: LedgerView, organization: str, first: date | None = None, last: date | None = None
) -> PeriodStatement:
    """Return opening, what came in, what went out, and closing; both dates included."""
    statement = PeriodStatement(organization, first, last)
    if first is not None and first > date.min:
        for movement in view.movements(organization, None, first - timedelta(days=1)):
            _enter(statement.opening, movement, organization)
    statement.closing = dict(statement.opening)
    for movement in view.movements(organization, first, last):
        _enter(statement.closing, movement, organization)
        for name, mg in _columns(movement, organization):
            column = statement.columns[name]
            column[movement.slot] = column.get(movement.slot, 0) + mg
    return statement


def _holds(account: Account, organization: str) -> bool:
    return account.organization == organization and account.kind in HELD


def _enter(balance: dict[int, int], movement: Movement, organization: str) -> None:
    change = _holds(movement.target, organization) - _holds(movement.source, organization)
    if change:
        balance[movement.slot] = balance.get(movement.slot, 0) + change * movement.mg


def _columns(movement: Movement, organization: str) -> list[tuple[Column, int]]:
    """Return the columns that a movement belongs to, with its amount; none inside the border."""
    source, target, mg = movement.source, movement.target, movement.mg
    comes, goes = _holds(target, organization), _holds(source, organization)
    if comes and goes:
        return []
    if comes:
        return [(_FROM_SOURCE.get(source.kind, "taken_over"), mg)]
    if goes and target.kind in SOURCES:
        return [(_FROM_SOURCE[target.kind], -mg)]
    if goes:
        return [(_TO_SINK.get(target.kind, "handed_on"), mg)]
    if source.organization == organization and source.kind in _TO_SINK:
        # A gap of a shipment sold outside is replaced: neither taken over nor handed on after all.
        return [(_TO_SINK[source.kind], -mg), (_FROM_SOURCE[target.kind], -mg)]
    return []


@dataclass(frozen=True, slots=True)
class Conservation:
    """What was ever recorded, and where it lies now, in mg by component name; the two are equal."""

    recorded_mg: int
    accounted_mg: int
    by_component: dict[str, tuple[int, int]]

    @property
    def holds(self) -> bool:
        """Whether both agree in every component."""
        return all(recorded == accounted for recorded, accounted in self.by_component.values())


def conservation(balances: Iterable[tuple[Account, dict[int, int]]]) -> Conservation:
    """Add up sources, net of reversals, and all other accounts, component by component."""
    pairs: dict[int, list[int]] = {}
    for account, balance in balances:
        side = 0 if account.kind in SOURCES else 1
        for slot, mg in balance.items():
            pairs.setdefault(slot, [0, 0])[side] += mg if side else -mg
    by_component = {NAMES[slot]: (pair[0], pair[1]) for slot, pair in sorted(pairs.items()) if any(pair)}
    recorded = sum(recorded for recorded, _ in by_component.values())
    accounted = sum(accounted for _, accounted in by_component.values())
    return Conservation(recorded, accounted, by_component)


def statement_json(statement: PeriodStatement) -> dict[str, object]:
    """Return a period statement as plain values: amounts as decimal strings of mg, with a sign."""
    gross = {"opening": str(_gross(statement.opening)), "closing": str(_gross(statement.closing))}
    columns: dict[str, object] = {name: _named(column) for name, column in statement.columns.items()}
    gross.update({name: str(_gross(column)) for name, column in statement.columns.items()})
    return {
        "organization": statement.organization,
        "from": statement.first.isoformat() if statement.first else None,
        "to": statement.last.isoformat() if statement.last else None,
        "opening": _named(statement.opening),
        **columns,
        "closing": _named(statement.closing),
        "gross_mg": gross,
    }


def _named(balance: dict[int, int]) -> dict[str, str]:
    return {NAMES[slot]: str(mg) for slot, mg in sorted(balance.items()) if mg}


def _gross(balance: dict[int, int]) -> int:
    positive = Components({slot: mg for slot, mg in balance.items() if mg > 0})
    negative = Components({slot: -mg for slot, mg in balance.items() if mg < 0})
    return positive.gross_mg() - negative.gross_mg()
