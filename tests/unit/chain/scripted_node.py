"""A node that answers as a test says, over real HTTP: for the answers that a good node never gives."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import rlp  # type: ignore[import-untyped]
from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_utils.crypto import keccak
from hexbytes import HexBytes

CHAIN_ID = 12345
GWEI = 10**9


def hash_of(number: int) -> str:
    """Return the hash that the scripted chain's block has at a height."""
    return "0x" + keccak(b"block %d" % number).hex()


@dataclass
class NodeRefusalError(Exception):
    """An error object in the answer."""

    message: str
    revert: object = None


class ScriptedNode:
    """A chain with one contract, where a transaction is in a block at once, unless a test says otherwise."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[Any]]] = []
        self.sent: list[dict[str, Any]] = []
        self.receipts: dict[str, dict[str, Any]] = {}
        self.nonce = 0
        self.head = 10
        self.status = 200
        self.failures = 0
        self.body: bytes | None = None
        self.delay_s = 0.0
        self.answers: dict[str, Callable[[list[Any]], Any]] = {
            "eth_chainId": lambda _: hex(CHAIN_ID),
            "web3_clientVersion": lambda _: "Geth/v1.16.0/linux-amd64",
            "eth_getCode": lambda _: "0x6001",
            "eth_getBalance": lambda _: hex(10**18),
            "eth_getTransactionCount": lambda _: hex(self.nonce),
            "eth_estimateGas": lambda _: hex(50_000),
            "eth_getBlockByNumber": self.block,
            "eth_maxPriorityFeePerGas": lambda _: hex(2 * GWEI),
            "eth_gasPrice": lambda _: hex(11 * GWEI),
            "eth_blockNumber": lambda _: hex(self.head),
            "eth_sendRawTransaction": self.take,
            "eth_getTransactionReceipt": lambda parameters: self.receipts.get(parameters[0]),
        }
        node = self

        class Conversation(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                node.converse(self)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Conversation)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, parameters: list[Any]) -> str:
        """Take a transaction into a block of its own."""
        raw = bytes.fromhex(parameters[0][2:])
        transaction = "0x" + keccak(raw).hex()
        self.sent.append(_fees_and_nonce(raw))
        self.nonce += 1
        self.head += 1
        self.receipts[transaction] = {
            "transactionHash": transaction,
            "blockNumber": hex(self.head),
            "blockHash": hash_of(self.head),
            "status": "0x1",
            "gasUsed": hex(40_000),
            "contractAddress": "0x" + "c0" * 20,
            "logs": [],
        }
        return transaction

    def block(self, parameters: list[Any]) -> dict[str, Any]:
        """Return the newest block, or the one at a height."""
        number = self.head if parameters[0] == "latest" else int(parameters[0], 16)
        return {
            "number": hex(number),
            "hash": hash_of(number),
            "timestamp": hex(1_700_000_000 + number),
            "baseFeePerGas": hex(10 * GWEI),
        }

    def converse(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        asked = json.loads(request.rfile.read(int(request.headers["Content-Length"])))
        self.calls.append((asked["method"], asked["params"]))
        time.sleep(self.delay_s)
        body = self.body if self.body is not None else json.dumps(self._answer(asked)).encode()
        failing = self.failures > 0
        self.failures -= failing
        request.send_response(503 if failing else self.status)
        request.send_header("Content-Length", str(len(body)))
        with suppress(ConnectionError):  # who asked may have given up, as a slow node's callers do
            request.end_headers()
            request.wfile.write(body)

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": asked["id"]}
        if asked["method"] not in self.answers:
            return answer | {
                "error": {"code": -32601, "message": f"the method {asked['method']} does not exist"}
            }
        try:
            return answer | {"result": self.answers[asked["method"]](asked["params"])}
        except NodeRefusalError as refusal:
            error: dict[str, Any] = {"code": -32000, "message": refusal.message}
            if refusal.revert is not None:
                error |= {"code": 3, "data": refusal.revert}
            return answer | {"error": error}

    def asked(self, method: str) -> int:
        """Return how often a method was asked for."""
        return sum(called == method for called, _ in self.calls)


def _fees_and_nonce(raw: bytes) -> dict[str, Any]:
    assert Account.recover_transaction(raw)
    if raw[0] < 0x7F:
        return dict(TypedTransaction.from_bytes(HexBytes(raw)).as_dict())
    nonce, gas_price, *_ = rlp.decode(raw)
    return {"nonce": int.from_bytes(nonce, "big"), "gasPrice": int.from_bytes(gas_price, "big")}
