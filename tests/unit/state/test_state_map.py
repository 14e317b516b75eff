"""One root for what the log holds: what is in the map can be proved, and what isn't can too."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.state import pages
from ledger.state.errors import MapPageError, MapProofError, MapProofKeyError, MapProofLengthError
from ledger.state.sparse_map import DEPTH, EMPTY, MapProof, check, leaf_hash, root_of

VECTORS = Path(__file__).parents[2] / "vectors" / "state" / "map.json"


class Drawer:
    """Pages of a map in a dictionary."""

    def __init__(self) -> None:
        self.pages: dict[bytes, bytes] = {}

    def state_pages(self, prefixes: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Return the pages that there are of these."""
        return {prefix: self.pages[prefix] for prefix in prefixes if prefix in self.pages}

    def keep_state_pages(self, pages: Mapping[bytes, bytes]) -> None:
        """Keep pages, new or changed."""
        self.pages.update(pages)


def hashed(number: int, what: str = "key") -> bytes:
    """Return 32 bytes that stand for a number."""
    return hashlib.sha256(f"{what} {number}".encode()).digest()


def filled(count: int) -> tuple[Drawer, dict[bytes, bytes]]:
    """Return a map of some keys, and what is in it."""
    drawer, held = Drawer(), {hashed(n): hashed(n, "value") for n in range(count)}
    pages.update(drawer, held)
    return drawer, held


# Keys that share many bits, so that the way down is long and goes through every kind of page.
CLOSE = st.integers(min_value=0, max_value=2**12 - 1).map(
    lambda number: b"\xff\x00\x80" + number.to_bytes(2, "big") + b"\x01" * 27
)
KEYS = st.one_of(CLOSE, st.binary(min_size=32, max_size=32))
MAPS = st.dictionaries(KEYS, st.binary(min_size=32, max_size=32), max_size=120)


@settings(max_examples=60, deadline=None)
@given(MAPS, MAPS, KEYS)
def test_a_map_grown_in_steps_has_the_root_of_all_its_keys_and_proves_each_and_what_is_missing(
    first: dict[bytes, bytes], second: dict[bytes, bytes], other: bytes
) -> None:
    drawer, again = Drawer(), Drawer()
    pages.update(drawer, first)
    root = pages.update(drawer, second)
    held = {**first, **second}
    assert root == root_of(held.items())
    assert pages.update(again, held) == root
    assert again.pages == drawer.pages
    for key in (*list(held)[:10], other):
        proof = pages.prove(drawer, key)
        assert check(root, key, proof) == held.get(key)


def test_a_map_without_keys_has_a_root_of_zeros_and_proves_that_nothing_is_there() -> None:
    assert pages.root(Drawer()) == EMPTY == root_of(())
    assert check(EMPTY, hashed(1), pages.prove(Drawer(), hashed(1))) is None


def test_a_single_key_stands_at_the_root() -> None:
    drawer, held = filled(1)
    ((key, value),) = held.items()
    assert pages.root(drawer) == leaf_hash(key, value)
    assert pages.prove(drawer, key) == MapProof((), (key, value))


def test_a_page_that_grows_over_its_limit_is_cut_into_pages_a_byte_further_down() -> None:
    drawer, _ = filled(pages.MAX_LEAVES)
    assert list(drawer.pages) == [b""]
    pages.update(drawer, {hashed(pages.MAX_LEAVES): hashed(0)})
    assert len(drawer.pages) > pages.MAX_LEAVES // 2
    assert drawer.pages[b""][:1] == b"\x01"


def test_more_keys_than_are_changed_at_once_give_the_same_root(monkeypatch: pytest.MonkeyPatch) -> None:
    drawer, held = filled(300)
    monkeypatch.setattr(pages, "CHUNK", 7)
    slowly = Drawer()
    assert pages.update(slowly, held) == pages.root(drawer)
    assert slowly.pages == drawer.pages


def test_a_proof_among_a_thousand_keys_has_some_ten_steps() -> None:
    drawer, held = filled(1000)
    steps = [len(pages.prove(drawer, key).siblings) for key in held]
    assert 9 <= sum(steps) / len(steps) <= 13


