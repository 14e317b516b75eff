"""From one list of sectors to another, with the quality of each match said.

A source that belongs to several targets is spread over them by their weights (what they make); where none of
them makes anything, evenly. What is spread adds up again. A gap on either side is an error with its name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

import numpy as np
import pandas as pd

from ledger.errors import LedgerError

LAYOUTS: Final = Path(__file__).parent / "layouts"
Match = Literal["same", "split", "judgement"]


@dataclass(eq=False)
class ConcordanceGapError(LedgerError):
    """A sector has no counterpart."""

    concordance: str
    sector: str
    side: str
    sentence: ClassVar[str] = (
        "{concordance}: {sector!r} has no counterpart {side}. Add it to the concordance; it isn't guessed."
    )


@dataclass(frozen=True, slots=True)
class Counterpart:
    """One source sector: the targets it may belong to, how well they match, and why if it is a judgement."""

    source: str
    targets: tuple[str, ...]
    match: Match
    why: str = ""


@dataclass(frozen=True, slots=True)
class Concordance:
    """A list of counterparts, each source once."""

    title: str
    rows: tuple[Counterpart, ...]

    def within(self, targets: Sequence[str]) -> dict[str, Counterpart]:
        """Return the counterparts by source, with those targets only that a table has.

        Raises:
            ConcordanceGapError: a source has none of them.
        """
        known = frozenset(targets)
        found = {}
        for row in self.rows:
            there = tuple(target for target in row.targets if target in known)
            if not there:
                raise ConcordanceGapError(self.title, row.source, "in the table")
            found[row.source] = Counterpart(row.source, there, row.match, row.why)
        return found

    def spread(self, amounts: pd.Series, weights: pd.Series) -> pd.Series:
        """Return amounts by target, spread by the targets' weights.

        Args:
            amounts: by source sector.
            weights: by target sector, what it makes; at least 0.

        Raises:
            ConcordanceGapError: a source that isn't listed, or has no target there.
        """
        counterparts = self.within([str(name) for name in weights.index])
        found = pd.Series(np.zeros(len(weights)), index=weights.index)
        for source, amount in amounts.items():
            if source not in counterparts:
                raise ConcordanceGapError(self.title, str(source), "in its list")
            targets = list(counterparts[str(source)].targets)
            shares = weights[targets].clip(lower=0.0)
            total = float(shares.sum())
            found[targets] += float(amount) * (shares / total if total > 0 else 1 / len(targets))
        return found


def concordance(name: str, folder: Path = LAYOUTS) -> Concordance:
    """Read a concordance that ships with the product, or lies in a folder of the user's.

    Raises:
        ConcordanceGapError: the file isn't there, or names a source twice.
    """
    path = folder / f"{name}.toml"
    if not path.is_file():
        raise ConcordanceGapError(name, "the file", f"at {path.name}")
    plain: Mapping[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    rows = [
        Counterpart(one["from"], tuple(one["to"]), one["match"], one.get("why", ""))
        for one in plain["sectors"]
    ]
    seen: set[str] = set()
    for row in rows:
        if row.source in seen:
            raise ConcordanceGapError(plain["title"], row.source, "of its own: it stands there twice")
        seen.add(row.source)
    return Concordance(plain["title"], tuple(rows))


@dataclass(frozen=True, slots=True)
class Place:
    """A province: its Chinese names, and where its tile stands in a grid (column, row)."""

    hans: str
    hant: str
    column: int
    row: int


def china_provinces() -> dict[str, Place]:
    """Return the 31 provinces by English name, in the tables' usual order."""
    plain = tomllib.loads((LAYOUTS / "china-provinces.toml").read_text(encoding="utf-8"))
    return {name: Place(*place) for name, place in plain["places"].items()}


def china_sectors(scheme: str = "china-42-2017") -> dict[str, str]:
    """Return the 42 sectors of China's tables, Chinese names by English ones, in their order.

    Raises:
        ConcordanceGapError: there is no such scheme.
    """
    plain = tomllib.loads((LAYOUTS / "china-42.toml").read_text(encoding="utf-8"))
    if scheme not in plain or scheme == "format":
        field = "china-42"
        raise ConcordanceGapError(field, scheme, "among its schemes, china-42-2012 and china-42-2017")
    return dict(plain[scheme].values())
