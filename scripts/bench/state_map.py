"""The state map with a million keys, in SQLite on disk: changing a thousand of them, and one proof."""

from __future__ import annotations

import hashlib
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any, Final

from ledger.sql.stores import SqlStore
from ledger.state import pages
from ledger.state.sparse_map import check

KEYS: Final = 1_000_000
CHANGED: Final = 1_000
ROUNDS: Final = 5
PROOFS: Final = 50
UPDATE_S: Final = 1.0
PROOF_MS: Final = 5.0


def _hashed(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def measure(keys: int = KEYS) -> list[dict[str, Any]]:
    """Fill a map, change it some times, prove some keys, and return the rows."""
    with tempfile.TemporaryDirectory() as folder, SqlStore(f"sqlite:///{Path(folder) / 'map.db'}") as store:
        store.migrate()
        with store.write() as writer:
            pages.update(writer, {_hashed(f"key {n}"): _hashed(f"value {n}") for n in range(keys)})
        updates = [_updated(store, keys, number) for number in range(ROUNDS)]
        proofs = [_proved(store, number) for number in range(PROOFS)]
    update_s, proof_ms = median(updates), median(proofs) * 1000
    return [
        _row(f"{CHANGED:,} changes to a state map of {keys:,} keys", update_s, "s", UPDATE_S),
        _row(f"proof from a state map of {keys:,} keys", proof_ms, "ms", PROOF_MS),
    ]


def _updated(store: SqlStore, keys: int, number: int) -> float:
    """Change keys, a tenth of them new, and return the seconds until they were on the disk."""
    new, step = CHANGED // 10, keys // CHANGED
    changes = {_hashed(f"key {n * step}"): _hashed(f"value {n} {number}") for n in range(CHANGED - new)}
    changes.update({_hashed(f"key {number} {n}"): _hashed(f"new {n}") for n in range(new)})
    start = time.perf_counter()
    with store.write() as writer:
        pages.update(writer, changes)
    return time.perf_counter() - start


def _proved(store: SqlStore, number: int) -> float:
    key = _hashed(f"key {7 * number + 1}")
    with store.read() as view:
        root = pages.root(view)
    start = time.perf_counter()
    with store.read() as view:
        proof = pages.prove(view, key)
    taken = time.perf_counter() - start
    if check(root, key, proof) is None:
        raise RuntimeError(key.hex())
    return taken


def _row(name: str, ours: float, unit: str, limit: float) -> dict[str, Any]:
    return {
        "name": name,
        "ours": round(ours, 3),
        "peer": limit,
        "ratio": round(ours / limit, 3),
        "unit": unit,
        "target": f"<= {limit:g} {unit}",
        "met": ours <= limit,
        "how": "SQLite on disk, each change committed, each proof in a transaction of its own",
    }
