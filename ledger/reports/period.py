"""An organization's E-liability statement of a period, from the postings alone.

Opening + direct + taken over + adjustments − handed on − disposed − lost = closing, per component (Kaplan
and Ramanna), for the whole organization and for every product.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import ClassVar, Final, Literal

from ledger.accounts import SOURCES, Account
from ledger.components import NAMES, Components
from ledger.errors import LedgerError
from ledger.interfaces import LedgerView, Movement

Column = Literal[
    "start_up",
    "direct",
    "removals",
    "imported",
    "gaps",
    "taken_over",
    "adjustments",
    "handed_on",
    "disposed",
    "lost",
    "transformed",
]
COLUMNS: Final[tuple[Column, ...]] = (
    "start_up",
    "direct",
    "removals",
    "imported",
    "gaps",
    "taken_over",
    "adjustments",
    "handed_on",
    "disposed",
    "lost",
)
OUTGOING: Final[frozenset[str]] = frozenset({"handed_on", "disposed", "lost"})
"""Columns that lower the balance; an adjustment may do both, so it has a sign."""
PRODUCT_COLUMNS: Final[tuple[Column, ...]] = (*COLUMNS, "transformed")
"""`transformed` is what went from one product into another (with a sign); over all products it is 0."""
ADJUSTMENTS: Final[frozenset[str]] = frozenset({"adjustment_offered"})
"""Kinds of accounts between two organizations: offered by the one, not yet taken over by the other."""
STOCK: Final[frozenset[str]] = frozenset({"lot", "asset", "goods_in_process"})
HANDLING: Final = "handling_unassigned"
IN_PROCESS: Final = ""
"""The product of what lies in no lot: goods in process, handling that isn't assigned."""
_FROM_SOURCE: Final[dict[str, Column]] = {
    "environment": "direct",
    "removal": "removals",
    "imported": "imported",
    "outside_taken_over": "gaps",
}
_TO_SINK: Final[dict[str, Column]] = {
    "consumer_sink": "disposed",
    "waste_sink": "disposed",
    "own_use": "disposed",
    "abnormal_loss": "lost",
    "outside_handed_on": "handed_on",
}


@dataclass(eq=False)
class BooksDontCloseError(LedgerError):
    """A statement's columns don't lead from its opening to its closing balance."""

    organization: str
    component: str
    expected: int
    closing: int
    sentence: ClassVar[str] = (
        "The statement of {organization} doesn't close: {component} adds up to {expected} mg, the books "
        "hold {closing} mg. Run passport audit."
    )


def _no_columns() -> dict[Column, dict[int, int]]:
    return {name: {} for name in COLUMNS}


@dataclass(slots=True)
class Flow:
    """Opening, what came and went, closing; in mg CO2e by component slot, with a sign."""

    opening: dict[int, int] = field(default_factory=dict)
    columns: dict[Column, dict[int, int]] = field(default_factory=_no_columns)
    closing: dict[int, int] = field(default_factory=dict)

    def add(self, name: Column, slot: int, mg: int) -> None:
        """Add to a column."""
        column = self.columns.setdefault(name, {})
        column[slot] = column.get(slot, 0) + mg

    def slots(self) -> list[int]:
        """Return every component that has an amount anywhere."""
        vectors = (self.opening, *self.columns.values(), self.closing)
        return sorted({slot for vector in vectors for slot, mg in vector.items() if mg})

    def expected(self, slot: int) -> int:
        """Return what a component must close with, from its opening and its columns."""
        found = self.opening.get(slot, 0)
        for name, column in self.columns.items():
            found += -column.get(slot, 0) if name in OUTGOING else column.get(slot, 0)
        return found

    def empty(self) -> bool:
        """Say whether there is nothing to show."""
        return not self.slots()


@dataclass(slots=True)
class PeriodStatement(Flow):
    """An organization's E-liability statement of a period, in mg CO2e by component slot.

    `products` divides it by what the goods are called; `offered` are adjustments that it offered and that
    nobody has answered at the period's end. They are in nobody's balance.
    """

    organization: str = ""
    first: date | None = None
    last: date | None = None
    products: dict[str, Flow] = field(default_factory=dict)
    offered: dict[int, int] = field(default_factory=dict)


def period_statement(
    view: LedgerView, organization: str, first: date | None = None, last: date | None = None
) -> PeriodStatement:
    """Return opening, what came in, what went out, and closing; both dates included.

    Raises:
        BooksDontCloseError: the columns don't add up to the closing balance, in some component.
    """
    statement = PeriodStatement(organization=organization, first=first, last=last)
    entry = _Entry(statement, product_finder(view))
    if first is not None and first > date.min:
        for movement in view.movements(organization, None, first - timedelta(days=1)):
            entry.before(movement)
    statement.closing = dict(statement.opening)
    for flow in statement.products.values():
        flow.closing = dict(flow.opening)
    for movement in view.movements(organization, first, last):
        entry.within(movement)
    check_closes(statement)
    return statement


def check_closes(statement: PeriodStatement) -> None:
    """Check that a statement closes in every component, as a whole and for every product.

    Raises:
        BooksDontCloseError: it doesn't.
    """
    for flow in (statement, *statement.products.values()):
        for slot in flow.slots():
            if flow.expected(slot) != flow.closing.get(slot, 0):
                expected, closing = flow.expected(slot), flow.closing.get(slot, 0)
                raise BooksDontCloseError(statement.organization, NAMES[slot], expected, closing)


def holds(account: Account, organization: str) -> bool:
    """Say whether what lies in an account is in an organization's balance: its lots, its way, its process."""
    outside = account.kind in SOURCES or account.kind in _TO_SINK or account.kind in ADJUSTMENTS
    return account.organization == organization and not outside


