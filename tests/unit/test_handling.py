from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ledger.components import NOTHING
from ledger.handling import (
    HandlingTargetError,
    LegCoveredTwiceError,
    TooManyHandlingsError,
    UnknownShipmentError,
    VehicleShareError,
)
from ledger.lots import (
    Handled,
    ZeroQuantityError,
)
from ledger.rules import TooEarlyError, UnknownLotError
from tests.adjusted import answer
from tests.builders import Line, bought, kg, own
from tests.unit.refusals import as_stated, plain, refused
from tests.unit.trade import Trade, fossil, handled_by

NOBODY = "org_" + "b" * 32
MAY = {"from": "2026-05-01", "to": "2026-05-31", "zone": "Asia/Shanghai"}


def shared(part: str, whole: str) -> dict[str, Any]:
    return {"own": part, "total": whole, "basis": "tkm", "whole": [{"line": "0", "quantity": "100"}]}


@pytest.fixture
def trade() -> Trade:
    return Trade()


def test_what_a_listed_carrier_emits_belongs_to_the_shipment_at_once(trade: Trade) -> None:
    shipment = trade.send(trade.carrier)
    trade.world.handle(trade.carrier, (own(7), bought(5)), shipment=shipment)
    after = trade.shipment(shipment)
    assert after.total == fossil(57) + fossil(5, "secondary")
    assert after.dispatched == fossil(50)
    assert trade.balance("handling_unassigned", trade.carrier) == NOTHING
    assert trade.balance("environment", trade.carrier) == fossil(7)


def test_a_carrier_takes_over_fuel_and_hands_it_on_with_the_goods(trade: Trade) -> None:
    fuel = trade.world.produce(trade.carrier, "biofuel", kg(10), lines=(own(1000),))
    shipment = trade.send(trade.carrier)
    trade.world.handle(trade.carrier, (own(7),), shipment=shipment, inputs=((fuel, kg(3)),))
    assert trade.shipment(shipment).total == fossil(50 + 7 + 300)
    assert trade.kept(fuel).balance() == fossil(700)


def test_what_nobody_listed_is_claimed_and_stays_with_its_handler_until_a_receipt_lists_it(
    trade: Trade,
) -> None:
    shipment = trade.send(trade.carrier)
    claim = trade.world.handle(trade.port, (own(9),), shipment=shipment)
    other = trade.world.handle(trade.port, (own(4),), shipment=shipment)
    before = trade.shipment(shipment)
    assert (before.total, before.handlings) == (fossil(50), ())
    assert [c.statement for c in before.claimed] == [claim.digest, other.digest]
    assert trade.balance("handling_unassigned", trade.port) == fossil(13)
    lot = trade.world.receive(trade.importer, shipment, claims=(claim,))
    after = trade.shipment(shipment)
    assert trade.kept(lot).total == fossil(59)
    assert handled_by(after) == [(trade.port.id, 9)]
    assert [c.statement for c in after.claimed] == [other.digest]
    assert trade.balance("handling_unassigned", trade.port) == fossil(4)


def test_a_receipt_that_lists_no_claim_takes_none_over(trade: Trade) -> None:
    shipment = trade.send()
    trade.world.handle(trade.port, (own(9),), shipment=shipment)
    assert trade.kept(trade.world.receive(trade.importer, shipment)).total == fossil(50)
    assert trade.balance("handling_unassigned", trade.port) == fossil(9)


def test_a_sender_stands_in_for_a_carrier_until_the_carrier_reports_itself(trade: Trade) -> None:
    shipment = trade.send(trade.carrier)
    stand_in = trade.world.handle(trade.packhouse, (bought(80),), shipment=shipment, leg="lorry")
    assert handled_by(trade.shipment(shipment)) == [(trade.packhouse.id, 80)]
    assert trade.shipment(shipment).handlings[0].stand_in
    own_report = trade.world.handle(trade.carrier, (own(60),), shipment=shipment, leg="lorry")
    after = trade.shipment(shipment)
    assert handled_by(after) == [(trade.carrier.id, 60)]
    assert after.total == fossil(110)
    assert trade.balance("outside_taken_over", trade.packhouse) == NOTHING
    lot = trade.world.receive(trade.importer, shipment)
    receipt = trade.world.logged(lot[:64]).statement.body
    assert receipt.takes_over.handlings == (own_report.digest,)  # type: ignore[attr-defined]
    assert stand_in.digest not in str(plain(trade.world.logged(lot[:64]).statement))


def test_a_consignee_may_stand_in_too(trade: Trade) -> None:
    shipment = trade.send()
    trade.world.handle(trade.importer, (bought(80),), shipment=shipment, leg="last mile")
    assert trade.shipment(shipment).total == fossil(50) + fossil(80, "secondary")


@pytest.mark.parametrize(
    ("lines", "leg"), [((own(5),), "lorry"), ((bought(5), own(1)), "lorry"), ((bought(5),), None)]
)
def test_who_is_not_listed_stands_in_with_gap_lines_and_a_leg_only(
    trade: Trade, lines: tuple[Line, ...], leg: str | None
) -> None:
    shipment = trade.send()
    trade.world.handle(trade.packhouse, lines, shipment=shipment, leg=leg)
    after = trade.shipment(shipment)
    assert (len(after.claimed), after.handlings) == (1, ())


