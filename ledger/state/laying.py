"""Laying the intervals that were taken of a lot end to end, so that one handed on twice shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ledger.errors import LedgerError
from ledger.lines import Take


@dataclass(eq=False)
class LotHandedOnTwiceError(LedgerError):
    """Of a lot more was taken than there is, or the same goods twice."""

    lot: str
    statement: str
    start: int
    end: int
    expected: int
    sentence: ClassVar[str] = (
        "Of lot {lot} statement {statement} took the interval from {start} to {end}, where {expected} was "
        "due: goods were handed on twice, or a taking is not shown."
    )


@dataclass(eq=False)
class LotRefilledError(LedgerError):
    """A lot begins a segment with more or less than was left of it."""

    lot: str
    statement: str
    quantity: int
    left: int
    sentence: ClassVar[str] = (
        "Lot {lot} is taken from by statement {statement} as if {quantity} were left of it; {left} was left."
    )


@dataclass(slots=True)
class _Place:
    """Where a lot stands: its segment by what made it, its quantity, and how much of that was taken."""

    basis: tuple[str, ...]
    quantity: int
    taken: int


def lay_out(
    lot: str,
    quantity: int | None,
    takings: Sequence[tuple[str, Sequence[Take] | None]],
    *,
    grows: bool = False,
) -> int:
    """Lay all that was ever taken of a lot end to end, and return of how many statements that isn't known.

    Args:
        lot: its id.
        quantity: what it began with, None where that is hidden.
        takings: every statement that took from it, in log order, with its intervals, None where hidden.
        grows: whether its quantity may be estimated anew, as an asset's is.

    Raises:
        LotHandedOnTwiceError: an interval doesn't begin where the one before it ended.
        LotRefilledError: a segment doesn't begin with what was left.
    """
    place = None if quantity is None else _Place((), quantity, 0)
    hidden = 0
    known: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for statement, takes in takings:
        if takes is None:
            hidden, place = hidden + 1, None
            continue
        for take in takes:
            start, end, basis = int(take.start), int(take.end), tuple(take.basis.statements)
            for before, after in known.get(basis, ()):
                if start < after and before < end:
                    raise LotHandedOnTwiceError(lot, statement, start, end, after)
            place = _next(lot, statement, take, place, grows=grows)
            known.setdefault(basis, []).append((start, end))
    return hidden


def _next(lot: str, statement: str, take: Take, place: _Place | None, *, grows: bool) -> _Place:
    """Check that an interval begins where the lot stands, and return where it stands then."""
    start, end, quantity = int(take.start), int(take.end), int(take.basis.quantity)
    basis = tuple(take.basis.statements)
    if place is not None:
        same = basis == place.basis
        due = place.taken if same else 0
        left = place.quantity if same else place.quantity - place.taken
        if quantity != left and not (grows and not same):
            raise LotRefilledError(lot, statement, quantity, left)
        if start != due:
            raise LotHandedOnTwiceError(lot, statement, start, end, due)
    return _Place(basis, quantity, end)
