"""Which region of a table stands for a supplier's country, and which one if that has no value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ledger.factors.errors import UnknownRegionError
from ledger.factors.library import TABLES, read_rows

FALLBACKS: Final = {
    "APAC": ("APAC", "ROW"),
    "CA": ("CA", "ROW"),
    "CN": ("CN", "APAC", "ROW"),
    "EU": ("EU", "ROW"),
    "JP": ("JP", "APAC", "ROW"),
    "MX": ("MX", "ROW"),
    "ROW": ("ROW",),
    "US": ("US",),
}
"""Per region of the spend tables, itself and what is tried after it, in order."""
_SUBDIVISION: Final = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,3}\Z")
_OWN_TABLES: Final = {"CN-HK": "HK", "CN-MO": "MO", "CN-TW": "TW"}
"""Parts of China with a currency and statistics of their own (ISO 3166-2 beside ISO 3166-1)."""


@dataclass(frozen=True, slots=True)
class SupplierRegion:
    """Where a supplier is: the country (None for a region of several), and the table regions to try."""

    asked: str
    country: str | None
    tries: tuple[str, ...]


def supplier_region(region: str) -> SupplierRegion:
    """Return where to look for a supplier: CN-GD is tried as CN, then APAC, then ROW.

    Raises:
        UnknownRegionError: it is no country, no part of a country and no region of a table.
        FactorTableError: the shipped table can't be read.
    """
    part = _SUBDIVISION.match(region)
    country = _OWN_TABLES.get(region) or (part[1] if part else region)
    table_region = _countries().get(country)
    if table_region is not None:
        return SupplierRegion(region, country, FALLBACKS[table_region])
    if region in FALLBACKS:
        return SupplierRegion(region, None, FALLBACKS[region])
    raise UnknownRegionError(region[:20])


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    return {row["country"]: row["region"] for row in read_rows(TABLES / "regions.csv")}
