"""Transactions of one key: priced, signed, sent once, and waited for."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any, Final, cast

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import HexStr
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import ContractLogicError, TransactionNotFound
from web3.types import TxParams, TxReceipt, Wei

from ledger.chain.contracts import CompiledContract
from ledger.chain.errors import (
    AnchoringAddressUnfundedError,
    ChainRefusedError,
    TransactionNotConfirmedError,
    TransactionRevertedError,
)
from ledger.chain.rpc import EvmRpc, checksum, revert_reason

# Nodes that simulate a chain give ether to whoever asks; each has its own word for it.
FUNDING_METHODS: Final = {"anvil": "anvil_setBalance", "hardhatnetwork": "hardhat_setBalance"}
FUNDING_WEI: Final = 10**21
# Nodes replace a waiting transaction when each fee rises by at least a tenth.
REPLACEMENT_PERCENT: Final = 125
SUBMISSIONS: Final = 5
# A chain that stands still for hours must not talk us into any price.
MAXIMUM_RISE: Final = 4


@dataclass(frozen=True, slots=True)
class Fees:
    """What a unit of gas may cost, in wei; `tip` is None on a chain without EIP-1559."""

    limit: int
    tip: int | None

    def raised(self) -> Fees:
        """Return fees that replace a waiting transaction with these."""
        tip = None if self.tip is None else self.tip * REPLACEMENT_PERCENT // 100 + 1
        return Fees(self.limit * REPLACEMENT_PERCENT // 100 + 1, tip)

    def at_least(self, other: Fees) -> Fees:
        """Return the higher of both, limit and tip each."""
        tip = None if self.tip is None else max(self.tip, other.tip or 0)
        return Fees(max(self.limit, other.limit), tip)

    def at_most(self, market: Fees, times: int) -> Fees:
        """Return these fees, but none above so many times the market's."""
        tip = None if self.tip is None else min(self.tip, (market.tip or 0) * times)
        return Fees(min(self.limit, market.limit * times), tip)

    def parameters(self) -> TxParams:
        """Return the fees as a transaction names them."""
        if self.tip is None:
            return {"gasPrice": Wei(self.limit)}
        return {"maxFeePerGas": Wei(self.limit), "maxPriorityFeePerGas": Wei(self.tip)}


