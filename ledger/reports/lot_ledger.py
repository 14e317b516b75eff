"""The ledger of a lot: every posting in order, where it came from or went to, and what was there after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ledger.accounts import Account
from ledger.body import Occurred
from ledger.interfaces import LedgerView, Logged
from ledger.lots import Lot
from ledger.reports.system import total_of


@dataclass(frozen=True, slots=True)
class LotPosting:
    """One posting of a lot: by which statement, when, with which other account, and the balance after it.

    `amount` is positive into the lot and negative out of it; both vectors are in mg by component slot.
    """

    position: int
    logged_at: str
    statement: str
    kind: str
    issuer: str
    occurred: Occurred
    counter: Account
    amount: dict[int, int]
    balance: dict[int, int]


def lot_ledger(view: LedgerView, lot: Lot) -> tuple[LotPosting, ...]:
    """Return a lot's postings in log order; after the last one stands what the lot holds."""
    account = lot.account
    entries: dict[tuple[int, Account], dict[int, int]] = {}
    for movement in view.movements(lot.holder):
        if account in (movement.source, movement.target):
            into = movement.target == account
            counter = movement.source if into else movement.target
            vector = entries.setdefault((movement.position, counter), {})
            vector[movement.slot] = vector.get(movement.slot, 0) + (movement.mg if into else -movement.mg)
    found, balance = [], dict[int, int]()
    logged = {one.position: one for one in logged_at(view, (position for position, _ in entries))}
    for (position, counter), amount in entries.items():
        balance = total_of((balance, amount))
        found.append(_posting(logged[position], counter, amount, balance))
    return tuple(found)


def logged_at(view: LedgerView, positions: Iterable[int]) -> Iterator[Logged]:
    """Yield the entries at some positions of the log, each once, in the order asked for."""
    for position in dict.fromkeys(positions):
        yield from view.entries(position, position + 1)


def _posting(logged: Logged, counter: Account, amount: dict[int, int], balance: dict[int, int]) -> LotPosting:
    statement = logged.statement
    return LotPosting(
        position=logged.position,
        logged_at=logged.at,
        statement=statement.digest,
        kind=statement.kind,
        issuer=statement.issuer,
        occurred=statement.body.occurred,
        counter=counter,
        amount=amount,
        balance=balance,
    )
