"""A reader with nothing but the bundle finds the same interval as the books."""

from __future__ import annotations

from typing import Any

from ledger.closure import closure
from ledger.lines import Line
from ledger.provenance import provenance
from ledger.quality import INDICATORS
from ledger.uncertainty_shown import uncertainty_shown
from ledger.verification import verify
from scripts.vectors.handmade_log import LIBRARY, supplied
from tests.builders import World, kg
from tests.bundle_worlds import bundle_bytes

SCORES: dict[str, Any] = {"flow": "energy_materials", **dict.fromkeys(INDICATORS, "2")}


def test_the_verifier_computes_the_interval_that_the_passport_shows() -> None:
    world = World()
    farm, packhouse = world.register("Farm", "farmer"), world.register("Packhouse", "supplier")
    carton = {**supplied(300, "carton-1"), "quality": {"activity": SCORES, "fit": SCORES}}
    assert Line.model_validate(carton).quality is not None
    lot = world.produce(farm, "lychee", kg(1000), lines=(carton, supplied(200, "ice-1")))
    shipment = world.dispatch(farm, lot, kg(600), to=packhouse)
    world.receive(packhouse, shipment)
    with world.store.read() as view:
        statements = [logged.statement for logged in closure(view, shipment)]
    found = provenance(statements, shipment, LIBRARY.get)
    report = verify(bundle_bytes(world, shipment))
    assert report.figures is not None, report.failure()
    shown = report.figures.uncertainty
    assert shown == uncertainty_shown(found.uncertainty, kg(600), "mg")
    assert (shown.covered_share, shown.not_stated_share) == ("0.600000", "0.400000")
    assert shown.gross is not None
    assert float(shown.gross.low) < float(report.figures.gross_kg_per_unit) < float(shown.gross.high)
    assert report.as_json()["figures"]["uncertainty"]["gross"] == shown.gross.model_dump()
