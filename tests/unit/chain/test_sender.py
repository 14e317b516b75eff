from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ledger.chain.contracts import compiled_contract
from ledger.chain.errors import (
    AnchoringAddressUnfundedError,
    ChainRefusedError,
    ChainUnreachableError,
    TransactionNotConfirmedError,
    TransactionRevertedError,
)
from ledger.chain.rpc import EvmRpc
from ledger.chain.sender import MAXIMUM_RISE, SUBMISSIONS, TransactionSender
from tests.unit.chain.scripted_node import GWEI, NodeRefusalError, ScriptedNode

ANCHORS = compiled_contract("PassportAnchor")
CONTRACT = "0x" + "c0" * 20
KEY = b"\x42" * 32
NOT_NEWER = "0x3053a4aa" + "00" * 31 + "02" + "00" * 31 + "01"


@pytest.fixture
def node() -> Iterator[ScriptedNode]:
    with ScriptedNode() as running:
        yield running


@pytest.fixture
def sender(node: ScriptedNode) -> Iterator[TransactionSender]:
    rpc = EvmRpc(node.url, timeout_s=0.5, attempts=2, backoff_s=0.001)
    yield TransactionSender(rpc, KEY, confirm_timeout_s=0.05)
    rpc.close()


def send(sender: TransactionSender) -> Any:
    return sender.send(ANCHORS, CONTRACT, "0x1234")


def refusing(*messages: str, then: Callable[[list[Any]], Any]) -> Callable[[list[Any]], Any]:
    waiting = list(messages)

    def answer(parameters: list[Any]) -> Any:
        if waiting:
            raise NodeRefusalError(waiting.pop(0))
        return then(parameters)

    return answer


def test_fees_follow_eip_1559_where_the_chain_has_it(node: ScriptedNode, sender: TransactionSender) -> None:
    assert send(sender)["status"] == 1
    assert node.sent[0]["maxPriorityFeePerGas"] == 2 * GWEI
    assert node.sent[0]["maxFeePerGas"] == 22 * GWEI
    assert node.sent[0]["gas"] == 60_000
    assert node.sent[0]["nonce"] == 0


def test_fees_are_one_price_where_the_chain_has_no_base_fee(
    node: ScriptedNode, sender: TransactionSender
) -> None:
    node.answers["eth_getBlockByNumber"] = lambda _: {"number": "0xa"}
    send(sender)
    assert node.sent[0]["gasPrice"] == 11 * GWEI


def test_a_node_that_suggests_no_tip_is_asked_for_its_price(
    node: ScriptedNode, sender: TransactionSender
) -> None:
    del node.answers["eth_maxPriorityFeePerGas"]
    send(sender)
    assert node.sent[0]["maxPriorityFeePerGas"] == 1 * GWEI


def test_what_the_contract_refuses_is_never_sent(node: ScriptedNode, sender: TransactionSender) -> None:
    def refuse(_: list[Any]) -> str:
        raise NodeRefusalError("execution reverted", NOT_NEWER)

    node.answers["eth_estimateGas"] = refuse
    with pytest.raises(TransactionRevertedError, match="CheckpointNotNewer"):
        send(sender)
    assert node.asked("eth_sendRawTransaction") == 0


def test_what_the_contract_refuses_when_it_is_sent_is_told(
    node: ScriptedNode, sender: TransactionSender
) -> None:
    def refuse(_: list[Any]) -> str:
        raise NodeRefusalError("execution reverted", NOT_NEWER)

    node.answers["eth_sendRawTransaction"] = refuse
    with pytest.raises(TransactionRevertedError, match="CheckpointNotNewer"):
        send(sender)


def test_a_transaction_that_failed_in_its_block_is_told(
    node: ScriptedNode, sender: TransactionSender
) -> None:
    def take(parameters: list[Any]) -> str:
        transaction = node.take(parameters)
        node.receipts[transaction]["status"] = "0x0"
        return transaction

    node.answers["eth_sendRawTransaction"] = take
    with pytest.raises(TransactionRevertedError, match="failed"):
        send(sender)


def test_an_address_without_funds_is_named_with_both_amounts(
    node: ScriptedNode, sender: TransactionSender
) -> None:
    node.answers["eth_getBalance"] = lambda _: "0x5"
    with pytest.raises(AnchoringAddressUnfundedError) as caught:
        send(sender)
    assert caught.value.address == sender.address
    assert (caught.value.balance_wei, caught.value.needed_wei) == (5, 60_000 * 22 * GWEI)
    del node.answers["web3_clientVersion"]
    with pytest.raises(AnchoringAddressUnfundedError):
        send(sender)
    assert node.asked("eth_sendRawTransaction") == 0


