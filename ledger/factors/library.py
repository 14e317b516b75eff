"""The factors that ship with the product: found by id, by digest, or by words.

A table is one CSV file in `tables/`; `datasets.json` says what its rows share, its licence and notice.
Rows are read at first use; a record is checked against its digest when it is asked for.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Any, Final

from ledger.factor import GWP_SETS, Factor
from ledger.factors.errors import (
    FactorTableError,
    PageOfFactorsError,
    UnknownDatasetError,
    UnknownFactorError,
    UnknownGwpSetError,
)
from ledger.factors.records import pinned_factor_of
from ledger.factors.words import meanings, spelled

TABLES: Final = Path(__file__).parent / "tables"
IMPORTED_FACTORS: Final = "factors"
"""The folder of imported tables, in the folder of a ledger."""
MAX_PAGE: Final = 200

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Dataset:
    """One table: what it is, under which licence it is passed on, how many factors, and what replaced it."""

    name: str
    title: str
    file: str
    licence: str
    notice: str
    factors: int
    version: str = ""
    superseded_by: str | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    table: str
    shared: Mapping[str, str]
    row: Row
    words: str

    def factor(self) -> Factor:
        return pinned_factor_of(self.table, self.shared, self.row)

    def cell(self, name: str) -> str:
        return self.row.get(name) or self.shared.get(name, "")


class FactorLibrary:
    """All shipped factors, and imported ones; cheap to make, read at first use, safe to share."""

    def __init__(self, folder: Path = TABLES, imported: Path | None = None) -> None:
        self._folder = folder
        self._imported = imported
        self._entries: dict[str, _Entry] = {}
        self._by_digest: dict[str, str] = {}
        self._spend: dict[tuple[str, str, str], list[str]] = {}
        self._factors: dict[str, Factor] = {}
        self._datasets: list[Dataset] = []
        self._gwp: dict[str, Mapping[str, str]] = {}
        self._reading = Lock()
        self._was_read = False

    @staticmethod
    @lru_cache(maxsize=1)
    def shipped() -> FactorLibrary:
        """Return the library that ships with the product, always the same one."""
        return FactorLibrary()

    def get(self, factor_id: str) -> Factor:
        """Return the factor with this id.

        Raises:
            UnknownFactorError: there is none.
            FactorTableRowError: its row is not a factor, or was changed.
            FactorTableError: a table can't be read.
        """
        self._read()
        if factor_id not in self._factors:
            entry = self._entries.get(factor_id)
            if entry is None:
                field = "factor"
                raise UnknownFactorError(field, factor_id[:120])
            self._factors[factor_id] = entry.factor()
        return self._factors[factor_id]

    def by_digest(self, digest: str) -> Factor:
        """Return the factor whose record has this digest, as a statement pins it.

        Raises:
            UnknownFactorError: there is none.
            FactorTableRowError: its row is not a factor, or was changed.
            FactorTableError: a table can't be read.
        """
        self._read()
        factor_id = self._by_digest.get(digest)
        if factor_id is None:
            field = "factor digest"
            raise UnknownFactorError(field, digest[:64])
        return self.get(factor_id)

    def gwp_table(self, gwp: str) -> Mapping[str, str]:
        """Return kg CO2e per kg of each gas under one GWP set.

        AR5 counts all methane alike; AR6 has values for fossil and other methane only, so a factor with
        undivided methane can't be restated in it.

        Raises:
            UnknownGwpSetError: the set is not AR4, AR5 or AR6.
            FactorTableError: the shipped table can't be read.
        """
        if gwp not in GWP_SETS:
            raise UnknownGwpSetError(gwp[:20])
        if gwp not in self._gwp:
            rows = read_rows(self._folder / "gwp.csv")
            self._gwp[gwp] = MappingProxyType({row["gas"]: row[gwp] for row in rows if row[gwp]})
        return self._gwp[gwp]

    def search(
        self, text: str, region: str | None = None, limit: int = 20, *, superseded: bool = False
    ) -> list[Factor]:
        """Return factors whose names, sector or other codes hold every word, shortest names first.

        Words in three languages stand for what the tables call it; where nothing fits, misspelled words are
        read as the nearest of the tables' own. Superseded datasets are left out unless asked for.

        Raises:
            PageOfFactorsError: the limit is not between 1 and 200.
            FactorTableRowError, FactorTableError: a table can't be read.
        """
        _within("limit", limit, 1, MAX_PAGE)
        self._read()
        wanted = text.lower().split()
        old = set() if superseded else {one.name for one in self._datasets if one.superseded_by}
        there = {
            factor_id: entry
            for factor_id, entry in self._entries.items()
            if (region is None or entry.cell("region") == region) and entry.shared["dataset"] not in old
        }
        found = _holding(there, wanted)
        if wanted and not found:
            vocabulary = {word for entry in there.values() for word in entry.words.split()}
            found = _holding(there, [spelled(word, vocabulary) or word for word in wanted])
        found.sort(key=lambda factor_id: (len(self._entries[factor_id].cell("name")), factor_id))
        return [self.get(factor_id) for factor_id in found[:limit]]

    def list(self, dataset: str | None = None, offset: int = 0, limit: int = 50) -> list[Factor]:
        """Return a page of the factors of one dataset, or of all, in the order of their ids.

        Raises:
            UnknownDatasetError: there is no such dataset.
            PageOfFactorsError: offset or limit is out of range.
            FactorTableRowError, FactorTableError: a table can't be read.
        """
        ids = self.ids(dataset)
        _within("offset", offset, 0, max(0, len(ids)))
        _within("limit", limit, 1, MAX_PAGE)
        return [self.get(factor_id) for factor_id in ids[offset : offset + limit]]

    def ids(self, dataset: str | None = None) -> tuple[str, ...]:
        """Return the ids of one dataset, or of all, sorted.

        Raises:
            UnknownDatasetError: there is no such dataset.
            FactorTableError: a table can't be read.
        """
        self._read()
        known = sorted({entry.name for entry in self._datasets})
        if dataset is not None and dataset not in known:
            raise UnknownDatasetError(dataset[:120], ", ".join(known))
        entries = self._entries.items()
        return tuple(sorted(i for i, e in entries if dataset is None or e.shared["dataset"] == dataset))

    def datasets(self) -> tuple[Dataset, ...]:
        """Return the tables with their licences and notices, as NOTICES.md shows them.

        Raises:
            FactorTableError: a table can't be read.
        """
        self._read()
        return tuple(self._datasets)

    def spend_factors(self, dataset: str, region: str, sector: str) -> tuple[Factor, ...]:
        """Return the spend factors of a dataset for a region and a sector's code, lowest code first.

        Raises:
            FactorTableRowError, FactorTableError: a table can't be read.
        """
        self._read()
        return tuple(self.get(i) for i in self._spend.get((dataset, region, sector), []))

    def also_of(self, dataset: str, region: str, sector: str) -> tuple[str, int] | None:
        """Return the other code under which a dataset has a sector, and how many sectors share it.

        Raises:
            FactorTableRowError, FactorTableError: a table can't be read.
        """
        self._read()
        for factor_id in self._spend.get((dataset, region, sector), []):
            entry = self._entries[factor_id]
            if (other := entry.cell("also")) and entry.cell("sector") == sector:
                shared = self._spend[dataset, region, other]
                return other, len({self._entries[one].cell("sector") for one in shared})
        return None

    def _read(self) -> None:
        with self._reading:
            if self._was_read:
                return
            for kept in (self._entries, self._by_digest, self._spend, self._datasets):
                kept.clear()
            for folder in (self._folder, *self._imports()):
                for description in _json(folder / "datasets.json"):
                    self._read_table(folder, description)
            self._was_read = True

    def _imports(self) -> tuple[Path, ...]:
        """Return the folders of imported tables, each named by the digest of its content."""
        if self._imported is None or not self._imported.is_dir():
            return ()
        return tuple(sorted(path for path in self._imported.iterdir() if not path.name.startswith(".")))

    def _read_table(self, folder: Path, description: Mapping[str, Any]) -> None:
        try:
            shared, table = description["shared"], description["file"]
            self._datasets.append(
                Dataset(
                    shared["dataset"],
                    description["title"],
                    table,
                    description["licence"],
                    description["notice"],
                    description["rows"],
                    shared.get("dataset_version", ""),
                    description.get("superseded_by"),
                )
            )
        except KeyError as error:
            file = "datasets.json"
            raise FactorTableError(file, f"an entry lacks {error}") from None
        for row in read_rows(folder / table):
            self._add(table, shared, row)

    def _add(self, table: str, shared: Mapping[str, str], row: Row) -> None:
        factor_id, digest = row.get("id", ""), row.get("digest", "")
        if not factor_id or factor_id in self._entries or digest in self._by_digest:
            raise FactorTableError(
                table, f"the row {factor_id or 'without id'} lacks its id or is there twice"
            )
        words = " " + " ".join(row.get(n) or "" for n in ("id", "name", "name_zh", "sector", "also")).lower()
        self._entries[factor_id] = entry = _Entry(table, shared, row, words)
        self._by_digest[digest] = factor_id
        if entry.cell("currency"):
            for code in {entry.cell("sector"), entry.cell("also")} - {""}:
                key = (shared["dataset"], entry.cell("region"), code)
                self._spend.setdefault(key, []).append(factor_id)


def _holding(entries: Mapping[str, _Entry], wanted: list[str]) -> list[str]:
    """Return the ids of those that hold every wanted word in one of its meanings."""
    meant = [meanings(word) for word in wanted]
    return [
        factor_id
        for factor_id, entry in entries.items()
        if meant and all(any(all(w in entry.words for w in phrase) for phrase in one) for one in meant)
    ]


def read_rows(path: Path) -> Iterator[Row]:
    """Read the rows of a shipped CSV file.

    Raises:
        FactorTableError: it is missing, is not UTF-8, or a row has too many or too few cells.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if None in row or None in row.values():
                    raise FactorTableError(path.name, "a row has too many or too few cells")
                yield row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FactorTableError(path.name, f"it can't be read ({type(error).__name__})") from None


def _json(path: Path) -> list[dict[str, Any]]:
    try:
        entries: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise FactorTableError(path.name, f"it can't be read ({type(error).__name__})") from None
    return entries


def _within(field: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise PageOfFactorsError(field, value, low, high)
