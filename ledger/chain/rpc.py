"""Questions to a chain's node: a bounded number of tries, one named error for each way to fail."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from json import JSONDecodeError
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import requests
from eth_typing import BlockNumber, ChecksumAddress, HexStr
from eth_utils.address import is_address, to_checksum_address
from hexbytes import HexBytes
from web3 import HTTPProvider, Web3
from web3.contract.contract import Contract
from web3.exceptions import (
    BadFunctionCallOutput,
    BadResponseFormat,
    BlockNotFound,
    ContractLogicError,
    TransactionNotFound,
    Web3RPCError,
)
from web3.middleware import ExtraDataToPOAMiddleware
from web3.types import BlockIdentifier, FilterParams, LogReceipt, RPCEndpoint, TxReceipt

from ledger.chain.contracts import CompiledContract
from ledger.chain.errors import (
    ChainAddressError,
    ChainRefusedError,
    ChainUnreachableError,
    ContractMissingError,
    TransactionRevertedError,
    WrongChainError,
)
from ledger.chain.settings import ChainSettings

Answer = TypeVar("Answer")
REVERT_FORM: Final = re.compile("0x([0-9a-fA-F]{2})*")


def revert_bytes(error: ContractLogicError) -> bytes:
    """Return the bytes that a contract reverted with; none if the node doesn't tell."""
    told = error.data
    if isinstance(told, dict):
        told = told.get("data", "")
    return bytes.fromhex(told[2:]) if isinstance(told, str) and REVERT_FORM.fullmatch(told) else b""


def revert_reason(error: ContractLogicError, contract: CompiledContract) -> str:
    """Return why a contract reverted, in the contract's words if they are known."""
    refusal = contract.refusal(revert_bytes(error))
    return str(refusal) if refusal else str(error.message or "no reason given")


