"""Sharing a production by its policy: all policies by name, their weights, and the outputs' shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple, Protocol

from ledger.allocation import (
    bearing_cycle_1,
    cut_off_1,
    economic_1,
    energy_1,
    mass_1,
    pieces_1,
    sole_1,
    subdivision_1,
)
from ledger.allocation.errors import PolicyInputUnusedError, UnknownPolicyError
from ledger.allocation.given import NOTHING, Made, Rule
from ledger.allocation.inputs import PolicyInputs
from ledger.components import Components

POLICIES: Final[Mapping[str, Rule]] = {
    rule.id: rule
    for rule in (
        mass_1.RULE,
        economic_1.RULE,
        energy_1.RULE,
        pieces_1.RULE,
        cut_off_1.RULE,
        subdivision_1.RULE,
        sole_1.RULE,
        bearing_cycle_1.RULE,
    )
}
"""Every policy by its name; a policy is never changed, only followed by its next version."""


class Stated(Protocol):
    """A policy as a statement has it: its name and what it computes with."""

    @property
    def id(self) -> str: ...  # noqa: D102 - a field

    @property
    def inputs(self) -> PolicyInputs | None: ...  # noqa: D102 - a field


class Source(NamedTuple):
    """What goes into a production: a line or a taken input, by its number there; None where added later."""

    kind: Literal["lines", "inputs"]
    number: int | None
    components: Components


def weights(policy: Stated, made: Sequence[Made], lines: int, taken: int) -> list[int]:
    """Return the weight of each output as the policy computes it from its inputs and the quantities.

    `made` has the outputs in the order of their numbers; `lines` and `taken` count the production's own.

    Raises:
        UnknownPolicyError: no policy has this name.
        PolicyInputUnusedError: inputs are stated that the policy doesn't compute with.
        LedgerError: any rule of the policy.
    """
    rule = POLICIES.get(policy.id)
    if rule is None:
        raise UnknownPolicyError(policy.id, ", ".join(POLICIES))
    inputs = policy.inputs or NOTHING
    needed = rule.groups(inputs)
    for group in PolicyInputs.model_fields:
        if group not in needed and getattr(inputs, group) is not None:
            raise PolicyInputUnusedError(policy.id, f"policy/inputs/{group}")
    found = rule.weights(made, inputs)
    if policy.id == subdivision_1.ID:
        subdivision_1.check_complete(inputs, lines, taken)
    return [found[one.number] for one in made]


def is_pooled(policy: str) -> bool:
    """Say whether a policy shares everything by its weights: all do but those that divide first."""
    return policy != subdivision_1.ID


def homes(policy: Stated, sources: Sequence[Source]) -> list[int | None]:
    """Return, for a policy that divides first, the output that each source served alone, else None."""
    inputs = policy.inputs or NOTHING
    by_kind = {kind: subdivision_1.homes(inputs, kind) for kind in ("lines", "inputs")}
    return [None if one.number is None else by_kind[one.kind].get(one.number) for one in sources]


def shares(policy: Stated, sources: Sequence[Source], by: Sequence[int]) -> list[Components]:
    """Return what each output carries; together exactly what went in, component by component.

    What served one output alone is its own; the rest is shared by the weights with the largest remainder,
    ties by output number (PROTOCOL, Sharing: a production).

    Raises:
        NoWeightError: every weight is 0 although there is something to share.
        AmountTooLargeError: a sum is beyond 10^17.
    """
    total = Components.total_of(one.components for one in sources)
    if is_pooled(policy.id):
        return total.shared(by, "outputs")
    found = [
        Components.total_of(parts)
        for parts in zip(alone(policy, sources, len(by)), common(policy, sources, by), strict=True)
    ]
    assert Components.total_of(found) == total  # noqa: S101 - what we divide adds up again
    return found


def alone(policy: Stated, sources: Sequence[Source], outputs: int) -> list[Components]:
    """Return what served each output alone."""
    placed = list(zip(homes(policy, sources), sources, strict=True))
    return [
        Components.total_of(one.components for home, one in placed if home == number)
        for number in range(outputs)
    ]


def common(policy: Stated, sources: Sequence[Source], by: Sequence[int]) -> list[Components]:
    """Return each output's part of what is shared by weights.

    Raises:
        NoWeightError: every weight is 0 although there is something to share.
    """
    placed = zip(homes(policy, sources), sources, strict=True)
    return Components.total_of(one.components for home, one in placed if home is None).shared(by, "outputs")
