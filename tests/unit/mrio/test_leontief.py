"""Multipliers and accounts agree with textbooks, with the inverse and with `pymrio`."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.mrio import leontief
from ledger.mrio.errors import (
    NotConvergedError,
    SingularTableError,
    UnknownExtensionError,
    UnknownStressorError,
)
from ledger.mrio.leontief import (
    Method,
    accounts,
    calc_A,
    calc_L,
    calc_S,
    calc_x,
    multipliers,
    output_for,
    spectral_radius,
)
from ledger.mrio.synthetic import synthetic_table
from ledger.mrio.table import Extension, Provenance, Table, checked
from tests.unit.mrio.tables import kitzes, miller_and_blair, table, two_regions

METHODS: tuple[Method, ...] = ("lu", "lu32", "series", "auto")


def test_miller_and_blairs_two_sectors_have_the_printed_inverse_and_output() -> None:
    two = miller_and_blair()
    L = calc_L(calc_A(two.Z, two.x))
    assert np.allclose(L, [[1.2541, 0.3300], [0.2640, 1.1221]], atol=5e-5)
    assert np.allclose(np.asarray(L) @ np.array([600, 1500]), [1247.52, 1841.58], atol=5e-2)
    assert np.allclose(calc_x(two.Z, two.Y), two.x)


def test_kitzes_two_sectors_carry_the_printed_multipliers_and_accounts() -> None:
    two = kitzes()
    assert np.allclose(multipliers(two).M, [[1.6, 1.2]])
    found = accounts(two)
    assert np.allclose(found.D_pba, [[8, 4]])
    assert np.allclose(found.D_cba, [[4.8, 7.2]])
    assert found.households is None


def pymrio_test_table() -> tuple[Any, Table]:
    """Return `pymrio`'s own test table, solved by it, and the same as a table of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pymrio  # noqa: PLC0415 - only here, and it warns on the way in

        mrio = pymrio.load_test().calc_all()
    extensions = {}
    for one in mrio.get_extensions(data=True):
        rows = [" ".join(map(str, row)) if isinstance(row, tuple) else str(row) for row in one.F.index]
        unit = pd.DataFrame({"unit": one.unit["unit"].to_numpy()}, index=rows)
        F_Y = None if one.F_Y is None else one.F_Y.set_axis(rows)
        extensions[one.name] = Extension(one.name, one.F.set_axis(rows), unit, F_Y)
    origin = Provenance("pymrio's test MRIO", pymrio.__version__, "LGPL-3.0", "basic")
    ours = Table("pymrio test", 2000, "EUR", "M.EUR", mrio.Z, mrio.Y, mrio.x, origin, extensions)
    return mrio, checked(ours)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_agrees_with_pymrio_on_its_test_table(method: Method) -> None:
    theirs, ours = pymrio_test_table()
    assert np.allclose(calc_A(ours.Z, ours.x), theirs.A, rtol=1e-9)
    assert np.allclose(calc_L(calc_A(ours.Z, ours.x)), theirs.L, rtol=1e-9)
    for one in theirs.get_extensions(data=True):
        own = ours.extension(one.name)
        found = multipliers(ours, own, method=method, tolerance=1e-13)
        assert np.allclose(calc_S(own.F, ours.x), one.S, rtol=1e-9)
        assert np.allclose(found.M, one.M, rtol=1e-9, atol=1e-12)
        assert found.residual < 1e-11
        both = accounts(ours, own)
        order = pd.MultiIndex.from_tuples(list(one.D_cba.columns), names=["region", "sector"])
        assert np.allclose(both.D_cba[order], one.D_cba, rtol=1e-9)
        assert np.allclose(both.D_pba, one.D_pba, rtol=1e-6)  # theirs recomputes output from demand
        assert (both.households is None) == (own.F_Y is None)
        if both.households is not None and own.F_Y is not None:
            assert np.allclose(both.households.sum(axis=1), own.F_Y.sum(axis=1))


@settings(max_examples=15, deadline=None)
@given(regions=st.integers(1, 4), sectors=st.integers(1, 5), seed=st.integers(0, 10**6))
def test_what_all_consume_is_what_all_emit(regions: int, sectors: int, seed: int) -> None:
    made = synthetic_table(regions, sectors, seed=seed)
    found = accounts(made)
    assert found.D_cba.to_numpy().sum() == pytest.approx(found.D_pba.to_numpy().sum(), rel=1e-9)
    by_method = [multipliers(made, method=method).M.to_numpy() for method in METHODS]
    for one in by_method[1:]:
        assert np.allclose(one, by_method[0], rtol=1e-8)


