"""The form of an answer about a gap, as the API gives it and the page shows it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from ledger.factors.gap import FactorChoice
from ledger.factors.spread import SOURCE


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class UnsureOf(_Wire):
    """One reason to be unsure: a code, its score, and its share of the variance."""

    code: str
    score: str
    share: float


class GapInterval(_Wire):
    """2.5 and 97.5 % of what fills the gap, in mg CO2e, how they were found, and who judged."""

    low_mg: str
    high_mg: str
    geometric_sd: float
    method: Literal["lognormal", "monte_carlo"]
    draws: int | None = None
    seed: int | None = None
    judgement: str = SOURCE
    parts: tuple[UnsureOf, ...]


class TableShown(_Wire):
    """The table that answers: what it is, of when, where and what, and under which licence."""

    dataset: str
    title: str
    version: str
    year: int
    region: str
    sector: str
    gwp: str
    price_type: str | None = None
    licence: str
    notice: str
    digest: str | None = None
    synthetic: bool = False
    accepted: tuple[str, ...] = ()


class Weighed(_Wire):
    """Another candidate: its table and value, what it would have given, and why it was passed over."""

    factor: str
    name: str
    table: str
    region: str
    sector: str
    year: int
    value: str
    per: str
    gwp: str
    licence: str
    amount_mg: str | None = None
    why_not: str


class PathShown(_Wire):
    """One supply chain: sectors, the product first, and its share of the whole."""

    sectors: tuple[tuple[str, str], ...]
    share: float


class Behind(_Wire):
    """What stands behind the figure: gases, and where a table is at hand, supply chains and who emits.

    `other_table`: the paths are of another table than the one that answers. `why_none`: no table has them.
    """

    gases: tuple[tuple[str, float], ...] = ()
    paths: tuple[PathShown, ...] = ()
    contributors: tuple[PathShown, ...] = ()
    explained: float | None = None
    table: str | None = None
    other_table: bool = False
    why_none: str | None = None


class GapAnswer(FactorChoice):
    """What fills a gap, with interval, table, other candidates and what stands behind it."""

    interval: GapInterval | None = None
    table: TableShown | None = None
    alternatives: tuple[Weighed, ...] = ()
    behind: Behind | None = None
