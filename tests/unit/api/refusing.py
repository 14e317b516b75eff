"""What tests of refusals share: a harvest to alter, and that nothing came of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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
