"""The GHG Protocol view: an organization's scopes 1, 2 and upstream 3 of a period, from postings and tags.

Own lines carry their scope, category and method as they were signed; a correction counts in its own period,
what it drops with a minus. What is taken over with goods is upstream scope 3: goods as category 1 (purchased
goods and services), what carriers, ports and stores did with them as category 4 (upstream transportation and
distribution). Downstream categories are never booked (E-liability). CO2 of biomass, its uptake and removals
stand apart and are in no scope; a markup is in no scope either, because it is our own policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from ledger.accounts import SOURCES, Account
from ledger.components import NAMES, Components
from ledger.interfaces import LedgerView, Logged, Movement
from ledger.lines import Line
from ledger.reports.lot_ledger import logged_at
from ledger.reports.period import ADJUSTMENTS, holds, movement_columns
from ledger.signed import Statement
from ledger.statements import CorrectionBody, HandlingBody, ProductionBody, ReceiptBody

Origin = Literal["own", "taken_over", "adjusted", "replaced", "untagged"]
"""How a row came about: own lines, goods and services taken over with a passport, a later adjustment of
these, an own stand-in for a carrier that the carrier's statement replaced, a posting that no line explains.
"""
GOODS: Final = "1"
BROUGHT_ALONG: Final[frozenset[str]] = frozenset({"opening"})
"""Kinds of sources that gave what was there before the books began: no emission of any period."""
TRANSPORT: Final = "4"


@dataclass(frozen=True, slots=True, order=True)
class ScopeKey:
    """Where an amount is reported: scope, category of scope 3, method of scope 2, and how it came about."""

    scope: str
    category: str = ""
    method: str = ""
    origin: Origin = "own"


@dataclass(slots=True)
class ScopesReport:
    """Amounts by scope and category, in mg by component slot with a sign, and how many lines they are of."""

    organization: str
    first: date | None
    last: date | None
    rows: dict[ScopeKey, dict[int, int]] = field(default_factory=dict)
    lines: dict[ScopeKey, int] = field(default_factory=dict)
    markup: dict[int, int] = field(default_factory=dict)

    def enter(self, key: ScopeKey, vector: Mapping[int, int], sign: int = 1, *, lines: int = 0) -> None:
        """Add a vector to a row; a markup goes apart."""
        row = self.rows.setdefault(key, {})
        for slot, mg in vector.items():
            to = self.markup if NAMES[slot].endswith(".markup") else row
            to[slot] = to.get(slot, 0) + sign * mg
        self.lines[key] = self.lines.get(key, 0) + lines

    def scope(self, scope: str) -> dict[int, int]:
        """Return the sum of a scope."""
        found: dict[int, int] = {}
        for key, row in self.rows.items():
            if key.scope == scope:
                _add(found, row)
        return found


def scopes_report(
    view: LedgerView, organization: str, first: date | None = None, last: date | None = None
) -> ScopesReport:
    """Return what an organization emitted and bought in a period by scope; both dates included.

    The rows of own lines add up to what the postings took out of the organization's sources; what no line
    explains has a row of its own (`untagged`), so nothing is left out.
    """
    report = ScopesReport(organization, first, last)
    own: dict[int, dict[int, int]] = {}
    taken: dict[int, dict[int, int]] = {}
    adjusted: dict[int, int] = {}
    for movement in view.movements(organization, first, last):
        _enter_own(own, movement, organization)
        _enter_taken(taken, movement, organization)
        if movement.source.kind in ADJUSTMENTS and holds(movement.target, organization):
            _add(adjusted, {movement.slot: _from_others(movement, organization)})
        if movement.target.kind in ADJUSTMENTS and holds(movement.source, organization):
            _add(adjusted, {movement.slot: -_to_others(movement, organization)})
    lines = _Lines(view, organization)
    for logged in logged_at(view, sorted(own)):
        _enter_lines(report, lines, logged.statement, own[logged.position])
    for logged in logged_at(view, sorted(taken)):
        _enter_goods(report, view, logged, taken[logged.position])
    if any(adjusted.values()):
        report.enter(ScopeKey("3", GOODS, origin="adjusted"), adjusted)
    return report


def _enter_own(own: dict[int, dict[int, int]], movement: Movement, organization: str) -> None:
    """Add what a posting takes out of the organization's own sources, or puts back."""
    for account, mg in ((movement.source, movement.mg), (movement.target, -movement.mg)):
        emitted = account.kind in SOURCES and account.kind not in BROUGHT_ALONG
        if emitted and account.organization == organization:
            _add(own.setdefault(movement.position, {}), {movement.slot: mg})


def _enter_taken(taken: dict[int, dict[int, int]], movement: Movement, organization: str) -> None:
    for name, mg in movement_columns(movement, organization):
        if name == "taken_over":
            _add(taken.setdefault(movement.position, {}), {movement.slot: mg})


