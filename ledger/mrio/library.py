"""The imported tables as a running ledger asks them: opened once, solved once, answers kept by digest.

Where nothing was imported, the made-up table stands in, marked synthetic, so that there is something to try.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any, Final

import numpy as np

from ledger.mrio.checks import check
from ledger.mrio.leontief import multipliers
from ledger.mrio.store import Imported, TableStore, find_among
from ledger.mrio.synthetic import synthetic_china
from ledger.mrio.table import Array, Table

OPEN_AT_ONCE: Final = 4
"""Tables held in memory; of 9,800 sectors each takes 0.8 GB."""
SOLVED_AT_ONCE: Final = 64
SETTLED_NS: Final = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Solved:
    """One solved row: multipliers in the table's order, in `unit` per unit of money, and how."""

    digest: str
    extension: str
    stressor: str
    unit: str
    M: Array
    method: str
    residual: float


class TableLibrary:
    """Tables in a folder, with what was asked of them; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._store = TableStore(folder / "tables")
        self._results = folder / "results"
        self._open: OrderedDict[str, Table] = OrderedDict()
        self._solved: OrderedDict[tuple[str, str, str], Solved] = OrderedDict()
        self._lock = RLock()
        self._stand_in: Imported | None = None
        self._listed: tuple[int, list[Imported]] | None = None

    @property
    def store(self) -> TableStore:
        """The folder of tables itself."""
        return self._store

    def tables(self) -> list[Imported]:
        """Return what was imported; the made-up table where nothing was.

        Raises:
            DamagedTableError: a folder's list of contents can't be read.
        """
        return self._imported() or [self._synthetic()]

    def find(self, name: str) -> Imported:
        """Return a table's head by name or digest.

        Raises:
            UnknownMrioTableError, DamagedTableError: as `TableStore.find`.
        """
        imported = self._imported()
        stand_in = self._stand_in if imported else self._synthetic()
        if stand_in is not None and name in (stand_in.name, stand_in.digest):
            return stand_in
        return find_among(imported, name)

    def open(self, name: str) -> Table:
        """Return a table, read from disk at first.

        Raises:
            UnknownMrioTableError, DamagedTableError: as `TableStore.open`.
        """
        with self._lock:
            digest = self.find(name).digest
            if digest not in self._open:
                made_up = self._stand_in is not None and digest == self._stand_in.digest
                self._open[digest] = synthetic_china() if made_up else self._store.open(digest)
                while len(self._open) > OPEN_AT_ONCE:
                    self._open.popitem(last=False)
            self._open.move_to_end(digest)
            return self._open[digest]

    def solved(self, name: str, extension: str | None = None, stressor: str | None = None) -> Solved:
        """Return a row of multipliers, solved at first and kept on disk by the table's digest.

        Raises:
            UnknownMrioTableError, DamagedTableError: the table.
            UnknownExtensionError, UnknownStressorError, SingularTableError, NotConvergedError: as
                `leontief.multipliers`.
        """
        with self._lock:
            digest = self.find(name).digest
            table = self.open(digest)
            one = table.extension(extension)
            row = one.stressors[0] if stressor is None else stressor
            one.row(row)
            key = (digest, one.name, row)
            if key not in self._solved:
                self._solved[key] = self._kept(key) or self._solve(table, key)
                while len(self._solved) > SOLVED_AT_ONCE:
                    self._solved.popitem(last=False)
            self._solved.move_to_end(key)
            return self._solved[key]

    def _imported(self) -> list[Imported]:
        """Return what the folder lists, read again where something was imported or removed since.

        A folder's time moves with every table that appears in it or goes; a table's own files never change.
        Disks tell time in steps, so a folder that changed just now may change again unseen: it isn't trusted.
        """
        with self._lock:
            changed = self._store.changed_ns()
            settled = abs(time.time_ns() - changed) > SETTLED_NS
            if self._listed is None or self._listed[0] != changed or not settled:
                self._listed = changed, self._store.tables()
            return self._listed[1]

    def _solve(self, table: Table, key: tuple[str, str, str]) -> Solved:
        digest, extension, row = key
        found = multipliers(table, extension, [row])
        M = np.asarray(found.M, dtype=np.float64)[0]
        unit = f"{table.extension(extension).unit_of(row)} per {table.unit}"
        solved = Solved(digest, extension, row, unit, M, found.method, found.residual)
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}")
        with part.open("wb") as file:
            np.savez(file, M=M, how=json.dumps([unit, found.method, found.residual]))
        part.replace(path)
        return solved

    def _kept(self, key: tuple[str, str, str]) -> Solved | None:
        path = self._path(key)
        if not path.exists():
            return None
        with np.load(path, allow_pickle=False) as kept:
            unit, method, residual = json.loads(str(kept["how"]))
            return Solved(*key, unit, kept["M"], method, residual)

    def _path(self, key: tuple[str, str, str]) -> Path:
        name = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:32]
        return self._results / key[0] / f"{name}.npz"

    def _synthetic(self) -> Imported:
        with self._lock:
            if self._stand_in is None:
                made = synthetic_china()
                head: dict[str, Any] = {**made.head(), "checks": check(made).as_json()}
                self._stand_in = Imported(made.digest(), head)
                self._open[self._stand_in.digest] = made
            return self._stand_in
