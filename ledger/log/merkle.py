"""The log's Merkle tree: one hash for everything ever logged, and short proofs about it.

RFC 9162 section 2.1 with SHA-256. Proofs are made from the hashes of complete subtrees, named by
(level, index): level 0 are leaves, and node (l, i) covers the leaves from i·2^l to (i + 1)·2^l.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, TypeAlias

from ledger.errors import LedgerError

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""The root of the log before its first entry (RFC 9162 section 2.1.1)."""

NodeReader: TypeAlias = Callable[[int, int], bytes]
"""Gives the hash of the complete subtree (level, index), 32 bytes."""


@dataclass(eq=False)
class MerkleProofError(LedgerError):
    """A proof about the log that doesn't hold."""


@dataclass(eq=False)
class LeafIndexError(MerkleProofError):
    """A position that the log of this size doesn't have."""

    sentence: ClassVar[str] = "A log of {size} entries has no entry {index}: positions count from 0."
    index: int
    size: int


@dataclass(eq=False)
class TreeSizesError(MerkleProofError):
    """A later log that is smaller than the earlier one."""

    sentence: ClassVar[str] = "A log of {old} entries can't have grown into one of {new}: a log only grows."
    old: int
    new: int


@dataclass(eq=False)
class ProofLengthError(MerkleProofError):
    """More or fewer hashes than the positions ask for."""

    sentence: ClassVar[str] = "The {proof} proof has {given} hashes, it must have {expected}."
    proof: str
    expected: int
    given: int


@dataclass(eq=False)
class ProofHashError(MerkleProofError):
    """Something in a proof that is no hash."""

    sentence: ClassVar[str] = "The {proof} proof's {which} has {size_bytes} bytes: a hash has 32."
    proof: str
    which: str
    size_bytes: int


@dataclass(eq=False)
class InclusionProofError(MerkleProofError):
    """The entry isn't in the log at this place."""

    sentence: ClassVar[str] = (
        "Entry {index} isn't proved to be in the log of {size} entries: the proof leads to root {computed}, "
        "the checkpoint has {expected}."
    )
    index: int
    size: int
    computed: str
    expected: str


@dataclass(eq=False)
class ConsistencyProofError(MerkleProofError):
    """One of two checkpoints doesn't belong to the log that the proof speaks of."""

    sentence: ClassVar[str] = (
        "The log of {new} entries isn't proved to continue the one of {old}: for the {which} one the proof "
        "leads to root {computed}, its checkpoint has {expected}."
    )
    old: int
    new: int
    which: str
    computed: str
    expected: str


@dataclass(eq=False)
class FrontierFormError(LedgerError):
    """Stored edge hashes that don't fit their size."""

    sentence: ClassVar[str] = (
        "The stored edge of the log has {given_bytes} bytes, a log of {size} has {expected_bytes}."
    )
    size: int
    expected_bytes: int
    given_bytes: int


def leaf_hash(entry: bytes) -> bytes:
    """Hash one log entry: SHA-256(0x00 ‖ entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbours into the node above: SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """Join neighbouring subtrees that shrink from left to right into the root over all of them."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def covering(begin: int, end: int) -> list[tuple[int, int]]:
    """Name the complete subtrees (level, index) that cover the leaves from `begin` to `end`, left to right.

    `begin` must be a multiple of the largest power of two that fits into the range, as it is for every
    range that a proof or a root needs.
    """
    nodes = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        nodes.append((level, begin >> level))
        begin += 1 << level
    return nodes


def root(size: int, node: NodeReader) -> bytes:
    """Compute the root of the log's first `size` entries from its nodes, 32 bytes."""
    return _range_hash((0, size), node)


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """Compute the root over leaf hashes, 32 bytes."""
    frontier = Frontier()
    frontier.extend(leaf_hashes)
    return frontier.root()


@dataclass(slots=True)
class Frontier:
    """The right edge of a growing log: all that is needed to append and to know the root.

    Attributes:
        size: how many entries the log has.
        hashes: roots of the complete subtrees that cover them, largest first.
    """

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        self.hashes.append(leaf)
        full = self.size
        while full & 1:
            right = self.hashes.pop()
            self.hashes.append(node_hash(self.hashes.pop(), right))
            full >>= 1
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in their order."""
        for leaf in leaves:
            self.append(leaf)

    def root(self) -> bytes:
        """Return the root of everything added, 32 bytes."""
        return fold(self.hashes)

    def to_bytes(self) -> bytes:
        """Write the edge: the size in 8 bytes, big-endian, then the hashes."""
        return self.size.to_bytes(8) + b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, raw: bytes) -> Frontier:
        """Read a stored edge.

        Raises:
            FrontierFormError: another number of hashes than the size asks for.
        """
        size = int.from_bytes(raw[:8])
        expected = 8 + HASH_BYTES * size.bit_count()
        if len(raw) != expected:
            raise FrontierFormError(size, expected, len(raw))
        return cls(size, [raw[at : at + HASH_BYTES] for at in range(8, len(raw), HASH_BYTES)])

    @classmethod
    def read(cls, size: int, node: NodeReader) -> Frontier:
        """Take the edge of a log's first `size` entries from its nodes."""
        return cls(size, [node(level, index) for level, index in covering(0, size)])


