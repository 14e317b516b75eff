"""What fills a gap, with its reasons: the best of all tables, how far off it may be, what stands behind it.

A supplier's passport goes first, then a physical factor, then the spend factor whose region is nearest, then
whose year is nearest, whose prices, GWP set and sector fit best: shipped factors and imported tables alike.
The best one must convert honestly, or the answer is its refusal; the next three are shown beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from api.gap_forms import Behind, GapAnswer, GapInterval, PathShown, TableShown, UnsureOf, Weighed
from api.gap_tables import NotUsed, TableCandidate, table_candidates
from ledger.errors import LedgerError
from ledger.factor import UNSPECIFIED_CO2E, Factor
from ledger.factors.choose import choose, fill, sector_asked
from ledger.factors.errors import UnknownSectorError
from ledger.factors.gap import Alternative, FactorChoice, GapQuery
from ledger.factors.library import FactorLibrary
from ledger.factors.regions import SupplierRegion, supplier_region
from ledger.factors.spending import DISTANCES, UNITED_STATES, SpendCandidate, shipped_candidate
from ledger.factors.spread import PRICE_PARTS, Spread, spread_of
from ledger.mrio.library import TableLibrary
from ledger.mrio.monte_carlo import Spreads, interval
from ledger.mrio.paths import contributors, explain, largest

SHOWN: Final = 3
"""How many other candidates an answer shows with their value."""
PATHS: Final = 6
_CELLS: Final = ("reliability", "temporal")
"""What makes the cells of a table uncertain; the rest of the scores is about emissions."""


@dataclass(frozen=True, slots=True)
class _Ranked:
    candidate: SpendCandidate
    table: TableCandidate | None

    def order(self, query: GapQuery) -> tuple[bool, int, int, bool, bool, int, str]:
        """Return where it stands: by region, year, kind of price, GWP set, and how many sectors share it."""
        factor = self.candidate.factor
        spent = query.spend.year if query.spend else query.year
        return (
            self.candidate.knows_nothing,
            DISTANCES.index(self.candidate.distance),
            abs(spent - factor.data_year),
            query.spend is not None and factor.price_type != query.spend.price_type,
            factor.gwp != query.gwp or "co2_only" in factor.covers,
            factor.cluster_size or 1,
            factor.id,
        )


def answer(query: GapQuery, library: FactorLibrary, tables: TableLibrary) -> GapAnswer:
    """Say what fills a gap, how far off it may be, what else was considered, and what stands behind it.

    Raises:
        LedgerError: as `choose`; and as `table_candidates` where a table is asked for by name.
    """
    if query.candidate is not None or query.spend is None:
        return _plain(choose(query, library), library)
    if query.activity is not None:
        chosen = choose(query, library)
        if chosen.kind == "physical":
            return _plain(chosen, library)
    return _by_spend(query, library, tables)


def _plain(chosen: FactorChoice, library: FactorLibrary) -> GapAnswer:
    factor = chosen.factor
    shown = _shown(factor, None, library) if factor is not None else None
    behind = Behind(gases=_gases(factor, library)) if factor is not None else None
    return GapAnswer.model_validate(
        {**_fields(chosen), "table": shown, "behind": behind, "interval": _published(chosen)}
    )


def _by_spend(query: GapQuery, library: FactorLibrary, tables: TableLibrary) -> GapAnswer:
    region = supplier_region(query.region)
    found = list(table_candidates(query, region, tables))
    imported = [one for one in found if isinstance(one, TableCandidate)]
    shipped = [_Ranked(one, None) for one in _shipped(query, region, library)]
    ranked = [*shipped, *(_Ranked(one.candidate, one) for one in imported)]
    ranked.sort(key=lambda one: one.order(query))
    named = query.table is not None and query.table.table is not None
    usable = [one for one in ranked if _usable(one) and (not named or one.table is not None)]
    if not usable:
        tried = (*region.tries, *(one.why for one in found if isinstance(one, NotUsed)))
        raise UnknownSectorError(sector_asked(query), query.region, ", ".join(tried))
    best = usable[0]
    assert query.spend is not None  # noqa: S101 - `answer` has seen to it
    reasons = [
        Alternative(kind="passport", why_not="No passport of the supplier is given."),
        Alternative(kind="physical", why_not="No quantity of an activity that a factor fits is given."),
        *(
            Alternative(kind="mrio", why_not=f"{one.head.name}: {one.why}")
            for one in found
            if isinstance(one, NotUsed)
        ),
    ]
    others = [_weighed(query, one, best, library) for one in ranked if one is not best]
    reasons += [Alternative(kind="mrio", factor=one.factor, why_not=one.why_not) for one in others]
    chosen = fill(query, query.spend, best.candidate, _tried(region, best), reasons)
    spread = _spread(query, best, chosen)
    real = next((one for one in imported if not one.head.synthetic), None)
    return GapAnswer.model_validate(
        {
            **_fields(chosen),
            "interval": _interval(chosen, spread, best.table),
            "table": _shown(best.candidate.factor, best.table, library),
            "alternatives": tuple(others[:SHOWN]),
            "behind": _behind(best, real, library),
        }
    )


def _fields(chosen: FactorChoice) -> dict[str, Any]:
    return {name: getattr(chosen, name) for name in FactorChoice.model_fields}


def _shipped(query: GapQuery, region: SupplierRegion, library: FactorLibrary) -> Iterator[SpendCandidate]:
    for area in dict.fromkeys((*region.tries, *_ELSEWHERE)):
        found = shipped_candidate(query, region, area, library)
        if found is not None:
            nation = ("nation_for_province",) if found.distance == "nation" else ()
            yield replace(found, flags=(*found.flags, *nation))


_ELSEWHERE: Final = ("APAC", "ROW", UNITED_STATES)
"""Regions whose values are shown beside an answer; where the supplier isn't there, they never answer."""


