"""Which factor fills a gap, and why.

In this order: the supplier's passport; a physical factor for the activity; a spend factor of the
multi-regional input-output table (the EPA's own table for suppliers in the United States). What can't be
converted honestly is refused or flagged; what was passed over is listed with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from ledger.factor import (
    MEMO,
    Factor,
    MemoFactorError,
    MixedGwpSetsError,
    RestatedValue,
    UnitMismatchError,
    UnknownGwpError,
    amount_mg,
    factor_digest,
    factor_flags,
    unit_ratio,
    value_under,
)
from ledger.factors.activities import activity_factors
from ledger.factors.errors import (
    EmptyGapQueryError,
    MixedDeflatorError,
    NoGridFactorError,
    PassportAmountError,
    UnknownActivityError,
    UnknownSectorError,
)
from ledger.factors.gap import Activity, Alternative, FactorChoice, GapQuery, PassportCandidate, SectorMatch
from ledger.factors.grid import grid_factor
from ledger.factors.gwp import gwp_table
from ledger.factors.library import FactorLibrary
from ledger.factors.prices import Deflator, PriceStep, Spend, factor_money
from ledger.factors.regions import supplier_region
from ledger.factors.spending import SpendCandidate, shipped_candidate
from ledger.quantities import EXACT, decimal, decimal_text, in_range, rounded_mg

GRID_ELECTRICITY = "grid_electricity"


@dataclass(slots=True)
class _Found:
    """A factor found for a gap, with what it is multiplied with and what must be said."""

    factor: Factor
    quantity: Decimal
    unit: str
    flags: list[str] = field(default_factory=list)
    tried: tuple[str, ...] = ()
    steps: tuple[PriceStep, ...] = ()
    why: str = ""
    matches: tuple[SectorMatch, ...] = ()


def choose(query: GapQuery, library: FactorLibrary | None = None) -> FactorChoice:
    """Say what fills a gap: how much it is, by which factor, in which steps, and why this one.

    Raises:
        EmptyGapQueryError: nothing is given that could fill it.
        PassportAmountError: the passport is per another kind of unit than the quantity bought.
        UnknownActivityError, UnknownFactorError, MemoFactorError, UnitMismatchError, UnknownUnitError,
            NoGridFactorError: no physical factor fits, and no spend is given.
        UnknownRegionError, UnknownSectorError: no spend factor fits.
        AmountFormError, ZeroSpendError, UnknownPriceTypeError, ShareRangeError, VatRateMissingError,
            MarginsNotInPriceError, NoDeflatorError, ForeignDeflatorError, DeflatorYearError,
            DeflatorIndexError, NoRateError: the spend can't be converted honestly.
        AmountTooLargeError: the amount is more than 10^17 mg.
        FactorTableError, FactorTableRowError: the shipped tables can't be read.
    """
    shelf = library or FactorLibrary.shipped()
    passed_over: list[Alternative] = []
    if query.candidate is not None:
        return _of_passport(query, query.candidate)
    passed_over.append(Alternative(kind="passport", why_not="No passport of the supplier is given."))
    if query.activity is not None:
        try:
            found = _physical(query, query.activity, shelf)
        except (UnknownActivityError, UnitMismatchError, NoGridFactorError) as error:
            if query.spend is None:
                raise
            passed_over.append(Alternative(kind="physical", why_not=str(error)))
        else:
            if query.spend is not None:
                reason = "A physical factor goes before a spend factor."
                passed_over.append(Alternative(kind="mrio", why_not=reason))
            return _answer(query, "physical", found, passed_over)
    else:
        passed_over.append(Alternative(kind="physical", why_not="No quantity of an activity is given."))
    if query.spend is None:
        raise EmptyGapQueryError
    return _by_spend(query, query.spend, shelf, passed_over)


def _of_passport(query: GapQuery, candidate: PassportCandidate) -> FactorChoice:
    ratio = unit_ratio(candidate.unit, candidate.per)
    if ratio is None:
        raise PassportAmountError(candidate.unit, candidate.per)
    value = decimal(candidate.kg_co2e, "candidate/kg_co2e")
    quantity = decimal(candidate.quantity, "candidate/quantity")
    kilograms = EXACT.multiply(EXACT.multiply(quantity, value), Decimal(ratio.numerator))
    reason = "The supplier's own passport goes before every factor."
    others = [("physical", query.activity), ("mrio", query.spend)]
    return FactorChoice(
        kind="passport",
        item=query.item,
        amount_mg=str(in_range(rounded_mg(EXACT.divide(kilograms, Decimal(ratio.denominator))), "amount")),
        value=candidate.kg_co2e,
        per=candidate.per,
        quantity=candidate.quantity,
        unit=candidate.unit,
        passport=candidate.passport,
        considered=tuple(
            Alternative(kind="physical" if kind == "physical" else "mrio", why_not=reason)
            for kind, given in others
            if given is not None
        ),
        why=f"{query.item}: the supplier's passport says {candidate.kg_co2e} kg CO2e per {candidate.per}.",
    )


def _physical(query: GapQuery, activity: Activity, library: FactorLibrary) -> _Found:
    quantity = decimal(activity.quantity, "activity/quantity")
    if activity.factor is None and activity.code == GRID_ELECTRICITY and query.stage == "energy_provision":
        grid = grid_factor(query.region, query.year, library)
        why = f"the grid at {query.region} in {query.year} is best known by {grid.factor.name}"
        found = _Found(grid.factor, quantity, activity.unit, list(grid.flags), grid.tried, why=why)
    elif activity.factor is not None:
        factor = library.get(activity.factor)
        found = _Found(factor, quantity, activity.unit, why=f"{factor.name} was asked for by its id")
    else:
        factor = _activity_factor(activity, query.stage, library)
        why = f"{activity.code} at stage {query.stage} stands for {factor.name}"
        found = _Found(factor, quantity, activity.unit, why=why)
    if MEMO in found.factor.covers:
        raise MemoFactorError(found.factor.id)
    if unit_ratio(activity.unit, found.factor.per) is None:
        raise UnitMismatchError(found.factor.id, activity.unit, found.factor.per)
    return found


def _activity_factor(activity: Activity, stage: str, library: FactorLibrary) -> Factor:
    rows = [row for row in activity_factors() if (row.code, row.stage) == (activity.code, stage)]
    if not rows:
        raise UnknownActivityError(activity.code or "", stage)
    factors = [library.get(row.factor) for row in rows]
    fitting = [factor for factor in factors if unit_ratio(activity.unit, factor.per) is not None]
    return (fitting or factors)[0]


def _by_spend(
    query: GapQuery, spend: Spend, library: FactorLibrary, passed: list[Alternative]
) -> FactorChoice:
    region = supplier_region(query.region)
    tried = []
    for area in region.tries:
        tried.append(area)
        candidate = shipped_candidate(query, region, area, library)
        if candidate is None:
            passed.append(Alternative(kind="mrio", why_not=f"{area} has no sector {sector_asked(query)}."))
            continue
        if candidate.knows_nothing:
            reason = f"{area} has a value of 0 there: its source knows nothing of it."
            passed.append(Alternative(kind="mrio", factor=candidate.factor.id, why_not=reason))
            continue
        return fill(query, spend, candidate, tuple(tried), passed)
    raise UnknownSectorError(sector_asked(query), query.region, ", ".join(tried))


def fill(
    query: GapQuery,
    spend: Spend,
    candidate: SpendCandidate,
    tried: tuple[str, ...],
    passed_over: Sequence[Alternative] = (),
) -> FactorChoice:
    """Fill a gap with one spend factor: price steps, amount, flags.

    Raises:
        UnknownRegionError: the supplier's region.
        AmountFormError, ZeroSpendError, UnknownPriceTypeError, ShareRangeError, VatRateMissingError,
            MarginsNotInPriceError, NoDeflatorError, ForeignDeflatorError, DeflatorYearError,
            DeflatorIndexError, NoRateError: the spend can't be converted honestly.
        AmountTooLargeError: the amount is more than 10^17 mg.
    """
    factor, country = candidate.factor, supplier_region(query.region).country
    deflator = _deflator(query, spend, factor)
    money = factor_money(spend, factor, country, deflator, allow_undeflated=query.allow_undeflated)
    found = _Found(
        factor,
        money.amount,
        str(factor.currency),
        [*money.flags, *candidate.flags],
        tried,
        money.steps,
        f"{spend.amount} {spend.currency} of {spend.year} in sector {sector_asked(query)} is best known by "
        f"{factor.name}",
        candidate.matches,
    )
    return _answer(query, "mrio", found, passed_over)


def _deflator(query: GapQuery, spend: Spend, factor: Factor) -> Deflator | None:
    """Return the deflator of a query, picked from its index over years where it has one.

    Raises:
        MixedDeflatorError: it has both.
        DeflatorYearError: the index lacks a year.
    """
    to_year = factor.currency_year or spend.year
    if query.price_index is None or spend.year == to_year:
        return query.deflator
    if query.deflator is not None:
        raise MixedDeflatorError
    return query.price_index.between(spend.year, to_year)


def sector_asked(query: GapQuery) -> str:
    """Return the code or name under which the sector was asked for."""
    named = query.table.sector if query.table is not None else None
    return query.sector or (query.matches[0].code if query.matches else named) or ""


def _answer(query: GapQuery, kind: str, found: _Found, passed_over: Sequence[Alternative]) -> FactorChoice:
    factor, restated = found.factor, _restated(found.factor, query.gwp)
    flags = [*found.flags, *factor_flags(factor)]
    if not restated.as_asked:
        flags.append("gwp_differs")
    mg = amount_mg(found.quantity, found.unit, factor, restated.value)
    said = ", ".join(dict.fromkeys(flags)) or "nothing"
    return FactorChoice(
        kind="physical" if kind == "physical" else "mrio",
        item=query.item,
        amount_mg=str(mg),
        value=decimal_text(restated.value),
        per=factor.per,
        quantity=decimal_text(found.quantity),
        unit=found.unit,
        factor=factor,
        factor_digest=factor_digest(factor),
        channel=factor.channel,
        evidence=factor.evidence,
        stage=factor.stage,
        gwp=factor.gwp if restated.gwp == factor.gwp else query.gwp,
        price_steps=found.steps,
        regions_tried=found.tried,
        flags=tuple(dict.fromkeys(flags)),
        matches=found.matches,
        considered=tuple(passed_over),
        why=f"{query.item}: {found.why} ({factor.source}, {factor.data_year}); flagged: {said}.",
    )


def _restated(factor: Factor, gwp: str) -> RestatedValue:
    try:
        return value_under(factor, gwp, gwp_table(gwp))
    except (MixedGwpSetsError, UnknownGwpError):
        return RestatedValue(Decimal(factor.value), factor.gwp, as_asked=False)
