"""Trips of a shared vehicle: over all statements that name one, the shares are the whole trip at most.

A share is a describing part, so the books never read it: it is asked once, when a handling is taken in. A
passport flags what it can see of an overfull trip by itself (`chain.py`), wherever it comes from.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from ledger.interfaces import LedgerView
from ledger.logistics.errors import OverfullTripError, TripTotalError
from ledger.logistics.forms import Share
from ledger.signed import Statement
from ledger.statements import HandlingBody

APART: Final = timedelta(days=3)
"""How far apart the dates of two loads of one trip may be."""
MAX_LOOKED_AT: Final = 1_000
"""Statements of one carrier around a trip's days that are looked at, the newest."""


def check_trip(statement: Statement, view: LedgerView) -> None:
    """Check that a handling's share of a trip fits beside what its issuer stated of the same trip before.

    Statements dated within three days of each other are of one trip, where they name the same one.

    Raises:
        TripTotalError: another total, or another basis, is stated of the trip.
        OverfullTripError: the shares come to more than the trip's total.
    """
    share = statement.body.share if isinstance(statement.body, HandlingBody) else None
    if share is None or share.trip is None:
        return
    carried = int(share.own)
    for digest, other in _stated_of(share.trip, statement, view):
        if (other.total, other.basis) != (share.total, share.basis):
            before = f"{other.total} by {other.basis}"
            raise TripTotalError(share.trip, f"{share.total} by {share.basis}", before, digest)
        carried += int(other.own)
    if carried > int(share.total):
        raise OverfullTripError(share.trip, carried, int(share.total), share.basis)


def _stated_of(trip: str, statement: Statement, view: LedgerView) -> Iterator[tuple[str, Share]]:
    """Yield the shares of a trip that its issuer stated around the same days, with their statements."""
    occurred = statement.body.occurred
    first, last = date.fromisoformat(occurred.start) - APART, date.fromisoformat(occurred.end) + APART
    movements = view.movements(statement.issuer, first, last)
    positions = dict.fromkeys(movement.position for movement in movements)
    for position in sorted(positions)[-MAX_LOOKED_AT:]:
        (logged,) = view.entries(position, position + 1)
        known, body = logged.statement, logged.statement.body
        share = body.share if isinstance(body, HandlingBody) and known.issuer == statement.issuer else None
        if share is not None and share.trip == trip:
            yield known.digest, share
