"""An audit's comparison names every row that differs, with both sides, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from ledger.accounts import Account
from ledger.comparison import Difference, check_postings, compare_books
from ledger.components import NAMES
from ledger.in_memory import InMemoryStore, InMemoryView
from ledger.interfaces import LedgerView, Movement
from ledger.segments import Change
from ledger.sql.stores import SqlStore
from tests.builders import World, a_season
from tests.replaying import replay


@pytest.fixture(scope="module")
def world() -> World:
    made = World()
    a_season(made)
    return made


@contextmanager
def two_views(world: World) -> Iterator[tuple[InMemoryView, InMemoryView]]:
    """Two views of the same books, in two stores."""
    other = InMemoryStore()
    with world.store.read() as view, other.write() as writer:
        replay(writer, view.entries(0, view.size()))
    assert isinstance(world.store, InMemoryStore)
    with world.store.read() as first, other.read() as second:
        yield first, second


def test_the_same_log_gives_the_same_books(world: World) -> None:
    with two_views(world) as (first, second):
        assert compare_books(first, second) == []
        assert check_postings(first) == check_postings(second) == []


def test_a_changed_balance_is_named_with_both_sides(world: World) -> None:
    with two_views(world) as (first, second):
        account, held = next(pair for pair in second.balances() if 1 in pair[1])
        second._accounts.set(account, {**held, 1: held[1] - 1})
        name = "/".join(account)
        assert compare_books(first, second) == [
            Difference(
                "account", name, f"fossil.calculated {held[1]} mg", f"fossil.calculated {held[1] - 1} mg"
            )
        ]
        wrong, summed = f"fossil.calculated {held[1] - 1} mg", f"fossil.calculated {held[1]} mg"
        assert check_postings(second) == [Difference("account", name, wrong, summed)]


def test_an_account_that_is_gone_or_made_up_is_named(world: World) -> None:
    with two_views(world) as (first, second):
        account, held = next(pair for pair in second.balances() if 1 in pair[1])
        second._accounts.set(account, None)
        made_up = Account("waste_sink", "org_z")
        second._accounts.set(made_up, {3: 5})
        amount = f"fossil.calculated {held[1]} mg"
        assert compare_books(first, second) == [
            Difference("account", "/".join(account), amount, "missing"),
            Difference("account", "waste_sink/org_z/", "missing", "fossil.secondary 5 mg"),
        ]
        assert [found.name for found in check_postings(second)] == ["/".join(account), "waste_sink/org_z/"]


def test_a_changed_posting_is_named_and_no_longer_adds_up(world: World) -> None:
    with two_views(world) as (first, second):
        movement = next(second.movements())
        changed = Movement(
            movement.position, 0, movement.source, movement.target, movement.slot, movement.mg + 1
        )
        second._movements.set((movement.position, 0), changed)
        (found,) = compare_books(first, second)
        assert (found.kind, found.name) == ("posting", f"{movement.position} 0")
        moved = f"mg {NAMES[movement.slot]} from {movement.source.kind}/"
        assert found.first.startswith(f"{movement.mg} {moved}")
        assert found.second.startswith(f"{movement.mg + 1} {moved}")
        assert len(check_postings(second)) == 2


def test_of_a_lot_a_shipment_or_an_organization_only_what_differs_is_shown(world: World) -> None:
    with two_views(world) as (first, second):
        lot, organization = second.lots()[0], second.organizations()[0]
        # Ids are random, so the first shipment is any of the season's.
        shipment = next(one for one in second.shipments() if one.status != "refused" and one.handlers)
        second.keep_lot(replace(lot, taken=lot.taken + 1, changes=(Change("e" * 64, 1),)))
        second.keep_shipment(replace(shipment, status="refused", handlers=()))
        second._organizations.set(organization.id, replace(organization, name="Somebody else"))
        found = {difference.kind: difference for difference in compare_books(first, second)}
        assert set(found) == {"lot", "shipment", "organization"}
        assert found["lot"].second.startswith(f"taken {lot.taken + 1}, changes ")
        assert "e" * 64 in found["lot"].second
        assert "status refused" in found["shipment"].second
        assert found["organization"].first == f"name {organization.name}"
        assert str(found["organization"]) == (
            f"organization {organization.id}: name {organization.name} in the first, "
            "name Somebody else in the second"
        )


def test_changed_gaps_corrections_identities_and_keys_are_named(world: World) -> None:
    with two_views(world) as (first, second):
        issuer, key, statement = next(first.gaps())
        first._gaps.set((issuer, key), "f" * 64)
        corrected = next(digest for digest, _ in first._corrections.in_order())
        first._corrections.set(corrected, None)
        organization = first.organizations()[0]
        first._identities.set(organization.id, ())
        address = organization.keys[0].address
        first._key_owners.set(address, "org_z")
        found = {difference.kind: difference for difference in compare_books(first, second)}
        assert set(found) == {"gap", "correction", "identity", "key"}
        assert found["gap"] == Difference("gap", f"{issuer} {key}", "f" * 64, statement)
        assert (found["correction"].what, found["correction"].first) == (f"correction {corrected}", "nothing")
        assert found["key"] == Difference("key", address, "org_z", organization.id)


def test_differences_end_at_their_limit(world: World) -> None:
    with two_views(world) as (first, second), InMemoryStore().read() as empty:
        assert len(compare_books(first, empty, limit=3)) == 3
        assert {found.second for found in compare_books(first, empty, limit=3)} == {"missing"}
        for account, held in list(second.balances()):
            second._accounts.set(account, {**held, 7: 1})
        assert len(check_postings(second, limit=2)) == 2


def test_rows_that_cant_be_read_are_named_and_the_others_still_compared(tmp_path: Path) -> None:
    with SqlStore(f"sqlite:///{tmp_path}/ledger.db") as store:
        store.migrate()
        world = World(store)
        a_season(world)
        other = InMemoryStore()
        with store.read() as view, other.write() as writer:
            replay(writer, view.entries(0, view.size()))
        with store._engine.begin() as connection:
            connection.execute(text("UPDATE lot SET total = x'00'"))
            connection.execute(text("UPDATE account SET balance = x'00' WHERE kind = 'waste_sink'"))
            connection.execute(text("DELETE FROM gap"))
        with store.read() as view, other.read() as derived:
            found = compare_books(view, derived)
            assert {difference.kind for difference in found} == {"account", "lot", "gap"}
            assert any(
                "table lot is damaged: a vector of 1 bytes" in difference.first for difference in found
            )
            assert any("waste_sink" in difference.name for difference in check_postings(view))


class WithoutGaps:
    """A view that answers everything but the list of its gaps."""

    def __init__(self, view: LedgerView) -> None:
        self._view = view

    def __getattr__(self, name: str) -> Any:
        if name == "gaps":
            raise AttributeError(name)
        return getattr(self._view, name)


def test_a_view_that_lists_no_gaps_is_compared_without_them(world: World) -> None:
    with two_views(world) as (first, second):
        first._gaps.clear()
        assert {found.kind for found in compare_books(first, second)} == {"gap"}
        other: Any = WithoutGaps(second)
        assert compare_books(first, other) == []
