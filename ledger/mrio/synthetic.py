"""A made-up table for trying things out: 31 provinces by 42 sectors, balanced, marked synthetic everywhere.

Nothing in it is measured. Sizes are drawn from lognormal distributions and trade falls off at random, so that
it looks like a table; its labels say what it is.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from ledger.mrio.adapters.concordance import china_provinces, china_sectors
from ledger.mrio.table import DEMAND_LABELS, OUTPUT, SECTOR_LABELS, Extension, Provenance, Table, checked

NOTE: Final = "Synthetic: made by a generator for trying things out. No number in it was measured."
CATEGORIES: Final = ("households", "government", "capital formation")
INPUTS: Final = (0.35, 0.75)
"""The share of its output that a sector spends on inputs, drawn between these: below 1, so all tiers end."""
HOME: Final = 0.8
"""How much of its inputs a sector buys in its own region."""


def synthetic_table(
    regions: int | tuple[str, ...] = 31,
    sectors: int | tuple[str, ...] = 42,
    *,
    seed: int = 1,
    year: int = 2017,
    name: str = "synthetic",
) -> Table:
    """Make a balanced table with an extension `emissions` (CO2 in t); the same seed, the same table.

    Args:
        regions: how many, or their names.
        sectors: how many, or their names.
        seed: of everything drawn.
        year: the year it is marked with.
        name: what it is called.
    """
    places = _names(regions, "Region")
    industries = _names(sectors, "Sector")
    drawn = np.random.default_rng(seed)
    labels = pd.MultiIndex.from_product([places, industries], names=list(SECTOR_LABELS))
    demand = pd.MultiIndex.from_product([places, CATEGORIES], names=list(DEMAND_LABELS))
    n, k = len(labels), len(industries)
    weights = drawn.lognormal(0.0, 2.0, (n, n))
    own = np.equal.outer(np.repeat(np.arange(len(places)), k), np.repeat(np.arange(len(places)), k))
    home, away = weights * own, weights * ~own
    shares = HOME * home / home.sum(axis=0)
    shares += (1 - HOME) * away / np.where(away.sum(axis=0) == 0, 1, away.sum(axis=0))
    A = shares / shares.sum(axis=0) * drawn.uniform(*INPUTS, n)
    Y = drawn.lognormal(8.0, 1.5, (n, len(demand)))
    x = np.linalg.solve(np.eye(n) - A, Y.sum(axis=1))
    F = drawn.lognormal(0.0, 1.5, n) * x
    household = drawn.lognormal(10.0, 0.5, len(demand)) * (demand.get_level_values(1) == CATEGORIES[0])
    rows = ["CO2"]
    emissions = Extension(
        "emissions",
        pd.DataFrame([F], index=rows, columns=labels),
        pd.DataFrame({"unit": ["t"]}, index=rows),
        pd.DataFrame([household], index=rows, columns=demand),
    )
    provenance = Provenance(
        source=NOTE, version=f"seed {seed}", licence="CC0", price_type="basic", synthetic=True, notes=(NOTE,)
    )
    return checked(
        Table(
            name=name,
            year=year,
            currency="CNY",
            unit="10,000 CNY",
            Z=pd.DataFrame(A * x, index=labels, columns=labels),
            Y=pd.DataFrame(Y, index=labels, columns=demand),
            x=pd.DataFrame({OUTPUT: x}, index=labels),
            provenance=provenance,
            extensions={emissions.name: emissions},
        )
    )


def synthetic_china(seed: int = 1, year: int = 2017) -> Table:
    """Make the table under the names of China's 31 provinces and 42 sectors; its numbers are made up."""
    return synthetic_table(tuple(china_provinces()), tuple(china_sectors()), seed=seed, year=year)


def _names(given: int | tuple[str, ...], word: str) -> tuple[str, ...]:
    if isinstance(given, tuple):
        return given
    return tuple(f"{word} {number:02d}" for number in range(1, given + 1))
