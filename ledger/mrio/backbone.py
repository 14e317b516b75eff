"""The links of a table that matter: the backbone, and how much of everything it keeps.

Two cuts. Top share: the largest links, such as 5 % of all. Disparity filter (Serrano, Boguñá and Vespignani
2009): a link of weight w at a node of strength s and k links is kept where
(1 - w/s)^(k-1) is below alpha, seen from either end: it would hardly be so large by chance. A link's weight
is money, or what is emitted for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from ledger.errors import LedgerError
from ledger.mrio.leontief import multipliers
from ledger.mrio.table import Array, Table

TOP_SHARE: Final = 0.05
ALPHA: Final = 0.05
Scope = Literal["all", "within", "between"]
Mask = npt.NDArray[np.bool_]


@dataclass(eq=False)
class BackboneShareError(LedgerError):
    """A cut is not between 0 and 1."""

    field: str
    value: float
    sentence: ClassVar[str] = "{field}: {value} is not above 0 and at most 1. Write 0.05 for 5 %."


@dataclass(frozen=True, slots=True)
class Backbone:
    """The links kept, largest first, and what they stand for of all links in scope.

    `edges` has columns from_region, from_sector, to_region, to_sector, value (money), carbon (embodied, in
    the stressor's unit), p (of the disparity filter). `links` counts all positive links in scope;
    `value_share` and `carbon_share` are the shares that the kept ones have of their sums.
    """

    edges: pd.DataFrame
    links: int
    value_share: float
    carbon_share: float
    unit: str
    carbon_unit: str

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "edges": self.edges.to_dict("records"),
            "kept": len(self.edges),
            "links": self.links,
            "value_share": self.value_share,
            "carbon_share": self.carbon_share,
            "unit": self.unit,
            "carbon_unit": self.carbon_unit,
        }


def disparity(weights: Array) -> Array:
    """Return the probability that each link would be as large by chance, the smaller of both ends; (n, n).

    Links of weight 0 have 1; a node's only link has 1 from that end.
    """
    ends = []
    for axis in (0, 1):
        strength = weights.sum(axis=axis, keepdims=True)
        degree = (weights > 0).sum(axis=axis, keepdims=True)
        share = np.divide(weights, strength, out=np.zeros_like(weights), where=strength > 0)
        rest = np.power(1 - np.minimum(share, 1.0), np.maximum(degree - 1, 0))
        ends.append(np.where((weights > 0) & (degree > 1), rest, 1.0))
    return np.minimum(*ends)


def top_share(weights: Array, share: float) -> Mask:
    """Return which links are among the largest `share` of all possible ones; ties by position. (n, n)."""
    count = round(share * weights.size)
    order = np.argsort(-weights, axis=None, kind="stable")[:count]
    kept = np.zeros(weights.size, dtype=np.bool_)
    kept[order] = True
    return kept.reshape(weights.shape) & (weights > 0)


def backbone(  # noqa: PLR0913 - a question has these sides
    table: Table,
    *,
    share: float | None = TOP_SHARE,
    alpha: float | None = None,
    weight: Literal["value", "carbon"] = "value",
    scope: Scope = "all",
    regions: Sequence[str] = (),
    extension: str | None = None,
    stressor: str | None = None,
    M: Array | None = None,
) -> Backbone:
    """Return the links that matter, by top share, disparity filter, or both where both are given.

    Args:
        table: a checked table.
        share: of all possible links in scope, the largest; None for no such cut.
        alpha: of the disparity filter; None for no such cut.
        weight: by which links are compared: money, or emissions embodied in it.
        scope: `within` regions, `between` them, or all.
        regions: only links with both ends in these; all where none are named.
        extension: see `leontief.multipliers`.
        stressor: one of its rows; the first where none is named.
        M: the row of multipliers, where it is known already; shape (n,).

    Raises:
        BackboneShareError: a cut that is none.
        UnknownTableSectorError, UnknownExtensionError, UnknownStressorError: what isn't there.
        SingularTableError, NotConvergedError: as `leontief.multipliers`.
    """
    for field, cut in (("share", share), ("alpha", alpha)):
        if cut is not None and not 0 < cut <= 1:
            raise BackboneShareError(field, cut)
    one = table.extension(extension)
    row = one.stressors[0] if stressor is None else stressor
    if M is None:
        M = np.asarray(multipliers(table, one, [row]).M, dtype=np.float64)[0]
    chosen, places = _in_regions(table, regions)
    value = np.clip(np.asarray(table.Z, dtype=np.float64)[np.ix_(chosen, chosen)], 0.0, None)
    home = places[:, None] == places[None, :]
    value = np.where({"all": home | ~home, "within": home, "between": ~home}[scope], value, 0.0)
    carbon = value * M[chosen][:, None]
    weights = value if weight == "value" else np.clip(carbon, 0.0, None)
    kept: Mask = weights > 0
    if share is not None:
        kept &= top_share(weights, share * _possible(home, scope) / weights.size)
    chance = disparity(weights)
    if alpha is not None:
        kept &= chance < alpha
    return Backbone(
        edges=_edges(table, chosen, kept, value, carbon, chance, weights),
        links=int((weights > 0).sum()),
        value_share=_share(value, kept),
        carbon_share=_share(carbon, kept),
        unit=table.unit,
        carbon_unit=one.unit_of(row),
    )


def _possible(home: Mask, scope: Scope) -> int:
    return {"all": home.size, "within": int(home.sum()), "between": int((~home).sum())}[scope]


def _in_regions(
    table: Table, regions: Sequence[str]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.object_]]:
    for region in regions:
        table.position(region, next((str(s) for r, s in table.labels if r == region), ""))
    names = np.array([str(region) for region, _ in table.labels], dtype=object)
    chosen = np.flatnonzero(np.isin(names, regions)) if regions else np.arange(len(names))
    return chosen, names[chosen]


def _share(values: Array, kept: Mask) -> float:
    total = float(values.sum())
    return float(values[kept].sum()) / total if total else 0.0


def _edges(  # noqa: PLR0913, PLR0917 - the columns of one frame
    table: Table,
    chosen: npt.NDArray[np.int64],
    kept: Mask,
    value: Array,
    carbon: Array,
    chance: Array,
    weights: Array,
) -> pd.DataFrame:
    start, end = np.nonzero(kept)
    order = np.argsort(-weights[start, end], kind="stable")
    start, end = start[order], end[order]
    labels = table.labels[chosen]
    regions, sectors = (labels.get_level_values(level).astype(str) for level in (0, 1))
    return pd.DataFrame(
        {
            "from_region": regions[start],
            "from_sector": sectors[start],
            "to_region": regions[end],
            "to_sector": sectors[end],
            "value": value[start, end],
            "carbon": carbon[start, end],
            "p": chance[start, end],
        }
    )
