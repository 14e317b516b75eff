"""The transport chain behind a passport: elements in order, WTW with its parts, intensity, flags."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from ledger import services
from ledger.closure import closure
from ledger.identifiers import lot_id
from ledger.logistics.flags import FLAGS, flags_of, is_work
from ledger.logistics.forms import COOLING
from ledger.logistics.shown import TransportShown, transport_shown
from ledger.provenance import Provenance, provenance
from ledger.statements import HandlingBody
from tests.builders import Line, Party, World, kg, output, own
from tests.unit.logistics.legs import Plain, fuel, handled, journey, leg, line, of_table, power
from tests.unit.trade import Trade

ARTIC = "desnz-2025.freight.hgv-refrigerated.all-artics.average-laden.t-km"
ROWS = {
    "container ship": ("desnz-2025.freight.cargo-ship.container-ship.average.t-km", "16.12", "3.65"),
    "rail": ("desnz-2025.freight.rail.freight-train.t-km", "27.79", "6.91"),
    "all lorries": ("desnz-2025.freight.hgv.all-hgvs.average-laden.t-km", "101.63", "23.59"),
    "refrigerated artic": (ARTIC, "90.2", "21.14"),
    "flight": (
        "desnz-2025.freight.freight-flights.long-haul-to-from-uk.without-rf.t-km",
        "531.3",
        "135.16",
    ),
}


@pytest.fixture
def trade() -> Trade:
    return Trade()


def found_of(world: World, passport: str) -> Provenance:
    with world.store.read() as view:
        behind = [logged.statement for logged in closure(view, passport)]
    return provenance(behind, passport)


def chain(world: World, passport: str) -> TransportShown:
    return transport_shown(found_of(world, passport))


def add(
    trade: Trade, shipment: str, party: Party, lines: Sequence[Line], at: Plain, *, day: str = "2026-06-10"
) -> str:
    body = {
        "occurred": {"from": day, "to": day, "zone": "Asia/Shanghai"},
        "target": {"shipment": shipment},
        "lines": list(lines),
        "leg": at,
    }
    return trade.world.state(party, "handling/1", body).digest


def test_a_container_from_shanghai_to_prague_is_a_chain_of_four(trade: Trade) -> None:
    """HHLA's published case: 1,739 + 10 + 157 + 7 kg; the sea leg is 19,879 km x 7 t x 0.0125."""
    shipment = trade.send(trade.carrier, trade.port)
    seven = kg(7000)
    sea = line("sea_freight", "139153", "t.km", 1_739_412_500, evidence="secondary")
    shanghai = leg("sea", seven, distance_m="19879000", distance_basis="shortest_feasible")
    stay = {"moves": "2", "uses": [{"use": "cranes", "lines": ["0"]}]}
    ways: list[tuple[Party, Any, Plain, str]] = [
        (
            trade.carrier,
            sea,
            shanghai,
            "01",
        ),
        (trade.port, own(kg(10)), leg("hub", seven, key="hamburg", stay=stay), "02"),
        (trade.carrier, own(kg(157)), leg("rail", seven, key="to prague"), "03"),
        (trade.port, own(kg(7)), leg("hub", seven, key="prague"), "04"),
    ]
    for party, one, at, day in ways:
        add(trade, shipment, party, [one], at, day=f"2026-06-{day}")
    shown = chain(trade.world, shipment)
    assert [element.wtw_mg for element in shown.elements] == [
        "1739412500",
        "10000000",
        "157000000",
        "7000000",
    ]
    assert sum(round(int(element.wtw_mg), -6) for element in shown.elements) == kg(1913)
    parts = [Decimal(element.wtw_mg) / Decimal(shown.reaches.gross_mg) for element in shown.elements]
    assert [f"{part:.1%}" for part in parts] == ["90.9%", "0.5%", "8.2%", "0.4%"]
    assert shown.elements[0].work_kg_km == "139153000.000000"
    assert (shown.elements[0].intensity, shown.elements[0].intensity_unit) == ("12.500000", "g/t·km")
    assert (shown.elements[1].intensity, shown.elements[1].intensity_unit) == ("1428.571429", "g/t")
    assert shown.elements[2].intensity is None
    assert shown.elements[0].flags == ("well_to_tank_missing",)


@pytest.mark.parametrize("row", ROWS)
def test_tonne_kilometres_give_back_the_published_intensity(trade: Trade, row: str) -> None:
    factor, wheel, tank = ROWS[row]
    air = row == "flight"
    shipment = trade.send(trade.carrier)
    lines = [of_table(f"{factor}.{stage}", "some_freight", "300", "t.km") for stage in ("ttw", "wtt")]
    at = leg("air" if air else "road", distance_m="100000", distance_basis="great_circle")
    add(trade, shipment, trade.carrier, lines, at)
    (element,) = chain(trade.world, shipment).elements
    assert element.intensity is not None
    assert Decimal(element.intensity) == Decimal(wheel) + Decimal(tank)
    assert [Decimal(mg) / 300_000 for mg in (element.ttw_mg, element.wtt_mg)] == [
        Decimal(wheel),
        Decimal(tank),
    ]
    assert element.flags == ()


