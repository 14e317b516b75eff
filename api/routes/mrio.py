"""Input-output tables: what there is, what a product carries and why, who carries the carbon."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.bodies import StrictRoute
from api.deps import Wired
from api.openapi import BODY_ERRORS, errors
from api.tables_shown import (
    PRODUCT_REFUSALS,
    TABLE_REFUSALS,
    Name,
    Optional,
    rows_of,
    table_asked,
    table_line,
    table_said,
)
from ledger.factor import DecimalText
from ledger.mrio import errors as table_errors
from ledger.mrio.backbone import ALPHA, TOP_SHARE, BackboneShareError, Scope, backbone
from ledger.mrio.baseline import Level, intensities, trend
from ledger.mrio.benchmark import PERCENTILE, SIZE_FLOOR, BenchmarkBoundsError, NoPeersError, benchmark
from ledger.mrio.flows import FlowLevel, flows
from ledger.mrio.hybrid import (
    KnownShareError,
    RepeatedInputError,
    UnusedInputError,
    known_shares,
    without_known,
)
from ledger.mrio.monte_carlo import ConcordanceWeightError, GeometricDeviationError, Spreads, interval
from ledger.mrio.paths import DEFAULT_CUT, contributors, explain, largest

router = APIRouter(prefix="/v1/mrio", tags=["mrio"], route_class=StrictRoute)
Share = Annotated[float, Query(gt=0, le=1)]


@router.get("/tables", summary="List the imported tables", responses=errors(table_errors.DamagedTableError))
def list_tables(wired: Wired) -> dict[str, Any]:
    """Return each table with its origin, licence and units."""
    return {"tables": [table_line(one) for one in wired.tables.tables()]}


@router.get("/tables/{table}", summary="Read a table's labels and checks", responses=errors(*TABLE_REFUSALS))
def get_table(table: str, wired: Wired) -> dict[str, Any]:
    """Return regions, sectors, origin, and what the checks found on import."""
    found = wired.tables.find(table)
    sectors = found.head["sectors"]
    return {
        **table_line(found),
        "labels": {
            "regions": list(dict.fromkeys(region for region, _ in sectors)),
            "sectors": list(dict.fromkeys(sector for _, sector in sectors)),
        },
        "checks": found.head["checks"],
    }


@router.get(
    "/tables/{table}/product",
    summary="What a unit of money spent on a product carries",
    responses=errors(*PRODUCT_REFUSALS),
)
def get_product(  # noqa: PLR0913, PLR0917 - one query parameter each
    table: str,
    region: Name,
    sector: Name,
    wired: Wired,
    extension: Optional = None,
    stressor: Optional = None,
) -> dict[str, Any]:
    """Return the multiplier with its unit, residual and everything that a number from a table has to say."""
    opened, solved = table_asked(wired, table, extension, stressor)
    value = float(solved.M[opened.position(region, sector)])
    return {"region": region, "sector": sector, "value": value, **table_said(opened, solved)}


@router.get(
    "/tables/{table}/paths",
    summary="Why: the supply chains behind a product, and who contributes most",
    responses=errors(*PRODUCT_REFUSALS),
)
def get_paths(  # noqa: PLR0913, PLR0917 - one query parameter each
    table: str,
    region: Name,
    sector: Name,
    wired: Wired,
    extension: Optional = None,
    stressor: Optional = None,
    cut: Annotated[float, Query(ge=1e-6, le=1)] = DEFAULT_CUT,
    limit: Annotated[int, Query(ge=1, le=500)] = 20,
) -> dict[str, Any]:
    """Return the largest paths, the share of each tier, and the largest contributors by region and sector."""
    opened, solved = table_asked(wired, table, extension, stressor)
    why = explain(
        opened,
        region,
        sector,
        extension=solved.extension,
        stressor=solved.stressor,
        cut=cut,
        limit=limit,
        M=solved.M,
    )
    who = contributors(opened, region, sector, extension=solved.extension, stressor=solved.stressor)
    top = [
        {"region": label[0], "sector": label[1], "amount": amount, "share": share}
        for label, amount, share in largest(who, limit)
    ]
    return {**why.as_json(), "contributors": top, **table_said(opened, solved)}


@router.get(
    "/tables/{table}/interval",
    summary="How far off a product's multiplier may be",
    responses=errors(*PRODUCT_REFUSALS, GeometricDeviationError, ConcordanceWeightError),
)
def get_interval(  # noqa: PLR0913, PLR0917 - one query parameter each
    table: str,
    region: Name,
    sector: Name,
    emissions: float,
    wired: Wired,
    price: float = 1.0,
    cells: float = 1.0,
    extension: Optional = None,
    stressor: Optional = None,
    seed: Annotated[int, Query(ge=0, le=2**32)] = 1,
) -> dict[str, Any]:
    """Return 2.5, 50 and 97.5 % of seeded draws; geometric standard deviations are the asker's to state."""
    opened, solved = table_asked(wired, table, extension, stressor)
    spreads = Spreads(emissions=emissions, price=price, cells=cells)
    found = interval(
        opened,
        {(region, sector): 1.0},
        spreads,
        extension=solved.extension,
        stressor=solved.stressor,
        seed=seed,
    )
    return {**found.as_json(), **table_said(opened, solved)}


class KnownInput(BaseModel):
    """A share of an input, 0 to 1, that comes with passports."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    region: str = Field(max_length=200)
    sector: str = Field(max_length=200)
    share: DecimalText


class RestQuestion(BaseModel):
    """A product of a table, and which of its inputs are known."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    region: str = Field(max_length=200)
    sector: str = Field(max_length=200)
    known: list[KnownInput] = Field(max_length=200)
    extension: str | None = Field(default=None, max_length=200)
    stressor: str | None = Field(default=None, max_length=200)


