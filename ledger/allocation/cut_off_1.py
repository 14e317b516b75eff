"""cut-off/1: waste, scrap and residues carry nothing on; the others share everything by another policy.

Weight of output i: 0 where it is named, else what `others` gives it among those that are not named.
Emissions are shared over products and co-products, not over waste (ISO 14044, 4.3.4; PACT Methodology,
allocation). Whoever takes such an output over begins at zero; treating it stays with whoever made it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ledger.allocation import economic_1, energy_1, mass_1, pieces_1
from ledger.allocation.errors import (
    PolicyInputMissingError,
    PolicyInputNumberError,
    PolicyInputSumError,
    PolicyInputTwiceError,
    UnknownPolicyError,
)
from ledger.allocation.given import Made, Rule
from ledger.allocation.inputs import CutOff, PolicyInputs

ID: Final = "cut-off/1"
FIELD: Final = "policy/inputs/cut_off"
OTHERS: Final[Mapping[str, Rule]] = {
    rule.id: rule for rule in (mass_1.RULE, economic_1.RULE, energy_1.RULE, pieces_1.RULE)
}
"""By what the others can share."""


def weights(made: Sequence[Made], inputs: PolicyInputs) -> dict[int, int]:
    """Return 0 for what carries nothing, and the other policy's weights for the others.

    Raises:
        PolicyInputMissingError: nothing is named that carries nothing.
        PolicyInputTwiceError, PolicyInputNumberError: an output is named twice, or isn't there.
        PolicyInputSumError: nothing is left to carry anything.
        UnknownPolicyError: the others can't share by the policy named.
        LedgerError: any rule of that policy.
    """
    cut_off = _given(inputs, len(made))
    numbers = {one.number for one in made}
    without: set[int] = set()
    for entry in cut_off.outputs:
        number = int(entry.output)
        if number in without:
            raise PolicyInputTwiceError(ID, f"{FIELD}/outputs", number)
        if number not in numbers:
            raise PolicyInputNumberError(ID, f"{FIELD}/outputs", number, f"output 0 to {len(made) - 1}")
        without.add(number)
    if not without:
        raise PolicyInputMissingError(ID, f"{FIELD}/outputs", 1, 0, "an output that carries nothing")
    others = [one for one in made if one.number not in without]
    if not others:
        raise PolicyInputSumError(ID, "the weights", len(made), 0)
    return {**dict.fromkeys(sorted(without), 0), **_rule(cut_off).weights(others, inputs)}


def _given(inputs: PolicyInputs, outputs: int) -> CutOff:
    if inputs.cut_off is None:
        raise PolicyInputMissingError(ID, FIELD, outputs, 0, "outputs and others")
    return inputs.cut_off


def _rule(cut_off: CutOff) -> Rule:
    rule = OTHERS.get(cut_off.others)
    if rule is None:
        raise UnknownPolicyError(cut_off.others, ", ".join(OTHERS), f"{FIELD}/others")
    return rule


def groups(inputs: PolicyInputs) -> frozenset[str]:
    """Return the groups of inputs that it and the other policy compute with."""
    return frozenset({"cut_off"}) | _rule(_given(inputs, 1)).groups(inputs)


RULE: Final = Rule(ID, groups, weights)
