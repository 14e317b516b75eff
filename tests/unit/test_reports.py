from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ledger.accounts import Account
from ledger.components import SLOTS, Components
from ledger.reports import COLUMNS, PeriodStatement, conservation, period_statement, statement_json
from ledger.reports.period import holds
from ledger.reports.scopes import ScopeKey, scopes_report
from tests.builders import Party, World, a_season, bought, kg, own

JULY_TO_DECEMBER = (date(2026, 7, 1), date(2026, 12, 31))
OWN = "fossil.calculated"
GAP = "fossil.secondary"


@pytest.fixture
def world() -> World:
    return World()


def stated(
    world: World, party: Party, first: date | None = None, last: date | None = None
) -> PeriodStatement:
    with world.store.read() as view:
        found = period_statement(view, party.id, first, last)
    for slot in range(66):
        comes = found.opening.get(slot, 0)
        for name in COLUMNS:
            mg = found.columns[name].get(slot, 0)
            comes += -mg if name in ("handed_on", "disposed", "lost") else mg
        assert comes == found.closing.get(slot, 0), slot
    return found


def gross(world: World, party: Party) -> dict[str, str]:
    shown: Any = statement_json(stated(world, party))["gross_mg"]
    return {name: mg for name, mg in shown.items() if mg != "0"}


def test_opening_and_what_came_in_less_what_went_out_is_closing_for_everybody() -> None:
    world = World()
    a_season(world)
    with world.store.read() as view:
        parties = [Party(found.name, id=found.id) for found in view.organizations()]
    closing = Components()
    for party in parties:
        closing = closing + Components(stated(world, party).closing)
    with world.store.read() as view:
        held = [
            Components(balance)
            for account, balance in view.balances()
            if holds(account, account.organization)
        ]
    assert closing == Components.total_of(held)


def test_a_growers_statement_shows_direct_gaps_removals_and_what_it_handed_on(world: World) -> None:
    grower, buyer = world.register("Grower", "farmer"), world.register("Buyer", "buyer")
    lines = (own(600), bought(300), own(50, "land_removal.measured"), own(100, "luc.imported"))
    lot = world.produce(grower, "lychee", kg(10), lines=lines)
    world.receive(buyer, world.dispatch(grower, lot, kg(5), to=buyer))
    world.dispatch(grower, lot, kg(2), to=None)
    world.dispose(grower, lot, kg(1), "consumer")
    world.dispatch(grower, lot, kg(1), to=buyer)
    found = stated(world, grower)
    assert Components(found.columns["removals"]).wire() == {"land_removal.measured": "50"}
    assert gross(world, grower) == {
        "direct": "600",
        "imported": "100",
        "gaps": "300",
        "handed_on": "700",
        "disposed": "100",
        "closing": "200",
    }
    assert gross(world, buyer) == {"taken_over": "500", "closing": "500"}


def test_a_carrier_closes_at_nothing(world: World) -> None:
    grower, carrier = world.register("Grower", "farmer"), world.register("Carrier", "carrier")
    lot = world.produce(grower, "lychee", kg(10))
    shipment = world.dispatch(grower, lot, kg(10), to=carrier, handlers=(carrier,))
    world.handle(carrier, (own(40), bought(2)), shipment=shipment)
    assert gross(world, carrier) == {"direct": "40", "gaps": "2", "handed_on": "42"}
    assert gross(world, grower) == {"taken_over": "42", "closing": "42"}


def test_a_gap_that_was_replaced_counts_no_more(world: World) -> None:
    grower, carrier = world.register("Grower", "farmer"), world.register("Carrier", "carrier")
    lot = world.produce(grower, "lychee", kg(10))
    inside = world.dispatch(grower, lot, kg(5), to=carrier, handlers=(carrier,))
    outside = world.dispatch(grower, lot, kg(5), to=None, handlers=(carrier,))
    for shipment in (inside, outside):
        world.handle(grower, (bought(80),), shipment=shipment, leg="lorry")
    assert gross(world, grower) == {"gaps": "160", "handed_on": "80", "closing": "80"}
    for shipment in (inside, outside):
        world.handle(carrier, (own(60),), shipment=shipment, leg="lorry")
    assert gross(world, grower) == {"taken_over": "120", "handed_on": "60", "closing": "60"}
    assert gross(world, carrier) == {"direct": "120", "handed_on": "120"}


