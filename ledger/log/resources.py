"""The log as static files: tiles of hashes, bundles of entries, and the checkpoint that covers them.

C2SP tlog-tiles, under one prefix:

    checkpoint                   the newest signed note
    tile/0/x001/234              256 leaf hashes; tile/0/x001/234.p/5 the first five of them
    tile/entries/x001/234        the entries themselves, each after its length in two bytes, big-endian

Tiles and entries never change once they are there, so they can be kept for ever by whoever has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar, Final, TypeAlias

from ledger.errors import LedgerError
from ledger.log.merkle import HASH_BYTES
from ledger.log.tiles import (
    TILE_WIDTH,
    TileName,
    TilePathError,
    TileReader,
    TileTooShortError,
    parse_tile_path,
    tile_names,
    tile_path,
)

CHECKPOINT: Final = "checkpoint"
MAX_LENGTH: Final = 0xFFFF
LENGTH_BYTES: Final = 2
MAX_BUNDLE_BYTES: Final = TILE_WIDTH * (LENGTH_BYTES + MAX_LENGTH)

EntryReader: TypeAlias = Callable[[int, int], Iterable[bytes]]
"""Gives the entries from one position up to another, the latter not included."""

_ENTRIES: Final = "tile/entries/"
_LEAVES: Final = "tile/0/"


@dataclass(eq=False)
class BeyondCheckpointError(LedgerError):
    """A tile or a bundle of entries that the log doesn't have yet."""

    sentence: ClassVar[str] = "The log's checkpoint covers {size} entries: there is no {path} yet."
    path: str
    size: int


@dataclass(eq=False)
class EntryBundleFormError(LedgerError):
    """A bundle of entries that isn't lengths and entries to its end."""

    sentence: ClassVar[str] = (
        "The bundle of entries holds {found}: it must be {width} entries, each after its length in two bytes."
    )
    found: str
    width: int


@dataclass(frozen=True, slots=True)
class EntriesName:
    """Which bundle of entries: index from 0, width 1 to 256 entries."""

    index: int
    width: int = TILE_WIDTH


def entries_path(index: int, width: int = TILE_WIDTH) -> str:
    """Write the path of a bundle of entries, `tile/entries/x001/234.p/5`.

    Raises:
        TilePathError: there is none of that index or width.
    """
    return _ENTRIES + tile_path(0, index, width).removeprefix(_LEAVES)


def parse_path(path: str) -> TileName | EntriesName:
    """Read the path of a tile or a bundle of entries; there is one form.

    Raises:
        TilePathError: any other text.
    """
    if not path.startswith(_ENTRIES):
        return parse_tile_path(path)
    try:
        name = parse_tile_path(_LEAVES + path.removeprefix(_ENTRIES))
    except TilePathError:
        raise TilePathError(path[:80]) from None
    return EntriesName(name.index, name.width)


def path_of(name: TileName | EntriesName) -> str:
    """Write a name as its path.

    Raises:
        TilePathError: no log has it.
    """
    if isinstance(name, EntriesName):
        return entries_path(name.index, name.width)
    return tile_path(name.level, name.index, name.width)


def names_of(size: int, since: int = 0) -> list[TileName | EntriesName]:
    """Name every resource of a log, or only those that one of `since` entries had not.

    Bundles of entries come first, then the tiles, level by level.
    """
    leaves = [name for name in tile_names(size, since) if name.level == 0]
    return [*(EntriesName(name.index, name.width) for name in leaves), *tile_names(size, since)]


def resource(path: str, size: int, read_tile: TileReader, read_entries: EntryReader) -> bytes:
    """Return the bytes of a tile or of a bundle of entries, as far as the checkpoint's size covers it.

    Args:
        path: `tile/0/005` or `tile/entries/005.p/17`.
        size: entries under the checkpoint.
        read_tile: the tree's tiles.
        read_entries: the entries' bytes.

    Raises:
        TilePathError: the path names nothing.
        BeyondCheckpointError: the log doesn't reach so far.
        TileTooShortError: a stored tile lacks hashes.
    """
    name = parse_path(path)
    level = name.level if isinstance(name, TileName) else 0
    first = name.index * TILE_WIDTH
    if first + name.width > size >> (8 * level):
        raise BeyondCheckpointError(path, size)
    if isinstance(name, EntriesName):
        return pack(read_entries(first, first + name.width))
    hashes = read_tile(level, name.index)[: name.width * HASH_BYTES]
    if len(hashes) != name.width * HASH_BYTES:
        raise TileTooShortError(level, name.index, name.width, len(hashes) // HASH_BYTES)
    return hashes


def pack(entries: Iterable[bytes]) -> bytes:
    """Write a bundle of entries: each after its length in two bytes, big-endian.

    Raises:
        EntryBundleFormError: an entry of over 65,535 bytes.
    """
    packed = bytearray()
    for count, entry in enumerate(entries, start=1):
        if len(entry) > MAX_LENGTH:
            raise EntryBundleFormError(f"an entry of {len(entry)} bytes", count)
        packed += len(entry).to_bytes(LENGTH_BYTES) + entry
    return bytes(packed)


def unpack(raw: bytes, width: int) -> list[bytes]:
    """Read a bundle of so many entries.

    Raises:
        EntryBundleFormError: more or fewer entries, or one that is cut off.
    """
    entries, at = [], 0
    while at < len(raw):
        end = at + LENGTH_BYTES + int.from_bytes(raw[at : at + LENGTH_BYTES])
        if end > len(raw) or at + LENGTH_BYTES > len(raw):
            raise EntryBundleFormError(f"an entry that ends after {len(raw) - at} bytes", width)
        entries.append(raw[at + LENGTH_BYTES : end])
        at = end
    if len(entries) != width:
        raise EntryBundleFormError(f"{len(entries)} entries", width)
    return entries
