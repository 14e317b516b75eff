"""The transport chain on the passport page, in three languages."""

from __future__ import annotations

import pytest

from api.ui.language import LANGUAGES, Language, Writing
from api.ui.pages import render_passport
from api.ui.transport import transport_rows
from ledger.logistics.chain import TRIP
from ledger.logistics.flags import FLAGS
from ledger.logistics.forms import COOLING
from ledger.logistics.shown import (
    CategoryShown,
    LegShown,
    RunningShown,
    StayShown,
    TransportElementShown,
    TransportShown,
)
from ledger.passport import Party, Passport, Period
from ledger.provenance_document import ProvenanceDocument
from ledger.shown import Figure
from tests.unit.ui.showcase import documents, links, show

NOTHING = Figure(gross_mg="0", net_mg="0", removals_mg="0", components={})
ARRIVES = NOTHING.model_copy(update={"gross_mg": "328000000"})
LORRY = LegShown(
    key="to the port",
    mode="road",
    origin=None,
    destination=None,
    category=CategoryShown(id="reefer lorries", vehicle=None, contract="dedicated", hub=None),
    temperature="refrigerated",
    mass_mg="16950000000",
    teu="2",
    distance_m="118000",
    distance_basis="shortest_feasible",
    actual_m="241000",
    running=RunningShown(over="trip", load_factor="0.65", empty_share="0.5"),
    stay=None,
)
BERTH = LORRY.model_copy(
    update={
        "key": "terminal",
        "mode": "hub",
        "category": None,
        "temperature": None,
        "teu": None,
        "distance_m": None,
        "distance_basis": None,
        "actual_m": None,
        "running": None,
        "stay": StayShown(moves="4", dwell_s=None, waiting_s="2700", uses=()),
    }
)


def element(leg: LegShown | None, **more: object) -> TransportElementShown:
    plain = TransportElementShown(
        statement="ab" * 32,
        party=Party(id="org_a", name="Carrier", accredited_roles=()),
        tier=1,
        occurred=Period(first="2026-06-10", last="2026-06-10", zone="Asia/Shanghai"),
        target="shipment",
        leg=leg,
        vehicle_share=None,
        work_kg_km="2000100.000000",
        ttw_mg="273100000",
        wtt_mg="54900000",
        taken_mg="0",
        wtw_mg="328000000",
        cooling_mg="39000000",
        now_mg="328000000",
        intensity="163.991800",
        intensity_unit="g/t·km",
        reaches=ARRIVES,
        share="0.009100",
        corrections=(),
        flags=("distance_planned",),
    )
    return plain.model_copy(update=more)


def shown(*elements: TransportElementShown) -> tuple[Passport, ProvenanceDocument]:
    document, graph = documents(show().plain)
    chain = TransportShown(elements=elements, reaches=ARRIVES, share="0.0091")
    stops = tuple(stop for stop in document.stops if stop.taken_over)
    return document.model_copy(update={"stops": stops}), graph.model_copy(update={"transport": chain})


def test_a_leg_is_told_in_one_line_and_five_numbers() -> None:
    (row,) = transport_rows(*shown(element(LORRY)), Writing("en"))
    assert (row.leg, row.who) == ("to the port", "Carrier")
    assert row.how == (
        "by road · reefer lorries · 118 km (shortest feasible) · 241 km driven · 65 % loaded · "
        "50 % of km empty · refrigerated · 2 TEU · 2,000.1 t·km · 39.00 kg of it cooling · "
        "added to the shipment"
    )
    assert row.cells == ("273.1", "54.90", "328.0", "164.0 g/t·km", "0.9 %")
    assert row.flags == ("Tonne-kilometres by a planned distance, not the shortest feasible one",)


def test_a_hub_is_told_by_the_tonne() -> None:
    nothing = {"work_kg_km": None, "cooling_mg": "0", "flags": (), "target": "lot"}
    berth = element(BERTH, intensity="10978.600000", intensity_unit="g/t", taken_mg="5000000", **nothing)
    unknown = element(None, intensity=None, intensity_unit=None, **nothing)
    first, second = transport_rows(*shown(berth, unknown), Writing("en"))
    assert first.cells[3] == "10.98 kg/t"
    assert first.how == (
        "port or hub · 4 moves · 0.75 h waiting · 5.00 kg of it taken over with a passport · "
        "added to the goods in store"
    )
    assert (second.leg, second.how, second.cells[3]) == ("handling", "added to the goods in store", "")


def test_a_correction_since_is_told() -> None:
    corrected = element(LORRY, corrections=("cd" * 32,), now_mg="330500000")
    (row,) = transport_rows(*shown(corrected), Writing("en"))
    assert row.cells[2] == "328.0"
    assert "corrected since to 330.5 kg" in row.how


def test_what_is_claimed_stands_below_with_its_handler() -> None:
    document, graph = shown(element(LORRY))
    claimed = next(one for one in documents(show().sea)[0].stops if one.taken_over)
    party = Party(id="org_b", name="", accredited_roles=())
    stop = claimed.model_copy(update={"party": party, "leg": None, "taken_over": False, "added": ARRIVES})
    named = stop.model_copy(update={"party": party.model_copy(update={"name": "Tug"}), "leg": "tug"})
    _, first, second = transport_rows(
        document.model_copy(update={"stops": (claimed, stop, named)}), graph, Writing("en")
    )
    assert (first.leg, first.who, first.muted) == ("handling", "org_b", True)
    assert (second.leg, second.who) == ("tug", "Tug")
    assert first.cells == ("", "", "328.0", "", "claimed, not taken over")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_the_chain_in_every_language(language: Language) -> None:
    write = Writing(language)
    document, graph = shown(element(LORRY), element(BERTH))
    text = render_passport(document, graph, language, links(show().plain))
    section = text.split('aria-labelledby="transport-title"')[1].split("</section>")[0]
    for wanted in (write("transport.title"), "to the port", "terminal", "273.1", write("mode.road")):
        assert wanted in section
    assert (
        write("transport.total", amount=write.amount("328000000"), share=write.percent("0.0091")) in section
    )


def test_goods_that_nobody_carried_have_no_such_section() -> None:
    document, graph = shown()
    assert "transport-title" not in render_passport(document, graph, "en", links(show().plain))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_flag_of_a_leg_has_a_name(language: Language) -> None:
    write = Writing(language)
    assert all(write.has(f"flag.{flag}") for flag in (*FLAGS, TRIP, COOLING))
