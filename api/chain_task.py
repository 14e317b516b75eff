"""The task that anchors on one chain: every N statements or T seconds, and again after each failure.

The chain may be away: statements are accepted meanwhile and shown as pending, other chains go on.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from api.mirroring import Mirroring
from ledger.chain.errors import AnchorNotFoundError
from ledger.errors import LedgerError
from ledger.interfaces import Anchor, AnchorChain, AnchorCost, ChainStatus
from ledger.services import Ledger

LOG: Final = logging.getLogger("passport.anchoring")
TICK_S: Final = 0.2
MAX_WAIT_S: Final = 60.0
LOOK_AGAIN_S: Final = 30.0
"""How often an idle chain is asked whether it still has the anchors."""


@dataclass(frozen=True, slots=True)
class ChainState:
    """How anchoring on one chain is going.

    `chain_id` is None until the chain answered once; `newest` is the newest anchor that counts and `cost`
    what it cost; `pending` are the entries after it, `problem` what went wrong last, if anything.
    """

    name: str
    chain_id: int | None
    confirmations: int
    newest: Anchor | None
    cost: AnchorCost | None
    pending: int
    failures: int
    problem: str


@dataclass(frozen=True, slots=True)
class Pace:
    """When a chain is due (so many new entries, or so many seconds later), and when an anchor counts.

    An anchor counts when its block and those after it are `confirmations` in number.
    """

    every_statements: int
    every_s: float
    confirmations: int = 1


class ChainTask:
    """Anchors on one chain in a thread of its own, from `start` to `close`.

    Args:
        ledger: whose checkpoints.
        name: what the operator calls the chain.
        chain: gives the chain, started again if it died.
        pace: when to anchor, and when an anchor counts.
        mirroring: brought up to date after each anchor, if identities are mirrored there.
    """

    def __init__(
        self,
        ledger: Ledger,
        name: str,
        chain: Callable[[], AnchorChain],
        pace: Pace,
        mirroring: Mirroring | None = None,
    ) -> None:
        self.name, self.mirroring = name, mirroring
        self._ledger, self._chain, self._pace = ledger, chain, pace
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._failures, self._problem = 0, ""
        self._anchored: Anchor | None = None
        self._cost: AnchorCost | None = None
        self._chain_id: int | None = None
        self._last, self._retry_at, self._look_again_at = time.monotonic(), 0.0, 0.0
        self.before: Callable[[], object] = lambda: None
        """What is done before each anchor: the log states what it holds, so that the anchor covers it."""

        self.ending: Callable[[], object] = lambda: None
        """What makes an anchor under way wait no longer."""

    def start(self) -> None:
        """Begin to anchor."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=f"anchoring {self.name}", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Begin no other anchor, and wait for no confirmation."""
        self._stop.set()
        self.ending()

    def close(self) -> None:
        """Stop, waiting for an anchor under way."""
        self.stop()
        if self._thread is not None:
            self._thread.join(timeout=MAX_WAIT_S)
            self._thread = None

    def now(self) -> Anchor | None:
        """Anchor the newest checkpoint now, unless it is anchored.

        Raises:
            LedgerError: the chain is away or refuses.
        """
        with self._lock:
            try:
                self.before()
                chain = self._chain()
                anchor = self._ledger.anchor_newest(chain)
                self._anchored = anchor or chain.newest()
                if self._anchored is not None:
                    self._chain_id = self._anchored.chain_id
                    self._cost = chain.cost(self._anchored)
                if self.mirroring is not None:
                    self.mirroring.bring_up_to_date()
            except LedgerError as error:
                self._failed(str(error))
                raise
            self._failures, self._problem, self._last = 0, "", time.monotonic()
            self._look_again_at = self._last + LOOK_AGAIN_S
            return anchor

    def _failed(self, problem: str) -> None:
        self._failures += 1
        self._problem = problem
        self._retry_at = time.monotonic() + min(2.0 ** min(self._failures, 10), MAX_WAIT_S)

    def holds(self, chain_id: int) -> bool:
        """Return whether this is the chain of that id; asked if nobody knows yet.

        Raises:
            LedgerError: the chain is away.
        """
        if self._chain_id is None:
            self._chain_id = self._chain().status().chain_id
        return self._chain_id == chain_id

    def read_anchor(self, stated: Anchor) -> Anchor:
        """Return what the chain says of a stated anchor: itself, or the newest where the chain lost it.

        Raises:
            AnchorNotFoundError: the chain holds none of this log.
            LedgerError: the chain is away or refuses.
        """
        chain = self._chain()
        newest = chain.newest()
        if newest is None:
            raise AnchorNotFoundError(stated.log_address, stated.contract, stated.size, 0)
        if newest.size == stated.size:
            return newest
        return next((anchor for anchor in chain.history() if anchor.size == stated.size), newest)

    def state(self) -> ChainState:
        """Return how it is going, without asking the chain."""
        with self._ledger.store.read() as view:
            size, known = view.size(), view.anchors()
        newest = next((one for one in reversed(known) if one.chain_id == self._chain_id), None)
        return ChainState(
            name=self.name,
            chain_id=self._chain_id,
            confirmations=self._pace.confirmations,
            newest=newest,
            cost=self._cost if newest == self._anchored else None,
            pending=size - (newest.size if newest else 0),
            failures=self._failures,
            problem=self._problem,
        )

    def status(self) -> ChainStatus:
        """Return how the chain is."""
        try:
            return self._chain().status()
        except LedgerError as error:
            return ChainStatus(False, None, None, "", None, False, str(error))

    def _due(self) -> bool:
        now = time.monotonic()
        if now < self._retry_at:
            return False
        if now >= self._look_again_at:
            return True
        with self._ledger.store.read() as view:
            new = view.size() - (self._anchored.size if self._anchored else 0)
        return new >= max(1, self._pace.every_statements) or (
            new > 0 and now - self._last >= self._pace.every_s
        )

    def _run(self) -> None:
        while not self._stop.wait(TICK_S):
            try:
                if self._due():
                    self.now()
            except LedgerError as error:
                LOG.warning("not anchored on %s, will try again: %s", self.name, error)
            except Exception as error:  # a full disk or a mistake must not end the task
                LOG.exception("not anchored on %s, will try again", self.name)
                self._failed(f"{type(error).__name__}: {error}")
