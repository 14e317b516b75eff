"""The lychee scenario in a ledger in memory: it runs, it conserves, its numbers are plausible."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from ledger.identifiers import lot_parts
from ledger.lots import Lot, Shipment
from ledger.records.errors import UnresolvedReferenceError
from ledger.records.intents import in_order
from ledger.records.references import Register
from ledger.reports import conservation
from ledger.statements import HandlingBody, ProductionBody
from tests.unit.records.scenario import Played, intents

HECTARES = 10


@pytest.fixture(scope="module")
def played() -> Played:
    made = Played()
    made.play(intents())
    return made


def _lot(played: Played, key: str) -> Lot:
    with played.world.store.read() as view:
        lot = view.lot(played.register[key])
    assert lot is not None
    return lot


def _shipment(played: Played, note: str) -> Shipment:
    with played.world.store.read() as view:
        shipment = view.shipment(played.register[f"shipment:{note}"])
    assert shipment is not None
    return shipment


def _production(played: Played, key: str) -> ProductionBody:
    with played.world.store.read() as view:
        statement = view.statement(played.register[key])
    assert statement is not None
    assert isinstance(statement.body, ProductionBody)
    return statement.body


def test_every_milligram_recorded_lies_in_an_account(played: Played) -> None:
    with played.world.store.read() as view:
        sums = conservation(view.balances())
    assert sums.holds
    assert sums.recorded_mg == sums.accounted_mg > 0


def test_three_shipments_go_from_packhouse_to_importer_out_of_two_lots(played: Played) -> None:
    notes = ("P-DN-24-1", "P-DN-25-1", "P-DN-25-2")
    shipments = [_shipment(played, note) for note in notes]
    assert [shipment.status for shipment in shipments] == ["received", "received", "refused"]
    assert len({shipment.lot for shipment in shipments}) == 2
    assert shipments[1].lot == shipments[2].lot


@pytest.mark.parametrize("season", ["SEASON-2024", "SEASON-2025"])
def test_a_hectare_of_orchard_is_within_what_is_known_of_chinese_orchards(
    played: Played, season: str
) -> None:
    body = _production(played, f"record:orchard/{season}")
    total = sum(int(mg) for line in body.lines for mg in line.amount.components.values())
    tonnes_per_hectare = Decimal(total).scaleb(-9) / HECTARES
    assert Decimal("2.9") <= tonnes_per_hectare <= Decimal("12.8")


@pytest.mark.parametrize(("season", "outside"), [("SEASON-2024", "O-DN-24-2"), ("SEASON-2025", "O-DN-25-2")])
def test_half_of_the_crop_is_sold_outside_the_ledger(played: Played, season: str, outside: str) -> None:
    crop = int(_production(played, f"record:orchard/{season}").outputs[0].balance.quantity)
    assert _shipment(played, outside).quantity * 2 == crop


def test_the_port_s_handling_of_a_box_is_of_the_published_size(played: Played) -> None:
    with played.world.store.read() as view:
        body = view.statement(played.register["record:port/N-24-1"])
    assert body is not None
    assert isinstance(body.body, HandlingBody)
    moves = [line for line in body.body.lines if "for 4 moves" in str(line.source.text)]
    kilograms = Decimal(sum(int(mg) for line in moves for mg in line.amount.components.values())).scaleb(-6)
    # doi 10.1038/s41598-021-84958-4: 16 to 19 kg per TEU; a box of 40 feet is two.
    assert 32 <= kilograms <= 38


def test_the_carton_gap_is_replaced_by_the_carton_maker_s_passport_before_dispatch(played: Played) -> None:
    made, number = lot_parts(played.register["batch:packhouse/FRESH-25"])
    assert number == 0
    lot = _lot(played, "batch:packhouse/FRESH-25")
    with played.world.store.read() as view:
        (correction,) = view.corrections(made)
    assert lot.basis == (correction.digest,)
    before = int(
        next(iter(_production(played, "record:packhouse/PACK-25").outputs[0].balance.liability.values()))
    )
    assert before > 0
    assert _lot(played, "batch:packhouse/CTN-IN-25").left == 0


def test_refused_goods_come_back_with_the_flight(played: Played) -> None:
    shipment = _shipment(played, "P-DN-25-2")
    returned = _lot(played, "returned:P-DN-25-2")
    assert returned.holder == shipment.sender
    assert shipment.total.channel_mg("aircraft") > 0
    # It was composted on the way out of the books, which came on top.
    assert returned.total.gross_mg() > shipment.total.gross_mg()
    assert returned.left == 0


def test_spend_stays_a_gap_flagged_undeflated_with_margins_unknown(played: Played) -> None:
    for record in ("record:orchard/SEASON-2024", "record:packhouse/PACK-24"):
        spend = [
            line for line in _production(played, record).lines if "fossil.spend" in line.amount.components
        ]
        assert spend
        for line in spend:
            assert {"undeflated", "margins_unknown"} <= set(line.source.tags.flags)
            assert line.price is not None


def test_the_footprint_of_a_shipment_is_its_dispatch_and_the_handlings_accepted(played: Played) -> None:
    for note, count in (("P-DN-24-1", 4), ("P-DN-25-1", 3), ("P-DN-25-2", 3)):
        shipment = _shipment(played, note)
        assert len(shipment.handlings) == count
        assert not shipment.claimed
        assert shipment.total == shipment.dispatched + shipment.added()


def test_a_receipt_waits_for_its_handlings_whatever_its_date_says() -> None:
    meant = [
        replace(intent, ended="2024-01-01") if intent.kind == "receipt/1" else intent for intent in intents()
    ]
    order = [(intent.kind, intent.reference) for intent in in_order(meant, Register())]
    receipt = order.index(("receipt/1", "P-DN-25-1"))
    assert all(order.index(("handling/1", trip)) < receipt for trip in ("T-25-3", "T-25-4", "T-25-5"))
    assert order.index(("correction/1", "COR-25-1")) < order.index(("dispatch/1", "P-DN-25-1"))


def test_a_reference_that_nobody_makes_known_is_named() -> None:
    meant = [intent for intent in intents() if intent.reference != "PACK-24"]
    with pytest.raises(UnresolvedReferenceError, match="FRZ-24"):
        in_order(meant, Register())


def test_two_statements_that_wait_for_each_other_are_named() -> None:
    meant = {intent.reference: intent for intent in intents()}
    first, second = meant["PACK-24"], meant["STORE-24"]
    circle = [
        replace(
            first, organization="x", gives={"batch:importer/RTM-FRZ-24": "{digest}"}, kind="production/1"
        ),
        replace(second, organization="x", gives={"batch:packhouse/IN-24": "{digest}"}, kind="production/1"),
    ]
    register = Register()
    register.keep({"organization:x": "org_" + "a" * 32})
    with pytest.raises(UnresolvedReferenceError):
        in_order(circle, register)
