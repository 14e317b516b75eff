"""What all stores do alike: postings and balances of transfers, parties of shipments, pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.accounts import Account, Transfer
from ledger.components import Components
from ledger.interfaces import Movement
from ledger.quantities import MAX_AMOUNT, AmountTooLargeError
from ledger.storing import (
    CorruptRowError,
    NegativeBalanceError,
    changed_balances,
    pages,
    postings,
)
from tests.builders import World, kg, own

ENVIRONMENT, LOT, WASTE = (
    Account("environment", "org_a"),
    Account("lot", "org_a", "l.0"),
    Account("waste_sink", "org_a"),
)
AMOUNTS = st.dictionaries(st.integers(0, 65), st.integers(1, 10**6), min_size=1, max_size=5)


@given(st.lists(AMOUNTS, min_size=1, max_size=6))
def test_postings_add_up_to_the_balances(amounts: list[dict[int, int]]) -> None:
    transfers = [Transfer(ENVIRONMENT, LOT, Components(some)) for some in amounts]
    transfers.append(Transfer(LOT, WASTE, Components(amounts[0])))
    balances = changed_balances(transfers, lambda _: {})
    rows = postings(7, transfers)
    assert [row.number for row in rows] == list(range(len(rows)))
    assert {row.position for row in rows} == {7}
    for account, held in balances.items():
        summed: dict[int, int] = {}
        for row in rows:
            for side, sign in ((row.source, -1), (row.target, 1)):
                if side == account:
                    summed[row.slot] = summed.get(row.slot, 0) + sign * row.mg
        assert held == {slot: mg for slot, mg in summed.items() if mg}
        assert list(held) == sorted(held)


def test_an_account_may_be_empty_in_between_but_not_below() -> None:
    into, out = Transfer(ENVIRONMENT, LOT, Components({1: 5})), Transfer(LOT, WASTE, Components({1: 5}))
    assert changed_balances((out, into), lambda _: {})[LOT] == {}
    with pytest.raises(NegativeBalanceError, match=r"lot/org_a/l\.0 would hold -5 mg of fossil\.calculated"):
        changed_balances((out,), lambda _: {})
    with pytest.raises(NegativeBalanceError, match="-1 mg"):
        changed_balances((out,), lambda account: {1: 4} if account == LOT else {})


def test_a_balance_beyond_what_the_books_hold_is_refused_either_way() -> None:
    full = {LOT: {1: MAX_AMOUNT}, ENVIRONMENT: {1: -MAX_AMOUNT}}
    for source, target in ((ENVIRONMENT, WASTE), (Account("removal", "org_a"), LOT)):
        with pytest.raises(AmountTooLargeError, match=r"fossil\.calculated"):
            changed_balances(
                (Transfer(source, target, Components({1: 1})),), lambda account: full.get(account, {})
            )


def test_balances_that_were_given_stay_as_they_were() -> None:
    held = {1: 5}
    changed_balances((Transfer(ENVIRONMENT, LOT, Components({1: 5})),), lambda _: held)
    assert held == {1: 5}


def test_a_transfer_of_nothing_has_no_postings() -> None:
    assert postings(0, (Transfer(ENVIRONMENT, LOT, Components()),)) == []
    assert postings(3, (Transfer(ENVIRONMENT, LOT, Components({2: 9})),)) == [
        Movement(3, 0, ENVIRONMENT, LOT, 2, 9)
    ]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_give_every_row_once(limit: int) -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    lots = sorted(world.produce(farm, "lychee", kg(1), lines=(own(1),)) for _ in range(3))
    with world.store.read() as view:
        assert [lot.id for lot in pages(view.lots, limit)] == lots


def test_a_damaged_row_says_where_it_is() -> None:
    assert str(CorruptRowError("lot", "abc.0", "no such thing")) == (
        "Row abc.0 of table lot is damaged: no such thing. Run `passport audit`."
    )