def _usable(one: _Ranked) -> bool:
    if one.candidate.knows_nothing:
        return False
    return one.table is not None or one.candidate.distance != "elsewhere"


def _tried(region: SupplierRegion, best: _Ranked) -> tuple[str, ...]:
    area = best.candidate.factor.region
    if best.table is not None or area not in region.tries:
        return (region.asked, area) if area != region.asked else (area,)
    return region.tries[: region.tries.index(area) + 1]


def _weighed(query: GapQuery, one: _Ranked, best: _Ranked, library: FactorLibrary) -> Weighed:
    factor, amount, refusal = one.candidate.factor, None, ""
    assert query.spend is not None  # noqa: S101 - only spends are weighed
    try:
        filled = fill(query, query.spend, one.candidate, ())
        amount, value = filled.amount_mg, filled.value
    except LedgerError as error:
        refusal, value = str(error), factor.value
    shown = _shown(factor, one.table, library)
    return Weighed(
        factor=factor.id,
        name=factor.name,
        table=shown.title,
        region=factor.region,
        sector=factor.sector or "",
        year=factor.data_year,
        value=value,
        per=factor.per,
        gwp=factor.gwp,
        licence=factor.licence,
        amount_mg=amount,
        why_not=refusal or _why_not(query, one, best),
    )


def _why_not(query: GapQuery, one: _Ranked, best: _Ranked) -> str:
    """Return what the best one has over another, by the first thing in which they differ."""
    factor, other = one.candidate.factor, best.candidate.factor
    if one.candidate.knows_nothing:
        return "Its source has a value of 0 there: it knows nothing of it."
    if not _usable(one):
        return f"It is of {factor.region}, where the supplier is not."
    if best.table is not None and one.table is None and query.table is not None and query.table.table:
        return "Another table was asked for by its name."
    reasons = (
        f"Its region {factor.region} is farther from {query.region} than {other.region}.",
        f"Its year {factor.data_year} is farther from the purchase than {other.data_year}.",
        f"It is per {factor.price_type} price.",
        f"It counts {'CO2 only' if 'co2_only' in factor.covers else factor.gwp}.",
        f"{factor.cluster_size or 1} sectors share its value.",
    )
    ours, theirs = one.order(query)[1:6], best.order(query)[1:6]
    return next(
        (reason for reason, a, b in zip(reasons, ours, theirs, strict=True) if a != b), "It is alike."
    )


def _spread(query: GapQuery, best: _Ranked, chosen: FactorChoice) -> Spread:
    spent = query.spend.year if query.spend else query.year
    uncertain = len(best.candidate.matches) > 1
    candidate = best.candidate
    return spread_of(candidate.factor, candidate.distance, chosen.flags, spent, concordance=uncertain)


