"""Stock by product: first in first out, or the weighted average of all that is there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import picking
from ledger.components import Components
from ledger.drafting import Wish, prepare
from ledger.forms import FieldFormError
from ledger.lots import Lot, ZeroQuantityError
from ledger.overlay import Overlay
from ledger.periods import CivilDay
from ledger.picking import MixedStockError, NotInStockError, StockTooLargeError, TooManyLotsError, pick
from tests.builders import JUNE, World, kg, output, own
from tests.unit.balances import kept
from tests.unit.conservation.plain_books import PlainBooks


def lot(number: int, quantity: int, **more: Any) -> Lot:
    total = Components.of("fossil.measured", 1000)
    began = CivilDay("2026-06-01", "Asia/Shanghai")
    made = Lot(
        f"{number:064x}.0", "a", "juice", "mg", total, quantity, 0, began, "production", quantity, total
    )
    return replace(made, **more)


def made_of(world: World, farm: Any, method: str, quantity: int) -> Any:
    inputs = [{"product": "juice", "quantity": str(quantity), "method": method}]
    body = {"inputs": inputs, "outputs": [output("blend", quantity)], "policy": {"id": "mass/1"}}
    return world.state(farm, "production/1", body)


@pytest.fixture
def world() -> World:
    return World()


def stocked(world: World) -> tuple[Any, list[str]]:
    farm = world.register("Farm", "farmer")
    lots = []
    for day, (quantity, emitted) in enumerate([(3, 30), (5, 10), (2, 50)], 1):
        occurred = {**JUNE, "from": f"2026-06-0{day}"}
        body = {
            "outputs": [output("juice", kg(quantity))],
            "lines": [own(kg(emitted))],
            "policy": {"id": "mass/1"},
        }
        lots.append(f"{world.state(farm, 'production/1', {**body, 'occurred': occurred}).digest}.0")
    return farm, lots


def test_first_in_first_out_takes_the_oldest_lots_whole(world: World) -> None:
    farm, lots = stocked(world)
    made = made_of(world, farm, "fifo", kg(4))
    assert [(one.lot, int(one.end)) for one in made.body.inputs] == [(lots[0], kg(3)), (lots[1], kg(1))]
    assert kept(world, f"{made.digest}.0").total.gross_mg() == kg(32)


def test_a_weighted_average_carries_the_mean_of_all_stock(world: World) -> None:
    farm, _lots = stocked(world)
    made = made_of(world, farm, "average", kg(5))
    assert kept(world, f"{made.digest}.0").total.gross_mg() == kg(45)
    assert len(made.body.inputs) == 3


def test_the_same_product_twice_in_one_statement_goes_on_where_the_first_ends(world: World) -> None:
    farm, lots = stocked(world)
    asked = {"product": "juice", "quantity": str(kg(2)), "method": "fifo"}
    body = {"inputs": [asked, asked], "outputs": [output("blend", kg(4))], "policy": {"id": "mass/1"}}
    taken = world.state(farm, "production/1", body).body.inputs  # type: ignore[attr-defined]
    assert [(one.lot, int(one.start), int(one.end)) for one in taken] == [
        (lots[0], 0, kg(2)),
        (lots[0], kg(2), kg(3)),
        (lots[1], 0, kg(1)),
    ]


def test_a_correction_takes_from_stock_by_product_too(world: World) -> None:
    farm, _lots = stocked(world)
    made = world.production(farm, (output("jam", kg(1)),), lines=(own(1),))
    change = {"add_inputs": [{"product": "juice", "quantity": str(kg(1)), "method": "average"}]}
    world.state(farm, "correction/1", {"corrects": made.digest, "change": change})
    assert kept(world, f"{made.digest}.0").total.gross_mg() == kg(9) + 1


@pytest.mark.parametrize(
    "asked",
    [
        {"product": "juice", "quantity": "1"},
        {"product": "juice", "quantity": "1", "method": "lifo"},
        {"product": "juice", "quantity": "1", "method": "fifo", "lot": "x"},
    ],
)
def test_what_is_asked_by_product_names_a_known_method(world: World, asked: dict[str, str]) -> None:
    farm, _lots = stocked(world)
    body = {"inputs": [asked], "outputs": [output("blend", 1)], "policy": {"id": "mass/1"}}
    with pytest.raises(FieldFormError, match="method"):
        world.sign(farm, "production/1", body)


def test_more_than_is_in_stock_is_refused_with_both_numbers(world: World) -> None:
    farm, _lots = stocked(world)
    with pytest.raises(NotInStockError) as caught:
        made_of(world, farm, "fifo", kg(10) + 1)
    assert (caught.value.held, caught.value.asked, caught.value.unit) == (kg(10), kg(10) + 1, "mg")


def test_a_view_that_lists_no_lots_has_no_stock() -> None:
    plain = PlainBooks()
    world = World()
    farm = world.register("Farm", "farmer")
    with world.store.read() as view:
        known = view.organization(farm.id)
    assert known is not None
    plain.keep_organization(known)
    asked = [{"product": "juice", "quantity": "1", "method": "fifo"}]
    body = {"occurred": JUNE, "inputs": asked, "outputs": [output("blend", 1)], "policy": {"id": "mass/1"}}
    with pytest.raises(NotInStockError):
        prepare(Wish("production/1", farm.id, body), Overlay(plain), world.clock.now())


def test_stock_in_two_units_is_named_by_its_lots() -> None:
    with pytest.raises(MixedStockError) as caught:
        pick([lot(1, 5), lot(2, 5, unit="mL")], "juice", 2, "fifo")
    assert caught.value.units == "mL and mg"


def test_nothing_is_no_quantity() -> None:
    with pytest.raises(ZeroQuantityError):
        pick([lot(1, 5)], "juice", 0, "average")


def test_a_statement_takes_from_two_hundred_lots_at_most() -> None:
    many = [lot(number, 10) for number in range(201)]
    assert len(pick(many, "juice", 2000, "fifo")) == 200
    with pytest.raises(TooManyLotsError) as caught:
        pick(many, "juice", 2001, "fifo")
    assert (caught.value.count, caught.value.limit) == (201, 200)


def test_a_holder_of_very_many_lots_names_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    farm, _lots = stocked(world)
    monkeypatch.setattr(picking, "MAX_SEARCHED", 2)
    with pytest.raises(StockTooLargeError):
        made_of(world, farm, "fifo", 1)


def test_goods_in_process_and_assets_are_no_stock(world: World) -> None:
    farm = world.register("Farm", "farmer")
    cask = output("juice", kg(1))
    cask["balance"]["kind"] = "in_process"
    world.production(farm, (cask,), lines=(own(1),))
    with pytest.raises(NotInStockError) as caught:
        made_of(world, farm, "average", 1)
    assert caught.value.held == 0


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=20), st.data())
def test_either_method_takes_exactly_what_is_asked_and_never_more_than_a_lot_has(
    lefts: list[int], data: st.DataObject
) -> None:
    lots = [lot(number, left) for number, left in enumerate(lefts)]
    quantity = data.draw(st.integers(1, sum(lefts)))
    for method in picking.METHODS:
        taken = pick(lots, "juice", quantity, method)
        assert sum(amount for _, amount in taken) == quantity
        assert all(0 < amount <= one.left for one, amount in taken)
