"""The log as static files: one path each, entries whole, nothing beyond the checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.log import checkpoint, merkle, resources, static_files, tiles
from ledger.log.checkpoint import Checkpoint, NoteSigner
from ledger.log.resources import BeyondCheckpointError, EntriesName, EntryBundleFormError
from ledger.log.static_files import PublishedElsewhereError, publish
from ledger.log.tiles import TileName, TilePathError, TileTooShortError

SIGNER = NoteSigner("ledger.example/log", Ed25519PrivateKey.generate())


class Grown:
    """A log of so many entries, in memory."""

    def __init__(self, size: int, mark: str = "entry") -> None:
        self.entries = [f"{mark} {number}".encode() for number in range(size)]
        leaves = [merkle.leaf_hash(entry) for entry in self.entries]
        self.tiles = tiles.appended_tiles(lambda _level, _index: b"", 0, leaves)
        head = Checkpoint(SIGNER.name, size, merkle.root_of(leaves))
        self.note = checkpoint.sign(head, SIGNER)

    def tile(self, level: int, index: int) -> bytes:
        return self.tiles.get((level, index), b"")

    def read(self, start: int, end: int) -> Iterator[bytes]:
        return iter(self.entries[start:end])

    def publish(self, folder: Path) -> static_files.Published:
        return publish(folder, self.note, self.tile, self.read)

    def resource(self, path: str) -> bytes:
        return resources.resource(path, len(self.entries), self.tile, self.read)


LARGE = Grown(70_000)


def published(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_log_of_70000_entries_has_the_files_that_the_specification_counts() -> None:
    names = resources.names_of(70_000)
    assert len([name for name in names if isinstance(name, EntriesName)]) == 274
    hashed = [name for name in names if isinstance(name, TileName)]
    assert [len([n for n in hashed if n.level == level]) for level in range(3)] == [274, 2, 1]
    assert [n for n in hashed if n.width < 256] == [
        TileName(0, 273, 112),
        TileName(1, 1, 17),
        TileName(2, 0, 1),
    ]


def test_a_bundle_of_entries_hashes_to_its_leaf_tile() -> None:
    for index, width in ((0, 256), (273, 112), (273, 7)):
        path = resources.entries_path(index, width)
        entries = resources.unpack(LARGE.resource(path), width)
        assert entries == LARGE.entries[index * 256 : index * 256 + width]
        hashes = LARGE.resource(path.replace("entries", "0"))
        assert b"".join(map(merkle.leaf_hash, entries)) == hashes


@pytest.mark.parametrize(
    "path",
    ["tile/0/274", "tile/0/273", "tile/0/273.p/113", "tile/entries/273", "tile/1/001.p/18", "tile/3/000.p/1"],
)
def test_what_the_checkpoint_does_not_cover_is_not_there(path: str) -> None:
    with pytest.raises(BeyondCheckpointError, match="70000 entries"):
        LARGE.resource(path)


@pytest.mark.parametrize(
    "path",
    [
        *("tile/entries/1", "tile/entries/0001", "tile/entries/x000/001", "tile/entries/001.p/0"),
        *("tile/entries/001.p/256", "tile/entries/001.p/05", "tile/entries/٠٠١", "tile/entries/-01"),
        *("tile/entries/", "tile/entries/001/", "tile/entry/001", "tile/entries/../0/001", "tile/64/001"),
    ],
)
def test_there_is_one_form_of_a_path(path: str) -> None:
    with pytest.raises(TilePathError):
        resources.parse_path(path)


@given(st.integers(0, 10**15), st.integers(1, 256))
def test_a_path_is_read_as_it_was_written(index: int, width: int) -> None:
    for name in (EntriesName(index, width), TileName(5, index, width)):
        assert resources.parse_path(resources.path_of(name)) == name


def test_a_stored_tile_that_lacks_hashes_is_not_served_short() -> None:
    with pytest.raises(TileTooShortError, match="0 hashes, 256"):
        resources.resource("tile/0/000", 256, lambda _level, _index: b"", LARGE.read)


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_entries_come_out_of_a_bundle_as_they_went_in(entries: list[bytes]) -> None:
    assert resources.unpack(resources.pack(entries), len(entries)) == entries


def test_an_entry_too_long_for_its_two_bytes_is_refused() -> None:
    assert len(resources.pack([bytes(0xFFFF)])) == 2 + 0xFFFF
    with pytest.raises(EntryBundleFormError, match="an entry of 65536 bytes"):
        resources.pack([b"", bytes(0x10000)])


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"\x00", "ends after 1 bytes"),
        (b"\x00\x02a", "ends after 3 bytes"),
        (b"\x00\x01a\x00", "ends after 1 bytes"),
        (b"\x00\x01a", "1 entries"),
        (b"", "0 entries"),
        (b"\x00\x01a\x00\x01b\x00\x01c", "3 entries"),
    ],
)
def test_a_bundle_of_two_entries_is_nothing_else(raw: bytes, found: str) -> None:
    with pytest.raises(EntryBundleFormError, match=found):
        resources.unpack(raw, 2)


def test_a_published_folder_serves_every_file_and_grows_by_what_is_new(tmp_path: Path) -> None:
    small, grown = Grown(300), Grown(600)
    first = small.publish(tmp_path)
    assert (first.size, first.before, first.files) == (300, 0, 6)
    assert published(tmp_path) == {
        *("checkpoint", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"),
        *("tile/entries/000", "tile/entries/001.p/44"),
    }
    untouched = (tmp_path / "tile/0/000").stat().st_mtime_ns
    told: list[tuple[int, int]] = []
    second = publish(tmp_path, grown.note, grown.tile, grown.read, lambda done, of: told.append((done, of)))
    assert (second.size, second.before, second.files) == (600, 300, 6)
    assert told == [(number, 5) for number in range(1, 6)]
    assert (tmp_path / "tile/0/000").stat().st_mtime_ns == untouched
    # Full tiles take the place of their parts; a part that is still the newest stays beside a new one.
    assert published(tmp_path) == {
        *("checkpoint", "tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/1", "tile/1/000.p/2"),
        *("tile/entries/000", "tile/entries/001", "tile/entries/002.p/88"),
    }
    for path in published(tmp_path) - {"checkpoint"}:
        assert (tmp_path / path).read_bytes() == grown.resource(path)
    assert (tmp_path / "checkpoint").read_text("utf-8") == grown.note
    assert grown.publish(tmp_path).files == 1


def test_a_log_never_publishes_over_a_history_that_it_does_not_continue(tmp_path: Path) -> None:
    Grown(300).publish(tmp_path)
    before = {path: (tmp_path / path).read_bytes() for path in published(tmp_path)}
    for other in (Grown(299), Grown(300, "forged"), Grown(600, "forged")):
        with pytest.raises(PublishedElsewhereError, match="300 entries"):
            other.publish(tmp_path)
    assert before == {path: (tmp_path / path).read_bytes() for path in published(tmp_path)}


def test_the_checkpoint_comes_after_everything_that_it_covers(tmp_path: Path) -> None:
    small, grown = Grown(10), Grown(600)
    small.publish(tmp_path)

    def fails(start: int, end: int) -> Iterator[bytes]:
        if start:
            raise OSError(28, "No space left on device")
        return grown.read(start, end)

    with pytest.raises(OSError, match="No space"):
        publish(tmp_path, grown.note, grown.tile, fails)
    assert (tmp_path / "checkpoint").read_text("utf-8") == small.note
    assert not [path for path in published(tmp_path) if path.endswith(".tmp")]
    grown.publish(tmp_path)
    assert (tmp_path / "tile/entries/000").read_bytes() == grown.resource("tile/entries/000")
