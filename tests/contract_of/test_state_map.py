"""Every store keeps the same state map: what it grew in steps is what the log comes to."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from ledger.in_memory import InMemoryStore
from ledger.interfaces import LedgerView, LedgerWriter
from ledger.replaying import book_again
from ledger.services import Answer, BatchError, Ledger
from ledger.signed import Statement
from ledger.sql.stores import SqlStore
from ledger.state import advancing, pages
from ledger.state.advancing import everything, records
from ledger.state.body import StateBody
from ledger.state.deriving import state_roots
from ledger.state.records import RECORD, LotRecord, PassportRecord, chain, map_key, map_value
from ledger.state.sparse_map import EMPTY, check, root_of
from ledger.state.stating import StatePostedError, StateSignerError, state_entry
from ledger.state_interfaces import StateHead, Subject
from tests.builders import BEGINNING, World, a_season, bought, kg, own
from tests.contract_of.conftest import Store


def derived_root(view: LedgerView) -> bytes:
    """Return the root of everything that is booked, made at once."""
    subjects = list(everything(view))
    made = zip(subjects, records(view, subjects), strict=True)
    return root_of((map_key(view.terms().log_id, subject), map_value(raw)) for subject, raw in made)


def stated(world: World) -> bytes:
    """Let the log state what it holds, unless it just did, and return the root."""
    logged = world.ledger.state(world.operator.key)
    with world.store.read() as view:
        head = view.state_head()
    assert head is not None
    if logged is not None:
        assert isinstance(logged.statement.body, StateBody)
        assert bytes.fromhex(logged.statement.body.root) == head.root
    return head.root


def test_a_map_grown_with_the_log_is_the_map_of_all_that_is_booked_and_follows_from_the_statements(
    store: Store,
) -> None:
    world = World(store)
    first = stated(world)
    a_season(world)
    second = stated(world)
    farm = world.register("Another farm", "farmer")
    lot = world.produce(farm, "lychee", kg(10), lines=(own(1000),))
    world.dispatch(farm, lot, kg(4), to=None)
    third = stated(world)
    world.rotate(farm)
    world.dispatch(farm, lot, kg(1), to=None)
    world.handle(farm, (own(7),), lot=lot)
    fourth = stated(world)
    with store.read() as view:
        assert derived_root(view) == fourth == pages.root(view)
        head = view.state_head()
        assert head is not None
        assert (head.position, head.root) == (view.size() - 1, fourth)
        entries = list(view.entries(0, view.size()))
    checks = list(state_roots(entries))
    assert [one.derived for one in checks] == [first, second, third, fourth]
    assert all(one.good for one in checks)


class StatingWorld(World):
    """A world whose log states what it holds after every post, and is checked each time."""

    def post(self, *statements: Statement) -> list[Answer]:
        """Post statements, state, and derive the root anew from all that is booked."""
        answers = super().post(*statements)
        root = stated(self)
        with self.store.read() as view:
            assert derived_root(view) == root
        return answers


def test_the_map_is_right_after_every_single_statement_of_a_season(store: Store) -> None:
    a_season(StatingWorld(store))


def test_every_record_is_in_the_map_with_a_proof_and_what_is_not_logged_is_proved_absent(
    store: Store,
) -> None:
    world = World(store)
    shipment, _ = a_season(world)
    root = stated(world)
    with store.read() as view:
        log_id = view.terms().log_id
        for subject in everything(view):
            key = map_key(log_id, subject)
            raw = view.state_records((key,))[key]
            assert check(root, key, pages.prove(view, key)) == map_value(raw)
        missing = map_key(log_id, Subject("passport", "0" * 64))
        assert check(root, missing, pages.prove(view, missing)) is None
        key = map_key(log_id, Subject("passport", shipment))
        record = RECORD.validate_json(view.state_records((key,))[key])
    assert isinstance(record, PassportRecord)
    assert (record.status, len(record.handlings), len(record.claims)) == ("received", 2, 0)
    assert record.receipt is not None


def test_nothing_is_stated_twice_about_the_same_entries(store: Store) -> None:
    world = World(store)
    stated(world)
    assert world.ledger.state(world.operator.key) is None
    farm = world.register("Farm", "farmer")
    stated(world)
    assert world.ledger.state(world.operator.key) is None
    world.rotate(farm)
    stated(world)


def test_a_map_is_as_of_its_state_entry_whatever_is_booked_later(store: Store) -> None:
    world = World(store)
    farm = world.register("Farm", "farmer")
    lot = world.produce(farm, "lychee", kg(10), lines=(own(1000),))
    root = stated(world)
    sold = [world.dispatch(farm, lot, kg(1), to=None) for _ in range(3)]
    with store.read() as view:
        key = map_key(view.terms().log_id, Subject("lot", lot))
        before = view.state_records((key,))[key]
        assert check(root, key, pages.prove(view, key)) == map_value(before)
    stated(world)
    with store.read() as view:
        after = RECORD.validate_json(view.state_records((key,))[key])
    was = RECORD.validate_json(before)
    assert isinstance(was, LotRecord)
    assert isinstance(after, LotRecord)
    assert (was.count, after.count, after.takes) == (0, 3, chain(sold))


def test_only_the_log_itself_states_its_state_and_nobody_posts_it(store: Store) -> None:
    world = World(store)
    farm = world.register("Farm", "farmer")
    with pytest.raises(StateSignerError, match="only the log's own key"):
        world.ledger.state(farm.key)
    with store.read() as view:
        size = view.size()
    posted = state_entry(bytes(32), size, BEGINNING, world.log_id, world.operator.key)
    with pytest.raises(BatchError) as refused:
        world.ledger.post([posted])
    assert isinstance(refused.value.cause, StatePostedError)


def test_books_made_anew_have_no_map_until_the_next_state_entry_makes_it_anew(store: Store) -> None:
    if isinstance(store, InMemoryStore):
        with store.write() as writer:
            writer.drop_projections()
            assert writer.state_head() is None
        return
    world = World(store)
    a_season(world)
    stated(world)
    with store.rebuild() as writer:
        for logged in writer.log():
            book_again(writer, logged)
    with store.read() as view:
        assert view.state_head() is None
    world.ledger = Ledger(store, world.signer, world.clock)
    root = stated(world)
    with store.read() as view:
        assert derived_root(view) == root


def test_what_changes_is_noted_once_a_batch_and_only_while_there_is_a_map(url: str) -> None:
    with SqlStore(url) as store:
        store.migrate()
        world = World(store)
        farm = world.register("Farm", "farmer")
        with store.read() as view:
            assert view._connection.execute(text("SELECT count(*) FROM state_change")).scalar() == 0
        stated(world)
        world.produce(farm, "lychee", kg(10), lines=(own(1000), bought(10)))
        with store.write() as writer:
            assert {subject.kind for subject in writer.state_changes() or ()} == {"keys", "lot"}
            writer.keep_state_records({})
            assert writer.state_records([]) == {}


def test_the_first_map_of_a_large_ledger_is_made_in_parts_and_what_changes_meanwhile_is_in_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(store)
    farm = world.register("Farm", "farmer")
    lots = [world.produce(farm, "lychee", kg(10), lines=(own(1000),)) for _ in range(7)]
    monkeypatch.setattr(advancing, "CHUNK", 3)
    honest, done = pages.update, []

    def meanwhile(writer: LedgerWriter, changes: dict[bytes, bytes]) -> bytes:
        done.append(len(changes))
        with store.read() as view:
            assert view.state_head() is None
        return honest(writer, changes)

    monkeypatch.setattr(pages, "update", meanwhile)
    assert advancing.begin(store)
    assert done == [2, 0, 3, 3, 1, 0, 0]
    monkeypatch.undo()
    for lot in lots[::3]:
        world.dispatch(farm, lot, kg(1), to=None)
    with store.write() as writer:
        root = advancing.advance(writer, begun=True)
        assert derived_root(writer) == root
    assert stated(world) == root
    assert not advancing.begin(store)


def test_a_map_that_was_begun_and_never_ended_is_made_anew(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(store)
    farm = world.register("Farm", "farmer")
    world.produce(farm, "lychee", kg(10), lines=(own(1000),))
    with store.write() as writer:
        writer.keep_state_head(StateHead(0, EMPTY))
    monkeypatch.setattr(advancing, "CHUNK", 2)
    root = stated(world)
    with store.read() as view:
        assert derived_root(view) == root
