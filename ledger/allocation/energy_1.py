"""energy/1: what holds more energy carries more, for fuels, oils, feed and power.

Weight of output i: w_i = its energy in joules. Where a lower heating value h_i in MJ per kg is given:
w_i = h_i x quantity_i in mg (1 MJ/kg is 1 J/mg), rounded once, half to even. What is counted in Wh is
energy itself: w_i = 3600 x quantity_i. A physical relationship (ISO 14044, 4.3.4.2, step 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from ledger.allocation.errors import (
    PolicyEnergyError,
    PolicyInputChoiceError,
    PolicyInputMissingError,
    PolicyUnitError,
)
from ledger.allocation.given import Made, Rule, above_zero, by_output
from ledger.allocation.inputs import OutputEnergy, PolicyInputs
from ledger.quantities import EXACT, in_range

ID: Final = "energy/1"
FIELD: Final = "policy/inputs/energy"
JOULES_PER_WH: Final = 3600


def weights(made: Sequence[Made], inputs: PolicyInputs) -> dict[int, int]:
    """Return each output's energy in joules.

    Raises:
        PolicyInputMissingError, PolicyInputTwiceError, PolicyInputNumberError: not one entry an output.
        PolicyInputChoiceError: an entry states joules and a heating value, or neither.
        PolicyUnitError: a heating value per kg is given for what is not counted in mg.
        PolicyEnergyError: what is counted in Wh is said to hold another amount of energy.
        PolicyInputSumError: no output holds energy.
        AmountTooLargeError: an output holds more than 10^17 J.
    """
    energy = inputs.energy
    if energy is None:
        raise PolicyInputMissingError(ID, FIELD, len(made), 0, "source and outputs")
    entries = by_output(ID, f"{FIELD}/outputs", energy.outputs, made)
    return above_zero(ID, FIELD, {one.number: _joules(one, entries[one.number]) for one in made})


def _joules(one: Made, energy: OutputEnergy) -> int:
    stated = sum(given is not None for given in (energy.joules, energy.lower_heating_value))
    if stated != 1:
        field = f"{FIELD}/outputs, output {one.number},"
        raise PolicyInputChoiceError(ID, field, stated, "joules and lower_heating_value")
    if energy.joules is None:
        if one.unit != "mg":
            raise PolicyUnitError(ID, one.number, one.unit, "lower heating value per kg, or joules")
        exact = Decimal(energy.lower_heating_value or 0) * one.quantity
        whole = exact.to_integral_value(rounding=ROUND_HALF_EVEN, context=EXACT)
        return in_range(int(whole), f"{FIELD}/outputs/{one.number}")
    joules = int(energy.joules)
    if one.unit == "Wh" and joules != one.quantity * JOULES_PER_WH:
        raise PolicyEnergyError(ID, one.number, joules, one.quantity * JOULES_PER_WH)
    return joules


RULE: Final = Rule(ID, lambda _: frozenset({"energy"}), weights)
