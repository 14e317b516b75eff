"""The benchmark: what the better ones reach, who they are, and whether the way down is fast enough.

Best practice is a percentile of intensities among peers that are large enough: the bare minimum misleads,
because a small producer, or one that imports what is dirty, looks clean. Change is compared with a path that
its user states with its source: no rate is built in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

import numpy as np
import pandas as pd

from ledger.errors import LedgerError

PERCENTILE: Final = 10.0
"""Best practice by default: a tenth of the peers is as good or better."""
SIZE_FLOOR: Final = 0.01
"""Peers have at least this share of the sector's output by default."""
PathKind = Literal["absolute", "flag", "sectoral"]


@dataclass(eq=False)
class NoPeersError(LedgerError):
    """Nobody is large enough to be compared with."""

    sector: str
    floor: float
    sentence: ClassVar[str] = (
        "{sector}: no region has {floor:.2%} of the output and an intensity. Lower the size floor."
    )


@dataclass(eq=False)
class BenchmarkBoundsError(LedgerError):
    """A percentile, floor or rate is out of its range."""

    field: str
    value: float
    low: float
    high: float
    sentence: ClassVar[str] = "{field}: {value} is not between {low} and {high}."


@dataclass(eq=False)
class ReductionPathError(LedgerError):
    """A path of reduction lacks its source, or years that can be compared."""

    field: str
    reason: str
    sentence: ClassVar[str] = "{field}: {reason}."


@dataclass(frozen=True, slots=True)
class Peer:
    """One region's intensity in a sector, with its share of the sector's output and its rank, 1 the best.

    `share_of_peers` is how many of the peers are as good or better, from 0 to 1; None below the floor.
    """

    region: str
    intensity: float
    output_share: float
    rank: int | None
    share_of_peers: float | None


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Best practice in a sector, the average weighted by size, and everybody in it; in one unit."""

    sector: str
    percentile: float
    floor: float
    best_practice: float
    average: float
    peers: tuple[Peer, ...]
    below_floor: tuple[Peer, ...]

    def place(self, intensity: float) -> float:
        """Return which share of the peers is as good as this intensity or better, from 0 to 1."""
        return float(np.mean([peer.intensity <= intensity for peer in self.peers]))

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        groups = {
            name: [{field: getattr(peer, field) for field in Peer.__slots__} for peer in plain[name]]
            for name in ("peers", "below_floor")
        }
        return {**plain, **groups}


def benchmark(
    rows: pd.DataFrame,
    sector: str,
    *,
    measure: str = "per_output",
    percentile: float = PERCENTILE,
    floor: float = SIZE_FLOOR,
) -> Benchmark:
    """Return what the better regions reach in a sector.

    Args:
        rows: `baseline.intensities` by region and sector.
        sector: which.
        measure: the column that is compared.
        percentile: of best practice, 0 to 100.
        floor: the share of the sector's output that a peer has at least, 0 to 1.

    Raises:
        BenchmarkBoundsError: a percentile or floor that is none.
        NoPeersError: nobody is left.
    """
    for field, value, high in (("percentile", percentile, 100.0), ("floor", floor, 1.0)):
        if not 0 <= value <= high:
            raise BenchmarkBoundsError(field, value, 0, high)
    own = rows.xs(sector, level="sector") if sector in rows.index.get_level_values("sector") else rows[:0]
    shares = own["output"] / own["output"].sum() if len(own) else own["output"]
    known = own[measure].notna()
    large = known & (shares >= floor)
    if not large.any():
        raise NoPeersError(sector, floor)
    values = own[measure][large].sort_values(kind="stable")
    ranks = {str(region): number for number, region in enumerate(values.index, start=1)}
    everybody = {
        str(region): Peer(
            str(region),
            float(own[measure][region]),
            float(shares[region]),
            ranks.get(str(region)),
            float((values <= own[measure][region]).mean()) if str(region) in ranks else None,
        )
        for region in own.index[known]
    }
    best = float(np.percentile(values, percentile, method="inverted_cdf"))
    weights = own["value_added" if measure == "per_value_added" else "output"][known]
    return Benchmark(
        sector=sector,
        percentile=percentile,
        floor=floor,
        best_practice=best,
        average=float((own[measure][known] * weights).sum() / weights.sum()),
        peers=tuple(everybody[region] for region in ranks),
        below_floor=tuple(peer for region, peer in everybody.items() if region not in ranks),
    )


@dataclass(frozen=True, slots=True)
class ReductionPath:
    """A way down that its user states: what is to fall, how fast, since when, and who says so.

    `rate_percent` a year: `absolute` and `flag` fall by that share of the base year's emissions each year
    (linear), `sectoral` is the yearly fall of an intensity (compound).
    """

    kind: PathKind
    rate_percent: float
    base_year: int
    source: str

    def allowed(self, base: float, year: int) -> float:
        """Return what the path allows in a year, in the unit of `base`."""
        years = year - self.base_year
        rate = self.rate_percent / 100
        if self.kind == "sectoral":
            return float(base * (1 - rate) ** years)
        return float(max(base * (1 - rate * years), 0.0))


@dataclass(frozen=True, slots=True)
class Step:
    """One year beside its path: what it was, what the path allows, the difference."""

    year: int
    actual: float
    allowed: float

    @property
    def above(self) -> float:
        """How much above the path; negative below it."""
        return self.actual - self.allowed


def against_path(actual: Mapping[int, float], path: ReductionPath) -> Sequence[Step]:
    """Return each year from the base year on beside what the path allows.

    Args:
        actual: by year, emissions (`absolute`, `flag`) or an intensity (`sectoral`).
        path: what its user states.

    Raises:
        BenchmarkBoundsError: a rate outside 0 to 100 % a year.
        ReductionPathError: no source, or no figure of the base year.
    """
    if not 0 <= path.rate_percent <= 100:
        raise BenchmarkBoundsError("rate_percent", path.rate_percent, 0, 100)
    if not path.source.strip():
        field, reason = "source", "state where the rate comes from; none is built in"
        raise ReductionPathError(field, reason)
    if path.base_year not in actual:
        field, reason = "base_year", f"there is no figure of {path.base_year} to start from"
        raise ReductionPathError(field, reason)
    base = actual[path.base_year]
    return [
        Step(year, actual[year], path.allowed(base, year))
        for year in sorted(actual)
        if year >= path.base_year
    ]
