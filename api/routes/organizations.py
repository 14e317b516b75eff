"""Organizations and their books."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, Field

from api.deps import After, Looking, Wired
from api.openapi import EXAMPLE_DIGEST, EXAMPLE_ORGANIZATION, errors
from api.report_files import XLSX_TYPE, UnknownTableError
from api.reporting import AskedForm, ReportName, asked_form, period_report
from api.routes.pages import language_of
from api.viewers import NotVisibleError
from ledger.eip712 import possession_typed_data
from ledger.identifiers import Address, OrganizationId
from ledger.identity import ACCREDITED_ROLES, KeyRecord, Organization
from ledger.reports.period import BooksDontCloseError
from ledger.reports.trial_balance import TrialBalanceError
from ledger.rules import DateOrderError

Period = tuple[date | None, date | None]


def asked_period(
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
) -> Period:
    """Return the civil dates of a period, both included; an open end where none is given.

    Raises:
        DateOrderError: it ends before it begins.
    """
    if first is not None and last is not None and first > last:
        raise DateOrderError(first.isoformat(), last.isoformat())
    return first, last


router = APIRouter(prefix="/v1/organizations", tags=["organizations"])


class Possession(BaseModel):
    """What a new key signs with a wallet."""

    typed_data: dict[str, Any] = Field(
        examples=[possession_typed_data(EXAMPLE_DIGEST, EXAMPLE_ORGANIZATION, "0x" + "ab" * 20)]
    )


def key_json(key: KeyRecord) -> dict[str, Any]:
    """Return a key as plain values: its state, what it may as a delegate, where it signs as a passkey."""
    scope = key.delegation
    return {
        "address": key.address,
        "state": key.state,
        "until": key.until.isoformat() if key.until else None,
        "reason": key.reason or None,
        "untrusted_from": key.untrusted_from,
        "delegation": None
        if scope is None
        else {
            **scope.model_dump(mode="json", by_alias=True, exclude_none=True),
            "used_statements": str(key.used_statements),
            "used_mg": str(key.used_mg),
        },
        "passkey": None if key.passkey is None else key.passkey.model_dump(mode="json"),
    }


def organization_json(organization: Organization) -> dict[str, Any]:
    """Return an organization as plain values; roles that need an accreditor say whether they have one."""
    return {
        "id": organization.id,
        "name": organization.name,
        "verified": bool(organization.roles),
        "roles": [
            {
                "role": role,
                "accredited": any(record.role == role for record in organization.roles),
                "needs_accreditation": role in ACCREDITED_ROLES,
            }
            for role in organization.roles_claimed
        ],
        "attested": [
            {"role": r.role, "from": r.start, "to": r.end, "attestation": r.attestation}
            for r in organization.roles
        ],
        "closed_until": organization.closed_until or None,
        "accounting_policies": [
            {
                "statement": policy.statement,
                "position": str(policy.position),
                "materiality": policy.materiality,
                "cut_off": policy.cut_off,
                "electricity": policy.electricity,
                "markup": policy.markup,
            }
            for policy in organization.policies
        ],
        "keys": [key_json(key) for key in organization.keys],
    }


@router.get("", summary="List organizations", responses=errors())
def list_organizations(
    wired: Wired,
    after: After = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Return organizations by id, a page at a time; `next` is where the next page begins."""
    with wired.store.read() as view:
        found = view.organizations(after, limit)
    page = [organization_json(organization) for organization in found]
    return {"organizations": page, "next": found[-1].id if len(found) == limit else None}


@router.get("/{identifier}", summary="Read an organization", responses=errors(NotVisibleError))
def get_organization(identifier: Annotated[OrganizationId, Path()], wired: Wired) -> dict[str, Any]:
    """Return name, roles with their attestations, and keys."""
    with wired.store.read() as view:
        organization = view.organization(identifier)
    if organization is None:
        raise NotVisibleError("organization")
    return organization_json(organization)


@router.get(
    "/{identifier}/keys/{address}/possession",
    summary="What a new key signs before it joins an organization",
    responses=errors(NotVisibleError),
)
def get_possession(
    identifier: Annotated[OrganizationId, Path()], address: Annotated[Address, Path()], wired: Wired
) -> Possession:
    """Return EIP-712 typed data that the new key signs (`eth_signTypedData_v4`); nothing is kept.

    The signature goes into the body of `key/1` as `key.proof` when the key is added or rotated in: it shows
    that the key's owner agrees. A key in use then signs the statement itself.
    """
    with wired.store.read() as view:
        if view.organization(identifier) is None:
            raise NotVisibleError("organization")
        typed_data = possession_typed_data(view.terms().log_id, identifier, address)
    return Possession(typed_data=typed_data)


@router.get(
    "/{identifier}/books",
    summary="An organization's books of a period: statement, trial balance, scopes",
    responses={
        200: {
            "content": {
                "text/csv": {"example": "component,opening_kg_co2e,direct_kg_co2e,…,closing_kg_co2e\n"},
                XLSX_TYPE: {},
            }
        },
        **errors(NotVisibleError, DateOrderError, UnknownTableError, BooksDontCloseError, TrialBalanceError),
    },
)
def get_books(  # noqa: PLR0913, PLR0917 - one parameter each
    identifier: Annotated[OrganizationId, Path()],
    request: Request,
    wired: Wired,
    looking: Looking,
    period: Annotated[Period, Depends(asked_period)],
    asked: Annotated[AskedForm, Depends(asked_form)],
    report: Annotated[ReportName, Query()] = "statement",
) -> Any:
    """Return a report of a period: as JSON in mg by component, or as a CSV or Excel file in kg.

    `statement`: opening, direct, gaps, taken over, adjustments, handed on, disposed, lost, closing; whole and
    by product. `trial-balance`: every account. `scopes`: the view of the GHG Protocol.
    """
    wired.visibility.books_of(looking, identifier)
    with wired.store.read() as view:
        if view.organization(identifier) is None:
            raise NotVisibleError("organization")
        found = period_report(view, report, identifier, *period)
    return asked.answer(found, language_of(request))
