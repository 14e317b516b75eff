"""sole/1: the only output carries everything, whatever it is counted in.

For a cold store counted in seconds of its life, or a service in TEU: nothing is shared, so nothing need be
measured alike (ISO 14044, 4.3.4.2, step 1: avoid allocation).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ledger.allocation.errors import PolicyOutputsError
from ledger.allocation.given import Made, Rule
from ledger.allocation.inputs import PolicyInputs

ID: Final = "sole/1"


def weights(made: Sequence[Made], _inputs: PolicyInputs) -> dict[int, int]:
    """Return 1 for the only output.

    Raises:
        PolicyOutputsError: there is more than one.
    """
    if len(made) != 1:
        raise PolicyOutputsError(ID, len(made), 1)
    return {made[0].number: 1}


RULE: Final = Rule(ID, lambda _: frozenset(), weights)
