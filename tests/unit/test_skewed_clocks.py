"""Phones are often wrong: a signing time far from the log's is flagged, never refused."""

from __future__ import annotations

from datetime import timedelta

from ledger.bundle import build, to_bytes
from ledger.drafting import Wish, prepare
from ledger.signed import MAX_SKEW, is_skewed
from ledger.verification import verify
from tests.builders import BEGINNING, JUNE, World, kg


def test_a_dispatch_signed_by_a_clock_two_days_wrong_is_booked_and_flagged() -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    lot = world.produce(farm, "lychee", kg(10), lines=())
    body = {"occurred": JUNE, "take": {"lot": lot, "quantity": str(kg(4))}, "consignee": "outside"}
    with world.store.read() as view:
        wish = Wish("dispatch/1", farm.id, body)
        statement = prepare(wish, view, BEGINNING + timedelta(days=2)).draft.sign(farm.key)
    world.ledger.post([statement])
    assert is_skewed(statement, BEGINNING)
    assert not is_skewed(statement, BEGINNING + timedelta(days=2) - MAX_SKEW)
    with world.store.read() as view:
        raw = to_bytes(build(view, statement.digest, lambda _: None))
    report = verify(raw)
    assert report.ok
    assert report.verdicts[2].detail.endswith("1 of them by a clock over a day away from the log's.")
