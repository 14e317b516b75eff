"""How sure a company is of a line: a measured error, or scores of where its figures come from.

What is absent is not stated; no uncertainty is ever assumed in its place. Scores run from 1 (best) to 5 and
become the spread of a lognormal distribution by the pedigree approach: the variance of the logarithm is
the basic variance of what is counted, plus one addition per indicator.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Context, Decimal
from functools import cache
from typing import Annotated, Final, Literal, Self

from pydantic import StringConstraints, model_validator

from ledger.wire import Code, Wire

STATISTICS: Final = Context(prec=40)
"""Decimal arithmetic with exp and ln that are rounded correctly, so the same digits on every machine."""

Score = Literal["1", "2", "3", "4", "5"]
Flow = Literal[
    "energy_materials",
    "transport",
    "infrastructure",
    "co2",
    "methane_burnt",
    "methane_farm",
    "n2o_burnt",
    "n2o_farm",
]
INDICATORS: Final = ("reliability", "completeness", "temporal", "geographical", "technological")

BASIC_RANGE: Final[Mapping[str, str]] = {
    "energy_materials": "1.05",
    "transport": "2",
    "infrastructure": "3",
    "co2": "1.05",
    "methane_burnt": "1.5",
    "methane_farm": "1.2",
    "n2o_burnt": "1.5",
    "n2o_farm": "1.4",
}
"""By what is counted: the square of the geometric standard deviation that even perfect figures have.

ecoinvent data v2.0 (Frischknecht, Jungbluth et al. 2007, report no. 1), second-hand: read in the package
pedigree-matrix 0.2.2 (BSD-3). The energy, transport and CO2 rows agree with the variances 0.0006 and 0.12
of the v3 guideline's Table 10.3, read second-hand too.
"""
ADDED_VARIANCE: Final[Mapping[str, tuple[str, str, str, str, str]]] = {
    "reliability": ("0", "0.0006", "0.002", "0.008", "0.04"),
    "completeness": ("0", "0.0001", "0.0006", "0.002", "0.008"),
    "temporal": ("0", "0.0002", "0.002", "0.008", "0.04"),
    "geographical": ("0", "0.000025", "0.0001", "0.0006", "0.002"),
    "technological": ("0", "0.0006", "0.008", "0.04", "0.12"),
}
"""By indicator, for scores 1 to 5: what is added to the variance of the logarithm.

Weidema et al. 2013, data quality guideline for ecoinvent 3, Table 10.5, second-hand: read alike in the
openLCA and Brightway projects, which both quote the guideline.
"""


class MeasuredError(Wire):
    """The relative standard error of an activity as it was measured, and by which method.

    `relative_se` is a decimal share of the quantity (0.02 is 2 %); `method` a short code such as
    `meter_certificate`.
    """

    relative_se: Annotated[str, StringConstraints(pattern=r"^(0|1|0\.[0-9]{0,29}[1-9])$")]
    method: Code


class Pedigree(Wire):
    """Where a figure comes from, scored 1 (best) to 5 by whoever knows it; `flow` says what is counted."""

    flow: Flow
    reliability: Score
    completeness: Score
    temporal: Score
    geographical: Score
    technological: Score

    def score(self, indicator: str) -> int:
        """Return the score of one of `INDICATORS`."""
        return int(getattr(self, indicator))

    def added_variance(self) -> Decimal:
        """Return what the scores add to the variance of the logarithm."""
        return sum((Decimal(ADDED_VARIANCE[name][self.score(name) - 1]) for name in INDICATORS), Decimal(0))

    def variance(self) -> Decimal:
        """Return the variance of the logarithm: (ln U / 2)^2 of the flow, plus what the scores add."""
        return STATISTICS.add(_basic_variance(self.flow), self.added_variance())


@cache
def _basic_variance(flow: Flow) -> Decimal:
    half = STATISTICS.divide(Decimal(BASIC_RANGE[flow]).ln(STATISTICS), Decimal(2))
    return STATISTICS.multiply(half, half)


class Quality(Wire):
    """How sure a line is: of its activity by measured error or scores, of its factor's fit by scores."""

    measured: MeasuredError | None = None
    activity: Pedigree | None = None
    fit: Pedigree | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.measured is None and self.activity is None and self.fit is None:
            message = "say the measured error or scores of the activity, or the fit of the factor"
            raise ValueError(message)
        if self.measured is not None and self.activity is not None:
            message = "an activity has a measured error or scores, not both; keep one"
            raise ValueError(message)
        return self

    def scored(self) -> tuple[Pedigree, ...]:
        """Return the scores that the line states, of its activity and of its factor's fit."""
        return tuple(one for one in (self.activity, self.fit) if one is not None)

    def worst(self, indicator: str) -> int | None:
        """Return the worse score of activity and fit, None where the line states no scores."""
        return max((one.score(indicator) for one in self.scored()), default=None)
