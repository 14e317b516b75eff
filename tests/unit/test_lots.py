from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.components import NOTHING, Components
from ledger.errors import LedgerError
from ledger.forms import validated
from ledger.lines import Take
from ledger.lots import (
    Handled,
    Lot,
    OverdrawnLotError,
    Shipment,
    StaleLotError,
    TakenLiabilityError,
    TooManyChangesError,
    ZeroQuantityError,
)
from ledger.periods import CivilDay
from ledger.segments import Change

LOT_ID = "ab" * 32 + ".0"
TONNE = 10**9
LOT = Lot(
    id=LOT_ID,
    holder="org",
    product="lychee",
    unit="mg",
    total=Components.parse({"fossil.measured": "1000000007", "luc.spend": "13"}),
    quantity=3 * TONNE,
    taken=0,
    began=CivilDay("2026-06-01", "Asia/Shanghai"),
    made="production",
    original_quantity=3 * TONNE,
    given=Components.parse({"fossil.measured": "1000000007", "luc.spend": "13"}),
)


def signed(lot: Lot, quantity: int, **changes: Any) -> Take:
    return validated(Take, lot.offer(quantity) | changes)


def refusal(lot: Lot, take: Take) -> LedgerError:
    with pytest.raises(LedgerError) as caught:
        lot.take(take)
    return caught.value


@given(st.lists(st.integers(1, 3 * TONNE), max_size=8), st.data())
def test_whatever_is_taken_and_added_a_lot_neither_loses_nor_invents_carbon(
    quantities: list[int], data: st.DataObject
) -> None:
    lot, carried, put_in = LOT, NOTHING, LOT.total
    for number, quantity in enumerate(quantities):
        if quantity <= lot.left:
            lot, share, took = lot.take(signed(lot, quantity))
            assert took == quantity
            carried = carried + share
        if lot.left and data.draw(st.booleans()):
            more = Components.of("fossil.measured", data.draw(st.integers(1, 10**6)))
            lot, put_in = lot.changed(f"{number:064x}", more), put_in + more
        assert lot.balance() + carried == put_in
    if lot.left:
        lot, share, _ = lot.take(signed(lot, lot.left))
        carried = carried + share
    assert (lot.left, lot.balance()) == (0, NOTHING)
    assert carried == put_in


def test_a_lot_knows_whether_anything_was_ever_taken_from_it() -> None:
    assert LOT.untouched()
    handled = LOT.changed("cd" * 32)
    assert handled.untouched()
    after, _, _ = handled.take(signed(handled, 1))
    assert not after.untouched()
    assert not after.changed("ef" * 32).untouched()


def test_one_milligram_more_than_a_lot_holds_is_refused_with_both_numbers() -> None:
    half, _, _ = LOT.take(signed(LOT, TONNE))
    with pytest.raises(OverdrawnLotError) as caught:
        half.offer(2 * TONNE + 1)
    assert (caught.value.held, caught.value.asked, caught.value.unit) == (2 * TONNE, 2 * TONNE + 1, "mg")
    assert str(caught.value) == (f"Lot {LOT_ID} holds 2000000000 mg, but 2000000001 mg are taken. Take less.")
    error = refusal(half, signed(half, 2 * TONNE, to=str(3 * TONNE + 1)))
    assert isinstance(error, OverdrawnLotError)
    assert (error.held, error.asked) == (2 * TONNE, 2 * TONNE + 1)


def test_one_gram_more_than_a_lot_holds_is_refused_too() -> None:
    with pytest.raises(OverdrawnLotError) as caught:
        LOT.offer(3 * TONNE + 1000)
    assert caught.value.asked - caught.value.held == 1000


@pytest.mark.parametrize("quantity", [0, -1])
def test_nothing_cannot_be_taken(quantity: int) -> None:
    with pytest.raises(ZeroQuantityError) as caught:
        LOT.offer(quantity)
    assert str(caught.value) == "quantity is 0. State a quantity above 0."


