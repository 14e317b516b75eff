from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from ledger.chain.contracts import compiled_contract
from ledger.chain.errors import (
    ChainAddressError,
    ChainRefusedError,
    ChainUnreachableError,
    ContractMissingError,
    TransactionRevertedError,
    WrongChainError,
)
from ledger.chain.rpc import EvmRpc, checked_address, checksum
from ledger.chain.settings import ChainSettings
from tests.unit.chain.scripted_node import CHAIN_ID, NodeRefusalError, ScriptedNode

ANCHORS = compiled_contract("PassportAnchor")
CONTRACT = "0x" + "c0" * 20
LOG = "0x" + "a1" * 20


@pytest.fixture
def node() -> Iterator[ScriptedNode]:
    with ScriptedNode() as running:
        yield running


@pytest.fixture
def rpc(node: ScriptedNode) -> Iterator[EvmRpc]:
    asking = EvmRpc(node.url, timeout_s=0.3, attempts=2, backoff_s=0.001)
    yield asking
    asking.close()


def test_a_question_is_asked_again_until_the_node_answers(node: ScriptedNode, rpc: EvmRpc) -> None:
    node.failures = 1
    assert rpc.chain_id() == CHAIN_ID
    assert node.asked("eth_chainId") == 2


def test_a_node_that_never_answers_well_is_unreachable_after_a_bounded_number_of_tries(
    node: ScriptedNode, rpc: EvmRpc
) -> None:
    node.status = 503
    with pytest.raises(ChainUnreachableError, match="HTTP status 503"):
        rpc.chain_id()
    assert node.asked("eth_chainId") == 2


def test_a_node_that_is_too_slow_is_unreachable(node: ScriptedNode, rpc: EvmRpc) -> None:
    node.delay_s = 0.5
    with pytest.raises(ChainUnreachableError, match="no answer in time"):
        rpc.chain_id()


@pytest.mark.parametrize(
    "body", [b"<html>hello</html>", b"\xff\xfe", b"", b"[]", b'{"jsonrpc": "2.0", "id": 1}']
)
def test_a_server_that_is_no_node_is_named_as_such(node: ScriptedNode, rpc: EvmRpc, body: bytes) -> None:
    node.body = body
    with pytest.raises(ChainUnreachableError, match="not an answer in JSON-RPC"):
        rpc.chain_id()


def test_nobody_at_the_address_is_unreachable_and_the_secret_in_it_stays_unsaid() -> None:
    rpc = EvmRpc("http://user:password@127.0.0.1:9/v3/secret-key", attempts=1)
    with pytest.raises(ChainUnreachableError) as caught:
        rpc.chain_id()
    rpc.close()
    assert str(caught.value).startswith("The chain at http://127.0.0.1:9 doesn't answer (no connection)")
    assert caught.value.__context__ is None or "secret-key" not in str(caught.value)
    assert "password" not in str(caught.value)


def test_an_error_of_the_node_is_told_in_its_words(node: ScriptedNode, rpc: EvmRpc) -> None:
    def refuse(_: list[Any]) -> str:
        raise NodeRefusalError("out of service")

    node.answers["eth_chainId"] = refuse
    with pytest.raises(ChainRefusedError, match="out of service"):
        rpc.chain_id()


def test_a_node_that_does_not_know_its_newest_block_is_told(node: ScriptedNode, rpc: EvmRpc) -> None:
    node.answers["eth_getBlockByNumber"] = lambda _: None
    with pytest.raises(ChainRefusedError, match="latest"):
        rpc.ask(lambda web3: web3.eth.get_block("latest"))


def test_another_chain_than_meant_is_refused_with_both_ids(rpc: EvmRpc) -> None:
    with pytest.raises(WrongChainError) as caught:
        rpc.chain_id(1)
    assert (caught.value.expected, caught.value.found) == (1, CHAIN_ID)


def test_a_chain_that_changes_behind_the_address_is_noticed(node: ScriptedNode, rpc: EvmRpc) -> None:
    assert rpc.chain_id() == CHAIN_ID
    node.answers["eth_chainId"] = lambda _: hex(99)
    with pytest.raises(WrongChainError):
        rpc.chain_id()


def test_an_answer_of_another_contract_is_no_answer(node: ScriptedNode, rpc: EvmRpc) -> None:
    node.answers["eth_call"] = lambda _: "0x"
    with pytest.raises(ContractMissingError, match=CONTRACT):
        rpc.read(ANCHORS, CONTRACT, "newest", checksum(LOG))


@pytest.mark.parametrize(
    ("revert", "reason"),
    [
        ("0x3053a4aa" + "00" * 31 + "02" + "00" * 31 + "01", "newestSize=2, offeredSize=1"),
        ("0x", "execution reverted"),
        ("0xzz", "execution reverted"),
        ({"data": "0x3053a4aa" + "00" * 31 + "02" + "00" * 31 + "01"}, "newestSize=2, offeredSize=1"),
        (None, "execution reverted"),
    ],
)
def test_a_contract_that_refuses_a_question_is_told_in_its_words(
    node: ScriptedNode, rpc: EvmRpc, revert: object, reason: str
) -> None:
    def refuse(_: list[Any]) -> str:
        raise NodeRefusalError("execution reverted", revert)

    node.answers["eth_call"] = refuse
    with pytest.raises(TransactionRevertedError, match=reason):
        rpc.read(ANCHORS, CONTRACT, "newest", checksum(LOG))


def test_events_are_read_in_ranges_that_the_node_agrees_to(node: ScriptedNode, rpc: EvmRpc) -> None:
    node.head = 99
    longest = 16
    asked: list[tuple[int, int]] = []

    def logs(parameters: list[Any]) -> list[Any]:
        first, last = int(parameters[0]["fromBlock"], 16), int(parameters[0]["toBlock"], 16)
        if last - first + 1 > longest:
            raise NodeRefusalError("range too long")
        asked.append((first, last))
        return []

    node.answers["eth_getLogs"] = logs
    settings = ChainSettings(from_block=10, blocks_at_once=60)
    assert list(rpc.events(CONTRACT, ["0x" + "00" * 32], settings)) == []
    assert asked[0][0] == 10
    assert asked[-1][1] == 99
    assert all(later[0] == earlier[1] + 1 for earlier, later in pairwise(asked))


def test_a_node_that_refuses_even_one_block_is_told(node: ScriptedNode, rpc: EvmRpc) -> None:
    def refuse(_: list[Any]) -> str:
        raise NodeRefusalError("no events here")

    node.answers["eth_getLogs"] = refuse
    with pytest.raises(ChainRefusedError, match="no events here"):
        list(rpc.events(CONTRACT, ["0x" + "00" * 32], ChainSettings(blocks_at_once=4)))
    assert node.asked("eth_getLogs") == 3


@pytest.mark.parametrize(
    "address", ["", "0x", "c0", "0x" + "g" * 40, "0x" + "c0" * 19, "0x" + "c0" * 20 + " "]
)
def test_a_text_that_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ChainAddressError):
        checked_address(address)


def test_an_address_has_one_form() -> None:
    assert checked_address("0x" + "C0" * 20) == CONTRACT
