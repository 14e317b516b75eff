"""The baseline: how much each province and sector emits for what it makes, on average and over the years.

Per output, per value added and per unit of final demand (the multiplier: all tiers). An average of several
rows is Σ emissions / Σ money, never the mean of their ratios.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
import pandas as pd

from ledger.mrio.leontief import multipliers, per_output
from ledger.mrio.table import Array, Table

Level = Literal["both", "region", "sector", "all"]
_KEYS: Final[dict[Level, list[str]]] = {
    "both": ["region", "sector"],
    "region": ["region"],
    "sector": ["sector"],
    "all": [],
}
MONEY: Final = ("output", "value_added", "final_demand")


def intensities(
    table: Table,
    *,
    extension: str | None = None,
    stressor: str | None = None,
    by: Level = "both",
    M: Array | None = None,
) -> pd.DataFrame:
    """Return emissions, money and intensities, one row a region and sector, or added up.

    Columns: emissions (the stressor's unit); output, value_added, final_demand (the table's money);
    per_output, per_value_added (emitted there per money; missing where the money is 0 or negative); carried
    (all tiers per money of final demand: Σ m y / Σ y, and where nothing is finally demanded, by output).

    Args:
        table: a checked table.
        extension: see `leontief.multipliers`.
        stressor: one of its rows; the first where none is named.
        by: `both`, or added up by `region`, by `sector`, over `all`.
        M: the row of multipliers, where it is known already; shape (n,).

    Raises:
        UnknownExtensionError, UnknownStressorError, SingularTableError, NotConvergedError: as `multipliers`.
    """
    one = table.extension(extension)
    row = one.stressors[0] if stressor is None else stressor
    if M is None:
        M = np.asarray(multipliers(table, one, [row]).M, dtype=np.float64)[0]
    output = table.output
    demand = np.asarray(table.Y, dtype=np.float64).sum(axis=1)
    rows = pd.DataFrame(
        {
            "emissions": np.asarray(one.row(row), dtype=np.float64),
            "output": output,
            "value_added": output - np.asarray(table.Z, dtype=np.float64).sum(axis=0),
            "final_demand": demand,
            "by_demand": M * demand,
            "by_output": M * output,
        },
        index=table.labels,
    )
    keys = _KEYS[by]
    if by == "all":
        rows = rows.sum().to_frame("all").T
    elif by != "both":
        rows = rows.groupby(level=keys, sort=False).sum()
    return _with_ratios(rows)


def _with_ratios(rows: pd.DataFrame) -> pd.DataFrame:
    for money in ("output", "value_added"):
        rows[f"per_{money}"] = _ratio(rows["emissions"], rows[money])
    finally_demanded = rows["final_demand"] > 0
    rows["carried"] = _ratio(rows["by_demand"], rows["final_demand"]).where(
        finally_demanded, _ratio(rows["by_output"], rows["output"])
    )
    return rows.drop(columns=["by_demand", "by_output"])


def _ratio(emissions: pd.Series, money: pd.Series) -> pd.Series:
    found = per_output(np.asarray(emissions, dtype=np.float64), np.asarray(money, dtype=np.float64))
    return pd.Series(found, index=money.index).where(money > 0)


def trend(
    tables: Sequence[Table],
    *,
    extension: str | None = None,
    stressor: str | None = None,
    by: Level = "all",
) -> pd.DataFrame:
    """Return `intensities` of several years, with the column `year` first; money stays each year's own.

    Raises:
        LedgerError: as `intensities`.
    """
    frames = []
    for table in sorted(tables, key=lambda one: one.year):
        found = intensities(table, extension=extension, stressor=stressor, by=by)
        found.insert(0, "year", table.year)
        frames.append(found)
    return pd.concat(frames) if frames else pd.DataFrame()
