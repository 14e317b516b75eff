from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ledger.chain import sender as module
from ledger.chain.contracts import compiled_contract
from ledger.chain.errors import (
    AnchoringAddressUnfundedError,
    BlockMismatchError,
    ChainRefusedError,
    ChainUnreachableError,
    GasPriceTooHighError,
    NonceTakenError,
    TransactionNotConfirmedError,
    TransactionRevertedError,
)
from ledger.chain.rpc import EvmRpc
from ledger.chain.sender import MAXIMUM_RISE, SUBMISSIONS, TransactionSender
from ledger.chain.sent import Sent, SentFile
from ledger.chain.settings import ChainSettings
from tests.unit.chain.scripted_node import CHAIN_ID, GWEI, NodeRefusalError, ScriptedNode, hash_of

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
    yield TransactionSender(rpc, KEY, ChainSettings(confirm_timeout_s=0.05))
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
    node.answers["eth_getBlockByNumber"] = lambda p: {
        name: value for name, value in node.block(p).items() if name != "baseFeePerGas"
    }
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
    sender._file.keep(CHAIN_ID, sender.address, Sent(0, 22 * GWEI * 5, 2 * GWEI * 5, ("0x" + "11" * 32,)))
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
    careful = TransactionSender(rpc, KEY, ChainSettings(confirmations=3, confirm_timeout_s=2))

    def grow(_: list[Any]) -> str:
        node.head += 1
        return hex(node.head - 1)

    node.answers["eth_blockNumber"] = grow
    send(careful)
    rpc.close()
    assert node.asked("eth_blockNumber") == 3


def waiting_for_ever(node: ScriptedNode) -> Callable[[list[Any]], str]:
    """Take transactions into no block."""

    def keep(parameters: list[Any]) -> str:
        transaction = node.take(parameters)
        node.nonce -= 1
        del node.receipts[transaction]
        return transaction

    return keep


def connected(node: ScriptedNode, **changed: Any) -> tuple[EvmRpc, TransactionSender]:
    rpc = EvmRpc(node.url, timeout_s=0.5, attempts=2, backoff_s=0.001)
    return rpc, TransactionSender(rpc, KEY, ChainSettings(**{"confirm_timeout_s": 0.3, **changed}))


def test_what_is_in_no_block_for_long_is_replaced_by_itself_within_bounds(
    node: ScriptedNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAXIMUM_RISE", 2)
    node.answers["eth_sendRawTransaction"] = waiting_for_ever(node)
    rpc, hasty = connected(node, replace_after_s=0.01, confirm_timeout_s=0.7)
    with pytest.raises(TransactionNotConfirmedError):
        send(hasty)
    rpc.close()
    assert {one["nonce"] for one in node.sent} == {0}
    prices = [one["maxFeePerGas"] for one in node.sent]
    raised = [new for old, new in pairwise(prices) if new != old]
    assert raised
    assert all(new * 10 >= old * 11 for old, new in zip(prices, raised, strict=False))
    assert max(prices) <= 22 * GWEI * 2
    assert prices[-1] == prices[-2]


def test_whichever_form_of_a_replaced_transaction_happens_is_found(node: ScriptedNode) -> None:
    hidden: list[str] = []

    def first_one_waits(parameters: list[Any]) -> str:
        transaction = node.take(parameters)
        if len(node.sent) > 1:
            node.nonce -= 1
            del node.receipts[transaction]
            node.receipts[hidden[0]] = kept[0]
            return transaction
        hidden.append(transaction)
        kept.append(node.receipts.pop(transaction))
        node.nonce -= 1
        return transaction

    kept: list[dict[str, Any]] = []
    node.answers["eth_sendRawTransaction"] = first_one_waits
    rpc, hasty = connected(node, replace_after_s=0.01)
    assert send(hasty)["transactionHash"].to_0x_hex() == hidden[0]
    rpc.close()
    assert len(node.sent) == 2


def test_what_was_sent_is_written_down_before_it_leaves_and_replaced_after_a_restart(
    node: ScriptedNode, tmp_path: Path
) -> None:
    file = tmp_path / "chain" / "sent.json"
    written: list[str] = []

    def die(parameters: list[Any]) -> str:
        written.append(file.read_text())
        return waiting_for_ever(node)(parameters)

    node.answers["eth_sendRawTransaction"] = die
    rpc, first = connected(node, sent=file)
    with pytest.raises(TransactionNotConfirmedError):
        send(first)
    rpc.close()
    kept = SentFile(file).find(CHAIN_ID, first.address)
    assert kept is not None
    assert (kept.nonce, kept.limit, kept.tip) == (0, 22 * GWEI, 2 * GWEI)
    assert kept.transactions[0] in written[0]
    node.answers["eth_sendRawTransaction"] = node.take
    rpc, second = connected(node, sent=file)
    send(second)
    rpc.close()
    assert [one["nonce"] for one in node.sent] == [0, 0]
    assert node.sent[1]["maxFeePerGas"] * 10 >= node.sent[0]["maxFeePerGas"] * 11
    assert SentFile(file).find(CHAIN_ID, first.address) is None


def test_what_happened_while_the_program_was_away_is_waited_for_before_anything_new(
    node: ScriptedNode, tmp_path: Path
) -> None:
    file = tmp_path / "sent.json"
    node.nonce, node.head = 1, 20
    transaction = "0x" + "11" * 32
    node.receipts[transaction] = {
        "transactionHash": transaction,
        "blockNumber": hex(19),
        "blockHash": hash_of(19),
        "status": "0x1",
    }
    rpc, sender = connected(node, sent=file, confirmations=3)
    SentFile(file).keep(CHAIN_ID, sender.address, Sent(0, GWEI, None, (transaction,)))
    with pytest.raises(TransactionNotConfirmedError):
        send(sender)
    assert node.sent == []
    node.head = 21
    node.answers["eth_blockNumber"] = lambda _: hex(node.head + 3)
    send(sender)
    rpc.close()
    assert node.sent[0]["nonce"] == 1


def test_a_nonce_beyond_the_next_is_forgotten_and_the_gap_filled(node: ScriptedNode) -> None:
    rpc, sender = connected(node)
    sender._file.keep(CHAIN_ID, sender.address, Sent(5, GWEI, GWEI, ("0x" + "11" * 32,)))
    send(sender)
    rpc.close()
    assert [(one["nonce"], one["maxFeePerGas"]) for one in node.sent] == [(0, 22 * GWEI)]


def test_a_number_that_another_transaction_took_is_told(node: ScriptedNode) -> None:
    def taken(parameters: list[Any]) -> str:
        transaction = node.take(parameters)
        del node.receipts[transaction]
        return transaction

    node.answers["eth_sendRawTransaction"] = taken
    rpc, hasty = connected(node, replace_after_s=0.01)
    with pytest.raises(NonceTakenError) as caught:
        send(hasty)
    assert caught.value.nonce == 0
    assert hasty._file.find(CHAIN_ID, hasty.address) is None
    node.answers["eth_sendRawTransaction"] = node.take
    send(hasty)
    rpc.close()
    assert node.sent[-1]["nonce"] == 1


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("replacement transaction underpriced", TransactionNotConfirmedError),
        ("txpool is full", ChainRefusedError),
    ],
)
def test_a_replacement_that_is_refused_leaves_the_first_waiting(
    node: ScriptedNode, words: str, error: type[Exception]
) -> None:
    keep = waiting_for_ever(node)

    def refuse_the_second(parameters: list[Any]) -> str:
        if node.sent:
            raise NodeRefusalError(words)
        return keep(parameters)

    node.answers["eth_sendRawTransaction"] = refuse_the_second
    rpc, hasty = connected(node, replace_after_s=0.01)
    with pytest.raises(error):
        send(hasty)
    rpc.close()
    left = hasty._file.find(CHAIN_ID, hasty.address)
    assert left is not None
    assert (left.limit, len(left.transactions)) == (22 * GWEI, 1)


