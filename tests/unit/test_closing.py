"""Closing the books: a closed period changes only by what is dated later."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ledger.closing import (
    ClosedPeriodError,
    ClosingBalanceError,
    PeriodNotOverError,
    PeriodOrderError,
    UnclosablePeriodError,
)
from ledger.drafting import Wish, prepare
from ledger.forms import MissingFieldError
from ledger.identifiers import lot_id
from ledger.identity import Organization
from ledger.in_memory import InMemoryStore
from ledger.replaying import replay
from ledger.rules import DateOrderError
from tests.builders import JUNE, Party, World, bought, kg, output, own, take
from tests.opening_books import MAY, close, open_books, opened
from tests.unit.refusals import as_stated, plain, refused

JULY_1 = {"from": "2026-07-01", "to": "2026-07-01", "zone": "Asia/Shanghai"}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def farm(world: World) -> Party:
    return world.register("Farm", "farmer")


def known(world: World, party: Party) -> Organization:
    with world.store.read() as view:
        found = view.organization(party.id)
    assert found is not None
    return found


def grown(world: World, farm: Party, mg: int, occurred: dict[str, str]) -> str:
    body = {
        "occurred": occurred,
        "outputs": [output("lychee", kg(10))],
        "lines": [own(mg)],
        "policy": {"id": "mass/1"},
    }
    return lot_id(world.state(farm, "production/1", body).digest, 0)


def test_whoever_closes_signs_what_it_held_at_the_end_of_the_period(world: World, farm: Party) -> None:
    open_books(world, farm, opened("seedlings", kg(3), fossil__secondary=40))
    grown(world, farm, 100, JUNE)
    assert plain(close(world, farm, "2026-05-01", "2026-05-31"))["closing"] == {"fossil.secondary": "40"}
    assert plain(close(world, farm, "2026-06-01", "2026-06-30"))["closing"] == {
        "fossil.calculated": "100",
        "fossil.secondary": "40",
    }
    assert known(world, farm).closed_until == "2026-06-30"


def test_a_statement_dated_in_a_closed_period_is_refused_with_the_first_open_date(
    world: World, farm: Party
) -> None:
    lot = grown(world, farm, 100, JUNE)
    whole = plain(world.sign(farm, "disposal/1", {"take": take(lot, kg(1)), "fate": "waste"}))
    close(world, farm, "2026-01-01", "2026-06-30")
    error = refused(world, as_stated(world, farm, "disposal/1", whole), ClosedPeriodError)
    assert error.facts() == {
        "occurred": "2026-06-30",
        "organization": farm.id,
        "closed_until": "2026-06-30",
        "first_open": "2026-07-01",
    }
    assert "2026-06-30" in str(error)
    assert "2026-07-01" in str(error)
    world.post(as_stated(world, farm, "disposal/1", {**whole, "occurred": JULY_1}))


def test_a_draft_in_a_closed_period_is_offered_the_first_open_date(world: World, farm: Party) -> None:
    lot = grown(world, farm, 100, JUNE)
    close(world, farm, "2026-06-01", "2026-06-30")
    body: dict[str, Any] = {"occurred": JUNE, "take": take(lot, kg(1)), "fate": "waste"}
    with world.store.read() as view, pytest.raises(ClosedPeriodError) as caught:
        prepare(Wish("disposal/1", farm.id, body), view, world.clock.now())
    later = {"from": "2026-06-30", "to": caught.value.first_open, "zone": "Asia/Shanghai"}
    world.state(farm, "disposal/1", {**body, "occurred": later})


def test_a_correction_dated_later_is_right_and_one_dated_in_the_period_is_not(
    world: World, farm: Party
) -> None:
    body = {
        "outputs": [output("lychee", kg(10))],
        "lines": [own(100), bought(50, "urea")],
        "policy": {"id": "mass/1"},
    }
    made = world.state(farm, "production/1", body)
    closed = close(world, farm, "2026-06-01", "2026-06-30")
    change = {"drop_lines": ["1"], "add_lines": [bought(45, "urea-2")], "add_inputs": []}
    with pytest.raises(ClosedPeriodError):
        world.state(farm, "correction/1", {"corrects": made.digest, "change": change})
    world.state(farm, "correction/1", {"occurred": JULY_1, "corrects": made.digest, "change": change})
    with world.store.read() as view:
        lot = view.lot(lot_id(made.digest, 0))
    assert lot is not None
    assert lot.balance().gross_mg() == 145
    assert plain(closed)["closing"] == {"fossil.calculated": "100", "fossil.secondary": "50"}


def test_nobody_else_changes_a_closed_period_either(world: World, farm: Party) -> None:
    buyer = world.register("Buyer", "buyer")
    sent = world.dispatch(farm, grown(world, farm, 100, JUNE), kg(10), to=buyer)
    close(world, farm, "2026-06-01", "2026-06-30")
    body = {"takes_over": {"shipment": sent}, "outcome": "accepted"}
    with world.store.read() as view, pytest.raises(ClosedPeriodError) as caught:
        prepare(Wish("receipt/1", buyer.id, {"occurred": JUNE, **body}), view, world.clock.now())
    assert caught.value.organization == farm.id
    arrived = {"from": "2026-06-30", "to": "2026-07-01", "zone": "Asia/Shanghai"}
    world.state(buyer, "receipt/1", {**body, "occurred": arrived})
    assert known(world, buyer).closed_until == ""


def test_periods_are_closed_in_their_order_without_a_day_between(world: World, farm: Party) -> None:
    close(world, farm, "2026-04-01", "2026-04-30")
    for first, last in (
        ("2026-04-01", "2026-04-30"),
        ("2026-03-01", "2026-03-31"),
        ("2026-05-02", "2026-05-31"),
    ):
        occurred = {"from": first, "to": last, "zone": "Asia/Shanghai"}
        stated = as_stated(world, farm, "period_close/1", {"occurred": occurred, "closing": {}})
        error = refused(world, stated, PeriodOrderError)
        assert (error.start, error.closed_until, error.expected) == (first, "2026-04-30", "2026-05-01")
    close(world, farm, "2026-05-01", "2026-05-31")
    backwards = {"from": "2026-06-02", "to": "2026-06-01", "zone": "Asia/Shanghai"}
    stated = as_stated(world, farm, "period_close/1", {"occurred": backwards, "closing": {}})
    refused(world, stated, DateOrderError)


def test_a_period_is_closed_when_it_is_over_where_it_is(world: World, farm: Party) -> None:
    world.clock.time = datetime(2026, 7, 1, 15, 50, 0, tzinfo=UTC)
    stated = as_stated(world, farm, "period_close/1", {"occurred": JULY_1, "closing": {}})
    error = refused(world, stated, PeriodNotOverError)
    assert (error.end, error.zone) == ("2026-07-01", "Asia/Shanghai")
    world.clock.time = datetime(2026, 7, 1, 16, 0, 0, tzinfo=UTC)
    world.post(stated)


def test_a_closing_balance_that_the_books_do_not_hold_is_refused(world: World, farm: Party) -> None:
    lot = grown(world, farm, 100, JUNE)
    stated = world.sign(farm, "period_close/1", {"occurred": JUNE})
    world.dispose(farm, lot, kg(5))
    error = refused(world, stated, ClosingBalanceError)
    assert error.stated == {"fossil.calculated": "100"}
    assert error.expected == {"fossil.calculated": "50"}


def test_a_period_does_not_close_between_a_sale_and_the_making_of_the_goods(
    world: World, farm: Party
) -> None:
    lot = grown(world, farm, 100, {**JUNE, "from": "2026-05-20"})
    early = {"from": "2026-05-25", "to": "2026-05-25", "zone": "Asia/Shanghai"}
    world.state(farm, "disposal/1", {"occurred": early, "take": take(lot, kg(5)), "fate": "waste"})
    stated = as_stated(world, farm, "period_close/1", {"occurred": MAY, "closing": {}})
    error = refused(world, stated, UnclosablePeriodError)
    assert (error.component, error.mg) == ("fossil.calculated", -50)
    close(world, farm, "2026-05-01", "2026-06-30")


def test_a_draft_of_a_close_names_its_period(world: World, farm: Party) -> None:
    with world.store.read() as view, pytest.raises(MissingFieldError, match="occurred"):
        prepare(Wish("period_close/1", farm.id, {}), view, world.clock.now())


def test_a_replay_closes_the_same_periods(world: World, farm: Party) -> None:
    grown(world, farm, 100, JUNE)
    close(world, farm, "2026-06-01", "2026-06-30")
    again = InMemoryStore()
    with world.store.read() as view, again.write() as scratch:
        replay(scratch, view.entries(0, view.size()))
    with again.read() as view:
        assert view.organization(farm.id) == known(world, farm)
