"""What the OpenAPI document says of errors and examples."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, Field

from api.limits import CompressedBodyError, RequestTooLargeError, RequestTooSlowError
from api.problems import MEDIA_TYPE, URN, status_of, subclasses
from api.statuses import STATUS_OF
from api.viewers import TokenError
from ledger import reading
from ledger.errors import LedgerError
from ledger.forms import FieldFormError, MissingFieldError, TooManyItemsError, UnknownFieldError
from ledger.quantities import AmountFormError, AmountTooLargeError
from ledger.sql.errors import DatabaseFailedError, DatabaseUnreachableError, SchemaVersionError
from ledger.storing import CorruptRowError, LedgerLockedError
from ledger.texts import CanonicalFormError

EXAMPLE_DIGEST: Final = "3f" * 32
EXAMPLE_ORGANIZATION: Final = "org_aebagbafaydqqcikbmga2dqpcaireeyu"
ALWAYS: Final[tuple[type[LedgerError], ...]] = (
    *(FieldFormError, MissingFieldError, UnknownFieldError, TooManyItemsError),
    *(AmountFormError, AmountTooLargeError, TokenError),
    *(RequestTooLargeError, RequestTooSlowError, CompressedBodyError),
    *(CorruptRowError, DatabaseFailedError, DatabaseUnreachableError, LedgerLockedError, SchemaVersionError),
)
"""What every route may answer: the request's form, its size, the token, the database."""
BODY_ERRORS: Final[tuple[type[LedgerError], ...]] = tuple(
    kind
    for kind in subclasses(CanonicalFormError)
    if kind.__module__ in (CanonicalFormError.__module__, reading.__name__)
)
"""What every route with a JSON body may answer."""


class Problem(BaseModel):
    """A refusal (RFC 9457): a stable type, a sentence that says what to do, and the facts."""

    type: str = Field(examples=[URN + "overdrawn-lot"])
    title: str = Field(examples=["More is taken from a lot than it holds."])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["Lot 3f3f….0 holds 500 mg, but 900 mg are taken. Take less."])
    facts: dict[str, Any] = Field(examples=[{"lot": "3f3f….0", "held": "500", "asked": "900", "unit": "mg"}])
    index: int | None = Field(default=None, description="Which statement of a batch was refused, from 0")
    instance: str | None = None


def errors(*kinds: type[LedgerError]) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses of error classes and of those that every route may answer."""
    grouped: dict[int, list[type[LedgerError]]] = {}
    for kind in dict.fromkeys((*kinds, *ALWAYS)):
        grouped.setdefault(status_of(kind), []).append(kind)
    return {status: _response(group) for status, group in sorted(grouped.items())}


def all_errors() -> dict[int | str, dict[str, Any]]:
    """Return the responses of every error class that a statement can provoke."""
    kinds = {kind for kind in subclasses() if kind.__name__ in STATUS_OF}
    return errors(*sorted(kinds, key=lambda kind: kind.__name__))


def _response(kinds: list[type[LedgerError]]) -> dict[str, Any]:
    lines = [f"- `{URN}{kind.problem_type()}`: {_first_line(kind)}" for kind in kinds]
    examples = {
        kind.problem_type(): {
            "summary": _first_line(kind),
            "value": {
                "type": URN + kind.problem_type(),
                "title": _first_line(kind),
                "status": status_of(kind),
                "detail": kind.sentence,
                "facts": {},
            },
        }
        for kind in kinds
    }
    return {
        "model": Problem,
        "description": "One of these problems:\n" + "\n".join(lines),
        "content": {MEDIA_TYPE: {"examples": examples}},
    }


def _first_line(kind: type[LedgerError]) -> str:
    return (kind.__doc__ or kind.problem_type()).strip().split("\n")[0]
