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
from itertools import takewhile
from typing import Final, Literal

from ledger.acceptances import AcceptanceBody
from ledger.accounts import SOURCES, Account
from ledger.co_products import all_lines, as_signed, counted_lines, handled_now
from ledger.components import NAMES, Components
from ledger.identifiers import lot_parts
from ledger.interfaces import LedgerView, Logged, Movement
from ledger.lines import Line
from ledger.reports.lot_ledger import logged_at
from ledger.reports.period import ADJUSTMENTS, HANDLING, movement_columns
from ledger.reversal_bodies import ReversalBody
from ledger.signed import Statement
from ledger.statements import CorrectionBody, HandlingBody, ProductionBody, ReceiptBody

Origin = Literal["own", "taken_over", "adjusted", "replaced", "reversed", "untagged"]
"""How a row came about: own lines, goods and services taken over with a passport, a later adjustment of
these, an own stand-in for a carrier that the carrier's statement replaced, a removal that was undone, or a
posting that no line explains.
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
    goods: dict[int, dict[int, int]] = {}
    handled: dict[int, int] = {}
    adjusted: dict[int, int] = {}
    for movement in view.movements(organization, first, last):
        _enter_own(own, movement, organization)
        for name, mg in movement_columns(movement, organization):
            if name == "taken_over":
                services = HANDLING in (movement.source.kind, movement.target.kind)
                services = services or movement.target.kind in SOURCES
                _add(handled if services else goods.setdefault(movement.position, {}), {movement.slot: mg})
            elif name == "adjustments" and _from_supplier(view, movement, organization):
                _add(adjusted, {movement.slot: mg})
    lines = _Lines(view, organization)
    for logged in logged_at(view, sorted(own)):
        _enter_lines(report, lines, logged.statement, own[logged.position])
    for logged in logged_at(view, sorted(goods)):
        _enter_goods(report, view, logged, goods[logged.position])
    origins: tuple[tuple[ScopeKey, dict[int, int]], ...] = (
        (ScopeKey("3", TRANSPORT, origin="taken_over"), handled),
        (ScopeKey("3", GOODS, origin="adjusted"), adjusted),
    )
    for key, vector in origins:
        if any(vector.values()):
            report.enter(key, vector)
    return report


def _enter_own(own: dict[int, dict[int, int]], movement: Movement, organization: str) -> None:
    """Add what a posting takes out of the organization's own sources, or puts back."""
    for account, mg in ((movement.source, movement.mg), (movement.target, -movement.mg)):
        emitted = account.kind in SOURCES and account.kind not in BROUGHT_ALONG
        if emitted and account.organization == organization:
            _add(own.setdefault(movement.position, {}), {movement.slot: mg})


def _from_supplier(view: LedgerView, movement: Movement, organization: str) -> bool:
    """Say whether an adjustment is of goods bought; one of goods sold is in nobody's scope here."""
    for account in (movement.source, movement.target):
        if account.kind in ADJUSTMENTS:
            return account.organization != organization
    ends = (movement.source, movement.target)
    ours = next(account for account in ends if account.organization == organization)
    theirs = next(account for account in ends if account.organization != organization)
    receipt = view.statement(lot_parts(ours.ref)[0])
    if receipt is None or not isinstance(receipt.body, ReceiptBody):
        return False
    shipment = view.shipment(receipt.body.takes_over.shipment)
    return shipment is not None and shipment.lot == theirs.ref


Signed = tuple[Line, int, Origin]
"""A line that a statement brings into the books (1) or takes out of them (-1), and how that came about."""


