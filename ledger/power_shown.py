"""Power that was booked by its market, as a passport shows it: on what evidence, and how much of it is here.

A hub's contract stands in its stay and is shown with the transport (`logistics/shown.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from ledger.origins import Origin
from ledger.quantities import EXACT, decimal_text
from ledger.shown import Figure, Shown, figure, share_text

_KWH: Final = -3
"""Wh to kWh, as a power of ten."""


class PowerShown(Shown):
    """A line of power by market: whose, how much was used, the instrument behind it, what of it is here.

    The instrument covers `covered_kwh` from `first` to `last`; `share` is of the passport's gross.
    """

    statement: str
    line: int
    organization: str
    organization_name: str
    tier: int
    quantity: str
    unit: str
    instrument: str
    covered_kwh: str | None
    first: str | None
    last: str | None
    registry: str | None
    cancellation: str | None
    reaches: Figure
    share: str | None


def power_shown(
    origins: Iterable[Origin],
    issuers: Mapping[str, str],
    names: Mapping[str, str],
    tiers: Mapping[str, int],
    gross_mg: int,
) -> tuple[PowerShown, ...]:
    """Return the lines of power by market behind a passport, the largest gross first.

    `issuers` and `tiers` are by statement, `names` by organization.
    """
    found = []
    for origin in sorted(origins, key=lambda one: -one.reaches.gross_mg()):
        line = origin.line
        if line.instrument is None:
            continue
        stated, mg = line.instrument, origin.reaches.gross_mg()
        volume, period, issuer = stated.volume_wh, stated.period, issuers.get(origin.statement, "")
        found.append(
            PowerShown(
                statement=origin.statement,
                line=origin.number,
                organization=issuer,
                organization_name=names.get(issuer, ""),
                tier=tiers[origin.statement],
                quantity=line.source.quantity,
                unit=line.source.unit,
                instrument=stated.kind,
                covered_kwh=None if volume is None else decimal_text(EXACT.scaleb(Decimal(volume), _KWH)),
                first=period.start if period else None,
                last=period.end if period else None,
                registry=stated.registry,
                cancellation=stated.cancellation,
                reaches=figure(origin.reaches),
                share=share_text(EXACT.divide(Decimal(mg), Decimal(gross_mg)) if gross_mg else None),
            )
        )
    return tuple(found)
