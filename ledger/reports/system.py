"""The whole ledger: what was ever recorded, and where it lies now. The two are equal, per component.

Signed and estimated stand in two columns: what members signed adds up; an estimate (a gap) may overlap with
what another member signed, so the two are never added (PROTOCOL, Booking: a gap).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.accounts import SOURCES, Account
from ledger.components import ESTIMATED, NAMES


@dataclass(frozen=True, slots=True)
class Conservation:
    """What was ever recorded, and where it lies now, in mg by component name; the two are equal."""

    recorded_mg: int
    accounted_mg: int
    by_component: dict[str, tuple[int, int]]

    @property
    def holds(self) -> bool:
        """Whether both agree in every component."""
        return all(recorded == accounted for recorded, accounted in self.by_component.values())


def conservation(balances: Iterable[tuple[Account, dict[int, int]]]) -> Conservation:
    """Add up sources, net of reversals, and all other accounts, component by component."""
    pairs: dict[int, list[int]] = {}
    for account, balance in balances:
        side = 0 if account.kind in SOURCES else 1
        for slot, mg in balance.items():
            pairs.setdefault(slot, [0, 0])[side] += mg if side else -mg
    by_component = {NAMES[slot]: (pair[0], pair[1]) for slot, pair in sorted(pairs.items()) if any(pair)}
    recorded = sum(recorded for recorded, _ in by_component.values())
    accounted = sum(accounted for _, accounted in by_component.values())
    return Conservation(recorded, accounted, by_component)


@dataclass(frozen=True, slots=True)
class Closure:
    """Recorded by kind of source and accounted by kind of account, in mg by component slot."""

    recorded: dict[str, dict[int, int]]
    accounted: dict[str, dict[int, int]]


def closure_of(balances: Iterable[tuple[Account, dict[int, int]]]) -> Closure:
    """Add up all accounts by their kind; recorded has the sign of what was recorded."""
    sides: tuple[dict[str, dict[int, int]], dict[str, dict[int, int]]] = ({}, {})
    for account, balance in balances:
        source = account.kind in SOURCES
        vector = sides[0 if source else 1].setdefault(account.kind, {})
        for slot, mg in balance.items():
            vector[slot] = vector.get(slot, 0) + (-mg if source else mg)
    return Closure(*sides)


def is_estimated(slot: int) -> bool:
    """Say whether a component is estimated: an average or a price stood in for a supplier."""
    return NAMES[slot].partition(".")[2] in ESTIMATED


def is_markup(slot: int) -> bool:
    """Say whether a component is what an organization adds to its estimates by its own policy."""
    return NAMES[slot].endswith(".markup")


def apart(vector: dict[int, int]) -> tuple[dict[int, int], dict[int, int]]:
    """Divide a vector into what was signed as known, and what is estimated; markups are in neither."""
    figures = {slot: mg for slot, mg in vector.items() if not is_markup(slot)}
    known = {slot: mg for slot, mg in figures.items() if not is_estimated(slot)}
    return known, {slot: mg for slot, mg in figures.items() if is_estimated(slot)}


def total_of(vectors: Iterable[dict[int, int]]) -> dict[int, int]:
    """Add up vectors of either sign."""
    found: dict[int, int] = {}
    for vector in vectors:
        for slot, mg in vector.items():
            found[slot] = found.get(slot, 0) + mg
    return {slot: mg for slot, mg in found.items() if mg}
