"""The factor library, and the choice of a factor for a gap."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from pydantic import TypeAdapter

from api import gap_tables
from api.bodies import StrictRoute
from api.deps import Wired
from api.factor_files import FORMS as FILE_FORMS
from api.factor_files import FactorFileFormError, factor_file
from api.gap_answers import answer
from api.gap_forms import GapAnswer
from api.openapi import BODY_ERRORS, errors
from ledger.factor import Factor, factor_digest
from ledger.factors import errors as factor_errors
from ledger.factors.gap import GapQuery
from ledger.factors.versions import compare
from ledger.forms import validated
from ledger.mrio import errors as table_errors
from ledger.mrio.product_factor import MoneyUnitError, NegativeMultiplierError, TablePriceTypeError

router = APIRouter(prefix="/v1/factors", tags=["factors"], route_class=StrictRoute)
MAX_PAGE = 200
REFUSALS = tuple(
    kind
    for name, kind in sorted(vars(factor_errors).items())
    if name.endswith("Error") and name not in {"LedgerError", "PriceIndexFileError"}
)
TABLE_REFUSALS = (
    gap_tables.NoTableRegionError,
    MoneyUnitError,
    TablePriceTypeError,
    NegativeMultiplierError,
    table_errors.MixedCharacterisationError,
    table_errors.UnknownMrioTableError,
    table_errors.UnknownTableSectorError,
    table_errors.UnknownExtensionError,
    table_errors.UnknownStressorError,
    table_errors.SingularTableError,
    table_errors.NotConvergedError,
    table_errors.DamagedTableError,
)
EXAMPLE = {
    "item": "corrugated cartons",
    "region": "CN",
    "year": 2024,
    "sector": "322210",
    "spend": {"amount": "12000", "currency": "CNY", "year": 2024, "price_type": "purchaser"},
    "allow_undeflated": True,
}


def factor_json(factor: Factor) -> dict[str, Any]:
    """Return a factor's record with its digest."""
    return {**factor.record(), "digest": factor_digest(factor)}


@router.get(
    "", summary="Search or list factors, with source, year, unit, licence", responses=errors(*REFUSALS)
)
def list_factors(  # noqa: PLR0913, PLR0917 - one query parameter each
    wired: Wired,
    q: Annotated[str | None, Query(max_length=200)] = None,
    region: Annotated[str | None, Query(max_length=20)] = None,
    dataset: Annotated[str | None, Query(max_length=120)] = None,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
) -> dict[str, Any]:
    """Return factors by words, or a page of one dataset or all, with the licence notices."""
    library = wired.factors
    found = library.search(q, region, limit) if q else library.list(dataset, offset, limit)
    return {
        "factors": [factor_json(factor) for factor in found],
        "datasets": TypeAdapter(Any).dump_python(library.datasets(), mode="json"),
    }


@router.get(
    "/datasets/{dataset}/file",
    summary="A dataset as a file, its licence and notice inside",
    response_class=Response,
    responses=errors(FactorFileFormError, *REFUSALS),
)
def get_file(dataset: str, wired: Wired, form: Annotated[str, Query(max_length=20)] = "csv") -> Response:
    """Return a dataset as csv, json or xlsx."""
    content = factor_file(wired.factors, dataset, form)
    named = {"Content-Disposition": f'attachment; filename="{dataset}.{form}"'}
    return Response(content, media_type=FILE_FORMS[form], headers=named)


@router.get(
    "/datasets/{dataset}/since/{before}",
    summary="What moved since an older version of a dataset",
    responses=errors(*REFUSALS),
)
def get_moved(dataset: str, before: str, wired: Wired) -> dict[str, Any]:
    """Return which factors came, went and moved, by how much, and what else changed with all of them."""
    return compare(wired.factors, before, dataset).as_json()


@router.get("/{digest}", summary="Read a factor by the digest that pins it", responses=errors(*REFUSALS))
def get_factor(digest: str, wired: Wired) -> dict[str, Any]:
    """Return the factor's record."""
    return factor_json(wired.factors.by_digest(digest))


@router.post(
    "/resolve",
    summary="Choose a factor for a gap, and say why",
    responses=errors(*REFUSALS, *TABLE_REFUSALS, *BODY_ERRORS),
)
def post_resolve(query: Annotated[dict[str, Any], Body(examples=[EXAMPLE])], wired: Wired) -> GapAnswer:
    """Return amount and interval, factor, table and licence, price steps, flags, what else was considered."""
    return answer(validated(GapQuery, query, "query"), wired.factors, wired.tables)
