"""How far off a multiplier may be: seeded draws over emissions, prices, concordance and a table's own cells.

Each uncertain number is multiplied by a lognormal of mean 1 (arithmetic), so that the mean of the draws is
the booked value. The table enters by first order around its solution: a relative change d of cell a_ij moves
the multiplier of product k by m_i a_ij L_jk d; the 1,000 cells that move it most are drawn, the rest stays.
So no draw needs a solve.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np

from ledger.errors import LedgerError
from ledger.mrio.leontief import multipliers, output_for, per_output
from ledger.mrio.paths import Label
from ledger.mrio.table import Array, Table

DRAWS: Final = 10_000
CELLS: Final = 1_000
"""How many cells of A are drawn: those that move the product's multiplier most."""
_AT_ONCE: Final = 2_000


@dataclass(eq=False)
class GeometricDeviationError(LedgerError):
    """A geometric standard deviation is below 1."""

    field: str
    value: float
    sentence: ClassVar[str] = "{field}: a geometric standard deviation is at least 1, not {value}. Write 1.2."


@dataclass(eq=False)
class ConcordanceWeightError(LedgerError):
    """The weights that spread a product over sectors are none."""

    total: float
    sentence: ClassVar[str] = (
        "mix: the weights of the sectors add up to {total}, not to 1, or one is negative. Make them add up."
    )


@dataclass(frozen=True, slots=True)
class Spreads:
    """Geometric standard deviations, at least 1: of sectors' emissions, price, concordance and cells of A.

    `price` is one number for the whole chain of conversions; whoever gives these says where they come from.
    """

    emissions: float
    price: float = 1.0
    concordance: float = 1.0
    cells: float = 1.0


@dataclass(frozen=True, slots=True)
class Interval:
    """A multiplier with its interval: 2.5, 50 and 97.5 % of the draws, per unit of money.

    `by_source` is the share of the variance that each source would have alone.
    """

    value: float
    mean: float
    low: float
    median: float
    high: float
    geometric_sd: float
    draws: int
    seed: int
    by_source: dict[str, float]

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class _Sensitivity:
    """What moves one product's multiplier: mass per relative change, by sector and by cell."""

    value: float
    emissions: Array
    cells: Array


def interval(  # noqa: PLR0913 - a question has these sides
    table: Table,
    mix: Mapping[Label, float],
    spreads: Spreads,
    *,
    extension: str | None = None,
    stressor: str | None = None,
    draws: int = DRAWS,
    seed: int = 1,
) -> Interval:
    """Draw the multiplier of a product that a concordance spreads over sectors.

    Args:
        table: a checked table.
        mix: by region and sector, the share of the product's price that falls there; they add up to 1.
        spreads: how uncertain each source is.
        extension: see `leontief.multipliers`.
        stressor: one of its rows; the first where none is named.
        draws: how many.
        seed: the same seed, the same draws.

    Raises:
        GeometricDeviationError: a spread below 1.
        ConcordanceWeightError: weights that don't add up.
        UnknownTableSectorError, UnknownExtensionError, UnknownStressorError: what isn't there.
        SingularTableError, NotConvergedError: as `leontief.multipliers`.
    """
    sigmas = {}
    for field in Spreads.__slots__:
        value = float(getattr(spreads, field))
        if not value >= 1 or not np.isfinite(value):
            raise GeometricDeviationError(field, value)
        sigmas[field] = float(np.log(value))
    total = sum(mix.values())
    if not abs(total - 1) < 1e-9 or min(mix.values(), default=-1.0) < 0:
        raise ConcordanceWeightError(float(total))
    one = table.extension(extension)
    row = one.stressors[0] if stressor is None else stressor
    M = np.asarray(multipliers(table, one, [row]).M, dtype=np.float64)[0]
    own = per_output(np.asarray(one.row(row), dtype=np.float64), table.output)
    found = [_sensitivity(table, table.position(*label), M, own) for label in mix]
    weights = np.array(list(mix.values()))
    drawn = _drawn(found, weights, sigmas, draws, np.random.default_rng(seed))
    few = min(draws, _AT_ONCE)
    alone = {
        field: float(_drawn(found, weights, _only(sigmas, field), few, np.random.default_rng(seed)).var())
        if sigmas[field]
        else 0.0
        for field in sigmas
    }
    variance = sum(alone.values())
    low, median, high = (float(one) for one in np.quantile(drawn, [0.025, 0.5, 0.975]))
    positive = drawn[drawn > 0]
    return Interval(
        value=float(weights @ np.array([one.value for one in found])),
        mean=float(drawn.mean()),
        low=low,
        median=median,
        high=high,
        geometric_sd=float(np.exp(np.log(positive).std())) if len(positive) else 1.0,
        draws=draws,
        seed=seed,
        by_source={name: part / variance if variance else 0.0 for name, part in alone.items()},
    )


def _only(sigmas: Mapping[str, float], field: str) -> dict[str, float]:
    return {name: sigma if name == field else 0.0 for name, sigma in sigmas.items()}


def _sensitivity(table: Table, at: int, M: Array, own: Array) -> _Sensitivity:
    demand = np.zeros(len(M))
    demand[at] = 1.0
    made = output_for(table, demand)
    A = per_output(np.asarray(table.Z, dtype=np.float64), table.output)
    moved = (A * made * M[:, None]).ravel()
    largest = np.argpartition(-np.abs(moved), min(CELLS, len(moved)) - 1)[:CELLS]
    return _Sensitivity(float(M[at]), own * made, moved[np.sort(largest)])


def _drawn(
    found: list[_Sensitivity],
    weights: Array,
    sigmas: Mapping[str, float],
    draws: int,
    drawn: np.random.Generator,
) -> Array:
    """Return the drawn multipliers; sectors' emissions are the same numbers for all sectors of the mix."""
    values = []
    for start in range(0, draws, _AT_ONCE):
        count = min(_AT_ONCE, draws - start)
        emitted = _around_one(drawn, sigmas["emissions"], (count, len(found[0].emissions)))
        by_sector = np.empty((count, len(found)))
        for number, one in enumerate(found):
            moved = _around_one(drawn, sigmas["cells"], (count, len(one.cells)))
            by_sector[:, number] = one.value + emitted @ one.emissions + moved @ one.cells
        mixed = weights * (1 + _around_one(drawn, sigmas["concordance"], (count, len(weights))))
        mixed /= mixed.sum(axis=1, keepdims=True)
        price = 1 + _around_one(drawn, sigmas["price"], (count, 1))[:, 0]
        values.append((by_sector * mixed).sum(axis=1) * price)
    return np.concatenate(values)


def _around_one(drawn: np.random.Generator, sigma: float, shape: tuple[int, int]) -> Array:
    """Return relative changes: lognormals of mean 1, less 1."""
    if sigma == 0:
        return np.zeros(shape)
    changes: Array = np.exp(sigma * drawn.standard_normal(shape, dtype=np.float32) - sigma**2 / 2) - 1
    return changes
