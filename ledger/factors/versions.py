"""Two versions of a dataset side by side: which factors came, went and moved, and by how much.

Factors are matched by region, sector, kind of price and, where they have none of these, by the part of their
id behind the dataset. What else changed with the value (year, currency year, GWP set, price type) is said,
since a value that moved because its money did has not changed in the world.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from ledger.factor import Factor
from ledger.factors.library import FactorLibrary
from ledger.quantities import EXACT

_ALSO: Final = (
    "per",
    "gwp",
    "data_year",
    "currency",
    "currency_year",
    "price_type",
    "dataset_version",
    "basis",
)
_MARGINS: Final = ("margins_included", "margins_not_included")


@dataclass(frozen=True, slots=True)
class Moved:
    """One factor in both versions, and the new value as a multiple of the old, None where that is 0."""

    before: Factor
    after: Factor
    times: Decimal | None

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "before": self.before.id,
            "after": self.after.id,
            "name": self.after.name,
            "sector": self.after.sector,
            "old": self.before.value,
            "new": self.after.value,
            "times": None if self.times is None else str(self.times),
        }


@dataclass(frozen=True, slots=True)
class VersionDiff:
    """What changed between two versions: `moved` from the largest change to the smallest.

    `meaning` are the attributes that differ for all factors, old and new: a value per other money or under
    another GWP set is not comparable as it stands.
    """

    before: str
    after: str
    meaning: dict[str, tuple[str, str]]
    moved: tuple[Moved, ...]
    same: int
    gone: tuple[Factor, ...]
    new: tuple[Factor, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "before": self.before,
            "after": self.after,
            "meaning": {name: list(pair) for name, pair in self.meaning.items()},
            "moved": [one.as_json() for one in self.moved],
            "same": self.same,
            "gone": [one.id for one in self.gone],
            "new": [one.id for one in self.new],
        }


def compare(library: FactorLibrary, before: str, after: str) -> VersionDiff:
    """Compare two datasets of the library, such as two versions of one publication.

    Raises:
        UnknownDatasetError: there is no such dataset.
        FactorTableRowError, FactorTableError: a table can't be read.
    """
    old = _keyed(before, (library.get(one) for one in library.ids(before)))
    new = _keyed(after, (library.get(one) for one in library.ids(after)))
    both = [(old[key], new[key]) for key in old if key in new]
    moved = [Moved(a, b, _times(a, b)) for a, b in both if Decimal(a.value) != Decimal(b.value)]
    moved.sort(key=lambda one: (-_size(one.times), one.after.id))
    return VersionDiff(
        before=before,
        after=after,
        meaning=_meaning(both),
        moved=tuple(moved),
        same=len(both) - len(moved),
        gone=tuple(factor for key, factor in old.items() if key not in new),
        new=tuple(factor for key, factor in new.items() if key not in old),
    )


def _keyed(dataset: str, factors: Iterable[Factor]) -> dict[tuple[str, ...], Factor]:
    found = {}
    for factor in factors:
        if factor.currency is not None:
            margins = next((code for code in factor.covers if code in _MARGINS), "")
            key: tuple[str, ...] = (factor.region, factor.sector or "", margins)
        else:
            key = (factor.id.removeprefix(f"{dataset}."),)
        found[key] = factor
    return found


def _meaning(both: list[tuple[Factor, Factor]]) -> dict[str, tuple[str, str]]:
    changed = {}
    for name in _ALSO:
        pairs = {(str(getattr(a, name)), str(getattr(b, name))) for a, b in both}
        if len(pairs) == 1 and (pair := pairs.pop())[0] != pair[1]:
            changed[name] = pair
    return changed


def _times(before: Factor, after: Factor) -> Decimal | None:
    if not Decimal(before.value):
        return None
    return round(EXACT.divide(Decimal(after.value), Decimal(before.value)), 4)


def _size(times: Decimal | None) -> Decimal:
    """Return how large a change is, the same for twice and half."""
    if times is None or not times:
        return Decimal("Infinity")
    return max(times, 1 / times)
