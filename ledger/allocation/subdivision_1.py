"""subdivision/1: what served one output alone is that output's alone; only what served all is shared.

Allocation is avoided by dividing the process first (ISO 14044, 4.3.4.2, step 1). Every line and every
taken input is named once: under one output, or as common. Share of output i, per component:
s_i = sum of what served i alone + its part of the common sum by the weights of `common.by`, with the
largest remainder, ties by output number. The stated weight is that of the common part. Lines and inputs
that a correction adds later are common, because the policy couldn't name them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ledger.allocation import cut_off_1
from ledger.allocation.errors import (
    PolicyInputMissingError,
    PolicyInputNumberError,
    PolicyInputTwiceError,
    UnknownPolicyError,
)
from ledger.allocation.given import Made, Rule
from ledger.allocation.inputs import PolicyInputs, Subdivision

ID: Final = "subdivision/1"
FIELD: Final = "policy/inputs/subdivision"
COMMON: Final[Mapping[str, Rule]] = {**cut_off_1.OTHERS, cut_off_1.ID: cut_off_1.RULE}
"""By what the common part can be shared."""


def weights(made: Sequence[Made], inputs: PolicyInputs) -> dict[int, int]:
    """Return the weights by which the common part is shared.

    Raises:
        PolicyInputMissingError: nothing is said to have served one output alone.
        PolicyInputTwiceError, PolicyInputNumberError: an output is named twice, or isn't there.
        UnknownPolicyError: the common part can't be shared by the policy named.
        LedgerError: any rule of that policy.
    """
    subdivision = _given(inputs, len(made))
    field = f"{FIELD}/alone"
    named: set[int] = set()
    for entry in subdivision.alone:
        number = int(entry.output)
        if number in named:
            raise PolicyInputTwiceError(ID, field, number)
        if number >= len(made):
            raise PolicyInputNumberError(ID, field, number, f"output 0 to {len(made) - 1}")
        named.add(number)
    if not named:
        raise PolicyInputMissingError(ID, field, 1, 0, "an output with lines or inputs of its own")
    return _rule(subdivision).weights(made, inputs)


def check_complete(inputs: PolicyInputs, lines: int, taken: int) -> None:
    """Check that each of a production's lines and taken inputs is named exactly once.

    Raises:
        PolicyInputTwiceError: one is named twice.
        PolicyInputNumberError: one is named that isn't there.
        PolicyInputMissingError: one is not named.
    """
    subdivision = _given(inputs, 1)
    for kind, count in (("lines", lines), ("inputs", taken)):
        field = f"{FIELD}/{kind}"
        found: set[int] = set()
        for number, _ in _named(subdivision, kind):
            if number in found:
                raise PolicyInputTwiceError(ID, field, number)
            if number >= count:
                raise PolicyInputNumberError(ID, field, number, f"{count} of them, counted from 0")
            found.add(number)
        if len(found) < count:
            first = next(number for number in range(count) if number not in found)
            raise PolicyInputMissingError(ID, field, count, len(found), f"{kind}/{first}")


def homes(inputs: PolicyInputs, kind: str) -> dict[int, int]:
    """Return which lines (or inputs) served one output alone: its number by theirs."""
    return {number: home for number, home in _named(_given(inputs, 1), kind) if home is not None}


def _named(subdivision: Subdivision, kind: str) -> Iterator[tuple[int, int | None]]:
    for one in subdivision.alone:
        for number in one.lines if kind == "lines" else one.inputs:
            yield int(number), int(one.output)
    for number in subdivision.common.lines if kind == "lines" else subdivision.common.inputs:
        yield int(number), None


def _given(inputs: PolicyInputs, outputs: int) -> Subdivision:
    if inputs.subdivision is None:
        raise PolicyInputMissingError(ID, FIELD, outputs, 0, "alone and common")
    return inputs.subdivision


def _rule(subdivision: Subdivision) -> Rule:
    rule = COMMON.get(subdivision.common.by)
    if rule is None:
        raise UnknownPolicyError(subdivision.common.by, ", ".join(COMMON), f"{FIELD}/common/by")
    return rule


def groups(inputs: PolicyInputs) -> frozenset[str]:
    """Return the groups of inputs that it and the common part's policy compute with."""
    return frozenset({"subdivision"}) | _rule(_given(inputs, 1)).groups(inputs)


RULE: Final = Rule(ID, groups, weights)
