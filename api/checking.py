"""Reading posted statements: JSON or NDJSON into checked statements, before any lock is taken.

Form, parts, summary and signature are checked here, in other processes when the operator asked for
them; who a key spoke for and what the books allow is the ledger's question.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import multiprocessing.process
import os
import signal
import threading
from concurrent.futures import BrokenExecutor, Executor
from dataclasses import dataclass
from typing import Any, ClassVar, Final

try:
    import orjson as json
except ImportError:  # a speed-up
    import json  # type: ignore[no-redef]

from ledger import canonical, reading
from ledger.errors import LedgerError
from ledger.services import BatchError
from ledger.signed import MAX_STATEMENT_BYTES, Statement, read

LOG: Final = logging.getLogger("passport.checking")
MAX_STATEMENTS: Final = 1000
MAX_REQUEST_BYTES: Final = 32 * 1024 * 1024
STATEMENT_DEPTH: Final = 16
LARGE_BYTES: Final = 256 * 1024
"""From this size on a request is worth sending to another process."""


@dataclass(eq=False)
class TooManyStatementsError(LedgerError):
    """More statements in one request than are taken at once."""

    count: int
    limit: int = MAX_STATEMENTS
    sentence: ClassVar[str] = (
        "The request has {count} statements; the limit is {limit}. Send several requests."
    )


@dataclass(eq=False)
class NoStatementsError(LedgerError):
    """A request without a statement."""

    sentence: ClassVar[str] = "The request holds no statement. Send one, an array, or one a line."


@dataclass(eq=False)
class StatementTooLargeError(LedgerError):
    """One statement is larger than a statement may be."""

    size: int
    limit: int = MAX_STATEMENT_BYTES
    sentence: ClassVar[str] = "A statement has {size} bytes; the limit is {limit}."


def take_apart(raw: bytes, *, lines: bool, pool: Executor | None = None) -> tuple[list[Statement], bool]:
    """Return the checked statements of a request, in order, and whether it was a single one.

    With a pool, another process reads a large request in full; here the same bytes are then only read
    into models.

    Raises:
        NoStatementsError, TooManyStatementsError: none, or over 1,000.
        CanonicalFormError: not strict JSON.
        BatchError: the first statement that is refused, with its cause.
    """
    if pool is None or len(raw) < LARGE_BYTES:
        return _here(raw, lines=lines)
    try:
        checked = pool.submit(check_in_full, raw, lines=lines)
        if json.__name__ != "orjson":
            # The standard library's reader has no bottom: brackets without end would end the process.
            checked.result()
        try:
            items, single = parse_quickly(raw, lines=lines)
            statements = [read(item, known=True) for item in items]
        except (LedgerError, ValueError, RecursionError):
            checked.result()  # names what is wrong
            return _here(raw, lines=lines)
        checked.result()
    except BrokenExecutor:
        LOG.warning("the other process is gone; large requests are checked in this one")
        return _here(raw, lines=lines)
    return statements, single


def _here(raw: bytes, *, lines: bool) -> tuple[list[Statement], bool]:
    items, single = parse_request(raw, lines=lines)
    return [_checked(number, item) for number, item in enumerate(items)], single


def check_in_full(raw: bytes, *, lines: bool) -> None:
    """Read a request in full; runs in another process and returns nothing but refusals.

    Raises:
        NoStatementsError, TooManyStatementsError, CanonicalFormError, BatchError: as `take_apart`.
    """
    gc.disable()
    _here(raw, lines=lines)


def end_with_parent() -> None:
    """End this process with the one that started it, however that one ends."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        # An interrupt at the terminal goes to both: the other one ends in order, and this one with it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=_outlive, args=(parent,), daemon=True).start()


def _outlive(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)


def parse_quickly(raw: bytes, *, lines: bool) -> tuple[list[Any], bool]:
    """Parse bytes that another process reads strictly at the same time.

    Raises:
        ValueError: not JSON.
    """
    if lines:
        return [json.loads(line) for line in raw.split(b"\n") if line.strip()], False
    value = json.loads(raw)
    return (value, False) if isinstance(value, list) else ([value], True)


def parse_request(raw: bytes, *, lines: bool) -> tuple[list[Any], bool]:
    """Return the plain statements of a request, and whether it was a single one.

    Raises:
        NoStatementsError, TooManyStatementsError: none, or over 1,000.
        CanonicalFormError: not strict JSON.
        BatchError: a statement is over 4 MiB, or a line is not strict JSON.
    """
    if lines:
        texts = [line for line in raw.split(b"\n") if line.strip()]
        _limit(len(texts))
        return [_one(text, number) for number, text in enumerate(texts)], False
    value: Any = reading.parse(raw, max_bytes=MAX_REQUEST_BYTES, max_depth=STATEMENT_DEPTH + 1)
    single = not isinstance(value, list)
    items = [value] if single else value
    _limit(len(items))
    if len(raw) > MAX_STATEMENT_BYTES:
        _limit_each(items)
    return items, single


def _limit_each(items: list[Any]) -> None:
    for number, item in enumerate(items):
        size = len(canonical.encode(item))
        if size > MAX_STATEMENT_BYTES:
            raise BatchError(number, StatementTooLargeError(size))


def _one(text: bytes, number: int) -> Any:
    if len(text) > MAX_STATEMENT_BYTES:
        raise BatchError(number, StatementTooLargeError(len(text)))
    try:
        return reading.parse(text, max_bytes=MAX_STATEMENT_BYTES, max_depth=STATEMENT_DEPTH)
    except LedgerError as error:
        raise BatchError(number, error) from error


def _limit(count: int) -> None:
    if count == 0:
        raise NoStatementsError
    if count > MAX_STATEMENTS:
        raise TooManyStatementsError(count)


def _checked(number: int, item: Any) -> Statement:
    try:
        return read(item)
    except LedgerError as error:
        raise BatchError(number, error) from error
