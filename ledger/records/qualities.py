"""What a record says of how sure it is: a meter's error, or scores of where its figures come from.

Cells state it or leave it out; nothing is assumed. A row that makes several lines says the same of each of
them; scores of fit belong to the lines that a factor was used for.
"""

from __future__ import annotations

from typing import Any

from ledger.quantities import decimal_text
from ledger.records.errors import NeededCellError, RecordTextError
from ledger.records.rows import ActivityRow, PurchaseRow


def with_quality(lines: list[dict[str, Any]], row: ActivityRow | PurchaseRow) -> list[dict[str, Any]]:
    """Return a row's lines, each with what the row's cells say of how sure it is.

    Raises:
        NeededCellError: an error is stated without its method, or a method without its error.
        RecordTextError: error and scores of the same activity, or a fit without any factor.
    """
    of_activity = _of_activity(row)
    fit = {} if row.fit_scores is None else {"fit": row.fit_scores}
    if fit and all(line["source"].get("factor") is None for line in lines):
        at = row.at.under("fit_scores")
        raise RecordTextError(*at.facts(_written(row.fit_scores)), "no factor is used here; leave it out")
    found = []
    for line in lines:
        quality = {**of_activity, **(fit if line["source"].get("factor") else {})}
        found.append({**line, "quality": quality} if quality else line)
    return found


def _of_activity(row: ActivityRow | PurchaseRow) -> dict[str, Any]:
    """Return what a row says of its quantity or amount: a measured error, scores, or nothing."""
    error, method = row.error_percent, row.error_method
    if (error is None) != (method is None):
        column, other = ("error_percent", "error_method")
        if error is not None:
            column, other = other, column
        raise NeededCellError(*row.at.under(column).facts(""), f"a row with {other}")
    if row.activity_scores is None:
        if error is None:
            return {}
        return {"measured": {"relative_se": decimal_text(error.scaleb(-2)), "method": method}}
    if error is not None:
        at = row.at.under("activity_scores")
        problem = "the row has error_percent already; keep one of them"
        raise RecordTextError(*at.facts(_written(row.activity_scores)), problem)
    return {"activity": row.activity_scores}


def _written(scores: dict[str, str] | None) -> str:
    return " ".join((scores or {}).values())
