"""The primary share: measured, calculated, and of a footprint from elsewhere what it says of itself."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from api.demo.results import FiguresDifferError, shipment_row
from api.ui.language import Writing
from api.ui.pages import Links, render_passport
from ledger.closure import closure
from ledger.components import Components
from ledger.passport import Passport, passport
from ledger.provenance import provenance
from ledger.provenance_document import ProvenanceDocument, provenance_document
from ledger.verification import Report, verify
from scripts.vectors.handmade_log import burnt, supplied
from tests.builders import Line, World, a_season, kg
from tests.bundle_worlds import bundle_bytes

LINKS = Links(page="/p/1", bundle="/b", data="/d", provenance="/v", code="https://ledger.example/p/1")


def imported(mg: int, share: str, channel: str = "fossil") -> Line:
    """Return a footprint from another system, which says how much of it is primary."""
    return {
        "amount": {"components": {f"{channel}.imported": str(mg)}, "gwp": "AR5", "primary_share": share},
        "source": {
            "activity": "cartons_made",
            "quantity": "100",
            "unit": "kg",
            "tags": {"scope": "3", "category": "1", "stage": "operation"},
        },
    }


def told(world: World, identifier: str) -> tuple[Passport, ProvenanceDocument, Report]:
    """Return what the passport, its provenance and the verifier say."""
    with world.store.read() as view:
        shipment = view.shipment(identifier)
        assert shipment is not None
        found = provenance([logged.statement for logged in closure(view, identifier)], identifier)
    report = verify(bundle_bytes(world, identifier))
    return passport(shipment, found), provenance_document(found, lambda _: None), report


@pytest.fixture
def world() -> World:
    return World()


def test_passport_provenance_verifier_demo_and_page_say_the_same_primary_share(world: World) -> None:
    maker, packhouse = world.register("Carton maker", "supplier"), world.register("Packhouse", "supplier")
    carrier = world.register("Carrier", "carrier")
    lines = (imported(600, "0.35"), imported(100, "1", "luc"), burnt(1), supplied(1, "glue"))
    cartons = world.produce(maker, "carton", kg(7), lines=lines)
    boxes = world.receive(packhouse, world.dispatch(maker, cartons, kg(3), to=packhouse))
    packed = world.produce(packhouse, "lychee", kg(5), inputs=((boxes, kg(3)),), lines=(burnt(2),))
    sent = world.dispatch(packhouse, packed, kg(4), to=None, handlers=(carrier,))
    world.handle(carrier, (imported(4_000_000, "0.2"),), shipment=sent)
    document, graph, report = told(world, sent)
    assert report.ok
    assert report.figures is not None
    assert document.primary_share is not None
    assert graph.primary_share == report.figures.primary_share == document.primary_share
    assert document.primary_share_rule == graph.primary_share_rule
    assert "imported x its own primary share" in document.primary_share_rule
    assert Decimal(document.primary_share) > (
        Components.parse(document.footprint.components).primary_share() or 0
    )
    row = shipment_row(document.model_dump(), report, bundle=Path("b.json"), anchored=True)
    assert row["primary_share"] == document.primary_share
    page = render_passport(document, graph, "en", LINKS)
    assert Writing("en").percent(document.primary_share) in page
    other = {**document.model_dump(), "primary_share": "0.000001"}
    with pytest.raises(FiguresDifferError, match="primary_share"):
        shipment_row(other, report, bundle=Path("b.json"), anchored=True)


def test_an_imported_footprint_counts_with_the_share_that_its_own_line_states(world: World) -> None:
    farm = world.register("Farm", "farmer")
    lines = (imported(600, "0.25"), imported(200, "0.5"), imported(200, "0"))
    lot = world.produce(farm, "lychee", kg(10), lines=lines)
    document, _, report = told(world, world.dispatch(farm, lot, kg(10), to=None))
    assert document.primary_share == "0.250000"
    assert report.figures is not None
    assert report.figures.primary_share == "0.250000"


def test_an_imported_removal_or_uptake_is_no_part_of_the_primary_share(world: World) -> None:
    farm = world.register("Farm", "farmer")
    lines = (imported(600, "1", "biogenic_co2_uptake"), imported(100, "0.5"))
    lot = world.produce(farm, "lychee", kg(10), lines=lines)
    document, _, _ = told(world, world.dispatch(farm, lot, kg(10), to=None))
    assert document.primary_share == "0.500000"


def test_without_any_emission_there_is_no_primary_share(world: World) -> None:
    farm = world.register("Farm", "farmer")
    lot = world.produce(farm, "water", kg(10), lines=(imported(5, "1", "biogenic_co2_uptake"),))
    document, graph, report = told(world, world.dispatch(farm, lot, kg(10), to=None))
    assert report.figures is not None
    assert document.primary_share is graph.primary_share is report.figures.primary_share is None


def test_a_vector_alone_gives_a_lower_bound() -> None:
    vector = Components.parse({"fossil.imported": "60", "fossil.measured": "40"})
    assert vector.primary_share() == Decimal("0.4")


def test_without_imports_lines_and_vector_give_the_same(world: World) -> None:
    for identifier in a_season(world):
        with world.store.read() as view:
            found = provenance([logged.statement for logged in closure(view, identifier)], identifier)
        assert found.primary_share() == found.total.primary_share()
