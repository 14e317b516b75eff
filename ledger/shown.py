"""Amounts as they are shown: decimal strings, per declared unit, shares with six places.

Nothing here is signed; everything is derived from what is. Rounding is for reading only.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

from pydantic import BaseModel, ConfigDict

from ledger.components import Components
from ledger.quantities import EXACT, MG_PER_KG, kilograms_text

PLACES: Final = 6
DECLARED_UNITS: Final[dict[str, tuple[str, Fraction]]] = {
    "mg": ("kg", Fraction(1)),
    "mL": ("L", Fraction(1000, MG_PER_KG)),
    "Wh": ("kWh", Fraction(1000, MG_PER_KG)),
    "kg·km": ("t·km", Fraction(1000, MG_PER_KG)),
    "s": ("h", Fraction(3600, MG_PER_KG)),
    "m2": ("m2", Fraction(1, MG_PER_KG)),
    "piece": ("piece", Fraction(1, MG_PER_KG)),
    "TEU": ("TEU", Fraction(1, MG_PER_KG)),
}
"""By unit of a lot: the unit that a figure is per, and what mg per the lot's unit is worth in kg per it."""


class Shown(BaseModel):
    """What the ledger shows: plain values, ready for JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Figure(Shown):
    """An amount of carbon in whole mg CO2e: gross beside net, and what it is made of."""

    gross_mg: str
    net_mg: str
    removals_mg: str
    components: dict[str, str]


class PerUnit(Shown):
    """Kilograms CO2e per declared unit, six places."""

    unit: str
    gross: str
    net: str


class Pact(Shown):
    """The derived figures that PACT's data model asks for, in kg CO2e per declared unit."""

    unit: str
    fossil: str
    excluding_uptake: str
    including_uptake: str


class Share(Shown):
    """A part of the gross figure by name: mg CO2e, and as a share of all."""

    name: str
    gross_mg: str
    share: str | None


def figure(components: Components) -> Figure:
    """Write a component vector as a figure."""
    return Figure(
        gross_mg=str(components.gross_mg()),
        net_mg=str(components.net_mg()),
        removals_mg=str(components.removals_mg()),
        components=components.wire(),
    )


def rate_text(mg: int | Fraction, quantity: int, unit: str) -> str:
    """Write mg of a quantity in a lot's unit as kg per declared unit, half to even at six places."""
    worth = DECLARED_UNITS[unit][1]
    millionths = round(Fraction(mg) / quantity * worth * 10**PLACES)
    return kilograms_text(millionths, PLACES)


def per_unit(components: Components, quantity: int, unit: str) -> PerUnit:
    """Return gross and net per declared unit."""
    return PerUnit(
        unit=DECLARED_UNITS[unit][0],
        gross=rate_text(components.gross_mg(), quantity, unit),
        net=rate_text(components.net_mg(), quantity, unit),
    )


def pact(components: Components, quantity: int, unit: str) -> Pact:
    """Return the PACT figures per declared unit."""
    rates = {name: rate_text(mg, quantity, unit) for name, mg in components.pact().items()}
    return Pact(unit=DECLARED_UNITS[unit][0], **rates)


def share_text(share: Decimal | None) -> str | None:
    """Write a share with six places, None where there is nothing to share."""
    return None if share is None else format(EXACT.quantize(share, Decimal(1).scaleb(-PLACES)), "f")