def inclusion_proof(index: int, size: int, node: NodeReader) -> list[bytes]:
    """Make the proof that entry `index` is in the log of `size` entries (RFC 9162 section 2.1.3.1).

    Returns:
        Hashes of 32 bytes, from the leaf's neighbour to the root's child.

    Raises:
        LeafIndexError: the log has no such entry.
    """
    if not 0 <= index < size:
        raise LeafIndexError(index, size)
    proof, level, at, last = [], 0, index, size - 1
    while last:
        sibling = at ^ 1
        if sibling < last:
            proof.append(node(level, sibling))
        elif sibling == last:  # the log's end: its subtree may not be complete
            proof.append(_range_hash((sibling << level, size), node))
        level, at, last = level + 1, at >> 1, last >> 1
    return proof


def consistency_proof(old: int, new: int, node: NodeReader) -> list[bytes]:
    """Make the proof that the log of `new` entries continues the one of `old` (RFC 9162 section 2.1.4.1).

    Returns:
        Hashes of 32 bytes; none if the sizes are equal or the old log was empty.

    Raises:
        TreeSizesError: the new log is smaller.
    """
    return [_range_hash(span, node) for span in _consistency_spans(old, new)]


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> None:
    """Check that a leaf is in the log at a position (RFC 9162 section 2.1.3.2).

    Args:
        leaf: the leaf's hash, 32 bytes.
        index: its position, from 0.
        size: entries of the log.
        proof: hashes from the leaf upwards.
        expected: the log's root, 32 bytes.

    Raises:
        LeafIndexError: the log has no such position.
        ProofLengthError: too many or too few hashes.
        ProofHashError: something that isn't 32 bytes.
        InclusionProofError: the proof leads to another root.
    """
    _check_form("inclusion", len(_inclusion_spans(index, size)), proof, {"leaf": leaf, "root": expected})
    at, last, computed = index, size - 1, leaf
    for sibling in proof:
        if at & 1 or at == last:
            computed = node_hash(sibling, computed)
            while not at & 1:
                at, last = at >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        at, last = at >> 1, last >> 1
    if computed != expected:
        raise InclusionProofError(index, size, computed.hex(), expected.hex())


def check_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Check that a log only grew between two checkpoints (RFC 9162 section 2.1.4.2).

    Args:
        old: entries of the earlier log.
        new: entries of the later log.
        proof: hashes as `consistency_proof` makes them.
        old_root: the earlier root, 32 bytes.
        new_root: the later root, 32 bytes.

    Raises:
        TreeSizesError: the later log is smaller.
        ProofLengthError: too many or too few hashes.
        ProofHashError: something that isn't 32 bytes.
        ConsistencyProofError: the proof leads to another root for one of the two.
    """
    spans = _consistency_spans(old, new)
    _check_form("consistency", len(spans), proof, {"old root": old_root, "new root": new_root})
    if old in {0, new}:
        found_old = EMPTY_ROOT if old == 0 else new_root
        found_new = new_root
    else:
        found_old, found_new = _consistent_roots(old, new, proof, old_root)
    for which, computed, expected in (("old", found_old, old_root), ("new", found_new, new_root)):
        if computed != expected:
            raise ConsistencyProofError(old, new, which, computed.hex(), expected.hex())


def _consistent_roots(old: int, new: int, proof: Sequence[bytes], old_root: bytes) -> tuple[bytes, bytes]:
    path = list(proof)
    if old & (old - 1) == 0:  # a complete tree is its own first node
        path.insert(0, old_root)
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    found_old = found_new = path[0]
    for sibling in path[1:]:
        if at & 1 or at == last:
            found_old, found_new = node_hash(sibling, found_old), node_hash(sibling, found_new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found_new = node_hash(found_new, sibling)
        at, last = at >> 1, last >> 1
    return found_old, found_new


def _check_form(name: str, expected: int, proof: Sequence[bytes], ends: dict[str, bytes]) -> None:
    if len(proof) != expected:
        raise ProofLengthError(name, expected, len(proof))
    for which, value in [*ends.items(), *((f"hash {at}", value) for at, value in enumerate(proof))]:
        if len(value) != HASH_BYTES:
            raise ProofHashError(name, which, len(value))


def _split(begin: int, end: int) -> int:
    """Return where a range of two or more leaves divides: after the largest power of two below its length."""
    return begin + (1 << (end - begin - 1).bit_length() - 1)


def _inclusion_spans(index: int, size: int) -> list[tuple[int, int]]:
    if not 0 <= index < size:
        raise LeafIndexError(index, size)
    spans = []
    begin, end = 0, size
    while end - begin > 1:
        middle = _split(begin, end)
        if index < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((begin, middle))
            begin = middle
    return spans[::-1]


def _consistency_spans(old: int, new: int) -> list[tuple[int, int]]:
    if not 0 <= old <= new:
        raise TreeSizesError(old, new)
    if old == 0:
        return []
    spans = []
    begin, end = 0, new
    while old != end:
        middle = _split(begin, end)
        if old <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((begin, middle))
            begin = middle
    if begin:  # the old log isn't a complete tree at this place: its last part comes first
        spans.append((begin, end))
    return spans[::-1]


def _range_hash(span: tuple[int, int], node: NodeReader) -> bytes:
    return fold([node(level, index) for level, index in covering(*span)])
