"""Contractual instruments: the evidence of electricity that is booked by its market, not by its grid."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ledger.wire import CivilDate, Name, Whole, Wire


class InstrumentPeriod(Wire):
    """From when to when an instrument covers power, both days included."""

    start: CivilDate = Field(alias="from")
    end: CivilDate = Field(alias="to")


class Instrument(Wire):
    """What shows where bought power comes from (GHG Protocol Scope 2 Guidance).

    A `certificate` is cancelled in a registry; a `contract` or `supplier_rate` covers a volume
    in a period; what no instrument covers takes the `residual_mix`.
    """

    kind: Literal["certificate", "contract", "supplier_rate", "residual_mix"]
    volume_wh: Whole | None = None
    period: InstrumentPeriod | None = None
    registry: Name | None = None
    cancellation: Name | None = None
