"""A multi-regional input-output table as frames that fit each other, under the names that the field uses.

    Z   intermediate uses, sector by sector            (n, n), money of the table's year
    Y   final demand, by region and category           (n, m), money
    x   output, one column `indout`                    (n, 1), money
    F   what sectors emit, one extension               (k, n), each row in its own unit
    F_Y what final demand emits itself                 (k, m)

Rows and columns carry the MultiIndex ("region", "sector"), those of Y ("region", "category"): `pymrio`'s
names, so that its frames come in and go out as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ledger import canonical
from ledger.mrio.errors import (
    DuplicateLabelError,
    MixedUnitsError,
    NotANumberError,
    TableLabelsError,
    UnknownExtensionError,
    UnknownStressorError,
    UnknownTableSectorError,
)

SECTOR_LABELS: Final = ("region", "sector")
DEMAND_LABELS: Final = ("region", "category")
OUTPUT: Final = "indout"
"""The column of x, as `pymrio` calls it."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Extension:
    """What sectors emit or use beside money: one frame a table, one row a substance.

    `unit` has one column `unit` by row; `F_Y` is None where final demand's own emissions are not given,
    which is not the same as 0.
    """

    name: str
    F: pd.DataFrame
    unit: pd.DataFrame
    F_Y: pd.DataFrame | None = None

    @property
    def stressors(self) -> tuple[str, ...]:
        """The rows' names."""
        return tuple(map(str, self.F.index))

    def row(self, stressor: str) -> pd.Series:
        """Return what each sector emits of one substance.

        Raises:
            UnknownStressorError: there is no such row.
        """
        if stressor not in self.F.index:
            raise UnknownStressorError(self.name, stressor[:80])
        return pd.Series(self.F.loc[stressor])

    def unit_of(self, stressor: str) -> str:
        """Return the unit of one row."""
        return str(self.unit.loc[stressor, "unit"])


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a table comes from, and what every number from it has to say.

    `price_type` is purchaser, producer or basic; `accepted` are the failing checks that its user accepted.
    """

    source: str
    version: str
    licence: str
    price_type: str
    synthetic: bool = False
    notes: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "source": self.source,
            "version": self.version,
            "licence": self.licence,
            "price_type": self.price_type,
            "synthetic": self.synthetic,
            "notes": list(self.notes),
            "accepted": list(self.accepted),
        }


@dataclass(frozen=True, slots=True)
class Table:
    """One table of one year in one unit of money, with its extensions by name."""

    name: str
    year: int
    currency: str
    unit: str
    Z: pd.DataFrame
    Y: pd.DataFrame
    x: pd.DataFrame
    provenance: Provenance
    extensions: Mapping[str, Extension] = field(default_factory=dict)

    @property
    def labels(self) -> pd.MultiIndex:
        """Regions and sectors, in the table's order."""
        labels = self.Z.index
        assert isinstance(labels, pd.MultiIndex)  # noqa: S101 - `checked` has seen to it
        return labels

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions, each once, in the table's order."""
        return tuple(dict.fromkeys(map(str, self.labels.get_level_values(0))))

    @property
    def sectors(self) -> tuple[str, ...]:
        """The sectors, each once, in the table's order."""
        return tuple(dict.fromkeys(map(str, self.labels.get_level_values(1))))

    @property
    def output(self) -> Array:
        """What each sector makes, money; shape (n,)."""
        return np.asarray(self.x[OUTPUT], dtype=np.float64)

    def extension(self, name: str | None = None) -> Extension:
        """Return an extension by name; the only one, or the first, where none is named.

        Raises:
            UnknownExtensionError: there is none of this name, or none at all.
        """
        known = tuple(self.extensions)
        if not known or (name is not None and name not in self.extensions):
            raise UnknownExtensionError(self.name, name or "", ", ".join(known) or "none")
        return self.extensions[known[0] if name is None else name]

    def position(self, region: str, sector: str) -> int:
        """Return where a region's sector stands, from 0.

        Raises:
            UnknownTableSectorError: there is no such region, or no such sector in it.
        """
        if (region, sector) in self.labels:
            at = self.labels.get_loc((region, sector))
            assert isinstance(at, int)  # noqa: S101 - labels stand once, `checked` has seen to it
            return at
        for name, value, known in (("region", region, self.regions), ("sector", sector, self.sectors)):
            if value not in known:
                near = get_close_matches(value, known, 3, 0.0)
                raise UnknownTableSectorError(self.name, name, value[:80], "; ".join(near))
        in_region = [str(one) for at, one in self.labels if at == region]
        near = get_close_matches(sector, in_region, 3, 0.0)
        raise UnknownTableSectorError(self.name, f"sector of {region}", sector[:80], "; ".join(near))

    def demand_by_region(self) -> pd.DataFrame:
        """Return final demand summed over its categories, one column a region; money."""
        return self.Y.T.groupby(level=0, sort=False).sum().T

    def digest(self) -> str:
        """Return the name of the table's content: SHA-256 over labels, units, origin and every number."""
        found = hashlib.sha256(canonical.encode(self._named()))
        for values in self._values():
            found.update(np.ascontiguousarray(values, dtype="<f8").tobytes())
        return found.hexdigest()

    def head(self) -> dict[str, Any]:
        """Return everything of the table but its numbers, as plain values."""
        return {
            "format": "mrio-table/1",
            "name": self.name,
            "year": self.year,
            "currency": self.currency,
            "unit": self.unit,
            "provenance": self.provenance.as_json(),
            "sectors": [list(map(str, label)) for label in self.labels],
            "demand": [list(map(str, label)) for label in self.Y.columns],
            "extensions": [
                {
                    "name": one.name,
                    "rows": [[name, one.unit_of(name)] for name in one.stressors],
                    "demand": one.F_Y is not None,
                }
                for one in self.extensions.values()
            ],
        }

    def _named(self) -> dict[str, Any]:
        """Return the head as its digest counts it: without what somebody accepted about the numbers."""
        head = self.head()
        return {**head, "provenance": {k: v for k, v in head["provenance"].items() if k != "accepted"}}

    def _values(self) -> list[Array]:
        frames = [self.Z, self.Y, self.x]
        for one in self.extensions.values():
            frames += [one.F] if one.F_Y is None else [one.F, one.F_Y]
        return [np.asarray(frame, dtype=np.float64) for frame in frames]


