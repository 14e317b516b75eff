"""Rows that a transaction has read or changed: read once, in bulk where it can, written at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

CHUNK: Final = 500
"""Keys in one question; SQLite takes 32,766 parameters, and long questions are slow to prepare."""


class Kept(Generic[K, V]):
    """Rows by key, those that aren't there remembered too.

    That is right because a transaction is alone in writing, or reads a snapshot.

    Args:
        load: returns the rows that the database has of some keys; it may return more.
        chunk: how many keys at once.
    """

    def __init__(self, load: Callable[[Sequence[K]], Mapping[K, V]], chunk: int = CHUNK) -> None:
        self._load, self._chunk = load, chunk
        self._rows: dict[K, V | None] = {}
        self._changed: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """Return a row."""
        try:
            return self._rows[key]
        except KeyError:
            self.expect((key,))
            return self._rows[key]

    def expect(self, keys: Iterable[K]) -> None:
        """Read rows that will be asked for, many at once."""
        missing = [key for key in dict.fromkeys(keys) if key not in self._rows]
        for start in range(0, len(missing), self._chunk):
            chunk = missing[start : start + self._chunk]
            found = self._load(chunk)
            for key in chunk:
                self._rows[key] = found.get(key)

    def know(self, rows: Iterable[tuple[K, V | None]]) -> None:
        """Take over what is known of rows, so that nobody asks for them; what was read or changed stays."""
        for key, row in rows:
            self._rows.setdefault(key, row)

    def keep(self, key: K, row: V) -> None:
        """Change a row."""
        self._rows[key] = self._changed[key] = row

    def drop(self, key: K) -> None:
        """Forget a row that others may have changed in the table."""
        self._rows.pop(key, None)

    def changed(self) -> dict[K, V]:
        """Return what changed since the last call, to be written."""
        changed, self._changed = self._changed, {}
        return changed

    def forget(self) -> None:
        """Forget what was read; only when nothing waits to be written."""
        self._rows.clear()
