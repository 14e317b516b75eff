"""Closing the books: from then on a period changes by what is dated later, never by what is dated in it.

Whoever closes signs what it held at the period's end, and the books compare: so a close is evidence of
its own. A period of civil dates decides, in whatever zone something occurred (PROTOCOL, Log: time).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import ClassVar, Protocol, runtime_checkable

from ledger.accounts import Transfer
from ledger.components import NAMES, Components
from ledger.errors import LedgerError
from ledger.identity import Organization
from ledger.interfaces import BooksView, Movement
from ledger.periods import last_day
from ledger.reports.period import holds
from ledger.signed import Statement
from ledger.stated import PeriodCloseBody


@dataclass(eq=False)
class ClosedPeriodError(LedgerError):
    """Something is dated in a period that is closed, in the books of its issuer or of whom it concerns."""

    occurred: str
    organization: str
    closed_until: str
    first_open: str
    sentence: ClassVar[str] = (
        "occurred ends {occurred}, but the books of {organization} are closed up to {closed_until}. State "
        "it, or a correction of what was stated, in the first open period: let occurred end {first_open} or "
        "later."
    )


@dataclass(eq=False)
class PeriodNotOverError(LedgerError):
    """A period is closed before it is over."""

    end: str
    zone: str
    at: str
    sentence: ClassVar[str] = (
        "occurred ends {end} ({zone}), which is not over at {at}. Close the period when it is."
    )


@dataclass(eq=False)
class PeriodOrderError(LedgerError):
    """A period is closed that doesn't follow on the one that was closed last."""

    start: str
    closed_until: str
    expected: str
    sentence: ClassVar[str] = (
        "occurred begins {start}, but the books are closed up to {closed_until}. The next period to close "
        "begins {expected}."
    )


@dataclass(eq=False)
class ClosingBalanceError(LedgerError):
    """The stated closing balance is not what the books hold."""

    end: str
    stated: dict[str, str]
    expected: dict[str, str]
    sentence: ClassVar[str] = (
        "closing states {stated}, but the books held {expected} at the end of {end}. Take a fresh draft, "
        "sign it."
    )


@dataclass(eq=False)
class UnclosablePeriodError(LedgerError):
    """Goods left before the end of a period in which they were not made yet."""

    end: str
    component: str
    mg: int
    sentence: ClassVar[str] = (
        "At the end of {end} the books would hold {mg} mg of {component}: goods were handed on whose making "
        "ends later. Close up to a later date."
    )


@runtime_checkable
class DatedBooks(Protocol):
    """Books that tell what was posted when; only a whole ledger does."""

    def movements(
        self, organization: str | None = None, first: date | None = None, last: date | None = None
    ) -> Iterator[Movement]:
        """Return postings in log order; of one organization's accounts, whose period ends within dates."""
        ...


def first_open(closed_until: str) -> str:
    """Return the first civil date after those that are closed."""
    return (date.fromisoformat(closed_until) + timedelta(days=1)).isoformat()


def check_open(statement: Statement, organizations: Iterable[str], view: BooksView) -> None:
    """Check that a statement ends in no closed period of these organizations.

    Raises:
        ClosedPeriodError: it does; the first open date is named.
    """
    end = statement.body.occurred.end
    for identifier in organizations:
        organization = view.organization(identifier)
        if organization is not None and end <= organization.closed_until:
            closed = organization.closed_until
            raise ClosedPeriodError(end, identifier, closed, first_open(closed))


def concerned(transfers: Iterable[Transfer]) -> tuple[str, ...]:
    """Return the organizations whose accounts transfers touch, each once."""
    found: dict[str, None] = {}
    for source, target, _ in transfers:
        found[source.organization] = found[target.organization] = None
    return tuple(found)


def closing_balance(view: BooksView, organization: str, end: str) -> Components:
    """Return what an organization held at the end of a civil date, by the dates of what was stated so far.

    Raises:
        UnclosablePeriodError: less than nothing of a component.
    """
    assert isinstance(view, DatedBooks)  # noqa: S101 - no bundle holds a close, so whoever asks has a ledger
    held: dict[int, int] = {}
    for movement in view.movements(organization, None, date.fromisoformat(end)):
        change = holds(movement.target, organization) - holds(movement.source, organization)
        held[movement.slot] = held.get(movement.slot, 0) + change * movement.mg
    for slot, mg in sorted(held.items()):
        if mg < 0:
            raise UnclosablePeriodError(end, NAMES[slot], mg)
    return Components(held)


def with_close(
    organization: Organization, body: PeriodCloseBody, at: datetime, view: BooksView
) -> Organization:
    """Return an organization whose books are closed up to the end of a period.

    Raises:
        PeriodNotOverError: the period is not over at the log's time.
        PeriodOrderError: it doesn't begin on the first open date.
        ClosingBalanceError, UnclosablePeriodError: the closing balance.
    """
    occurred = body.occurred
    if last_day(occurred).ends() > at:
        raise PeriodNotOverError(occurred.end, occurred.zone, at.isoformat())
    closed = organization.closed_until
    if closed and occurred.start != first_open(closed):
        raise PeriodOrderError(occurred.start, closed, first_open(closed))
    held = closing_balance(view, organization.id, occurred.end)
    if Components.parse(body.closing, "closing") != held:
        raise ClosingBalanceError(occurred.end, body.closing, held.wire())
    return replace(organization, closed_until=occurred.end)
