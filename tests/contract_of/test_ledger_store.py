"""What every ledger store promises, on the fake, on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ledger.accounts import Account
from ledger.comparison import check_postings, compare_books
from ledger.components import Components
from ledger.in_memory import InMemoryStore
from ledger.interfaces import Anchor, LedgerWriter, LogTerms, SignedCheckpoint
from ledger.periods import CivilDay
from ledger.signed import Statement
from ledger.statements import HandlingBody
from ledger.storing import (
    LogHereAlreadyError,
    LogNotOpenError,
    pages,
)
from tests.builders import World, a_season, bought, kg, output, own
from tests.contract_of.conftest import Store
from tests.replaying import appended, replay
from tests.unit.stocked import stocked

TERMS = LogTerms("ab" * 32, "example/log", "cd" * 32, "ef" * 33, "AR5", ("0x" + "1" * 40,))
ANCHOR = Anchor(31337, "0x" + "a" * 40, "0x" + "b" * 40, 7, b"r" * 32, "0x" + "c" * 64, 12, 45000)


class Stop(Exception):  # noqa: N818 - it is no error, it ends a transaction
    """Ends a transaction."""


def test_an_empty_ledger_says_so(store: Store) -> None:
    with store.read() as view:
        assert view.size() == 0
        assert view.checkpoint() is None
        assert view.logged("0" * 64) is None
        assert not any((view.lots(), view.shipments(), view.organizations(), view.anchors()))
        assert not any(map(list, (view.balances(), view.movements(), view.entries(0, 9), view.gaps())))
        with pytest.raises(LogNotOpenError, match="Open one first"):
            view.terms()
    world = World()
    entry = world.logged(world.opening.digest)
    with pytest.raises(LogNotOpenError), store.write() as writer:
        writer.append(entry, ())


def test_a_ledger_holds_one_log(store: Store) -> None:
    with store.write() as writer:
        writer.open(TERMS)
        assert writer.terms() == TERMS
    with store.read() as view:
        assert view.terms() == TERMS
    with pytest.raises(LogHereAlreadyError, match=TERMS.log_id), store.write() as writer:
        writer.open(TERMS)


def test_a_season_gives_the_same_books_in_every_store(store: Store) -> None:
    world = World(store)
    received, sent = a_season(world)
    fake = InMemoryStore()
    with store.read() as view, fake.write() as scratch:
        replay(scratch, view.entries(0, view.size()))
    with store.read() as view, fake.read() as other:
        assert view.size() == other.size() > 24
        assert list(view.entries(0, 99)) == list(other.entries(0, 99))
        assert list(view.balances()) == list(other.balances())
        assert list(view.movements()) == list(other.movements())
        assert list(view.gaps()) == list(other.gaps())
        assert compare_books(view, other) == compare_books(other, view) == check_postings(view) == []
        for one in (received, sent):
            assert view.shipment(one) == other.shipment(one) is not None


def test_carbon_is_conserved_over_all_accounts(store: Store) -> None:
    a_season(World(store))
    with store.read() as view:
        total: dict[int, int] = {}
        for _, held in view.balances():
            assert held
            for slot, mg in held.items():
                total[slot] = total.get(slot, 0) + mg
    assert set(total.values()) == {0}


def test_accounts_come_in_their_order(store: Store) -> None:
    a_season(World(store))
    with store.read() as view:
        accounts = [account for account, _ in view.balances()]
        assert accounts == sorted(accounts)
        assert all(view.balance(account) == held for account, held in view.balances())
        assert view.balance(Account("waste_sink", "org_" + "a" * 32)) == {}


def test_the_writer_sees_its_own_changes_at_once_and_nobody_else_does(store: Store) -> None:
    world = World(store)
    farm = world.register("Farm", "farmer")
    statement = world.sign(farm, "production/1", _harvest())
    lot = f"{statement.digest}.0"
    with store.read() as before:
        size = before.size()
    with store.write() as writer:
        logged = appended(writer, statement)
        writer.keep_tile(0, 9, b"h" * 32)
        writer.keep_checkpoint(SignedCheckpoint(99, b"r" * 32, "a note\n", logged.at))
        writer.keep_anchor(ANCHOR)
        assert writer.size() == size + 1
        assert writer.logged(statement.digest) == logged
        assert writer.logged_as(farm.id, statement.envelope.id) == logged
        assert writer.statement(statement.digest) == statement
        assert [one.id for one in writer.lots(farm.id)] == [lot]
        assert writer.balance(Account("lot", farm.id, lot)) == {1: 7}
        assert (Account("lot", farm.id, lot), {1: 7}) in list(writer.balances())
        assert [movement.position for movement in writer.movements(farm.id)] == [size, size]
        assert list(writer.entries(size, size + 9)) == [logged]
        assert writer.tile(0, 9) == b"h" * 32
        assert writer.checkpoint() == list(writer.checkpoints())[-1]
        assert writer.anchors() == [ANCHOR]
        with store.read() as other:
            assert other.size() == size
            assert other.logged(statement.digest) is None
            assert (other.lot(lot), other.tile(0, 9)) == (None, None)
            assert not any((other.anchors(), list(other.movements())))
    with store.read() as after:
        assert after.logged(statement.digest) == logged
        assert after.checkpoint(99) == SignedCheckpoint(99, b"r" * 32, "a note\n", logged.at)


def _harvest(mg: int = 7, on: str = "2026-06-30") -> dict[str, object]:
    return {
        "occurred": {"from": on, "to": on, "zone": "Asia/Shanghai"},
        "outputs": [output("lychee", kg(10))],
        "lines": [own(mg)],
        "inputs": [],
        "policy": {"id": "mass/1"},
    }


def test_an_error_leaves_nothing_behind(store: Store) -> None:
    world = World(store)
    farm = world.register("Farm", "farmer")
    statement = world.sign(farm, "production/1", _harvest())
    with store.read() as view:
        before = (view.size(), list(view.movements()), view.checkpoint())
    with pytest.raises(Stop), store.write() as writer:
        _write_and_stop(writer, statement)
    with store.read() as view:
        assert before == (view.size(), list(view.movements()), view.checkpoint())
        assert view.anchors() == []
        assert view.lots() == []
    world.post(statement)
    with store.read() as view:
        assert view.statement(statement.digest) == statement


def _write_and_stop(writer: LedgerWriter, statement: Statement) -> None:
    appended(writer, statement)
    assert len(list(writer.movements())) == 2
    writer.keep_checkpoint(SignedCheckpoint(99, b"r" * 32, "a note\n", "2026-07-01T00:00:00Z"))
    writer.keep_anchor(ANCHOR)
    raise Stop


def test_a_reader_keeps_its_snapshot_while_others_write(store: Store) -> None:
    world = World(store)
    farm = world.register("Farm", "farmer")
    lot = world.produce(farm, "lychee", kg(10), lines=(own(10),))
    with store.read() as view:
        size = view.size()
        other = world.produce(farm, "lychee", kg(10), lines=(own(10),))
        world.dispatch(farm, lot, kg(4), to=None)
        found = view.lot(lot)
        assert found is not None
        assert found.taken == 0
        assert view.lot(other) is None
        assert (view.size(), len(list(view.entries(0, 99)))) == (size, size)
        assert view.shipments() == []
        assert [one.id for one in view.lots()] == [lot]
        newest = view.checkpoint()
        assert newest is not None
        assert newest.size == size
    with store.read() as view:
        assert view.size() == size + 2
        changed = view.lot(lot)
        assert changed is not None
        assert changed.taken == kg(4)


def test_what_a_reader_tries_out_stays_with_it(store: Store) -> None:
    world = World(store)
    farm = world.register("Farm", "farmer")
    lot = world.produce(farm, "lychee", kg(10), lines=(own(10),))
    with store.read() as view:
        found = view.lot(lot)
        assert found is not None
        tried = found.changed("0" * 64, Components({1: 99}))
        view.keep_lot(tried)
        view.keep_gap(farm.id, "tried", "0" * 64)
        assert view.lot(lot) == tried
        assert view.gap(farm.id, "tried") == "0" * 64
    with store.read() as view:
        assert view.lot(lot) == found
        assert view.gap(farm.id, "tried") is None


def test_lists_come_by_id_a_page_at_a_time(store: Store) -> None:
    world = World(store)
    a_season(world)
    with store.read() as view:
        organizations = view.organizations(limit=4)
        assert len(organizations) == 4
        rest = view.organizations(after=organizations[-1].id, limit=4)
        ids = [one.id for one in (*organizations, *rest)]
        assert ids == sorted(ids)
        assert len(ids) == len(view.organizations()) < 9
        lots = list(pages(view.lots, limit=2))
        assert [lot.id for lot in lots] == sorted(lot.id for lot in lots)
        assert len(lots) == len(view.lots()) > 2
        for holder in {lot.holder for lot in lots}:
            assert view.lots(holder) == [lot for lot in lots if lot.holder == holder]
            first = view.lots(holder, limit=1)[0]
            assert view.lots(holder, after=first.id) == view.lots(holder)[1:]


def test_a_shipment_is_found_by_everybody_who_had_to_do_with_it(store: Store) -> None:
    world = World(store)
    farm, buyer = world.register("Farm", "farmer"), world.register("Buyer", "buyer")
    carrier, port = world.register("Carrier", "carrier"), world.register("Port", "port")
    stranger = world.register("Stranger", "buyer")
    lot = world.produce(farm, "lychee", kg(10), lines=(own(100),))
    way = world.dispatch(farm, lot, kg(5), to=buyer, handlers=(carrier,))
    other = world.dispatch(farm, lot, kg(5), to=None)
    world.handle(port, (own(3),), shipment=way)
    with store.read() as view:
        assert [s.id for s in view.shipments()] == sorted((way, other))
        assert [s.id for s in view.shipments(farm.id)] == sorted((way, other))
        for party in (buyer, carrier, port):
            assert [s.id for s in view.shipments(party.id)] == [way]
            assert view.shipments(party.id, after=way) == []
        assert view.shipments(stranger.id) == []


def test_a_lot_is_kept_with_its_handlers_its_claims_and_where_it_began(store: Store) -> None:
    world = World(store)
    named, claimed = stocked(world)
    with store.read() as view:
        lots = {lot.id: lot for lot in pages(view.lots)}
        assert {lot: view.lot(lot) for lot in lots} == lots
        assert len(lots[named].handlers) == 2
        assert lots[named].claimed == ()
        assert lots[claimed].claimed == tuple(
            logged.statement.digest
            for logged in view.entries(0, view.size())
            if isinstance(logged.statement.body, HandlingBody) and logged.statement.body.target.lot == claimed
        )
        assert len(lots[claimed].claimed) == 2
        assert lots[named].began == CivilDay("2026-06-01", "Asia/Shanghai")
        assert {way.sent_end for way in view.shipments()} == {CivilDay("2026-06-30", "Asia/Shanghai")}


def test_an_audit_sees_whose_name_was_put_among_a_lots_handlers(store: Store) -> None:
    world = World(store)
    named, claimed = stocked(world)
    copy = InMemoryStore()
    with store.read() as view, copy.write() as writer:
        replay(writer, view.entries(0, view.size()))
    with store.write() as writer:
        lots = [writer.lot(named), writer.lot(claimed)]
        assert lots[0] is not None
        assert lots[1] is not None
        writer.keep_lot(replace(lots[0], handlers=()))
        writer.keep_lot(replace(lots[1], claimed=(), began=CivilDay("2026-06-01", "Europe/Amsterdam")))
    with store.read() as view, copy.read() as derived:
        found = {difference.name: difference for difference in compare_books(view, derived)}
    assert set(found) == {named, claimed}
    assert found[named].first == "handlers nothing"
    assert found[claimed].first == "began 2026-06-01 (Europe/Amsterdam), claimed nothing"


def test_movements_are_found_by_organization_and_by_the_end_of_their_period(store: Store) -> None:
    world = World(store)
    farm, other = world.register("Farm", "farmer"), world.register("Other", "farmer")
    june, july = (world.state(farm, "production/1", _harvest(on=f"2026-{day}")) for day in ("06-30", "07-01"))
    world.state(other, "production/1", _harvest(on="2026-06-30"))
    at = {statement.digest: world.logged(statement.digest).position for statement in (june, july)}
    with store.read() as view:
        assert {m.position for m in view.movements(farm.id)} == set(at.values())
        in_june = list(view.movements(farm.id, date(2026, 6, 1), date(2026, 6, 30)))
        assert {m.position for m in in_june} == {at[june.digest]}
        assert {m.position for m in view.movements(farm.id, date(2026, 7, 1))} == {at[july.digest]}
        assert list(view.movements(farm.id, last=date(2026, 6, 29))) == []
        assert len(list(view.movements(last=date(2026, 6, 30)))) == 4
        assert len(list(view.movements(first=date(2026, 7, 1)))) == 2
        assert list(view.movements("org_" + "a" * 32)) == []
        order = [(m.position, m.number) for m in view.movements()]
        assert order == sorted(order)


def test_only_the_postings_of_ones_own_accounts_are_ones_movements(store: Store) -> None:
    world = World(store)
    farm, buyer = world.register("Farm", "farmer"), world.register("Buyer", "buyer")
    carrier = world.register("Carrier", "carrier")
    lot = world.produce(farm, "lychee", kg(10), lines=(own(100),))
    way = world.dispatch(farm, lot, kg(10), to=buyer, handlers=(carrier,))
    handled = world.handle(carrier, (own(3),), shipment=way)
    with store.read() as view:
        mine = [m for m in view.movements(farm.id) if m.position == world.logged(handled.digest).position]
        assert [(m.source.kind, m.target.kind) for m in mine] == [("handling_unassigned", "shipment")]


def test_identities_and_corrections_are_found_in_log_order(store: Store) -> None:
    world = World(store)
    farm = world.register("Farm", "carrier")
    world.rotate(farm)
    harvest = world.production(farm, (output("lychee", kg(10)),), lines=(own(100), bought(50)))
    changes = [world.correct(farm, harvest.digest, add=(bought(5),)) for _ in range(3)]
    with store.read() as view:
        kinds = [logged.statement.kind for logged in view.identity_statements(farm.id)]
        assert kinds == ["registration/1", "attestation/1", "key/1"]
        assert [s.digest for s in view.corrections(harvest.digest)] == [s.digest for s in changes]
        assert view.corrections(changes[0].digest) == []
        organization = view.organization(farm.id)
        assert organization is not None
        assert [key.state for key in organization.keys] == ["rotated", "active"]
        assert {view.key_owner(key.address) for key in organization.keys} == {farm.id}
        assert organization.has_role("carrier", "2026-06-01")
        assert view.key_owner("0x" + "0" * 40) is None


def test_a_registration_is_found_by_its_empty_issuer_and_its_id(store: Store) -> None:
    world = World(store)
    farm = world.register("Farm", "farmer")
    with store.read() as view:
        registration = view.identity_statements(farm.id)[0]
        assert view.logged_as("", registration.statement.envelope.id) == registration
        assert view.logged_as(farm.id, registration.statement.envelope.id) is None


def test_checkpoints_are_kept_in_their_order(store: Store) -> None:
    old = SignedCheckpoint(1, b"1" * 32, "one\n", "2026-07-01T00:00:00Z")
    again = SignedCheckpoint(1, b"1" * 32, "one again\n", "2026-07-01T00:00:01Z")
    new = SignedCheckpoint(2, b"2" * 32, "two\n", "2026-07-01T00:00:02Z")
    with store.write() as writer:
        for one in (old, again, new):
            writer.keep_checkpoint(one)
    with store.read() as view:
        assert list(view.checkpoints()) == [old, again, new]
        assert view.checkpoint() == new
        assert view.checkpoint(1) == again
        assert view.checkpoint(3) is None


def test_a_tile_grows(store: Store) -> None:
    with store.write() as writer:
        writer.keep_tile(0, 0, b"a" * 32)
        writer.keep_tile(1, 0, b"b" * 32)
    with store.write() as writer:
        assert writer.tile(0, 0) == b"a" * 32
        writer.keep_tile(0, 0, b"a" * 64)
    with store.read() as view:
        assert (view.tile(0, 0), view.tile(1, 0), view.tile(0, 1)) == (b"a" * 64, b"b" * 32, None)


def test_an_anchor_is_kept_once_and_forgotten_with_its_chain(store: Store) -> None:
    elsewhere = Anchor(1, *(getattr(ANCHOR, name) for name in Anchor.__slots__[1:]))
    with store.write() as writer:
        for one in (ANCHOR, elsewhere, ANCHOR):
            writer.keep_anchor(one)
    with store.write() as writer:
        writer.keep_anchor(ANCHOR)
        assert writer.anchors() == [ANCHOR, elsewhere]
        writer.forget_anchors(ANCHOR.chain_id, ANCHOR.contract)
        assert writer.anchors() == [elsewhere]
    with store.read() as view:
        assert view.anchors() == [elsewhere]
