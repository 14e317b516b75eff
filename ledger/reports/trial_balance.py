"""The trial balance: every account with its debits and credits; all of them add up to zero.

A posting debits the account that it goes into and credits the one that it comes from. Sources end with a
credit, everything that holds carbon with a debit. In an organization's own trial balance, what others have to
do with it stands in one clearing account for each of them, so that it adds up to zero as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import ClassVar, Final

from ledger.accounts import Account
from ledger.components import NAMES
from ledger.errors import LedgerError
from ledger.interfaces import LedgerView, Movement
from ledger.reports.period import product_finder
from ledger.reports.system import total_of

OTHER_ORGANIZATION: Final = "other_organization"
"""The kind of the clearing account of what another organization handed on or took over."""


_ORDER: Final = (
    *("lot", "asset", "goods_in_process", "shipment", "handling_unassigned", "adjustment_offered"),
    OTHER_ORGANIZATION,
    *("outside_handed_on", "consumer_sink", "waste_sink", "own_use", "abnormal_loss"),
    *("opening", "environment", "imported", "outside_taken_over", "removal"),
)
"""What is held first, then what went where, then where it came from; a kind that isn't here stands last."""


@dataclass(eq=False)
class TrialBalanceError(LedgerError):
    """Debits and credits don't agree."""

    component: str
    difference: int
    sentence: ClassVar[str] = (
        "The trial balance of {component} is {difference} mg instead of 0. Run passport audit."
    )


@dataclass(slots=True)
class TrialRow:
    """One account of a trial balance, in mg by component slot; debits are positive in the balances."""

    kind: str
    organization: str
    ref: str
    product: str
    opening: dict[int, int] = field(default_factory=dict)
    debit: dict[int, int] = field(default_factory=dict)
    credit: dict[int, int] = field(default_factory=dict)

    def closing(self) -> dict[int, int]:
        """Return opening plus debits minus credits."""
        return total_of((self.opening, self.debit, {slot: -mg for slot, mg in self.credit.items()}))

    def slots(self) -> list[int]:
        """Return every component that has an amount."""
        return sorted(slot for slot in {*self.opening, *self.debit, *self.credit})


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """All accounts of an organization, or of the ledger (`organization` is None)."""

    organization: str | None
    first: date | None
    last: date | None
    rows: tuple[TrialRow, ...]


def trial_balance(
    view: LedgerView, organization: str | None, first: date | None = None, last: date | None = None
) -> TrialBalance:
    """Return every account's opening, debits, credits and closing; both dates included.

    Raises:
        TrialBalanceError: in some component, balances don't add up to zero, or debits not to credits.
    """
    rows: dict[tuple[str, str, str], TrialRow] = {}
    product = product_finder(view)
    for movement, within in _movements(view, organization, first, last):
        for account, debit in ((movement.source, False), (movement.target, True)):
            row = _row(rows, account, organization, product)
            vector = (row.debit if debit else row.credit) if within else row.opening
            mg = movement.mg if within or debit else -movement.mg
            vector[movement.slot] = vector.get(movement.slot, 0) + mg
    found = TrialBalance(organization, first, last, tuple(rows[key] for key in sorted(rows, key=_place)))
    check_balances(found)
    return found


def _place(key: tuple[str, str, str]) -> tuple[int, str, str, str]:
    return (_ORDER.index(key[0]) if key[0] in _ORDER else len(_ORDER), *key)


def check_balances(found: TrialBalance) -> None:
    """Check that balances add up to zero and debits to credits, component by component.

    Raises:
        TrialBalanceError: they don't.
    """
    for pairs in (
        total_of(row.opening for row in found.rows),
        total_of(row.closing() for row in found.rows),
    ):
        for slot, mg in pairs.items():
            raise TrialBalanceError(NAMES[slot], mg)


def _movements(
    view: LedgerView, organization: str | None, first: date | None, last: date | None
) -> Iterator[tuple[Movement, bool]]:
    """Yield postings with whether they are of the period, those before it first."""
    if first is not None and first > date.min:
        for movement in view.movements(organization, None, first - timedelta(days=1)):
            yield movement, False
    for movement in view.movements(organization, first, last):
        yield movement, True


def _row(
    rows: dict[tuple[str, str, str], TrialRow],
    account: Account,
    organization: str | None,
    product: Callable[[Account], str],
) -> TrialRow:
    other = organization is not None and account.organization != organization
    kind = OTHER_ORGANIZATION if other else account.kind
    ref = "" if other else account.ref
    key = (kind, account.organization, ref)
    if key not in rows:
        rows[key] = TrialRow(kind, account.organization, ref, "" if other else product(account))
    return rows[key]
