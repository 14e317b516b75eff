"""A trip of a shared vehicle is whole: the loads of one trip come to what it carried, over all shipments."""

from __future__ import annotations

import pytest

from ledger.logistics import trips
from ledger.logistics.errors import OverfullTripError, TripTotalError
from ledger.services import BatchError
from ledger.signed import Statement
from tests.builders import Party
from tests.unit.logistics.legs import Plain, leg, line
from tests.unit.refusals import as_stated, refused
from tests.unit.trade import Trade


@pytest.fixture
def trade() -> Trade:
    return Trade()


class Load:
    """A part of a lorry's load of 100 mg, which burnt 100 L on the way."""

    def __init__(self, trade: Trade, *, day: str = "2026-06-10", trip: str | None = "T-7") -> None:
        self.trade, self.day, self.trip = trade, day, trip

    def of(self, own: int, total: int = 100, carrier: Party | None = None) -> Statement:
        """Sign the handling of a fresh shipment."""
        party = carrier or self.trade.carrier
        quantity = {100: f"{own}", 50: f"{own * 2}"}[total]
        whole = [{"line": "0", "quantity": "100"}]
        share: Plain = {"own": str(own), "total": str(total), "basis": "mass", "whole": whole}
        if self.trip is not None:
            share["trip"] = self.trip
        body = {
            "occurred": {"from": self.day, "to": self.day, "zone": "Asia/Shanghai"},
            "target": {"shipment": self.trade.send(party, quantity=1)},
            "lines": [line("towed", quantity, "L", 5)],
            "leg": leg(mass=own),
            "share": share,
        }
        return as_stated(self.trade.world, party, "handling/1", body)


def test_the_loads_of_one_trip_may_not_come_to_more_than_it_carried_on_whatever_shipments(
    trade: Trade,
) -> None:
    trade.world.post(Load(trade).of(60))
    trade.world.post(Load(trade, day="2026-06-13").of(39))
    error = refused(trade.world, Load(trade).of(2), OverfullTripError)
    assert (error.trip, error.carried, error.total) == ("T-7", 101, 100)
    trade.world.post(Load(trade).of(1))


def test_the_loads_of_one_batch_are_added_up_too(trade: Trade) -> None:
    batch = [Load(trade).of(60), Load(trade).of(41)]
    with pytest.raises(BatchError) as refusal:
        trade.world.post(*batch)
    assert isinstance(refusal.value.cause, OverfullTripError)


def test_all_loads_of_a_trip_state_the_same_total(trade: Trade) -> None:
    first = Load(trade).of(20)
    trade.world.post(first)
    error = refused(trade.world, Load(trade).of(20, total=50), TripTotalError)
    assert (error.stated, error.before, error.statement) == ("50 by mass", "100 by mass", first.digest)


def test_other_trips_other_carriers_other_weeks_and_the_same_statement_again_are_not_added(
    trade: Trade,
) -> None:
    load = Load(trade).of(60)
    trade.world.post(load)
    trade.world.post(load)
    trade.world.post(Load(trade, trip="T-8").of(60))
    trade.world.post(Load(trade, trip=None).of(60))
    trade.world.post(Load(trade).of(60, carrier=trade.port))
    trade.world.post(Load(trade, day="2026-06-20").of(60))


def test_only_the_newest_statements_around_a_trip_are_looked_at(
    trade: Trade, monkeypatch: pytest.MonkeyPatch
) -> None:
    trade.world.post(Load(trade).of(60))
    trade.world.post(Load(trade, trip="T-8").of(60))
    monkeypatch.setattr(trips, "MAX_LOOKED_AT", 1)
    trade.world.post(Load(trade).of(60))
