"""Small published tables, in the form that the ledger holds them in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from ledger.mrio.table import DEMAND_LABELS, OUTPUT, SECTOR_LABELS, Extension, Provenance, Table, checked

ORIGIN = Provenance("a textbook", "1", "facts", "basic")


def table(
    Z: Sequence[Sequence[float]],
    x: Sequence[float],
    *,
    F: Sequence[float] = (),
    Y: Sequence[Sequence[float]] | None = None,
    regions: Sequence[str] = ("all",),
    households: float | None = None,
) -> Table:
    """Make a table; what isn't used by sectors is final demand of each sector's own region."""
    sectors = [f"s{number}" for number in range(1, len(x) // len(regions) + 1)]
    labels = pd.MultiIndex.from_product([regions, sectors], names=list(SECTOR_LABELS))
    demand = pd.MultiIndex.from_product([regions, ["households"]], names=list(DEMAND_LABELS))
    uses = pd.DataFrame(Z, index=labels, columns=labels, dtype=float)
    output = pd.DataFrame({OUTPUT: list(map(float, x))}, index=labels)
    if Y is None:
        rest = output[OUTPUT] - uses.sum(axis=1)
        bought = {region: rest.where(labels.get_level_values(0) == region, 0.0) for region in regions}
        final = pd.DataFrame(bought)
        final.columns = demand
    else:
        final = pd.DataFrame(Y, index=labels, columns=demand, dtype=float)
    extensions = {}
    if len(F):
        own = None
        if households is not None:
            own = pd.DataFrame([[households] * len(regions)], index=["CO2"], columns=demand)
        emitted = pd.DataFrame([list(map(float, F))], index=["CO2"], columns=labels)
        extensions["emissions"] = Extension(
            "emissions", emitted, pd.DataFrame({"unit": ["t"]}, index=["CO2"]), own
        )
    return checked(Table("textbook", 2000, "USD", "USD", uses, final, output, ORIGIN, extensions))


def miller_and_blair() -> Table:
    """Two sectors (Input-Output Analysis, 2nd edition, section 2.3)."""
    return table([[150, 500], [200, 100]], [1000, 2000], F=[1, 1])


def two_regions() -> Table:
    """Two regions of three and two sectors (Miller and Blair, 2nd edition, chapter 3).

    Z and x as a public test of another project quotes them; the book's printed inverse was not at hand.
    """
    Z = [
        [150, 500, 50, 25, 75],
        [200, 100, 400, 200, 100],
        [300, 500, 50, 60, 40],
        [75, 100, 60, 200, 250],
        [50, 25, 25, 150, 100],
    ]
    one = table(Z, [1000, 2000, 1000, 1200, 800], F=[1, 1, 1, 1, 1])
    places = [("L", "1"), ("L", "2"), ("L", "3"), ("M", "1"), ("M", "2")]
    labels = pd.MultiIndex.from_tuples(places, names=list(SECTOR_LABELS))
    demand = pd.MultiIndex.from_product([["L", "M"], ["households"]], names=list(DEMAND_LABELS))
    rest = np.asarray(one.x[OUTPUT]) - np.asarray(one.Z).sum(axis=1)
    Y = pd.DataFrame([[180, 20], [800, 200], [40, 10], [65, 450], [150, 300]], labels, demand, dtype=float)
    assert list(Y.sum(axis=1)) == list(rest), "what is quoted balances"
    emitted = one.extension()
    return checked(
        replace(
            one,
            Z=one.Z.set_axis(labels).set_axis(labels, axis=1),
            Y=Y,
            x=one.x.set_axis(labels),
            extensions={"emissions": replace(emitted, F=emitted.F.set_axis(labels, axis=1))},
        )
    )


def kitzes() -> Table:
    """Two sectors with emissions (Kitzes 2013, doi 10.3390/resources2040489)."""
    return table([[8, 5], [4, 2]], [16, 12], F=[8, 4], Y=[[3], [6]])
