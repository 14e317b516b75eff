"""Which grid factor stands for a kilowatt-hour at a place: province, then region, then nation, flagged.

China's official factors are CO2 of generation only (flag `co2_only`); they are never mixed with its
footprint factors, which don't ship. Other countries have one second-hand value each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger.factor import FLAGGED, Factor
from ledger.factors.errors import NoGridFactorError
from ledger.factors.library import FactorLibrary

_GRID_REGIONS: Final = {
    "CN-grid-north": ("CN-BJ", "CN-TJ", "CN-HE", "CN-SX", "CN-SD", "CN-NM"),
    "CN-grid-northeast": ("CN-LN", "CN-JL", "CN-HL"),
    "CN-grid-east": ("CN-SH", "CN-JS", "CN-ZJ", "CN-AH", "CN-FJ"),
    "CN-grid-central": ("CN-HA", "CN-HB", "CN-HN", "CN-JX"),
    "CN-grid-northwest": ("CN-SN", "CN-GS", "CN-QH", "CN-NX", "CN-XJ"),
    "CN-grid-south": ("CN-GD", "CN-GX", "CN-YN", "CN-GZ", "CN-HI"),
    "CN-grid-southwest": ("CN-CQ", "CN-SC", "CN-XZ"),
}
_REGION_OF: Final = {part: region for region, parts in _GRID_REGIONS.items() for part in parts}
_WITHOUT: Final = ("CN-HK", "CN-MO", "CN-TW")
"""Their grids are no part of the national average."""


@dataclass(frozen=True, slots=True)
class GridChoice:
    """A grid factor, what had to be said about it, and the regions tried before it was found."""

    factor: Factor
    flags: tuple[str, ...]
    tried: tuple[str, ...]


def grid_factor(region: str, year: int, library: FactorLibrary | None = None) -> GridChoice:
    """Return the grid factor for a place and a year.

    `region`: CN-GD, CN-grid-south, CN, NL. Flags: `region_fallback` (another area's value), `year_differs`
    (the nearest year published, the newer of two), `co2_only`, `upstream_not_covered`, `second_hand`.

    Raises:
        NoGridFactorError: no factor is shipped for the place.
        FactorTableError, FactorTableRowError: the shipped tables can't be read.
    """
    shelf = library or FactorLibrary.shipped()
    years = _years(shelf)
    tried = []
    for area in _areas(region):
        tried.append(area)
        if known := years.get(area.lower()):
            nearest = min(known, key=lambda one: (abs(one - year), -one))
            factor = shelf.get(known[nearest])
            flags: list[str] = [code for code in factor.covers if code in FLAGGED]
            if area != region:
                flags.append("region_fallback")
            if nearest != year:
                flags.append("year_differs")
            return GridChoice(factor, tuple(flags), tuple(tried))
    raise NoGridFactorError(region[:20], year)


def _areas(region: str) -> tuple[str, ...]:
    if region in _WITHOUT or not (region.startswith("CN-") or region == "CN"):
        return (region,)
    wider = _REGION_OF.get(region)
    return tuple(dict.fromkeys((region, *([wider] if wider else []), "CN")))


def _years(library: FactorLibrary) -> dict[str, dict[int, str]]:
    years: dict[str, dict[int, str]] = {}
    for dataset in ("china-grid", "world-grid"):
        for factor_id in library.ids(dataset):
            _, area, year = factor_id.split(".")
            years.setdefault(area, {})[int(year)] = factor_id
    return years
