"""The newest block that a node names, doubted: nodes fall behind, sit on forks, or are asked by mistake."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from ledger.chain.errors import (
    ChainRefusedError,
    ChainUnreachableError,
    NodeBehindError,
    NodesDisagreeError,
    StandingStillError,
)
from ledger.chain.rpc import EvmRpc
from ledger.chain.settings import ChainSettings

LAG_BLOCKS: Final = 5
"""Two good nodes are seldom at the same block; so many apart is nothing to tell of."""


class ChainHead:
    """What a node says of its newest block, compared with what it said before, the clock, and a second node.

    `simulated` tells whether the node only simulates a chain: such a one may be started anew, and makes
    blocks when it likes. `known` gives a block of the chain that an earlier run saw, by chain id. A second
    node that doesn't answer is noted in `note`, and stops nothing.
    """

    def __init__(
        self,
        rpc: EvmRpc,
        settings: ChainSettings,
        simulated: Callable[[], bool],
        known: Callable[[int], int] = lambda _: 0,
    ) -> None:
        self._rpc, self._settings, self._simulated, self._known = rpc, settings, simulated, known
        self._other = None
        if settings.also is not None:
            self._other = EvmRpc(
                settings.also, timeout_s=settings.request_timeout_s, attempts=settings.attempts
            )
        self._seen: int | None = None
        self.note = ""

    def close(self) -> None:
        """Close the connections to the second node."""
        if self._other is not None:
            self._other.close()

    def check(self) -> int:
        """Return the number of the newest block.

        1. The chain is the one that was meant. 2. Its newest block isn't behind what was seen before.
        3. It isn't from long ago. 4. A second node has the same chain, and isn't ahead.

        Raises:
            WrongChainError: Another chain.
            NodeBehindError: The node was further once, or the second one is.
            StandingStillError: The newest block is from long ago.
            NodesDisagreeError: The nodes have different blocks.
            ChainUnreachableError, ChainRefusedError: The node doesn't answer, or with an error.
        """
        chain_id = self._rpc.chain_id(self._settings.chain_id)
        newest = self._rpc.newest_block()
        if not self._settings.forgetful:
            self._check_growth(chain_id, newest)
            self._check_age(newest)
        if self._other is not None:
            self.note = ""
            try:
                self._check_other(self._other, chain_id, newest)
            except (ChainUnreachableError, ChainRefusedError) as error:
                self.note = str(error)
        return newest

    def _check_growth(self, chain_id: int, newest: int) -> None:
        if self._seen is None:
            self._seen = self._known(chain_id)
        # Fewer blocks than that may be reorganized without touching an anchor that counts.
        if newest >= self._seen - self._settings.confirmations:
            self._seen = max(self._seen, newest)
        elif self._simulated():
            self._seen = newest
        else:
            raise NodeBehindError(self._rpc.place, newest, self._seen)

    def _check_age(self, newest: int) -> None:
        limit_s = self._settings.stale_after_s
        if limit_s is None:
            return
        age_s = int(time.time()) - self._rpc.block_time(newest)
        if age_s > limit_s and not self._simulated():
            raise StandingStillError(self._rpc.place, newest, age_s)

    def _check_other(self, other: EvmRpc, chain_id: int, newest: int) -> None:
        other.chain_id(chain_id)
        others = other.newest_block()
        if newest < others - max(LAG_BLOCKS, self._settings.confirmations):
            raise NodeBehindError(self._rpc.place, newest, others)
        common = max(0, min(newest, others) - self._settings.confirmations + 1)
        if self._rpc.block_hash(common) != other.block_hash(common):
            raise NodesDisagreeError(self._rpc.place, other.place, common)
