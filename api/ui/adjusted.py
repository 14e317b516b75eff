"""What the passport page says of adjustments: the old figure, what was accepted since, offered, refused."""

from __future__ import annotations

from typing import Any

from api.ui.language import Writing
from api.ui.passport_view import Row
from ledger.adjustments_shown import Adjusted, AdjustmentShown
from ledger.passport import Passport

SHORT = 12
"""Digits of a digest that tell statements apart for a reader."""


def adjusted_parts(passport: Passport, write: Writing) -> dict[str, Any]:
    """Return what the page's template asks for; nothing where nothing was adjusted."""
    found = passport.adjusted
    if found is None:
        return {"adjusted": None}
    return {
        "adjusted": found,
        "adjusted_sums": adjusted_sums(found, passport.footprint.gross_mg, write),
        "adjustment_rows": adjustment_rows(found, write),
    }


def signed_amount(mg: str, write: Writing) -> str:
    """Return a gross difference with its sign: what was added, or taken away."""
    return f"− {write.amount(mg[1:])}" if mg.startswith("-") else f"+ {write.amount(mg)}"


def adjusted_sums(adjusted: Adjusted, handed_on_mg: str, write: Writing) -> list[tuple[str, str]]:
    """Return the figure's way from what was handed on to now, and what is in neither."""
    rows = [
        (write("adjusted.handed_on"), write.amount(handed_on_mg)),
        (write("adjusted.accepted"), signed_amount(adjusted.accepted_mg, write)),
        (write("adjusted.now"), write.amount(adjusted.now.gross_mg)),
    ]
    if any(one.offered_mg != "0" for one in adjusted.adjustments):
        rows.append((write("adjusted.offered"), signed_amount(adjusted.offered_mg, write)))
    if any(one.refused_mg != "0" for one in adjusted.adjustments):
        rows.append((write("adjusted.refused"), signed_amount(adjusted.refused_mg, write)))
    return rows


def adjustment_rows(adjusted: Adjusted, write: Writing) -> list[Row]:
    """Return each adjustment: its cause, its amount, and what became of it."""
    return [Row(cells) for one in adjusted.adjustments for cells in _rows(one, write)]


def _rows(one: AdjustmentShown, write: Writing) -> list[tuple[str, str, str]]:
    cause = write("adjusted.late" if one.late else "adjusted.correction", statement=one.cause[:SHORT])
    amounts = (("accepted", one.accepted_mg), ("offered", one.offered_mg), ("refused", one.refused_mg))
    return [(cause, signed_amount(mg, write), write(f"adjusted.{name}")) for name, mg in amounts if mg != "0"]
