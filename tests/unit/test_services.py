from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import services, signing
from ledger.chain.errors import ChainUnreachableError
from ledger.chain.in_memory import InMemoryAnchorChain
from ledger.in_memory import InMemoryStore
from ledger.interfaces import Anchor
from ledger.log import checkpoint, merkle
from ledger.log.checkpoint import NoteSigner
from ledger.services import (
    Ledger,
    LogExistsError,
    LogKeyMismatchError,
    NoLogError,
    StatementIdTakenError,
    SystemClock,
    open_log,
)
from ledger.signed import Statement
from ledger.terms import NotALogOpeningError
from tests.builders import ORIGIN, Party, World, a_season, kg, own, registration, take
from tests.unit.refusals import as_stated, everything, refused


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def grower(world: World) -> Party:
    return world.register("Grower", "farmer")


def newcomer(world: World, id_: str | None = None) -> Statement:
    party = Party("New")
    return as_stated(world, party, "registration/1", registration(party), id_=id_)


def anchors(world: World) -> list[Anchor]:
    with world.store.read() as view:
        return view.anchors()


def test_each_statement_is_answered_with_its_place_signed_by_the_log(world: World) -> None:
    statement = newcomer(world)
    with world.store.read() as view:
        size = view.size()
    answer = world.post(statement)[0]
    acknowledgement = dict(answer.acknowledgement)
    signature = str(acknowledgement.pop("signature"))
    signing.check_acknowledgement(acknowledgement, signature, world.ledger.terms.ed25519)
    logged = world.logged(statement.digest)
    assert answer.new
    assert acknowledgement == {
        "log": world.log_id,
        "digest": statement.digest,
        "leaf_hash": merkle.leaf_hash(logged.entry).hex(),
        "position": size,
        "at": logged.at,
        "checkpoint_by": acknowledgement["checkpoint_by"],
    }
    promised = datetime.fromisoformat(str(acknowledgement["checkpoint_by"]))
    assert promised - datetime.fromisoformat(logged.at) == timedelta(seconds=1)
    with world.store.read() as view:
        newest = view.checkpoint()
    assert newest is not None
    assert newest.size == size + 1


def test_a_statement_sent_again_is_answered_as_it_was_and_logged_once(world: World) -> None:
    statement = newcomer(world)
    first = world.post(statement)[0]
    before = everything(world)
    again = world.post(statement, statement)
    assert everything(world) == before
    assert [answer.new for answer in again] == [False, False]
    assert all(answer.acknowledgement == first.acknowledgement for answer in again)


def test_a_statement_twice_in_one_batch_is_logged_once(world: World) -> None:
    statement, other = newcomer(world), newcomer(world)
    answers = world.post(statement, other, statement)
    assert [answer.new for answer in answers] == [True, True, False]
    assert answers[0].acknowledgement == answers[2].acknowledgement


def test_an_id_is_used_for_one_statement_of_an_issuer(world: World, grower: Party) -> None:
    lot = world.produce(grower, "lychee", kg(2), lines=(own(2),))
    body = {"take": take(lot, kg(1)), "fate": "waste"}
    first = world.sign(grower, "disposal/1", body)
    world.post(first)
    other = world.sign(grower, "disposal/1", body, id_=first.envelope.id)
    error = refused(world, other, StatementIdTakenError)
    assert (error.issuer, error.id, error.digest) == (grower.id, first.envelope.id, first.digest)
    buyer = world.register("Buyer", "buyer")
    change = {"key": {"action": "add", **world.joining(buyer, Party("x").key)}}
    world.post(as_stated(world, buyer, "key/1", change, id_=first.envelope.id))


def test_an_empty_batch_changes_nothing(world: World) -> None:
    before = everything(world)
    assert world.post() == []
    assert everything(world) == before


def test_the_logs_time_never_goes_back(world: World) -> None:
    first = world.post(newcomer(world))[0].acknowledgement
    world.clock.time -= timedelta(days=3)
    second = world.post(newcomer(world))[0].acknowledgement
    assert second["at"] == first["at"]


