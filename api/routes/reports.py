"""Reports beyond an organization's period: a lot, a study, the whole ledger, evidence; and their pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, Response

from api.deps import Looking, Wired, viewer
from api.evidence import evidence_zip
from api.openapi import errors
from api.passports import factor_finder, open_passport
from api.problems import status_of
from api.report_files import UnknownTableError
from api.reporting import (
    REPORTS,
    AskedForm,
    asked_form,
    ledger_of_lot,
    period_report,
    whole_ledger,
)
from api.routes.organizations import Period, asked_period
from api.routes.pages import YEAR_S, error_page, language_of
from api.ui.language import COOKIE, LANGUAGES
from api.ui.pages import SECURITY_HEADERS
from api.ui.report_page import ReportLinks, render_report
from api.viewers import NotVisibleError, Viewer
from api.wiring import Wiring
from ledger.bundle import MissingFactorRecordError
from ledger.errors import LedgerError
from ledger.forms import FieldFormError
from ledger.identifiers import Digest, LotId, OrganizationId
from ledger.reports.evidence import NotCoveredError
from ledger.reports.period import BooksDontCloseError
from ledger.reports.study import study_report
from ledger.reports.tables import Report
from ledger.reports.trial_balance import TrialBalanceError
from ledger.rules import DateOrderError

READ: Final = ["GET", "HEAD"]
ZIP_TYPE: Final = "application/zip"
router = APIRouter(prefix="/v1", tags=["reports"])
pages = APIRouter(include_in_schema=False)
Asked = Annotated[AskedForm, Depends(asked_form)]


def report_of_lot(wired: Wiring, looking: Viewer, identifier: str) -> Report:
    """Return the ledger of a lot that the viewer may see.

    Raises:
        NotVisibleError: there is none, or it is somebody else's.
    """
    with wired.store.read() as view:
        lot = view.lot(identifier)
        if lot is None or not (wired.visibility.open or looking.organization == lot.holder):
            raise NotVisibleError("lot")
        return ledger_of_lot(view, identifier)


def study_of(wired: Wiring, looking: Viewer, identifier: str, link: str | None) -> Report:
    """Return the study summary of a passport that the viewer may see.

    Raises:
        NotVisibleError: there is none, or not for this viewer.
        BundleTooLargeError, TooManyTiersError: more stands behind it than may be walked.
    """
    with wired.store.read() as view:
        opened = open_passport(wired, looking, identifier, view, link)
    return study_report(opened.shipment, opened.found, opened.document)


@router.get(
    "/lots/{identifier}/ledger",
    summary="Every posting of a lot",
    responses=errors(NotVisibleError, UnknownTableError),
)
def get_lot_ledger(
    identifier: Annotated[LotId, Path()], request: Request, wired: Wired, looking: Looking, asked: Asked
) -> Any:
    """Return a lot's postings in order: statement, dates, counter-account, and the balance after each."""
    return asked.answer(report_of_lot(wired, looking, identifier), language_of(request))


@router.get(
    "/passports/{identifier}/study",
    summary="A passport as an ISO 14067 study summary",
    responses=errors(NotVisibleError, UnknownTableError),
)
def get_study(  # noqa: PLR0913, PLR0917 - one parameter each
    identifier: Annotated[Digest, Path()],
    request: Request,
    wired: Wired,
    looking: Looking,
    asked: Asked,
    s: Annotated[str | None, Query(max_length=32, description="The passport's link secret")] = None,
) -> Any:
    """Return emissions and removals by kind, how the figure is known, gaps, GWP sets and policies."""
    return asked.answer(study_of(wired, looking, identifier, s), language_of(request))


@router.get(
    "/closure",
    summary="The whole ledger, signed and estimated apart",
    responses=errors(UnknownTableError),
)
def get_closure(request: Request, wired: Wired, asked: Asked) -> Any:
    """Return what was recorded and where it lies by kind of account; the two columns are never added."""
    with wired.store.read() as view:
        found = whole_ledger(view)
    return asked.answer(found, language_of(request))


@router.get(
    "/organizations/{identifier}/evidence",
    summary="Everything behind an organization's period, for an auditor",
    responses={
        200: {"content": {ZIP_TYPE: {}}},
        **errors(
            *(NotVisibleError, DateOrderError, NotCoveredError, MissingFactorRecordError),
            *(BooksDontCloseError, TrialBalanceError),
        ),
    },
)
def get_evidence(
    identifier: Annotated[OrganizationId, Path()],
    wired: Wired,
    looking: Looking,
    period: Annotated[Period, Depends(asked_period)],
) -> Response:
    """Return a ZIP: statements, inclusion proofs, checkpoint, factors, reports, and a list of digests."""
    wired.visibility.books_of(looking, identifier)
    with wired.store.read() as view:
        if view.organization(identifier) is None:
            raise NotVisibleError("organization")
        key = wired.ledger.signer.verifier.text()
        content = evidence_zip(view, identifier, period, factor_finder(wired), key)
    headers = {"Content-Disposition": 'attachment; filename="evidence.zip"'}
    return Response(content, media_type=ZIP_TYPE, headers=headers)


