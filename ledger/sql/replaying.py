"""Making the books again from the log: every rule, every posting, all balances, or nothing changes.

A statement is read by its strict model and booked by every rule; its signature isn't checked again. Its
bytes (part digests, body digest, summary, leaf hash) are checked in other processes meanwhile, where there
are any, else before it is booked.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Final

from ledger.replaying import book_again
from ledger.sql.stores import SqlStore

CHECKED_AT_ONCE: Final = 5000
"""Statements whose bytes one process checks at a time."""
COLLECTED_EVERY: Final = 50_000
"""Statements after which the few cycles are collected that asking a database leaves."""


def rebuild_books(store: SqlStore, others: Executor | None = None) -> int:
    """Drop a ledger's books and make them again from its statements; return how many those are.

    Args:
        store: the ledger, which takes nothing else in meanwhile.
        others: other processes that check the statements' bytes while this one books.

    Raises:
        CorruptRowError: a statement is not what was signed and logged.
        LogNotOpenError: there is no log here.
        LedgerError: any rule that a statement breaks.
    """
    with store.rebuild() as writer, _without_collecting():
        size = writer.logged_size
        checks = _checks(store.url, size, others)
        try:
            for logged in writer.log(checked=others is None):
                book_again(writer, logged)
                if logged.position % COLLECTED_EVERY == 0:
                    gc.collect(0)
        finally:
            # What was changed is named before what follows from it.
            for check in checks:
                check.result()
    return size


def _checks(url: str, size: int, others: Executor | None) -> list[Future[None]]:
    if others is None:
        return []
    starts = range(0, size, CHECKED_AT_ONCE)
    return [others.submit(check_entries, url, start, min(start + CHECKED_AT_ONCE, size)) for start in starts]


def check_entries(url: str, start: int, end: int) -> None:
    """Read the entries [start, end) strictly and check their bytes; what another process does.

    Raises:
        CorruptRowError: a statement is not what was signed and logged.
    """
    with SqlStore(url) as store, store.read() as view, _without_collecting():
        deque(view.entries(start, end), maxlen=0)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Let the collector of cycles rest: what is booked has none, and looking takes long."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