class EvmRpc:
    """The node of a chain: asked over HTTP, with at most `attempts` tries of `timeout_s` each.

    Between tries it waits `backoff_s`, then twice as long each time. Error messages name the host
    only, because the path of an RPC address often holds a secret.
    """

    def __init__(
        self, url: str, *, timeout_s: float = 10.0, attempts: int = 3, backoff_s: float = 0.1
    ) -> None:
        address = urlsplit(url)
        self.place = f"{address.scheme}://{address.netloc.rpartition('@')[2]}"
        self._attempts = attempts
        self._backoff_s = backoff_s
        self._session = requests.Session()
        # A proxy of the environment is for the world, not for this machine's own chain.
        self._session.trust_env = address.hostname not in {"127.0.0.1", "::1", "localhost"}
        provider = HTTPProvider(
            url,
            request_kwargs={"timeout": timeout_s},
            session=self._session,
            exception_retry_configuration=None,
        )
        self._web3 = Web3(provider)
        self._web3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
        self._chain_id: int | None = None

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def ask(self, question: Callable[[Web3], Answer]) -> Answer:
        """Ask the node, again if it doesn't answer.

        Raises:
            ChainUnreachableError: No try was answered.
            ChainRefusedError: The node answered with an error, or not in JSON-RPC.

        A contract's revert passes as web3's `ContractLogicError`; who asked knows the contract.
        """
        reason = ""
        for attempt in range(self._attempts):
            if attempt:
                time.sleep(self._backoff_s * 2 ** (attempt - 1))
            try:
                return question(self._web3)
            except (BadFunctionCallOutput, ContractLogicError):
                raise
            except Web3RPCError as error:
                raise _refusal(self.place, error) from error
            except (JSONDecodeError, UnicodeDecodeError, BadResponseFormat):
                reason = "not an answer in JSON-RPC"
            except requests.RequestException as error:
                reason = _reason(error)
        raise ChainUnreachableError(self.place, reason)

    def request(self, method: str, parameters: list[Any]) -> Any:
        """Ask for a method that only some nodes have, and return its result."""
        return self.ask(lambda web3: web3.manager.request_blocking(RPCEndpoint(method), parameters))

    def chain_id(self, expected: int | None = None) -> int:
        """Return the chain's id.

        Raises:
            WrongChainError: It isn't the expected one, or not the one of the first answer.
        """
        found = self.ask(lambda web3: web3.eth.chain_id)
        meant = expected if expected is not None else self._chain_id
        if meant is not None and found != meant:
            raise WrongChainError(self.place, meant, found)
        self._chain_id = found
        return found

    def has_code(self, address: str) -> bool:
        """Return whether there is a contract at an address."""
        return bool(self.code(address))

    def code(self, address: str) -> bytes:
        """Return the code of the contract at an address, empty where there is none."""
        return bytes(self.ask(lambda web3: web3.eth.get_code(checksum(address))))

    def newest_block(self) -> int:
        """Return the number of the node's newest block."""
        return self.ask(lambda web3: web3.eth.block_number)

    def receipt(self, transaction: str) -> TxReceipt | None:
        """Return the receipt of a transaction (0x and 64 hex digits), None while it is in no block."""

        def question(web3: Web3) -> TxReceipt | None:
            try:
                return web3.eth.get_transaction_receipt(HexBytes(transaction))
            except TransactionNotFound:
                return None

        return self.ask(question)

    def block_hash(self, number: int) -> bytes | None:
        """Return the hash of the node's own block at a height, None where it has none."""

        def question(web3: Web3) -> bytes | None:
            try:
                return bytes(web3.eth.get_block(BlockNumber(number))["hash"])
            except BlockNotFound:
                return None

        return self.ask(question)

    def block_time(self, number: int) -> int:
        """Return when the node's own block at a height was made, in seconds since 1970."""
        return self.ask(lambda web3: web3.eth.get_block(BlockNumber(number))["timestamp"])

    def has_block(self, number: int, block_hash: bytes) -> bool:
        """Return whether the node's own block at a height is this one."""
        return self.block_hash(number) == bytes(block_hash)

    def events(
        self, contract: str, topics: list[str], settings: ChainSettings, up_to: int | None = None
    ) -> Iterator[LogReceipt]:
        """Return a contract's events, oldest first, in ranges that the node agrees to, up to a block.

        Raises:
            ChainUnreachableError: The node doesn't answer.
            ChainRefusedError: It refuses even the events of one block.
        """
        last = self.newest_block() if up_to is None else up_to
        first, span = settings.from_block, settings.blocks_at_once
        while first <= last:
            try:
                found = self.events_between(contract, topics, first, min(first + span - 1, last))
            except ChainRefusedError:
                if span == 1:
                    raise
                span //= 2
                continue
            yield from found
            first += span

    def events_between(self, contract: str, topics: list[str], first: int, last: int) -> list[LogReceipt]:
        """Return a contract's events in a range of blocks, both ends included.

        Raises:
            ChainUnreachableError: The node doesn't answer.
            ChainRefusedError: It refuses, for example because the range is too long.
        """
        question: FilterParams = {
            "address": checksum(contract),
            "topics": [HexStr(topic) for topic in topics],
            "fromBlock": BlockNumber(first),
            "toBlock": BlockNumber(last),
        }
        return self.ask(lambda web3: web3.eth.get_logs(question))

    def contract(self, compiled: CompiledContract, address: str) -> Contract:
        """Return a contract at an address, to be read or to encode calls with."""
        return self._web3.eth.contract(address=checksum(address), abi=compiled.abi)

    def creation(self, compiled: CompiledContract, *arguments: Any) -> str:
        """Return the call that creates a contract: its bytecode with the constructor's arguments."""
        contract = self._web3.eth.contract(abi=compiled.abi, bytecode=HexStr(compiled.bytecode))
        return str(contract.constructor(*arguments).data_in_transaction)

    def read(
        self,
        compiled: CompiledContract,
        address: str,
        function: str,
        *arguments: Any,
        block: int | None = None,
    ) -> Any:
        """Return what a contract's view function answers, as of a block or now.

        Raises:
            ContractMissingError: There is no contract that could answer.
            TransactionRevertedError: The contract refuses the question.
        """
        bound = self.contract(compiled, address)
        try:
            at: BlockIdentifier = "latest" if block is None else BlockNumber(block)
            return self.ask(lambda _: bound.functions[function](*arguments).call(block_identifier=at))
        except BadFunctionCallOutput:
            raise ContractMissingError(address, self.chain_id()) from None
        except ContractLogicError as error:
            raise TransactionRevertedError(compiled.name, revert_reason(error, compiled)) from error


def checked_address(address: str) -> str:
    """Return an address in its one form, 0x and 40 lower-case hex digits.

    Raises:
        ChainAddressError: It isn't an address.
    """
    if not is_address(address):
        raise ChainAddressError(address)
    return address.lower()


def checksum(address: str) -> ChecksumAddress:
    """Return an address in the form that web3 takes."""
    return to_checksum_address(address)


def _refusal(place: str, error: Web3RPCError) -> ContractLogicError | ChainRefusedError:
    response: Any = error.rpc_response or {}
    told = response.get("error", {})
    message = str(told.get("message", error.message))
    if "revert" in message and told.get("data"):
        # web3 reads reverts out of calls and estimates only, not out of what was sent.
        return ContractLogicError(message, told["data"])
    return ChainRefusedError(place, message)


def _reason(error: requests.RequestException) -> str:
    # requests writes the whole address, with any secret in it, into its own messages.
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP status {error.response.status_code}"
    return "no connection"