class _Lines:
    """Finds the lines behind an organization's own postings."""

    def __init__(self, view: LedgerView, organization: str) -> None:
        self._view = view
        self._organization = organization
        self._stand_ins: dict[tuple[str | None, str], Statement] | None = None

    def of(self, statement: Statement) -> Iterator[Signed]:
        """Yield the lines that a statement brings in or takes out."""
        body, issued = statement.body, statement.issuer == self._organization
        if isinstance(body, ProductionBody | HandlingBody) and issued:
            yield from ((line, 1, "own") for line in body.lines)
        elif isinstance(body, CorrectionBody) and issued:
            yield from ((line, 1, "own") for line in body.change.add_lines)
            yield from ((line, -1, "own") for line in self._dropped(statement, body))
        else:
            yield from ((line, -1, "replaced") for line in self._replaced(statement))

    def _dropped(self, statement: Statement, body: CorrectionBody) -> list[Line]:
        """Return the lines that a correction drops, numbered through the corrections before it."""
        corrected = self._view.statement(body.corrects)
        assert corrected is not None  # noqa: S101 - the books took the correction
        assert isinstance(corrected.body, ProductionBody | HandlingBody)  # noqa: S101 - nothing else can be
        corrections = self._view.corrections(body.corrects)
        before = takewhile(lambda one: one.digest != statement.digest, corrections)
        earlier = [one.body for one in before if isinstance(one.body, CorrectionBody)]
        lines = all_lines(corrected.body, earlier)
        return [lines[int(number)] for number in body.change.drop_lines]

    def _replaced(self, statement: Statement) -> Iterator[Line]:
        """Yield the lines of own stand-ins that a carrier's own statement put back."""
        shipment, legs, kept = self._covered(statement)
        if self._stand_ins is None:
            self._stand_ins = dict(self._standing_in())
        for leg in sorted(legs):
            found = self._stand_ins.get((shipment, leg))
            if found is not None and isinstance(found.body, HandlingBody) and found.digest not in kept:
                bodies = [one.body for one in self._view.corrections(found.digest)]
                changes = [(found.digest, one) for one in bodies if isinstance(one, CorrectionBody)]
                yield from (line for *_, line in counted_lines(found.digest, found.body, changes))

    def _standing_in(self) -> Iterator[tuple[tuple[str | None, str], Statement]]:
        """Yield own handlings that fill a leg with gaps, by shipment and leg; only those can be replaced."""
        filled = (
            movement.position
            for movement in self._view.movements(self._organization)
            if movement.source == Account("outside_taken_over", self._organization)
            and movement.target == Account("handling_unassigned", self._organization)
        )
        for logged in logged_at(self._view, filled):
            body = logged.statement.body
            if not isinstance(body, HandlingBody) or body.leg is None or body.inputs:
                continue
            if all(line.amount.gap is not None for line in body.lines):
                yield (body.target.shipment, body.leg.key), logged.statement

    def _covered(self, statement: Statement) -> tuple[str | None, set[str], tuple[str, ...]]:
        """Return the shipment and legs that a statement covers, and the handlings that stay as they were."""
        accepted = statement.body.answer if isinstance(statement.body, AcceptanceBody) else None
        handling = self._view.statement(accepted.cause) if accepted is not None else statement
        match handling.body if handling is not None else None:
            case HandlingBody() as body:
                return body.target.shipment, {body.leg.key} if body.leg else set(), ()
            case ReceiptBody() as body:
                listed = (self._view.statement(digest) for digest in body.takes_over.handlings)
                handlings = [one.body for one in listed if one and isinstance(one.body, HandlingBody)]
                legs = {one.leg.key for one in handlings if one.leg}
                return body.takes_over.shipment, legs, tuple(body.takes_over.handlings)
            case _:
                return None, set(), ()


def _enter_lines(
    report: ScopesReport, lines: _Lines, statement: Statement, posted: Mapping[int, int]
) -> None:
    """Enter a statement's lines by their tags; what was posted beyond them is untagged."""
    left = dict(posted)
    for line, sign, origin in lines.of(statement):
        tags = line.source.tags
        key = ScopeKey(tags.scope, tags.category or "", tags.method or "", origin)
        vector = Components.parse(line.amount.components)
        report.enter(key, vector, sign, lines=1)
        _add(left, vector, -sign)
    rest = {slot: mg for slot, mg in left.items() if mg}
    if rest:
        back = isinstance(statement.body, ReversalBody)
        report.enter(
            ScopeKey("1", origin="reversed") if back else ScopeKey("untagged", origin="untagged"), rest
        )


def _enter_goods(report: ScopesReport, view: LedgerView, logged: Logged, taken: Mapping[int, int]) -> None:
    """Enter what was taken over with goods; what a receipt lists as handled on their way is transport."""
    rest = dict(taken)
    if isinstance(logged.statement.body, ReceiptBody):
        shared = _transport(view, logged, logged.statement.body, report.organization)
        transport = {slot: min(mg, rest.get(slot, 0)) for slot, mg in shared.items()}
        if any(transport.values()):
            report.enter(ScopeKey("3", TRANSPORT, origin="taken_over"), transport)
            _add(rest, transport, -1)
    if any(rest.values()):
        report.enter(ScopeKey("3", GOODS, origin="taken_over"), rest)


def _transport(view: LedgerView, logged: Logged, body: ReceiptBody, organization: str) -> Components:
    """Return what of the handlings that a receipt lists belongs to one party: its parts of the shipment.

    To its sender, whose goods were never out of its books, come the handlings alone. They count as they
    were taken over: with the corrections before the receipt; what comes later is an adjustment.
    """
    listed = (view.statement(digest) for digest in body.takes_over.handlings)
    handled = Components.total_of(_added_until(view, one, logged.position) for one in listed if one)
    shipment = view.shipment(body.takes_over.shipment)
    if shipment is None or shipment.sender == organization:
        return handled
    shares = shipment.shared(handled)
    return Components.total_of(share for part, share in shares if part.account.organization == organization)


def _added_until(view: LedgerView, handling: Statement, position: int) -> Components:
    """Return what a handling that a receipt lists added until then."""
    assert isinstance(handling.body, HandlingBody)  # noqa: S101 - a receipt lists nothing else
    places = ((one.body, view.position(one.digest)) for one in view.corrections(handling.digest))
    changes = [body for body, place in places if place is not None and place < position]
    return handled_now(handling.body, [one for one in changes if isinstance(one, CorrectionBody)], as_signed)


def _add(to: dict[int, int], vector: Mapping[int, int] | Iterable[tuple[int, int]], sign: int = 1) -> None:
    for slot, mg in dict(vector).items():
        to[slot] = to.get(slot, 0) + sign * mg
