"""What every anchor chain does: the same tests on the chain in memory and on a real node."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from ledger.chain.anchor import EvmAnchorChain
from ledger.chain.errors import (
    CheckpointConflictError,
    CheckpointNotNewerError,
    CheckpointRootLengthError,
    CheckpointTooFarAheadError,
    EmptyCheckpointError,
)
from ledger.chain.in_memory import InMemoryAnchorChain
from ledger.chain.local_node import LocalNode
from ledger.interfaces import AnchorChain

Chain: TypeAlias = InMemoryAnchorChain | EvmAnchorChain
KEY = b"\x31" * 32


def root(size: int) -> bytes:
    return hashlib.sha256(str(size).encode()).digest()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalNode]:
    with LocalNode(Path(tmp_path_factory.mktemp("chain"))) as running:
        yield running


@pytest.fixture(params=["memory", "anvil"])
def chain(request: pytest.FixtureRequest) -> Iterator[Chain]:
    if request.param == "memory":
        yield InMemoryAnchorChain()
        return
    running: LocalNode = request.getfixturevalue("node")
    anchors = EvmAnchorChain(running.rpc_url, KEY)
    yield anchors
    anchors.close()


def test_it_is_what_the_ledger_asks_for(chain: Chain) -> None:
    asked: AnchorChain = chain
    assert asked.status().reachable


def test_a_log_without_anchors_has_none(chain: Chain) -> None:
    assert chain.newest() is None
    assert chain.history() == []


def test_an_anchor_is_what_was_written_and_is_read_back_the_same(chain: Chain) -> None:
    written = chain.anchor(1000, root(1000))
    assert (written.size, written.root) == (1000, root(1000))
    assert written.log_address == chain.log_address
    assert len(written.transaction) == 66
    assert written.gas > 21_000
    assert written.block > 0
    assert chain.newest() == written
    assert chain.history() == [written]


def test_the_same_checkpoint_again_answers_as_before(chain: Chain) -> None:
    first = chain.anchor(1000, root(1000))
    assert chain.anchor(1000, root(1000)) == first
    assert len(chain.history()) == 1


def test_anchors_are_listed_oldest_first_and_each_later_one_is_cheap(chain: Chain) -> None:
    written = [chain.anchor(size, root(size)) for size in (1000, 2000, 3000)]
    assert chain.history() == written
    assert chain.newest() == written[-1]
    assert [anchor.block for anchor in written] == sorted({anchor.block for anchor in written})
    assert all(anchor.gas <= 45 * 1000 for anchor in written[1:])


def test_what_the_contract_would_refuse_is_refused_and_leaves_no_trace(chain: Chain) -> None:
    kept = chain.anchor(1000, root(1000))
    with pytest.raises(CheckpointNotNewerError):
        chain.anchor(999, root(999))
    with pytest.raises(CheckpointConflictError):
        chain.anchor(1000, root(7))
    with pytest.raises(CheckpointTooFarAheadError):
        chain.anchor(1000 + 2**32 + 1, root(7))
    with pytest.raises(EmptyCheckpointError):
        chain.anchor(0, root(7))
    with pytest.raises(EmptyCheckpointError):
        chain.anchor(2000, bytes(32))
    with pytest.raises(CheckpointRootLengthError):
        chain.anchor(2000, b"\x01")
    assert chain.history() == [kept]


def test_the_status_says_where_the_anchors_are_and_who_pays(chain: Chain) -> None:
    written = chain.anchor(1000, root(1000))
    status = chain.status()
    assert status.chain_id == written.chain_id == 31337
    assert status.contract == written.contract
    assert status.log_address == written.log_address
    assert status.funded
    assert (status.balance_wei or 0) > 0
    assert status.reason == ""
