"""What each interval of a lot carries, computed from its beginning: the ground of every adjustment.

A lot begins with what its maker gave it. Each handling, correction or acceptance starts a new segment: of
what was left then, with what it added. When what was given (or added) turns out to be different, the same
steps are taken again with the new amounts, and the *difference* of each share is what its taker is owed;
nothing is apportioned, so nothing drifts and nothing goes below 0 (PROTOCOL, Booking: adjustments).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ledger.components import NOTHING, Components
from ledger.lines import Take

Difference = dict[int, int]
"""Milligrams by component slot, either sign, without zeros."""


@dataclass(frozen=True, slots=True)
class Change:
    """What started a segment: the statement, the quantity left at that moment, and what it added.

    `expected` is the quantity that an asset has from then on, where that was estimated anew.
    """

    statement: str
    quantity: int
    added: Components = NOTHING
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a lot began with: what its maker gave it, and its quantity in the lot's unit."""

    given: Components
    quantity: int


def segments(beginning: Beginning, changes: Sequence[Change]) -> Iterator[tuple[Components, int]]:
    """Return the total and the quantity of each segment of a lot, oldest first, one more than changes."""
    total, quantity = beginning.given, beginning.quantity
    yield total, quantity
    for change in changes:
        total = total - total.interval(0, quantity - change.quantity, quantity) + change.added
        quantity = change.quantity if change.expected is None else change.expected
        yield total, quantity


def carried(take: Take, known: Sequence[tuple[Components, int]]) -> Components:
    """Return what a signed interval carries, in the segment in which it was taken."""
    total, quantity = known[len(take.basis.statements)]
    return total.interval(int(take.start), int(take.end), quantity)


def plus(components: Components, difference: Mapping[int, int]) -> Components:
    """Return a vector after a difference of either sign.

    Raises:
        NegativeComponentError: a component would fall below 0.
        AmountTooLargeError: a sum is beyond 10^17.
    """
    up, down = halves(difference)
    return components + up - down


def fits(components: Components, difference: Mapping[int, int]) -> bool:
    """Say whether a vector holds all that a difference takes away."""
    return all(components[slot] + mg >= 0 for slot, mg in difference.items())


def halves(difference: Mapping[int, int]) -> tuple[Components, Components]:
    """Return what a difference adds and what it takes away, both as whole amounts."""
    up = Components({slot: mg for slot, mg in difference.items() if mg > 0})
    down = Components({slot: -mg for slot, mg in difference.items() if mg < 0})
    return up, down


def summed(one: Mapping[int, int], other: Mapping[int, int]) -> Difference:
    """Return the sum of two differences, without zeros, in slot order."""
    slots = sorted({*one, *other})
    return {slot: mg for slot in slots if (mg := one.get(slot, 0) + other.get(slot, 0))}