@router.post(
    "/tables/{table}/rest",
    summary="What a product carries besides the inputs that come with passports",
    responses=errors(*PRODUCT_REFUSALS, KnownShareError, UnusedInputError, RepeatedInputError, *BODY_ERRORS),
)
def post_rest(table: str, question: RestQuestion, wired: Wired) -> dict[str, Any]:
    """Return the rest, what was taken out, and which part of the rest may still overlap with it."""
    opened, solved = table_asked(wired, table, question.extension, question.stressor)
    rest = without_known(
        opened,
        question.region,
        question.sector,
        known_shares((one.region, one.sector, float(one.share)) for one in question.known),
        extension=solved.extension,
        stressor=solved.stressor,
        M=solved.M,
    )
    return {**rest.as_json(), "says": rest.says(), **table_said(opened, solved)}


@router.get(
    "/tables/{table}/backbone",
    summary="The links that matter, and what share they keep",
    responses=errors(*PRODUCT_REFUSALS, BackboneShareError),
)
def get_backbone(  # noqa: PLR0913, PLR0917 - one query parameter each
    table: str,
    wired: Wired,
    share: Annotated[float | None, Query(gt=0, le=1)] = TOP_SHARE,
    alpha: Annotated[float | None, Query(gt=0, le=1, description=f"{ALPHA} is usual")] = None,
    weight: Literal["value", "carbon"] = "value",
    scope: Scope = "all",
    region: Annotated[list[str] | None, Query(max_length=50)] = None,
    extension: Optional = None,
    stressor: Optional = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 500,
) -> dict[str, Any]:
    """Return the largest links that are kept; counts and shares are of all that are kept."""
    opened, solved = table_asked(wired, table, extension, stressor)
    found = backbone(
        opened,
        share=share,
        alpha=alpha,
        weight=weight,
        scope=scope,
        regions=region or (),
        extension=solved.extension,
        stressor=solved.stressor,
        M=solved.M,
    )
    plain = {**found.as_json(), "kept": len(found.edges)}
    return {**plain, "edges": plain["edges"][:limit], **table_said(opened, solved)}


@router.get(
    "/tables/{table}/baseline",
    summary="Averages and intensities by province and sector",
    responses=errors(*TABLE_REFUSALS),
)
def get_baseline(
    table: str, wired: Wired, by: Level = "region", extension: Optional = None, stressor: Optional = None
) -> dict[str, Any]:
    """Return emissions, money and intensities, one row a region, sector, both, or all."""
    opened, solved = table_asked(wired, table, extension, stressor)
    rows = intensities(opened, extension=solved.extension, stressor=solved.stressor, by=by, M=solved.M)
    return {"by": by, "rows": rows_of(rows), **table_said(opened, solved)}


@router.get(
    "/trend",
    summary="The same over the years of tables of one name",
    responses=errors(*TABLE_REFUSALS),
)
def get_trend(
    name: Name, wired: Wired, by: Level = "all", extension: Optional = None, stressor: Optional = None
) -> dict[str, Any]:
    """Return the baseline of each imported year; money stays each year's own."""
    digests = [one.digest for one in wired.tables.tables() if one.name == name]
    opened = [wired.tables.open(digest) for digest in digests or [name]]
    rows = trend(opened, extension=extension, stressor=stressor, by=by)
    origins = [
        {"digest": one.digest(), "year": one.year, "provenance": one.provenance.as_json()} for one in opened
    ]
    return {
        "by": by,
        "rows": rows_of(rows),
        "years": sorted({one.year for one in opened}),
        "tables": origins,
    }


@router.get(
    "/tables/{table}/benchmark",
    summary="What the better regions reach in a sector",
    responses=errors(*TABLE_REFUSALS, BenchmarkBoundsError, NoPeersError),
)
def get_benchmark(  # noqa: PLR0913, PLR0917 - one query parameter each
    table: str,
    sector: Name,
    wired: Wired,
    measure: Literal["per_output", "per_value_added", "carried"] = "per_output",
    percentile: Annotated[float, Query(ge=0, le=100)] = PERCENTILE,
    floor: Annotated[float, Query(ge=0, le=1)] = SIZE_FLOOR,
    extension: Optional = None,
    stressor: Optional = None,
) -> dict[str, Any]:
    """Return best practice by percentile among those of the least size, the average, and everybody's rank."""
    opened, solved = table_asked(wired, table, extension, stressor)
    rows = intensities(opened, extension=solved.extension, stressor=solved.stressor, M=solved.M)
    found = benchmark(rows, sector, measure=measure, percentile=percentile, floor=floor)
    return {**found.as_json(), "measure": measure, **table_said(opened, solved)}


@router.get(
    "/tables/{table}/flows",
    summary="What flows between provinces or sectors: money, and the carbon embodied in it",
    responses=errors(*TABLE_REFUSALS),
)
def get_flows(  # noqa: PLR0913, PLR0917 - one query parameter each
    table: str,
    wired: Wired,
    level: FlowLevel = "region",
    demand: bool = False,
    extension: Optional = None,
    stressor: Optional = None,
) -> dict[str, Any]:
    """Return one row a pair: value and carbon; with `demand`, what goes to final demand too."""
    opened, solved = table_asked(wired, table, extension, stressor)
    rows = flows(opened, solved.M, level=level, demand=demand)
    return {"level": level, "flows": rows.to_dict("records"), **table_said(opened, solved)}
