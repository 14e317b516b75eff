"""The log's tree against the recursive definitions of RFC 9162 and published vectors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.log import merkle
from ledger.log.merkle import Frontier, check_consistency, check_inclusion

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "log"
TREE = json.loads((VECTORS / "tree.json").read_text())
PUBLISHED = json.loads((VECTORS / "published.json").read_text())
LEAVES = [merkle.leaf_hash(f"entry {at}".encode()) for at in range(600)]


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162 section 2.1.1, word for word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def node(level: int, index: int) -> bytes:
    return naive_root(LEAVES[index << level : (index + 1) << level])


def hashes(proof: list[str]) -> list[bytes]:
    return [bytes.fromhex(value) for value in proof]


def flip(value: bytes) -> bytes:
    return bytes([value[0] ^ 8]) + value[1:]


@pytest.mark.parametrize("vector", TREE["roots"], ids=lambda vector: str(vector["size"]))
def test_the_root_is_the_one_of_rfc_9162(vector: dict[str, Any]) -> None:
    size, root = vector["size"], bytes.fromhex(vector["root"])
    assert merkle.root_of(LEAVES[:size]) == merkle.root(size, node) == root


@pytest.mark.parametrize(
    "vector", TREE["inclusion"], ids=lambda vector: f"{vector['index']} in {vector['size']}"
)
def test_an_inclusion_proof_is_the_one_of_rfc_9162(vector: dict[str, Any]) -> None:
    index, size, proof = vector["index"], vector["size"], hashes(vector["proof"])
    assert merkle.inclusion_proof(index, size, node) == proof
    check_inclusion(bytes.fromhex(vector["leaf"]), index, size, proof, naive_root(LEAVES[:size]))


@pytest.mark.parametrize(
    "vector", TREE["consistency"], ids=lambda vector: f"{vector['old']} to {vector['new']}"
)
def test_a_consistency_proof_is_the_one_of_rfc_9162(vector: dict[str, Any]) -> None:
    old, new, proof = vector["old"], vector["new"], hashes(vector["proof"])
    assert merkle.consistency_proof(old, new, node) == proof
    check_consistency(old, new, proof, naive_root(LEAVES[:old]), naive_root(LEAVES[:new]))


def test_the_published_tree_of_certificate_transparency_comes_out() -> None:
    leaves = [merkle.leaf_hash(bytes.fromhex(entry)) for entry in PUBLISHED["leaves"]]
    roots = hashes(PUBLISHED["roots"])
    assert [merkle.root_of(leaves[: size + 1]) for size in range(8)] == roots

    def published(level: int, index: int) -> bytes:
        return naive_root(leaves[index << level : (index + 1) << level])

    for vector in PUBLISHED["inclusion"]:
        index, size = vector["index"], vector["size"]
        assert merkle.inclusion_proof(index, size, published) == hashes(vector["proof"])
        check_inclusion(leaves[index], index, size, hashes(vector["proof"]), roots[size - 1])
    for vector in PUBLISHED["consistency"]:
        old, new = vector["old"], vector["new"]
        assert merkle.consistency_proof(old, new, published) == hashes(vector["proof"])
        check_consistency(old, new, hashes(vector["proof"]), roots[old - 1], roots[new - 1])


def test_a_leaf_never_passes_for_a_node() -> None:
    left, right = LEAVES[:2]
    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)
    assert merkle.root_of([]) == merkle.EMPTY_ROOT


@given(st.integers(1, 300), st.data())
def test_every_entry_is_proved_to_be_in_every_log_that_holds_it(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    root = naive_root(LEAVES[:size])
    proof = merkle.inclusion_proof(index, size, node)
    check_inclusion(LEAVES[index], index, size, proof, root)
    other = data.draw(st.integers(0, size - 1).filter(lambda at: at != index)) if size > 1 else None
    if other is not None:
        with pytest.raises(merkle.MerkleProofError):
            check_inclusion(LEAVES[index], other, size, proof, root)
    with pytest.raises(merkle.InclusionProofError):
        check_inclusion(flip(LEAVES[index]), index, size, proof, root)
    with pytest.raises(merkle.InclusionProofError):
        check_inclusion(LEAVES[index], index, size, proof, flip(root))
    for at in range(len(proof)):
        with pytest.raises(merkle.InclusionProofError):
            check_inclusion(
                LEAVES[index], index, size, [*proof[:at], flip(proof[at]), *proof[at + 1 :]], root
            )


@given(st.integers(0, 300), st.integers(0, 300))
def test_every_longer_log_is_proved_to_continue_the_shorter_one(one: int, other: int) -> None:
    old, new = sorted((one, other))
    old_root, new_root = naive_root(LEAVES[:old]), naive_root(LEAVES[:new])
    proof = merkle.consistency_proof(old, new, node)
    check_consistency(old, new, proof, old_root, new_root)
    with pytest.raises(merkle.ConsistencyProofError):
        check_consistency(old, new, proof, flip(old_root), new_root)
    if 0 < old < new:
        with pytest.raises(merkle.ConsistencyProofError):
            check_consistency(old, new, proof, old_root, flip(new_root))
    for at in range(len(proof)):
        changed = [*proof[:at], flip(proof[at]), *proof[at + 1 :]]
        with pytest.raises(merkle.ConsistencyProofError):
            check_consistency(old, new, changed, old_root, new_root)


@pytest.mark.parametrize("change", ["short", "long", "garbage first", "garbage last"])
def test_a_proof_has_exactly_its_length(change: str) -> None:
    def changed(proof: list[bytes]) -> list[bytes]:
        return {
            "short": proof[:-1],
            "long": [*proof, proof[0]],
            "garbage first": [b"", *proof],
            "garbage last": [*proof, b""],
        }[change]

    root_5, root_7 = naive_root(LEAVES[:5]), naive_root(LEAVES[:7])
    with pytest.raises(merkle.ProofLengthError) as refused:
        check_inclusion(LEAVES[3], 3, 7, changed(merkle.inclusion_proof(3, 7, node)), root_7)
    assert (refused.value.proof, refused.value.expected) == ("inclusion", 3)
    with pytest.raises(merkle.ProofLengthError):
        check_consistency(5, 7, changed(merkle.consistency_proof(5, 7, node)), root_5, root_7)


def test_equal_logs_need_no_proof_and_take_none() -> None:
    root = naive_root(LEAVES[:5])
    check_consistency(5, 5, [], root, root)
    check_consistency(0, 5, [], merkle.EMPTY_ROOT, root)
    check_consistency(0, 0, [], merkle.EMPTY_ROOT, merkle.EMPTY_ROOT)
    with pytest.raises(merkle.ProofLengthError):
        check_consistency(5, 5, [root], root, root)
    with pytest.raises(merkle.ConsistencyProofError):
        check_consistency(5, 5, [], root, flip(root))
    with pytest.raises(merkle.ConsistencyProofError) as refused:
        check_consistency(0, 5, [], root, root)
    assert refused.value.which == "old"


def test_what_is_no_hash_proves_nothing() -> None:
    proof, root = merkle.inclusion_proof(3, 7, node), naive_root(LEAVES[:7])
    for leaf, path, top in (
        (b"", proof, root),
        (LEAVES[3], proof, root[:-1]),
        (LEAVES[3], [proof[0], b"short", proof[2]], root),
    ):
        with pytest.raises(merkle.ProofHashError):
            check_inclusion(leaf, 3, 7, path, top)
    with pytest.raises(merkle.ProofHashError, match="old root"):
        check_consistency(0, 7, [], b"", root)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (7, 7), (-1, 7), (10**400, 7)])
def test_a_position_outside_the_log_is_refused(index: int, size: int) -> None:
    with pytest.raises(merkle.LeafIndexError):
        merkle.inclusion_proof(index, size, node)
    with pytest.raises(merkle.LeafIndexError):
        check_inclusion(LEAVES[0], index, size, [], LEAVES[0])


@pytest.mark.parametrize(("old", "new"), [(2, 1), (1, 0), (-1, 3)])
def test_a_log_never_shrinks(old: int, new: int) -> None:
    with pytest.raises(merkle.TreeSizesError):
        merkle.consistency_proof(old, new, node)
    with pytest.raises(merkle.TreeSizesError):
        check_consistency(old, new, [], LEAVES[0], LEAVES[0])


@given(st.lists(st.integers(0, 90), max_size=6))
def test_the_edge_of_a_growing_log_always_gives_its_root(steps: list[int]) -> None:
    edge = Frontier()
    for step in steps:
        edge.extend(LEAVES[edge.size : edge.size + step])
        assert edge.root() == naive_root(LEAVES[: edge.size])
        assert Frontier.from_bytes(edge.to_bytes()) == edge == Frontier.read(edge.size, node)


@pytest.mark.parametrize("raw", [b"", b"\0" * 7, (3).to_bytes(8) + b"a" * 32, (1).to_bytes(8) + b"a" * 33])
def test_a_stored_edge_that_does_not_fit_its_size_is_refused(raw: bytes) -> None:
    with pytest.raises(merkle.FrontierFormError):
        Frontier.from_bytes(raw)
