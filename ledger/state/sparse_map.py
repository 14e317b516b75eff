"""A sparse Merkle map: one root for many keys, with short proofs that a key is there or isn't.

Keys and values are 32 bytes; the bits of a key, highest first, are its way down from the root. A part of
the map without any key is 32 zero bytes, one with a single key is that key's leaf however high up it
stands, every other part is made of its two halves:

    leaf = SHA-256(0x00 ‖ key ‖ value), node = SHA-256(0x01 ‖ left ‖ right)

So a root says which keys there are, in whatever order they came, and a proof among n keys has some
log2 n steps. On a key's way there is one part at each depth, so no root can prove a key both there and not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, TypeAlias

from ledger.state.errors import MapProofError, MapProofKeyError, MapProofLengthError

HASH_BYTES: Final = 32
DEPTH: Final = 256
EMPTY: Final = bytes(HASH_BYTES)
NONE, ONE, MANY = 0, 1, 2
"""How many keys a part of the map holds."""
Part: TypeAlias = tuple[int, bytes]
"""A part of the map: NONE, ONE or MANY keys, and its hash."""
NOTHING: Final[Part] = (NONE, EMPTY)
Leaf: TypeAlias = tuple[bytes, bytes]
"""A key and its value, 32 bytes each."""


@dataclass(frozen=True, slots=True)
class MapProof:
    """What stands beside a key's way, from the root down, and where the way ends: at a leaf or at nothing."""

    siblings: tuple[bytes, ...]
    leaf: Leaf | None


def leaf_hash(key: bytes, value: bytes) -> bytes:
    """Return the hash of a key with its value."""
    return sha256(b"\x00" + key + value).digest()


def joined(left: Part, right: Part) -> Part:
    """Return the part that two halves make; a single key stands for it as it is."""
    if left[0] + right[0] <= ONE:
        return left if left[0] else right
    return (MANY, sha256(b"\x01" + left[1] + right[1]).digest())


def bit(key: bytes, depth: int) -> int:
    """Return which half a key is in, below this depth: 0 left, 1 right."""
    return key[depth >> 3] >> (7 - (depth & 7)) & 1


def part_of(leaves: Sequence[Leaf], depth: int) -> Part:
    """Return the part of the map that holds these leaves, sorted by key, which share `depth` bits.

    It goes down at most 256 halves, as deep as a key is long.
    """
    if not leaves:
        return NOTHING
    if len(leaves) == 1:
        return (ONE, leaf_hash(*leaves[0]))
    left, right = halves(leaves, depth)
    return joined(part_of(left, depth + 1), part_of(right, depth + 1))


def halves(leaves: Sequence[Leaf], depth: int) -> tuple[Sequence[Leaf], Sequence[Leaf]]:
    """Cut sorted leaves where the bit below this depth turns to 1."""
    at, mask = depth >> 3, 0x80 >> (depth & 7)
    number = next((n for n, (key, _) in enumerate(leaves) if key[at] & mask), len(leaves))
    return leaves[:number], leaves[number:]


def root_of(leaves: Iterable[Leaf]) -> bytes:
    """Return the root of a map of these keys, whatever their order; a map of none has 32 zero bytes."""
    return part_of(sorted(dict(leaves).items()), 0)[1]


def path_down(leaves: Sequence[Leaf], depth: int, key: bytes) -> MapProof:
    """Return the proof for a key within a part that holds these leaves, sorted by key."""
    siblings: list[bytes] = []
    while len(leaves) > 1:
        sides = halves(leaves, depth)
        side = bit(key, depth)
        depth += 1
        siblings.append(part_of(sides[1 - side], depth)[1])
        leaves = sides[side]
    return MapProof(tuple(siblings), leaves[0] if leaves else None)


def check(root: bytes, key: bytes, proof: MapProof) -> bytes | None:
    """Check a proof against a root and return the key's value, None where the key is not in the map.

    Raises:
        MapProofLengthError: more steps than a key has bits.
        MapProofKeyError: it ends at a leaf that is not on the key's way.
        MapProofError: it leads to another root.
    """
    steps = len(proof.siblings)
    if steps > DEPTH:
        raise MapProofLengthError(key.hex(), steps, DEPTH)
    found = EMPTY
    if proof.leaf is not None:
        there = proof.leaf[0]
        if int.from_bytes(bytes(a ^ b for a, b in zip(there, key, strict=True)), "big") >> (DEPTH - steps):
            raise MapProofKeyError(key.hex(), there.hex(), steps)
        found = leaf_hash(*proof.leaf)
    for depth in range(steps - 1, -1, -1):
        pair = (found, proof.siblings[depth])
        left, right = pair if bit(key, depth) == 0 else pair[::-1]
        found = sha256(b"\x01" + left + right).digest()
    if found != root:
        raise MapProofError(key.hex(), root.hex(), found.hex())
    return proof.leaf[1] if proof.leaf is not None and proof.leaf[0] == key else None
