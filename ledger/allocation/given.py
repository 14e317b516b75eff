"""What every policy starts from: the outputs by number, and checks that its inputs are about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from ledger.allocation.errors import (
    PolicyInputMissingError,
    PolicyInputNumberError,
    PolicyInputSumError,
    PolicyInputTwiceError,
)
from ledger.allocation.inputs import PolicyInputs


@dataclass(frozen=True, slots=True)
class Made:
    """One output as a policy sees it: its number, its quantity and the unit of that."""

    number: int
    quantity: int
    unit: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One policy: which groups of inputs it computes with, and the weights that it gives.

    `weights` takes the outputs and the inputs and returns a weight by output number.
    """

    id: str
    groups: Callable[[PolicyInputs], frozenset[str]]
    weights: Callable[[Sequence[Made], PolicyInputs], dict[int, int]]


class _AboutOutput(Protocol):
    @property
    def output(self) -> str: ...


E = TypeVar("E", bound=_AboutOutput)
NOTHING: Final = PolicyInputs()


def by_output(policy: str, field: str, entries: Sequence[E], made: Sequence[Made]) -> dict[int, E]:
    """Return entries by the number of their output: one for each output, none for others.

    Raises:
        PolicyInputTwiceError: two are about one output.
        PolicyInputNumberError: one is about an output that isn't there, or that carries nothing.
        PolicyInputMissingError: an output has none.
    """
    known = {one.number for one in made}
    found: dict[int, E] = {}
    for entry in entries:
        number = int(entry.output)
        if number in found:
            raise PolicyInputTwiceError(policy, field, number)
        if number not in known:
            listed = ", ".join(str(one) for one in sorted(known)) or "none"
            raise PolicyInputNumberError(policy, field, number, f"output {listed} to be shared over")
        found[number] = entry
    for number in sorted(known):
        if number not in found:
            raise PolicyInputMissingError(policy, field, len(known), len(found), f"output {number}")
    return found


def above_zero(policy: str, field: str, weights: Mapping[int, int]) -> dict[int, int]:
    """Return weights of which at least one is above zero.

    Raises:
        PolicyInputSumError: all are zero.
    """
    total = sum(weights.values())
    if total == 0:
        raise PolicyInputSumError(policy, field, len(weights), total)
    return dict(weights)
