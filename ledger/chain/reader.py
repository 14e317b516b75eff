"""A log's anchors as anybody can read them: from the contract's state and its events."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any, Final

from eth_utils.crypto import keccak
from web3.types import LogReceipt

from ledger.chain.contracts import compiled_contract
from ledger.chain.deployments import ContractSite
from ledger.chain.errors import (
    AnchorEventMissingError,
    AnchorNotFoundError,
    BlockMismatchError,
    ChainRefusedError,
    ContractMissingError,
    ForeignContractError,
    NodeBehindError,
)
from ledger.chain.rpc import EvmRpc, checked_address, checksum
from ledger.chain.settings import LOCAL_CHAIN, ChainSettings
from ledger.interfaces import Anchor, AnchorCost

CONTRACT: Final = "PassportAnchor"
EVENT: Final = bytes(keccak(text="CheckpointAnchored(address,uint64,bytes32)"))
TRANSACTION_FORM: Final = re.compile("0x[0-9a-f]{64}")
ZERO_ADDRESS: Final = "0x" + "0" * 40


class EvmAnchorReader:
    """A log's anchors as anybody can read them: no key, nothing written.

    `newest` and `history` hold what counts: the settings' `confirmations` deep. `find` finds any.
    `log_address` names the log: it is the address of its anchoring key. Events are read from the
    settings' `from_block` on, at most `blocks_at_once` blocks at a time; a node that finds a range
    too long is asked for half of it.
    """

    def __init__(
        self, rpc: EvmRpc, contract: str, log_address: str, settings: ChainSettings = LOCAL_CHAIN
    ) -> None:
        self._rpc = rpc
        self._contract = checked_address(contract)
        self._log_address = checked_address(log_address)
        self._site = ContractSite(rpc, compiled_contract(CONTRACT), self._contract, settings)
        self._settings = settings
        self._gas: dict[str, int] = {}
        self._wei_each: dict[str, int] = {}

    def newest(self) -> Anchor | None:
        """Return the log's newest anchor, from the contract's state and its event.

        Raises:
            AnchorEventMissingError: The contract holds a checkpoint without an event.
            BlockMismatchError: Its event is in a block that the node doesn't have.
            LedgerError: As `ContractSite.find`.
        """
        chain_id, _ = self._site.find()
        up_to = self._counting()
        try:
            size, root, block = self._read("newest", up_to) if up_to is None or up_to >= 0 else (0, b"", 0)
        except ContractMissingError:
            # It is there by now, but wasn't yet in the newest block that counts.
            return None
        if size == 0:
            return None
        # Some chains number their blocks otherwise than contracts see it: then all events are read.
        for event in chain(self._events(block), self._all_events(up_to)):
            if _size_and_root(event) == (size, root):
                return self._anchor(chain_id, self._own(event))
        raise AnchorEventMissingError(self._contract, size, block)

    def history(self) -> list[Anchor]:
        """Return all of the log's anchors, oldest first, from the contract's events.

        Raises:
            LedgerError: As `ContractSite.find`.
        """
        chain_id, _ = self._site.find()
        return [self._anchor(chain_id, event) for event in self._all_events(self._counting())]

    def find(self, size: int, transaction: str | None = None) -> Anchor:
        """Return the anchor of the checkpoint with so many statements.

        A transaction that is named is looked at first, which spares reading all events.

        Raises:
            AnchorNotFoundError: The contract holds none; the error names the newest there is.
            BlockMismatchError: Its event is in a block that the node doesn't have.
            LedgerError: As `ContractSite.find`.
        """
        chain_id, _ = self._site.find()
        named = [] if transaction is None else self._events_of(transaction)
        for event in chain(named, self._all_events()):
            if _size_and_root(event)[0] == size:
                return self._anchor(chain_id, self._own(event))
        newest_size, _, _ = self._read("newest")
        raise AnchorNotFoundError(self._log_address, self._contract, size, newest_size)

    def cost(self, anchor: Anchor) -> AnchorCost | None:
        """Return what an anchor that was read here cost, None where the node didn't tell."""
        wei_each = self._wei_each.get(anchor.transaction)
        return None if wei_each is None else AnchorCost(anchor.gas, wei_each)

    def check_contract(self) -> None:
        """Check that the contract there is the ledger's, byte for byte, in this or an earlier version.

        Others may claim anything.

        Raises:
            ForeignContractError: It is another one.
            LedgerError: As `ContractSite.find`.
        """
        self._site.find()
        if not self._site.compiled.is_known(self._rpc.code(self._contract)):
            raise ForeignContractError(self._contract, CONTRACT)

    def newest_checkpoint(self) -> tuple[int, bytes]:
        """Return size and root of the log's newest checkpoint from the contract's state; size 0: none."""
        size, root, _ = self._read("newest")
        return size, root

    def successor(self) -> str | None:
        """Return the address under which the log goes on, or None."""
        return _address_or_none(self._read("successorOf"))

    def recovery_key(self) -> str | None:
        """Return the address that may name a successor, or None."""
        return _address_or_none(self._read("recoveryKeyOf"))

    def _counting(self) -> int | None:
        """Return the newest block whose anchors count, None where the newest of all does."""
        deep = self._settings.confirmations - 1
        return None if deep < 1 else self._rpc.newest_block() - deep

    def _own(self, event: LogReceipt) -> LogReceipt:
        """Return an event if its block is the node's own."""
        if not self._rpc.has_block(event["blockNumber"], event["blockHash"]):
            transaction = event["transactionHash"].to_0x_hex()
            raise BlockMismatchError(self._rpc.place, transaction, event["blockNumber"])
        return event

    def _read(self, function: str, block: int | None = None) -> Any:
        log = checksum(self._log_address)
        return self._rpc.read(self._site.compiled, self._contract, function, log, block=block)

    def _all_events(self, up_to: int | None = None) -> Iterator[LogReceipt]:
        return self._rpc.events(self._contract, self._topics(), self._settings, up_to)

    def _events(self, block: int) -> list[LogReceipt]:
        try:
            return self._rpc.events_between(self._contract, self._topics(), block, block)
        except ChainRefusedError:
            return []

    def _topics(self) -> list[str]:
        return ["0x" + EVENT.hex(), "0x" + self._log_address.removeprefix("0x").rjust(64, "0")]

    def _events_of(self, transaction: str) -> list[LogReceipt]:
        receipt = self._rpc.receipt(transaction) if TRANSACTION_FORM.fullmatch(transaction) else None
        if receipt is None:
            return []
        return [
            event
            for event in receipt["logs"]
            if event["address"].lower() == self._contract
            and [topic.to_0x_hex() for topic in event["topics"]] == self._topics()
        ]

    def _anchor(self, chain_id: int, event: LogReceipt) -> Anchor:
        size, root = _size_and_root(event)
        transaction = event["transactionHash"].to_0x_hex()
        if transaction not in self._gas:
            receipt = self._rpc.receipt(transaction)
            if receipt is None:
                raise AnchorEventMissingError(self._contract, size, event["blockNumber"])
            self._gas[transaction] = receipt["gasUsed"]
            if "effectiveGasPrice" in receipt:
                self._wei_each[transaction] = receipt["effectiveGasPrice"]
        return Anchor(
            chain_id=chain_id,
            contract=self._contract,
            log_address=self._log_address,
            size=size,
            root=root,
            transaction=transaction,
            block=event["blockNumber"],
            gas=self._gas[transaction],
        )


