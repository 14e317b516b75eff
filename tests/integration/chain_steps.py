"""A real node whose blocks a test makes, and programs that connect to it as often as a test wants."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from ledger.chain.anchor import EvmAnchorChain
from ledger.chain.local_node import LocalNode, ask_local
from ledger.chain.settings import ChainSettings

KEY: Final = b"\x36" * 32
CHAIN_ID: Final = 31337
Connect = Callable[..., EvmAnchorChain]


def root(size: int) -> bytes:
    return hashlib.sha256(str(size).encode()).digest()


@contextmanager
def as_it_was(node: LocalNode) -> Iterator[LocalNode]:
    """Give a node with a block per transaction, and leave it as it was before."""
    before = ask_local(node.port, "evm_snapshot")
    yield node
    ask_local(node.port, "anvil_setAutomine", [True])
    ask_local(node.port, "anvil_dropAllTransactions")
    ask_local(node.port, "evm_revert", [before])
    ask_local(node.port, "anvil_setNextBlockBaseFeePerGas", [hex(10**9)])
    mine(node)


@contextmanager
def connecting(node: LocalNode, folder: Path) -> Iterator[Connect]:
    """Give what connects to the chain as a program that starts does; its files lie in a folder."""
    chains: list[EvmAnchorChain] = []

    def connected(url: str = node.rpc_url, key: bytes = KEY, **changed: Any) -> EvmAnchorChain:
        settings = ChainSettings(
            chain_id=CHAIN_ID,
            deployments=folder / "deployments.json",
            sent=folder / "sent.json",
            confirm_timeout_s=0.3,
            request_timeout_s=5,
            attempts=1,
        )
        chains.append(EvmAnchorChain(url, key, None, replace(settings, **changed)))
        return chains[-1]

    yield connected
    for chain in chains:
        chain.close()


def mine(node: LocalNode, blocks: int = 1) -> None:
    ask_local(node.port, "anvil_mine", [hex(blocks)])


def until(holds: Callable[[], bool], within_s: float = 8) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def by_hand(node: LocalNode) -> None:
    """Let nothing happen until a test mines."""
    ask_local(node.port, "anvil_setAutomine", [False])


def waiting(node: LocalNode) -> list[dict[str, Any]]:
    """Return the transactions that wait at the node."""
    pool = ask_local(node.port, "txpool_content")
    return [
        one for kind in ("pending", "queued") for account in pool[kind].values() for one in account.values()
    ]
