"""A production's outputs and what each of them carries, by the policy that the production names.

The weights are computed from the policy's inputs and the quantities, never taken on trust; the shares
follow from the weights and from what went in, corrections included (PROTOCOL, Sharing: a production).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from ledger.allocation.errors import PolicyWeightError
from ledger.allocation.given import Made
from ledger.allocation.sharing import Source, shares, weights
from ledger.components import Components
from ledger.statements import CorrectionBody, ProductionBody


def policy_weights(body: ProductionBody) -> list[int]:
    """Return the weight of each output as the production's policy computes it.

    Raises:
        UnknownPolicyError: no policy has this name.
        PolicyInputUnusedError: inputs are stated that the policy doesn't compute with.
        LedgerError: any rule of the policy about its inputs.
    """
    made = [
        Made(number, int(output.balance.quantity), output.balance.unit)
        for number, output in enumerate(body.outputs)
    ]
    return weights(body.policy, made, len(body.lines), len(body.inputs))


def check_weights(body: ProductionBody) -> list[int]:
    """Return the weights of the outputs: computed by the policy, and stated as computed.

    Raises:
        PolicyWeightError: another weight is stated than the policy gives.
        LedgerError: any rule of `policy_weights`.
    """
    computed = policy_weights(body)
    for number, (output, weight) in enumerate(zip(body.outputs, computed, strict=True)):
        if int(output.balance.weight) != weight:
            raise PolicyWeightError(body.policy.id, number, str(weight), int(output.balance.weight))
    return computed


def sources(
    lines: Iterable[Components], inputs: Iterable[Components], *, added: bool = False
) -> list[Source]:
    """Return what goes into a production, by number; what a correction `added` has no number there."""
    kinds: tuple[tuple[Literal["lines", "inputs"], Iterable[Components]], ...] = (
        ("lines", lines),
        ("inputs", inputs),
    )
    return [
        Source(kind, None if added else number, vector)
        for kind, vectors in kinds
        for number, vector in enumerate(vectors)
    ]


def corrected_sources(body: ProductionBody, corrections: Sequence[CorrectionBody]) -> list[Source]:
    """Return what goes into a production after its corrections, each line and input by its number.

    What a correction adds has no number in the production, so no policy could name it: it is shared.
    """
    dropped = {int(number) for change in corrections for number in change.change.drop_lines}
    found = [
        source
        for source in sources(
            (Components.parse(line.amount.components) for line in body.lines),
            (Components.parse(taken.liability) for taken in body.inputs),
        )
        if source.kind == "inputs" or source.number not in dropped
    ]
    for one in corrections:
        found += sources(
            (Components.parse(line.amount.components) for line in one.change.add_lines),
            (Components.parse(taken.liability) for taken in one.change.add_inputs),
            added=True,
        )
    return found


def corrected_shares(body: ProductionBody, corrections: Sequence[CorrectionBody]) -> list[Components]:
    """Return what each output carries after corrections: the split computed again, not apportioned.

    Raises:
        NoWeightError: every weight is 0 although there is something to share.
    """
    stated = [int(output.balance.weight) for output in body.outputs]
    return shares(body.policy, corrected_sources(body, corrections), stated)
