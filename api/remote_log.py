"""A foreign log over HTTP: its static files, read with limits and a few patient attempts."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

import httpx2

from ledger.remote_audit import MissingLogFileError

TIMEOUT_S: Final = 30.0
ATTEMPTS: Final = 4
FIRST_WAIT_S: Final = 0.5
AGAIN: Final = (429, 500, 502, 503, 504)
PREFIX: Final = "/log"


class HttpLog:
    """A log's files under a ledger's address (`…/log/checkpoint`), or under the prefix of a static host.

    Args:
        url: the ledger's address, or the prefix.
        transport: another transport, for tests.
        pause: how to wait, for tests.
    """

    def __init__(
        self,
        url: str,
        *,
        transport: httpx2.BaseTransport | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        self._http = httpx2.Client(timeout=TIMEOUT_S, transport=transport, trust_env=False)
        self._pause = pause
        self._prefix: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def file(self, path: str, limit: int) -> bytes:
        """Return a file under the log's prefix, of so many bytes at most.

        Raises:
            MissingLogFileError: it isn't there, is longer, or the server doesn't answer.
        """
        if self._prefix is None:
            try:
                raw = self._patiently(f"{self.url}{PREFIX}/{path}", path, limit)
            except MissingLogFileError:
                raw = self._patiently(f"{self.url}/{path}", path, limit)
                self._prefix = ""
            else:
                self._prefix = PREFIX
            return raw
        return self._patiently(f"{self.url}{self._prefix}/{path}", path, limit)

    def _patiently(self, url: str, path: str, limit: int) -> bytes:
        wait_s, reason = FIRST_WAIT_S, ""
        for attempt in range(ATTEMPTS):
            if attempt:
                self._pause(wait_s)
                wait_s *= 2
            try:
                with self._http.stream("GET", url) as answer:
                    if answer.status_code == httpx2.codes.OK:
                        return _bounded(answer, path, limit)
                    reason = f"{url} answers {answer.status_code}"
                    if answer.status_code not in AGAIN:
                        break
            except httpx2.HTTPError as error:
                reason = f"{url}: {type(error).__name__}"
        raise MissingLogFileError(path, reason)


def _bounded(answer: httpx2.Response, path: str, limit: int) -> bytes:
    raw = b""
    for chunk in answer.iter_bytes():
        raw += chunk
        if len(raw) > limit:
            raise MissingLogFileError(path, f"it is longer than {limit} bytes")
    return raw
