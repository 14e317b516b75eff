"""Small published tables, in the form that the ledger holds them in."""

from __future__ import annotations

from collections.abc import Sequence

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


def kitzes() -> Table:
    """Two sectors with emissions (Kitzes 2013, doi 10.3390/resources2040489)."""
    return table([[8, 5], [4, 2]], [16, 12], F=[8, 4], Y=[[3], [6]])
