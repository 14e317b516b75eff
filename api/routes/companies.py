"""One company beside its sector: its passports' intensity against baseline, benchmark and a path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from api.bodies import StrictRoute
from api.company_years import company_years
from api.deps import Looking, Wired
from api.openapi import errors
from api.tables_shown import PRODUCT_REFUSALS, Name, Optional, table_asked, table_said
from api.viewers import NotVisibleError
from ledger.identifiers import OrganizationId
from ledger.mrio.benchmark import (
    PERCENTILE,
    SIZE_FLOOR,
    BenchmarkBoundsError,
    NoPeersError,
    PathKind,
    ReductionPath,
    ReductionPathError,
)
from ledger.mrio.company import (
    Against,
    Measure,
    MixedIntensityError,
    NothingHandedOnError,
    RevenueCurrencyError,
    RevenueMissingError,
    compare,
)
from ledger.mrio.errors import MixedCharacterisationError
from ledger.mrio.product_factor import MoneyUnitError
from ledger.quantities import decimal

router = APIRouter(prefix="/v1/mrio", tags=["mrio"], route_class=StrictRoute)
Year = Annotated[int, Query(ge=1900, le=2100)]


@dataclass(frozen=True, slots=True)
class WayDown:
    """A path as it is asked for, None where no rate is given."""

    path: ReductionPath | None


def asked_path(
    rate_percent: Annotated[
        float | None, Query(description="A year; yours to state, with its source")
    ] = None,
    kind: PathKind = "sectoral",
    base_year: Annotated[int | None, Query(ge=1900, le=2100)] = None,
    source: Annotated[str, Query(max_length=400, description="Who says that this rate is enough")] = "",
) -> WayDown:
    """Return the path that its asker states.

    Raises:
        ReductionPathError: a rate without its base year.
    """
    if rate_percent is None:
        return WayDown(None)
    if base_year is None:
        field, reason = "base_year", "state the year that the path starts from"
        raise ReductionPathError(field, reason)
    return WayDown(ReductionPath(kind, rate_percent, base_year, source))


@router.get(
    "/tables/{table}/company",
    summary="How much, where, how fast: one company beside its sector",
    responses=errors(
        *PRODUCT_REFUSALS,
        NotVisibleError,
        MixedIntensityError,
        RevenueMissingError,
        RevenueCurrencyError,
        NothingHandedOnError,
        BenchmarkBoundsError,
        NoPeersError,
        ReductionPathError,
        MoneyUnitError,
        MixedCharacterisationError,
    ),
)
def get_company(  # noqa: PLR0913, PLR0917 - one query parameter each
    table: str,
    organization: Annotated[OrganizationId, Query()],
    region: Name,
    sector: Name,
    year: Annotated[list[Year], Query(min_length=1, max_length=30, description="Calendar years")],
    wired: Wired,
    looking: Looking,
    way: Annotated[WayDown, Depends(asked_path)],
    revenue: Annotated[
        list[str] | None, Query(max_length=30, description="One a year, in the same order")
    ] = None,
    currency: Annotated[str, Query(max_length=3)] = "",
    measure: Measure = "per_money",
    against: Against = "table",
    percentile: Annotated[float, Query(ge=0, le=100)] = PERCENTILE,
    floor: Annotated[float, Query(ge=0, le=1)] = SIZE_FLOOR,
    extension: Optional = None,
    stressor: Optional = None,
) -> dict[str, Any]:
    """Return what was handed on by year, per kg and per money; its place in the sector; each year's path.

    Revenue is the asker's to state: no statement has it. Without it a company is compared with its own years.
    """
    wired.visibility.books_of(looking, organization)
    stated = {
        at: decimal(text, f"revenue of {at}") for at, text in zip(year, revenue or (), strict=False) if text
    }
    with wired.store.read() as view:
        if view.organization(organization) is None:
            raise NotVisibleError("organization")
        years = company_years(view, organization, year, stated)
    opened, solved = table_asked(wired, table, extension, stressor)
    found = compare(
        opened,
        solved,
        region,
        sector,
        years,
        currency=currency,
        measure=measure,
        against=against,
        path=way.path,
        percentile=percentile,
        floor=floor,
    )
    said = {"organization": organization, "region": region, "sector": sector}
    return {**said, **found.as_json(), **table_said(opened, solved)}
