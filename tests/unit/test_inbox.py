"""Corrections and answers wait until they are booked: a kill on the way loses nothing, and books once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.drafting import Wish, prepare
from ledger.inbox import Resumed, WaitingUnreadableError, packed, reaches_far, unpacked
from ledger.services import BatchError, Ledger
from ledger.signed import Statement
from ledger.sql.stores import SqlStore
from tests.adjusted import Chain, offer_of
from tests.builders import JUNE


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with SqlStore(f"sqlite:///{tmp_path}/ledger.db") as opened:
        opened.migrate()
        yield opened


@pytest.fixture
def chain(store: SqlStore) -> Chain:
    made = Chain(store)
    made.world.ledger = Ledger(store, made.world.signer, made.world.clock, inbox=store)
    return made


def correction(chain: Chain) -> Statement:
    change = {"drop_lines": ["0"], "add_lines": [], "add_inputs": []}
    body = {"occurred": JUNE, "corrects": chain.harvest.digest, "change": change}
    with chain.world.store.read() as view:
        wish = Wish("correction/1", chain.grower.id, body)
        return prepare(wish, view, chain.world.clock.now()).draft.sign(chain.grower.key)


def size(store: SqlStore) -> int:
    with store.read() as view:
        return view.size()


def test_only_what_may_reach_far_waits(chain: Chain) -> None:
    assert reaches_far(correction(chain))
    assert not reaches_far(chain.harvest)


def test_what_was_booked_waits_no_longer(chain: Chain, store: SqlStore) -> None:
    made = correction(chain)
    (answer,) = chain.world.ledger.post([made])
    assert answer.new
    assert store.waiting() == []
    assert chain.world.ledger.resume() == Resumed()


def test_what_was_refused_waits_no_longer(chain: Chain, store: SqlStore) -> None:
    first, again = correction(chain), correction(chain)
    chain.world.ledger.post([first])
    with pytest.raises(BatchError):
        chain.world.ledger.post([again])
    assert store.waiting() == []


def test_a_ledger_that_was_killed_before_booking_books_it_once(chain: Chain, store: SqlStore) -> None:
    made = correction(chain)
    assert unpacked(packed([made])) == [made]
    before = size(store)
    store.remember(packed([made]))
    store.remember(packed([made]))
    started = Ledger(store, chain.world.signer, chain.world.clock, inbox=store)
    assert started.resume() == Resumed(new=1)
    assert (size(store), store.waiting()) == (before + 1, [])
    assert offer_of(chain.world, made.digest, chain.first).open
    (answer,) = started.post([made])
    assert not answer.new


def test_what_is_refused_after_a_kill_is_set_aside_with_the_reason_and_never_booked(
    chain: Chain, store: SqlStore
) -> None:
    first, again = correction(chain), correction(chain)  # both drop the same line
    for one in (first, again):
        store.remember(packed([one]))
    started = Ledger(store, chain.world.signer, chain.world.clock, inbox=store)
    resumed = started.resume()
    (aside,) = resumed.set_aside
    assert (resumed.new, aside.problem) == (1, "dropped-line")
    assert "was dropped before" in aside.reason
    assert unpacked(aside.statements) == [again]
    assert aside.text().endswith(aside.reason)
    assert (store.waiting(), store.aside()) == ([], [aside])
    before = size(store)
    assert started.resume() == Resumed()
    assert (size(store), store.aside()) == (before, [aside])
    store.remember(packed([first]))  # numbers go on after what was set aside
    assert started.resume() == Resumed()
    assert store.aside() == [aside]


@pytest.mark.parametrize(
    ("kept", "why"),
    [
        (b"{", "JSON"),
        (b"\x81[]", "UTF-8"),
        (b"[" * 100_000, "deep"),
        (b'"a statement"', "it is no list"),
        (b"[7]", "7"),
        (b'[{"envelope": {}}]', "signature"),
    ],
)
def test_what_waits_and_cannot_be_read_is_set_aside_and_the_ledger_starts(
    chain: Chain, store: SqlStore, kept: bytes, why: str
) -> None:
    with pytest.raises(WaitingUnreadableError, match=why):
        unpacked(kept)
    made = correction(chain)
    store.remember(kept)
    store.remember(packed([made]))
    resumed = Ledger(store, chain.world.signer, chain.world.clock, inbox=store).resume()
    (aside,) = resumed.set_aside
    assert (resumed.new, aside.statements, aside.problem) == (1, kept, "waiting-unreadable")
    assert store.aside() == [aside]


def test_an_altered_signature_among_what_waits_is_set_aside(chain: Chain, store: SqlStore) -> None:
    made = correction(chain)
    altered = packed([made]).replace(made.signature.value[2:40].encode(), b"0" * 38)
    store.remember(altered)
    before = size(store)
    resumed = Ledger(store, chain.world.signer, chain.world.clock, inbox=store).resume()
    assert [one.statements for one in resumed.set_aside] == [altered]
    assert size(store) == before


def test_a_ledger_without_an_inbox_has_nothing_to_resume(chain: Chain) -> None:
    assert Ledger(chain.world.store, chain.world.signer).resume() == Resumed()
