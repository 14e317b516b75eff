"""What the core needs from the world, by structure: the technology packages answer it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Anchor:
    """A checkpoint written to the chain: log size and root, and where it can be read again.

    `gas` is what the transaction used; `root` has 32 bytes; `transaction` is 0x and 64 hex digits.
    """

    chain_id: int
    contract: str
    log_address: str
    size: int
    root: bytes
    transaction: str
    block: int
    gas: int


@dataclass(frozen=True, slots=True)
class ChainStatus:
    """How the chain is now: whether it answers, and whether the anchoring address can pay."""

    reachable: bool
    chain_id: int | None
    contract: str | None
    log_address: str
    balance_wei: int | None
    funded: bool
    reason: str


class AnchorChain(Protocol):
    """An EVM chain that keeps the newest checkpoint of this log."""

    def anchor(self, size: int, root: bytes) -> Anchor:
        """Write a checkpoint and wait until it is confirmed; the same one again answers as before."""
        ...

    def newest(self) -> Anchor | None:
        """Return this log's newest anchor."""
        ...

    def history(self) -> list[Anchor]:
        """Return this log's anchors, oldest first, read again from the chain's events."""
        ...

    def status(self) -> ChainStatus:
        """Return how the chain is now, never raising because it is away."""
        ...
