"""Supply chains behind a product: complete above the cut, and honest about the rest."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.mrio import leontief, paths
from ledger.mrio.errors import NotConvergedError, SingularTableError, UnknownTableSectorError
from ledger.mrio.hybrid import KnownShareError, UnusedInputError, without_known
from ledger.mrio.leontief import multipliers, output_for, per_output
from ledger.mrio.paths import contributors, explain, largest
from ledger.mrio.synthetic import synthetic_table
from ledger.mrio.table import Table
from tests.unit.mrio.tables import kitzes, table


def every_path(made: Table, at: int, tiers: int) -> dict[tuple[int, ...], float]:
    """Return all paths up to a tier by plain multiplication."""
    A = per_output(np.asarray(made.Z), made.output)
    own = per_output(np.asarray(made.extension().row("CO2")), made.output)
    weights: dict[tuple[int, ...], float] = {(at,): 1.0}
    found: dict[tuple[int, ...], float] = {(at,): float(own[at])}
    for _ in range(tiers):
        weights = {
            (*row, supplier): weight * float(A[supplier, row[-1]])
            for row, weight in weights.items()
            for supplier in range(len(A))
        }
        found |= {row: weight * float(own[row[-1]]) for row, weight in weights.items()}
    return found


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), cut=st.sampled_from([0.2, 0.05, 0.01, 0.002]))
def test_no_path_above_the_cut_is_missed_and_none_is_invented(seed: int, cut: float) -> None:
    made = synthetic_table(1, 3, seed=seed)
    labels = [sector for _, sector in made.labels]
    why = explain(made, "Region 01", "Sector 02", cut=cut, limit=10**6)
    told = {tuple(labels.index(sector) for _, sector in path.sectors): path.amount for path in why.paths}
    for row, amount in every_path(made, 1, 4).items():
        if amount > cut * why.total or row in told:
            assert told[row] == pytest.approx(amount, rel=1e-9)
    assert why.complete
    assert why.explained == pytest.approx(sum(path.share for path in why.paths))
    assert 0 < why.explained <= 1 + 1e-9
    assert [path.amount for path in why.paths] == sorted((p.amount for p in why.paths), reverse=True)


def test_the_first_path_of_a_product_is_its_own_emission() -> None:
    why = explain(kitzes(), "all", "s1", cut=0.01)
    (own,) = (path for path in why.paths if path.tier == 0)
    assert (own.amount, own.sectors) == (0.5, (("all", "s1"),))
    assert why.total == pytest.approx(1.6)
    assert why.unit == "t per USD"
    assert json.loads(json.dumps(why.as_json()))["product"] == {"region": "all", "sector": "s1"}


def test_a_walk_that_would_not_end_says_that_it_is_not_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    made = synthetic_table(2, 4)
    monkeypatch.setattr(paths, "MAX_BRANCHES", 10)
    assert not explain(made, "Region 01", "Sector 01", cut=1e-6).complete
    monkeypatch.setattr(paths, "MAX_BRANCHES", 10**6)
    monkeypatch.setattr(paths, "MAX_TIERS", 2)
    short = explain(made, "Region 01", "Sector 01", cut=1e-6, limit=3)
    assert not short.complete
    assert (len(short.by_tier), len(short.paths)) == (3, 3)


def test_a_product_without_emissions_has_no_paths() -> None:
    why = explain(table([[1, 0], [0, 1]], [4, 2], F=[0, 0]), "all", "s1")
    assert (why.paths, why.total, why.explained) == ((), 0.0, 0.0)


def test_multipliers_that_are_known_are_not_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    two = kitzes()
    M = np.asarray(multipliers(two).M)[0]
    monkeypatch.setattr(paths, "multipliers", None)
    assert explain(two, "all", "s2", stressor="CO2", M=M).total == pytest.approx(1.2)


def test_contributors_add_up_to_the_multiplier() -> None:
    made = synthetic_table(3, 4)
    for sector in made.sectors:
        found = contributors(made, "Region 02", sector)
        M = multipliers(made).M.loc["CO2", ("Region 02", sector)]
        assert found.sum() == pytest.approx(M, rel=1e-9)
    top = list(largest(found, 2))
    assert top[0][1] >= top[1][1] > 0
    assert sum(share for _, _, share in largest(found, 100)) == pytest.approx(1)
    assert next(largest(found * 0, 1))[2] == 0
    with pytest.raises(UnknownTableSectorError):
        contributors(made, "Region 02", "Fishing", stressor="CO2")


def test_output_by_tiers_agrees_with_output_by_factors(monkeypatch: pytest.MonkeyPatch) -> None:
    made = synthetic_table(2, 3)
    demand = np.arange(6, dtype=float)
    exact = output_for(made, demand)
    monkeypatch.setattr(leontief, "SMALL", 1)
    assert np.allclose(output_for(made, demand), exact, rtol=1e-9)
    assert not output_for(made, demand * 0).any()
    monkeypatch.setattr(leontief, "MAX_ROUNDS", 2)
    with pytest.raises(NotConvergedError):
        output_for(made, demand)
    monkeypatch.setattr(leontief, "SMALL", 100)
    with pytest.raises(SingularTableError):
        output_for(table([[0, 1], [1, 0]], [1, 1]), np.ones(2))


def test_a_known_input_is_taken_out_with_all_that_stands_behind_it() -> None:
    two = kitzes()
    M = multipliers(two).M.loc["CO2"]
    found = without_known(two, "all", "s1", {("all", "s2"): 1.0})
    assert found.whole == pytest.approx(1.6)
    assert found.taken_out == pytest.approx(4 / 16 * M.iloc[1])
    assert found.rest == pytest.approx(found.whole - found.taken_out)
    # The sector buys half of what it makes from itself, and that again buys from s2.
    without = (8 / 16) / (1 - 8 / 16)
    assert found.may_overlap == pytest.approx(8 / 16 * (M.iloc[0] - without), rel=1e-9)
    assert json.loads(json.dumps(found.as_json()))["product"]["sector"] == "s1"


def test_nothing_known_leaves_the_whole_and_half_known_leaves_half() -> None:
    two = kitzes()
    assert without_known(two, "all", "s1", {}).rest == pytest.approx(1.6)
    whole = without_known(two, "all", "s1", {("all", "s2"): 1.0}, stressor="CO2")
    half = without_known(two, "all", "s1", {("all", "s2"): 0.5})
    assert half.taken_out == pytest.approx(whole.taken_out / 2)


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(KnownShareError, match="between 0 and 1"):
        without_known(kitzes(), "all", "s1", {("all", "s2"): share})


def test_an_input_that_the_table_does_not_know_of_is_refused() -> None:
    with pytest.raises(UnusedInputError, match="buys nothing from all / s2"):
        without_known(table([[1, 0], [0, 1]], [4, 2], F=[1, 1]), "all", "s1", {("all", "s2"): 1.0})
