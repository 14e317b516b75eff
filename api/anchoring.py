"""The task that anchors the newest checkpoint every N statements or T seconds.

The chain may be away: statements are accepted meanwhile and shown as pending, and the task tries again.
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
from ledger.chain.registry import MirrorDifference
from ledger.errors import LedgerError
from ledger.interfaces import Anchor, AnchorChain, ChainStatus, LedgerView
from ledger.services import Ledger

LOG: Final = logging.getLogger("passport.anchoring")
TICK_S: Final = 0.2
MAX_WAIT_S: Final = 60.0
LOOK_AGAIN_S: Final = 30.0
"""How often an idle chain is asked whether it still has the anchors."""


@dataclass(frozen=True, slots=True)
class AnchoringState:
    """How anchoring is going: entries not anchored yet, and what went wrong last, if anything."""

    enabled: bool
    pending: int
    failures: int
    problem: str


class Anchoring:
    """Anchors in a thread of its own, from `start` to `close`.

    Args:
        ledger: whose checkpoints.
        chain: gives the chain, started again if it died; None anchors nothing.
        every_statements: anchor as soon as so many entries are new.
        every_s: anchor whatever is new after so many seconds.
        mirroring: brought up to date after each anchor, if identities are mirrored.
    """

    def __init__(
        self,
        ledger: Ledger,
        chain: Callable[[], AnchorChain] | None,
        every_statements: int,
        every_s: float,
        mirroring: Mirroring | None = None,
    ) -> None:
        self._ledger, self._chain, self._mirroring = ledger, chain, mirroring
        self._every_statements, self._every_s = every_statements, every_s
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._failures, self._problem, self._anchored = 0, "", 0
        self._last, self._retry_at, self._look_again_at = time.monotonic(), 0.0, 0.0
        self.before: Callable[[], object] = lambda: None
        """What is done before each anchor: the log states what it holds, so that the anchor covers that too."""

    def start(self) -> None:
        """Begin to anchor."""
        if self._chain is not None and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="anchoring", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop, waiting for an anchor under way."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=MAX_WAIT_S)
            self._thread = None

    def now(self) -> Anchor | None:
        """Anchor the newest checkpoint now, unless it is anchored.

        Raises:
            LedgerError: the chain is away or refuses.
        """
        if self._chain is None:
            return None
        with self._lock:
            try:
                self.before()
                anchor = self._ledger.anchor_newest(self._chain())
                with self._ledger.store.read() as view:
                    self._anchored = _newest(view)
                if self._mirroring is not None:
                    self._mirroring.bring_up_to_date()
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

    def read_anchor(self, stated: Anchor) -> Anchor:
        """Return what the chain says of a stated anchor: itself, or the newest where the chain lost it.

        Raises:
            AnchorNotFoundError: the chain holds none of this log.
            LedgerError: the chain is away or refuses.
        """
        if self._chain is None:
            raise AnchorNotFoundError(stated.log_address, stated.contract, stated.size, 0)
        chain = self._chain()
        newest = chain.newest()
        if newest is None:
            raise AnchorNotFoundError(stated.log_address, stated.contract, stated.size, 0)
        if newest.size == stated.size:
            return newest
        return next((anchor for anchor in chain.history() if anchor.size == stated.size), newest)

    @property
    def enabled(self) -> bool:
        """Whether anything is anchored at all."""
        return self._chain is not None

    def mirror_differences(self) -> list[MirrorDifference] | None:
        """Return what log and mirror tell differently, None where identities are not mirrored."""
        return None if self._mirroring is None else self._mirroring.differences()

    def state(self) -> AnchoringState:
        """Return how it is going."""
        return AnchoringState(self._chain is not None, self._pending(), self._failures, self._problem)

    def status(self) -> ChainStatus | None:
        """Return how the chain is, or None where nothing is anchored."""
        if self._chain is None:
            return None
        try:
            return self._chain().status()
        except LedgerError as error:
            return ChainStatus(False, None, None, "", None, False, str(error))

    def _pending(self) -> int:
        with self._ledger.store.read() as view:
            return view.size() - _newest(view)

    def _due(self) -> bool:
        now = time.monotonic()
        if now < self._retry_at:
            return False
        if now >= self._look_again_at:
            return True
        with self._ledger.store.read() as view:
            new = view.size() - self._anchored
        return new >= max(1, self._every_statements) or (new > 0 and now - self._last >= self._every_s)

    def _run(self) -> None:
        while not self._stop.wait(TICK_S):
            try:
                if self._due():
                    self.now()
            except LedgerError as error:
                LOG.warning("not anchored, will try again: %s", error)
            except Exception as error:  # a full disk or a mistake must not end the task
                LOG.exception("not anchored, will try again")
                self._failed(f"{type(error).__name__}: {error}")


def _newest(view: LedgerView) -> int:
    anchors = view.anchors()
    return anchors[-1].size if anchors else 0
