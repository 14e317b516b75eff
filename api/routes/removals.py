"""Removals with their reserves, and figures under another GWP set: reports that change nothing."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.deps import Looking, Wired
from api.openapi import errors
from api.passports import factor_finder, open_passport
from api.routes.organizations import Period, asked_period
from api.routes.passports import OPEN_ERRORS, Identifier, Link
from api.viewers import NotVisibleError
from ledger.factors.gwp import gwp_table
from ledger.identifiers import OrganizationId
from ledger.removal_report import RemovalReport, removal_report
from ledger.restated_books import of_passport, of_period
from ledger.restating import Restatement, restatement
from ledger.rules import DateOrderError

router = APIRouter(prefix="/v1")
OrganizationPath = Annotated[OrganizationId, Path()]
AskedPeriod = Annotated[Period, Depends(asked_period)]
BOOKS_ERRORS = errors(NotVisibleError, DateOrderError)


@router.get(
    "/passports/{identifier}/restatement",
    summary="A passport's gross figure under AR4, AR5 and AR6",
    responses=OPEN_ERRORS,
    tags=["passports"],
)
def get_passport_restatement(
    identifier: Identifier, wired: Wired, looking: Looking, link: Link = None
) -> Restatement:
    """Return the gross under each GWP set from the gas masses, and what keeps its own set and why.

    Nothing that was signed changes.
    """
    with wired.store.read() as view:
        origins = open_passport(wired, looking, identifier, view, link).found.origins
    return restatement(of_passport(origins), factor_finder(wired), gwp_table)


@router.get(
    "/organizations/{identifier}/restatement",
    summary="What an organization recorded in a period under AR4, AR5 and AR6",
    responses=BOOKS_ERRORS,
    tags=["organizations"],
)
def get_organization_restatement(
    identifier: OrganizationPath, wired: Wired, looking: Looking, period: AskedPeriod
) -> Restatement:
    """Return own emissions and gaps under each GWP set, and what keeps its own set and why."""
    wired.visibility.books_of(looking, identifier)
    with wired.store.read() as view:
        if view.organization(identifier) is None:
            raise NotVisibleError("organization")
        parts = of_period(view, identifier, *period)
    return restatement(parts, factor_finder(wired), gwp_table)


@router.get(
    "/organizations/{identifier}/removals",
    summary="An organization's removals with their reserves",
    responses=BOOKS_ERRORS,
    tags=["organizations"],
)
def get_removals(
    identifier: OrganizationPath, wired: Wired, looking: Looking, period: AskedPeriod
) -> RemovalReport:
    """Return what was removed in a period, what of it went back since, what is still stored and held back."""
    wired.visibility.books_of(looking, identifier)
    with wired.store.read() as view:
        if view.organization(identifier) is None:
            raise NotVisibleError("organization")
        return removal_report(view, identifier, *period)