def checked(table: Table) -> Table:
    """Return a table after checking that its frames fit each other and hold finite numbers.

    Whether the numbers make sense together is asked in `checks.py`.

    Raises:
        TableLabelsError, DuplicateLabelError: labels.
        NotANumberError: a cell that is missing, infinite or no number.
        MixedUnitsError: money in more than one unit.
    """
    _check_index(table.name, "Z", table.Z.index, SECTOR_LABELS)
    _check_same(table.name, "the columns of Z", table.Z.columns, table.Z.index)
    _check_same(table.name, "the rows of Y", table.Y.index, table.Z.index)
    _check_index(table.name, "the columns of Y", table.Y.columns, DEMAND_LABELS)
    _check_same(table.name, "the rows of x", table.x.index, table.Z.index)
    if list(table.x.columns) != [OUTPUT]:
        raise TableLabelsError(table.name, "x", f"it has the columns {list(table.x.columns)}, not {OUTPUT}")
    frames = {"Z": table.Z, "Y": table.Y, "x": table.x}
    for one in table.extensions.values():
        frames |= _extension_frames(table, one)
    for name, frame in frames.items():
        _check_finite(table.name, name, frame)
    return table


def _extension_frames(table: Table, one: Extension) -> dict[str, pd.DataFrame]:
    name = f"F of {one.name}"
    _check_same(table.name, f"the columns of {name}", one.F.columns, table.Z.index)
    if one.F.index.has_duplicates:
        twice = one.F.index[one.F.index.duplicated()][0]
        raise DuplicateLabelError(table.name, name, str(twice))
    if list(one.unit.index) != list(one.F.index) or "unit" not in one.unit.columns:
        raise TableLabelsError(table.name, f"the units of {one.name}", "they are not one for each row")
    if one.F_Y is None:
        return {name: one.F}
    _check_same(table.name, f"the columns of F_Y of {one.name}", one.F_Y.columns, table.Y.columns)
    _check_same(table.name, f"the rows of F_Y of {one.name}", one.F_Y.index, one.F.index)
    return {name: one.F, f"F_Y of {one.name}": one.F_Y}


def _check_index(table: str, frame: str, index: pd.Index[Any], levels: tuple[str, str]) -> None:
    if not isinstance(index, pd.MultiIndex) or tuple(index.names) != levels:
        found = ", ".join(map(str, index.names))
        raise TableLabelsError(table, frame, f"its labels are ({found}), not {levels}")
    if index.empty:
        raise TableLabelsError(table, frame, "it has none")
    if index.has_duplicates:
        region, sector = index[index.duplicated()][0]
        raise DuplicateLabelError(table, frame, f"{region} / {sector}")


def _check_same(table: str, frame: str, found: pd.Index[Any], wanted: pd.Index[Any]) -> None:
    if len(found) != len(wanted):
        raise TableLabelsError(table, frame, f"there are {len(found)}, not {len(wanted)}")
    for number, (one, other) in enumerate(zip(found, wanted, strict=True)):
        if one != other:
            raise TableLabelsError(table, frame, f"number {number + 1} is {_shown(one)}, not {_shown(other)}")


def _check_finite(table: str, name: str, frame: pd.DataFrame) -> None:
    try:
        values = np.asarray(frame, dtype=np.float64)
    except (TypeError, ValueError):
        values = np.asarray(frame.apply(pd.to_numeric, errors="coerce"), dtype=np.float64)
    good = np.isfinite(values)
    if not good.all():
        row, column = (int(at) for at in np.argwhere(~good)[0])
        cell = str(frame.iloc[row, column])[:40]
        raise NotANumberError(table, name, _shown(frame.index[row]), _shown(frame.columns[column]), cell)


def check_units(table: str, frame: str, units: pd.Series) -> str:
    """Return the one unit of some rows of money.

    Raises:
        MixedUnitsError: there are several.
    """
    first = str(units.iloc[0])
    for label, unit in units.items():
        if str(unit) != first:
            raise MixedUnitsError(table, frame, first, str(unit), _shown(label))
    return first


def _shown(label: object) -> str:
    return " / ".join(map(str, label)) if isinstance(label, tuple) else str(label)