def test_a_receipt_from_a_block_that_the_node_does_not_have_confirms_nothing(node: ScriptedNode) -> None:
    def forked(parameters: list[Any]) -> str:
        transaction = node.take(parameters)
        node.receipts[transaction]["blockHash"] = "0x" + "66" * 32
        return transaction

    node.answers["eth_sendRawTransaction"] = forked
    rpc, sender = connected(node)
    with pytest.raises(BlockMismatchError, match="reorganized, or the node is wrong"):
        send(sender)
    rpc.close()
    assert sender._file.find(CHAIN_ID, sender.address) is not None


def test_nobody_pays_more_for_gas_than_the_settings_allow(node: ScriptedNode) -> None:
    rpc, thrifty = connected(node, maximum_wei_each=10 * GWEI)
    with pytest.raises(GasPriceTooHighError) as caught:
        send(thrifty)
    assert (caught.value.wei_each, caught.value.maximum_wei) == (10 * GWEI, 10 * GWEI)
    assert node.sent == []
    rpc.close()
    rpc, able = connected(node, maximum_wei_each=12 * GWEI)
    send(able)
    assert (node.sent[0]["maxFeePerGas"], node.sent[0]["maxPriorityFeePerGas"]) == (12 * GWEI, 2 * GWEI)
    rpc.close()


def test_an_end_of_the_program_waits_for_no_confirmation(node: ScriptedNode) -> None:
    node.answers["eth_sendRawTransaction"] = waiting_for_ever(node)
    rpc = EvmRpc(node.url, attempts=1)
    patient = TransactionSender(rpc, KEY, ChainSettings(confirm_timeout_s=60))
    patient.end()
    with pytest.raises(TransactionNotConfirmedError):
        send(patient)
    rpc.close()
    assert patient._file.find(CHAIN_ID, patient.address) is not None


def test_what_vanishes_again_while_it_is_waited_for_is_replaced_by_the_next(
    node: ScriptedNode, tmp_path: Path
) -> None:
    file, transaction = tmp_path / "sent.json", "0x" + "11" * 32
    node.nonce = 1
    told = [
        {"transactionHash": transaction, "blockNumber": hex(10), "blockHash": hash_of(10), "status": "0x1"}
    ]

    def vanishing(parameters: list[Any]) -> Any:
        if parameters[0] != transaction or not told:
            return node.receipts.get(parameters[0])
        node.nonce = 0
        return told.pop()

    node.answers["eth_getTransactionReceipt"] = vanishing
    rpc, sender = connected(node, sent=file, replace_after_s=0.01)
    SentFile(file).keep(CHAIN_ID, sender.address, Sent(0, GWEI, GWEI, (transaction,)))
    with pytest.raises(TransactionNotConfirmedError):
        send(sender)
    assert node.sent == []
    send(sender)
    rpc.close()
    assert [one["nonce"] for one in node.sent] == [0]
