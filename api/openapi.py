"""What the OpenAPI document says of errors and examples."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, Field

from api.problems import MEDIA_TYPE, URN, status_of, subclasses
from api.statuses import STATUS_OF
from ledger.errors import LedgerError

EXAMPLE_DIGEST: Final = "3f" * 32
EXAMPLE_ORGANIZATION: Final = "org_aebagbafaydqqcikbmga2dqpcaireeyu"


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
    """Return the OpenAPI responses of error classes, grouped by status, each with its type."""
    grouped: dict[int, list[type[LedgerError]]] = {}
    for kind in kinds:
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
