from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from eth_utils.crypto import keccak

from ledger.chain import contracts
from ledger.chain.anchor import EvmAnchorChain
from ledger.chain.contracts import compiled_contract
from ledger.chain.errors import AnchorEventMissingError, ChainAddressError, ForeignContractError
from ledger.chain.reader import CheckedAnchors, EvmAnchorReader, read_anchor
from ledger.chain.rpc import EvmRpc
from ledger.interfaces import Anchor
from tests.unit.chain.scripted_node import NodeRefusalError, ScriptedNode, hash_of

CONTRACT, LOG = "0x" + "c0" * 20, "0x" + "a1" * 20
TRANSACTION = "0x" + "77" * 32
ROOT = "33" * 32
EVENT = "0x" + keccak(text="CheckpointAnchored(address,uint64,bytes32)").hex()


def word(number: int) -> str:
    return f"{number:064x}"


def event(size: int, root: str = ROOT, contract: str = CONTRACT) -> dict[str, Any]:
    return {
        "address": contract,
        "topics": [EVENT, "0x" + "00" * 12 + LOG[2:]],
        "data": "0x" + word(size) + root,
        "blockNumber": "0x7",
        "blockHash": hash_of(7),
        "transactionHash": TRANSACTION,
        "transactionIndex": "0x0",
        "logIndex": "0x0",
        "removed": False,
    }


@pytest.fixture
def node() -> Iterator[ScriptedNode]:
    with ScriptedNode() as running:
        running.answers["eth_call"] = lambda _: "0x" + word(1000) + ROOT + word(3)
        running.answers["eth_getLogs"] = lambda _: [event(1000)]
        running.receipts[TRANSACTION] = {
            "transactionHash": TRANSACTION,
            "gasUsed": hex(34_000),
            "logs": [event(1000)],
        }
        yield running


@pytest.fixture
def reader(node: ScriptedNode) -> Iterator[EvmAnchorReader]:
    rpc = EvmRpc(node.url, attempts=1)
    yield EvmAnchorReader(rpc, CONTRACT, LOG)
    rpc.close()


@pytest.mark.parametrize("refused", [False, True], ids=["shows nothing there", "knows no such block"])
def test_a_chain_that_numbers_blocks_otherwise_than_contracts_see_them_is_read_too(
    node: ScriptedNode, reader: EvmAnchorReader, refused: bool
) -> None:
    def logs(parameters: list[Any]) -> list[Any]:
        if parameters[0]["fromBlock"] == "0x3":
            if refused:
                raise NodeRefusalError("unknown block")
            return []
        return [event(500), event(1000, "44" * 32), event(1000)]

    node.answers["eth_getLogs"] = logs
    newest = reader.newest()
    assert newest is not None
    assert (newest.size, newest.root.hex(), newest.block, newest.gas) == (1000, ROOT, 7, 34_000)


def test_a_checkpoint_without_its_event_is_an_error_and_not_an_empty_answer(
    node: ScriptedNode, reader: EvmAnchorReader
) -> None:
    node.answers["eth_getLogs"] = lambda _: []
    with pytest.raises(AnchorEventMissingError, match="1000 statements from block 3"):
        reader.newest()


def test_a_log_that_never_anchored_has_no_newest_anchor(node: ScriptedNode, reader: EvmAnchorReader) -> None:
    node.answers["eth_call"] = lambda _: "0x" + word(0) * 3
    assert reader.newest() is None


def test_an_event_whose_transaction_the_node_has_forgotten_is_an_error(
    node: ScriptedNode, reader: EvmAnchorReader
) -> None:
    node.receipts.clear()
    with pytest.raises(AnchorEventMissingError):
        reader.history()


def test_a_transaction_is_asked_for_once_however_often_the_anchors_are_read(
    node: ScriptedNode, reader: EvmAnchorReader
) -> None:
    assert reader.history() == reader.history()
    assert node.asked("eth_getTransactionReceipt") == 1


def test_a_named_transaction_spares_reading_all_events(node: ScriptedNode, reader: EvmAnchorReader) -> None:
    assert reader.find(1000, TRANSACTION).size == 1000
    assert node.asked("eth_getLogs") == 0


def test_an_event_of_another_contract_is_no_anchor(node: ScriptedNode, reader: EvmAnchorReader) -> None:
    node.receipts[TRANSACTION]["logs"] = [event(1000, "55" * 32, "0x" + "dd" * 20)]
    assert reader.find(1000, TRANSACTION).root.hex() == ROOT
    assert node.asked("eth_getLogs") == 1


def test_a_contract_that_claims_an_anchor_in_a_logs_name_is_not_believed(node: ScriptedNode) -> None:
    stated = Anchor(
        chain_id=12345,
        contract=CONTRACT,
        log_address=LOG,
        size=1000,
        root=bytes.fromhex(ROOT),
        transaction=TRANSACTION,
        block=7,
        gas=34_000,
    )
    ours = compiled_contract("PassportAnchor").left_on_chain()
    node.answers["eth_getCode"] = lambda _: "0x" + ours.hex()
    assert read_anchor(node.url, stated) == stated
    node.answers["eth_getCode"] = lambda _: "0x" + ours.hex() + "00"
    with pytest.raises(ForeignContractError) as caught:
        read_anchor(node.url, stated)
    assert (caught.value.address, caught.value.name) == (CONTRACT, "PassportAnchor")


def test_an_audit_takes_no_events_of_another_contract(node: ScriptedNode, reader: EvmAnchorReader) -> None:
    with pytest.raises(ForeignContractError):
        CheckedAnchors(reader).history()
    ours = compiled_contract("PassportAnchor").left_on_chain()
    node.answers["eth_getCode"] = lambda _: "0x" + ours.hex()
    assert CheckedAnchors(reader).history() == reader.history()


def test_what_an_earlier_version_of_the_contract_holds_stays_readable(
    node: ScriptedNode, reader: EvmAnchorReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = hashlib.sha256(bytes.fromhex("6001")).hexdigest()
    monkeypatch.setitem(contracts.EARLIER, "PassportAnchor", frozenset({earlier}))
    node.answers["eth_getCode"] = lambda _: "0x6001"
    reader.check_contract()


@pytest.mark.parametrize(("contract", "log"), [("0x12", LOG), (CONTRACT, "log")])
def test_what_is_no_address_is_refused(contract: str, log: str) -> None:
    with pytest.raises(ChainAddressError):
        EvmAnchorReader(EvmRpc("http://127.0.0.1:9"), contract, log)


def test_a_status_tells_what_is_wrong_with_the_contract_or_the_purse(node: ScriptedNode) -> None:
    chain = EvmAnchorChain(node.url, b"\x42" * 32, CONTRACT)
    assert chain.status().funded
    node.answers["eth_getBalance"] = lambda _: "0x5"
    poor = chain.status()
    assert (poor.funded, poor.balance_wei, poor.reachable) == (False, 5, True)
    assert chain.log_address in poor.reason
    node.answers["eth_getCode"] = lambda _: "0x"
    lost = chain.status()
    assert (lost.reachable, lost.contract, lost.funded) == (True, None, False)
    assert CONTRACT in lost.reason
    chain.close()
