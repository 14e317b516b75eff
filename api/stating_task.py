"""The task that lets a log without a chain state what it holds, at the pace at which others anchor."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from api.chain_task import MAX_WAIT_S, TICK_S, Pace
from ledger.errors import LedgerError
from ledger.interfaces import LedgerStore

LOG: Final = logging.getLogger("passport.stating")


class StatingTask:
    """States what the log holds in a thread of its own, from `start` to `close`; its witnesses cosign that.

    Args:
        store: whose log.
        step: states what it holds; nothing where nothing is new.
        pace: after so many new entries, or so many seconds later where there are any.
    """

    def __init__(self, store: LedgerStore, step: Callable[[], object], pace: Pace) -> None:
        self._store, self._step, self._pace = store, step, pace
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._stated, self._last, self._retry_at = self._size(), time.monotonic(), 0.0

    def start(self) -> None:
        """Begin to state."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="stating", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop, waiting for what is being stated."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=MAX_WAIT_S)
            self._thread = None

    def now(self) -> None:
        """State what the log holds now.

        Raises:
            LedgerError: the ledger refuses.
        """
        self._step()
        self._stated, self._last = self._size(), time.monotonic()

    def due(self) -> bool:
        """Return whether so many entries are new, or any are and so long has passed."""
        now = time.monotonic()
        new = self._size() - self._stated
        waited = now - self._last >= self._pace.every_s
        return now >= self._retry_at and new > 0 and (new >= self._pace.every_statements or waited)

    def _size(self) -> int:
        with self._store.read() as view:
            return view.size()

    def _run(self) -> None:
        while not self._stop.wait(TICK_S):
            try:
                if self.due():
                    self.now()
            except LedgerError as error:
                LOG.warning("not stated, will try again: %s", error)
                self._retry_at = time.monotonic() + MAX_WAIT_S
            except Exception:  # a full disk or a mistake must not end the task
                LOG.exception("not stated, will try again")
                self._retry_at = time.monotonic() + MAX_WAIT_S
