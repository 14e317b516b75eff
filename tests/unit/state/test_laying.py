"""All that was ever taken of a lot lies end to end: what does not is goods handed on twice."""

from __future__ import annotations

import pytest

from ledger.lines import Take
from ledger.state.laying import LotHandedOnTwiceError, LotRefilledError, lay_out

LOT = f"{'a' * 64}.0"
FIRST, SECOND, THIRD = "1" * 64, "2" * 64, "3" * 64
CHANGE = "c" * 64


def took(start: int, end: int, of: int = 100, *changes: str) -> list[Take]:
    """Return an interval of a segment of this quantity, after these changes."""
    basis = {"statements": list(changes), "quantity": str(of), "liability": {}}
    plain = {"lot": LOT, "basis": basis, "from": str(start), "to": str(end), "liability": {}}
    return [Take.model_validate(plain)]


def test_intervals_that_lie_end_to_end_over_two_segments_are_each_handed_on_once() -> None:
    takings = [(FIRST, took(0, 40)), (SECOND, took(0, 10, 60, CHANGE)), (THIRD, took(10, 60, 60, CHANGE))]
    assert lay_out(LOT, 100, takings) == 0
    assert lay_out(LOT, None, takings) == 0


@pytest.mark.parametrize(
    ("second", "due"),
    [(took(0, 10), 40), (took(30, 50), 40), (took(41, 50), 40), (took(5, 10, 60, CHANGE), 0)],
)
def test_an_interval_that_overlaps_or_leaves_a_hole_is_named(second: list[Take], due: int) -> None:
    with pytest.raises(LotHandedOnTwiceError) as refused:
        lay_out(LOT, 100, [(FIRST, took(0, 40)), (SECOND, second)])
    assert (refused.value.statement, refused.value.expected) == (SECOND, due)


def test_a_lot_that_is_full_again_after_a_change_is_named() -> None:
    with pytest.raises(LotRefilledError, match="as if 100 were left"):
        lay_out(LOT, 100, [(FIRST, took(0, 40)), (SECOND, took(0, 100, 100, CHANGE))])
    with pytest.raises(LotRefilledError, match="as if 60 were left"):
        lay_out(LOT, 100, [(FIRST, took(0, 40, 60))])


def test_an_asset_may_be_estimated_anew_but_only_by_a_change() -> None:
    takings = [(FIRST, took(0, 40)), (SECOND, took(0, 100, 200, CHANGE))]
    assert lay_out(LOT, 100, takings, grows=True) == 0
    with pytest.raises(LotRefilledError):
        lay_out(LOT, 100, [(FIRST, took(0, 40)), (SECOND, took(40, 50, 200))], grows=True)


def test_a_hidden_interval_is_counted_and_an_overlap_of_those_shown_still_shows() -> None:
    hidden = (SECOND, None)
    assert lay_out(LOT, 100, [(FIRST, took(0, 40)), hidden, (THIRD, took(50, 60))]) == 1
    with pytest.raises(LotHandedOnTwiceError):
        lay_out(LOT, 100, [(FIRST, took(0, 40)), hidden, (THIRD, took(30, 60))])
