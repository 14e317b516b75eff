"""Confirmations, blocks that vanish, and nodes that lie, on a real node."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
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
from ledger.log import tiles
from ledger.services import tile_reader
from ledger.verification import verify
from tests.builders import World
from tests.bundle_worlds import bundle_bytes, failure, play
from tests.integration.chain_steps import (
    CHAIN_ID,
    Connect,
    as_it_was,
    connecting,
    mine,
    root,
    until,
)
from tests.integration.lying_node import Lie, LyingNode


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
