"""Logs and witnesses for tests: a log that grows, forks and forgets under its real key, and who watches it.

log, watcher = GrowingLog("ledger.example/a"), watching(tmp_path, log)
log.grow(5)
watcher.add_checkpoint(log.request(0, 5))
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.log import checkpoint, merkle, tiles
from ledger.log.checkpoint import Checkpoint, NoteSigner, SignedNote
from ledger.log.cosignature import WitnessSigner
from ledger.log.witness_request import AddCheckpoint
from ledger.sql.witness_store import SqlWitnessStore
from ledger.witness import Witness

START = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)


class SetClock:
    """A clock that shows what it was set to."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        """Return the time."""
        return self.time

    def go(self, seconds: int) -> None:
        """Go on, or back."""
        self.time += timedelta(seconds=seconds)


class GrowingLog:
    """A log's tree and real key; whoever holds the key can sign anything."""

    def __init__(
        self, origin: str, signer: NoteSigner | None = None, entries: list[bytes] | None = None
    ) -> None:
        self.signer = signer or NoteSigner(origin, Ed25519PrivateKey.generate())
        self.entries: list[bytes] = entries or []

    def grow(self, count: int, mark: str = "entry") -> GrowingLog:
        """Append entries."""
        start = len(self.entries)
        self.entries += [f"{mark} {number}".encode() for number in range(start, start + count)]
        return self

    def fork(self, at: int) -> GrowingLog:
        """Return a log under the same key with the first entries only: another face, or an old backup."""
        return GrowingLog(self.signer.name, self.signer, self.entries[:at])

    def tile(self, level: int, index: int) -> bytes:
        """Return a tile."""
        leaves = map(merkle.leaf_hash, self.entries)
        return tiles.appended_tiles(lambda _level, _index: b"", 0, leaves).get((level, index), b"")

    def head(self, size: int | None = None) -> Checkpoint:
        """Return the head of a size."""
        size = len(self.entries) if size is None else size
        return Checkpoint(self.signer.name, size, merkle.root_of(map(merkle.leaf_hash, self.entries[:size])))

    def note(self, size: int | None = None) -> SignedNote:
        """Return the signed checkpoint of a size."""
        return checkpoint.parse(checkpoint.sign(self.head(size), self.signer))

    def proof(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return the proof from one size to another."""
        return tuple(tiles.consistency_proof(self.tile, old, new))

    def request(self, old: int, new: int | None = None) -> bytes:
        """Return an honest request to a witness."""
        new = len(self.entries) if new is None else new
        return AddCheckpoint(old, self.proof(old, new), self.note(new)).text().encode()


def watching(folder: Path, *logs: GrowingLog, clock: SetClock | None = None) -> Witness:
    """Return a new witness that watches logs; its memory is `witness.db` in a folder."""
    signer = WitnessSigner("witness.example/w1", Ed25519PrivateKey.generate())
    store = SqlWitnessStore.make(folder / "witness.db", signer.key.text())
    for log in logs:
        store.watch(log.signer.verifier)
    return Witness(signer, store, clock or SetClock())
