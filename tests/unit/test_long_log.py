"""The long log of the benchmarks: the same each time, by every rule, in the mix that is promised."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from ledger.accounts import Account
from ledger.components import Components
from ledger.in_memory import InMemoryStore
from ledger.replaying import replay
from ledger.reports.system import conservation
from ledger.signed import read
from ledger.sql.stores import SqlStore
from scripts.bench import replay as bench
from scripts.bench.history import FIRST, ROUND, History

ROUNDS = 5


def test_it_is_the_same_each_time_and_signed_parts_are_whole() -> None:
    first, again = (list(History().statements(ROUNDS)) for _ in range(2))
    assert [one.leaf_hash for one in first] == [one.leaf_hash for one in again]
    assert len(first) == FIRST + ROUNDS * ROUND
    for logged in first:
        assert read(logged.statement.wire(), check_signature=False) == logged.statement
    assert all(before.at <= after.at for before, after in pairwise(first))


def test_it_has_the_mix_that_the_target_names() -> None:
    kinds = Counter(logged.statement.kind for logged in History().statements(ROUNDS))
    shares = {kind: count * 100 // (ROUNDS * ROUND) for kind, count in kinds.items()}
    named = ("production/1", "dispatch/1", "receipt/1", "handling/1", "correction/1")
    assert [shares[kind] for kind in named] == [30, 25, 25, 15, 5]


def test_it_is_booked_by_every_rule() -> None:
    store = InMemoryStore()
    with store.write() as writer:
        replay(writer, History().statements(ROUNDS))
    with store.read() as view:
        assert conservation(view.balances()).holds
        assert any(lot.basis for lot in view.lots(limit=1000))
        carried = [way for way in view.shipments(limit=1000) if way.handlings]
        assert len(carried) == 3 * ROUNDS


def test_a_replay_is_measured_with_its_peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "SMALLEST", 100)
    monkeypatch.setattr(bench, "ASKED", 5)
    path = tmp_path / "log.db"
    assert bench.keep_history(path, 100) > 0
    found = bench.replay_once(path)
    assert found["statements"] == FIRST + 3 * ROUND
    assert min(found["seconds"], found["peer_s"], found["memory_mib"]) > 0
    assert min(bench.balance_ms(path)) > 0
    with SqlStore(f"sqlite:///{path}") as store, store.read() as view:
        lot = view.lots(limit=1)[0]
        held = view.balance(Account("lot", lot.holder, lot.id))
        assert lot.balance() == Components(held)