def test_a_stand_in_takes_no_lots(trade: Trade) -> None:
    fuel = trade.world.produce(trade.packhouse, "fuel", kg(1), lines=(own(10),))
    shipment = trade.send()
    trade.world.handle(trade.packhouse, (bought(5),), shipment=shipment, leg="x", inputs=((fuel, kg(1)),))
    assert len(trade.shipment(shipment).claimed) == 1


def test_a_claim_that_a_receipt_accepts_takes_the_place_of_a_stand_in_on_the_same_leg(trade: Trade) -> None:
    shipment = trade.send()
    kept = trade.world.handle(trade.packhouse, (bought(30),), shipment=shipment, leg="to the port")
    trade.world.handle(trade.packhouse, (bought(80),), shipment=shipment, leg="lorry")
    claim = trade.world.handle(trade.carrier, (own(60),), shipment=shipment, leg="lorry")
    lot = trade.world.receive(trade.importer, shipment, claims=(claim,))
    assert trade.kept(lot).total == fossil(110) + fossil(30, "secondary")
    receipt = trade.world.logged(lot[:64]).statement.body
    assert receipt.takes_over.handlings == (kept.digest, claim.digest)  # type: ignore[attr-defined]
    assert trade.balance("outside_taken_over", trade.packhouse) == fossil(30, "secondary")
    assert trade.balance("handling_unassigned", trade.carrier) == NOTHING


def test_a_leg_is_covered_once(trade: Trade) -> None:
    shipment = trade.send(trade.carrier, trade.port)
    first = trade.world.handle(trade.carrier, (own(60),), shipment=shipment, leg="lorry")
    leg = {"key": "lorry", "mode": "road", "mass_mg": "1"}
    again = {"target": {"shipment": shipment}, "lines": [own(1)], "leg": leg}
    error = refused(
        trade.world, as_stated(trade.world, trade.port, "handling/1", again), LegCoveredTwiceError
    )
    assert (error.leg, error.statement) == ("lorry", first.digest)
    late = {"target": {"shipment": shipment}, "lines": [bought(1)], "leg": leg}
    refused(trade.world, as_stated(trade.world, trade.packhouse, "handling/1", late), LegCoveredTwiceError)


def test_a_stand_in_whose_correction_nobody_took_over_is_not_replaced_before_that_is_answered(
    trade: Trade,
) -> None:
    shipment = trade.send(trade.carrier)
    stand_in = trade.world.handle(trade.packhouse, (bought(3),), shipment=shipment, leg="lorry")
    trade.world.receive(trade.importer, shipment)
    corrected = trade.world.correct(trade.packhouse, stand_in.digest, add=(bought(100),))
    body: dict[str, Any] = {"target": {"shipment": shipment}, "lines": [own(5)]}
    body["leg"] = {"key": "lorry", "mode": "road", "mass_mg": str(kg(3000))}
    late = as_stated(trade.world, trade.carrier, "handling/1", body)
    assert refused(trade.world, late, LegCoveredTwiceError).statement == stand_in.digest
    answer(trade.world, trade.importer, corrected.digest, stand_in.digest)
    trade.world.post(late)
    answer(trade.world, trade.importer, late.digest, late.digest)
    assert handled_by(trade.shipment(shipment)) == [(trade.carrier.id, 5)]
    assert trade.shipment(shipment).total == fossil(55)


def test_two_stand_ins_cannot_cover_one_leg(trade: Trade) -> None:
    shipment = trade.send()
    first = trade.world.handle(trade.packhouse, (bought(60),), shipment=shipment, leg="lorry")
    leg = {"key": "lorry", "mode": "road", "mass_mg": "1"}
    body = {"target": {"shipment": shipment}, "lines": [bought(1)], "leg": leg}
    statement = as_stated(trade.world, trade.importer, "handling/1", body)
    assert refused(trade.world, statement, LegCoveredTwiceError).statement == first.digest


def test_a_receipt_cannot_accept_two_claims_for_one_leg(trade: Trade) -> None:
    shipment = trade.send()
    claims = [
        trade.world.handle(party, (own(60),), shipment=shipment, leg="lorry")
        for party in (trade.carrier, trade.port)
    ]
    with pytest.raises(LegCoveredTwiceError) as caught:
        trade.world.receive(trade.importer, shipment, claims=claims)
    assert caught.value.statement == claims[0].digest
    listed = {"shipment": shipment, "handlings": [claim.digest for claim in claims]}
    body = {"takes_over": listed, "outcome": "accepted", "liability": fossil(170).wire()}
    refused(trade.world, as_stated(trade.world, trade.importer, "receipt/1", body), LegCoveredTwiceError)


def test_handlings_without_a_leg_do_not_cover_each_other(trade: Trade) -> None:
    shipment = trade.send(trade.carrier)
    for _ in range(2):
        trade.world.handle(trade.carrier, (own(5),), shipment=shipment)
    assert trade.shipment(shipment).total == fossil(60)


