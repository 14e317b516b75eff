"""Averages are weighted, best practice has a size floor, and a path has a source."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ledger.mrio.baseline import intensities, trend
from ledger.mrio.benchmark import (
    BenchmarkBoundsError,
    NoPeersError,
    ReductionPath,
    ReductionPathError,
    against_path,
    benchmark,
)
from ledger.mrio.leontief import accounts, multipliers
from ledger.mrio.synthetic import synthetic_table
from tests.unit.mrio.tables import kitzes, table

MADE = synthetic_table(4, 3)


def test_kitzes_sectors_have_the_intensities_of_the_textbook() -> None:
    rows = intensities(kitzes())
    assert rows["per_output"].tolist() == pytest.approx([0.5, 1 / 3])
    assert rows["value_added"].tolist() == [4, 5]
    assert rows["carried"].tolist() == pytest.approx([1.6, 1.2])
    assert rows["per_value_added"].tolist() == pytest.approx([2.0, 0.8])


def test_an_average_is_emissions_over_money_never_a_mean_of_ratios() -> None:
    both = intensities(MADE)
    for level in ("region", "sector"):
        sums = both.groupby(level=level, sort=False)[["emissions", "output"]].sum()
        found = intensities(MADE, by=level)
        assert np.allclose(found["per_output"], sums["emissions"] / sums["output"])
    whole = intensities(MADE, by="all")
    assert len(whole) == 1
    footprint = accounts(MADE).D_cba.to_numpy().sum()
    assert whole["carried"].iloc[0] == pytest.approx(footprint / MADE.Y.to_numpy().sum())


def test_a_sector_without_output_has_no_intensity_and_one_without_buyers_goes_by_its_output() -> None:
    rows = intensities(table([[0, 2], [0, 0]], [2, 0], F=[1, 0], Y=[[0], [0]]))
    assert rows["per_output"].iloc[0] == 0.5
    assert np.isnan(rows["per_output"].iloc[1])
    assert rows["carried"].iloc[0] == pytest.approx(0.5)
    M = np.asarray(multipliers(MADE).M)[0]
    assert intensities(MADE, M=M, stressor="CO2").equals(intensities(MADE))


def test_years_stand_below_each_other_in_order() -> None:
    later, earlier = synthetic_table(1, 2, year=2017), synthetic_table(1, 2, seed=2, year=2012)
    assert trend([later, earlier])["year"].tolist() == [2012, 2017]
    assert trend([later, earlier], by="sector")["year"].tolist() == [2012, 2012, 2017, 2017]
    assert trend([]).empty


def rows_of(*regions: tuple[str, float, float]) -> pd.DataFrame:
    """Return intensities of one sector: region, emissions, output."""
    index = pd.MultiIndex.from_tuples([(name, "power") for name, _, _ in regions], names=["region", "sector"])
    found = pd.DataFrame(
        {"emissions": [one[1] for one in regions], "output": [one[2] for one in regions]}, index=index
    )
    found["per_output"] = (found["emissions"] / found["output"]).where(found["output"] > 0)
    found["carried"] = found["per_output"] * 2
    return found


def test_a_small_producer_does_not_set_the_best_practice() -> None:
    rows = rows_of(("tiny", 0.1, 1), ("a", 40, 40), ("b", 60, 50), ("c", 90, 60), ("none", 0, 0))
    found = benchmark(rows, "power", percentile=10, floor=0.05)
    assert found.best_practice == 1.0
    assert found.average == pytest.approx(190.1 / 151)
    assert [(peer.region, peer.rank) for peer in found.peers] == [("a", 1), ("b", 2), ("c", 3)]
    assert [peer.region for peer in found.below_floor] == ["tiny"]
    assert found.below_floor[0].share_of_peers is None
    assert benchmark(rows, "power", percentile=10, floor=0).best_practice == 0.1
    assert found.place(1.2) == pytest.approx(2 / 3)
    assert found.place(0.5) == 0
    assert json.loads(json.dumps(found.as_json()))["peers"][0]["region"] == "a"
    by_tiers = benchmark(rows, "power", measure="carried", floor=0.05)
    assert by_tiers.average == pytest.approx(2 * 190.1 / 151)


@pytest.mark.parametrize("given", [{"percentile": 101}, {"percentile": -1}, {"floor": 1.5}, {"floor": -0.1}])
def test_a_bound_that_is_none_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(BenchmarkBoundsError, match=next(iter(given))):
        benchmark(rows_of(("a", 1, 1)), "power", **given)


def test_a_sector_with_nobody_large_enough_has_no_benchmark() -> None:
    with pytest.raises(NoPeersError, match="fishing"):
        benchmark(rows_of(("a", 1, 1)), "fishing")
    with pytest.raises(NoPeersError, match=r"60.00%"):
        benchmark(rows_of(("a", 1, 1), ("b", 1, 1)), "power", floor=0.6)


def test_a_path_is_compared_with_what_its_user_states() -> None:
    down = ReductionPath("absolute", 10, 2015, "the company's own plan")
    steps = against_path({2012: 300, 2015: 200, 2017: 190, 2030: 0}, down)
    assert [(one.year, one.allowed) for one in steps] == [(2015, 200), (2017, 160), (2030, 0)]
    assert [one.above for one in steps] == [0, 30, 0]
    compound = against_path({2015: 2.0, 2017: 1.0}, ReductionPath("sectoral", 50, 2015, "a plan"))
    assert compound[1].allowed == 0.5
    assert against_path({2015: 1, 2016: 1}, ReductionPath("flag", 3, 2015, "a plan"))[1].allowed == 0.97


def test_a_path_without_source_base_year_or_with_another_rate_is_refused() -> None:
    with pytest.raises(ReductionPathError, match="source: state where"):
        against_path({2015: 1}, ReductionPath("absolute", 4, 2015, " "))
    with pytest.raises(ReductionPathError, match="base_year: there is no figure of 2014"):
        against_path({2015: 1}, ReductionPath("absolute", 4, 2014, "a plan"))
    with pytest.raises(BenchmarkBoundsError, match="rate_percent"):
        against_path({2015: 1}, ReductionPath("absolute", 140, 2015, "a plan"))