def _day(request: Request, name: str) -> date | None:
    text = request.query_params.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise FieldFormError(name, text[:40], "a civil date such as 2026-06-30") from None


def _shown(request: Request, make: Callable[[Wiring, Viewer], tuple[Report, ReportLinks]]) -> Response:
    """Answer with a report's page, or with the page of what refused it."""
    wired: Wiring = request.app.state.wiring
    language = language_of(request)
    try:
        report, links = make(wired, viewer(wired, request.headers.get("authorization")))
    except LedgerError as error:
        return error_page(request, status_of(error))
    headers = {
        "Cache-Control": "private, no-cache",
        "Content-Language": language,
        "Vary": "Accept-Language, Cookie, Authorization",
        **SECURITY_HEADERS,
    }
    response = HTMLResponse(render_report(report, language, links), headers=headers)
    switched = request.query_params.get("lang")
    if switched in LANGUAGES:
        response.set_cookie(COOKIE, switched, max_age=YEAR_S, samesite="lax", httponly=True)
    return response


@pages.api_route("/o/{identifier}/books", methods=READ)
def books_page(identifier: str, request: Request) -> Response:
    """Show an organization's books of a period, or the ledger of one of its lots."""
    lot = request.query_params.get("lot", "")[:80]
    if lot:
        return _shown(request, lambda wired, looking: _lot_page(wired, looking, identifier, lot))

    def make(wired: Wiring, looking: Viewer) -> tuple[Report, ReportLinks]:
        wired.visibility.books_of(looking, identifier)
        first, last = asked_period(_day(request, "from"), _day(request, "to"))
        asked = request.query_params.get("report", REPORTS[0])
        name = next((one for one in REPORTS if one == asked), None)
        with wired.store.read() as view:
            if name is None or view.organization(identifier) is None:
                raise NotVisibleError("report")
            report = period_report(view, name, identifier, first, last)
        days = {key: day.isoformat() for key, day in (("from", first), ("to", last)) if day}
        return report, _period_links(identifier, name, days)

    return _shown(request, make)


def _period_links(identifier: str, name: str, days: dict[str, str]) -> ReportLinks:
    page = f"/o/{identifier}/books"
    joined = "".join(f"&{key}={day}" for key, day in days.items())
    evidence = f"/v1/organizations/{identifier}/evidence?{joined[1:]}".rstrip("?")
    return ReportLinks(
        page=page,
        api=f"/v1/organizations/{identifier}/books",
        query={"report": name, **days},
        tabs=[(one, f"{page}?report={one}{joined}", one == name) for one in REPORTS],
        has_period=True,
        first=days.get("from", ""),
        last=days.get("to", ""),
        evidence=evidence,
    )


def _lot_page(wired: Wiring, looking: Viewer, identifier: str, lot: str) -> tuple[Report, ReportLinks]:
    report = report_of_lot(wired, looking, lot)
    page = f"/o/{identifier}/books"
    links = ReportLinks(page=page, api=f"/v1/lots/{lot}/ledger", query={"report": "lot", "lot": lot})
    return report, links


@pages.api_route("/p/{identifier}/study", methods=READ)
def study_page(identifier: str, request: Request) -> Response:
    """Show a passport as an ISO 14067 study summary; `s` is the link secret of its QR code."""
    link = request.query_params.get("s", "")[:32] or None

    def make(wired: Wiring, looking: Viewer) -> tuple[Report, ReportLinks]:
        report = study_of(wired, looking, identifier, link)
        query = {"s": link} if link else {}
        return report, ReportLinks(
            page=f"/p/{identifier}/study", api=f"/v1/passports/{identifier}/study", query=query
        )

    return _shown(request, make)


@pages.api_route("/closure", methods=READ)
def closure_page(request: Request) -> Response:
    """Show what was ever recorded in this ledger, and where it lies now."""

    def make(wired: Wiring, _: Viewer) -> tuple[Report, ReportLinks]:
        with wired.store.read() as view:
            return whole_ledger(view), ReportLinks(page="/closure", api="/v1/closure", query={})

    return _shown(request, make)
