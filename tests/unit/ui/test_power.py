"""A passport says on what evidence power was booked by its market, in every language."""

from __future__ import annotations

from typing import Any

import pytest

from api.ui.language import LANGUAGES, Language, Writing
from api.ui.pages import render_passport
from api.ui.power import power_lines
from ledger.closure import closure
from ledger.passport import passport
from ledger.provenance import provenance
from ledger.provenance_document import ProvenanceDocument, provenance_document
from tests.builders import World, bought, kg
from tests.unit.ui.reading import text_of
from tests.unit.ui.showcase import links

CERTIFICATE = {
    "kind": "certificate",
    "volume_wh": "500000",
    "period": {"from": "2026-01-01", "to": "2026-12-31"},
    "registry": "I-REC <b>",
    "cancellation": "2026-000123",
}


def shown(instrument: dict[str, Any] | None) -> tuple[Any, ProvenanceDocument]:
    world = World()
    farm = world.register("Farm", "farmer")
    line = bought(2_000_000)
    tags = {"scope": "2", "stage": "operation", "method": "market" if instrument else "location"}
    source = {"activity": "grid_electricity", "quantity": "500", "unit": "kWh", "tags": tags}
    line["source"] = {**line["source"], **source}
    if instrument:
        line["instrument"] = instrument
    lot = world.produce(farm, "lychee", kg(4), lines=(line,))
    sent = world.dispatch(farm, lot, kg(2), to=None)
    with world.store.read() as view:
        found = provenance([logged.statement for logged in closure(view, sent)], sent)
        shipment = view.shipment(sent)
    assert shipment is not None
    return passport(shipment, found), provenance_document(found, lambda _: None)


def test_half_of_the_goods_shows_half_of_what_was_booked_on_the_certificate() -> None:
    _, document = shown(CERTIFICATE)
    (power,) = document.power
    assert (power.instrument, power.covered_kwh, power.first, power.last) == (
        "certificate",
        "500",
        "2026-01-01",
        "2026-12-31",
    )
    assert (power.reaches.gross_mg, power.share, power.organization_name) == ("1000000", "1.000000", "Farm")
    (said,) = power_lines(document.power, Writing("en"))
    assert said.startswith("Farm books 500 kWh of power by market, on a certificate: covers 500 kWh")
    assert "cancelled as 2026-000123" in said


def test_power_by_location_and_instruments_without_details_are_said_as_they_are() -> None:
    assert shown(None)[1].power == ()
    _, document = shown({"kind": "residual_mix", "registry": "AIB"})
    (power,) = document.power
    assert (power.covered_kwh, power.first, power.cancellation) == (None, None, None)
    assert "the residual mix: registry or publisher AIB" in power_lines(document.power, Writing("en"))[0]
    bare = power.model_copy(update={"registry": None, "organization_name": ""})
    assert "nothing more is stated" in power_lines([bare], Writing("en"))[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_passport_s_page_shows_it_in_every_language(language: Language) -> None:
    document, graph = shown(CERTIFICATE)
    page = render_passport(document, graph, language, links(document))
    said = power_lines(graph.power, Writing(language))[0]
    assert said.partition(" <b>")[0] in text_of(page)
    assert "I-REC <b>" not in page
