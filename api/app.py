"""The FastAPI application: routes, limits and problems around one wired ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from api.limits import BodyLimit
from api.problems import MEDIA_TYPE, URN, problem_response
from api.routes import (
    adjustments,
    companies,
    factors,
    log,
    lots,
    mrio,
    organizations,
    passports,
    removals,
    reports,
    session,
    statements,
)
from api.routes.pages import error_page, pages_router
from api.ui.source import LedgerPages
from api.wiring import Wiring
from ledger import __version__
from ledger.errors import LedgerError
from ledger.forms import named_from

DESCRIPTION = (
    "A ledger where every shipment carries a carbon passport that anyone can check. Amounts are decimal "
    "strings; carbon is whole milligrams CO2e. Refusals are RFC 9457 problems with a stable type."
)


def create_app(wired: Wiring) -> FastAPI:
    """Return the application of a wired ledger; it starts anchoring and ends it."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        wired.anchoring.start()
        if wired.witnessing is not None:
            wired.witnessing.start()
        try:
            yield
        finally:
            wired.close()

    app = FastAPI(
        title="Carbon Passport Ledger",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        # The framework's own pages load scripts from elsewhere: blank offline, and others learn who reads.
        docs_url=None,
        redoc_url=None,
    )
    app.state.wiring = wired
    app.add_middleware(BodyLimit)
    for module in (
        statements,
        passports,
        organizations,
        lots,
        adjustments,
        removals,
        reports,
        log,
        factors,
        mrio,
        companies,
        session,
    ):
        app.include_router(module.router)
    app.include_router(log.files)
    app.include_router(reports.pages)
    app.include_router(pages_router(LedgerPages()))
    app.add_exception_handler(LedgerError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _failed)
    return app


async def _refused(request: Request, error: Exception) -> JSONResponse:
    """Answer a named error with its problem."""
    assert isinstance(error, LedgerError)  # noqa: S101 - registered for this class
    return problem_response(error, request.url.path)


async def _malformed(request: Request, error: Exception) -> JSONResponse:
    """Answer a request that doesn't have the route's form with the named error of its first complaint."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    return problem_response(named_from(error.errors()[0], "request"), request.url.path)


async def _http(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses (no such path, wrong method) in the same form."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    if isinstance(error.__cause__, LedgerError):
        # The framework wraps what the body's reader refuses.
        return problem_response(error.__cause__, request.url.path)
    if "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/"):
        return error_page(request, error.status_code)
    title = str(error.detail)
    document = {
        "type": URN + title.lower().replace(" ", "-"),
        "title": title,
        "status": error.status_code,
        "detail": f"{request.method} {request.url.path}: {title}. See /docs for what there is.",
        "instance": request.url.path,
    }
    return JSONResponse(document, error.status_code, dict(error.headers or {}), MEDIA_TYPE)


async def _gone(_: Request, __: Exception) -> Response:
    """Leave a client that went away in the middle of its request: nobody reads an answer."""
    return Response(status_code=400)


async def _failed(request: Request, _: Exception) -> JSONResponse:
    """Answer a mistake of the program in the same form; the server's own record says what it was."""
    document = {
        "type": URN + "internal-error",
        "title": "The program made a mistake.",
        "status": 500,
        "detail": "The request was not carried out. Tell the operator when it happened.",
        "instance": request.url.path,
    }
    return JSONResponse(document, 500, media_type=MEDIA_TYPE)