def test_several_handlers_add_to_a_lot_before_dispatch_and_to_its_shipment_after(trade: Trade) -> None:
    world = trade.world
    made = {
        "outputs": [output("packed", kg(1000))],
        "lines": [own(100)],
        "policy": {"id": "mass/1"},
        "handlers": [trade.port.id, trade.carrier.id],
    }
    lot = lot_id(world.state(trade.packhouse, "production/1", made).digest, 0)
    first = {"lines": list(fuel("9", 30, 8)), "leg": journey(28000, key="to the cold store")}
    world.state(trade.carrier, "handling/1", {"target": {"lot": lot}, **first})
    then = {"lines": [power("10", 7)], "leg": leg("hub", key="cold store")}
    world.state(trade.port, "handling/1", {"target": {"lot": lot}, **then})
    shipment = world.dispatch(
        trade.packhouse, lot, kg(500), to=trade.importer, handlers=(trade.carrier, trade.port)
    )
    add(trade, shipment, trade.carrier, fuel("7", 20, 5), journey(60000, key="to the port"))
    add(trade, shipment, trade.port, [power("3", 4)], leg("hub", key="terminal"), day="2026-06-11")
    found = found_of(world, shipment)
    shown = transport_shown(found)
    assert [(e.leg.key, e.target, e.party.name) for e in shown.elements if e.leg] == [
        ("to the cold store", "lot", "Carrier"),
        ("cold store", "lot", "Port"),
        ("to the port", "shipment", "Carrier"),
        ("terminal", "shipment", "Port"),
    ]
    assert [e.reaches.gross_mg for e in shown.elements if e.target == "shipment"] == ["25", "4"]
    assert sum(int(e.reaches.gross_mg) for e in shown.elements if e.target == "lot") == (38 + 7) // 2
    assert found.total.gross_mg() == 50 + 22 + 29


def test_fuel_taken_over_with_a_passport_counts_as_well_to_wheel(trade: Trade) -> None:
    world = trade.world
    tank = world.produce(trade.carrier, "biofuel", kg(10), lines=(own(1000),))
    shipment = trade.send(trade.carrier)
    world.handle(trade.carrier, (own(7),), shipment=shipment, inputs=((tank, kg(3)),))
    (element,) = chain(world, shipment).elements
    assert (element.ttw_mg, element.wtt_mg, element.taken_mg, element.wtw_mg) == ("7", "0", "300", "307")
    assert (element.leg, element.intensity, element.work_kg_km) == (None, None, None)


def test_a_reefers_cooling_stands_apart_and_may_overlap_with_an_average(trade: Trade) -> None:
    shipment = trade.send(trade.carrier)
    average = [of_table(f"{ARTIC}.{stage}", "road_freight", "300", "t.km") for stage in ("ttw", "wtt")]
    cooling = line("diesel_burnt", "2", "L", 6, flags=(COOLING,))
    made = line("diesel_burnt", "2", "L", 1, stage="energy_provision", evidence="secondary", flags=(COOLING,))
    add(
        trade, shipment, trade.carrier, [*average, cooling, made], journey(100000, temperature="refrigerated")
    )
    found = found_of(trade.world, shipment)
    (element,) = transport_shown(found).elements
    assert element.cooling_mg == "7"
    assert element.flags == ("may_overlap",)
    assert found.by_flag()["may_overlap"] == 7
    assert COOLING not in found.by_flag()


def test_cooling_beside_the_carriers_own_litres_overlaps_with_nothing(trade: Trade) -> None:
    shipment = trade.send(trade.carrier)
    cooling = [dict(one) for one in fuel("2", 6, 1)]
    for one in cooling:
        tags = {**one["source"]["tags"], "flags": [COOLING]}
        one["source"] = {**one["source"], "tags": tags}
    add(
        trade,
        shipment,
        trade.carrier,
        [*fuel("9", 30, 8), *cooling],
        journey(1000, temperature="refrigerated"),
    )
    (element,) = chain(trade.world, shipment).elements
    assert (element.cooling_mg, element.wtw_mg, element.flags) == ("7", "45", ())


@pytest.mark.parametrize(
    ("mode", "basis", "flags"),
    [
        ("road", "actual", ("distance_actual",)),
        ("road", "planned", ("distance_planned",)),
        ("road", "great_circle", ()),
        ("air", "great_circle", ()),
        ("air", "shortest_feasible", ("air_not_great_circle",)),
        ("air", "actual", ("distance_actual", "air_not_great_circle")),
        ("air", None, ()),
    ],
)
def test_tonne_kilometres_by_another_distance_are_flagged(
    trade: Trade, mode: str, basis: str | None, flags: tuple[str, ...]
) -> None:
    shipment = trade.send(trade.carrier)
    work = [of_table(f"{ARTIC}.{stage}", "road_freight", "300", "t.km") for stage in ("ttw", "wtt")]
    distance: Plain = {} if basis is None else {"distance_m": "100000", "distance_basis": basis}
    add(trade, shipment, trade.carrier, work, leg(mode, **distance))
    found = found_of(trade.world, shipment)
    (element,) = transport_shown(found).elements
    assert element.flags == flags
    assert {flag for flag in found.by_flag() if flag in FLAGS} == set(flags)


