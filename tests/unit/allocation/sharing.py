"""Policies as plain values, and what they give: weights and shares of lines without a whole ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ledger.allocation.given import Made
from ledger.allocation.sharing import Source, shares, weights
from ledger.components import Components
from ledger.forms import validated
from ledger.statements import Policy

PERIOD = {"from": "2026-01-01", "to": "2026-06-30"}
KG = 1_000_000


def policy(name: str, inputs: dict[str, Any] | None = None) -> Policy:
    return validated(Policy, {"id": name, **({"inputs": inputs} if inputs else {})})


def made(*quantities: int, unit: str = "mg") -> list[Made]:
    return [Made(number, quantity, unit) for number, quantity in enumerate(quantities)]


def weighed(
    name: str,
    outputs: Sequence[Made],
    inputs: dict[str, Any] | None = None,
    *,
    lines: int = 1,
    taken: int = 0,
) -> list[int]:
    return weights(policy(name, inputs), outputs, lines, taken)


def lines(*amounts: int) -> list[Source]:
    return [
        Source("lines", number, Components.of("fossil.calculated", mg) if mg else Components())
        for number, mg in enumerate(amounts)
    ]


def shared(
    name: str, outputs: Sequence[Made], amounts: Sequence[int], inputs: dict[str, Any] | None = None
) -> list[int]:
    by = weighed(name, outputs, inputs, lines=len(amounts))
    return [one.gross_mg() for one in shares(policy(name, inputs), lines(*amounts), by)]


def values(*entries: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"values": {"currency": "CNY", "averaged": PERIOD, "outputs": list(entries), **more}}


def energy(*entries: dict[str, str]) -> dict[str, Any]:
    return {"energy": {"source": "Own laboratory", "outputs": list(entries)}}


def revenues(*amounts: int) -> dict[str, Any]:
    return values(*({"output": str(number), "revenue": str(one)} for number, one in enumerate(amounts)))


def cut_off(*numbers: int, others: str = "mass/1") -> dict[str, Any]:
    outputs = [{"output": str(number), "because": "scrap"} for number in numbers]
    return {"cut_off": {"outputs": outputs, "others": others}}


def divided(
    alone: dict[int, tuple[list[int], list[int]]],
    common: tuple[list[int], list[int]] = ([], []),
    by: str = "mass/1",
) -> dict[str, Any]:
    """Return a subdivision: for each output the lines and inputs that it has alone, and the common ones."""

    def texts(numbers: list[int]) -> list[str]:
        return [str(number) for number in numbers]

    listed = [
        {"output": str(output), "lines": texts(own), "inputs": texts(taken)}
        for output, (own, taken) in alone.items()
    ]
    rest = {"by": by, "lines": texts(common[0]), "inputs": texts(common[1])}
    return {"subdivision": {"alone": listed, "common": rest}}
