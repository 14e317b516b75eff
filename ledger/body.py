"""What every statement says, whatever its kind: when it happened, a random reference, a note."""

from __future__ import annotations

from pydantic import Field

from ledger.identifiers import Hex32
from ledger.wire import CivilDate, Text, Wire, Zone


class Occurred(Wire):
    """When it happened: civil dates, both included, in an IANA zone."""

    start: CivilDate = Field(alias="from")
    end: CivilDate = Field(alias="to")
    zone: Zone


class Body(Wire):
    """What every kind has: when it happened and a random reference."""

    occurred: Occurred
    ref: Hex32
    note: Text | None = None


class Validity(Wire):
    """From when to when, civil dates, both included."""

    start: CivilDate = Field(alias="from")
    end: CivilDate = Field(alias="to")
