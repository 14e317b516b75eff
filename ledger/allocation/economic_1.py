"""economic/1: what is worth more carries more.

Weight of output i: w_i = its revenue in minor units of one currency. Where a price p_i is given, in
minor units per unit of trade u (kg, L, kWh, t·km, h, m2, piece, TEU): w_i = p_i x quantity_i / u, rounded
once, half to even. Prices are averaged over a stated period, so that a single day's market doesn't
decide (ISO 14044, 4.3.4.2, step 3: economic value of the co-products).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from ledger.allocation.errors import PolicyInputChoiceError, PolicyInputMissingError, PolicyPeriodError
from ledger.allocation.given import Made, Rule, above_zero, by_output
from ledger.allocation.inputs import OutputValue, PolicyInputs
from ledger.quantities import EXACT, in_range

ID: Final = "economic/1"
FIELD: Final = "policy/inputs/values"
TRADED: Final = {
    "mg": 10**6,
    "mL": 10**3,
    "Wh": 10**3,
    "kg·km": 10**3,
    "s": 3600,
    "m2": 1,
    "piece": 1,
    "TEU": 1,
}
"""How many of a lot's unit are one unit of trade."""


def weights(made: Sequence[Made], inputs: PolicyInputs) -> dict[int, int]:
    """Return each output's revenue in minor units.

    Raises:
        PolicyInputMissingError, PolicyInputTwiceError, PolicyInputNumberError: not one entry an output.
        PolicyInputChoiceError: an entry states revenue and price, or neither.
        PolicyPeriodError: the period of the prices ends before it begins.
        PolicyInputSumError: all revenues are 0.
        AmountTooLargeError: a revenue is more than 10^17.
    """
    values = inputs.values
    if values is None:
        raise PolicyInputMissingError(ID, FIELD, len(made), 0, "currency, averaged and outputs")
    if values.averaged.start > values.averaged.end:
        raise PolicyPeriodError(ID, values.averaged.start, values.averaged.end)
    entries = by_output(ID, f"{FIELD}/outputs", values.outputs, made)
    return above_zero(ID, FIELD, {one.number: _revenue(one, entries[one.number]) for one in made})


def _revenue(one: Made, value: OutputValue) -> int:
    stated = sum(given is not None for given in (value.revenue, value.price))
    if stated != 1:
        field = f"{FIELD}/outputs, output {one.number},"
        raise PolicyInputChoiceError(ID, field, stated, "revenue and price")
    if value.revenue is not None:
        return int(value.revenue)
    exact = EXACT.divide(Decimal(value.price or 0) * one.quantity, Decimal(TRADED[one.unit]))
    whole = exact.to_integral_value(rounding=ROUND_HALF_EVEN, context=EXACT)
    return in_range(int(whole), f"{FIELD}/outputs/{one.number}")


RULE: Final = Rule(ID, lambda _: frozenset({"values"}), weights)
