"""The log's tree in tiles: the same roots and proofs, from few rows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.log import merkle, tiles
from ledger.log.merkle import check_inclusion

LEAVES = [merkle.leaf_hash(f"entry {at}".encode()) for at in range(1500)]


def node(level: int, index: int) -> bytes:
    return merkle.root_of(LEAVES[index << level : (index + 1) << level])


class Rows:
    """What a store keeps: one row per tile."""

    def __init__(self) -> None:
        self.rows: dict[tuple[int, int], bytes] = {}
        self.reads = 0

    def __call__(self, level: int, index: int) -> bytes:
        self.reads += 1
        return self.rows.get((level, index), b"")


@given(st.lists(st.integers(0, 300), min_size=1, max_size=5), st.data())
def test_tiles_give_the_same_roots_and_proofs_as_the_whole_tree(
    steps: list[int], data: st.DataObject
) -> None:
    rows, size = Rows(), 0
    for step in steps:
        fresh = LEAVES[size : size + step]
        changed = tiles.appended_tiles(rows, size, fresh)
        grown = tiles.overlay(rows, changed)
        size += len(fresh)
        assert tiles.root(grown, size) == merkle.root_of(LEAVES[:size])
        rows.rows.update(changed)
    names = {(name.level, name.index): name.width for name in tiles.tile_names(size)}
    assert {key: len(row) // 32 for key, row in rows.rows.items()} == names
    older = data.draw(st.integers(0, size))
    assert tiles.root(rows, older) == merkle.root_of(LEAVES[:older])
    assert tiles.frontier(rows, older).root() == merkle.root_of(LEAVES[:older])
    assert tiles.consistency_proof(rows, older, size) == merkle.consistency_proof(older, size, node)
    if older:
        index = data.draw(st.integers(0, older - 1))
        assert tiles.inclusion_proof(rows, index, older) == merkle.inclusion_proof(index, older, node)


def test_a_batch_writes_few_tiles_and_a_proof_reads_few() -> None:
    rows = Rows()
    leaf = LEAVES[0]
    rows.rows.update(tiles.appended_tiles(rows, 0, [leaf] * 70_000))
    assert len(rows.rows) == 273 + 1 + 1 + 1 + 1  # the example of tlog-tiles, section Partial Tiles
    rows.reads = 0
    changed = tiles.appended_tiles(rows, 70_000, [leaf] * 1000)
    assert len(changed) == 6  # five of level 0 and one of level 1
    assert rows.reads <= 2
    rows.rows.update(changed)
    rows.reads = 0
    proof = tiles.inclusion_proof(rows, 12_345, 71_000)
    assert rows.reads <= 5
    check_inclusion(leaf, 12_345, 71_000, proof, tiles.root(rows, 71_000))


def test_a_tile_that_lacks_hashes_is_named() -> None:
    rows = Rows()
    rows.rows.update(tiles.appended_tiles(rows, 0, LEAVES[:300]))
    rows.rows[0, 1] = rows.rows[0, 1][:-32]
    with pytest.raises(tiles.TileTooShortError) as refused:
        tiles.appended_tiles(rows, 300, LEAVES[300:301])
    assert (refused.value.level, refused.value.index, refused.value.needed) == (0, 1, 44)
    with pytest.raises(tiles.TileTooShortError):
        tiles.root(rows, 300)
    assert tiles.root(rows, 299) == merkle.root_of(LEAVES[:299])


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("tile/0/000", (0, 0, 256)),
        ("tile/0/x001/x234/067", (0, 1_234_067, 256)),  # the example of tlog-tiles, section Merkle Tree
        ("tile/0/x001/234.p/5", (0, 1234, 5)),
        ("tile/1/999.p/255", (1, 999, 255)),
        ("tile/63/x001/000", (63, 1000, 256)),
    ],
)
def test_a_tile_has_one_path(path: str, name: tuple[int, int, int]) -> None:
    assert tiles.tile_path(*name) == path
    assert tiles.parse_tile_path(path) == tiles.TileName(*name)


@given(st.integers(0, 63), st.integers(0, 10**18 - 1), st.integers(1, 256))
def test_every_tile_path_is_read_as_it_was_written(level: int, index: int, width: int) -> None:
    assert tiles.parse_tile_path(tiles.tile_path(level, index, width)) == tiles.TileName(level, index, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/001",
        "tile/0/001/x234",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p/05",
        "tile/0/000.p/",
        "tile/0/000\n",
        "tile/0/٠٠٠",
        "/tile/0/000",
        "tile/0/X001/000",
        "tile/0/" + "x001/" * 6 + "000",
    ],
)
def test_any_other_path_names_no_tile(path: str) -> None:
    with pytest.raises(tiles.TilePathError):
        tiles.parse_tile_path(path)


@pytest.mark.parametrize("name", [(64, 0, 1), (-1, 0, 1), (0, -1, 1), (0, 10**18, 1), (0, 0, 0), (0, 0, 257)])
def test_a_tile_that_can_not_be_has_no_path(name: tuple[int, int, int]) -> None:
    with pytest.raises(tiles.TilePathError):
        tiles.tile_path(*name)


def test_a_full_tile_is_counted_once_and_an_empty_log_has_none() -> None:
    assert tiles.tile_names(0) == []
    assert tiles.tile_names(256) == [tiles.TileName(0, 0), tiles.TileName(1, 0, 1)]


def test_a_reader_of_nodes_keeps_only_so_many_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    leaves = [merkle.leaf_hash(bytes([number % 256, number // 256])) for number in range(1000)]
    grown = tiles.appended_tiles(lambda _level, _index: b"", 0, leaves)
    asked: list[int] = []

    def read(level: int, index: int) -> bytes:
        asked.append(index)
        return grown[level, index]

    monkeypatch.setattr(tiles, "MAX_KEPT", 2)
    node = tiles.node_reader(read)
    for leaf in (0, 1, 300, 600, 5):
        assert node(0, leaf) == leaves[leaf]
    assert asked == [0, 1, 2, 0]
