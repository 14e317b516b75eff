"""What statements are made of: intervals taken from lots, and lines of emissions or removals.

A line has parts of its own in a body: what is booked (`amount`), what it was computed from (`source`),
what it cost (`price`), what is shown beside it (`memo`), how sure it is (`quality`), where carbon was
removed how that is kept (`removal`), and for power booked by its market the evidence (`instrument`).
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from ledger.identifiers import Digest, LotId
from ledger.instruments import Instrument
from ledger.quality import Quality
from ledger.removals import Removal
from ledger.wire import (
    Code,
    ComponentMap,
    Currency,
    DecimalText,
    Gwp,
    Many,
    Name,
    ShareText,
    Whole,
    Wire,
    Year,
)


class Basis(Wire):
    """What made a lot's segment: statements in log order, quantity and liability at its start."""

    statements: Many[Digest] = ()
    quantity: Whole
    liability: ComponentMap


class Take(Wire):
    """An interval [from, to) of a lot's segment and what it carries."""

    lot: LotId
    basis: Basis
    start: Whole = Field(alias="from")
    end: Whole = Field(alias="to")
    liability: ComponentMap


class Gap(Wire):
    """An input without a passport: the purchase, why it is a gap, and the factor that fills it."""

    key: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    reason: Code
    factor: Digest


class LineAmount(Wire):
    """The milligrams of one line by component; with a gap when a factor stands in for a supplier.

    A footprint from another system (`imported`) states which share of it is primary.
    """

    components: ComponentMap = Field(min_length=1)
    gwp: Gwp
    gap: Gap | None = None
    primary_share: ShareText | None = None


class Tags(Wire):
    """How a line is reported; never part of a balance (GHG Protocol scope and category, ISO 14083)."""

    scope: Literal["1", "2", "3"]
    category: Annotated[str, StringConstraints(pattern=r"^([1-9]|1[0-5])$")] | None = None
    stage: Literal["operation", "energy_provision"]
    of_which: Literal["packaging", "outbound_logistics"] | None = None
    method: Literal["location", "market"] | None = None
    flags: Many[Code] = ()
    gases_ug: dict[Code, Whole] | None = None


class LineSource(Wire):
    """What a line was computed from: activity, quantity with unit, factor by digest, tags."""

    activity: Code
    quantity: DecimalText
    unit: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    factor: Digest | None = None
    tags: Tags
    text: Name | None = None


class CarbonContent(Wire):
    """What goods hold of carbon, in whole milligrams of C (not CO2e)."""

    fossil: Whole | None = None
    biogenic: Whole | None = None
    recycled: Whole | None = None
    packaging: Whole | None = None


class Memo(Wire):
    """What is shown beside a line and never added up with CO2e.

    Carbon content in mg C, occupied land in m2·year, indirect land use change and aviation's radiative
    forcing in mg CO2e (PROTOCOL, Values: memo).
    """

    carbon_mg: CarbonContent | None = None
    land_m2_year: DecimalText | None = None
    indirect_luc_mg: Whole | None = None
    radiative_forcing_mg: Whole | None = None


class LinePrice(Wire):
    """What a spend line cost: minor units of an ISO 4217 currency, and what the price contains."""

    minor_units: Whole
    currency: Currency
    year: Year
    price_type: Literal["purchaser", "producer", "basic"]
    vat_percent: DecimalText | None = None


class Line(Wire):
    """One line of emissions or removals."""

    amount: LineAmount
    source: LineSource
    price: LinePrice | None = None
    memo: Memo | None = None
    quality: Quality | None = None
    removal: Removal | None = None
    instrument: Instrument | None = None

    @model_validator(mode="after")
    def _fit_has_factor(self) -> Self:
        if self.quality is not None and self.quality.fit is not None and self.source.factor is None:
            message = "quality/fit scores a factor, but source names none; name it or remove the scores"
            raise ValueError(message)
        return self


class UnsignedLine(Line):
    """What stands in the place of lines that are not known, so that it can be traced like one.

    Nobody signed its tags, so it has no scope and no stage: it is reported under a name of its own.
    """

    reported_as: Code


def scope_of(line: Line) -> str:
    """Return a line's scope with its category, `3.4`; what nobody signed is of none."""
    if isinstance(line, UnsignedLine):
        return line.reported_as
    return ".".join(filter(None, (line.source.tags.scope, line.source.tags.category)))


def stage_of(line: Line) -> str:
    """Return a line's stage; what nobody signed is of none."""
    return line.reported_as if isinstance(line, UnsignedLine) else line.source.tags.stage
