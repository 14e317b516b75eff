"""The pages: `/p/{id}`, `/o/{id}`, the start page, GS1 Digital Links, style. In the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from api.problems import status_of
from api.ui.atlas import HEADERS as ATLAS_HEADERS
from api.ui.atlas import PATH as ATLAS
from api.ui.atlas import render_atlas
from api.ui.gap import PATH as GAP
from api.ui.gap import GapPage, render_gap
from api.ui.language import COOKIE, LANGUAGES, Language, chosen
from api.ui.lists import PassportLine
from api.ui.organization import Profile
from api.ui.pages import (
    SECURITY_HEADERS,
    STATIC,
    Found,
    Links,
    render_error,
    render_organization,
    render_passport,
    render_start,
    static,
)
from api.ui.passkey import HEADERS as PASSKEY_HEADERS
from api.ui.passkey import PATH as PASSKEY
from api.ui.passkey import render_passkey
from api.ui.reference import PATH as REFERENCE
from api.ui.reference import render_reference
from api.ui.source import LedgerPages
from ledger.errors import LedgerError
from ledger.interop.digital_link import LINKSET_CONTEXT, LINKSET_TYPE, linkset
from ledger.passport import Passport
from ledger.provenance_document import ProvenanceDocument

READ: Final = ["GET", "HEAD"]
YEAR_S: Final = 365 * 24 * 3600
IN_PATH: Final = "/%!$&'()*+,;=:@-._~"
"""What may stand in a path as it is (RFC 3986, 3.3); a batch may hold more."""
PASSED_ON: Final = ("s", "c", "lang")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}\Z")
_ORGANIZATION: Final = re.compile(r"org_[a-z2-7]{32}\Z")


class PageSource(Protocol):
    """What the pages show, for whoever is looking."""

    def passport(
        self, request: Request, identifier: str, link: str | None
    ) -> tuple[Passport, ProvenanceDocument, Links]:
        """Return a passport with its checks, provenance and links; a LedgerError where there is none."""
        ...

    def recent(self, request: Request) -> Sequence[PassportLine] | None:
        """Return the newest passports, None where they aren't for everybody."""
        ...

    def organization(self, request: Request, identifier: str) -> Profile:
        """Return an organization as far as it is shown; a LedgerError where there is none."""
        ...

    def find(self, request: Request, text: str) -> str | None:
        """Return the passport that a number on a label or paper names."""
        ...

    def atlas(self, request: Request) -> tuple[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]]:
        """Return the tables that there are, and the baseline of the first by region."""
        ...

    def gap(self, request: Request) -> GapPage:
        """Return what fills the gap that a form asks about, or why nothing does."""
        ...

    def origin(self, request: Request) -> str:
        """Return scheme and host under which the pages are known."""
        ...

    def resolve(self, request: Request, path: str, query: Mapping[str, str]) -> str | None:
        """Return the passport that a GS1 Digital Link names."""
        ...


class Pages:
    """The pages over a source; each method answers one route."""

    def __init__(self, source: PageSource) -> None:
        self._source = source

    def start(self, request: Request) -> Response:
        """Show what this is; a search that finds something leads to it."""
        query = request.query_params.get("q", "")[:80].strip()
        found = self._source.find(request, query) if query else None
        if found is not None:
            return RedirectResponse(f"/p/{found}", 303)
        recent = self._source.recent(request)
        return html_page(request, render_start(Found(recent, query), language_of(request)))

    def passport(self, request: Request, identifier: str) -> Response:
        """Show a passport; `s` is the link secret of its QR code."""
        if not _DIGEST.match(identifier):
            return error_page(request, 404)
        link = request.query_params.get("s", "")[:32]
        try:
            document, graph, links = self._source.passport(request, identifier, link or None)
        except LedgerError as error:
            return error_page(request, status_of(error))
        return html_page(request, render_passport(document, graph, language_of(request), links))

    def organization(self, request: Request, identifier: str) -> Response:
        """Show an organization: who vouches for it, its keys, its passports as far as they are shown."""
        if not _ORGANIZATION.match(identifier):
            return error_page(request, 404)
        try:
            profile = self._source.organization(request, identifier)
        except LedgerError as error:
            return error_page(request, status_of(error))
        return html_page(request, render_organization(profile, language_of(request)))

    def digital_link(self, request: Request) -> Response:
        """Lead a GS1 Digital Link to its passport; a program that asks for them gets all its links."""
        asked = request.query_params
        # The raw path: a slash inside a batch number stays apart from those between the keys.
        raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
        path = quote(raw.decode("ascii", "replace"), safe=IN_PATH)
        try:
            found = self._source.resolve(request, path, asked)
        except LedgerError:
            return error_page(request, 422)
        if found is None:
            return error_page(request, 404)
        passed_on = urlencode({name: asked[name] for name in PASSED_ON if name in asked})
        query = f"?{passed_on}" if passed_on else ""
        if _wants_linkset(request):
            return _linkset(self._source.origin(request), path, found, query)
        here = f"{path}{query or '?'}{'&' if query else ''}linkType=linkset"
        headers = {"Link": f'<{here}>; rel="linkset"; type="{LINKSET_TYPE}"', "Vary": "Accept"}
        return RedirectResponse(f"/p/{found}{query}", 307, headers)

    def reference(self, request: Request) -> Response:
        """Show what the API can be asked."""
        return html_page(request, render_reference(request.app.openapi(), language_of(request)))

    def passkey(self, request: Request) -> Response:
        """Show where a phone's fingerprint signs."""
        page = html_page(request, render_passkey(language_of(request)))
        page.headers.update(PASSKEY_HEADERS)
        return page

    def atlas(self, request: Request) -> Response:
        """Show who carries the carbon by province and sector."""
        try:
            tables, baseline = self._source.atlas(request)
        except LedgerError as error:
            return error_page(request, status_of(error))
        page = html_page(request, render_atlas(language_of(request), tables, baseline, ATLAS))
        page.headers.update(ATLAS_HEADERS)
        return page

    def gap(self, request: Request) -> Response:
        """Show what stands in where a supplier gave no passport; a refusal is shown beside the form."""
        page = self._source.gap(request)
        return html_page(request, render_gap(page, language_of(request)), 422 if page.refusal else 200)

    def file(self, request: Request, name: str) -> Response:
        """Return a stylesheet or the mark; for a year when its fingerprint is asked for."""
        if name not in STATIC:
            return error_page(request, 404)
        content, kind, fingerprint = static(name)
        age = YEAR_S if request.query_params.get("v") == fingerprint else 3600
        headers = {"Cache-Control": f"public, max-age={age}", "ETag": f'"{fingerprint}"', **SECURITY_HEADERS}
        return Response(content, media_type=kind, headers=headers)


