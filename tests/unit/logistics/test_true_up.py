"""A port trues up a month's stays once its meters are read: a correction of the handling."""

from __future__ import annotations

from ledger.logistics.chain import transport_chain
from tests.builders import own
from tests.unit.logistics.legs import fuel, leg, power
from tests.unit.logistics.test_chain import add
from tests.unit.trade import Trade, fossil


def test_a_months_true_up_changes_what_is_still_on_its_way() -> None:
    trade = Trade()
    shipment = trade.send(trade.port)
    use = {"use": "shore_power", "lines": ["0"], "reading": "metered"}
    stay = leg("hub", stay={"uses": [use]})
    handled = add(trade, shipment, trade.port, [power("34", 5), own(2)], stay)
    trade.world.correct(trade.port, handled, drop=(0,), add=(power("36.5", 6),))
    assert trade.shipment(shipment).total == fossil(52) + fossil(6, "secondary")
    assert trade.kept(trade.world.receive(trade.importer, shipment)).total.gross_mg() == 58


def test_a_months_true_up_of_a_lot_in_store_changes_the_lot() -> None:
    trade = Trade()
    body = {"target": {"lot": trade.lot}, "lines": [power("10", 7)], "leg": leg("hub", key="cold store")}
    handled = trade.world.state(trade.packhouse, "handling/1", body).digest
    trade.world.correct(trade.packhouse, handled, drop=(0,), add=(power("12", 9),))
    assert trade.kept(trade.lot).total == fossil(100) + fossil(9, "secondary")


def test_a_corrected_stay_is_shown_as_signed_and_as_it_is_now() -> None:
    trade = Trade()
    shipment = trade.send(trade.port)
    lines = [*fuel("7", 20, 5), power("34", 5)]
    handled = add(trade, shipment, trade.port, lines, leg("hub", mass=1000))
    diesel, _ = fuel("8", 23, 6)
    correction = trade.world.correct(trade.port, handled, drop=(0, 2), add=(diesel, power("36.5", 6)))
    statements = [trade.world.logged(handled).statement, correction]
    reaching = {handled: fossil(5), correction.digest: fossil(29)}
    (element,) = transport_chain(statements, {handled: 1, correction.digest: 1}, reaching)
    assert (element.ttw_mg, element.wtt_mg, element.wtw_mg) == (20, 10, 30)
    assert (element.now_mg, element.reaches) == (34, fossil(34))
    assert element.corrections == (correction.digest,)