@pytest.mark.parametrize(
    ("version", "method"),
    [("anvil/v1.7.1", "anvil_setBalance"), ("HardhatNetwork/3/@nomicfoundation", "hardhat_setBalance")],
)
def test_a_simulated_chain_gives_the_address_what_it_needs(
    node: ScriptedNode, sender: TransactionSender, version: str, method: str
) -> None:
    node.answers["web3_clientVersion"] = lambda _: version
    node.answers["eth_getBalance"] = lambda _: "0x0"
    node.answers[method] = lambda _: None
    send(sender)
    assert node.asked(method) == 1


def test_a_transaction_that_waits_is_given_up_and_replaced_by_the_next_at_a_higher_price(
    node: ScriptedNode, sender: TransactionSender
) -> None:
    def keep_waiting(parameters: list[Any]) -> str:
        transaction = node.take(parameters)
        node.nonce -= 1
        del node.receipts[transaction]
        return transaction

    node.answers["eth_sendRawTransaction"] = keep_waiting
    with pytest.raises(TransactionNotConfirmedError, match="not confirmed within"):
        send(sender)
    node.answers["eth_sendRawTransaction"] = node.take
    send(sender)
    first, second = node.sent
    assert first["nonce"] == second["nonce"]
    assert second["maxFeePerGas"] * 10 >= first["maxFeePerGas"] * 11
    assert second["maxPriorityFeePerGas"] * 10 >= first["maxPriorityFeePerGas"] * 11


def test_a_chain_that_stands_still_does_not_talk_us_into_any_price(
    node: ScriptedNode, sender: TransactionSender
) -> None:
    node.answers["eth_sendRawTransaction"] = refusing(
        *["replacement transaction underpriced"] * SUBMISSIONS, then=node.take
    )
    with pytest.raises(ChainRefusedError, match="underpriced"):
        send(sender)
    sender._waiting = (0, sender._fees().raised().raised().raised().raised().raised().raised().raised())
    send(sender)
    assert node.sent[0]["maxFeePerGas"] == 22 * GWEI * MAXIMUM_RISE


def test_a_waiting_transaction_of_an_earlier_run_is_replaced(
    node: ScriptedNode, sender: TransactionSender
) -> None:
    node.answers["eth_sendRawTransaction"] = refusing("replacement transaction underpriced", then=node.take)
    send(sender)
    assert node.sent[0]["maxFeePerGas"] > 22 * GWEI


def test_a_nonce_that_was_used_meanwhile_is_read_again(node: ScriptedNode, sender: TransactionSender) -> None:
    def used_meanwhile(parameters: list[Any]) -> str:
        if node.nonce == 0:
            node.nonce = 7
            raise NodeRefusalError("nonce too low")
        return node.take(parameters)

    node.answers["eth_sendRawTransaction"] = used_meanwhile
    send(sender)
    assert node.sent[0]["nonce"] == 7


@pytest.mark.parametrize("words", ["already known", "nonce too low"])
def test_an_answer_that_got_lost_sends_nothing_twice(
    node: ScriptedNode, sender: TransactionSender, words: str
) -> None:
    def lose_the_answer(parameters: list[Any]) -> str:
        if node.sent:
            raise NodeRefusalError(words)
        node.take(parameters)
        node.failures = 1
        return ""

    def first_answer_is_lost(parameters: list[Any]) -> str:
        return lose_the_answer(parameters)

    node.answers["eth_sendRawTransaction"] = first_answer_is_lost
    assert send(sender)["status"] == 1
    assert len(node.sent) == 1
    assert node.asked("eth_sendRawTransaction") == 2


def test_a_refusal_for_another_reason_is_told(node: ScriptedNode, sender: TransactionSender) -> None:
    node.answers["eth_sendRawTransaction"] = refusing("txpool is full", then=node.take)
    with pytest.raises(ChainRefusedError, match="txpool is full"):
        send(sender)


def test_a_node_that_goes_away_in_between_is_unreachable_and_a_retry_succeeds(
    node: ScriptedNode, sender: TransactionSender
) -> None:
    node.failures = 2
    with pytest.raises(ChainUnreachableError):
        send(sender)
    assert send(sender)["status"] == 1


def test_confirmations_are_counted(node: ScriptedNode) -> None:
    rpc = EvmRpc(node.url, attempts=1)
    careful = TransactionSender(rpc, KEY, confirmations=3, confirm_timeout_s=2)

    def grow(_: list[Any]) -> str:
        node.head += 1
        return hex(node.head - 1)

    node.answers["eth_blockNumber"] = grow
    send(careful)
    rpc.close()
    assert node.asked("eth_blockNumber") == 3
