"""The local chain, killed and damaged: anchors are back, or made again."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.chain.anchor import ANCHOR_GAS, CREATION_GAS, EvmAnchorChain
from ledger.chain.errors import (
    AnchorNotFoundError,
    ChainUnreachableError,
    ContractMissingError,
    EmptyCheckpointError,
    LogHasSuccessorError,
    TransactionRevertedError,
    WrongChainError,
)
from ledger.chain.local_node import (
    LocalChainFolderInUseError,
    LocalChainPortTakenError,
    LocalNode,
    ask_local,
)
from ledger.chain.reader import EvmAnchorReader, read_anchor
from ledger.chain.rpc import EvmRpc
from ledger.chain.settings import ChainSettings

KEY = b"\x31" * 32


def root(size: int) -> bytes:
    return hashlib.sha256(str(size).encode()).digest()


def kill(node: LocalNode) -> None:
    assert node.pid is not None
    os.kill(node.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while node.alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not node.alive()


def anchoring(node: LocalNode, folder: Path) -> EvmAnchorChain:
    settings = ChainSettings(deployments=folder / "contracts.json", request_timeout_s=5, attempts=1)
    return EvmAnchorChain(node.rpc_url, KEY, None, settings, node.save)


Open = Callable[[], tuple[LocalNode, EvmAnchorChain]]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Start the chain of one folder, as often as a test wants; all are ended with it."""
    running: list[LocalNode | EvmAnchorChain] = []

    def start() -> tuple[LocalNode, EvmAnchorChain]:
        node = LocalNode(tmp_path)
        chain = anchoring(node, tmp_path)
        running.extend((node, chain))
        return node, chain

    yield start
    for one in running:
        one.close()


def test_a_killed_chain_comes_back_with_every_confirmed_anchor(opened: Open) -> None:
    node, chain = opened()
    written = [chain.anchor(size, root(size)) for size in (1000, 2000)]
    kill(node)
    assert not chain.status().reachable
    with pytest.raises(ChainUnreachableError):
        chain.anchor(3000, root(3000))
    node.restart()
    assert node.loaded == "newest"
    assert chain.history() == written
    assert chain.newest() == written[-1]
    assert chain.anchor(2000, root(2000)) == written[-1]
    third = chain.anchor(3000, root(3000))
    assert third.block == written[-1].block + 1


def test_an_ended_chain_comes_back_in_another_run(opened: Open) -> None:
    node, chain = opened()
    written = chain.anchor(1000, root(1000))
    node.close()
    assert not node.alive()
    again, chain_again = opened()
    assert again.loaded == "newest"
    assert chain_again.history() == [written]


