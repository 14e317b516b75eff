"""Every way in which a policy, its inputs or its weights are refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.errors import LedgerError


@dataclass(eq=False)
class UnknownPolicyError(LedgerError):
    """No policy has this name, or none that can be named here."""

    policy: str
    known: str
    field: str = "policy/id"
    sentence: ClassVar[str] = "{field}: there is no allocation policy {policy!r} here. Known: {known}."


@dataclass(eq=False)
class PolicyWeightError(LedgerError):
    """An output's stated weight is not what the policy gives it."""

    policy: str
    output: int
    expected: str
    weight: int
    sentence: ClassVar[str] = "Output {output}: {policy} gives the weight {expected}, but {weight} is stated."


@dataclass(eq=False)
class PolicyInputMissingError(LedgerError):
    """A policy lacks something that it computes with."""

    policy: str
    field: str
    needed: int
    given: int
    first: str
    sentence: ClassVar[str] = (
        "{policy} needs {needed} entries of {field}, but {given} are given. Missing first: {first}."
    )


@dataclass(eq=False)
class PolicyInputUnusedError(LedgerError):
    """Inputs are stated that the policy doesn't compute with."""

    policy: str
    field: str
    sentence: ClassVar[str] = "{policy} doesn't compute with {field}. Remove it or name another policy."


@dataclass(eq=False)
class PolicyInputTwiceError(LedgerError):
    """The same output, line or input is named twice in a policy's inputs."""

    policy: str
    field: str
    number: int
    sentence: ClassVar[str] = "{policy}: {field} names {number} twice. Keep one."


@dataclass(eq=False)
class PolicyInputNumberError(LedgerError):
    """A policy's inputs name an output, line or input that isn't there, or that they can't be about."""

    policy: str
    field: str
    number: int
    known: str
    sentence: ClassVar[str] = "{policy}: {field} names {number}; there is {known}."


@dataclass(eq=False)
class PolicyInputSumError(LedgerError):
    """A policy's inputs sum to zero, so that nothing can be shared by them."""

    policy: str
    field: str
    outputs: int
    total: int
    sentence: ClassVar[str] = (
        "{policy}: {field} of {outputs} outputs sum to {total}, so nothing can be shared by it. "
        "State at least one above 0 or name another policy."
    )


@dataclass(eq=False)
class PolicyInputChoiceError(LedgerError):
    """An output's entry says the same thing in two ways, or in none."""

    policy: str
    field: str
    given: int
    choices: str
    sentence: ClassVar[str] = "{policy}: {field} states {given} of {choices}. State exactly 1."


@dataclass(eq=False)
class PolicyUnitError(LedgerError):
    """An output is counted in a unit that the policy can't compare."""

    policy: str
    output: int
    unit: str
    needed: str
    sentence: ClassVar[str] = (
        "Output {output} is counted in {unit}, but {policy} shares by {needed}. Name another policy."
    )


@dataclass(eq=False)
class PolicyOutputsError(LedgerError):
    """A production has more outputs than the policy is for."""

    policy: str
    given: int
    limit: int
    sentence: ClassVar[str] = "{policy} is for {limit} output, but there are {given}. Name another policy."


@dataclass(eq=False)
class PolicySeasonError(LedgerError):
    """What a policy is told about this season is not what the production states."""

    policy: str
    field: str
    stated: int
    expected: int
    sentence: ClassVar[str] = (
        "{policy}: {field} is {stated}, but the production gives {expected}. State that."
    )


@dataclass(eq=False)
class PolicyOutputKindError(LedgerError):
    """An output is of another kind than the policy makes of it."""

    policy: str
    output: int
    kind: str
    expected: str
    sentence: ClassVar[str] = (
        "Output {output} is of the kind {kind}, but {policy} makes it {expected}. State that kind."
    )


@dataclass(eq=False)
class PolicyEnergyError(LedgerError):
    """Energy that is sold as such is said to hold another amount of energy than its quantity."""

    policy: str
    output: int
    stated: int
    expected: int
    sentence: ClassVar[str] = (
        "Output {output}: its quantity is {expected} J of energy, but {stated} J are stated to {policy}."
    )


@dataclass(eq=False)
class PolicyPeriodError(LedgerError):
    """Prices are averaged over a period that ends before it begins."""

    policy: str
    start: str
    end: str
    sentence: ClassVar[str] = (
        "{policy}: prices are averaged from {start} to {end}. Put the earlier day first."
    )
