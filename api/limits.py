"""Limits that are checked before anything is parsed: size, encoding, how many wait."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import ClassVar, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.checking import MAX_REQUEST_BYTES
from api.problems import problem_response
from ledger.errors import LedgerError

MAX_OTHER_BYTES: Final = 4 * 1024 * 1024 + 64 * 1024
MAX_BODY_S: Final = 120
"""32 MiB in this time are 2.3 Mbit/s."""
MAX_WAITING: Final = 16
RETRY_AFTER_S: Final = 2


@dataclass(eq=False)
class RequestTooLargeError(LedgerError):
    """A request body over the limit."""

    limit: int
    sentence: ClassVar[str] = "The request body is over {limit} bytes. Send less at once."


@dataclass(eq=False)
class RequestTooSlowError(LedgerError):
    """A request body that didn't come whole in time."""

    limit_s: int
    sentence: ClassVar[str] = "The request body didn't come whole in {limit_s} s. Send less at once."


@dataclass(eq=False)
class CompressedBodyError(LedgerError):
    """A compressed request body, which could swell."""

    encoding: str
    sentence: ClassVar[str] = "Content-Encoding {encoding!r} is not taken. Send the body as it is."


@dataclass(eq=False)
class BusyError(LedgerError):
    """Too many requests wait already."""

    retry_after_s: int = RETRY_AFTER_S
    sentence: ClassVar[str] = "Too many requests wait already. Try again in {retry_after_s} s."


@dataclass(eq=False)
class QuotaError(LedgerError):
    """Somebody asked more often than their quota allows."""

    what: str
    limit: int
    retry_after_s: int
    sentence: ClassVar[str] = "More than {limit} {what}. Try again in {retry_after_s} s."


class BodyLimit:
    """ASGI middleware: refuses compressed and oversized bodies before they are read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        limit = MAX_REQUEST_BYTES if scope["path"] == "/v1/statements" else MAX_OTHER_BYTES
        refusal: LedgerError | None = None
        encoding = headers.get(b"content-encoding", b"identity").decode("latin-1").strip().lower()
        length = headers.get(b"content-length", b"0")
        if encoding != "identity":
            refusal = CompressedBodyError(encoding[:40])
        elif not length.isdigit() or len(length) > 18 or int(length) > limit:
            refusal = RequestTooLargeError(limit)
        if refusal is not None:
            await problem_response(refusal, scope["path"])(scope, receive, send)
            return
        await self._app(scope, _counted(receive, limit), send)


def _counted(receive: Receive, limit: int) -> Receive:
    """Count what really comes, whatever the header said, and wait for the whole of it only so long."""
    seen, whole = 0, False
    deadline = asyncio.get_running_loop().time() + MAX_BODY_S

    async def counted() -> Message:
        nonlocal seen, whole
        if whole:
            # What follows is the end of the connection, for which an answer may wait long.
            return await receive()
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError:
            raise RequestTooSlowError(MAX_BODY_S) from None
        seen += len(message.get("body", b""))
        whole = not message.get("more_body", False)
        if seen > limit:
            raise RequestTooLargeError(limit)
        return message

    return counted


class Queue:
    """A bounded queue in front of the one writer."""

    def __init__(self, limit: int = MAX_WAITING) -> None:
        self._places = threading.BoundedSemaphore(limit)

    def __enter__(self) -> None:
        if not self._places.acquire(blocking=False):
            raise BusyError

    def __exit__(self, *_: object) -> None:
        self._places.release()


class Quota:
    """At most `limit` units a `period_s` for each name; forgets names that were not seen lately."""

    def __init__(self, what: str, limit: int, period_s: int, *, names: int = 10_000) -> None:
        self._what, self._limit, self._period_s, self._names = what, limit, period_s, names
        self._windows: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._lock = threading.Lock()

    def spend(self, name: str, units: int = 1) -> None:
        """Count units for a name.

        Raises:
            QuotaError: the name's quota of this period is used up.
        """
        window, into = divmod(int(time.monotonic()), self._period_s)
        with self._lock:
            started, used = self._windows.pop(name, (window, 0))
            used = units if started != window else used + units
            self._windows[name] = (window, used)
            while len(self._windows) > self._names:
                self._windows.popitem(last=False)
        if used > self._limit:
            raise QuotaError(self._what, self._limit, self._period_s - into)