def test_a_damaged_newest_state_falls_back_to_the_one_before_and_lost_anchors_are_made_again(
    opened: Open,
) -> None:
    node, chain = opened()
    first, second = (chain.anchor(size, root(size)) for size in (1000, 2000))
    kill(node)
    newest = node.states.path("newest")
    newest.write_bytes(newest.read_bytes()[: newest.stat().st_size // 2])
    node.restart()
    assert node.loaded == "previous"
    assert chain.history() == [first]
    assert chain.anchor(2000, root(2000)).root == second.root


def test_a_state_that_reads_well_but_does_not_load_is_set_aside(opened: Open) -> None:
    node, chain = opened()
    first = chain.anchor(1000, root(1000))
    chain.anchor(2000, root(2000))
    kill(node)
    node.states.path("newest").write_bytes(gzip.compress(json.dumps({"accounts": 17}).encode()))
    node.restart()
    assert node.loaded == "previous"
    assert chain.newest() == first


def test_with_both_states_gone_the_contract_is_created_anew_and_takes_the_newest_checkpoint(
    opened: Open,
) -> None:
    node, chain = opened()
    chain.anchor(1000, root(1000))
    lost = chain.anchor(2000, root(2000))
    kill(node)
    for generation in ("newest", "previous"):
        node.states.path(generation).unlink()
    node.restart()
    assert node.loaded == "nothing"
    assert chain.newest() is None
    assert chain.history() == []
    again = chain.anchor(2000, root(2000))
    assert (again.size, again.root) == (lost.size, lost.root)
    assert chain.history() == [again]


def test_a_chain_left_over_by_a_killed_program_is_saved_and_taken_over(tmp_path: Path, opened: Open) -> None:
    script = (
        "import sys, time; from pathlib import Path; from ledger.chain.local_node import LocalNode;"
        "node = LocalNode(Path(sys.argv[1])); print(node.port, node.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        port, pid = (int(number) for number in program.stdout.readline().split())
        with pytest.raises(LocalChainFolderInUseError, match="Another program"):
            LocalNode(tmp_path)
        ask_local(port, "anvil_setBalance", ["0x" + "ab" * 20, "0x7"])
        program.kill()
    node, _ = opened()
    assert node.loaded == "newest"
    assert node.pid != pid
    assert ask_local(node.port, "eth_getBalance", ["0x" + "ab" * 20, "latest"]) == "0x7"
    with pytest.raises(ChainUnreachableError):
        ask_local(port, "eth_chainId")


def test_a_port_that_was_taken_meanwhile_is_named(opened: Open) -> None:
    node, _ = opened()
    kill(node)
    with (
        LocalNode(node.states.path("newest").parent / "other", node.port),
        pytest.raises(LocalChainPortTakenError),
    ):
        node.restart()


def test_only_this_machine_reaches_the_chain_and_nobody_has_ether_by_itself(opened: Open) -> None:
    node, _ = opened()
    assert node.rpc_url.startswith("http://127.0.0.1:")
    assert ask_local(node.port, "eth_accounts") == []


def test_anybody_reads_an_anchor_without_a_key(opened: Open) -> None:
    node, chain = opened()
    first, second = (chain.anchor(size, root(size)) for size in (1000, 2000))
    assert read_anchor(node.rpc_url, first) == first
    for transaction in (second.transaction, "0x" + "00" * 32, "no transaction"):
        assert read_anchor(node.rpc_url, replace(first, transaction=transaction)) == first
    with pytest.raises(AnchorNotFoundError) as caught:
        read_anchor(node.rpc_url, replace(first, size=1500))
    assert caught.value.newest_size == 2000
    with pytest.raises(WrongChainError):
        read_anchor(node.rpc_url, replace(first, chain_id=1))
    with pytest.raises(ContractMissingError):
        read_anchor(node.rpc_url, replace(first, contract="0x" + "01" * 20))
    with pytest.raises(AnchorNotFoundError):
        read_anchor(node.rpc_url, replace(first, log_address="0x" + "02" * 20))


def test_a_log_with_a_successor_says_where_it_goes_on(opened: Open) -> None:
    node, chain = opened()
    chain.anchor(1000, root(1000))
    contract = chain.status().contract
    assert contract is not None
    rpc = EvmRpc(node.rpc_url)
    reader = EvmAnchorReader(rpc, contract, chain.log_address)
    recovery = EvmAnchorChain(node.rpc_url, b"\x32" * 32, contract)
    successor = EvmAnchorChain(node.rpc_url, b"\x33" * 32, contract)
    assert reader.recovery_key() is None
    assert reader.successor() is None
    chain.name_recovery_key(recovery.log_address)
    with pytest.raises(TransactionRevertedError, match="RecoveryKeyAlreadyNamed"):
        chain.name_recovery_key(successor.log_address)
    with pytest.raises(TransactionRevertedError, match="SignatureNotOf"):
        successor.name_successor(chain.log_address, successor.log_address)
    recovery.name_successor(chain.log_address, successor.log_address)
    assert reader.recovery_key() == recovery.log_address
    assert reader.successor() == successor.log_address
    with pytest.raises(LogHasSuccessorError, match=successor.log_address):
        chain.anchor(2000, root(2000))
    assert successor.anchor(2000, root(2000)).log_address == successor.log_address
    for one in (rpc, recovery, successor):
        one.close()


def test_a_log_without_ether_anchors_at_somebody_elses_cost(opened: Open) -> None:
    node, chain = opened()
    first = chain.anchor(1000, root(1000))
    paid = ChainSettings(payer=b"\x34" * 32)
    other = EvmAnchorChain(node.rpc_url, b"\x35" * 32, first.contract, paid)
    ask_local(node.port, "anvil_setBalance", [other.log_address, "0x0"])
    written = other.anchor(5, root(5))
    assert written.log_address == other.log_address != other.payer_address
    assert other.history() == [written]
    assert int(ask_local(node.port, "eth_getBalance", [other.log_address, "latest"]), 16) == 0
    assert int(ask_local(node.port, "eth_getBalance", [other.payer_address, "latest"]), 16) > 0
    other.close()


def test_a_signed_checkpoint_is_brought_by_whoever_comes_first_and_counts_once(opened: Open) -> None:
    node, chain = opened()
    contract = chain.anchor(1000, root(1000)).contract
    carrier = EvmAnchorChain(node.rpc_url, b"\x34" * 32, contract)
    signed = chain.signed(2000, root(2000))
    brought = carrier.relay(signed)
    assert (brought.log_address, brought.size) == (chain.log_address, 2000)
    assert carrier.relay(signed) == brought
    assert chain.anchor(2000, root(2000)) == brought
    for forged in (
        replace(signed, size=3000),
        replace(signed, log_address=carrier.log_address, size=3000),
        EvmAnchorChain(node.rpc_url, KEY).signed(3000, root(3000)),
    ):
        with pytest.raises(TransactionRevertedError, match="SignatureNotOf"):
            carrier.relay(forged)
    with pytest.raises(EmptyCheckpointError):
        chain.signed(0, root(0))
    carrier.close()


def test_what_an_account_should_hold_is_never_used_up(opened: Open) -> None:
    node, chain = opened()
    first = chain.anchor(1000, root(1000))
    creation = ask_local(node.port, "eth_getBlockByNumber", ["0x1", False])
    assert 0.5 * CREATION_GAS < int(creation["gasUsed"], 16) < CREATION_GAS
    assert 0.5 * ANCHOR_GAS < first.gas < ANCHOR_GAS


def test_another_contract_at_the_address_is_no_anchor_contract(opened: Open) -> None:
    node, _ = opened()
    stranger = "0x" + "cc" * 20
    ask_local(node.port, "anvil_setCode", [stranger, "0x60006000fd"])
    foreign = EvmAnchorChain(node.rpc_url, KEY, stranger)
    with pytest.raises(TransactionRevertedError):
        foreign.newest()
    foreign.close()


def test_a_contract_of_an_earlier_version_is_left_and_the_newest_checkpoint_anchored_again(
    opened: Open, tmp_path: Path
) -> None:
    node, chain = opened()
    ask_local(node.port, "anvil_setCode", ["0x" + "cd" * 20, "0x60006000fd"])
    recorded = {"PassportAnchor": {"address": "0x" + "cd" * 20, "block": 1}}
    (tmp_path / "contracts.json").write_text(json.dumps({"31337": recorded}))
    assert chain.newest() is None
    written = chain.anchor(1000, root(1000))
    assert written.contract != "0x" + "cd" * 20
    assert chain.history() == [written]
