"""The log's tree as tiles of 256 hashes, so that a store keeps few rows and a proof reads few of them.

C2SP tlog-tiles: tile (l, n) holds the hashes of the subtrees of 256^l entries from n·256 on; a tile that
isn't full is partial, and only full tiles are hashed into the level above. A store keeps one row per
tile, `(level, index) -> hashes`, the newest width; a wider tile serves every smaller log too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, Final, TypeAlias

from ledger.errors import LedgerError
from ledger.log import merkle
from ledger.log.merkle import HASH_BYTES, Frontier, NodeReader

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT
TILE_BYTES: Final = TILE_WIDTH * HASH_BYTES
MAX_LEVEL: Final = 63
MAX_KEPT: Final = 4096
"""Tiles that a reader of nodes keeps, 16 KiB each at most."""

TileReader: TypeAlias = Callable[[int, int], bytes]
"""Gives the hashes of tile (level, index), 32 bytes each, as many as are known; b"" for none."""

_PATH = re.compile(
    r"tile/(?P<level>0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


@dataclass(eq=False)
class TileTooShortError(LedgerError):
    """A tile that lacks hashes which the log must have."""

    sentence: ClassVar[str] = (
        "Tile {index} of level {level} holds {given} hashes, {needed} are needed: run `passport audit`."
    )
    level: int
    index: int
    needed: int
    given: int


@dataclass(eq=False)
class TilePathError(LedgerError):
    """A path that names no tile."""

    sentence: ClassVar[str] = "{path!a} names no tile: it looks like tile/0/x001/234 or tile/0/005.p/17."
    path: str


@dataclass(frozen=True, slots=True)
class TileName:
    """Which tile: level 0 to 63, index from 0, width 1 to 256 hashes."""

    level: int
    index: int
    width: int = TILE_WIDTH


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """Write a tile's path, `tile/0/x001/x234/067.p/5`.

    Raises:
        TilePathError: there is no tile of that level, index or width.
    """
    if not (0 <= level <= MAX_LEVEL and 0 <= index < 10**18 and 1 <= width <= TILE_WIDTH):
        raise TilePathError(path=f"level {level} index {index} width {width}")
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    suffix = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/" + "".join(f"x{group}/" for group in groups[:-1]) + groups[-1] + suffix


def parse_tile_path(path: str) -> TileName:
    """Read a tile's path; there is one form.

    Raises:
        TilePathError: any other text, additional zeroes among them.
    """
    found = _PATH.fullmatch(path)
    if found:
        level, index = int(found["level"]), int(found["index"].replace("x", "").replace("/", ""))
        width = int(found["width"] or TILE_WIDTH)
        if level <= MAX_LEVEL and width <= TILE_WIDTH and tile_path(level, index, width) == path:
            return TileName(level, index, width)
    raise TilePathError(path[:80])


def tile_names(size: int, since: int = 0) -> list[TileName]:
    """List every tile that a log of `size` entries has, level by level; `since` so many, the new ones."""
    names = []
    level, hashes, had = 0, size, since
    while hashes:
        full, rest = divmod(hashes, TILE_WIDTH)
        names += [TileName(level, index) for index in range(had // TILE_WIDTH, full)]
        if rest and hashes != had:
            names.append(TileName(level, full, rest))
        level, hashes, had = level + 1, full, had // TILE_WIDTH
    return names


def appended_tiles(read: TileReader, size: int, leaf_hashes: Iterable[bytes]) -> dict[tuple[int, int], bytes]:
    """Compute the tiles that an append writes, whole.

    Args:
        read: the tiles of the log as it is.
        size: its entries.
        leaf_hashes: the new leaf hashes in their order, 32 bytes each.

    Returns:
        Every tile that is new or wider than before, by (level, index).

    Raises:
        TileTooShortError: a stored tile lacks hashes.
    """
    changed: dict[tuple[int, int], bytes] = {}
    level, start, fresh = 0, size, b"".join(leaf_hashes)
    while fresh:
        first, kept = divmod(start, TILE_WIDTH)
        hashes = (_prefix(read, level, first, kept) if kept else b"") + fresh
        above = []
        for at in range(0, len(hashes), TILE_BYTES):
            tile = hashes[at : at + TILE_BYTES]
            changed[level, first + at // TILE_BYTES] = tile
            if len(tile) == TILE_BYTES:
                above.append(_complete_root(tile))
        level, start, fresh = level + 1, first, b"".join(above)
    return changed


def overlay(read: TileReader, changed: Mapping[tuple[int, int], bytes]) -> TileReader:
    """Read a log as it will be once changed tiles are written."""

    def reader(level: int, index: int) -> bytes:
        tile = changed.get((level, index))
        return read(level, index) if tile is None else tile

    return reader


def node_reader(read: TileReader) -> NodeReader:
    """Serve every node of the tree from tiles; a tile is read and hashed once while it is kept.

    The reader that comes back raises TileTooShortError when a stored tile lacks hashes.
    """
    kept: dict[tuple[int, int], list[bytes]] = {}

    def node(level: int, index: int) -> bytes:
        height = level % TILE_HEIGHT
        first = index << height
        name = level // TILE_HEIGHT, first // TILE_WIDTH
        levels = kept.get(name)
        if levels is None:
            if len(kept) >= MAX_KEPT:
                del kept[next(iter(kept))]
            levels = kept[name] = [read(*name)]
        while len(levels) <= height:
            levels.append(_level_above(levels[-1]))
        at = (first % TILE_WIDTH >> height) * HASH_BYTES
        found = levels[height][at : at + HASH_BYTES]
        if len(found) != HASH_BYTES:
            needed = first % TILE_WIDTH + (1 << height)
            raise TileTooShortError(*name, needed, len(levels[0]) // HASH_BYTES)
        return found

    return node


def root(read: TileReader, size: int) -> bytes:
    """Compute the root of the log's first `size` entries, 32 bytes.

    Raises:
        TileTooShortError: a stored tile lacks hashes.
    """
    return merkle.root(size, node_reader(read))


def frontier(read: TileReader, size: int) -> Frontier:
    """Take the right edge of the log's first `size` entries.

    Raises:
        TileTooShortError: a stored tile lacks hashes.
    """
    return Frontier.read(size, node_reader(read))


def inclusion_proof(read: TileReader, index: int, size: int) -> list[bytes]:
    """Make the proof that entry `index` is in the log of `size` entries.

    Raises:
        LeafIndexError: the log has no such entry.
        TileTooShortError: a stored tile lacks hashes.
    """
    return merkle.inclusion_proof(index, size, node_reader(read))


def consistency_proof(read: TileReader, old: int, new: int) -> list[bytes]:
    """Make the proof that the log of `new` entries continues the one of `old`.

    Raises:
        TreeSizesError: the new log is smaller.
        TileTooShortError: a stored tile lacks hashes.
    """
    return merkle.consistency_proof(old, new, node_reader(read))


def _prefix(read: TileReader, level: int, index: int, width: int) -> bytes:
    tile = read(level, index)
    if len(tile) < width * HASH_BYTES:
        raise TileTooShortError(level, index, width, len(tile) // HASH_BYTES)
    return tile[: width * HASH_BYTES]


def _complete_root(hashes: bytes) -> bytes:
    """Return the root over a power of two of neighbouring hashes."""
    while len(hashes) > HASH_BYTES:
        hashes = _level_above(hashes)
    return hashes


def _level_above(hashes: bytes) -> bytes:
    """Hash neighbours in pairs; one without a neighbour has no node above it yet."""
    pairs = range(0, len(hashes) - HASH_BYTES, 2 * HASH_BYTES)
    return b"".join([sha256(b"\x01" + hashes[at : at + 2 * HASH_BYTES]).digest() for at in pairs])
