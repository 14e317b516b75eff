"""Reading posted statements: JSON or NDJSON into checked statements, before any lock is taken.

Form, parts, summary and signature are checked here, in other processes when the operator asked for
them; who a key spoke for and what the books allow is the ledger's question.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from ledger import reading
from ledger.errors import LedgerError
from ledger.services import BatchError
from ledger.signed import MAX_STATEMENT_BYTES, Statement, read

MAX_STATEMENTS: Final = 1000
MAX_REQUEST_BYTES: Final = 32 * 1024 * 1024
STATEMENT_DEPTH: Final = 16
CHUNK: Final = 125
"""Statements that one process checks at a time."""


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


def parse_request(raw: bytes, *, lines: bool) -> tuple[list[Any], bool]:
    """Return the plain statements of a request, and whether it was a single one.

    Raises:
        NoStatementsError, TooManyStatementsError: none, or over 1,000.
        CanonicalFormError: not strict JSON.
    """
    if lines:
        texts = [line for line in raw.split(b"\n") if line.strip()]
        _limit(len(texts))
        return [_one(text, number) for number, text in enumerate(texts)], False
    value: Any = reading.parse(raw, max_bytes=MAX_REQUEST_BYTES, max_depth=STATEMENT_DEPTH + 1)
    single = not isinstance(value, list)
    items = [value] if single else value
    _limit(len(items))
    return items, single


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


def check(items: Sequence[Any], pool: Executor | None = None) -> list[Statement]:
    """Check plain statements one by one, in order; with a pool, signatures in other processes.

    Raises:
        BatchError: the first that is refused, with its cause.
    """
    if pool is None or len(items) < CHUNK:
        return [_checked(number, item) for number, item in enumerate(items)]
    starts = range(0, len(items), CHUNK)
    futures = [pool.submit(check_signatures, items[start : start + CHUNK], start) for start in starts]
    read_here = [_checked(number, item, signature=False) for number, item in enumerate(items)]
    for future in futures:
        future.result()
    return read_here


def check_signatures(items: Sequence[Any], start: int) -> None:
    """Check the signatures of plain statements; runs in another process.

    Raises:
        BatchError: the first that is refused.
    """
    from ledger import signing  # noqa: PLC0415 - a child imports what it needs

    for number, item in enumerate(items, start):
        try:
            signing.check_signature(item["envelope"], item["signature"])
        except LedgerError as error:
            raise BatchError(number, error) from error
        except (KeyError, TypeError):
            return  # the form's own check names it


def _checked(number: int, item: Any, *, signature: bool = True) -> Statement:
    try:
        return read(item, check_signature=signature)
    except LedgerError as error:
        raise BatchError(number, error) from error
