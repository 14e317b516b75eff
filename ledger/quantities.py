"""Amounts: one written form, whole numbers inside, the unit in the name.

Carbon is whole milligrams of CO2 equivalent (CO2e), goods are whole milligrams, millilitres, pieces
and so on (`UNITS`). On the wire every amount is a decimal string in its only form: no sign, no
exponent, no leading or trailing zero, ASCII digits (PROTOCOL, Values).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import ClassVar, Final

from ledger.errors import LedgerError

MAX_AMOUNT: Final = 10**17
WHOLE: Final = re.compile(r"(?:0|[1-9][0-9]{0,17})\Z")
DECIMAL: Final = re.compile(r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{0,29}[1-9])?\Z")
EXACT: Final = Context(prec=120, rounding=ROUND_HALF_EVEN)
"""Wide enough that no product or sum of wire amounts is rounded before we round it ourselves."""

UNITS: Final = ("mg", "mL", "Wh", "kg·km", "s", "m2", "piece", "TEU")
MG_PER_KG: Final = 1_000_000


@dataclass(eq=False)
class AmountFormError(LedgerError):
    """An amount is not written in its one form."""

    field: str
    value: str
    form: str
    sentence: ClassVar[str] = (
        "{field}: {value!r} is not {form}. Write ASCII digits, no sign, exponent, space or needless zero."
    )


@dataclass(eq=False)
class AmountTooLargeError(LedgerError):
    """An amount is beyond what the books hold."""

    field: str
    value: int
    limit: int = MAX_AMOUNT
    sentence: ClassVar[str] = "{field}: {value} is more than {limit}. Split it into smaller statements."


@dataclass(eq=False)
class NoWeightError(LedgerError):
    """There is nothing to share by: every weight is zero."""

    field: str
    sentence: ClassVar[str] = (
        "{field}: every weight is 0, so nothing can be shared. Give one output a weight."
    )


def whole(text: object, field: str = "amount") -> int:
    """Read a whole amount such as `"42"`.

    Raises:
        AmountFormError: it is not `0|[1-9][0-9]{0,17}`.
        AmountTooLargeError: it is more than 10^17.
    """
    if not isinstance(text, str) or not WHOLE.match(text):
        raise AmountFormError(field, _short(text), "a whole number")
    return in_range(int(text), field)


def decimal(text: object, field: str = "amount") -> Decimal:
    r"""Read an exact decimal amount such as `"12.5"`.

    Raises:
        AmountFormError: it is not `(0|[1-9][0-9]{0,17})(\\.[0-9]{0,29}[1-9])?`.
        AmountTooLargeError: it is more than 10^17.
    """
    if not isinstance(text, str) or not DECIMAL.match(text):
        raise AmountFormError(field, _short(text), "a decimal number")
    value = Decimal(text)
    if value > MAX_AMOUNT:
        raise AmountTooLargeError(field, int(value))
    return value


def in_range(value: int, field: str = "amount") -> int:
    """Return a whole amount that the books can hold.

    Raises:
        AmountTooLargeError: it is more than 10^17 (either sign).
    """
    if abs(value) > MAX_AMOUNT:
        raise AmountTooLargeError(field, value)
    return value


def decimal_text(value: Decimal) -> str:
    """Write a decimal in its one form, rounding half-even to 30 places."""
    text = format(EXACT.quantize(value, Decimal(1).scaleb(-30)), "f")
    return text.rstrip("0").rstrip(".")


def rounded_mg(kilograms: Decimal) -> int:
    """Round kilograms to whole milligrams once, half to even (PROTOCOL, Sharing: a line)."""
    scaled = EXACT.multiply(kilograms, Decimal(MG_PER_KG))
    return int(scaled.to_integral_value(rounding=ROUND_HALF_EVEN, context=EXACT))


def kilograms_text(milligrams: int, places: int = 6) -> str:
    """Write milligrams as kilograms with a fixed number of places, for people to read."""
    return format(EXACT.quantize(Decimal(milligrams).scaleb(-6), Decimal(1).scaleb(-places)), "f")


def share_of(total: int, start: int, end: int, quantity: int) -> int:
    """Return what the interval [start, end) of a quantity carries of a total.

    floor(T·to/Q) − floor(T·from/Q): neighbouring intervals add up to the whole, whatever their
    number (PROTOCOL, Sharing: a lot).
    """
    return total * end // quantity - total * start // quantity


def largest_remainder(total: int, weights: Sequence[int], field: str = "weight") -> list[int]:
    """Share a total by weights so that the shares add up to it exactly.

    The floor of each exact share first; the milligrams left go to the largest remainders, ties to the
    lower number (PROTOCOL, Sharing: a production).

    Raises:
        NoWeightError: all weights are zero.
    """
    weight_sum = sum(weights)
    if weight_sum == 0:
        raise NoWeightError(field)
    shares = [total * weight // weight_sum for weight in weights]
    remainders = [total * weight % weight_sum for weight in weights]
    left = total - sum(shares)
    for index in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[:left]:
        shares[index] += 1
    return shares


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
