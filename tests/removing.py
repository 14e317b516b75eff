"""Removals in tests: how they are kept, and what happens to them later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from ledger.components import REMOVAL_CHANNELS
from ledger.signed import Statement

if TYPE_CHECKING:
    from tests.builders import Party, World

Line = dict[str, Any]
NOBODY: Final = "org_" + "a" * 32
KEPT: Final[Line] = {
    "pool": "above_ground_biomass",
    "monitoring": "field_inventory",
    "permanence": {"years": "30"},
    "reserve": "0.2",
    "owner": NOBODY,
}
"""How the removals of these tests are kept; whoever states one becomes its owner (`owned`)."""


def kept(components: Iterable[str]) -> Line:
    """Return what a line with these components says of its removal, if it removes anything."""
    removes = any(name.split(".")[0] in REMOVAL_CHANNELS for name in components)
    return {"removal": dict(KEPT)} if removes else {}


def owned(body: dict[str, Any], owner: str) -> dict[str, Any]:
    """Return a body whose removals belong to whoever states them, where nobody owns them yet."""

    def filled(lines: Sequence[Line]) -> list[Line]:
        return [
            {**line, "removal": {**line["removal"], "owner": owner}}
            if line.get("removal", {}).get("owner") == NOBODY
            else line
            for line in lines
        ]

    if "add_lines" in body.get("change", {}):
        change = {**body["change"], "add_lines": filled(body["change"]["add_lines"])}
        return {**body, "change": change}
    return {**body, "lines": filled(body["lines"])} if "lines" in body else body


def reverse(
    world: World,
    party: Party,
    removal: str,
    mg: int,
    component: str = "land_removal.measured",
    *,
    line: int = 0,
) -> Statement:
    """Let carbon that a line of a statement removed go back."""
    return world.state(party, "reversal/1", reversal(removal, mg, component, line=line))


def reversal(
    removal: str, mg: int, component: str = "land_removal.measured", *, line: int = 0
) -> dict[str, Any]:
    """Return the body by which carbon goes back."""
    return {
        "reverses": {"statement": removal, "line": str(line)},
        "amount": {"components": {component: str(mg)}, "evidence": "measured"},
        "cause": "fire",
    }


def impair(world: World, party: Party, removal: str, *, line: int = 0, **expectation: Any) -> Statement:
    """Write down what is expected of a removal: `permanence`, `reserve`."""
    body = {"impairs": {"statement": removal, "line": str(line)}, "expectation": expectation}
    return world.state(party, "impairment/1", body)