def test_litres_are_evidence_whatever_the_distance(trade: Trade) -> None:
    shipment = trade.send(trade.carrier)
    at = journey(
        28000, actual_m="168000", running={"over": "trip", "load_factor": "0.7", "empty_share": "0.5"}
    )
    add(trade, shipment, trade.carrier, fuel("46", 120, 28), at)
    (element,) = chain(trade.world, shipment).elements
    assert element.flags == ()
    assert element.work_kg_km == "84000.000000"
    assert element.leg is not None
    assert element.leg.running is not None
    assert (element.leg.actual_m, element.leg.running.empty_share) == ("168000", "0.5")


def body_of(trade: Trade, *lines: Any, at: Plain | None = None) -> HandlingBody:
    body = handled(trade, lines, at or journey(28000)).body
    assert isinstance(body, HandlingBody)
    return body


@pytest.mark.parametrize(
    ("lines", "flagged"),
    [
        (fuel("4", 12, 3), {}),
        ((fuel("4", 12, 3)[0],), {0: ("well_to_tank_missing",)}),
        ((fuel("4", 12, 3)[0], fuel("5", 12, 3)[1]), {0: ("well_to_tank_missing",)}),
        ((line("refrigerant_r452a_released", "1", "kg", 9),), {}),
        ((line("some_freight", "1", "t.km", 9, factor=None),), {}),
        ((line("some_freight", "1", "TEU.km", 9),), {0: ("well_to_tank_missing",)}),
        ((line("some_service", "1", "bushel", 9),), {}),
    ],
)
def test_fuel_without_its_way_from_well_to_tank_is_named(
    trade: Trade, lines: tuple[Any, ...], flagged: dict[int, tuple[str, ...]]
) -> None:
    body = body_of(trade, *lines)
    assert body.leg is not None
    assert flags_of(body.leg, body.lines) == flagged
    assert is_work(body.lines[0]) == ("freight" in body.lines[0].source.activity)


def shared(own_: str, total: str) -> Plain:
    whole = [{"line": "0", "quantity": "100"}]
    return {"own": own_, "total": total, "basis": "mass", "trip": "T-7", "whole": whole}


@pytest.mark.parametrize(
    ("second", "flags"),
    [(("50", "100"), ()), (("51", "100"), ("trip_overfull",)), (("40", "90"), ("trip_overfull",))],
)
def test_a_passport_flags_a_trip_that_another_ledger_let_be_overfull(
    trade: Trade, second: tuple[str, str], flags: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "check_trip", lambda *_: None)
    shipment = trade.send(trade.carrier)
    keys: list[Plain] = []
    for own_, total in (("50", "100"), second):
        quantity = {"50": "50", "51": "51", "40": "44.444444444"}[own_]
        lines = [line("towed", quantity, "L", 5)]
        load = leg(mass=int(own_), key=f"load {len(keys)}")
        keys.append(load)
        statement = handled(trade, lines, load, shipment=shipment, share=shared(own_, total))
        trade.world.post(statement)
    elements = chain(trade.world, shipment).elements
    assert [element.flags for element in elements] == [flags, flags]
    assert elements[0].vehicle_share is not None
    assert elements[0].vehicle_share.trip == "T-7"


def test_a_stay_is_shown_as_it_was_signed(trade: Trade) -> None:
    shipment = trade.send(trade.port)
    use = {"use": "reefer_plug", "lines": ["0"], "reading": "nameplate", "seconds": "3600", "power_w": "3600"}
    period = {"from": "2026-06-01", "to": "2026-06-30"}
    contract = {"certificate": "C-1", "volume_wh": "9000", "period": period, "cancelled_on": "2026-07-01"}
    shore = {"use": "shore_power", "lines": ["1"], "reading": "metered", "contract": contract}
    at = leg(
        "hub",
        teu="2",
        category={"id": "reefer boxes", "hub": "container_terminal"},
        stay={"moves": "4", "dwell_s": "345600", "waiting_s": "60", "uses": [use, shore]},
    )
    add(trade, shipment, trade.port, [power("3.6", 5), power("9", 2, "market")], at)
    (element,) = chain(trade.world, shipment).elements
    assert element.leg is not None
    assert element.leg.stay is not None
    assert element.leg.category is not None
    assert element.leg.category.hub == "container_terminal"
    assert [one.certificate for one in element.leg.stay.uses] == [None, "C-1"]
    assert (element.leg.teu, element.leg.stay.waiting_s, element.wtt_mg) == ("2", "60", "7")


def test_a_passport_without_transport_has_an_empty_chain(trade: Trade) -> None:
    shown = chain(trade.world, trade.send())
    assert (shown.elements, shown.reaches.gross_mg, shown.share) == ((), "0", "0.000000")
