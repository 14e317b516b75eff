"""Imported tables on disk, each named by the digest of its content: one folder a table.

    tables/<64 hex digits>/table.json   name, year, units, labels, origin, what its checks found
                           Z.npy …      the numbers, as NumPy writes them; read when they are asked for

A folder appears whole or not at all. The digest is computed again when a table is opened.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from ledger.mrio.checks import Report
from ledger.mrio.errors import DamagedTableError, UnknownMrioTableError
from ledger.mrio.table import (
    DEMAND_LABELS,
    OUTPUT,
    SECTOR_LABELS,
    Array,
    Extension,
    Provenance,
    Table,
    checked,
)

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_SHORTEST: Final = 8
"""Digits of a digest that are enough to name a table."""


@dataclass(frozen=True, slots=True)
class Imported:
    """One imported table as a list shows it; its numbers are read when it is opened."""

    digest: str
    head: dict[str, Any]

    @property
    def name(self) -> str:
        """What the table is called."""
        return str(self.head["name"])

    @property
    def year(self) -> int:
        """The year that it is of."""
        return int(self.head["year"])

    @property
    def synthetic(self) -> bool:
        """Whether a generator made it."""
        return bool(self.head["provenance"]["synthetic"])


class TableStore:
    """A folder of imported tables."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, table: Table, report: Report) -> str:
        """Keep a table with what its checks found, and return its digest; the same content is kept once.

        Raises:
            OSError: the folder can't be written.
        """
        digest = table.digest()
        target = self._folder / digest
        if target.exists():
            return digest
        self._folder.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".importing-", dir=self._folder))
        try:
            for name, values in _arrays(table).items():
                np.save(scratch / f"{name}.npy", np.ascontiguousarray(values, dtype="<f8"))
            head = {**table.head(), "checks": report.as_json()}
            (scratch / "table.json").write_text(json.dumps(head, ensure_ascii=False), encoding="utf-8")
            scratch.replace(target)
        except OSError:
            if not target.exists():  # somebody else imported the same table just now
                raise
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return digest

    def tables(self) -> list[Imported]:
        """Return what was imported: by name, then year, then digest.

        Raises:
            DamagedTableError: a folder's list of contents can't be read.
        """
        return sorted(self._found(), key=lambda one: (one.name, one.year, one.digest))

    def find(self, name: str) -> Imported:
        """Return the table with this name or digest (eight digits are enough); of one name the newest year.

        Raises:
            UnknownMrioTableError: there is none.
            DamagedTableError: a folder's list of contents can't be read.
        """
        return find_among(self.tables(), name)

    def changed_ns(self) -> int:
        """Return when a table last appeared or went, in nanoseconds; 0 before the first."""
        try:
            return self._folder.stat().st_mtime_ns
        except OSError:
            return 0

    def open(self, name: str) -> Table:
        """Read a table whole, and check that it is what was imported.

        Raises:
            UnknownMrioTableError: there is none of this name or digest.
            DamagedTableError: something was changed on disk.
        """
        found = self.find(name)
        try:
            table = _table_of(found.head, self._folder / found.digest)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DamagedTableError(found.digest, str(error)[:200]) from error
        if table.digest() != found.digest:
            raise DamagedTableError(found.digest, "its content has another digest than its name")
        return table

    def remove(self, name: str) -> str:
        """Forget a table and return its digest.

        Raises:
            UnknownMrioTableError: there is none of this name or digest.
        """
        found = self.find(name)
        shutil.rmtree(self._folder / found.digest)
        return found.digest

    def _found(self) -> Iterator[Imported]:
        if not self._folder.is_dir():
            return
        for path in self._folder.iterdir():
            if not _DIGEST.fullmatch(path.name):
                continue
            try:
                head = json.loads((path / "table.json").read_text(encoding="utf-8"))
                one = Imported(path.name, head)
                _ = one.name, one.year, one.synthetic
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise DamagedTableError(path.name, str(error)[:200]) from error
            yield one


def find_among(tables: list[Imported], name: str) -> Imported:
    """Return the table with this name or digest (eight digits are enough); of one name the newest year.

    Raises:
        UnknownMrioTableError: there is none.
    """
    by_digest = [one for one in tables if len(name) >= _SHORTEST and one.digest.startswith(name)]
    named = [one for one in tables if one.name == name]
    if by_digest or named:
        return (by_digest or sorted(named, key=lambda one: one.year))[-1]
    known = ", ".join(f"{one.name} ({one.digest[:_SHORTEST]})" for one in tables)
    raise UnknownMrioTableError(name[:80], known or "none")


def _arrays(table: Table) -> dict[str, Array]:
    frames = {"Z": table.Z, "Y": table.Y, "x": table.x}
    for number, one in enumerate(table.extensions.values()):
        frames[f"F.{number}"] = one.F
        if one.F_Y is not None:
            frames[f"F_Y.{number}"] = one.F_Y
    return {name: np.asarray(frame, dtype=np.float64) for name, frame in frames.items()}


def _table_of(head: dict[str, Any], folder: Path) -> Table:
    labels = pd.MultiIndex.from_tuples(map(tuple, head["sectors"]), names=list(SECTOR_LABELS))
    demand = pd.MultiIndex.from_tuples(map(tuple, head["demand"]), names=list(DEMAND_LABELS))

    def read(name: str) -> Array:
        values: Array = np.load(folder / f"{name}.npy", allow_pickle=False)
        return values

    extensions = {}
    for number, one in enumerate(head["extensions"]):
        rows = [name for name, _ in one["rows"]]
        extensions[one["name"]] = Extension(
            one["name"],
            pd.DataFrame(read(f"F.{number}"), index=rows, columns=labels),
            pd.DataFrame({"unit": [unit for _, unit in one["rows"]]}, index=rows),
            pd.DataFrame(read(f"F_Y.{number}"), index=rows, columns=demand) if one["demand"] else None,
        )
    origin = head["provenance"]
    table = Table(
        name=head["name"],
        year=head["year"],
        currency=head["currency"],
        unit=head["unit"],
        Z=pd.DataFrame(read("Z"), index=labels, columns=labels),
        Y=pd.DataFrame(read("Y"), index=labels, columns=demand),
        x=pd.DataFrame(read("x"), index=labels, columns=[OUTPUT]),
        provenance=Provenance(**{**origin, **{name: tuple(origin[name]) for name in ("notes", "accepted")}}),
        extensions=extensions,
    )
    return checked(table)
