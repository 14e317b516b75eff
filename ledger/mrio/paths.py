"""Why a product carries what it carries: the supply chains behind it, and who contributes most.

A path is a row of sectors, the product first: what the last of them emits itself, for all that is bought
along the row. Σ over all paths is the multiplier (Lenzen, structural path analysis; Miller and Blair, chapter
10). A branch is left where all that lies behind it, weight times the supplier's own multiplier, is below the
cut: so no path above the cut is missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from ledger.mrio.leontief import multipliers, output_for, per_output
from ledger.mrio.table import Array, Table

DEFAULT_CUT: Final = 1e-4
"""Share of the product's multiplier below which a branch is left."""
MAX_TIERS: Final = 60
MAX_BRANCHES: Final = 500_000
_AT_ONCE: Final = 512

Label = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Path:
    """One supply chain: regions and sectors, the product first; mass of the stressor, and its share."""

    sectors: tuple[Label, ...]
    amount: float
    share: float

    @property
    def tier(self) -> int:
        """How many hand-overs lie between the product and who emits."""
        return len(self.sectors) - 1

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "tier": self.tier,
            "sectors": [{"region": region, "sector": sector} for region, sector in self.sectors],
            "amount": self.amount,
            "share": self.share,
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """What stands behind one unit of money spent on a product.

    `total` and `amount`s are in `unit` per unit of money; `by_tier` are the shares of the paths that were
    followed, tier 0 being the sector's own emission; `explained` is their sum, the rest lies in branches
    that were left; `complete` is False where there were more branches than the limit.
    """

    product: Label
    stressor: str
    unit: str
    total: float
    paths: tuple[Path, ...]
    by_tier: tuple[float, ...]
    explained: float
    cut: float
    complete: bool

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        region, sector = self.product
        return {
            **plain,
            "product": {"region": region, "sector": sector},
            "paths": [path.as_json() for path in self.paths],
            "by_tier": list(self.by_tier),
        }


@dataclass(frozen=True, slots=True)
class _Tier:
    """The nodes of one tier: sector, money spent there per unit of the product, node of the tier before."""

    sectors: np.ndarray[Any, np.dtype[np.int64]]
    weights: Array
    before: np.ndarray[Any, np.dtype[np.int64]]


def explain(  # noqa: PLR0913 - a question has these sides
    table: Table,
    region: str,
    sector: str,
    *,
    extension: str | None = None,
    stressor: str | None = None,
    cut: float = DEFAULT_CUT,
    limit: int = 100,
    M: Array | None = None,
) -> Explanation:
    """Follow the supply chains behind a product, the largest first.

    Args:
        table: a checked table.
        region: of the product.
        sector: of the product.
        extension: see `leontief.multipliers`.
        stressor: one of its rows; the first where none is named.
        cut: share of the total below which a branch is left.
        limit: how many paths are given back; all that were followed count in the shares.
        M: the row of multipliers, where it is known already; shape (n,).

    Raises:
        UnknownTableSectorError, UnknownExtensionError, UnknownStressorError: what isn't there.
        SingularTableError, NotConvergedError: as `leontief.multipliers`.
    """
    at = table.position(region, sector)
    one = table.extension(extension)
    row = one.stressors[0] if stressor is None else stressor
    own = per_output(np.asarray(one.row(row), dtype=np.float64), table.output)
    if M is None:
        M = np.asarray(multipliers(table, one, [row]).M, dtype=np.float64)[0]
    total = float(M[at])
    tiers, complete = _tiers(table, at, np.abs(M), cut * abs(total))
    found = [tier.weights * own[tier.sectors] for tier in tiers]
    amounts = np.concatenate(found)
    shares = np.zeros_like(amounts) if total == 0 else amounts / total
    order = np.argsort(-np.abs(amounts), kind="stable")[:limit]
    starts = np.cumsum([0, *(len(tier.sectors) for tier in tiers)])
    labels = list(table.labels)
    paths = tuple(
        Path(_row(tiers, starts, int(node), labels), float(amounts[node]), float(shares[node]))
        for node in order
        if amounts[node]
    )
    by_tier = tuple(float(part.sum() / total) if total else 0.0 for part in found)
    return Explanation(
        product=(region, sector),
        stressor=row,
        unit=f"{one.unit_of(row)} per {table.unit}",
        total=total,
        paths=paths,
        by_tier=by_tier,
        explained=float(sum(by_tier)),
        cut=cut,
        complete=complete,
    )


def _tiers(table: Table, at: int, M: Array, least: float) -> tuple[list[_Tier], bool]:
    """Walk tier by tier, never by recursion; whether the walk ended by itself comes with it."""
    bought = np.ascontiguousarray(per_output(np.asarray(table.Z, dtype=np.float64), table.output).T)
    tiers = [_Tier(np.array([at]), np.ones(1), np.array([-1]))]
    branches = 1
    for _ in range(MAX_TIERS):
        after = _behind(tiers[-1], bought, M, least)
        if not len(after.sectors):
            return tiers, True
        branches += len(after.sectors)
        if branches > MAX_BRANCHES:
            return tiers, False
        tiers.append(after)
    return tiers, False


def _behind(tier: _Tier, bought: Array, M: Array, least: float) -> _Tier:
    sectors, weights, before = [], [], []
    for start in range(0, len(tier.sectors), _AT_ONCE):
        spent = bought[tier.sectors[start : start + _AT_ONCE]] * tier.weights[start : start + _AT_ONCE, None]
        node, sector = np.nonzero(np.abs(spent) * M > least)
        sectors.append(sector)
        weights.append(spent[node, sector])
        before.append(node + start)
    return _Tier(np.concatenate(sectors), np.concatenate(weights), np.concatenate(before))


def _row(
    tiers: Sequence[_Tier], starts: np.ndarray[Any, np.dtype[np.int64]], node: int, labels: Sequence[Any]
) -> tuple[Label, ...]:
    tier = int(np.searchsorted(starts, node, side="right")) - 1
    at = node - int(starts[tier])
    found = []
    for level in range(tier, -1, -1):
        region, sector = labels[int(tiers[level].sectors[at])]
        found.append((str(region), str(sector)))
        at = int(tiers[level].before[at])
    return tuple(reversed(found))


def contributors(
    table: Table, region: str, sector: str, *, extension: str | None = None, stressor: str | None = None
) -> pd.Series:
    """Return who emits how much for one unit of a product, by region and sector of origin.

    The column of the product in diag(s) L, from one ordinary solve: x = (I - A)^-1 e.

    Raises:
        UnknownTableSectorError, UnknownExtensionError, UnknownStressorError: what isn't there.
        NotConvergedError: the tiers don't come to an end.
    """
    at = table.position(region, sector)
    one = table.extension(extension)
    row = one.stressors[0] if stressor is None else stressor
    own = per_output(np.asarray(one.row(row), dtype=np.float64), table.output)
    demand = np.zeros(len(table.labels))
    demand[at] = 1.0
    return pd.Series(own * output_for(table, demand), index=table.labels, name=row)


def largest(amounts: pd.Series, count: int = 10) -> Iterator[tuple[Label, float, float]]:
    """Give the largest contributors: label, amount, share of all."""
    total = float(amounts.sum())
    for label, amount in amounts.sort_values(ascending=False, kind="stable").head(count).items():
        region, sector = label if isinstance(label, tuple) else (str(label), "")
        yield (str(region), str(sector)), float(amount), float(amount) / total if total else 0.0