def test_an_interval_that_ends_where_it_begins_takes_nothing() -> None:
    after, _, _ = LOT.take(signed(LOT, 7))
    assert type(refusal(after, signed(after, 1, to="7"))) is ZeroQuantityError
    assert type(refusal(after, signed(after, 1, to="3"))) is ZeroQuantityError


def test_an_interval_that_was_taken_before_is_stale() -> None:
    first = signed(LOT, 5)
    after, _, _ = LOT.take(first)
    error = refusal(after, first)
    assert isinstance(error, StaleLotError)
    assert (error.signed, error.expected) == ("from 0", "from 5")


def test_a_gap_between_intervals_is_refused() -> None:
    error = refusal(LOT, signed(LOT, 5, **{"from": "1", "to": "5"}))
    assert isinstance(error, StaleLotError)
    assert (error.signed, error.expected) == ("from 1", "from 0")


def test_an_interval_of_a_lot_as_it_was_before_a_handling_is_stale_and_says_how_it_stands_now() -> None:
    before = signed(LOT, 5)
    now = LOT.changed("cd" * 32, Components.of("fossil.measured", 3))
    error = refusal(now, before)
    assert isinstance(error, StaleLotError)
    assert error.signed == "3000000000 with 1000000020 mg CO2e gross after 0 changes"
    assert error.expected == "3000000000 with 1000000023 mg CO2e gross after 1 changes"
    assert now.take(signed(now, 5))[2] == 5


def test_every_part_of_the_segment_that_is_signed_must_be_the_lots() -> None:
    basis = LOT.offer(5)["basis"]
    wrongs: list[dict[str, Any]] = [
        {"quantity": "3000000001"},
        {"liability": {}},
        {"statements": ["cd" * 32]},
    ]
    for wrong in wrongs:
        assert type(refusal(LOT, signed(LOT, 5, basis=basis | wrong))) is StaleLotError


def test_an_interval_carries_its_share_and_nothing_else() -> None:
    error = refusal(LOT, signed(LOT, 3 * TONNE, liability={"fossil.measured": "1000000007"}))
    assert isinstance(error, TakenLiabilityError)
    assert error.signed == {"fossil.measured": "1000000007"}
    assert error.expected == {"fossil.measured": "1000000007", "luc.spend": "13"}
    assert "luc.spend" in str(error)


def test_an_empty_lot_keeps_what_is_put_into_it() -> None:
    empty = replace(LOT, quantity=0, total=Components.of("luc.spend", 4))
    assert empty.balance() == Components.of("luc.spend", 4)
    with pytest.raises(OverdrawnLotError):
        empty.offer(1)


def test_a_lot_is_changed_no_more_often_than_its_taker_can_list() -> None:
    full = replace(LOT, changes=tuple(Change(f"{n:064x}", LOT.quantity) for n in range(200)))
    assert full.take(signed(full, 5))[2] == 5
    with pytest.raises(TooManyChangesError) as caught:
        full.changed("cd" * 32)
    assert (caught.value.count, caught.value.limit) == (200, 200)


def shipment(dispatched: int, *added: int) -> Shipment:
    handlings = tuple(
        Handled(f"{n:064x}", "org", Components.of("fossil.measured", mg)) for n, mg in enumerate(added)
    )
    start = Components.of("fossil.measured", dispatched)
    total = start + Components.total_of(h.components for h in handlings)
    return Shipment(
        id="ab" * 32,
        lot=LOT_ID,
        sender="a",
        consignee="b",
        handlers=(),
        product="lychee",
        unit="mg",
        quantity=5,
        dispatched=start,
        total=total,
        sent_end=CivilDay("2026-06-30", "Asia/Shanghai"),
        handlings=handlings,
    )


def test_what_is_added_on_the_way_is_flagged_beyond_a_fifth_of_what_was_dispatched() -> None:
    assert not shipment(100, 20).beyond_a_fifth()
    assert shipment(100, 20, 1).beyond_a_fifth()
    assert shipment(100, 15, 15).added().gross_mg() == 30
    assert not shipment(0).beyond_a_fifth()
    assert shipment(0, 1).beyond_a_fifth()
