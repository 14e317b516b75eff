"""An organization's E-liability statement as a table, for a spreadsheet."""

from __future__ import annotations

from typing import Final

import pandas as pd

from ledger.components import NAMES
from ledger.reports import COLUMNS, PeriodStatement

HEADINGS: Final = ("opening", *COLUMNS, "closing")


def books_csv(statement: PeriodStatement) -> str:
    """Return the statement as CSV: a row per component, a column per heading, whole mg CO2e.

    Amounts are Python integers in object columns: a float column would round beyond 2^53.
    """
    columns: dict[str, dict[int, int]] = {name: statement.columns[name] for name in COLUMNS}
    columns["opening"], columns["closing"] = statement.opening, statement.closing
    slots = sorted({slot for column in columns.values() for slot in column})
    cells = {name: [columns[name].get(slot, 0) for slot in slots] for name in HEADINGS}
    table = pd.DataFrame(
        cells,
        index=pd.Index([NAMES[slot] for slot in slots], name="component_mg_co2e"),
        dtype=object,
    )
    return str(table.to_csv(lineterminator="\n"))
