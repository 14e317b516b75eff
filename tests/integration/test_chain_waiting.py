"""Anchors that wait: raised, replaced, found again after a restart, gaps filled, on a real node."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.chain.errors import (
    TransactionNotConfirmedError,
)
from ledger.chain.local_node import LocalNode, ask_local
from ledger.chain.sent import SentFile
from tests.integration.chain_steps import (
    CHAIN_ID,
    Connect,
    as_it_was,
    by_hand,
    connecting,
    mine,
    root,
    waiting,
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalNode]:
    with LocalNode(tmp_path_factory.mktemp("node")) as node:
        yield node


@pytest.fixture
def node(running: LocalNode) -> Iterator[LocalNode]:
    with as_it_was(running):
        yield running


@pytest.fixture
def connect(node: LocalNode, tmp_path: Path) -> Iterator[Connect]:
    with connecting(node, tmp_path) as connected:
        yield connected


def test_an_anchor_stuck_at_a_low_price_is_raised_until_a_block_takes_it(
    node: LocalNode, connect: Connect
) -> None:
    chain = connect(confirm_timeout_s=10, replace_after_s=0.1)
    chain.anchor(1, root(1))
    by_hand(node)
    done: list[Any] = []
    thread = threading.Thread(target=lambda: done.append(chain.anchor(2, root(2))))
    thread.start()
    first = ""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        pool = waiting(node)
        assert len(pool) <= 1
        first = first or (pool[0]["hash"] if pool else "")
        if pool and pool[0]["hash"] != first:
            break
        time.sleep(0.01)
    mine(node)
    thread.join(10)
    assert done[0].size == 2
    assert [anchor.size for anchor in chain.history()] == [1, 2]
    assert waiting(node) == []


def test_an_anchor_that_waited_when_the_program_ended_is_replaced_by_the_newest_checkpoint(
    node: LocalNode, connect: Connect, tmp_path: Path
) -> None:
    chain = connect()
    chain.anchor(1, root(1))
    by_hand(node)
    with pytest.raises(TransactionNotConfirmedError):
        chain.anchor(2, root(2))
    (stuck,) = waiting(node)
    chain.close()
    again = connect()
    kept = SentFile(tmp_path / "sent.json").find(CHAIN_ID, again.payer_address)
    assert kept is not None
    assert kept.transactions == (stuck["hash"],)
    with pytest.raises(TransactionNotConfirmedError):
        again.anchor(5, root(5))
    (replaced,) = waiting(node)
    assert replaced["nonce"] == stuck["nonce"]
    assert int(replaced["maxFeePerGas"], 16) * 10 >= int(stuck["maxFeePerGas"], 16) * 11
    mine(node)
    assert again.anchor(5, root(5)).size == 5
    assert [anchor.size for anchor in again.history()] == [1, 5]


def test_an_anchor_that_was_mined_while_the_program_was_away_is_found_not_sent_again(
    node: LocalNode, connect: Connect
) -> None:
    chain = connect()
    chain.anchor(1, root(1))
    by_hand(node)
    with pytest.raises(TransactionNotConfirmedError):
        chain.anchor(2, root(2))
    chain.close()
    mine(node)
    again = connect()
    assert again.anchor(2, root(2)).size == 2
    by_hand(node)
    with pytest.raises(TransactionNotConfirmedError):
        again.anchor(3, root(3))
    assert len(waiting(node)) == 1


def test_an_anchor_that_the_node_dropped_is_sent_again(node: LocalNode, connect: Connect) -> None:
    chain = connect()
    chain.anchor(1, root(1))
    by_hand(node)
    with pytest.raises(TransactionNotConfirmedError):
        chain.anchor(2, root(2))
    (stuck,) = waiting(node)
    ask_local(node.port, "anvil_dropTransaction", [stuck["hash"]])
    assert waiting(node) == []
    ask_local(node.port, "anvil_setAutomine", [True])
    assert chain.anchor(2, root(2)).size == 2


def test_a_base_fee_that_rose_meanwhile_is_followed(node: LocalNode, connect: Connect) -> None:
    chain = connect(confirm_timeout_s=10, replace_after_s=0.1)
    chain.anchor(1, root(1))
    by_hand(node)
    with pytest.raises(TransactionNotConfirmedError):
        connect().anchor(2, root(2))
    (stuck,) = waiting(node)
    ask_local(node.port, "anvil_setNextBlockBaseFeePerGas", [hex(3 * int(stuck["maxFeePerGas"], 16))])
    mine(node)
    assert [anchor.size for anchor in chain.history()] == [1]
    ask_local(node.port, "anvil_setAutomine", [True])
    made = chain.anchor(2, root(2))
    cost = chain.cost(made)
    assert cost is not None
    assert cost.wei_each > int(stuck["maxFeePerGas"], 16)


def test_a_gap_in_the_numbers_is_filled_and_what_waited_beyond_it_harms_nothing(
    node: LocalNode, connect: Connect
) -> None:
    chain = connect()
    chain.anchor(1, root(1))
    signed = chain.signed(2, root(2))
    stranger = connect(payer=b"\x37" * 32)
    by_hand(node)
    sender = stranger._sender
    real, ahead = sender._nonce, sender._nonce() + 1
    sender._nonce = lambda: ahead  # type: ignore[method-assign]
    with pytest.raises(TransactionNotConfirmedError):
        stranger.relay(signed)
    sender._nonce = real  # type: ignore[method-assign]
    (queued,) = waiting(node)
    assert int(queued["nonce"], 16) == ahead
    ask_local(node.port, "anvil_setAutomine", [True])
    assert stranger.relay(chain.signed(3, root(3))).size == 3
    mine(node)
    assert waiting(node) == []
    assert stranger.relay(chain.signed(4, root(4))).size == 4
    assert [anchor.size for anchor in chain.history()][-2:] == [3, 4]
