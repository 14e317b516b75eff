"""What the passport page says of power that was booked by its market: a sentence for each instrument."""

from __future__ import annotations

from collections.abc import Sequence

from api.ui.language import Writing
from ledger.power_shown import PowerShown


def power_lines(power: Sequence[PowerShown], write: Writing) -> list[str]:
    """Return a sentence for each line of power by market: how much, on what evidence, what of it is here."""
    return [_line(one, write) for one in power]


def _line(one: PowerShown, write: Writing) -> str:
    details = []
    if one.covered_kwh is not None:
        details.append(write("power.covers", amount=one.covered_kwh))
    if one.first is not None and one.last is not None:
        details.append(write("power.period", first=one.first, last=one.last))
    if one.registry is not None:
        details.append(write("power.registry", registry=one.registry))
    if one.cancellation is not None:
        details.append(write("power.cancelled", number=one.cancellation))
    return write(
        "power.line",
        organization=one.organization_name or one.organization,
        quantity=f"{one.quantity} {one.unit}",
        instrument=write(f"power.{one.instrument}"),
        details=write.listed(details) or write("power.no_details"),
        amount=write.amount(one.reaches.gross_mg),
        share=write.percent(one.share),
    )
