"""The log written to a folder, so that any web server or bucket can serve it.

Files are written whole or not at all. The checkpoint comes last: whoever reads it finds everything that it
covers. The next time only what is new is written, and never a log that doesn't continue the one there.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from ledger.errors import LedgerError
from ledger.log import checkpoint, tiles
from ledger.log.checkpoint import Checkpoint
from ledger.log.resources import CHECKPOINT, EntryReader, names_of, path_of, resource
from ledger.log.tiles import TILE_WIDTH, TileReader

PARTIAL: Final = ".p"


@dataclass(eq=False)
class PublishedElsewhereError(LedgerError):
    """The folder holds another log, or another history of this one."""

    sentence: ClassVar[str] = (
        "{folder} holds log {origin!a} with {size} entries under root {root}, which this log doesn't "
        "continue. Publish into an empty folder; if it is the same log, find out which history is true."
    )
    folder: str
    origin: str
    size: int
    root: str


@dataclass(frozen=True, slots=True)
class Published:
    """What was published: entries of the log, entries before, and files that were written."""

    size: int
    before: int
    files: int


def publish(
    folder: Path,
    note: str,
    read_tile: TileReader,
    read_entries: EntryReader,
    progress: Callable[[int, int], None] | None = None,
) -> Published:
    """Write a log's tiles, entries and checkpoint into a folder, only what is not there yet.

    Args:
        folder: what the web server serves under the log's prefix; made if it isn't there.
        note: the newest checkpoint.
        read_tile: the tree's tiles.
        read_entries: the entries' bytes.
        progress: told how many files of how many are done.

    Raises:
        CheckpointFormError: a checkpoint here or there, any class that `checkpoint.parse` names.
        PublishedElsewhereError: the folder holds what this log doesn't continue.
        TileTooShortError: a stored tile lacks hashes.
        OSError: the folder can't be written.
    """
    head = checkpoint.parse(note).checkpoint
    folder.mkdir(parents=True, exist_ok=True)
    before = _published_before(folder, head, read_tile)
    names = names_of(head.size, before)
    for done, name in enumerate(names, start=1):
        path = path_of(name)
        _write(folder / path, resource(path, head.size, read_tile, read_entries))
        if progress is not None:
            progress(done, len(names))
    _write(folder / CHECKPOINT, note.encode())
    for name in names:
        if name.width == TILE_WIDTH:  # a full tile serves everybody who would ask for a part of it
            with suppress(FileNotFoundError):
                shutil.rmtree(folder / f"{path_of(name)}{PARTIAL}")
    return Published(head.size, before, len(names) + 1)


def _published_before(folder: Path, head: Checkpoint, read_tile: TileReader) -> int:
    """Return how many entries the folder's checkpoint covers, 0 if there is none."""
    try:
        old = checkpoint.parse((folder / CHECKPOINT).read_bytes()).checkpoint
    except FileNotFoundError:
        return 0
    same = old.origin == head.origin and old.size <= head.size
    if not same or tiles.root(read_tile, old.size) != old.root:
        raise PublishedElsewhereError(str(folder), old.origin, old.size, old.root.hex())
    return old.size


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with scratch.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        scratch.replace(path)
    finally:
        with suppress(FileNotFoundError):
            scratch.unlink()