class CheckedAnchors:
    """Anchors that count only when the contract is the ledger's, because its address is somebody's word."""

    def __init__(self, reader: EvmAnchorReader) -> None:
        self._reader = reader

    def history(self) -> list[Anchor]:
        """Return all of the log's anchors, oldest first.

        Raises:
            ForeignContractError: The contract there is another one.
            LedgerError: As `EvmAnchorReader.history`.
        """
        self._reader.check_contract()
        return self._reader.history()


def read_anchor(rpc_url: str, stated: Anchor, settings: ChainSettings = LOCAL_CHAIN) -> Anchor:
    """Return what the chain itself says of an anchor that somebody states, read without any key.

    The chain is asked for the stated log, contract and size; the root in the answer is the chain's
    own, to be compared. The stated transaction is looked at first; if it doesn't hold the anchor,
    all events from the settings' `from_block` on are read.

    Raises:
        AnchorNotFoundError: The contract holds no anchor of that size.
        NodeBehindError: Nor can it: the node hasn't come to the stated block.
        BlockMismatchError: The anchor is in a block that the node doesn't have.
        AnchorEventMissingError: The node has forgotten the anchor's transaction.
        ChainAddressError: Contract or log address isn't an address.
        ContractMissingError: There is no contract at the address.
        ForeignContractError: The contract there is another one, which may let anybody anchor for a log.
        WrongChainError: The RPC address leads to another chain than the stated one.
        ChainUnreachableError: The node doesn't answer.
        ChainRefusedError: The node answers with an error.
    """
    rpc = EvmRpc(rpc_url, timeout_s=settings.request_timeout_s, attempts=settings.attempts)
    try:
        asked = replace(settings, chain_id=stated.chain_id)
        reader = EvmAnchorReader(rpc, stated.contract, stated.log_address, asked)
        reader.check_contract()
        return reader.find(stated.size, stated.transaction)
    except AnchorNotFoundError:
        newest = rpc.newest_block()
        if newest < stated.block:
            raise NodeBehindError(rpc.place, newest, stated.block) from None
        raise
    finally:
        rpc.close()


def _size_and_root(event: LogReceipt) -> tuple[int, bytes]:
    written = bytes(event["data"])
    return int.from_bytes(written[:32], "big"), written[32:64]


def _address_or_none(address: str) -> str | None:
    return None if address == ZERO_ADDRESS else address.lower()