def _interval(chosen: FactorChoice, spread: Spread, table: TableCandidate | None) -> GapInterval:
    mg, whole = Decimal(chosen.amount_mg), spread.variance()
    parts = tuple(
        UnsureOf(code=part.code, score=part.score, share=float(part.variance / whole))
        for part in spread.parts
    )
    if table is None:
        low, high = spread.bounds(mg)
        return GapInterval(
            low_mg=str(round(low)),
            high_mg=str(round(high)),
            geometric_sd=float(spread.geometric_sd()),
            method="lognormal",
            parts=parts,
        )
    apart = {*PRICE_PARTS, *_CELLS, "concordance"}
    rest = [part.code for part in spread.parts if part.code not in apart]
    drawn = interval(
        table.table,
        table.mix,
        Spreads(
            emissions=float(spread.geometric_sd(rest)),
            price=float(spread.geometric_sd(PRICE_PARTS)),
            concordance=float(spread.geometric_sd(["concordance"])),
            cells=float(spread.geometric_sd(_CELLS)),
        ),
        extension=table.solved.extension,
        stressor=table.solved.stressor,
    )
    low, high = (mg * Decimal(bound / drawn.value) for bound in (drawn.low, drawn.high))
    return GapInterval(
        low_mg=str(round(low)),
        high_mg=str(round(high)),
        geometric_sd=drawn.geometric_sd,
        method="monte_carlo",
        draws=drawn.draws,
        seed=drawn.seed,
        parts=parts,
    )


def _published(chosen: FactorChoice) -> GapInterval | None:
    """Return the range that a physical factor's source publishes, None where it publishes none."""
    uncertainty = chosen.factor.uncertainty if chosen.factor is not None else None
    if chosen.factor is None or uncertainty is None or uncertainty.low is None or uncertainty.high is None:
        return None
    value, mg = Decimal(chosen.factor.value), Decimal(chosen.amount_mg)
    low, high = (mg * Decimal(bound) / value for bound in (uncertainty.low, uncertainty.high))
    return GapInterval(
        low_mg=str(round(low)),
        high_mg=str(round(high)),
        geometric_sd=1.0,
        method="lognormal",
        judgement=uncertainty.source,
        parts=(),
    )


def _shown(factor: Factor, table: TableCandidate | None, library: FactorLibrary) -> TableShown:
    if table is not None:
        origin = table.table.provenance
        return TableShown(
            dataset="mrio-table",
            title=f"{table.table.name} {table.table.year}",
            version=origin.version,
            year=table.table.year,
            region=factor.region,
            sector=factor.sector or "",
            gwp=factor.gwp,
            price_type=factor.price_type,
            licence=origin.licence,
            notice="; ".join((origin.source, *origin.notes)),
            digest=table.head.digest,
            synthetic=origin.synthetic,
            accepted=origin.accepted,
        )
    dataset = next(one for one in library.datasets() if one.name == factor.dataset)
    return TableShown(
        dataset=factor.dataset,
        title=dataset.title,
        version=factor.dataset_version,
        year=factor.data_year,
        region=factor.region,
        sector=factor.sector or "",
        gwp=factor.gwp,
        price_type=factor.price_type,
        licence=factor.licence,
        notice=dataset.notice,
    )


def _behind(best: _Ranked, real: TableCandidate | None, library: FactorLibrary) -> Behind:
    gases = _gases(best.candidate.factor, library)
    source = best.table or real
    if source is None:
        why = (
            "The source publishes totals only, without the supply chains behind them. Import an input-output "
            "table (passport mrio import) and name its sector, and they are shown."
        )
        return Behind(gases=gases, why_none=why)
    region, sector = max(source.mix, key=lambda label: source.mix[label])
    solved = source.solved
    row, of = solved.stressor, solved.extension
    found = explain(source.table, region, sector, extension=of, stressor=row, limit=PATHS, M=solved.M)
    who = largest(contributors(source.table, region, sector, extension=of, stressor=row), PATHS)
    return Behind(
        gases=gases,
        paths=tuple(PathShown(sectors=path.sectors, share=path.share) for path in found.paths),
        contributors=tuple(PathShown(sectors=(label,), share=share) for label, _, share in who),
        explained=found.explained,
        table=f"{source.table.name} {source.table.year}",
        other_table=best.table is None,
    )


def _gases(factor: Factor, library: FactorLibrary) -> tuple[tuple[str, float], ...]:
    """Return the gases of a factor with their share of its CO2e, the largest first."""
    if not factor.gases:
        return ()
    potentials = {**library.gwp_table(factor.gwp), UNSPECIFIED_CO2E: "1"}
    counted = {
        gas: float(kg) * float(potentials[gas]) for gas, kg in factor.gases.items() if gas in potentials
    }
    total = sum(counted.values())
    shares = [(gas, value / total) for gas, value in counted.items() if total]
    return tuple(sorted(shares, key=lambda one: (-one[1], one[0]))[:PATHS])
