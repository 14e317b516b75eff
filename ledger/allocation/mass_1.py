"""mass/1: every output carries as much per kilogram, whatever it is worth.

Weight of output i: w_i = its quantity in mg. A physical relationship between co-products (ISO 14044,
4.3.4.2, step 2). What is thrown away weighs too: to let it carry nothing, name `cut-off/1`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ledger.allocation.errors import PolicyUnitError
from ledger.allocation.given import Made, Rule
from ledger.allocation.inputs import PolicyInputs

ID: Final = "mass/1"


def weights(made: Sequence[Made], _inputs: PolicyInputs) -> dict[int, int]:
    """Return each output's mass in mg.

    Raises:
        PolicyUnitError: an output is not counted in mg.
    """
    for one in made:
        if one.unit != "mg":
            raise PolicyUnitError(ID, one.number, one.unit, "mass in mg")
    return {one.number: one.quantity for one in made}


RULE: Final = Rule(ID, lambda _: frozenset(), weights)
