from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from ledger.accounts import SOURCES, Account, AccountKind, Transfer
from ledger.books import LogOpenedError, Moment, book, move
from ledger.components import Components
from ledger.identity import UnknownOrganizationError
from ledger.in_memory import InMemoryStore
from ledger.lots import OverdrawnLotError
from ledger.reports import conservation
from ledger.rules import StatedLiabilityError
from ledger.services import BatchError
from ledger.signed import IssuerFormError, draft
from tests.builders import Party, World, a_season, kg, own, registration, take
from tests.unit.refusals import as_stated, everything, plain, refused


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def grower(world: World) -> Party:
    return world.register("Grower", "farmer")


def held(world: World, kind: AccountKind, party: Party) -> Components:
    with world.store.read() as view:
        return Components(view.balance(Account(kind, party.id)))


@pytest.mark.parametrize(
    ("fate", "sink"), [("consumer", "consumer_sink"), ("waste", "waste_sink"), ("own_use", "own_use")]
)
def test_what_leaves_the_books_lies_in_a_named_sink(
    world: World, grower: Party, fate: str, sink: AccountKind
) -> None:
    lot = world.produce(grower, "lychee", kg(10), lines=(own(100),))
    world.dispose(grower, lot, kg(3), fate)
    assert held(world, sink, grower) == Components.of("fossil.calculated", 30)
    error = refused(
        world, as_stated(world, grower, "disposal/1", more_than_held(world, grower, lot)), OverdrawnLotError
    )
    assert (error.held, error.asked) == (kg(7), kg(8))


def more_than_held(world: World, grower: Party, lot: str) -> dict[str, Any]:
    whole = plain(world.sign(grower, "disposal/1", {"take": take(lot, kg(7)), "fate": "waste"}))
    whole["take"] = {**whole["take"], "to": str(kg(11))}
    return whole


def test_a_disposal_states_the_liability_that_leaves(world: World, grower: Party) -> None:
    lot = world.produce(grower, "lychee", kg(10), lines=(own(100),))
    whole = plain(world.sign(grower, "disposal/1", {"take": take(lot, kg(3)), "fate": "waste"}))
    whole["liability"] = {"fossil.calculated": "29"}
    error = refused(world, as_stated(world, grower, "disposal/1", whole), StatedLiabilityError)
    assert (error.stated, error.expected) == ({"fossil.calculated": "29"}, {"fossil.calculated": "30"})


def test_a_log_is_opened_by_its_first_entry_only(world: World) -> None:
    body = world.opening.body
    again = draft("log_open/1", body, log=world.log_id, issuer="").sign(world.operator.key)
    assert refused(world, again, LogOpenedError).log == world.log_id
    assert world.post(world.opening)[0].new is False


def test_a_statement_of_nobody_is_refused(world: World, grower: Party) -> None:
    lot = world.produce(grower, "lychee", kg(10))
    whole = plain(world.sign(grower, "disposal/1", {"take": take(lot, kg(3)), "fate": "waste"}))
    statement = as_stated(world, grower, "disposal/1", whole, issuer="")
    assert refused(world, statement, IssuerFormError).kind == "disposal/1"
    statement = as_stated(world, grower, "disposal/1", whole, issuer="org_" + "b" * 32)
    assert refused(world, statement, UnknownOrganizationError).organization == "org_" + "b" * 32


def test_only_statements_about_goods_move_anything(world: World) -> None:
    party = Party("New")
    statement = as_stated(world, party, "registration/1", registration(party))
    with world.store.read() as view, pytest.raises(LogOpenedError):
        move(statement, view)


def test_one_bad_statement_of_a_batch_leaves_log_and_books_as_they_were(world: World, grower: Party) -> None:
    lot = world.produce(grower, "lychee", kg(10), lines=(own(100),))
    good = world.sign(grower, "disposal/1", {"take": take(lot, kg(3)), "fate": "waste"})
    bad = as_stated(world, grower, "disposal/1", more_than_held(world, grower, lot))
    before = everything(world)
    for batch, index in (((good, bad), 1), ((bad, good), 0)):
        with pytest.raises(BatchError) as caught:
            world.post(*batch)
        assert caught.value.index == index
        assert everything(world) == before
    world.post(good)
    assert everything(world)["size"] == before["size"] + 1


def test_everything_that_was_recorded_in_a_season_lies_in_exactly_one_account(world: World) -> None:
    a_season(world)
    with world.store.read() as view:
        found = conservation(view.balances())
        assert found.holds
        assert found.recorded_mg == found.accounted_mg > 2_000_000_000
        for account, balance in view.balances():
            for mg in balance.values():
                assert mg < 0 if account.kind in SOURCES else mg > 0


def test_books_that_are_dropped_come_back_byte_for_byte_from_the_log(world: World) -> None:
    a_season(world)
    store = InMemoryStore()
    with world.store.read() as view, store.write() as writer:
        writer.open(view.terms())
        for logged in view.entries(0, view.size()):
            transfers: tuple[Transfer, ...] = ()
            if logged.position:
                transfers = book(
                    logged.statement, Moment(logged.position, datetime.fromisoformat(logged.at)), writer
                )
            writer.append(logged, transfers)
        for checkpoint in view.checkpoints():
            writer.keep_checkpoint(checkpoint)
    with world.store.read() as one, store.read() as two:
        assert repr(list(one.balances())).encode() == repr(list(two.balances())).encode()
        assert list(one.movements()) == list(two.movements())
        assert one.lots(limit=1000) == two.lots(limit=1000)
        assert one.shipments(limit=1000) == two.shipments(limit=1000)
        assert one.organizations(limit=1000) == two.organizations(limit=1000)
        assert list(one.gaps()) == list(two.gaps())  # type: ignore[attr-defined]
