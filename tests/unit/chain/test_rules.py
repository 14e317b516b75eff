from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain.errors import (
    CheckpointConflictError,
    CheckpointNotNewerError,
    CheckpointRootLengthError,
    CheckpointTooFarAheadError,
    EmptyCheckpointError,
)
from ledger.chain.rules import MAXIMUM_GROWTH, check_next

ROOT, OTHER = b"\x01" * 32, b"\x02" * 32
SIZES = st.integers(min_value=1, max_value=2**63)


@given(
    newest=st.integers(min_value=0, max_value=2**62),
    growth=st.integers(min_value=1, max_value=MAXIMUM_GROWTH),
)
def test_a_larger_checkpoint_follows(newest: int, growth: int) -> None:
    assert check_next(newest, ROOT, newest + growth, OTHER) is True


@given(size=SIZES)
def test_the_newest_checkpoint_again_is_nothing_new(size: int) -> None:
    assert check_next(size, ROOT, size, ROOT) is False


@given(size=SIZES)
def test_another_root_for_as_many_statements_is_a_second_history(size: int) -> None:
    with pytest.raises(CheckpointConflictError) as caught:
        check_next(size, ROOT, size, OTHER)
    assert caught.value.anchored_root == ROOT.hex()
    assert caught.value.offered_root == OTHER.hex()


@given(newest=st.integers(min_value=2, max_value=2**62), back=st.integers(min_value=1, max_value=2**62))
def test_a_smaller_checkpoint_never_follows(newest: int, back: int) -> None:
    offered = max(newest - back, 1)
    with pytest.raises(CheckpointNotNewerError) as caught:
        check_next(newest, ROOT, offered, OTHER)
    assert (caught.value.newest_size, caught.value.offered_size) == (newest, offered)


def test_growth_beyond_two_to_the_32_is_a_slip() -> None:
    with pytest.raises(CheckpointTooFarAheadError) as caught:
        check_next(5, ROOT, 5 + MAXIMUM_GROWTH + 1, OTHER)
    assert caught.value.maximum_growth == 4_294_967_296


@pytest.mark.parametrize(("size", "root"), [(0, ROOT), (-1, ROOT), (1, bytes(32))])
def test_an_empty_checkpoint_is_refused(size: int, root: bytes) -> None:
    with pytest.raises(EmptyCheckpointError):
        check_next(0, b"", size, root)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_root_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(CheckpointRootLengthError, match=str(length)):
        check_next(0, b"", 1, b"\x01" * length)
