"""Input-output tables as plain values, for routes and pages alike."""

from __future__ import annotations

from typing import Annotated, Any

import pandas as pd
from fastapi import Query

from api.wiring import Wiring
from ledger.mrio import errors as table_errors
from ledger.mrio.library import Solved
from ledger.mrio.store import Imported
from ledger.mrio.table import Table

TABLE_REFUSALS = (
    table_errors.UnknownMrioTableError,
    table_errors.DamagedTableError,
    table_errors.UnknownExtensionError,
    table_errors.UnknownStressorError,
    table_errors.SingularTableError,
    table_errors.NotConvergedError,
)
PRODUCT_REFUSALS = (*TABLE_REFUSALS, table_errors.UnknownTableSectorError)
Name = Annotated[str, Query(max_length=200)]
Optional = Annotated[str | None, Query(max_length=200)]


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


def table_asked(
    wired: Wiring, table: str, extension: str | None, stressor: str | None
) -> tuple[Table, Solved]:
    """Return a table, opened, and the row that is asked of it, solved.

    Raises:
        LedgerError: those of `TABLE_REFUSALS`.
    """
    solved = wired.tables.solved(table, extension, stressor)
    return wired.tables.open(solved.digest), solved


def table_said(table: Table, solved: Solved) -> dict[str, Any]:
    """Return what every number from a table has to say."""
    return {
        "table": {
            "digest": solved.digest,
            "name": table.name,
            "year": table.year,
            "currency": table.currency,
            "money": table.unit,
            "provenance": table.provenance.as_json(),
        },
        "extension": solved.extension,
        "stressor": solved.stressor,
        "unit": solved.unit,
        "method": solved.method,
        "residual": solved.residual,
    }
