"""Rows in memory with their versions: a reader keeps its snapshot while the one writer goes on."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Rows(Generic[K, V]):
    """Rows by key, each with the versions that somebody may still be reading; None is a dropped row."""

    def __init__(self) -> None:
        self._versions: dict[K, tuple[tuple[int, V | None], ...]] = {}
        self._ordered: list[Any] = []

    def get(self, key: K, version: int) -> V | None:
        """Return the row as it was at a version."""
        for at, row in reversed(self._versions.get(key, ())):
            if at <= version:
                return row
        return None

    def put(self, key: K, row: V | None, version: int, oldest: int) -> None:
        """Keep a row; what no reader since version `oldest` can see any more is dropped."""
        before = self._versions.get(key)
        if before is None:
            insort(self._ordered, key)
        kept = (*(before or ()), (version, row))
        while len(kept) > 1 and kept[1][0] <= oldest:
            kept = kept[1:]
        self._versions[key] = kept

    def after(self, key: Any) -> list[Any]:
        """Return the keys behind one in their order; all of them after None."""
        ordered = self._ordered
        return ordered[bisect_right(ordered, key) if key is not None else 0 :]


class Layer(Generic[K, V]):
    """Rows as they were at a version, with a writer's own changes on top."""

    def __init__(self, rows: Rows[K, V], version: int) -> None:
        self._rows, self._version = rows, version
        self._changed: dict[K, V | None] = {}

    def get(self, key: K) -> V | None:
        """Return a row."""
        if key in self._changed:
            return self._changed[key]
        return self._rows.get(key, self._version)

    def set(self, key: K, row: V | None) -> None:
        """Change a row for this writer."""
        self._changed[key] = row

    def clear(self) -> None:
        """Drop every row for this writer."""
        self._changed = dict.fromkeys(self._rows.after(None))

    def in_order(self, after: Any = None) -> Iterator[tuple[K, V]]:
        """Return keys and rows behind a key, in the keys' order."""
        keys = self._rows.after(after)
        if self._changed:
            keys = sorted({*keys, *self._changed})
        for key in keys:
            row = self.get(key) if after is None or key > after else None
            if row is not None:
                yield key, row

    def commit(self, version: int, oldest: int) -> None:
        """Show the changes to everybody who begins from now on."""
        for key, row in self._changed.items():
            self._rows.put(key, row, version, oldest)
