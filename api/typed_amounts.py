"""Quantities as people type them at a terminal, `2.5 t` or `40 piece`: exact, never rounded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Final

from ledger.errors import LedgerError
from ledger.quantities import EXACT, decimal_text
from ledger.records.cells import UNITS, At, number, scaled
from ledger.records.errors import FractionRecordError, RecordNumberError, RecordRangeError

ALL: Final = "all"
"""Instead of a quantity: everything that is left."""
_TYPED: Final = re.compile(r"([0-9.]+) ?([^\s0-9.,+-][^\s]{0,11})")
_SCALES: Final[dict[str, dict[str, int]]] = {
    "mg": {"mg": 1, "g": 10**3, "kg": 10**6, "t": 10**9},
    "mL": {"mL": 1, "L": 10**3, "m3": 10**6},
    "Wh": {"Wh": 1, "kWh": 10**3, "MWh": 10**6},
    "kg·km": {"kg·km": 1, "t.km": 10**3},
    "s": {"s": 1, "h": 3600},
    "m2": {"m2": 1, "ha": 10**4},
    "piece": {"piece": 1},
    "TEU": {"TEU": 1},
}
"""By a lot's unit: the units that may be typed, and what each is worth in it."""
_READ: Final[dict[str, tuple[str, int]]] = {
    "mg": ("kg", 6),
    "mL": ("L", 3),
    "Wh": ("kWh", 3),
    "kg·km": ("t.km", 3),
}
"""By a lot's unit: the unit to read it in, and how many decimal places it has more."""


@dataclass(eq=False)
class TypedQuantityError(LedgerError):
    """What was typed is no quantity."""

    typed: str
    sentence: ClassVar[str] = (
        "{typed!r} is no quantity above 0. Write a number and a unit with no comma, such as '2.5 t', "
        "'300 kg' or '40 piece', or 'all' for what is left."
    )


@dataclass(eq=False)
class TypedUnitError(LedgerError):
    """A quantity was typed in a unit in which these goods are not counted."""

    typed: str
    unit: str
    known: str
    sentence: ClassVar[str] = "{typed!r}: these goods are counted in {unit}. Write the quantity in {known}."


@dataclass(eq=False)
class TypedTooFineError(LedgerError):
    """A quantity was typed that is finer than the smallest unit of the goods, or larger than any amount."""

    typed: str
    unit: str
    sentence: ClassVar[str] = "{typed!r} is no whole number of {unit} up to 10^17. Write it less finely."


def typed_quantity(typed: str, unit: str, left: int) -> int:
    """Return a typed quantity in a lot's own unit, exactly; `all` is what is left of it.

    Args:
        typed: `2.5 t`, `2.5t`, `300 公斤`, `all`.
        unit: the lot's unit, as in the books.
        left: what is left of the lot, in that unit.

    Raises:
        TypedQuantityError: no number above 0 with a unit.
        TypedUnitError: a unit of something else.
        TypedTooFineError: not a whole number of the lot's unit, or more than 10^17.
    """
    if typed == ALL:
        return left
    found = _TYPED.fullmatch(typed)
    at = At("", 1)
    try:
        amount = number(found[1], at) if found else Decimal(0)
    except RecordNumberError:
        amount = Decimal(0)
    if not found or not amount:
        raise TypedQuantityError(typed[:40])
    scales = _SCALES[unit]
    times = scales.get(UNITS.get(found[2], found[2]))
    if times is None:
        raise TypedUnitError(typed[:40], unit, ", ".join(scales))
    try:
        return scaled(amount, times, unit, at)
    except (FractionRecordError, RecordRangeError):
        raise TypedTooFineError(typed[:40], unit) from None


def quantity_text(amount: int, unit: str) -> str:
    """Write a quantity for people, exactly, in the form in which it may be typed: `2500 kg`."""
    read, places = _READ.get(unit, (unit, 0))
    return f"{decimal_text(EXACT.scaleb(Decimal(amount), -places))} {read}"
