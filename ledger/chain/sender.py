"""Transactions of one key: priced, signed, written down, sent, replaced while they wait, and confirmed.

One transaction waits at a time. Whatever comes next takes its number (nonce), so that two never race.
"""

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
from web3.exceptions import ContractLogicError
from web3.types import TxParams, TxReceipt, Wei

from ledger.chain.contracts import CompiledContract
from ledger.chain.errors import (
    AnchoringAddressUnfundedError,
    BlockMismatchError,
    ChainRefusedError,
    GasPriceTooHighError,
    NonceTakenError,
    TransactionNotConfirmedError,
    TransactionRevertedError,
)
from ledger.chain.rpc import EvmRpc, checksum, revert_reason
from ledger.chain.sent import Sent, SentFile
from ledger.chain.settings import LOCAL_CHAIN, ChainSettings

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

    def cut(self, maximum: int) -> Fees:
        """Return these fees, none above a maximum."""
        return Fees(min(self.limit, maximum), None if self.tip is None else min(self.tip, maximum))

    def parameters(self) -> TxParams:
        """Return the fees as a transaction names them."""
        if self.tip is None:
            return {"gasPrice": Wei(self.limit)}
        return {"maxFeePerGas": Wei(self.limit), "maxPriorityFeePerGas": Wei(self.tip)}


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to happen: the transaction without number and fees, and whose words explain a refusal."""

    compiled: CompiledContract
    chain_id: int
    transaction: TxParams


class TransactionSender:
    """The account that pays for transactions; one at a time, so that its nonces never race.

    A transaction that waits too long is replaced: same nonce, higher fees, within bounds. One that an
    earlier run left waiting is replaced by the next. `private_key` has 32 bytes and stays in memory.
    """

    def __init__(self, rpc: EvmRpc, private_key: bytes, settings: ChainSettings = LOCAL_CHAIN) -> None:
        self._rpc = rpc
        self._account: LocalAccount = Account.from_key(private_key)
        self._settings = settings
        self._file = SentFile(settings.sent)
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self.address = str(self._account.address).lower()

    def end(self) -> None:
        """Wait for no confirmation any more; what was sent is remembered."""
        self._ended.set()

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

        1. What was sent before and is in a block is waited for first. 2. Estimate and price. 3. Write down
        what will be sent, then send it, under the number of what still waits if something does. 4. Wait;
        what is in no block for long is sent again at a higher price. 5. Its block must be the node's own.

        Raises:
            TransactionRevertedError: The contract refuses, at the estimate or in the block.
            AnchoringAddressUnfundedError: The account can't pay, and the chain gives nothing away.
            GasPriceTooHighError: Gas costs more than the settings allow.
            TransactionNotConfirmedError: No confirmation in time.
            NonceTakenError: Another transaction of the account took its number.
            BlockMismatchError: The node shows it in a block that it doesn't have.
            SentFileDamagedError: What waits can't be read.
            ChainUnreachableError: The node doesn't answer.
            ChainRefusedError: The node answers with an error.
        """
        with self._lock:
            chain_id = self._rpc.chain_id(self._settings.chain_id)
            waiting = self._settled(chain_id)
            transaction: TxParams = {
                "chainId": chain_id,
                "from": checksum(self.address),
                "data": HexBytes(call),
                "value": Wei(0),
            }
            if to is not None:
                transaction["to"] = checksum(to)
            transaction["gas"] = self._gas(compiled, transaction)
            fees = self._affordable(chain_id)
            self._fund(chain_id, transaction["gas"] * fees.limit)
            order = _Order(compiled, chain_id, transaction)
            return self._confirmed(order, self._submit(order, fees, waiting))

    def _settled(self, chain_id: int) -> Sent | None:
        """Return what still waits for a block; what is in one is waited for, what can't happen forgotten."""
        waiting = self._file.find(chain_id, self.address)
        if waiting is None or self._nonce() == waiting.nonce:
            return waiting
        receipt = self._receipt_of(waiting)
        if receipt is not None:
            self._await(chain_id, waiting, None)
        self._file.keep(chain_id, self.address, None)
        return None

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

    def _affordable(self, chain_id: int) -> Fees:
        """Return the market's fees, cut to what the settings allow as long as that may still do."""
        market, maximum = self._fees(), self._settings.maximum_wei_each
        if maximum is None or market.limit <= maximum:
            return market
        base = market.limit if market.tip is None else (market.limit - market.tip) // 2
        if base >= maximum:
            raise GasPriceTooHighError(chain_id, base, maximum)
        return market.cut(maximum)

    def _fund(self, chain_id: int, needed_wei: int) -> None:
        balance_wei = self.balance_wei()
        if balance_wei >= needed_wei:
            return
        method = self.simulated_chain()
        if method is None:
            raise AnchoringAddressUnfundedError(self.address, chain_id, balance_wei, needed_wei)
        self._rpc.request(method, [self.address, hex(max(FUNDING_WEI, needed_wei))])

    def _submit(self, order: _Order, market: Fees, waiting: Sent | None) -> Sent:
        fees, nonce = market, self._nonce()
        if waiting is not None:
            fees = fees.at_least(Fees(waiting.limit, waiting.tip).raised())
        for _ in range(SUBMISSIONS):
            before = waiting if waiting is not None and waiting.nonce == nonce else None
            try:
                return self._send(order, nonce, self._bounded(fees, market), before)
            except ChainRefusedError as error:
                if not _passing(error):
                    raise
                refused, fees, nonce = error, fees.raised(), self._nonce()
        raise refused

    def _bounded(self, fees: Fees, market: Fees) -> Fees:
        bounded, maximum = fees.at_most(market, MAXIMUM_RISE), self._settings.maximum_wei_each
        return bounded if maximum is None else bounded.cut(maximum)

    def _send(self, order: _Order, nonce: int, fees: Fees, before: Sent | None) -> Sent:
        """Write down a transaction and send it; a lost answer makes the second try a repetition."""
        signed = self._account.sign_transaction(
            cast("dict[str, Any]", {**order.transaction, "nonce": nonce, **fees.parameters()})
        )
        transaction = signed.hash.to_0x_hex()
        forms = dict.fromkeys((*(before.transactions if before else ()), transaction))
        sent = Sent(nonce, fees.limit, fees.tip, tuple(forms))
        self._file.keep(order.chain_id, self.address, sent)
        try:
            self._rpc.ask(lambda web3: web3.eth.send_raw_transaction(signed.raw_transaction))
        except ContractLogicError as error:
            self._file.keep(order.chain_id, self.address, before)
            reason = revert_reason(error, order.compiled)
            raise TransactionRevertedError(order.compiled.name, reason) from error
        except ChainRefusedError as error:
            if "already" not in error.reason.lower() and self._receipt_of(sent) is None:
                self._file.keep(order.chain_id, self.address, before)
                raise
        return sent

    def _nonce(self) -> int:
        return self._rpc.ask(lambda web3: web3.eth.get_transaction_count(checksum(self.address), "latest"))

    def _receipt_of(self, sent: Sent) -> TxReceipt | None:
        """Return the receipt of whichever form of a transaction is in a block."""
        found = (self._rpc.receipt(transaction) for transaction in reversed(sent.transactions))
        return next((receipt for receipt in found if receipt is not None), None)

    def _confirmed(self, order: _Order, sent: Sent) -> TxReceipt:
        receipt = self._await(order.chain_id, sent, order)
        if receipt["status"] != 1:
            transaction = receipt["transactionHash"].to_0x_hex()
            raise TransactionRevertedError(order.compiled.name, f"transaction {transaction} failed")
        return receipt

    def _await(self, chain_id: int, sent: Sent, order: _Order | None) -> TxReceipt:
        """Wait until a transaction's block and those after it are enough; no order, no replacement."""
        begun = time.monotonic()
        replaced_at, pause_s = begun, 0.01
        while True:
            receipt = self._receipt_of(sent)
            mismatch = False
            if receipt is not None:
                newest = self._rpc.ask(lambda web3: web3.eth.block_number)
                if newest - receipt["blockNumber"] + 1 >= self._settings.confirmations:
                    if self._rpc.has_block(receipt["blockNumber"], receipt["blockHash"]):
                        break
                    mismatch = True
            now = time.monotonic()
            if now - begun > self._settings.confirm_timeout_s or self._ended.is_set():
                raise self._given_up(sent, receipt if mismatch else None)
            if receipt is None and now - replaced_at > self._settings.replace_after_s:
                sent, replaced_at = self._again(chain_id, sent, order), now
            self._ended.wait(pause_s)
            pause_s = min(pause_s * 2, 1.0)
        self._file.keep(chain_id, self.address, None)
        return receipt

    def _given_up(
        self, sent: Sent, elsewhere: TxReceipt | None
    ) -> BlockMismatchError | TransactionNotConfirmedError:
        if elsewhere is not None:
            transaction = elsewhere["transactionHash"].to_0x_hex()
            return BlockMismatchError(self._rpc.place, transaction, elsewhere["blockNumber"])
        return TransactionNotConfirmedError(sent.transactions[-1], self._settings.confirm_timeout_s)

    def _again(self, chain_id: int, sent: Sent, order: _Order | None) -> Sent:
        """Send once more what is in no block: at a higher price, or as it was where no rise is allowed.

        Raises:
            NonceTakenError: It can't happen any more.
        """
        if self._nonce() > sent.nonce and self._receipt_of(sent) is None:
            self._file.keep(chain_id, self.address, None)
            raise NonceTakenError(self.address, sent.nonce, sent.transactions[-1])
        if order is None:
            return sent
        market, offered = self._fees(), Fees(sent.limit, sent.tip)
        fees = self._bounded(market.at_least(offered.raised()), market)
        if fees.at_least(offered.raised()) != fees:
            fees = offered
        try:
            return self._send(order, sent.nonce, fees, sent)
        except ChainRefusedError as error:
            if not _passing(error):
                raise
            return sent


def _passing(error: ChainRefusedError) -> bool:
    """Return whether a node refuses a price or a number that may be right a moment later."""
    return any(words in error.reason.lower() for words in ("underpriced", "nonce too low", "base fee"))
