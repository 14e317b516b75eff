"""Allocation policies: how a production's emissions are shared over its outputs.

Each policy is a versioned name with a rule for the weights; a change is a new version. The literature
doesn't settle these, so the statement names the one it used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from ledger.errors import LedgerError
from ledger.statements import Output


@dataclass(eq=False)
class UnknownPolicyError(LedgerError):
    """No policy has this name."""

    policy: str
    known: str
    sentence: ClassVar[str] = "There is no allocation policy {policy!r}. Known: {known}."


@dataclass(eq=False)
class PolicyWeightError(LedgerError):
    """An output's weight is not what the policy gives it."""

    policy: str
    output: int
    expected: str
    weight: int
    sentence: ClassVar[str] = "Output {output}: {policy} gives the weight {expected}, but {weight} is stated."


def _mass(outputs: Sequence[Output]) -> None:
    """Weight = mass in mg; 0 for what is rejected and carries nothing on (cut-off)."""
    for number, output in enumerate(outputs):
        balance = output.balance
        expected = balance.quantity if balance.unit == "mg" else "a mass in mg"
        if balance.weight not in ("0", expected):
            raise PolicyWeightError("mass/1", number, f"{expected} or 0", int(balance.weight))


def _economic(outputs: Sequence[Output]) -> None:
    """Weight = revenue in minor units of one currency; any whole number serves."""


POLICIES: Final[dict[str, Callable[[Sequence[Output]], None]]] = {"mass/1": _mass, "economic/1": _economic}


def check_weights(policy: str, outputs: Sequence[Output]) -> list[int]:
    """Return the weights of the outputs as the policy has them.

    Raises:
        UnknownPolicyError: no policy has this name.
        PolicyWeightError: a weight is not what the policy gives.
    """
    rule = POLICIES.get(policy)
    if rule is None:
        raise UnknownPolicyError(policy, ", ".join(POLICIES))
    rule(outputs)
    return [int(output.balance.weight) for output in outputs]
