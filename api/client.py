"""A small client of the HTTP API: drafts, posts, passports and bundles, with bounded retries.

A post is safe to repeat: the ledger answers a statement that it has already as it did then. So when the
server is busy (429, 503) or an answer is lost, the client waits and asks again, a limited number of times.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ClassVar, Final, Self
from urllib.parse import urlsplit

import httpx2

from api.challenge import challenge_typed_data, sign_challenge
from ledger.errors import LedgerError
from ledger.signing import address_of

TIMEOUT_S: Final = 30.0
MAX_ATTEMPTS: Final = 6
FIRST_WAIT_S: Final = 0.2
MAX_WAIT_S: Final = 10.0
BUSY: Final = (429, 503)
MAX_PAGES: Final = 2_000


@dataclass(eq=False)
class ServerUnreachableError(LedgerError):
    """The ledger's server does not answer."""

    url: str
    reason: str
    attempts: int
    sentence: ClassVar[str] = (
        "{url} did not answer in {attempts} attempts ({reason}). Check that the ledger runs, or its address."
    )


@dataclass(eq=False)
class ServerBusyError(LedgerError):
    """The server says that it is busy, again and again."""

    url: str
    status: int
    attempts: int
    sentence: ClassVar[str] = "{url} answered {status} in {attempts} attempts. Try again later."


@dataclass(eq=False)
class ServerRefusedError(LedgerError):
    """The server refuses, and says why."""

    url: str
    status: int
    problem: str
    detail: str
    sentence: ClassVar[str] = "{url} refuses with {status} {problem}: {detail}"


