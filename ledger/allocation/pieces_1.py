"""pieces/1: every piece carries as much, for outputs that differ too little to weigh them.

Weight of output i: w_i = its quantity in pieces; a physical relationship (ISO 14044, 4.3.4.2, step 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ledger.allocation.errors import PolicyUnitError
from ledger.allocation.given import Made, Rule
from ledger.allocation.inputs import PolicyInputs

ID: Final = "pieces/1"


def weights(made: Sequence[Made], _inputs: PolicyInputs) -> dict[int, int]:
    """Return each output's number of pieces.

    Raises:
        PolicyUnitError: an output is not counted in pieces.
    """
    for one in made:
        if one.unit != "piece":
            raise PolicyUnitError(ID, one.number, one.unit, "number of pieces")
    return {one.number: one.quantity for one in made}


RULE: Final = Rule(ID, lambda _: frozenset(), weights)
