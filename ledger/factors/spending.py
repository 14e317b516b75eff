"""Spend factors that could stand for a purchase: by region, the nearest first, by sector and price."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from ledger.factor import Factor
from ledger.factors.concordances import US_MODEL, shipped_counterparts
from ledger.factors.gap import GapQuery, SectorMatch
from ledger.factors.library import FactorLibrary
from ledger.factors.regions import SupplierRegion

IMPORT_SPEND: Final = "exiobase-import"
WORLD: Final = "ROW"
UNITED_STATES: Final = "US"

Distance = Literal["own", "nation", "world_region", "world", "elsewhere"]
DISTANCES: Final[tuple[Distance, ...]] = ("own", "nation", "world_region", "world", "elsewhere")
"""How far a factor's region is from the supplier's, the nearest first."""


@dataclass(frozen=True, slots=True)
class SpendCandidate:
    """A spend factor that could stand for a purchase, from how far, and by which translation of the code."""

    factor: Factor
    distance: Distance
    matches: tuple[SectorMatch, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def knows_nothing(self) -> bool:
        """Whether its source has 0 there, which is no figure."""
        return not Decimal(self.factor.value)


def shipped_candidate(
    query: GapQuery, region: SupplierRegion, area: str, library: FactorLibrary
) -> SpendCandidate | None:
    """Return the shipped spend factor of one region of the tables, None where it has no such sector.

    Raises:
        FactorTableRowError, FactorTableError: a table can't be read.
    """
    for matches in _codes(query, library):
        code = matches[0].code if matches else (query.sector or "")
        factor = _spend_factor(query, area, code.upper(), library)
        if factor is not None:
            distance = distance_of(region, area)
            # A province of China is of China; a member of the European Union is only one of 27.
            flags = () if distance in {"own", "nation"} else ("region_fallback",)
            split = ("sector_split",) if len(matches) > 1 else ()
            return SpendCandidate(factor, distance, matches, (*flags, *split))
    return None


def distance_of(region: SupplierRegion, area: str) -> Distance:
    """Return how far a region of the tables is from the supplier's."""
    if area == region.asked:
        return "own"
    if area == region.country:
        return "nation"
    if area not in region.tries:
        return "elsewhere"
    return "world" if area == WORLD else "world_region"


def _codes(query: GapQuery, library: FactorLibrary) -> Iterator[tuple[SectorMatch, ...]]:
    if query.sector is not None:
        yield ()
        yield shipped_counterparts(library, query.sector.upper())
    if query.matches:
        yield query.matches


def _spend_factor(query: GapQuery, area: str, code: str, library: FactorLibrary) -> Factor | None:
    dataset = US_MODEL if area == UNITED_STATES else IMPORT_SPEND
    factors = library.spend_factors(dataset, area, code)
    if area == UNITED_STATES:
        purchaser = query.spend is not None and query.spend.price_type == "purchaser"
        with_margins = purchaser and not query.transport_covered
        wanted = "margins_included" if with_margins else "margins_not_included"
        factors = tuple(factor for factor in factors if wanted in factor.covers)
    return factors[0] if factors else None
