from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain.state_files import StateFiles


def state(number: int) -> bytes:
    return gzip.compress(json.dumps({"accounts": {}, "number": number}).encode(), mtime=0)


def numbers(files: StateFiles) -> list[int]:
    return [json.loads(found.text)["number"] for found in files.whole()]


def test_the_two_newest_generations_are_kept(tmp_path: Path) -> None:
    files = StateFiles(tmp_path)
    assert files.whole() == []
    for number in (1, 2, 3):
        files.keep(state(number))
    assert numbers(files) == [3, 2]
    assert [found.generation for found in files.whole()] == ["newest", "previous"]


def test_a_damaged_newest_generation_is_set_aside_and_the_older_one_survives_the_next_writing(
    tmp_path: Path,
) -> None:
    files = StateFiles(tmp_path)
    files.keep(state(1))
    files.keep(state(2))
    files.path("newest").write_bytes(state(2)[:-9])
    assert numbers(files) == [1]
    assert (tmp_path / "chain-state.json.gz.damaged").exists()
    files.keep(state(3))
    assert numbers(files) == [3, 1]


@given(position=st.integers(min_value=0, max_value=200), flip=st.integers(min_value=1, max_value=255))
def test_a_state_with_one_changed_byte_is_never_read_as_another_state(
    tmp_path_factory: pytest.TempPathFactory, position: int, flip: int
) -> None:
    folder = tmp_path_factory.mktemp("states")
    files = StateFiles(folder)
    whole = state(7)
    changed = bytearray(whole)
    changed[position % len(whole)] ^= flip
    files.path("newest").write_bytes(bytes(changed))
    assert numbers(files) in ([], [7])


def test_a_kill_between_the_two_renames_leaves_the_older_generation(tmp_path: Path) -> None:
    files = StateFiles(tmp_path)
    files.keep(state(1))
    files.path("newest").replace(files.path("previous"))
    (tmp_path / "chain-state.new").write_bytes(state(2))
    assert numbers(files) == [1]


@pytest.mark.parametrize(
    "packed", [b"", b"{}", gzip.compress(b"[]", mtime=0), gzip.compress(b"{}", mtime=0), state(1)[:-1]]
)
def test_what_is_no_whole_state_is_never_written(tmp_path: Path, packed: bytes) -> None:
    files = StateFiles(tmp_path)
    files.keep(state(1))
    with pytest.raises(ValueError):  # noqa: PT011 - the caller names it
        files.keep(packed)
    assert numbers(files) == [1]
