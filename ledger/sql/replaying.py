"""Making the books again from the log: every rule, every posting, all balances, or nothing changes.

A statement is read by its strict model, its bytes are checked (part digests, body digest, summary, leaf
hash), and it is booked by every rule; its signature isn't checked again. Where there are other processes,
these read, check, and ask the rules that a statement can break by itself, some way ahead of the one that
books: that gets what it reads of a statement in its booked form (`booked_form.py`).
"""

from __future__ import annotations

import gc
import marshal
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Final

from ledger.booked_form import Form, form_of, has_form
from ledger.interfaces import Logged
from ledger.own_rules import alone
from ledger.replaying import book_again
from ledger.sql.stores import SqlStore

CHECKED_AT_ONCE: Final = 1000
"""Statements that another process reads and checks at a time."""
AHEAD: Final = 4
"""How many times as many may be checked, or be about to be, before they are booked."""
COLLECTED_EVERY: Final = 50_000
"""Statements after which the few cycles are collected that asking a database leaves."""


def rebuild_books(store: SqlStore, others: Executor | None = None) -> int:
    """Drop a ledger's books and make them again from its statements; return how many those are.

    Args:
        store: the ledger, which takes nothing else in meanwhile.
        others: other processes that read and check the statements while this one books.

    Raises:
        CorruptRowError: a statement is not what was signed and logged.
        LogNotOpenError: there is no log here.
        LedgerError: any rule that a statement breaks.
    """
    with store.rebuild() as writer, _without_collecting():
        size = writer.logged_size
        log = writer.log() if others is None else writer.checked_log(_checked(store.url, size, others))
        for logged in log:
            book_again(writer, logged)
            if logged.position % COLLECTED_EVERY == 0:
                gc.collect(0)
    return size


def _checked(url: str, size: int, others: Executor) -> Iterator[list[Form | None]]:
    """Return the booked forms of the whole log, as other processes have read and checked it."""
    starts = iter(range(0, size, CHECKED_AT_ONCE))
    waiting: deque[Future[bytes]] = deque()
    try:
        while True:
            for start in islice(starts, AHEAD - len(waiting)):
                waiting.append(others.submit(check_entries, url, start, min(start + CHECKED_AT_ONCE, size)))
            if not waiting:
                return
            yield marshal.loads(waiting.popleft().result())  # noqa: S302 - from a process of our own
    finally:
        for one in waiting:
            one.cancel()


def check_entries(url: str, start: int, end: int) -> bytes:
    """Read the entries [start, end) strictly, check their bytes and what each says by itself.

    This is what another process does; it returns the list of their booked forms, as `marshal` writes it.

    Raises:
        CorruptRowError: a statement is not what was signed and logged.
        LedgerError: any rule that a statement breaks by itself.
    """
    with SqlStore(url) as store, store.read() as view, _without_collecting():
        log_id = view.terms().log_id
        return marshal.dumps([_form(logged, log_id) for logged in view.entries(start, end)])


def _form(logged: Logged, log_id: str) -> Form | None:
    if not has_form(logged.statement):
        return None
    return form_of(logged, alone(logged.statement, datetime.fromisoformat(logged.at), log_id))


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
