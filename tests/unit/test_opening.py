"""Opening balances: the goods that were there before the books began."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.accounts import Account
from ledger.closure import closure
from ledger.components import Components
from ledger.correcting import NotCorrectableError
from ledger.identifiers import lot_id
from ledger.identity import UnknownOrganizationError
from ledger.lots import ZeroQuantityError
from ledger.opening import OPENING, BooksBegunError, opened_lots
from ledger.production import OutputNumberError, UnitMassError
from ledger.provenance import Provenance, provenance
from ledger.reports import conservation, period_statement
from ledger.rules import DuplicateHandlerError, EvidenceError
from ledger.shown import share_text
from ledger.verification import verify
from scripts.vectors.handmade_log import burnt
from tests.builders import Party, World, bought, kg, own
from tests.bundle_worlds import bundle_bytes
from tests.opening_books import MAY, open_books, opened
from tests.unit.refusals import as_stated, refused


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def depot(world: World) -> Party:
    return world.register("Depot", "supplier")


def traced(world: World, passport: str) -> Provenance:
    with world.store.read() as view:
        return provenance([logged.statement for logged in closure(view, passport)], passport)


def test_opening_lots_hold_what_they_state_and_come_from_a_source_of_their_own(
    world: World, depot: Party
) -> None:
    first = open_books(
        world,
        depot,
        opened("crates", kg(40), fossil__secondary=70, fossil__measured=30),
        opened("film", 9, luc__spend=5),
    )
    with world.store.read() as view:
        lot = view.lot(first)
        assert lot is not None
        assert (lot.made, lot.left, lot.product, str(lot.began)) == (
            "opening",
            kg(40),
            "crates",
            "2026-05-31 (Asia/Shanghai)",
        )
        assert view.balance(Account("lot", depot.id, first)) == dict(lot.total)
        assert sum(view.balance(Account("opening", depot.id)).values()) == -105
        books = conservation(view.balances())
        statement = period_statement(view, depot.id)
    assert (books.holds, books.recorded_mg) == (True, 105)
    assert sum(statement.columns["start_up"].values()) == 105
    assert sum(statement.closing.values()) == 105


def test_several_openings_in_a_row_are_fine_until_something_else_is_booked(
    world: World, depot: Party
) -> None:
    open_books(world, depot, opened("crates", kg(40), fossil__secondary=70))
    second = open_books(world, depot, opened("film", kg(1), fossil__secondary=7))
    world.produce(depot, "packed", kg(1), lines=(own(5),), inputs=((second, kg(1)),))
    late: dict[str, Any] = {"occurred": MAY, "lots": [opened("ice", kg(3), fossil__spend=4)]}
    late["lots"][0]["balance"]["no"] = "0"
    error = refused(world, as_stated(world, depot, "opening/1", late), BooksBegunError)
    assert error.organization == depot.id


def test_whoever_only_disposed_of_or_received_goods_has_begun_its_books_too(
    world: World, depot: Party
) -> None:
    seller = world.register("Seller", "supplier")
    lot = world.produce(seller, "crates", kg(3), lines=(own(9),))
    world.receive(depot, world.dispatch(seller, lot, kg(3), to=depot))
    late: dict[str, Any] = {"occurred": MAY, "lots": [opened("ice", kg(3), fossil__spend=4)]}
    late["lots"][0]["balance"]["no"] = "0"
    refused(world, as_stated(world, depot, "opening/1", late), BooksBegunError)


def test_an_opening_balance_stands_and_is_put_right_by_disposals_productions_and_handlings(
    world: World, depot: Party
) -> None:
    first = open_books(world, depot, opened("crates", kg(40), fossil__secondary=80))
    change = {"corrects": first.partition(".")[0], "change": {"drop_lines": ["0"]}}
    error = refused(world, as_stated(world, depot, "correction/1", change), NotCorrectableError)
    assert "opening balance" in error.problem
    assert "dispose of them as abnormal loss" in error.problem
    world.dispose(depot, first, kg(10), "abnormal_loss")
    world.handle(depot, (bought(30),), lot=first)
    with world.store.read() as view:
        lot = view.lot(first)
    assert lot is not None
    assert (lot.left, lot.balance().gross_mg()) == (kg(30), 60 + 30)


def test_a_passport_on_an_opening_says_so_with_its_components_and_what_it_rests_on(
    world: World, depot: Party
) -> None:
    first = open_books(
        world,
        depot,
        opened("pulp", kg(10), fossil__secondary=600, fossil__measured=100, fossil__imported=300),
        opened("film", kg(1), fossil__spend=50),
    )
    film = f"{first.rpartition('.')[0]}.1"
    lot = world.produce(
        depot, "trays", kg(9), lines=(own(100), bought(20)), inputs=((first, kg(5)), (film, kg(1)))
    )
    found = traced(world, world.dispatch(depot, lot, kg(9), to=None))
    assert found.total.gross_mg() == 500 + 50 + 120
    pulp, wrap = (one for one in found.origins if one.line.source.activity == OPENING)
    assert pulp.reaches == Components.parse(
        {"fossil.secondary": "300", "fossil.measured": "50", "fossil.imported": "150"}
    )
    assert wrap.reaches == Components.of("fossil.spend", 50)
    assert pulp.line.source.text == "Stock-taking of pulp and last year's footprint study"
    assert found.by_scope() == {"1": 100, "3.1": 20, OPENING: 550}
    assert found.by_stage() == {OPENING: 550, "operation": 120}
    assert found.by_flag() == {OPENING: 550}
    assert share_text(found.primary_share()) == "0.335821"  # (100 + 50 + 150 x 0.5) / 670
    node = next(node for node in found.nodes if node.kind == "opening/1")
    assert (node.product, node.quantity, node.unit) == ("pulp, film", kg(11), "mg")
    assert node.own.gross_mg() == 1050
    assert node.reaches.gross_mg() == 550


def test_an_opening_is_verified_from_the_bundle_alone(world: World, depot: Party) -> None:
    first = open_books(world, depot, opened("crates", kg(40), fossil__secondary=700, fossil__imported=300))
    world.handle(depot, (burnt(2),), lot=first)
    buyer = world.register("Buyer", "buyer")
    sent = world.dispatch(depot, first, kg(30), to=buyer)
    world.receive(buyer, sent)
    report = verify(bundle_bytes(world, sent))
    assert [(v.step, v.reason) for v in report.verdicts if v.value == "bad"] == []
    assert report.figures is not None
    assert report.figures.components["fossil.secondary"] == "525"
    assert "AR5" in report.figures.gwp


@pytest.mark.parametrize(
    ("liability", "problem"),
    [
        ({"fossil__markup": 3}, "is a policy"),
        ({"fossil__imported": 3}, "states its primary_share"),
        ({"fossil__measured": 3}, "is not imported"),
        ({"land_removal__measured": 3}, "how it is kept"),
    ],
)
def test_what_an_opening_lot_cannot_carry_is_refused(
    world: World, depot: Party, liability: dict[str, int], problem: str
) -> None:
    lot = opened("crates", 4, **liability)
    lot["balance"]["no"] = "0"
    if "fossil__imported" in liability:
        del lot["balance"]["primary_share"]
    elif "fossil__measured" in liability:
        lot["balance"]["primary_share"] = "0.5"
    error = refused(
        world, as_stated(world, depot, "opening/1", {"occurred": MAY, "lots": [lot]}), EvidenceError
    )
    assert problem in str(error)


def test_numbers_quantities_pieces_and_handlers_are_checked(world: World, depot: Party) -> None:
    def stated(**changes: Any) -> Any:
        lot = opened("crates", 4, fossil__secondary=1)
        handlers = changes.pop("handlers", [])
        lot["balance"] = {**lot["balance"], "no": "0", **changes}
        return as_stated(world, depot, "opening/1", {"occurred": MAY, "lots": [lot], "handlers": handlers})

    assert refused(world, stated(no="1"), OutputNumberError).field == "lots/0/balance/no"
    assert refused(world, stated(quantity="0"), ZeroQuantityError).field == "lots/0/balance/quantity"
    assert refused(world, stated(unit="piece"), UnitMassError).field == "lots/0/product/unit_mass_mg"
    refused(world, stated(handlers=[depot.id, depot.id]), DuplicateHandlerError)
    refused(world, stated(handlers=["org_" + "a" * 32]), UnknownOrganizationError)


def test_handlers_of_an_opening_lot_add_to_it(world: World, depot: Party) -> None:
    store = world.register("Cold store", "supplier")
    lots = [opened("crates", kg(4), fossil__secondary=100)]
    body = {"occurred": MAY, "lots": lots, "handlers": [store.id]}
    lot = lot_id(world.state(depot, "opening/1", body).digest, 0)
    world.handle(store, (own(11),), lot=lot)
    found = traced(world, world.dispatch(depot, lot, kg(4), to=None))
    assert found.total.gross_mg() == 111
    assert {node.kind: node.reaches.gross_mg() for node in found.nodes} == {
        "dispatch/1": 0,
        "handling/1": 11,
        "opening/1": 100,
    }


def test_an_opening_of_which_nothing_reaches_a_passport_is_not_behind_it(world: World, depot: Party) -> None:
    lot = open_books(world, depot, opened("crates", kg(1), fossil__secondary=3))
    statement = world.logged(lot.partition(".")[0]).statement
    assert opened_lots([statement], {}, {}) == ()