def _from_others(movement: Movement, organization: str) -> int:
    return 0 if movement.source.organization == organization else movement.mg


def _to_others(movement: Movement, organization: str) -> int:
    return 0 if movement.target.organization == organization else movement.mg


class _Lines:
    """Finds the lines behind an organization's own postings."""

    def __init__(self, view: LedgerView, organization: str) -> None:
        self._view = view
        self._organization = organization
        self._stand_ins: dict[tuple[str | None, str], list[Line]] | None = None

    def of(self, statement: Statement) -> Iterator[tuple[Line, int]]:
        """Yield the lines that a statement brings into the books, with 1, and those it takes out, with -1."""
        if statement.issuer != self._organization:
            yield from ((line, -1) for line in self._replaced(statement))
            return
        match statement.body:
            case ProductionBody() | HandlingBody() as body:
                yield from ((line, 1) for line in body.lines)
            case CorrectionBody() as body:
                yield from ((line, 1) for line in body.change.add_lines)
                yield from ((line, -1) for line in self._dropped(body))
            case _:
                return

    def _dropped(self, body: CorrectionBody) -> list[Line]:
        corrected = self._view.statement(body.corrects)
        if corrected is None or not isinstance(corrected.body, ProductionBody):
            return []
        lines = corrected.body.lines
        return [lines[int(number)] for number in body.change.drop_lines if int(number) < len(lines)]

    def _replaced(self, statement: Statement) -> list[Line]:
        """Return the lines of own stand-ins that a carrier's own statement put back."""
        shipment, legs = self._legs(statement)
        if self._stand_ins is None:
            self._stand_ins = dict(self._handlings())
        return [line for leg in sorted(legs) for line in self._stand_ins.get((shipment, leg), ())]

    def _handlings(self) -> Iterator[tuple[tuple[str | None, str], list[Line]]]:
        """Yield the lines of own handlings of gaps by shipment and leg; only those can be replaced."""
        filled = (
            movement.position
            for movement in self._view.movements(self._organization)
            if movement.source == Account("outside_taken_over", self._organization)
            and movement.target == Account("handling_unassigned", self._organization)
        )
        for logged in logged_at(self._view, filled):
            body = logged.statement.body
            if isinstance(body, HandlingBody) and body.leg is not None:
                yield (body.target.shipment, body.leg.key), list(body.lines)

    def _legs(self, statement: Statement) -> tuple[str | None, set[str]]:
        match statement.body:
            case HandlingBody() as body:
                return body.target.shipment, {body.leg.key} if body.leg else set()
            case ReceiptBody() as body:
                listed = (self._view.statement(digest) for digest in body.takes_over.handlings)
                handlings = [one.body for one in listed if one and isinstance(one.body, HandlingBody)]
                return body.takes_over.shipment, {one.leg.key for one in handlings if one.leg}
            case _:
                return None, set()


def _enter_lines(
    report: ScopesReport, lines: _Lines, statement: Statement, posted: Mapping[int, int]
) -> None:
    """Enter a statement's lines by their tags; what was posted beyond them is untagged."""
    left = dict(posted)
    for line, sign in lines.of(statement):
        tags = line.source.tags
        origin: Origin = "own" if statement.issuer == report.organization else "replaced"
        key = ScopeKey(tags.scope, tags.category or "", tags.method or "", origin)
        vector = Components.parse(line.amount.components)
        report.enter(key, vector, sign, lines=1)
        _add(left, vector, -sign)
    rest = {slot: mg for slot, mg in left.items() if mg}
    if rest:
        report.enter(ScopeKey("untagged", origin="untagged"), rest)


def _enter_goods(report: ScopesReport, view: LedgerView, logged: Logged, taken: Mapping[int, int]) -> None:
    """Enter what was taken over: goods as they were dispatched, and what was added on their way."""
    statement, rest = logged.statement, dict(taken)
    body = statement.body
    if isinstance(body, ReceiptBody):
        dispatch = view.statement(body.takes_over.shipment)
        stated = getattr(dispatch.body, "liability", {}) if dispatch else {}
        goods = Components.parse(stated)
        report.enter(ScopeKey("3", GOODS, origin="taken_over"), goods)
        _add(rest, goods, -1)
    added = {slot: mg for slot, mg in rest.items() if mg}
    if added:
        handled = isinstance(body, ReceiptBody | HandlingBody)
        report.enter(ScopeKey("3", TRANSPORT if handled else GOODS, origin="taken_over"), added)


def _add(to: dict[int, int], vector: Mapping[int, int] | Iterable[tuple[int, int]], sign: int = 1) -> None:
    for slot, mg in dict(vector).items():
        to[slot] = to.get(slot, 0) + sign * mg
