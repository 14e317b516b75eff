"""A production's outputs and what each of them carries, by the policy that the production names.

The weights are computed from the policy's inputs and the quantities, never taken on trust; the shares
follow from the weights and from what went in, corrections included (PROTOCOL, Sharing: a production).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeAlias

from ledger.allocation import bearing_cycle_1
from ledger.allocation.errors import (
    PolicyInputNumberError,
    PolicyOutputKindError,
    PolicySeasonError,
    PolicyWeightError,
)
from ledger.allocation.given import Made
from ledger.allocation.sharing import Source, shares, weights
from ledger.components import Components
from ledger.lines import Line, Take
from ledger.statements import CorrectionBody, HandlingBody, ProductionBody


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


def check_season(body: ProductionBody, pool: Iterable[Source]) -> None:
    """Check that a bearing cycle's last season is this production: its emissions, and the kinds of outputs.

    Raises:
        PolicySeasonError: emissions or what was brought forward are not what goes into the production.
        PolicyOutputKindError: what is deferred is not kept in process, or what is lost is no abnormal loss.
        PolicyInputNumberError: an input that was brought forward isn't there.
    """
    inputs = body.policy.inputs
    if body.policy.id != bearing_cycle_1.ID or inputs is None or inputs.bearing_cycle is None:
        return
    cycle, field = inputs.bearing_cycle, bearing_cycle_1.FIELD
    emitted, brought, numbers = bearing_cycle_1.own_and_brought(inputs)
    for number in sorted(numbers):
        if number >= len(body.inputs):
            known = f"input 0 to {len(body.inputs) - 1}"
            raise PolicyInputNumberError(body.policy.id, f"{field}/brought_forward/inputs", number, known)
    found = {True: 0, False: 0}
    for one in pool:
        found[one.kind == "inputs" and one.number in numbers] += one.components.gross_mg()
    if brought != found[True]:
        raise PolicySeasonError(body.policy.id, f"{field}/brought_forward/mg", brought, found[True])
    if emitted != found[False]:
        last = len(cycle.seasons) - 1
        raise PolicySeasonError(body.policy.id, f"{field}/seasons/{last}/emissions_mg", emitted, found[False])
    for output, kind in ((cycle.deferred, "in_process"), (cycle.lost, "abnormal_loss")):
        stated = None if output is None else body.outputs[int(output)].balance.kind or "product"
        if output is not None and stated not in (None, kind):
            raise PolicyOutputKindError(body.policy.id, int(output), str(stated), kind)


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


CorrectedBody: TypeAlias = ProductionBody | HandlingBody
"""What has lines and inputs that a correction can change."""
Carries: TypeAlias = Callable[[Take], Components]
"""What an interval carries: as it was signed, or as it has become since."""


def as_signed(taken: Take) -> Components:
    """Return what an interval carried when it was taken."""
    return Components.parse(taken.liability)


def all_lines(body: CorrectedBody, corrections: Sequence[CorrectionBody]) -> list[Line]:
    """Return a statement's lines and what its corrections added, numbered through from 0."""
    return [*body.lines, *(line for one in corrections for line in one.change.add_lines)]


def counted_lines(
    maker: str, body: CorrectedBody, corrections: Iterable[tuple[str, CorrectionBody]]
) -> list[tuple[str, int, Line]]:
    """Return the lines that still count, each with the statement that has it and its number there.

    `maker` is the digest of the corrected statement, `corrections` its corrections in log order.
    """
    changes = list(corrections)
    placed = [(maker, number, line) for number, line in enumerate(body.lines)]
    for digest, change in changes:
        placed += [(digest, number, line) for number, line in enumerate(change.change.add_lines)]
    dropped = {int(number) for _, change in changes for number in change.change.drop_lines}
    return [one for number, one in enumerate(placed) if number not in dropped]


def handled_now(body: HandlingBody, corrections: Sequence[CorrectionBody], carries: Carries) -> Components:
    """Return what a handling adds after its corrections: its lines and inputs together."""
    dropped = {int(number) for one in corrections for number in one.change.drop_lines}
    lines = (line for number, line in enumerate(all_lines(body, corrections)) if number not in dropped)
    inputs = [*body.inputs, *(taken for one in corrections for taken in one.change.add_inputs)]
    return Components.total_of(
        (*(Components.parse(line.amount.components) for line in lines), *map(carries, inputs))
    )


def corrected_sources(
    body: ProductionBody, corrections: Sequence[CorrectionBody], carries: Carries = as_signed
) -> list[Source]:
    """Return what goes into a production after its corrections, each line and input by its number.

    What a correction adds has no number in the production, so no policy could name it: it is shared.
    """
    dropped = {int(number) for one in corrections for number in one.change.drop_lines}
    own = len(body.lines)
    found = [
        Source("lines", number if number < own else None, Components.parse(line.amount.components))
        for number, line in enumerate(all_lines(body, corrections))
        if number not in dropped
    ]
    found += sources((), map(carries, body.inputs))
    for one in corrections:
        found += sources((), map(carries, one.change.add_inputs), added=True)
    return found


def corrected_shares(
    body: ProductionBody, corrections: Sequence[CorrectionBody], carries: Carries = as_signed
) -> list[Components]:
    """Return what each output carries after corrections: the split computed again, not apportioned.

    Raises:
        NoWeightError: every weight is 0 although there is something to share.
    """
    stated = [int(output.balance.weight) for output in body.outputs]
    return shares(body.policy, corrected_sources(body, corrections, carries), stated)
