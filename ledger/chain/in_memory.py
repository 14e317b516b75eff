"""A chain in memory with the contract's rules, for trying things without a node."""

from __future__ import annotations

import hashlib
from typing import Final

from ledger.chain.errors import ChainUnreachableError, LogHasSuccessorError
from ledger.chain.rules import check_next
from ledger.interfaces import Anchor, AnchorCost, ChainStatus

# Measured on the contract: tests/contracts/PassportAnchor.test.js, relayed.
FIRST_ANCHOR_GAS: Final = 74_555
NEXT_ANCHOR_GAS: Final = 40_367
CONTRACT_ADDRESS: Final = "0x" + "c0" * 20


class InMemoryAnchorChain:
    """An anchor chain that is forgotten with the program.

    `away` makes it unreachable, `lose()` forgets all anchors as a chain without its state does,
    and `successor` is the address under which the log goes on.
    """

    def __init__(self, log_address: str = "0x" + "a1" * 20, chain_id: int = 31337) -> None:
        self.log_address = log_address
        self.away = False
        self.successor: str | None = None
        self._chain_id = chain_id
        self._anchors: list[Anchor] = []

    def anchor(self, size: int, root: bytes) -> Anchor:
        """Write a checkpoint; the same one again answers as before.

        Raises:
            ChainUnreachableError: The chain is away.
            LogHasSuccessorError: The log goes on under another address.
            CheckpointRootLengthError, EmptyCheckpointError, CheckpointNotNewerError,
            CheckpointConflictError, CheckpointTooFarAheadError: The contract's rules.
        """
        newest = self.newest()
        if not check_next(newest.size if newest else 0, newest.root if newest else b"", size, root):
            return self._anchors[-1]
        if self.successor is not None:
            raise LogHasSuccessorError(self.log_address, self.successor)
        transaction = hashlib.sha256(f"{self.log_address} {size} {root.hex()}".encode()).hexdigest()
        written = Anchor(
            chain_id=self._chain_id,
            contract=CONTRACT_ADDRESS,
            log_address=self.log_address,
            size=size,
            root=root,
            transaction="0x" + transaction,
            block=len(self._anchors) + 2,
            gas=NEXT_ANCHOR_GAS if self._anchors else FIRST_ANCHOR_GAS,
        )
        self._anchors.append(written)
        return written

    def newest(self) -> Anchor | None:
        """Return the newest anchor, or None.

        Raises:
            ChainUnreachableError: The chain is away.
        """
        anchors = self.history()
        return anchors[-1] if anchors else None

    def history(self) -> list[Anchor]:
        """Return all anchors, oldest first.

        Raises:
            ChainUnreachableError: The chain is away.
        """
        if self.away:
            raise ChainUnreachableError("memory", "made to be away")
        return list(self._anchors)

    def status(self) -> ChainStatus:
        """Return how the chain is now, never raising because it is away."""
        if self.away:
            reason = str(ChainUnreachableError("memory", "made to be away"))
            return ChainStatus(False, None, None, self.log_address, None, False, reason)
        return ChainStatus(True, self._chain_id, CONTRACT_ADDRESS, self.log_address, 10**18, True, "")

    def cost(self, anchor: Anchor) -> AnchorCost | None:
        """Return what an anchor cost: its gas at one gwei each."""
        return AnchorCost(anchor.gas, 10**9)

    def lose(self) -> None:
        """Forget all anchors."""
        self._anchors.clear()