def test_a_large_table_is_solved_by_the_series_and_by_single_precision_where_it_does_not_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = synthetic_table(3, 4)
    monkeypatch.setattr(leontief, "SMALL", 2)
    assert multipliers(made).method == "series"
    monkeypatch.setattr(leontief, "MAX_ROUNDS", 3)
    assert multipliers(made).method == "lu32"
    with pytest.raises(NotConvergedError, match="after 3 rounds") as caught:
        multipliers(made, method="series")
    assert caught.value.iterations == 3


def test_a_series_that_grows_is_given_up_early() -> None:
    grows = table([[0, 1.2], [1.2, 0]], [1, 1], F=[1, 1])
    with pytest.raises(NotConvergedError) as caught:
        multipliers(grows, method="series")
    assert caught.value.iterations == 50


@pytest.mark.parametrize("method", ["lu", "lu32"])
def test_sectors_that_use_all_they_make_have_no_multipliers(method: Method) -> None:
    closed = table([[0, 1], [1, 0]], [1, 1], F=[1, 1])
    with pytest.raises(SingularTableError, match="use all that they make"):
        multipliers(closed, method=method)


def test_refinement_that_does_not_reach_its_aim_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leontief, "REFINEMENTS", 0)
    with pytest.raises(NotConvergedError):
        multipliers(synthetic_table(2, 3), method="lu32", tolerance=1e-15)


def test_a_factorisation_that_breaks_down_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object, **__: object) -> None:
        message = "no pivots"
        raise ValueError(message)

    monkeypatch.setattr(leontief, "lu_factor", breaks)
    with pytest.raises(SingularTableError, match="no pivots"):
        multipliers(kitzes(), method="lu")


def test_a_sector_that_makes_nothing_carries_nothing() -> None:
    idle = table([[1, 0], [0, 0]], [4, 0], F=[2, 0])
    for method in METHODS:
        assert np.allclose(multipliers(idle, method=method).M, [[2 / 3, 0]])


def test_rows_without_emissions_are_zero() -> None:
    found = multipliers(table([[1, 0], [0, 1]], [4, 2], F=[0, 0]), method="series")
    assert not found.M.to_numpy().any()
    assert found.residual == 0


def test_one_row_of_an_extension_can_be_asked_for() -> None:
    two = kitzes()
    assert list(multipliers(two, "emissions", ["CO2"]).M.index) == ["CO2"]
    with pytest.raises(UnknownStressorError, match="no row 'CH4'"):
        multipliers(two, "emissions", ["CH4"])
    with pytest.raises(UnknownExtensionError, match="no extension 'water'"):
        multipliers(two, "water")
    with pytest.raises(UnknownExtensionError, match="none"):
        multipliers(table([[1]], [2]))


def test_the_largest_eigenvalue_is_bounded_from_both_sides() -> None:
    low, high = spectral_radius(np.array([[0.0, 0.5], [0.5, 0.0]]))
    assert low <= 0.5 <= high <= 0.5 + 1e-9
    low, high = spectral_radius(np.array([[0.9, 0.0], [0.4, 0.1]]), rounds=5)
    assert low <= 0.9 <= high


def test_miller_and_blairs_two_regions_hold_together_and_more_final_demand_here_is_felt_there() -> None:
    two = two_regions()
    inverse = np.linalg.inv(np.eye(5) - np.asarray(two.Z) / two.output)
    demand = np.asarray(two.Y).sum(axis=1)
    assert np.allclose(inverse @ demand, two.output, rtol=1e-12)
    assert np.allclose(output_for(two, demand), two.output, rtol=1e-12)
    found = np.asarray(multipliers(two).M)[0]
    assert np.allclose(found, (1 / two.output) @ inverse, rtol=1e-12)
    more = output_for(two, np.array([100.0, 0, 0, 0, 0]))
    assert np.allclose(more, 100 * inverse[:, 0], rtol=1e-12)
    alone = np.linalg.inv(np.eye(3) - np.asarray(two.Z)[:3, :3] / two.output[:3])[:, 0] * 100
    assert (more[:3] > alone).all(), "what the other region buys back is in it"
    assert (more[3:] > 0).all()
    both = accounts(two)
    assert float(both.D_cba.to_numpy().sum()) == pytest.approx(5.0)
    assert set(both.D_cba.columns.get_level_values(0)) == {"L", "M"}
