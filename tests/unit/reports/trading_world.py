"""A random market whose postings and statements are kept, so that reports can be made of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from ledger.accounts import Account, Transfer
from ledger.identity import Organization
from ledger.interfaces import Logged, Movement
from ledger.lots import Lot, Shipment
from ledger.signed import Statement
from ledger.storing import postings
from tests.unit.conservation.market import Market

FIRST: Final = date(2026, 1, 1)


class TradingWorld(Market):
    """A market in which every statement is of a day of its own, a few on the same day."""

    def __init__(self, seed: int, steps: int) -> None:
        self.movements: list[tuple[Movement, date]] = []
        self.statements: list[tuple[int, Statement]] = []
        self.by_digest: dict[str, Statement] = {}
        super().__init__(Random(seed), companies=4)  # noqa: S311 - a repeatable market
        for _ in range(steps):
            self.step()

    def today(self) -> date:
        """Return the civil day of the next statement."""
        return FIRST + timedelta(days=self.position // 3)

    def _state(self, company: str, kind: str, body: dict[str, Any], *, key: str | None = None) -> Statement:
        day = self.today().isoformat()
        dated = {"occurred": {"from": day, "to": day, "zone": "UTC"}, **body}
        return super()._state(company, kind, dated, key=key)

    def _check_step(
        self, statement: Statement, transfers: Sequence[Transfer], touched: dict[Account, dict[int, int]]
    ) -> None:
        super()._check_step(statement, transfers, touched)
        day = date.fromisoformat(statement.body.occurred.end)
        self.statements.append((self.position, statement))
        self.by_digest[statement.digest] = statement
        self.movements += [(movement, day) for movement in postings(self.position, transfers)]


class TradingView:
    """What reports ask of a ledger, answered by a random market."""

    def __init__(self, world: TradingWorld) -> None:
        self._world = world

    def organization(self, identifier: str) -> Organization | None:
        """Return an organization."""
        return self._world.books.organizations.get(identifier)

    def lot(self, identifier: str) -> Lot | None:
        """Return a lot."""
        return self._world.books.lots.get(identifier)

    def shipment(self, identifier: str) -> Shipment | None:
        """Return a shipment."""
        return self._world.books.shipments.get(identifier)

    def statement(self, digest: str) -> Statement | None:
        """Return a statement."""
        return self._world.by_digest.get(digest)

    def position(self, digest: str) -> int | None:
        """Return the place of a logged statement."""
        return self._world.books.position(digest)

    def corrections(self, digest: str) -> list[Statement]:
        """Return the corrections of a statement, in order."""
        return self._world.books.corrected.get(digest, [])

    def entries(self, start: int, end: int) -> Iterator[Logged]:
        """Yield entries of the log."""
        for position, statement in self._world.statements:
            if start <= position < end:
                yield Logged(position, "2026-07-01T00:00:00Z", statement, b"", b"")

    def balances(self) -> Iterator[tuple[Account, dict[int, int]]]:
        """Yield all accounts that hold something."""
        yield from self._world.books.balances.items()

    def movements(
        self, organization: str | None = None, first: date | None = None, last: date | None = None
    ) -> Iterator[Movement]:
        """Yield postings as a ledger does."""
        for movement, day in self._world.movements:
            mine = organization in (None, movement.source.organization, movement.target.organization)
            if mine and (first is None or day >= first) and (last is None or day <= last):
                yield movement
