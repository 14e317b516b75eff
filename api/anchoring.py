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
from ledger.chain.registry import MirrorDifference
from ledger.errors import LedgerError
from ledger.interfaces import Anchor, AnchorChain, ChainStatus
from ledger.services import Ledger

LOG: Final = logging.getLogger("passport.anchoring")
TICK_S: Final = 0.2
MAX_WAIT_S: Final = 60.0


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
        self._failures, self._problem = 0, ""
        self._last, self._retry_at = time.monotonic(), 0.0
        self._checked_chain = False

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
                anchor = self._ledger.anchor_newest(self._chain())
                if self._mirroring is not None:
                    self._mirroring.bring_up_to_date()
            except LedgerError as error:
                self._failures += 1
                self._problem = str(error)
                self._retry_at = time.monotonic() + min(2.0**self._failures, MAX_WAIT_S)
                raise
            self._failures, self._problem, self._last = 0, "", time.monotonic()
            self._checked_chain = True
            return anchor

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
            anchors = view.anchors()
            return view.size() - (anchors[-1].size if anchors else 0)

    def _due(self) -> bool:
        now = time.monotonic()
        if now < self._retry_at:
            return False
        if not self._checked_chain:
            return True
        pending = self._pending()
        return pending >= self._every_statements or (pending > 0 and now - self._last >= self._every_s)

    def _run(self) -> None:
        while not self._stop.wait(TICK_S):
            if not self._due():
                continue
            try:
                self.now()
            except LedgerError as error:
                LOG.warning("not anchored, will try again: %s", error)