@pytest.mark.parametrize(("target", "given"), [({}, 0), ({"lot": "", "shipment": ""}, 2)])
def test_a_handling_names_one_shipment_or_one_lot(trade: Trade, target: dict[str, str], given: int) -> None:
    named = {name: {"lot": trade.lot, "shipment": trade.send()}[name] for name in target}
    body = {"target": named, "lines": [own(1)]}
    error = refused(
        trade.world, as_stated(trade.world, trade.carrier, "handling/1", body), HandlingTargetError
    )
    assert error.given == given


def test_a_handling_names_something_that_exists(trade: Trade) -> None:
    body: dict[str, Any] = {"target": {"shipment": "0" * 64}, "lines": [own(1)]}
    statement = as_stated(trade.world, trade.carrier, "handling/1", body)
    assert refused(trade.world, statement, UnknownShipmentError).shipment == "0" * 64
    body = {"target": {"lot": "0" * 64 + ".1"}, "lines": [own(1)]}
    statement = as_stated(trade.world, trade.carrier, "handling/1", body)
    assert refused(trade.world, statement, UnknownLotError).lot == "0" * 64 + ".1"


def test_cooling_ones_own_lot_adds_to_what_is_left_of_it(trade: Trade) -> None:
    trade.send(quantity=kg(500))
    trade.world.handle(trade.packhouse, (own(11),), lot=trade.lot)
    lot = trade.kept(trade.lot)
    assert (lot.balance(), lot.quantity, lot.taken) == (fossil(61), kg(500), 0)
    assert trade.shipment(trade.send(quantity=kg(500))).total == fossil(61)


def test_what_is_claimed_on_somebody_elses_lot_stays_unassigned(trade: Trade) -> None:
    trade.world.handle(trade.port, (own(11),), lot=trade.lot)
    assert trade.kept(trade.lot).total == fossil(100)
    assert trade.balance("handling_unassigned", trade.port) == fossil(11)


def test_nothing_is_added_to_an_empty_lot(trade: Trade) -> None:
    trade.send(quantity=kg(1000))
    body = {"target": {"lot": trade.lot}, "lines": [own(1)]}
    statement = as_stated(trade.world, trade.packhouse, "handling/1", body)
    assert refused(trade.world, statement, ZeroQuantityError).field == "target/lot"


def test_a_lot_is_not_handled_before_it_begins(trade: Trade) -> None:
    body = {"occurred": MAY, "target": {"lot": trade.lot}, "lines": [own(1)]}
    error = refused(trade.world, as_stated(trade.world, trade.packhouse, "handling/1", body), TooEarlyError)
    assert error.what == "the handling"


def test_more_than_a_fifth_added_on_the_way_is_flagged(trade: Trade) -> None:
    shipment = trade.send(trade.carrier)
    trade.world.handle(trade.carrier, (own(10),), shipment=shipment)
    assert not trade.shipment(shipment).beyond_a_fifth()
    trade.world.handle(trade.carrier, (own(1),), shipment=shipment)
    assert trade.shipment(shipment).beyond_a_fifth()


def test_no_more_is_added_to_a_shipment_than_one_receipt_can_list(trade: Trade) -> None:
    shipment = trade.send(trade.carrier)
    many = tuple(Handled(f"{number:064x}", trade.carrier.id, NOTHING) for number in range(200))
    with trade.world.store.write() as writer:
        writer.keep_shipment(replace(trade.shipment(shipment), handlings=many, claimed=many))
    body = {"target": {"shipment": shipment}, "lines": [own(1)]}
    error = refused(
        trade.world, as_stated(trade.world, trade.carrier, "handling/1", body), TooManyHandlingsError
    )
    assert (error.shipment, error.count, error.limit) == (shipment, 200, 200)
    error = refused(
        trade.world, as_stated(trade.world, trade.port, "handling/1", body), TooManyHandlingsError
    )
    assert error.count == 200


@pytest.mark.parametrize(("part", "whole"), [("5", "4"), ("0", "4"), ("0", "0")])
def test_a_shared_lorry_carries_a_part_of_its_whole_load(trade: Trade, part: str, whole: str) -> None:
    body = {
        "target": {"shipment": trade.send()},
        "lines": [own(1)],
        "share": shared(part, whole),
    }
    statement = as_stated(trade.world, trade.carrier, "handling/1", body)
    error = refused(trade.world, statement, VehicleShareError)
    assert (error.own, error.total) == (int(part), int(whole))


def test_a_lorry_may_carry_one_load_alone(trade: Trade) -> None:
    leg = {"key": "lorry", "mode": "road", "mass_mg": "4000000", "distance_m": "1000"}
    leg["distance_basis"] = "shortest_feasible"
    body = {
        "target": {"shipment": trade.send()},
        "lines": [own(1)],
        "leg": leg,
        "share": shared("4", "4"),
    }
    assert trade.world.state(trade.carrier, "handling/1", body).issuer == trade.carrier.id