def pages_router(source: PageSource) -> APIRouter:
    """Return the routes of the pages over a source."""
    router, pages = APIRouter(include_in_schema=False), Pages(source)
    router.add_api_route("/", pages.start, methods=READ)
    router.add_api_route("/p/{identifier}", pages.passport, methods=READ)
    router.add_api_route("/o/{identifier}", pages.organization, methods=READ)
    router.add_api_route(REFERENCE, pages.reference, methods=READ)
    router.add_api_route("/01/{keys:path}", pages.digital_link, methods=READ)
    router.add_api_route("/00/{keys:path}", pages.digital_link, methods=READ)
    router.add_api_route(PASSKEY, pages.passkey, methods=READ)
    router.add_api_route(ATLAS, pages.atlas, methods=READ)
    router.add_api_route(GAP, pages.gap, methods=READ)
    router.add_api_route("/static/{name}", pages.file, methods=READ)
    return router


def language_of(request: Request) -> Language:
    """Return the language to answer a request in."""
    return chosen(
        request.query_params.get("lang"), request.cookies.get(COOKIE), request.headers.get("accept-language")
    )


def error_page(request: Request, status: int) -> Response:
    """Return a refusal as a page; also for what the application finds no route for."""
    kept = {name: value for name, value in request.query_params.items() if name != "lang"}
    page = request.url.path + (f"?{urlencode(kept)}" if kept else "")
    return html_page(request, render_error(status, language_of(request), page), status)


def _wants_linkset(request: Request) -> bool:
    """Say whether all links are asked for rather than the page (GS1-Conformant Resolver 1.2)."""
    accepted = (one.partition(";")[0].strip() for one in request.headers.get("accept", "").split(","))
    return request.query_params.get("linkType") == "linkset" or LINKSET_TYPE in accepted


def _linkset(origin: str, path: str, passport: str, query: str) -> Response:
    page, data = f"{origin}/p/{passport}", f"{origin}/v1/passports/{passport}"
    content = linkset(origin + path, page + query, data + query, f"{data}/provenance{query}")
    context = f'<{LINKSET_CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"'
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Cache-Control": "private, no-cache",
        "Link": f'{context}; type="application/ld+json"',
        "Vary": "Accept",
        **SECURITY_HEADERS,
    }
    return JSONResponse(content, headers=headers, media_type=LINKSET_TYPE)


def html_page(request: Request, page: str, status: int = 200) -> Response:
    """Return a page with the headers of all pages; the language that was asked for is remembered."""
    headers = {
        "Cache-Control": "private, no-cache",
        "Content-Language": language_of(request),
        "Vary": "Accept-Language, Cookie, Authorization",
        **SECURITY_HEADERS,
    }
    response = HTMLResponse(page, status, headers)
    asked = request.query_params.get("lang")
    if asked in LANGUAGES:
        response.set_cookie(COOKIE, asked, max_age=YEAR_S, samesite="lax", httponly=True)
    return response


router = pages_router(LedgerPages())
