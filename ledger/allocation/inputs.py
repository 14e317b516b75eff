"""What a policy computes with, as it is signed in the statement: prices, energy, wastes, who used what.

A policy uses the groups that it needs and refuses the others; which ones is said in its own module.
Outputs, lines and taken inputs are named by their numbers in the statement.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ledger.wire import CivilDate, Code, Currency, DecimalText, Many, Name, ShareText, Whole, Wire, Year


class OutputValue(Wire):
    """What an output is worth: its revenue, or its price per kg, L, kWh, t·km, h, m2, piece or TEU.

    Both in minor units of the currency (cents, fen); a price may have decimals.
    """

    output: Whole
    revenue: Whole | None = None
    price: DecimalText | None = None


class Averaged(Wire):
    """Over which civil dates prices are averaged, both included."""

    start: CivilDate = Field(alias="from")
    end: CivilDate = Field(alias="to")


class Values(Wire):
    """What the outputs are worth, in one currency, averaged over a period so that no single day decides."""

    currency: Currency
    averaged: Averaged
    outputs: Many[OutputValue]
    source: Name | None = None


class OutputEnergy(Wire):
    """The energy in an output: joules in all of it, or its lower heating value in MJ per kg."""

    output: Whole
    joules: Whole | None = None
    lower_heating_value: DecimalText | None = None


class Energies(Wire):
    """The energy in the outputs, and where the figures are from."""

    source: Name
    outputs: Many[OutputEnergy]


class WithoutBurden(Wire):
    """An output that carries nothing on, and why."""

    output: Whole
    because: Literal["waste", "scrap", "residue"]


class CutOff(Wire):
    """Which outputs carry nothing, and by which policy the others share."""

    outputs: Many[WithoutBurden]
    others: Code


class Alone(Wire):
    """The lines and taken inputs that served one output alone."""

    output: Whole
    lines: Many[Whole] = ()
    inputs: Many[Whole] = ()


class Common(Wire):
    """The lines and taken inputs that served all outputs, and by which policy they are shared."""

    by: Code
    lines: Many[Whole] = ()
    inputs: Many[Whole] = ()


class Subdivision(Wire):
    """Every line and taken input of a production, each in exactly one place."""

    alone: Many[Alone]
    common: Common


class BearingSeason(Wire):
    """One season of a crop: its year, its own emissions in mg CO2e gross, and what it gave in mg."""

    year: Year
    emissions_mg: Whole
    mass_mg: Whole


class BroughtForward(Wire):
    """What earlier seasons deferred to this one: the taken inputs, and their mg CO2e gross."""

    mg: Whole
    inputs: Many[Whole] = ()


class BearingCycle(Wire):
    """A crop of alternate years: its seasons, oldest first and this one last, and where the rest goes.

    `deferred` is the output for the next season, `lost` the one for a crop failure: a season that gives less
    than `failed_below` of the average of those before it.
    """

    seasons: Many[BearingSeason]
    brought_forward: BroughtForward
    deferred: Whole
    lost: Whole | None = None
    failed_below: ShareText


class PolicyInputs(Wire):
    """All that a policy computes with, beside the quantities."""

    values: Values | None = None
    energy: Energies | None = None
    cut_off: CutOff | None = None
    subdivision: Subdivision | None = None
    bearing_cycle: BearingCycle | None = None