def product_finder(view: LedgerView) -> Callable[[Account], str]:
    """Return how the product of an account's goods is found; each lot and shipment is read once."""
    known: dict[tuple[str, str], str] = {}

    def product(account: Account) -> str:
        key = (account.kind, account.ref)
        if not account.ref:
            return IN_PROCESS
        if key not in known:
            found = view.shipment(account.ref) if account.kind == "shipment" else view.lot(account.ref)
            known[key] = found.product if found else IN_PROCESS
        return known[key]

    return product


class _Entry:
    """Enters postings into a statement."""

    def __init__(self, statement: PeriodStatement, product: Callable[[Account], str]) -> None:
        self._statement = statement
        self._product = product

    def before(self, movement: Movement) -> None:
        """Enter a posting of the time before into the opening balances."""
        for product, mg in self._changes(movement):
            _add(self._statement.opening, movement.slot, mg)
            _add(self._flow(product).opening, movement.slot, mg)
        self._offer(movement)

    def within(self, movement: Movement) -> None:
        """Enter a posting of the period into its columns and the closing balances."""
        changes = self._changes(movement)
        for product, mg in changes:
            _add(self._statement.closing, movement.slot, mg)
            _add(self._flow(product).closing, movement.slot, mg)
        columns = movement_columns(movement, self._statement.organization)
        # What passes through without being held (a loss on the way) belongs to no product's balance.
        flow = self._flow(changes[0][0] if changes else IN_PROCESS)
        for name, mg in columns:
            self._statement.add(name, movement.slot, mg)
            flow.add(name, movement.slot, mg)
        if len(changes) == 2:
            for product, mg in changes:
                self._flow(product).add("transformed", movement.slot, mg)
        self._offer(movement)

    def _changes(self, movement: Movement) -> list[tuple[str, int]]:
        """Return how a posting changes the balances of products; nothing where it stays in one."""
        organization = self._statement.organization
        found = [
            (self._product(account), mg)
            for account, mg in ((movement.source, -movement.mg), (movement.target, movement.mg))
            if holds(account, organization)
        ]
        return [] if len(found) == 2 and found[0][0] == found[1][0] else found

    def _flow(self, product: str) -> Flow:
        return self._statement.products.setdefault(product, Flow())

    def _offer(self, movement: Movement) -> None:
        organization = self._statement.organization
        for account, mg in ((movement.source, -movement.mg), (movement.target, movement.mg)):
            if account.kind in ADJUSTMENTS and account.organization == organization:
                _add(self._statement.offered, movement.slot, mg)


def movement_columns(movement: Movement, organization: str) -> list[tuple[Column, int]]:
    """Return the columns of an organization's statement that a posting belongs to, each with its amount.

    None for what stays inside, or is between others. A posting back into a source, or to somebody else who
    handled the goods, takes back what was taken over or handed on before. From one's lot straight into
    another's goes only what a correction changed.
    """
    source, target, mg = movement.source, movement.target, movement.mg
    goes, comes = holds(source, organization), holds(target, organization)
    ours = goes or comes or _own(source, organization) or _own(target, organization)
    if (goes and comes) or not ours:
        return []
    back = target.kind in SOURCES or target.kind == HANDLING
    straight: Column | None = "adjustments" if {source.kind, target.kind} <= STOCK else None
    found: list[tuple[Column, int]] = []
    if not goes:
        other: Column = straight or ("handed_on" if back else "taken_over")
        name = _own(source, organization) or _between(source) or other
        found.append((name, -mg if name in OUTGOING else mg))
    if not comes:
        other = straight or ("taken_over" if back else "handed_on")
        name = _own(target, organization) or _between(target) or other
        found.append((name, mg if name in OUTGOING else -mg))
    return found


def _own(account: Account, organization: str) -> Column | None:
    """Return the column of an organization's own source or sink."""
    if account.organization != organization:
        return None
    if account.kind in SOURCES:
        return _FROM_SOURCE.get(account.kind, "start_up")
    return _TO_SINK.get(account.kind)


def _between(account: Account) -> Column | None:
    return "adjustments" if account.kind in ADJUSTMENTS else None


def _add(balance: dict[int, int], slot: int, mg: int) -> None:
    balance[slot] = balance.get(slot, 0) + mg


def statement_json(statement: PeriodStatement) -> dict[str, object]:
    """Return a period statement as plain values: amounts as decimal strings of mg, with a sign."""
    products = sorted((name, flow) for name, flow in statement.products.items() if not flow.empty())
    return {
        "organization": statement.organization,
        "from": statement.first.isoformat() if statement.first else None,
        "to": statement.last.isoformat() if statement.last else None,
        **_flow_json(statement, COLUMNS),
        "offered": _named(statement.offered),
        "products": [{"product": name, **_flow_json(flow, PRODUCT_COLUMNS)} for name, flow in products],
    }


def _flow_json(flow: Flow, columns: tuple[Column, ...]) -> dict[str, object]:
    vectors: dict[str, dict[int, int]] = {
        "opening": flow.opening,
        **{name: flow.columns.get(name, {}) for name in columns},
        "closing": flow.closing,
    }
    return {
        **{name: _named(vector) for name, vector in vectors.items()},
        "gross_mg": {name: str(gross_mg(vector)) for name, vector in vectors.items()},
    }


def _named(balance: dict[int, int]) -> dict[str, str]:
    return {NAMES[slot]: str(mg) for slot, mg in sorted(balance.items()) if mg}


def gross_mg(balance: dict[int, int]) -> int:
    """Return the sum of all emission channels of a vector that may have either sign, in mg CO2e."""
    positive = Components({slot: mg for slot, mg in balance.items() if mg > 0})
    negative = Components({slot: -mg for slot, mg in balance.items() if mg < 0})
    return positive.gross_mg() - negative.gross_mg()