def test_each_batch_is_under_one_checkpoint_that_its_tree_gives(world: World) -> None:
    a_season(world)
    with world.store.read() as view:
        leaves = [logged.leaf_hash for logged in view.entries(0, view.size())]
        newest, verifier = view.checkpoint(), world.signer.verifier
        assert newest is not None
        assert newest.root == merkle.root_of(leaves)
        for published in view.checkpoints():
            read = checkpoint.verify(published.note, verifier)
            assert (read.size, read.root) == (published.size, published.root)
            assert published.root == merkle.root_of(leaves[: published.size])


def test_a_ledger_needs_a_log_and_the_logs_own_key(world: World) -> None:
    with pytest.raises(NoLogError) as empty:
        Ledger(InMemoryStore(), world.signer)
    assert "Start the ledger once" in str(empty.value)
    other = NoteSigner(ORIGIN, Ed25519PrivateKey.generate())
    with pytest.raises(LogKeyMismatchError) as caught:
        Ledger(world.store, other)
    assert caught.value.given == other.verifier.public_key.hex()
    assert caught.value.opened == world.ledger.terms.ed25519
    with pytest.raises(LogKeyMismatchError):
        open_log(InMemoryStore(), world.opening, other)


def test_a_store_holds_one_log(world: World, grower: Party) -> None:
    before = everything(world)
    with pytest.raises(LogExistsError) as caught:
        open_log(world.store, world.opening, world.signer)
    assert caught.value.log == world.log_id
    assert everything(world) == before
    with pytest.raises(NotALogOpeningError):
        open_log(InMemoryStore(), newcomer(world), world.signer)
    again = open_log(InMemoryStore(), world.opening, world.signer)
    assert again.terms == world.ledger.terms
    assert isinstance(again.clock, SystemClock)
    assert again.clock.now().tzinfo is UTC
    assert grower.id


def test_the_newest_checkpoint_is_anchored_once(world: World) -> None:
    chain = InMemoryAnchorChain()
    made = world.ledger.anchor_newest(chain)
    assert made is not None
    with world.store.read() as view:
        newest = view.checkpoint()
    assert newest is not None
    assert (made.size, made.root) == (newest.size, newest.root)
    assert world.ledger.anchor_newest(chain) is None
    assert anchors(world) == [made] == chain.history()
    world.post(newcomer(world))
    second = world.ledger.anchor_newest(chain)
    assert anchors(world) == [made, second]


def test_an_anchor_that_was_written_but_not_kept_is_found_again(world: World) -> None:
    chain = InMemoryAnchorChain()
    with world.store.read() as view:
        newest = view.checkpoint()
    assert newest is not None
    written = chain.anchor(newest.size, newest.root)
    assert anchors(world) == []
    assert world.ledger.anchor_newest(chain) == written
    assert anchors(world) == [written]


def test_an_anchor_missed_between_two_others_is_kept_in_its_place(world: World) -> None:
    chain = InMemoryAnchorChain()
    first = world.ledger.anchor_newest(chain)
    world.post(newcomer(world))
    with world.store.read() as view:
        newest = view.checkpoint()
    assert newest is not None
    missed = chain.anchor(newest.size, newest.root)
    world.post(newcomer(world))
    last = world.ledger.anchor_newest(chain)
    assert anchors(world) == [first, missed, last] == chain.history()


def test_anchors_that_a_chain_lost_are_forgotten_and_made_again_for_the_newest(world: World) -> None:
    chain = InMemoryAnchorChain()
    lost = world.ledger.anchor_newest(chain)
    world.post(newcomer(world))
    chain.lose()
    made = world.ledger.anchor_newest(chain)
    assert made is not None
    assert lost is not None
    assert made.size > lost.size
    assert anchors(world) == [made]


def test_a_chain_that_is_away_changes_nothing_and_statements_are_still_taken(world: World) -> None:
    chain = InMemoryAnchorChain()
    chain.away = True
    before = everything(world)
    with pytest.raises(ChainUnreachableError):
        world.ledger.anchor_newest(chain)
    assert everything(world) == before
    assert anchors(world) == []
    assert world.post(newcomer(world))[0].new


def test_a_log_without_a_checkpoint_has_nothing_to_anchor(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.in_memory.InMemoryView.checkpoint", lambda *_: None)
    with pytest.raises(NoLogError):
        world.ledger.anchor_newest(InMemoryAnchorChain())


def test_a_tile_that_nobody_kept_reads_as_empty(world: World) -> None:
    with world.store.read() as view:
        read = services.tile_reader(view)
        assert read(0, 0)
        assert read(7, 7) == b""
