"""A witness over HTTP: `POST /add-checkpoint` for logs, and what it saw for everybody (C2SP tlog-witness)."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse, Response

from api.limits import BodyLimit, Quota, RequestTooLargeError
from api.problems import problem_response
from ledger import __version__
from ledger.errors import LedgerError
from ledger.log.witness_request import ADD_CHECKPOINT, MAX_REQUEST_BYTES, SIZE_TYPE
from ledger.sql.witness_store import SqlWitnessStore, Watched
from ledger.witness import StaleWitnessRequestError, Witness

REQUESTS_A_MINUTE: Final = 600
DESCRIPTION: Final = (
    "A witness of append-only logs (C2SP tlog-witness): it cosigns a log's checkpoint only with a proof that "
    "the log grew and changed nothing."
)


def create_witness_app(witness: Witness, store: SqlWitnessStore) -> FastAPI:
    """Return the application of a witness."""
    app = FastAPI(
        title="Carbon passport witness",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    quota = Quota("requests a minute from here", REQUESTS_A_MINUTE, 60)
    app.add_middleware(BodyLimit)
    app.add_exception_handler(LedgerError, _refused)

    @app.post(f"/{ADD_CHECKPOINT}")
    async def add_checkpoint(request: Request) -> Response:
        quota.spend(request.client.host if request.client else "")
        raw = bytearray()
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > MAX_REQUEST_BYTES:
                raise RequestTooLargeError(MAX_REQUEST_BYTES)
        return PlainTextResponse(await run_in_threadpool(witness.add_checkpoint, bytes(raw)))

    @app.get("/")
    def get_witness() -> dict[str, Any]:
        return {
            "witness": witness.signer.key.text(),
            "logs": [_shown(one) for one in store.logs()],
            "evidence": [
                {
                    "origin": one.origin,
                    "doubt": one.doubt,
                    "size": one.size,
                    "held": one.held,
                    "given": one.given,
                    "time_s": one.time_s,
                }
                for one in store.evidence()
            ],
        }

    return app


def _shown(one: Watched) -> dict[str, Any]:
    seen = one.seen
    return {
        "origin": one.key.name,
        "key": one.key.text(),
        "size": 0 if seen is None else seen.size,
        "root": None if seen is None else seen.root.hex(),
        "checkpoint": None if seen is None else seen.note,
        "time_s": None if seen is None else seen.time_s,
    }


async def _refused(request: Request, error: Exception) -> Response:
    """Answer a named error with its problem, and a stale request with the size alone."""
    assert isinstance(error, LedgerError)  # noqa: S101 - registered for this class
    if isinstance(error, StaleWitnessRequestError):
        return Response(f"{error.size}\n", 409, media_type=SIZE_TYPE)
    answer: JSONResponse = problem_response(error, request.url.path)
    return answer