class LedgerClient:
    """Talks to one ledger.

    Args:
        url: the server's address, `http://127.0.0.1:8000`.
        token: a bearer token, where the ledger wants a sign-in.
        transport: another transport, for tests.
        pause: how to wait, for tests.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        transport: httpx2.BaseTransport | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx2.Client(
            base_url=self.url, headers=headers, timeout=TIMEOUT_S, transport=transport, trust_env=False
        )
        self._pause = pause

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def sign_in(self, private_key: bytes) -> str:
        """Sign in as the organization that a key speaks for, return its id; later requests carry the token.

        Only this log's challenge for this host is signed, made here from what the server gave.

        Raises:
            ServerUnreachableError, ServerBusyError, ServerRefusedError: as for every request.
        """
        address, log_id = address_of(private_key), str(self.log()["log_id"])
        given = self._object("POST", "/v1/session/challenges", {"key": address})
        nonce, expires = str(given["nonce"]), int(given["expires"])
        typed = challenge_typed_data(log_id, urlsplit(self.url).netloc, address, nonce, expires)
        answer = {"key": address, "nonce": nonce, "expires": expires, "proof": given["proof"]}
        signed = {**answer, "signature": sign_challenge(typed, private_key)}
        session = self._object("POST", "/v1/session/tokens", signed)
        self._http.headers["Authorization"] = f"Bearer {session['token']}"
        return str(session.get("organization", ""))

    def read(self, path: str) -> dict[str, Any]:
        """Return what the ledger answers to a path under `/v1/`, as this client may see it.

        Raises:
            ServerUnreachableError, ServerBusyError, ServerRefusedError: as for every request.
        """
        return self._object("GET", f"/v1/{path}")

    def pages(self, path: str, name: str, after: str = "") -> Iterator[dict[str, Any]]:
        """Yield all items of a list under `/v1/`, a page after the other; `name` is the list's own.

        Raises:
            ServerUnreachableError, ServerBusyError, ServerRefusedError: as for every request.
        """
        following: str | None = after
        for _ in range(MAX_PAGES):
            if following is None:
                return
            page = self.read(f"{path}{'&' if '?' in path else '?'}limit=500&after={following}")
            yield from page[name]
            following = page["next"]

    def log(self) -> dict[str, Any]:
        """Return the log's terms and size.

        Raises:
            ServerUnreachableError, ServerBusyError, ServerRefusedError: as for every request.
        """
        return self._object("GET", "/v1/log")

    def draft(self, kind: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Ask for a statement ready to sign: statement, digest, summary, typed data, preview.

        Raises:
            ServerUnreachableError, ServerBusyError, ServerRefusedError: as for every request.
        """
        return self._object("POST", f"/v1/drafts/{kind}", dict(request))

    def post(self, statement: Mapping[str, Any]) -> dict[str, Any]:
        """Post one signed statement and return its acknowledgement; the same one again is answered alike.

        Raises:
            ServerUnreachableError, ServerBusyError, ServerRefusedError: as for every request.
        """
        return self._object("POST", "/v1/statements", dict(statement))

    def keys_in_use(self, organization: str) -> list[str]:
        """Return the addresses of the keys that may sign for an organization, as the ledger knows them.

        Raises:
            ServerUnreachableError, ServerBusyError, ServerRefusedError: as for every request.
        """
        found = self._object("GET", f"/v1/organizations/{organization}")
        in_use = (key for key in found["keys"] if key["state"] == "active" and not key.get("delegation"))
        return [str(key["address"]) for key in in_use]

    def passports(self) -> list[dict[str, Any]]:
        """Return all passports that may be seen, in short.

        Raises:
            ServerUnreachableError, ServerBusyError, ServerRefusedError: as for every request.
        """
        return list(self.pages("passports", "passports"))

    def passport(self, identifier: str) -> dict[str, Any]:
        """Return a passport's document.

        Raises:
            ServerUnreachableError, ServerBusyError, ServerRefusedError: as for every request.
        """
        return self._object("GET", f"/v1/passports/{identifier}")

    def bundle(self, identifier: str) -> bytes:
        """Return a passport's bundle, the bytes as they are.

        Raises:
            ServerUnreachableError, ServerBusyError, ServerRefusedError: as for every request.
        """
        return self._asked("GET", f"/v1/passports/{identifier}/bundle").content

    def file(self, path: str) -> bytes:
        """Return a file that the ledger makes of a path under `/v1/`, the bytes as they are.

        Raises:
            ServerUnreachableError, ServerBusyError, ServerRefusedError: as for every request.
        """
        return self._asked("GET", f"/v1/{path}").content

    def anchors(self) -> dict[str, Any]:
        """Return the anchors known, and how many entries are pending.

        Raises:
            ServerUnreachableError, ServerBusyError, ServerRefusedError: as for every request.
        """
        return self._object("GET", "/v1/anchors")

    def conservation(self) -> dict[str, Any]:
        """Return what was ever recorded, and where it lies, in mg by component.

        Raises:
            ServerUnreachableError, ServerBusyError, ServerRefusedError: as for every request.
        """
        return self._object("GET", "/v1/conservation")

    def checkpoint(self) -> str:
        """Return the newest checkpoint, a signed note.

        Raises:
            ServerUnreachableError, ServerBusyError, ServerRefusedError: as for every request.
        """
        return self._asked("GET", "/v1/log/checkpoint").text

    def _object(self, method: str, path: str, content: Any = None) -> dict[str, Any]:
        answer = self._asked(method, path, content)
        try:
            found = answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise ServerRefusedError(
                self.url + path, answer.status_code, "no-object", "the answer is no object"
            )
        return found

    def _asked(self, method: str, path: str, content: Any = None) -> httpx2.Response:
        """Ask until there is an answer that isn't "busy", a limited number of times."""
        wait_s, reason, busy = FIRST_WAIT_S, "", 0
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                answer = self._http.request(method, path, json=content)
            except httpx2.TransportError as error:
                reason, busy = type(error).__name__, 0
            else:
                if answer.status_code not in BUSY:
                    return self._accepted(answer)
                busy = answer.status_code
                wait_s = max(wait_s, _retry_after_s(answer))
            if attempt < MAX_ATTEMPTS:
                self._pause(min(wait_s, MAX_WAIT_S))
                wait_s *= 2
        if busy:
            raise ServerBusyError(self.url + path, busy, MAX_ATTEMPTS)
        raise ServerUnreachableError(self.url, reason, MAX_ATTEMPTS)

    def _accepted(self, answer: httpx2.Response) -> httpx2.Response:
        if answer.is_success:
            return answer
        try:
            problem = answer.json()
        except ValueError:
            problem = {}
        problem = problem if isinstance(problem, dict) else {}
        cause = str(problem.get("type", "without a reason")).rpartition(":")[2]
        raise ServerRefusedError(
            str(answer.url), answer.status_code, cause, str(problem.get("detail", answer.text[:200]))
        )


def _retry_after_s(answer: httpx2.Response) -> float:
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else 0.0