class TransactionSender:
    """The account that pays for transactions; one at a time, so that its nonces never race.

    A transaction that was sent and never confirmed is replaced by the next one: same nonce, higher
    fees. `private_key` has 32 bytes and stays in memory.
    """

    def __init__(
        self,
        rpc: EvmRpc,
        private_key: bytes,
        *,
        confirmations: int = 1,
        confirm_timeout_s: float = 60.0,
    ) -> None:
        self._rpc = rpc
        self._account: LocalAccount = Account.from_key(private_key)
        self._confirmations = confirmations
        self._confirm_timeout_s = confirm_timeout_s
        self._lock = threading.Lock()
        self._waiting: tuple[int, Fees] | None = None
        self.address = str(self._account.address).lower()

    def balance_wei(self) -> int:
        """Return what the account holds."""
        return self._rpc.ask(lambda web3: web3.eth.get_balance(checksum(self.address)))

    def cost_wei(self, gas: int) -> int:
        """Return what so much gas may cost at most at this moment."""
        return gas * self._fees().limit

    def simulated_chain(self) -> str | None:
        """Return the node's method that sets balances, or None on a chain that is real."""
        try:
            version = str(self._rpc.ask(lambda web3: web3.client_version))
        except ChainRefusedError:
            # A node that keeps its version to itself is nobody's simulation.
            return None
        return FUNDING_METHODS.get(version.partition("/")[0].lower())

    def send(self, compiled: CompiledContract, to: str | None, call: str) -> TxReceipt:
        """Send a call (0x and hex digits) to a contract, or create one, and wait until it is confirmed.

        Raises:
            TransactionRevertedError: The contract refuses, at the estimate or in the block.
            AnchoringAddressUnfundedError: The account can't pay, and the chain gives nothing away.
            TransactionNotConfirmedError: No confirmation in time.
            ChainUnreachableError: The node doesn't answer.
            ChainRefusedError: The node answers with an error.
        """
        with self._lock:
            chain_id = self._rpc.chain_id()
            transaction: TxParams = {
                "chainId": chain_id,
                "from": checksum(self.address),
                "data": HexBytes(call),
                "value": Wei(0),
            }
            if to is not None:
                transaction["to"] = checksum(to)
            transaction["gas"] = self._gas(compiled, transaction)
            fees = self._fees()
            self._fund(chain_id, transaction["gas"] * fees.limit)
            sent = self._submit(compiled, transaction, fees)
            return self._confirmed(compiled, sent)

    def _gas(self, compiled: CompiledContract, transaction: TxParams) -> int:
        try:
            estimate = self._rpc.ask(lambda web3: web3.eth.estimate_gas(transaction))
        except ContractLogicError as error:
            raise TransactionRevertedError(compiled.name, revert_reason(error, compiled)) from error
        # Storage may change between the estimate and the block.
        return estimate + estimate // 5

    def _fees(self) -> Fees:
        block = self._rpc.ask(lambda web3: web3.eth.get_block("latest"))
        base = block.get("baseFeePerGas")
        if base is None:
            return Fees(int(self._rpc.ask(lambda web3: web3.eth.gas_price)), None)
        try:
            tip = Web3.to_int(hexstr=HexStr(self._rpc.request("eth_maxPriorityFeePerGas", [])))
        except ChainRefusedError:
            # Not every node suggests a tip; what the price has over the base fee is one.
            tip = max(int(self._rpc.ask(lambda web3: web3.eth.gas_price)) - base, 1)
        return Fees(2 * base + tip, tip)

    def _fund(self, chain_id: int, needed_wei: int) -> None:
        balance_wei = self.balance_wei()
        if balance_wei >= needed_wei:
            return
        method = self.simulated_chain()
        if method is None:
            raise AnchoringAddressUnfundedError(self.address, chain_id, balance_wei, needed_wei)
        self._rpc.request(method, [self.address, hex(max(FUNDING_WEI, needed_wei))])

    def _submit(self, compiled: CompiledContract, transaction: TxParams, market: Fees) -> HexBytes:
        fees, nonce = market, self._nonce()
        if self._waiting is not None and self._waiting[0] == nonce:
            fees = fees.at_least(self._waiting[1].raised())
        for _ in range(SUBMISSIONS):
            priced = fees.at_most(market, MAXIMUM_RISE)
            signed = self._account.sign_transaction(
                cast("dict[str, Any]", {**transaction, "nonce": nonce, **priced.parameters()})
            )
            try:
                self._send_raw(signed.raw_transaction)
            except ContractLogicError as error:
                raise TransactionRevertedError(compiled.name, revert_reason(error, compiled)) from error
            except ChainRefusedError as error:
                refusal = error.reason.lower()
                # An answer that got lost makes the second try a repetition.
                if "already" not in refusal and self._receipt(signed.hash) is None:
                    if "underpriced" not in refusal and "nonce too low" not in refusal:
                        raise
                    refused, fees, nonce = error, fees.raised(), self._nonce()
                    continue
            self._waiting = (nonce, priced)
            return signed.hash
        raise refused

    def _send_raw(self, raw: HexBytes) -> None:
        self._rpc.ask(lambda web3: web3.eth.send_raw_transaction(raw))

    def _nonce(self) -> int:
        return self._rpc.ask(lambda web3: web3.eth.get_transaction_count(checksum(self.address), "latest"))

    def _receipt(self, transaction: HexBytes) -> TxReceipt | None:
        def question(web3: Web3) -> TxReceipt | None:
            try:
                return web3.eth.get_transaction_receipt(transaction)
            except TransactionNotFound:
                return None

        return self._rpc.ask(question)

    def _confirmed(self, compiled: CompiledContract, transaction: HexBytes) -> TxReceipt:
        deadline = time.monotonic() + self._confirm_timeout_s
        pause_s = 0.01
        while True:
            receipt = self._receipt(transaction)
            if receipt is not None:
                newest = self._rpc.ask(lambda web3: web3.eth.block_number)
                if newest - receipt["blockNumber"] + 1 >= self._confirmations:
                    break
            if time.monotonic() > deadline:
                raise TransactionNotConfirmedError(transaction.to_0x_hex(), self._confirm_timeout_s)
            time.sleep(pause_s)
            pause_s = min(pause_s * 2, 1.0)
        self._waiting = None
        if receipt["status"] != 1:
            raise TransactionRevertedError(compiled.name, f"transaction {transaction.to_0x_hex()} failed")
        return receipt
