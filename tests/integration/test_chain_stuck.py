"""Transactions that don't confirm, blocks that vanish, and nodes that lie, on a real node."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.commands.verifying import chain_reader
from ledger.chain.anchor import EvmAnchorChain
from ledger.chain.errors import (
    BlockMismatchError,
    NodeBehindError,
    NodesDisagreeError,
    StandingStillError,
    TransactionNotConfirmedError,
    WrongChainError,
)
from ledger.chain.local_node import LocalNode, ask_local
from ledger.chain.sent import SentFile
from ledger.chain.settings import ChainSettings
from ledger.log import tiles
from ledger.services import tile_reader
from ledger.verification import verify
from tests.builders import World
from tests.bundle_worlds import bundle_bytes, failure, play
from tests.integration.lying_node import Lie, LyingNode

KEY = b"\x36" * 32
CHAIN_ID = 31337


def root(size: int) -> bytes:
    return hashlib.sha256(str(size).encode()).digest()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalNode]:
    with LocalNode(tmp_path_factory.mktemp("node")) as node:
        yield node


@pytest.fixture
def node(running: LocalNode) -> Iterator[LocalNode]:
    """The node as it was before each test, with a block per transaction."""
    before = ask_local(running.port, "evm_snapshot")
    yield running
    ask_local(running.port, "anvil_setAutomine", [True])
    ask_local(running.port, "anvil_dropAllTransactions")
    ask_local(running.port, "evm_revert", [before])
    ask_local(running.port, "anvil_setNextBlockBaseFeePerGas", [hex(10**9)])
    mine(running)


@pytest.fixture
def connect(node: LocalNode, tmp_path: Path) -> Iterator[Callable[..., EvmAnchorChain]]:
    """Connect to the chain as a program that starts does, as often as a test wants."""
    chains: list[EvmAnchorChain] = []

    def connected(url: str = node.rpc_url, key: bytes = KEY, **changed: Any) -> EvmAnchorChain:
        settings = ChainSettings(
            chain_id=CHAIN_ID,
            deployments=tmp_path / "deployments.json",
            sent=tmp_path / "sent.json",
            confirm_timeout_s=0.3,
            request_timeout_s=5,
            attempts=1,
        )
        chains.append(EvmAnchorChain(url, key, None, replace(settings, **changed)))
        return chains[-1]

    yield connected
    for chain in chains:
        chain.close()


def mine(node: LocalNode, blocks: int = 1) -> None:
    ask_local(node.port, "anvil_mine", [hex(blocks)])


def until(holds: Callable[[], bool], within_s: float = 8) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def by_hand(node: LocalNode) -> None:
    """Let nothing happen until a test mines."""
    ask_local(node.port, "anvil_setAutomine", [False])


def waiting(node: LocalNode) -> list[dict[str, Any]]:
    """Return the transactions that wait at the node."""
    pool = ask_local(node.port, "txpool_content")
    return [
        one for kind in ("pending", "queued") for account in pool[kind].values() for one in account.values()
    ]


Connect = Callable[..., EvmAnchorChain]


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


def test_an_anchor_is_pending_until_so_many_blocks_confirm_it(node: LocalNode, connect: Connect) -> None:
    quick = connect()
    quick.anchor(1, root(1))
    chain = connect(confirmations=3)
    assert chain.newest() is None
    with pytest.raises(TransactionNotConfirmedError):
        chain.anchor(1, root(1))
    mine(node, 2)
    assert chain.anchor(1, root(1)).size == 1
    done: list[Any] = []
    patient = connect(confirmations=3, confirm_timeout_s=10)
    thread = threading.Thread(target=lambda: done.append(patient.anchor(2, root(2))))
    thread.start()
    until(lambda: len(quick.history()) == 2)
    assert [anchor.size for anchor in chain.history()] == [1]
    mine(node)
    assert done == []
    mine(node)
    thread.join(10)
    assert done[0].size == 2
    assert chain.newest() == done[0]


def test_a_contract_that_is_younger_than_the_confirmations_holds_nothing_that_counts(
    node: LocalNode, connect: Connect
) -> None:
    mine(node, 5)
    connect().anchor(1, root(1))
    careful = connect(confirmations=4)
    assert careful.newest() is None
    assert careful.history() == []
    mine(node, 3)
    assert careful.newest() is not None
    assert connect(confirmations=900).newest() is None


def test_an_anchor_whose_block_vanished_is_made_again_and_old_bundles_stay_good(
    node: LocalNode, connect: Connect
) -> None:
    world = World()
    chain = connect(key=world.operator.key)
    story = play(world)
    first = world.ledger.anchor_newest(chain)
    world.register("Buyer", "buyer")
    second = world.ledger.anchor_newest(chain)
    assert first is not None
    assert second is not None
    with world.store.write() as writer:
        writer.forget_anchors(CHAIN_ID, first.contract)
        writer.keep_anchor(second)
    old = bundle_bytes(world, story.shipment)
    asked = chain_reader(node.rpc_url, or_newest=True)
    assert verify(old, anchor_reader=asked).ok
    ask_local(node.port, "anvil_reorg", [1, []])
    assert chain.newest() == first
    assert failure(verify(old, anchor_reader=chain_reader(node.rpc_url, or_newest=False)))[0] == 7
    world.register("Another buyer", "buyer")
    third = world.ledger.anchor_newest(chain)
    assert third is not None
    assert third.size > second.size
    assert chain.history() == [first, third]
    with world.store.read() as view:
        assert view.anchors() == [first, third]

    def proof(before: int, after: int) -> list[bytes]:
        with world.store.read() as view:
            return tiles.consistency_proof(tile_reader(view), before, after)

    report = verify(old, anchor_reader=asked, consistency_reader=proof)
    assert report.ok
    assert [one.value for one in report.verdicts if one.step == 7] == ["good"]


def test_a_block_that_vanishes_while_its_anchor_is_confirmed_delays_the_anchor_only(
    node: LocalNode, connect: Connect
) -> None:
    chain = connect(confirmations=3, confirm_timeout_s=10, replace_after_s=0.2)
    done: list[Any] = []
    connect().anchor(1, root(1))
    thread = threading.Thread(target=lambda: done.append(chain.anchor(2, root(2))))
    thread.start()
    until(
        lambda: int(ask_local(node.port, "eth_getTransactionCount", [chain.payer_address, "latest"]), 16) == 3
    )
    ask_local(node.port, "anvil_reorg", [1, []])
    until(
        lambda: int(ask_local(node.port, "eth_getTransactionCount", [chain.payer_address, "latest"]), 16) == 3
    )
    mine(node, 2)
    thread.join(10)
    assert done[0].size == 2
    assert [anchor.size for anchor in chain.history()] == [1, 2]


@pytest.fixture
def liar(node: LocalNode) -> Iterator[LyingNode]:
    with LyingNode(node.port) as running:
        yield running


def funded(node: LocalNode, chain: EvmAnchorChain) -> EvmAnchorChain:
    ask_local(node.port, "anvil_setBalance", [chain.payer_address, hex(10**21)])
    return chain


def test_an_anchor_by_a_node_that_tells_the_truth_is_made(
    node: LocalNode, connect: Connect, liar: LyingNode
) -> None:
    chain = funded(node, connect(liar.url, forgetful=False, stale_after_s=3600, also=node.rpc_url))
    assert chain.anchor(1, root(1)).size == 1
    assert chain.status().reason == ""


def test_a_node_that_goes_back_in_time_is_named_and_nothing_is_forgotten(
    node: LocalNode, connect: Connect, liar: LyingNode
) -> None:
    chain = funded(node, connect(liar.url, forgetful=False))
    chain.anchor(1, root(1))
    mine(node, 10)
    kept = chain.newest()
    liar.lies["eth_blockNumber"] = lambda _, newest: hex(int(newest, 16) - 5)
    for ask in (chain.newest, chain.history, lambda: chain.anchor(2, root(2))):
        with pytest.raises(NodeBehindError) as caught:
            ask()
        assert caught.value.newest == caught.value.known - 5
    status = chain.status()
    assert status.reachable
    assert "is behind" in status.reason
    del liar.lies["eth_blockNumber"]
    assert chain.newest() == kept


def test_a_node_that_has_not_come_to_the_contract_yet_gets_no_second_contract(
    node: LocalNode, connect: Connect, liar: LyingNode
) -> None:
    mine(node, 5)
    first = funded(node, connect(liar.url, forgetful=False))
    first.anchor(1, root(1))
    first.close()
    liar.lies["eth_blockNumber"] = lambda _, __: "0x1"
    liar.lies["eth_getCode"] = lambda _, __: "0x"
    again = connect(liar.url, forgetful=False)
    with pytest.raises(NodeBehindError):
        again.anchor(2, root(2))
    liar.lies.clear()
    assert [anchor.size for anchor in again.history()] == [1]


def test_a_simulated_chain_may_be_started_anew(node: LocalNode, connect: Connect) -> None:
    chain = connect(forgetful=False, stale_after_s=1)
    mine(node, 10)
    assert chain.newest() is None
    ask_local(node.port, "anvil_rollback", [5])
    ask_local(node.port, "evm_increaseTime", [0])
    assert chain.newest() is None
    assert chain.anchor(1, root(1)).size == 1


def test_a_node_whose_newest_block_is_old_is_named(connect: Connect, liar: LyingNode) -> None:
    def long_ago(_: list[Any], block: Any) -> Any:
        return {**block, "timestamp": hex(int(time.time()) - 7200)}

    liar.lies["eth_getBlockByNumber"] = long_ago
    chain = connect(liar.url, forgetful=False, stale_after_s=3600)
    with pytest.raises(StandingStillError) as caught:
        chain.newest()
    assert 7200 <= caught.value.age_s < 7300


def test_a_node_that_is_behind_another_is_named(node: LocalNode, connect: Connect, liar: LyingNode) -> None:
    mine(node, 20)
    liar.lies["eth_blockNumber"] = lambda _, newest: hex(int(newest, 16) - 10)
    with pytest.raises(NodeBehindError):
        connect(liar.url, also=node.rpc_url).newest()


def test_two_nodes_with_different_blocks_are_named_and_nothing_is_anchored(
    node: LocalNode, connect: Connect, liar: LyingNode
) -> None:
    liar.lies["eth_getBlockByNumber"] = lambda _, block: {**block, "hash": "0x" + "66" * 32}
    chain = connect(node.rpc_url, also=liar.url)
    with pytest.raises(NodesDisagreeError, match="on a fork"):
        chain.anchor(1, root(1))
    assert "on a fork" in chain.status().reason
    liar.lies["eth_getBlockByNumber"] = lambda _, __: None
    with pytest.raises(NodesDisagreeError):
        chain.newest()


def test_a_second_node_of_another_chain_is_named(node: LocalNode, connect: Connect, liar: LyingNode) -> None:
    liar.lies["eth_chainId"] = lambda _, __: hex(5)
    with pytest.raises(WrongChainError):
        connect(node.rpc_url, also=liar.url).newest()
    with pytest.raises(WrongChainError):
        connect(liar.url).newest()


def test_a_second_node_that_is_away_stops_nothing_and_is_told(connect: Connect) -> None:
    chain = connect(also="http://127.0.0.1:9")
    assert chain.anchor(1, root(1)).size == 1
    assert "127.0.0.1:9" in chain.status().reason


def test_a_receipt_from_another_block_than_the_nodes_own_confirms_nothing(
    node: LocalNode, connect: Connect, liar: LyingNode
) -> None:
    chain = funded(node, connect(liar.url))
    chain.anchor(1, root(1))
    liar.lies["eth_getTransactionReceipt"] = lambda _, told: told and {**told, "blockHash": "0x" + "66" * 32}
    with pytest.raises(BlockMismatchError):
        chain.anchor(2, root(2))
    del liar.lies["eth_getTransactionReceipt"]
    assert chain.anchor(2, root(2)).size == 2
    liar.lies["eth_getLogs"] = lambda _, told: [{**one, "blockHash": "0x" + "66" * 32} for one in told]
    with pytest.raises(BlockMismatchError):
        chain.newest()


def test_no_lie_of_a_node_looks_like_fraud_to_a_buyer(
    node: LocalNode, connect: Connect, liar: LyingNode
) -> None:
    world = World()
    chain = connect(key=world.operator.key)
    story = play(world)
    mine(node, 10)
    world.ledger.anchor_newest(chain)
    raw = bundle_bytes(world, story.shipment)

    def verdict() -> tuple[str, str]:
        report = verify(raw, anchor_reader=chain_reader(liar.url, or_newest=False))
        return next((one.value, one.reason) for one in report.verdicts if one.step == 7)

    assert verdict() == ("good", "ok")
    nothing: dict[str, Lie] = {
        "eth_blockNumber": lambda _, __: "0x1",
        "eth_getLogs": lambda _, __: [],
        "eth_getTransactionReceipt": lambda _, __: None,
    }
    liar.lies.update(nothing)
    assert verdict() == ("unknown", "node-behind")
    for method in nothing:
        del liar.lies[method]
    liar.lies["eth_chainId"] = lambda _, __: hex(5)
    assert verdict() == ("unknown", "wrong-chain")
    del liar.lies["eth_chainId"]
    liar.lies["eth_getBlockByNumber"] = lambda _, block: {**block, "hash": "0x" + "66" * 32}
    assert verdict() == ("unknown", "block-mismatch")
