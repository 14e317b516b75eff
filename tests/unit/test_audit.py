"""The audit names what was changed behind the ledger's back, and what it can't derive it says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest

from ledger import signing
from ledger.audit import Audit, audit
from ledger.chain.errors import ChainUnreachableError
from ledger.chain.in_memory import InMemoryAnchorChain
from ledger.forms import validated
from ledger.in_memory import InMemoryStore
from ledger.interfaces import AnchorHistory, LedgerView, Logged, SignedCheckpoint
from ledger.log import merkle
from ledger.replaying import replay
from ledger.services import tile_reader
from ledger.storing import CorruptRowError, LogNotOpenError
from ledger.wire import Signature
from tests.builders import World, a_season, own

Change = Callable[[LedgerView], object]


@lru_cache(maxsize=1)
def season() -> World:
    """Return a world with a season, more than one tile long, whose checkpoints are sparse."""
    world = World()
    a_season(world)
    farm = world.register("Large farm")
    body = {
        "outputs": [{"balance": {"quantity": "5", "unit": "mg", "weight": "5"}, "product": {"name": "x"}}],
        "lines": [own(7)],
        "policy": {"id": "mass/1"},
    }
    world.post(*(world.sign(farm, "production/1", body) for _ in range(260)))
    return world


def audited(change: Change | None = None, chain: AnchorHistory | None = None) -> Audit:
    """Audit the season after a change to what is read."""
    with season().store.read() as view:
        if change is not None:
            change(view)
        return audit(view, InMemoryStore(), chain)


def found(change: Change | None = None, chain: AnchorHistory | None = None) -> list[tuple[str, str]]:
    """Return parts and places of the findings."""
    return [(finding.part, finding.what) for finding in audited(change, chain).findings]


def seen(name: str, answer: Callable[..., Any]) -> Change:
    """Return a change by which a question of the view is answered otherwise."""

    def change(view: LedgerView) -> None:
        honest = getattr(view, name)
        setattr(view, name, lambda *args: answer(honest, *args))

    return change


def entries(position: int, change: Callable[[Logged], Logged]) -> Change:
    """Return a change of one entry."""

    def altered(honest: Callable[..., Iterator[Logged]], start: int, end: int) -> Iterator[Logged]:
        for logged in honest(start, end):
            yield change(logged) if logged.position == position else logged

    return seen("entries", altered)


@pytest.mark.parametrize("chunk", [1024, 100])
def test_a_healthy_ledger_is_good_to_the_last_byte(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.audit.CHUNK", chunk)
    done: list[int] = []
    with season().store.read() as view:
        report = audit(view, InMemoryStore(), None, done.append)
        newest, published = view.checkpoint(), sum(1 for _ in view.checkpoints())
    assert newest is not None
    assert report.good, report.findings
    assert (report.size, report.replayed, report.root) == (newest.size, newest.size, newest.root.hex())
    assert report.checkpoints == published > 20
    assert not report.anchors_asked
    assert done[-1] == report.size


def test_an_empty_ledger_has_nothing_to_audit() -> None:
    with InMemoryStore().read() as view, pytest.raises(LogNotOpenError):
        audit(view, InMemoryStore())


def test_a_changed_salt_is_named_and_the_books_behind_are_not_guessed() -> None:
    def salted(logged: Logged) -> Logged:
        first, *rest = logged.statement.parts
        parts = (first.model_copy(update={"salt": "0" * 32}), *rest)
        return replace(logged, statement=replace(logged.statement, parts=parts))

    report = audited(entries(9, salted))
    size = report.size
    assert [(f.part, f.what) for f in report.findings] == [
        ("statements", "statement 9"),
        ("books", "statements from 9 on"),
    ]
    assert (report.replayed, report.size) == (9, size)


def test_a_changed_entry_differs_from_its_statement_and_from_the_tree() -> None:
    at = entries(9, lambda logged: replace(logged, entry=logged.entry + b" "))
    assert {("statements", "statement 9: entry"), ("log", "statement 9: leaf hash")} < set(found(at))
    assert ("log", "tile 0 of level 0: hash 9") in found(at)


def test_a_changed_leaf_hash_is_named() -> None:
    at = entries(9, lambda logged: replace(logged, leaf_hash=bytes(32)))
    assert found(at) == [("log", "statement 9: leaf hash")]


def test_a_changed_digest_is_named() -> None:
    at = entries(9, lambda logged: replace(logged, statement=replace(logged.statement, digest="0" * 64)))
    assert found(at)[0] == ("statements", "statement 9: digest")


def test_a_signature_by_another_key_is_named() -> None:
    def signed(logged: Logged) -> Logged:
        forged = signing.sign(logged.statement.envelope.model_dump(), signing.new_private_key())
        signature = validated(Signature, {**forged, "key": logged.statement.signature.key})
        return replace(logged, statement=replace(logged.statement, signature=signature))

    assert ("signatures", "statement 9") in found(entries(9, signed))


def test_a_statement_that_breaks_a_rule_of_the_books_is_named() -> None:
    def of_nobody(logged: Logged) -> Logged:
        return replace(logged, at="2020-01-01T00:00:00Z")

    assert ("books", "statement 9") in found(entries(9, of_nobody))


@pytest.mark.parametrize("position", [0, 9, 270])
def test_a_row_that_can_not_be_read_is_named_and_the_tree_is_checked_on(position: int) -> None:
    def damaged(honest: Callable[..., Iterator[Logged]], start: int, end: int) -> Iterator[Logged]:
        for logged in honest(start, end):
            if logged.position == position:
                raise CorruptRowError("statement", str(position), "its body digest is another")
            yield logged

    report = audited(seen("entries", damaged))
    assert [(f.part, f.what) for f in report.findings] == [
        ("statements", f"statement {position}"),
        ("books", f"statements from {position} on"),
    ]
    assert report.root == audited().root


def test_other_terms_than_those_of_the_first_entry_are_named() -> None:
    assert found(seen("terms", lambda honest: replace(honest(), gwp="AR6"))) == [("log", "terms")]


def test_a_first_entry_that_opens_no_log_is_named() -> None:
    with season().store.read() as view:
        (second,) = view.entries(1, 2)
    at = entries(0, lambda _: replace(second, position=0))
    assert ("log", "terms") in found(at)


TILES: list[tuple[str, tuple[int, int], Callable[[bytes], bytes], str]] = [
    ("a hash of a full tile", (0, 0), lambda t: t[:64] + bytes(32) + t[96:], "tile 0 of level 0: hash 2"),
    ("a hash of the last tile", (0, 1), lambda t: bytes(32) + t[32:], "tile 1 of level 0: hash 0"),
    ("a hash above", (1, 0), lambda t: bytes(len(t)), "tile 0 of level 1: hash 0"),
    ("a short tile", (0, 1), lambda t: t[:-32], f"tile 1 of level 0: hash {-1}"),
    ("a long tile", (0, 1), lambda t: t + bytes(32), "tile 1 of level 0"),
    ("no tile", (0, 0), lambda _: b"", "tile 0 of level 0: hash 0"),
]


@pytest.mark.parametrize(
    ("at", "change", "what"), [case[1:] for case in TILES], ids=[case[0] for case in TILES]
)
def test_a_changed_tile_is_named(at: tuple[int, int], change: Callable[[bytes], bytes], what: str) -> None:
    def altered(honest: Callable[..., bytes | None], level: int, index: int) -> bytes | None:
        tile = honest(level, index)
        return change(tile) if tile and (level, index) == at else tile

    parts = found(seen("tile", altered))
    if what.endswith("-1"):
        last = audited().size - 256 - 1
        what = f"tile 1 of level 0: hash {last}"
    assert parts == [("log", what)]


def checkpoints(change: Callable[[SignedCheckpoint], SignedCheckpoint | None], number: int = 9) -> Change:
    def altered(honest: Callable[[], Iterator[SignedCheckpoint]]) -> Iterator[SignedCheckpoint]:
        for at, one in enumerate(honest()):
            other = change(one) if at == number else one
            if other is not None:
                yield other

    return seen("checkpoints", altered)


def test_a_changed_checkpoint_is_named() -> None:
    assert found(checkpoints(lambda one: replace(one, note=one.note[:-5]))) == [
        ("checkpoints", "checkpoint of 10")
    ]
    assert found(checkpoints(lambda one: replace(one, root=bytes(32)))) == [
        ("checkpoints", "checkpoint of 10")
    ]
    moved = found(checkpoints(lambda one: replace(one, size=11)))
    assert set(moved) == {("checkpoints", "checkpoint of 11")}
    beyond = found(checkpoints(lambda one: replace(one, size=10**6)))
    assert ("checkpoints", "checkpoint of 1000000") in beyond


def test_a_log_without_its_newest_checkpoint_is_named() -> None:
    last = audited().checkpoints - 1
    assert found(checkpoints(lambda _: None, last)) == [("checkpoints", "the newest checkpoint")]


def test_postings_that_can_not_be_read_are_named() -> None:
    def damaged(_honest: object, *_args: object) -> Iterator[Any]:
        yield from ()
        raise CorruptRowError("posting", "3, 1", "component 99")

    assert ("books", "postings") in found(seen("movements", damaged))


def test_a_changed_balance_is_named() -> None:
    def altered(honest: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        for number, (account, held) in enumerate(honest()):
            yield account, ({slot: mg + 1 for slot, mg in held.items()} if number == 3 else held)

    assert any(
        part == "books" and what.startswith("account ") for part, what in found(seen("balances", altered))
    )


def anchored(*sizes: int) -> tuple[InMemoryAnchorChain, Change]:
    """Return a chain with anchors of some sizes, and a view that knows them."""
    chain = InMemoryAnchorChain()
    with season().store.read() as view:
        for size in sizes:
            one = view.checkpoint(size)
            assert one is not None
            chain.anchor(size, one.root)
    known = chain.history()
    return chain, seen("anchors", lambda _: known)


def test_anchors_that_say_what_the_entries_say_are_good() -> None:
    chain, known = anchored(5, 20)
    report = audited(known, chain)
    assert report.good, report.findings
    assert (report.anchors, report.anchors_asked) == (2, True)


def test_an_anchor_of_another_history_is_named() -> None:
    chain, known = anchored(5)
    chain.anchor(20, b"\1" * 32)
    assert found(known, chain) == [("anchors", "anchor of 20 in block 3")]
    beyond, same = anchored(5)
    beyond.anchor(10**6, b"\1" * 32)
    assert found(same, beyond) == [("anchors", "anchor of 1000000 in block 3")]


def test_an_anchor_between_two_checkpoints_is_checked_by_the_tiles() -> None:
    chain, known = anchored(5)
    with season().store.read() as view:
        size = audited().size - 100
        assert view.checkpoint(size) is None
        root = merkle.root_of(logged.leaf_hash for logged in view.entries(0, size))
    chain.anchor(size, root)
    assert found(known, chain) == []
    shorter = seen("tile", lambda honest, level, index: (honest(level, index) or b"")[:32])

    def both(view: LedgerView) -> None:
        known(view)
        shorter(view)

    assert ("log", f"tiles of {size}") in found(both, chain)


def test_an_anchor_that_is_not_known_here_is_named_unless_it_may_be_under_way() -> None:
    chain, _ = anchored(5, 20)
    assert found(seen("anchors", lambda _: chain.history()[:1]), chain) == []
    assert found(seen("anchors", lambda _: chain.history()[1:]), chain) == [
        ("anchors", "anchor of 5 in block 2")
    ]


def test_a_known_anchor_that_the_chain_does_not_have_or_has_otherwise_is_named() -> None:
    chain, _ = anchored(5, 20)

    def with_first(**changed: Any) -> Change:
        first, second = chain.history()
        return seen("anchors", lambda _: [replace(first, **changed), second])

    assert found(with_first(gas=1), chain) == [("anchors", "anchor of 5 in block 2")]
    lost = found(with_first(root=bytes(32)), chain)
    assert lost == [("anchors", "anchor of 5 in block 2"), ("anchors", "anchor of 5")]
    elsewhere = found(with_first(contract="0x" + "00" * 20), chain)
    assert elsewhere == [("anchors", "anchor of 5 in block 2")]
    empty = InMemoryAnchorChain()
    known = chain.history()
    assert found(seen("anchors", lambda _: known), empty) == [
        ("anchors", "anchor of 5"),
        ("anchors", "anchor of 20"),
    ]


def test_a_chain_that_is_away_is_named() -> None:
    chain, known = anchored(5)
    chain.away = True
    report = audited(known, chain)
    assert [(f.part, f.what) for f in report.findings] == [("anchors", "the chain")]
    assert ChainUnreachableError.__name__ not in report.findings[0].derived


def test_no_more_than_a_thousand_findings_are_kept() -> None:
    report = Audit()
    for number in range(1500):
        report.note("log", f"tile {number}", "x" * 1000, 7)
    assert len(report.findings) == 1000
    assert len(report.findings[0].stored) == 300
    assert not report.good


def test_a_replayed_log_has_the_same_books_and_tree() -> None:
    world, scratch = season(), InMemoryStore()
    with world.store.read() as view, scratch.write() as writer:
        replay(writer, view.entries(0, view.size()))
        size = view.size()
        assert list(writer.balances()) == list(view.balances())
        for level, index in ((0, 0), (0, 1), (1, 0)):
            assert tile_reader(writer)(level, index) == tile_reader(view)(level, index)
    with scratch.read() as again:
        assert again.size() == size