def test_no_proof_shows_a_present_key_to_be_absent() -> None:
    drawer, held = filled(200)
    root = pages.root(drawer)
    key = hashed(3)
    proof = pages.prove(drawer, key)
    neighbour = next(other for other in held if other != key)
    for forged in (
        MapProof(proof.siblings, None),
        MapProof(proof.siblings, (neighbour, held[neighbour])),
        MapProof(proof.siblings[:-1], None),
        MapProof((), None),
    ):
        with pytest.raises((MapProofError, MapProofKeyError)):
            check(root, key, forged)


def test_no_proof_shows_an_absent_key_or_another_value_to_be_present() -> None:
    drawer, _ = filled(200)
    root, missing = pages.root(drawer), hashed(1, "missing")
    proof = pages.prove(drawer, missing)
    with pytest.raises(MapProofError):
        check(root, missing, MapProof(proof.siblings, (missing, hashed(1))))
    there = pages.prove(drawer, hashed(5))
    with pytest.raises(MapProofError, match="one was changed"):
        check(root, hashed(5), MapProof(there.siblings, (hashed(5), hashed(6, "value"))))


@pytest.mark.parametrize("change", ["short", "long", "long at the top", "swapped", "another root"])
def test_a_proof_of_another_length_order_or_map_is_refused(change: str) -> None:
    drawer, _ = filled(200)
    root, key = pages.root(drawer), hashed(7)
    proof = pages.prove(drawer, key)
    siblings = list(proof.siblings)
    if change == "short":
        siblings.pop()
    elif change == "long":
        siblings.append(EMPTY)
    elif change == "long at the top":
        siblings.insert(0, EMPTY)
    elif change == "swapped":
        siblings[0], siblings[1] = siblings[1], siblings[0]
    else:
        root = pages.root(filled(199)[0])
    with pytest.raises(MapProofError):
        check(root, key, MapProof(tuple(siblings), proof.leaf))


def test_a_proof_deeper_than_a_key_has_bits_is_refused_before_it_is_computed() -> None:
    with pytest.raises(MapProofLengthError, match="257 steps"):
        check(EMPTY, hashed(1), MapProof((EMPTY,) * (DEPTH + 1), None))


def test_a_proof_of_absence_must_end_on_the_way_of_its_key() -> None:
    one, other = b"\x00" * 32, b"\x80" + b"\x00" * 31
    root = root_of([(one, hashed(1)), (other, hashed(2))])
    assert (
        check(root, b"\x01" + bytes(31), MapProof((leaf_hash(other, hashed(2)),), (one, hashed(1)))) is None
    )
    with pytest.raises(MapProofKeyError, match="not on that way"):
        check(root, b"\xc0" + bytes(31), MapProof((leaf_hash(other, hashed(2)),), (one, hashed(1))))


@pytest.mark.parametrize(
    ("prefix", "page"),
    [
        (b"", b"\x00" + bytes(63)),
        (b"", b"\x02"),
        (b"", b"\x01" + bytes(33)),
        (b"", b"\x01" + (b"\x00" + b"\x07" * 32) * 256),
        (b"", b"\x01" + (b"\x01" + bytes(32)) * 256),
        (b"", b"\x01" + (b"\x03" + b"\x07" * 32) * 256),
    ],
)
def test_a_damaged_page_is_named(prefix: bytes, page: bytes) -> None:
    drawer = Drawer()
    drawer.pages[prefix] = page
    with pytest.raises(MapPageError):
        pages.prove(drawer, hashed(1))


def test_a_page_that_lacks_the_leaf_that_is_counted_is_named() -> None:
    drawer, held = filled(pages.MAX_LEAVES + 1)
    alone = next(prefix for prefix, page in drawer.pages.items() if len(page) == 65)
    del drawer.pages[alone]
    key = next(key for key in held if key[:1] == alone)
    with pytest.raises(MapPageError, match="0 leaves where one is counted"):
        pages.prove(drawer, key)


def test_the_golden_maps_hold() -> None:
    for case in json.loads(VECTORS.read_text(encoding="utf-8")):
        drawer = Drawer()
        held = {bytes.fromhex(key): bytes.fromhex(value) for key, value in case["leaves"]}
        root = pages.update(drawer, held)
        assert root.hex() == case["root"], case["name"]
        for one in case["proofs"]:
            key = bytes.fromhex(one["key"])
            proof = pages.prove(drawer, key)
            assert [sibling.hex() for sibling in proof.siblings] == one["siblings"]
            assert (proof.leaf and [part.hex() for part in proof.leaf]) == one["leaf"]
            value = check(root, key, proof)
            assert (value and value.hex()) == one["value"]
