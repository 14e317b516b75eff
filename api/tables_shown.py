"""Input-output tables as plain values, for routes and pages alike."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ledger.mrio.store import Imported


def table_line(one: Imported) -> dict[str, Any]:
    """Return what a list of tables shows of one."""
    head = one.head
    sectors = head["sectors"]
    return {
        "digest": one.digest,
        "name": one.name,
        "year": one.year,
        "currency": head["currency"],
        "unit": head["unit"],
        "regions": len({region for region, _ in sectors}),
        "sectors": len({sector for _, sector in sectors}),
        "extensions": head["extensions"],
        "provenance": head["provenance"],
    }


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows with their labels; what is missing is null."""
    if isinstance(frame.index, pd.MultiIndex) or frame.index.name is not None:
        frame = frame.reset_index()
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]
