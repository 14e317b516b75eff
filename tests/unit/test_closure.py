from __future__ import annotations

from collections import Counter

import pytest

from ledger import closure as closing
from ledger.closure import BundleTooLargeError, UnknownPassportError, closure, parties, references, takes
from ledger.identifiers import lot_id
from ledger.interfaces import Logged
from tests.builders import Party, World, a_season, bought, kg, output, own


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def grower(world: World) -> Party:
    return world.register("Grower", "farmer")


def digests(world: World, passport: str) -> list[str]:
    with world.store.read() as view:
        return [logged.statement.digest for logged in closure(view, passport)]


def test_behind_a_passport_stands_everything_that_made_it_and_nothing_else() -> None:
    world = World()
    first, open_one = a_season(world)
    with world.store.read() as view:
        found, log = closure(view, open_one), list(view.entries(0, view.size()))
        sold_outside = next(
            logged.statement.digest
            for logged in log
            if logged.statement.kind == "dispatch/1" and logged.statement.body.consignee == "outside"  # type: ignore[attr-defined]
        )
    positions = [logged.position for logged in found]
    assert positions == sorted(set(positions))
    assert positions[0] == 0
    names = [logged.statement.digest for logged in found]
    assert {first, open_one} <= set(names)
    assert sold_outside not in names
    kinds = {logged.statement.kind for logged in found}
    assert kinds >= {"log_open/1", "registration/1", "key/1", "attestation/1", "correction/1", "handling/1"}
    assert "disposal/1" not in kinds
    for logged in found:
        assert set(references(logged.statement)) <= set(names)


def test_what_was_claimed_and_not_taken_over_is_not_behind_a_passport(world: World, grower: Party) -> None:
    port = world.register("Port", "port")
    buyer = world.register("Buyer", "buyer")
    lot = world.produce(grower, "lychee", kg(5), lines=(own(5),))
    shipment = world.dispatch(grower, lot, kg(5), to=buyer)
    taken, left = (world.handle(port, (own(1),), shipment=shipment) for _ in range(2))
    world.receive(buyer, shipment, claims=(taken,))
    found = digests(world, shipment)
    assert taken.digest in found
    assert left.digest not in found


def test_a_diamond_of_twenty_layers_is_visited_once_per_statement(world: World, grower: Party) -> None:
    below = [world.produce(grower, "layer", 4, lines=(own(4),)) for _ in range(2)]
    for _ in range(19):
        made = [
            world.production(grower, (output("layer", 4),), inputs=[(one, 2) for one in below])
            for _ in range(2)
        ]
        below = [lot_id(one.digest, 0) for one in made]
    top = world.produce(grower, "layer", 4, inputs=[(one, 4) for one in below])
    shipment = world.dispatch(grower, top, 4, to=None)
    with world.store.read() as view:
        known, visits = view.logged, Counter[str]()

        def counted(digest: str) -> Logged | None:
            visits[digest] += 1
            return known(digest)

        view.logged = counted  # type: ignore[method-assign]
        behind = closure(view, shipment)
    assert [logged.statement.kind for logged in behind].count("production/1") == 41
    assert set(visits.values()) == {1}


def test_a_passport_that_nobody_issued_is_unknown(world: World, grower: Party) -> None:
    with pytest.raises(UnknownPassportError) as caught:
        digests(world, "0" * 64)
    assert caught.value.passport == "0" * 64
    lot = world.produce(grower, "lychee", 5)
    with pytest.raises(UnknownPassportError):
        digests(world, lot[:64])


def test_a_bundle_has_a_limit_and_names_both_numbers(
    world: World, grower: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    lot = world.produce(grower, "lychee", 5, lines=(bought(3),))
    shipment = world.dispatch(grower, lot, 5, to=None)
    count = len(digests(world, shipment))
    monkeypatch.setattr(closing, "MAX_STATEMENTS", count)
    assert len(digests(world, shipment)) == count
    for limit in range(1, count):
        monkeypatch.setattr(closing, "MAX_STATEMENTS", limit)
        with pytest.raises(BundleTooLargeError) as caught:
            digests(world, shipment)
        assert caught.value.what == "statements"
        assert caught.value.count > caught.value.limit == limit


def test_a_reference_to_nothing_is_named(world: World, grower: Party) -> None:
    lot = world.produce(grower, "lychee", 5)
    shipment = world.dispatch(grower, lot, 5, to=None)
    with world.store.read() as view:
        known = view.logged
        view.logged = lambda digest: None if digest == lot[:64] else known(digest)  # type: ignore[method-assign]
        with pytest.raises(UnknownPassportError) as caught:
            closure(view, shipment)
    assert caught.value.passport == lot[:64]


def test_a_statement_names_its_parties_and_what_it_takes() -> None:
    world = World()
    a_season(world)
    with world.store.read() as view:
        by_kind = {logged.statement.kind: logged.statement for logged in view.entries(0, view.size())}
    assert parties(by_kind["log_open/1"]) == ()
    assert len(parties(by_kind["attestation/1"])) == 2
    assert parties(by_kind["dispatch/1"])[0] == by_kind["dispatch/1"].issuer
    assert takes(by_kind["receipt/1"]) == ()
    assert len(takes(by_kind["disposal/1"])) == 1
    assert takes(by_kind["correction/1"]) == ()
    assert len(references(by_kind["correction/1"])) == 1
    assert references(by_kind["registration/1"]) == ()


def test_a_handling_of_a_lot_refers_to_what_made_the_lot(world: World, grower: Party) -> None:
    lot = world.produce(grower, "lychee", 5)
    assert references(world.handle(grower, (own(1),), lot=lot)) == (lot[:64],)


def test_a_correction_of_a_production_with_a_removal_is_behind_it(world: World, grower: Party) -> None:
    made = world.production(grower, (output("wood", kg(2)),), lines=(own(9, "land_removal.measured"),))
    fixed = world.correct(grower, made.digest, add=(own(3),))
    passport = world.dispatch(grower, lot_id(made.digest, 0), kg(1), to=None)
    with world.store.read() as view:
        behind = [logged.statement.digest for logged in closure(view, passport)]
    assert fixed.digest in behind