def test_a_period_begins_with_what_the_last_one_left(world: World) -> None:
    grower = world.register("Grower", "farmer")
    lot = world.produce(grower, "lychee", kg(10), lines=(own(100),))
    world.dispatch(grower, lot, kg(5), to=None)
    june = stated(world, grower, date(2026, 6, 1), date(2026, 6, 30))
    assert (june.opening, june.closing) == ({}, {SLOTS[OWN]: 50})
    later = stated(world, grower, *JULY_TO_DECEMBER)
    assert (later.opening, later.closing) == ({SLOTS[OWN]: 50}, {SLOTS[OWN]: 50})
    assert all(not column for column in later.columns.values())
    before = stated(world, grower, None, date(2026, 6, 29))
    assert (before.opening, before.closing) == ({}, {})


def test_a_statement_is_written_with_dates_and_decimal_strings(world: World) -> None:
    grower = world.register("Grower", "farmer")
    world.produce(grower, "lychee", kg(10), lines=(own(100), own(30, "tech_removal.measured")))
    shown = statement_json(stated(world, grower))
    assert (shown["organization"], shown["from"], shown["to"]) == (grower.id, None, None)
    assert shown["closing"] == {OWN: "100", "tech_removal.measured": "30"}
    assert shown["direct"] == {OWN: "100"}
    dated = statement_json(stated(world, grower, *JULY_TO_DECEMBER))
    assert (dated["from"], dated["to"]) == ("2026-07-01", "2026-12-31")
    backwards = PeriodStatement(organization=grower.id, columns={"gaps": {SLOTS[GAP]: -80}})
    shown_gross: Any = statement_json(backwards)["gross_mg"]
    assert {name: mg for name, mg in shown_gross.items() if mg != "0"} == {"gaps": "-80"}


def test_a_milligram_that_is_nowhere_shows() -> None:
    source, lot = Account("environment", "a"), Account("lot", "a", "x")
    good = conservation([(source, {0: -5, 3: -2}), (lot, {0: 5}), (Account("waste_sink", "a"), {3: 2})])
    assert good.holds
    assert (good.recorded_mg, good.accounted_mg) == (7, 7)
    assert good.by_component == {"fossil.measured": (5, 5), "fossil.secondary": (2, 2)}
    bad = conservation([(source, {0: -5, 3: -2}), (lot, {0: 4, 3: 3})])
    assert not bad.holds
    assert (bad.recorded_mg, bad.accounted_mg) == (7, 7)
    assert conservation([(source, {0: 0})]).by_component == {}


def test_services_taken_over_count_as_they_were_corrected_before_the_receipt(world: World) -> None:
    grower, buyer = world.register("Grower", "farmer"), world.register("Buyer", "buyer")
    carrier = world.register("Carrier", "carrier")
    lot = world.produce(grower, "lychee", kg(10), lines=(own(100),))
    shipment = world.dispatch(grower, lot, kg(10), to=buyer, handlers=(carrier,))
    carriage = world.handle(carrier, (own(40),), shipment=shipment)
    world.correct(carrier, carriage.digest, drop=(0,), add=(own(64),))
    world.receive(buyer, shipment)
    with world.store.read() as view:
        rows = scopes_report(view, buyer.id).rows
    assert rows == {
        ScopeKey("3", "1", origin="taken_over"): {SLOTS[OWN]: 100},
        ScopeKey("3", "4", origin="taken_over"): {SLOTS[OWN]: 64},
    }
    world.correct(carrier, carriage.digest, drop=(1,), add=(own(1),))
    with world.store.read() as view:
        assert scopes_report(view, buyer.id).rows == rows
