"""One company beside its sector: how much it hands on, where it stands, how fast that changes.

What a company hands on carries all tiers behind it (its own emissions and what it took over), so it is
compared with what a sector's products carry through all tiers, never with the sector's own emissions alone.
Kilograms per kilogram of goods are compared with the company's other years only: a table knows money.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Final, Literal

from ledger.errors import LedgerError
from ledger.mrio.baseline import intensities
from ledger.mrio.benchmark import (
    PERCENTILE,
    SIZE_FLOOR,
    ReductionPath,
    Step,
    against_path,
    benchmark,
)
from ledger.mrio.characterisation import MASS_KG
from ledger.mrio.errors import MixedCharacterisationError
from ledger.mrio.library import Solved
from ledger.mrio.product_factor import CO2, money_worth
from ledger.mrio.table import Table
from ledger.quantities import EXACT, MG_PER_KG, decimal_text

Measure = Literal["per_money", "per_kg", "total"]
Against = Literal["table", "years"]
FLAGS: Final = {
    "undeflated": "Revenue of another year than the table's is compared at its own prices.",
    "co2_only": "The table counts CO2 only; the company's books count all greenhouse gases.",
    "some_goods_unweighed": "Goods that aren't counted in kilograms are left out of the figure per kilogram.",
}
"""What a comparison has to say, as fixed codes with a sentence each."""


@dataclass(eq=False)
class MixedIntensityError(LedgerError):
    """Two intensities of different kinds were to be compared."""

    measure: str
    unit: str
    sentence: ClassVar[str] = (
        "measure: {measure} can't be compared with {unit} of a table. State the revenue of each year and "
        "compare per_money, or compare with the company's own years."
    )


@dataclass(eq=False)
class RevenueMissingError(LedgerError):
    """A year has no revenue, so there is nothing to divide by."""

    year: int
    sentence: ClassVar[str] = (
        "revenue: there is none above 0 for {year}. State what was sold that year, in the table's currency."
    )


@dataclass(eq=False)
class RevenueCurrencyError(LedgerError):
    """Revenue is in another currency than the table."""

    currency: str
    wanted: str
    sentence: ClassVar[str] = (
        "currency: the table is in {wanted}, the revenue in {currency!r}. Convert it at the year's average "
        "rate."
    )


@dataclass(eq=False)
class NothingHandedOnError(LedgerError):
    """A company handed nothing on in a year, so that there is no intensity."""

    year: int
    sentence: ClassVar[str] = "year: nothing was handed on in {year}. Choose a year with dispatches."


@dataclass(frozen=True, slots=True)
class CompanyYear:
    """What a company handed on in a year: mg CO2e gross, kilograms of goods and their mg, revenue if stated.

    `weighed_mg` is the part of `gross_mg` on goods counted in kilograms.
    """

    year: int
    gross_mg: int
    weighed_mg: int
    kg_goods: Decimal
    revenue: Decimal | None = None

    def per_kg(self) -> Decimal | None:
        """Return kg CO2e per kg of goods, None where no goods were weighed."""
        if not self.kg_goods:
            return None
        return EXACT.divide(Decimal(self.weighed_mg), EXACT.multiply(self.kg_goods, Decimal(MG_PER_KG)))

    def per_money(self) -> Decimal | None:
        """Return kg CO2e per unit of the currency, None where no revenue is stated."""
        if not self.revenue:
            return None
        return EXACT.divide(Decimal(self.gross_mg), EXACT.multiply(self.revenue, Decimal(MG_PER_KG)))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a company stands in its sector, in the table's unit; `as_good_or_better` is a share of peers."""

    year: int
    own: float
    region: float | None
    average: float
    best_practice: float
    as_good_or_better: float
    unit: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A company's years, where the last of them stands, and each beside a path, where these were asked."""

    measure: Measure
    years: tuple[CompanyYear, ...]
    standing: Standing | None
    steps: tuple[Step, ...]
    flags: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain values; exact decimals as texts of twelve digits."""
        return {
            "measure": self.measure,
            "years": [_year(one) for one in self.years],
            "standing": None
            if self.standing is None
            else {name: getattr(self.standing, name) for name in Standing.__slots__},
            "path": [
                {"year": one.year, "actual": one.actual, "allowed": one.allowed, "above": one.above}
                for one in self.steps
            ],
            "flags": {code: FLAGS[code] for code in self.flags},
        }


def compare(  # noqa: PLR0913 - a company, a sector, and how they are compared
    table: Table,
    solved: Solved,
    region: str,
    sector: str,
    years: Sequence[CompanyYear],
    *,
    currency: str = "",
    measure: Measure = "per_money",
    against: Against = "table",
    path: ReductionPath | None = None,
    percentile: float = PERCENTILE,
    floor: float = SIZE_FLOOR,
) -> Comparison:
    """Compare a company with its sector in a table, or with its own years.

    Args:
        table: the table, opened.
        solved: its row of multipliers.
        region: of the company.
        sector: of the company.
        years: at least one; the last is placed in the sector.
        currency: of the revenue.
        measure: `per_money`, `per_kg` of goods, or the `total` handed on.
        against: `table`, which needs `per_money`; or the company's own `years`.
        path: what its user states; `sectoral` for an intensity, `absolute` or `flag` for the total.
        percentile: see `benchmark.benchmark`.
        floor: see `benchmark.benchmark`.

    Raises:
        MixedIntensityError: kilograms per kilogram, or a total, against money; a path of the other kind.
        RevenueMissingError, RevenueCurrencyError: revenue.
        NothingHandedOnError: a year without dispatches.
        UnknownTableSectorError: the table has no such region or sector.
        MoneyUnitError, MixedCharacterisationError: the table's units can't be counted in money or mass.
        BenchmarkBoundsError, NoPeersError: as `benchmark.benchmark`.
        ReductionPathError: as `benchmark.against_path`.
    """
    if against == "table" and measure != "per_money":
        raise MixedIntensityError(measure, solved.unit)
    ordered = tuple(sorted(years, key=lambda one: one.year))
    for one in ordered:
        if not one.gross_mg or (measure == "per_kg" and not one.kg_goods):
            raise NothingHandedOnError(one.year)
        if measure == "per_money" and not one.revenue:
            raise RevenueMissingError(one.year)
    standing = None
    if against == "table":
        if currency != table.currency:
            raise RevenueCurrencyError(currency, table.currency)
        standing = _standing(table, solved, region, sector, ordered[-1], percentile, floor)
    steps = () if path is None else _steps(ordered, measure, path)
    return Comparison(measure, ordered, standing, steps, _flags(table, solved, ordered, measure, against))


def _standing(  # noqa: PLR0913, PLR0917 - one company in one sector
    table: Table,
    solved: Solved,
    region: str,
    sector: str,
    last: CompanyYear,
    percentile: float,
    floor: float,
) -> Standing:
    at = table.position(region, sector)
    unit = table.extension(solved.extension).unit_of(solved.stressor)
    if unit not in MASS_KG:
        reason = f"it is in {unit}, not one of {', '.join(MASS_KG)}"
        raise MixedCharacterisationError(solved.extension, solved.stressor, "any set", reason)
    per_money = float(last.per_money() or 0)
    own = per_money * float(money_worth(table)) / MASS_KG[unit]
    rows = intensities(table, extension=solved.extension, stressor=solved.stressor, M=solved.M)
    found = benchmark(rows, sector, measure="carried", percentile=percentile, floor=floor)
    better = sum(peer.intensity <= own for peer in found.peers) / len(found.peers)
    return Standing(
        last.year, own, float(solved.M[at]), found.average, found.best_practice, better, solved.unit
    )


def _steps(years: Sequence[CompanyYear], measure: Measure, path: ReductionPath) -> tuple[Step, ...]:
    if (path.kind == "sectoral") == (measure == "total"):
        raise MixedIntensityError(measure, f"a path of the kind {path.kind}")
    actual = {
        one.year: one.gross_mg / MG_PER_KG
        if measure == "total"
        else float((one.per_kg() if measure == "per_kg" else one.per_money()) or 0)
        for one in years
    }
    return tuple(against_path(actual, path))


def _flags(
    table: Table, solved: Solved, years: Sequence[CompanyYear], measure: Measure, against: Against
) -> tuple[str, ...]:
    holds = {
        "undeflated": against == "table" and years[-1].year != table.year,
        "co2_only": against == "table" and solved.stressor == CO2,
        "some_goods_unweighed": measure == "per_kg" and any(one.weighed_mg != one.gross_mg for one in years),
    }
    return tuple(code for code, true in holds.items() if true)


def _year(one: CompanyYear) -> dict[str, Any]:
    return {
        "year": one.year,
        "kg_co2e": _text(Decimal(one.gross_mg).scaleb(-6)),
        "kg_goods": _text(one.kg_goods),
        "revenue": None if one.revenue is None else _text(one.revenue),
        "kg_per_kg": _text(one.per_kg()),
        "kg_per_money": _text(one.per_money()),
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(EXACT.quantize(value, Decimal(1).scaleb(-12)))
