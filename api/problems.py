"""Every refusal as an RFC 9457 problem: one table from error class to HTTP status.

A problem's `type` is stable: `urn:carbon-passport:problem:` and the cause in lower-case words. A test
says that the table names every error class of the program.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from starlette.responses import JSONResponse

from api.statuses import STATUS_OF
from ledger.errors import LedgerError
from ledger.services import BatchError

URN: Final = "urn:carbon-passport:problem:"
MEDIA_TYPE: Final = "application/problem+json"


def status_of(error: type[LedgerError] | LedgerError) -> int:
    """Return the HTTP status of an error; a refused batch has its cause's."""
    if isinstance(error, BatchError):
        return status_of(error.cause)
    kind = error if isinstance(error, type) else type(error)
    return STATUS_OF.get(kind.__name__, 500)


def problem(error: LedgerError, instance: str = "") -> dict[str, Any]:
    """Return the problem document of an error (RFC 9457, 3.1), with its facts as extension members."""
    cause = error.cause if isinstance(error, BatchError) else error
    facts = {name: _plain(value) for name, value in cause.facts().items()}
    document: dict[str, Any] = {
        "type": URN + cause.problem_type(),
        "title": (type(cause).__doc__ or cause.problem_type()).strip().split("\n")[0],
        "status": status_of(error),
        "detail": str(cause),
        "facts": facts,
    }
    if isinstance(error, BatchError):
        document["index"] = error.index
    if instance:
        document["instance"] = instance
    return document


def problem_response(error: LedgerError, instance: str = "") -> JSONResponse:
    """Return the HTTP answer of an error; 429 and 503 say when to try again."""
    status = status_of(error)
    headers = {}
    if status in (429, 503):
        headers["Retry-After"] = str(error.facts().get("retry_after_s", 2))
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(problem(error, instance), status, headers, MEDIA_TYPE)


def _plain(value: Any) -> Any:
    if isinstance(value, bool | int | str | None):
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [_plain(inner) for inner in value]
    return str(value)


def subclasses(base: type[LedgerError] = LedgerError) -> Iterator[type[LedgerError]]:
    """Yield every error class that is loaded, below the base."""
    for kind in base.__subclasses__():
        yield kind
        yield from subclasses(kind)
