"""The log's tree against PyPI's pymerkle: growing by batches with a root each, and inclusion proofs.

Both get the same entries in the same run, and must give the same roots and proofs. In memory both keep what
their tree needs, and processor time is compared; entries are short there, so that trees are compared and not
SHA-256 over long entries, which is the same for both. Durably both write entries of this ledger's size and
the tree to SQLite, with a flush to disk per batch, and time on the clock is compared. Rounds alternate;
compared are the medians.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Final

from pymerkle import InmemoryTree, SqliteTree

from ledger.log import merkle, tiles

ENTRIES: Final = 100_000
BATCH: Final = 1_000
PROOFS: Final = 2_000
ROUNDS: Final = 3
SHORT_BYTES: Final = 32
ENTRY_BYTES: Final = 704
"""What a log entry of this ledger has, about (registrations: 683)."""

Row = dict[str, Any]
Roots = list[bytes]


def measure() -> list[Row]:
    """Compare growth in memory and on disk, and inclusion proofs."""
    short, entries = (
        [number.to_bytes(8) * (size // 8) for number in range(ENTRIES)] for size in (SHORT_BYTES, ENTRY_BYTES)
    )
    with tempfile.TemporaryDirectory(prefix="passport-bench-") as name:
        folder = Path(name)
        in_memory = _compared(lambda _: _grown(short)[1], lambda _: _peer_grown(short)[1])
        durable = _compared(
            lambda number: _grown_durably(entries, folder / f"ours-{number}.db"),
            lambda number: _peer_grown_durably(entries, folder / f"peer-{number}.db"),
            time.perf_counter,
        )
    asked = random.Random(1).choices(range(ENTRIES), k=PROOFS)  # noqa: S311 - the same in every run
    kept, _ = _grown(short)
    tree, _ = _peer_grown(short)
    node = tiles.node_reader(lambda level, index: kept[level, index])
    for index in asked:
        path = list(tree.prove_inclusion(index + 1).path)  # the leaf itself, then what RFC 9162 has
        if path[1:] != merkle.inclusion_proof(index, ENTRIES, node):
            raise ValueError(index)
    proofs = _compared(
        lambda _: [merkle.inclusion_proof(index, ENTRIES, node)[0] for index in asked],
        lambda _: [tree.prove_inclusion(index + 1).path[1] for index in asked],
    )
    per_batch, per_proof = 1000 / (ENTRIES // BATCH), 1e6 / PROOFS
    what = f"batch of {BATCH:,} with a root, {ENTRIES:,} entries of"
    return [
        _row(f"log: {what} {SHORT_BYTES} bytes, in memory", in_memory, per_batch, "ms", 7),
        _row(f"log: {what} {ENTRY_BYTES} bytes, on disk", durable, per_batch, "ms", 1.5),
        _row(f"log: inclusion proof among {ENTRIES:,}", proofs, per_proof, "µs", 4),
    ]


def _compared(
    ours: Callable[[int], Roots],
    peer: Callable[[int], Roots],
    clock: Callable[[], float] = time.process_time,
) -> tuple[float, float]:
    """Return the median seconds of both, which must give the same."""
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(ROUNDS):
        answers = []
        for seconds, run in zip(taken, (ours, peer), strict=True):
            started = clock()
            answers.append(run(number))
            seconds.append(clock() - started)
        if answers[0] != answers[1]:
            raise ValueError(number)
    return median(taken[0]), median(taken[1])


def _row(name: str, seconds: tuple[float, float], scale: float, unit: str, target: float) -> Row:
    ours, peer = seconds
    ratio = peer / ours
    return {
        "name": name,
        "ours": round(ours * scale, 2),
        "unit": unit,
        "peer": f"{peer * scale:.2f} {unit} (pymerkle)",
        "ratio": round(ratio, 1),
        "target": f"≥ {target} x",
        "met": ratio >= target,
    }


def _grown(entries: list[bytes]) -> tuple[dict[tuple[int, int], bytes], Roots]:
    kept: dict[tuple[int, int], bytes] = {}
    roots: Roots = []

    def read(level: int, index: int) -> bytes:
        return kept.get((level, index), b"")

    for start in range(0, len(entries), BATCH):
        leaves = map(merkle.leaf_hash, entries[start : start + BATCH])
        kept |= tiles.appended_tiles(read, start, leaves)
        roots.append(tiles.root(read, start + BATCH))
    return kept, roots


def _peer_grown(entries: list[bytes]) -> tuple[InmemoryTree, Roots]:
    tree, roots = InmemoryTree(algorithm="sha256"), []
    for start in range(0, len(entries), BATCH):
        tree.append_entries(entries[start : start + BATCH])
        roots.append(tree.get_root())
    return tree, roots


def _grown_durably(entries: list[bytes], path: Path) -> Roots:
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE statement (position INTEGER PRIMARY KEY, entry BLOB, leaf_hash BLOB) STRICT;"
        "CREATE TABLE tile (level INTEGER, number INTEGER, hashes BLOB, PRIMARY KEY (level, number)) STRICT;"
    )

    def read(level: int, index: int) -> bytes:
        question = "SELECT hashes FROM tile WHERE level = ? AND number = ?"
        row = database.execute(question, (level, index)).fetchone()
        return b"" if row is None else bytes(row[0])

    roots: Roots = []
    for start in range(0, len(entries), BATCH):
        batch = entries[start : start + BATCH]
        leaves = list(map(merkle.leaf_hash, batch))
        changed = tiles.appended_tiles(read, start, leaves)
        roots.append(tiles.root(tiles.overlay(read, changed), start + BATCH))
        database.execute("BEGIN IMMEDIATE")
        rows = zip(range(start, start + BATCH), batch, leaves, strict=True)
        database.executemany("INSERT INTO statement VALUES (?, ?, ?)", rows)
        tile_rows = [(*at, hashes) for at, hashes in changed.items()]
        database.executemany("INSERT OR REPLACE INTO tile VALUES (?, ?, ?)", tile_rows)
        database.execute("COMMIT")
    database.close()
    return roots


def _peer_grown_durably(entries: list[bytes], path: Path) -> Roots:
    roots: Roots = []
    with SqliteTree(str(path), algorithm="sha256") as tree:
        for start in range(0, len(entries), BATCH):
            tree.append_entries(entries[start : start + BATCH])
            roots.append(tree.get_root())
    return roots
