"""What is asked about a gap, and the answer: which factor fills it, how much that is, and why this one."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from ledger.factor import Factor, GwpSet
from ledger.factors.prices import Deflator, PriceIndex, PriceStep, Spend

FLAGS: Final = {
    "undeflated": "Prices of another year were used as if they were of the factor's year.",
    "margins_unknown": "The price may contain trade and transport margins, which the factor doesn't expect.",
    "product_taxes_unknown": "The price may contain taxes on products, which the factor doesn't expect.",
    "price_type_differs": "The factor is per purchaser price, the spend is not.",
    "vat_unknown": "It isn't known whether the price contains VAT.",
    "region_fallback": "The factor is of a wider or another region than the supplier's.",
    "year_differs": "The factor is of another year than the activity.",
    "co2_only": "The factor counts CO2 only.",
    "upstream_not_covered": "The factor leaves out what happened upstream.",
    "second_hand": "The factor was read in a list that quotes its source.",
    "gwp_differs": "The factor keeps its own GWP set, which is not the one preferred.",
    "nation_for_province": "The factor is of the nation, the supplier is in one of its provinces.",
    "sector_split": "The code belongs to several sectors; the one with the largest share stands for all.",
    "average_of_provinces": "The table has no row of the nation; its provinces were averaged by output.",
    "synthetic": "The table was made up for trying things out. No number in it was measured.",
    "checks_accepted": "The table fails checks that its user accepted.",
}
"""Flags of a choice: what a passport shows beside a gap, as fixed codes with a sentence each."""

Kind = Literal["passport", "physical", "mrio"]
Match = Literal["same", "part", "split", "judgement"]
"""One to one; a part of a wider sector; spread over several; somebody's reading."""


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class PassportCandidate(_Wire):
    """A supplier's passport for the goods: kg CO2e per `per`, and how much of it was bought."""

    passport: str = Field(pattern=r"^[0-9a-f]{64}$")
    kg_co2e: str
    per: str
    quantity: str
    unit: str


class Activity(_Wire):
    """What was used, in physical units: a plain code (diesel_burnt, grid_electricity) or a factor's id."""

    code: str | None = Field(default=None, max_length=80)
    factor: str | None = Field(default=None, max_length=120)
    quantity: str
    unit: str


class SectorMatch(_Wire):
    """What stands for a product's code in another list: its share, how well it matches, and who says so."""

    code: str = Field(min_length=1, max_length=200)
    weight: str = "1"
    match: Match
    source: str = Field(min_length=1, max_length=400)


class TableProduct(_Wire):
    """What to look for in imported input-output tables: the sector as the table calls it.

    `table`: a name or digest, then only that one answers (a synthetic table needs this); `region`: as the
    table calls it, where it isn't found by itself; `counts_as`: co2 or the GWP set of its row, where the row
    isn't called CO2 or `CO2e AR5`.
    """

    sector: str | None = Field(default=None, max_length=200)
    table: str | None = Field(default=None, max_length=200)
    region: str | None = Field(default=None, max_length=200)
    extension: str | None = Field(default=None, max_length=200)
    stressor: str | None = Field(default=None, max_length=200)
    counts_as: Literal["co2", "AR4", "AR5", "AR6"] | None = None


class GapQuery(_Wire):
    """An input for which something must be found: the best of passport, activity and spend is used.

    `region`: the supplier's (CN-GD, CN, NL); `year`: when it was used or bought; `sector`: code of a spend
    table (111300; in the US also NAICS); `transport_covered`: a signed transport leg covers the delivery, so
    a factor without margins is used; `allow_undeflated`: take prices of another year as they are, flagged;
    `price_index`: an index over years instead of one deflator, since tables are of several years;
    `matches`: the sectors that stand for the product's code by a concordance, the largest share first;
    `table`: where to look in imported input-output tables.
    """

    item: str = Field(min_length=1, max_length=400)
    region: str = Field(min_length=2, max_length=20)
    year: int = Field(ge=1900, le=2100)
    stage: Literal["operation", "energy_provision"] = "operation"
    gwp: GwpSet = "AR5"
    candidate: PassportCandidate | None = None
    activity: Activity | None = None
    sector: str | None = Field(default=None, max_length=20)
    spend: Spend | None = None
    deflator: Deflator | None = None
    price_index: PriceIndex | None = None
    allow_undeflated: bool = False
    transport_covered: bool = False
    matches: tuple[SectorMatch, ...] = Field(default=(), max_length=50, strict=False)
    table: TableProduct | None = None


class Alternative(_Wire):
    """Something else that could have filled the gap, and why it did not."""

    kind: Kind
    factor: str | None = None
    why_not: str


class FactorChoice(_Wire):
    """What fills a gap: the amount in mg CO2e, the factor with every attribute, the steps, and why this one.

    `value` is kg CO2e per `per` as it was used, under `gwp`; `quantity` and `unit` are what it was multiplied
    with (for a spend: the money after the price steps). A passport has no factor, evidence or channel here:
    its own components are taken over.
    """

    kind: Kind
    item: str
    amount_mg: str
    value: str
    per: str
    quantity: str
    unit: str
    passport: str | None = None
    factor: Factor | None = None
    factor_digest: str | None = None
    channel: str | None = None
    evidence: str | None = None
    stage: str | None = None
    gwp: GwpSet | None = None
    price_steps: tuple[PriceStep, ...] = ()
    regions_tried: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    matches: tuple[SectorMatch, ...] = ()
    considered: tuple[Alternative, ...] = ()
    why: str
