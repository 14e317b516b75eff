"""What flows between provinces or between sectors: money, and the carbon embodied in it."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from ledger.mrio.table import Array, Table

FlowLevel = Literal["region", "sector"]
Places = npt.NDArray[np.int64]


def flows(table: Table, M: Array, *, level: FlowLevel = "region", demand: bool = False) -> pd.DataFrame:
    """Return one row a pair, largest value first: source, target, value, carbon.

    Carbon embodied in a flow is Σ m z over what flows: m of the product that is sold, all tiers behind it.
    It counts what is embodied once for each hand-over, so flows don't add up to emissions.

    Args:
        table: a checked table.
        M: a row of multipliers, shape (n,).
        level: between regions, or between sectors.
        demand: whether what goes to final demand counts too; only between regions.
    """
    at = {"region": 0, "sector": 1}[level]
    names = table.labels.get_level_values(at).astype(str)
    order = list(dict.fromkeys(names))
    position = {name: number for number, name in enumerate(order)}
    rows = np.array([position[name] for name in names])
    Z = np.asarray(table.Z, dtype=np.float64)
    value, carbon = (_added(Z, rows, rows, len(order), weights) for weights in (None, M))
    if demand and level == "region":
        final = table.Y.columns.get_level_values(0).astype(str)
        known = np.array([name in position for name in final])
        columns = np.array([position[name] for name in final[known]])
        Y = np.asarray(table.Y, dtype=np.float64)[:, known]
        value = value + _added(Y, rows, columns, len(order), None)
        carbon = carbon + _added(Y, rows, columns, len(order), M)
    start, end = np.nonzero(value)
    found = pd.DataFrame(
        {
            "source": [order[one] for one in start],
            "target": [order[one] for one in end],
            "value": value[start, end],
            "carbon": carbon[start, end],
        }
    )
    return found.sort_values("value", ascending=False, kind="stable", ignore_index=True)


def _added(values: Array, rows: Places, columns: Places, count: int, weights: Array | None) -> Array:
    """Add up a matrix by groups of rows and columns; rows weighted."""
    weighted = values if weights is None else values * weights[:, None]
    by_row = np.zeros((count, values.shape[1]))
    np.add.at(by_row, rows, weighted)
    found = np.zeros((count, count))
    np.add.at(found.T, columns, by_row.T)
    return found
