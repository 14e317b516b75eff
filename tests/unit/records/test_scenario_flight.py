"""The lychee that fly: what flying does beyond its CO2e stands beside their passport, not in it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from api.ui.language import LANGUAGES, Language, Writing
from api.ui.pages import Links, render_passport
from ledger.closure import closure
from ledger.factors.library import FactorLibrary
from ledger.passport import Passport, passport
from ledger.provenance import provenance
from ledger.provenance_document import ProvenanceDocument, provenance_document
from tests.unit.records.scenario import Played, intents

LINKS = Links(page="/p/1", bundle="/b", data="/d", provenance="/v", code="https://ledger.example/p/1")


@pytest.fixture(scope="module")
def played() -> Played:
    made = Played()
    made.play(intents())
    return made


def documents(played: Played, note: str) -> tuple[Passport, ProvenanceDocument]:
    library, identifier = FactorLibrary.shipped(), played.register[f"shipment:{note}"]
    with played.world.store.read() as view:
        shipment = view.shipment(identifier)
        assert shipment is not None
        statements = [logged.statement for logged in closure(view, identifier)]
        found = provenance(statements, identifier, library.by_digest)
    return passport(shipment, found), provenance_document(found, library.by_digest)


def test_each_flight_brings_its_radiative_forcing_to_its_own_passport(played: Played) -> None:
    for note, work in (("P-DN-25-1", "24129.6"), ("P-DN-25-2", "18097.2")):
        document, graph = documents(played, note)
        (memo,) = document.memos
        assert memo.kind == "radiative_forcing_mg"
        # DESNZ 2025, long haul: 0.89939 with radiative forcing, 0.5313 without, kg CO2e per tonne-kilometre.
        assert Decimal(memo.amount) == Decimal(work) * (Decimal("0.89939") - Decimal("0.5313")) * 10**6
        (line,) = graph.memo_lines
        assert (line.activity, line.organization.name) == (
            "air_freight_long_haul",
            "Example Carrier, Guangzhou (example)",
        )
        assert line.reaches == {memo.kind: memo.amount}


def test_the_ship_has_nothing_beside_its_passport(played: Played) -> None:
    document, graph = documents(played, "P-DN-24-1")
    assert document.memos == ()
    assert graph.memo_lines == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_the_air_shipment_shows_it(played: Played, language: Language) -> None:
    page = render_passport(*documents(played, "P-DN-25-1"), language, LINKS)
    write = Writing(language)
    assert write("memos.title") in page
    assert f"8,881.9 {write('memos.unit.co2e')}" in page
    sea = render_passport(*documents(played, "P-DN-24-1"), language, LINKS)
    assert write("memos.title") not in sea
