"""The state map in pages, so that a change of some keys reads and writes a few pages only.

A page is named by the first bytes that its keys share. It holds up to 64 leaves, or, where there are more,
the parts of the map one byte further down:

    0x00 ‖ (key ‖ value) …, sorted by key
    0x01 ‖ (0x00 | 0x01 | 0x02 ‖ hash) x 256

Keys are never taken out, so the pages too follow from the keys alone, in whatever order they came.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, Protocol

from ledger.state.errors import MapPageError
from ledger.state.sparse_map import (
    EMPTY,
    HASH_BYTES,
    MANY,
    NOTHING,
    Leaf,
    MapProof,
    Part,
    bit,
    joined,
    part_of,
    path_down,
)

MAX_LEAVES: Final = 64
CHUNK: Final = 20_000
"""Keys that are changed at once, so that a new map of millions needs no memory for all of them."""
_WIDTH: Final = 256
_LEAF_BYTES: Final = 2 * HASH_BYTES
_PART_BYTES: Final = 1 + HASH_BYTES
_LEAVES, _PARTS = b"\x00", b"\x01"
_NO_PARTS: Final = (NOTHING,) * _WIDTH


class MapPages(Protocol):
    """Where the map's pages lie."""

    def state_pages(self, prefixes: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Return the pages that there are of these."""
        ...


class MapPageKeeper(MapPages, Protocol):
    """Where the map's pages are written too."""

    def keep_state_pages(self, pages: Mapping[bytes, bytes]) -> None:
        """Keep pages, new or changed."""
        ...


def update(pages: MapPageKeeper, changes: Mapping[bytes, bytes]) -> bytes:
    """Set the values of keys, new or known, and return the map's new root.

    Raises:
        MapPageError: a stored page is damaged.
    """
    waiting = iter(sorted(changes.items()))
    while chunk := list(islice(waiting, CHUNK)):
        pages.keep_state_pages(_changed(pages, chunk))
    return root(pages)


def root(pages: MapPages) -> bytes:
    """Return the map's root.

    Raises:
        MapPageError: the first page is damaged.
    """
    return _part(b"", pages.state_pages((b"",)).get(b"", _LEAVES))[1]


def _changed(pages: MapPages, chunk: Sequence[Leaf]) -> dict[bytes, bytes]:
    """Return the pages that change: down to the leaves, a level of pages at a time, and up again."""
    written: dict[bytes, bytes] = {}
    branches: dict[bytes, list[Part]] = {}
    level: dict[bytes, list[Leaf]] = {b"": list(chunk)}
    while level:
        stored = pages.state_pages(list(level))
        below: dict[bytes, list[Leaf]] = {}
        for prefix, new in level.items():
            page, leaves = stored.get(prefix, _LEAVES), new
            if page[:1] == _PARTS:
                branches[prefix] = _parts(prefix, page)
            else:
                leaves = sorted({**dict(_leaves(prefix, page)), **dict(new)}.items())
                if len(leaves) <= MAX_LEAVES:
                    written[prefix] = _LEAVES + b"".join(key + value for key, value in leaves)
                    continue
                branches[prefix] = list(_NO_PARTS)
            at = len(prefix)
            for leaf in leaves:
                below.setdefault(prefix + leaf[0][at : at + 1], []).append(leaf)
        level = below
    _close(branches, written)
    return written


def _close(branches: Mapping[bytes, list[Part]], written: dict[bytes, bytes]) -> None:
    """Write the changed parts into the pages above them, the lowest first."""
    by_parent: dict[bytes, list[bytes]] = {}
    for prefix in (*written, *branches):
        if prefix:
            by_parent.setdefault(prefix[:-1], []).append(prefix)
    for parent in sorted(branches, key=len, reverse=True):
        parts = branches[parent]
        for prefix in by_parent[parent]:
            parts[prefix[-1]] = _part(prefix, written[prefix])
        written[parent] = _PARTS + b"".join(bytes((kind,)) + found for kind, found in parts)


def prove(pages: MapPages, key: bytes) -> MapProof:
    """Return the proof that a key is in the map with its value, or that it isn't.

    Raises:
        MapPageError: a page is damaged.
    """
    siblings: list[bytes] = []
    prefix = b""
    while True:
        page = pages.state_pages((prefix,)).get(prefix, _LEAVES)
        if page[:1] != _PARTS:
            rest = path_down(_leaves(prefix, page), 8 * len(prefix), key)
            return MapProof((*siblings, *rest.siblings), rest.leaf)
        number, found = _down(_parts(prefix, page), key, len(prefix), siblings)
        if found != MANY:
            leaf = None if number is None else _only_leaf(pages, prefix + bytes((number,)))
            return MapProof(tuple(siblings), leaf)
        prefix = key[: len(prefix) + 1]


def _down(parts: Sequence[Part], key: bytes, at: int, siblings: list[bytes]) -> tuple[int | None, int]:
    """Go down a page on a key's way, as far as there are many keys, and add what stands beside it.

    Returns:
        The number of the last part that holds anything, None where none does, and how many keys are there.
    """
    levels = [list(parts)]
    while len(levels[-1]) > 1:
        levels.append(_halved(levels[-1]))
    here = 0
    for level in range(7, -1, -1):
        here = 2 * here + bit(key, 8 * at + 7 - level)
        siblings.append(levels[level][here ^ 1][1])
        kind = levels[level][here][0]
        if kind != MANY:
            held = (n for n in range(here << level, (here + 1) << level) if parts[n][0])
            return next(held, None), kind
    return here, MANY


def _only_leaf(pages: MapPages, prefix: bytes) -> Leaf:
    leaves = _leaves(prefix, pages.state_pages((prefix,)).get(prefix, _LEAVES))
    if len(leaves) != 1:
        raise MapPageError(prefix.hex(), f"{len(leaves)} leaves where one is counted")
    return leaves[0]


def _part(prefix: bytes, page: bytes) -> Part:
    if page[:1] != _PARTS:
        return part_of(_leaves(prefix, page), 8 * len(prefix))
    parts = _parts(prefix, page)
    while len(parts) > 1:
        parts = _halved(parts)
    return parts[0]


def _halved(parts: Sequence[Part]) -> list[Part]:
    return [joined(parts[n], parts[n + 1]) for n in range(0, len(parts), 2)]


def _leaves(prefix: bytes, page: bytes) -> list[Leaf]:
    if page[:1] != _LEAVES or (len(page) - 1) % _LEAF_BYTES:
        raise MapPageError(prefix.hex(), f"{len(page)} bytes that are no leaves")
    return list(_cut(page))


def _cut(page: bytes) -> Iterator[Leaf]:
    for at in range(1, len(page), _LEAF_BYTES):
        yield page[at : at + HASH_BYTES], page[at + HASH_BYTES : at + _LEAF_BYTES]


def _parts(prefix: bytes, page: bytes) -> list[Part]:
    if len(page) != 1 + _WIDTH * _PART_BYTES:
        raise MapPageError(prefix.hex(), f"{len(page)} bytes that are no 256 parts")
    found = [(page[at], page[at + 1 : at + _PART_BYTES]) for at in range(1, len(page), _PART_BYTES)]
    if any(kind > MANY or (kind == 0) != (one == EMPTY) for kind, one in found):
        raise MapPageError(prefix.hex(), "a part that holds nothing and has a hash, or the other way round")
    return found
