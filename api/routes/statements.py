"""Posting and reading signed statements, and drafting new ones."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from api import checking
from api.bodies import StrictRoute
from api.collecting import no_collecting
from api.deps import Looking, Wired
from api.openapi import EXAMPLE_DIGEST, EXAMPLE_ORGANIZATION, all_errors, errors
from api.viewers import NotVisibleError, Viewer
from api.wiring import Wiring
from ledger.bodies import UnknownBody
from ledger.closure import parties
from ledger.drafting import Wish, prepare, transfers_json
from ledger.identifiers import Digest, OrganizationId, Uuid7
from ledger.interfaces import LedgerView, Logged
from ledger.services import Acknowledgement, Answer
from ledger.signed import Statement, is_skewed

router = APIRouter(prefix="/v1", tags=["statements"], route_class=StrictRoute)
NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl")


class DraftRequest(BaseModel):
    """What a user means to state; intervals, shares and liabilities are filled in from the books."""

    model_config = ConfigDict(extra="forbid", strict=True)
    issuer: OrganizationId | Literal[""] = Field(examples=[EXAMPLE_ORGANIZATION])
    language: Literal["en", "zh-Hans", "zh-Hant"] = "en"
    id: Uuid7 | None = None
    body: dict[str, Any] = Field(
        examples=[
            {
                "occurred": {"from": "2025-06-20", "to": "2025-06-20", "zone": "Asia/Shanghai"},
                "take": {"lot": EXAMPLE_DIGEST + ".0", "quantity": "3000000000"},
                "consignee": EXAMPLE_ORGANIZATION,
                "handlers": [],
            }
        ]
    )


class DraftAnswer(BaseModel):
    """A statement to sign: compare the parts with what was asked, sign the envelope, post both."""

    statement: dict[str, Any]
    digest: str
    summary: str
    typed_data: dict[str, Any]
    preview: dict[str, Any]


@router.post(
    "/statements",
    status_code=201,
    summary="Take signed statements in: one, an array, or one a line; all or nothing",
    responses={200: {"description": "All of them were taken in before"}, **all_errors()},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"type": "object"},
                    "example": {"envelope": {}, "signature": {}, "parts": []},
                },
                NDJSON[0]: {"schema": {"type": "string"}},
            },
        }
    },
)
async def post_statements(request: Request, wired: Wired) -> Response:
    """Answer each statement with the log's signed acknowledgement, in the order of the request."""
    raw = await request.body()
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    source = request.client.host if request.client else ""
    with wired.queue:
        answers, single = await run_in_threadpool(_take_in, wired, raw, media in NDJSON, source)
    documents = [answer.acknowledgement for answer in answers]
    status = 201 if any(answer.new for answer in answers) else 200
    content = json.dumps(documents[0] if single else documents).encode()
    return Response(content, status, media_type="application/json")


def _take_in(wired: Wiring, raw: bytes, lines: bool, source: str) -> tuple[list[Answer], bool]:
    with no_collecting():
        statements, single = checking.take_apart(raw, lines=lines, pool=wired.pool)
        _spend_quotas(wired, statements, source)
        return wired.ledger.post(statements), single


def _spend_quotas(wired: Wiring, statements: list[Statement], source: str) -> None:
    counts: dict[str, int] = {}
    for statement in statements:
        # Whose key it is, the books know; until then nobody spends what is another's.
        signer = statement.signature.key if statement.envelope.issuer else ""
        counts[signer] = counts.get(signer, 0) + 1
    for signer, count in counts.items():
        if signer:
            wired.statements.spend(signer, count)
        else:
            wired.registrations.spend(source, count)


@router.get(
    "/statements/{digest}",
    summary="Read a statement by its digest",
    responses=errors(NotVisibleError),
)
def get_statement(digest: Annotated[Digest, Path()], wired: Wired, looking: Looking) -> dict[str, Any]:
    """Return envelope, signature, parts, and the statement's place in the log.

    A statement of a kind that isn't known here is kept and shown, but moves nothing: `booked` is false.
    """
    with wired.store.read() as view:
        return _shown(view.logged(digest), wired, looking, view)


@router.get(
    "/statements",
    summary="Find a statement by issuer and the client's id",
    responses=errors(NotVisibleError),
)
def find_statement(
    issuer: Annotated[
        str, Query(pattern=r"^(org_[a-z2-7]{32})?$", description="As in the envelope: none for registrations")
    ],
    identifier: Annotated[Uuid7, Query(alias="id")],
    wired: Wired,
    looking: Looking,
) -> dict[str, Any]:
    """Return the statement that an issuer posted under an id."""
    with wired.store.read() as view:
        return _shown(view.logged_as(issuer, identifier), wired, looking, view)


def _shown(logged: Logged | None, wired: Wiring, looking: Viewer, view: LedgerView) -> dict[str, Any]:
    if logged is None or not (wired.visibility.open or looking.organization in parties(logged.statement)):
        raise NotVisibleError("statement")
    acknowledgement: Acknowledgement = wired.ledger.acknowledge(logged)
    anchors = view.anchors()
    anchored = bool(anchors) and anchors[-1].size > logged.position
    known = not isinstance(logged.statement.body, UnknownBody)
    skewed = is_skewed(logged.statement, datetime.fromisoformat(logged.at))
    flags = {"signed_at_skewed": skewed, "kind_not_known": not known}
    return {
        "digest": logged.statement.digest,
        "position": logged.position,
        "at": logged.at,
        "anchored": "anchored" if anchored else "pending",
        "booked": known,
        "flags": [flag for flag, raised in flags.items() if raised],
        "corrections": [one.digest for one in view.corrections(logged.statement.digest)],
        **logged.statement.wire(),
        "acknowledgement": acknowledgement,
    }


@router.post(
    "/drafts/{kind:path}",
    summary="Make a statement ready to sign, with a preview of what it will book",
    responses=all_errors(),
)
def post_draft(
    kind: Annotated[str, Path(examples=["dispatch/1"])],
    asked: Annotated[DraftRequest, Body()],
    wired: Wired,
    looking: Looking,
) -> DraftAnswer:
    """Return typed data for a wallet, the parts, and the transfers that will be booked."""
    if kind != "registration/1" and asked.issuer:
        wired.visibility.books_of(looking, asked.issuer)
    with wired.store.read() as view:
        wish = Wish(kind, asked.issuer, asked.body, asked.language, asked.id)
        preview = prepare(wish, view, wired.ledger.clock.now())
    made = preview.draft
    return DraftAnswer(
        statement={
            "envelope": made.envelope.model_dump(),
            "parts": [part.model_dump() for part in made.parts],
        },
        digest=made.digest(),
        summary=made.summary,
        typed_data=made.typed_data(),
        preview={"transfers": transfers_json(preview.transfers)},
    )
