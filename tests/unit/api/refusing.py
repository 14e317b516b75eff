"""What tests of refusals share: a harvest to alter, and that nothing came of it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ledger import parts
from ledger.forms import validated
from ledger.parts import Part
from ledger.signed import Statement
from scripts.vectors.handmade_log import burnt
from tests.builders import JUNE, Party, World, kg, output
from tests.served import Served
from tests.unit.refusals import everything

Wire = dict[str, Any]


@contextmanager
def unchanged(here: Served) -> Iterator[None]:
    """Check that nothing was written, and that the server still answers."""
    before = everything(here.world)
    yield
    assert everything(here.world) == before
    assert here.client.get("/healthz").json() == {"status": "up"}


def harvest_body(**changed: Any) -> Wire:
    body = {"outputs": [output("lychee", kg(100))], "lines": [burnt(4)], "policy": {"id": "mass/1"}}
    return {"occurred": JUNE, **body, **changed}


def harvest(world: World, farm: Party) -> Statement:
    return world.sign(farm, "production/1", harvest_body())


def resealed(statement: Statement, change: Callable[[dict[str, Any]], object]) -> Wire:
    """Return a statement whose parts, by path, were changed, and whose digest was made again."""
    wire = copy.deepcopy(statement.wire())
    values = {part["path"]: part for part in wire["parts"]}
    change(values)
    wire["parts"] = list(values.values())
    pieces = tuple(validated(Part, part) for part in wire["parts"])
    wire["envelope"]["body_digest"] = parts.body_digest(pieces)
    return wire


def valued(path: str, *steps: str, value: Any) -> Callable[[dict[str, Any]], object]:
    """Return a change of one value inside a part."""

    def change(values: dict[str, Any]) -> None:
        if not steps:
            values[path]["value"] = value
            return
        inner = values[path]["value"]
        for step in steps[:-1]:
            inner = inner[step]
        if value is ...:
            del inner[steps[-1]]
        else:
            inner[steps[-1]] = value

    return change
