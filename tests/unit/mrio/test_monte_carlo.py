"""The interval of a multiplier: seeded, around the booked value, its first order checked by full solves."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ledger.mrio.errors import UnknownTableSectorError
from ledger.mrio.leontief import multipliers
from ledger.mrio.monte_carlo import ConcordanceWeightError, GeometricDeviationError, Spreads, interval
from ledger.mrio.synthetic import synthetic_table
from tests.unit.mrio.tables import kitzes, table

MADE = synthetic_table(3, 5)
PRODUCT = ("Region 01", "Sector 03")
ALL = Spreads(emissions=1.3, price=1.1, concordance=1.5, cells=1.2)


def test_the_same_seed_gives_the_same_interval_around_the_booked_value() -> None:
    found = interval(MADE, {PRODUCT: 1.0}, ALL, draws=4000, seed=3)
    assert found == interval(MADE, {PRODUCT: 1.0}, ALL, draws=4000, seed=3)
    assert found != interval(MADE, {PRODUCT: 1.0}, ALL, draws=4000, seed=4)
    assert found.value == pytest.approx(multipliers(MADE).M.loc["CO2", PRODUCT])
    assert found.mean == pytest.approx(found.value, rel=0.02)
    assert found.low < found.median < found.high
    assert sum(found.by_source.values()) == pytest.approx(1)
    assert found.by_source["concordance"] == 0, "one sector alone has nothing to be spread over"
    assert json.loads(json.dumps(found.as_json()))["draws"] == 4000


def test_a_price_alone_has_the_spread_that_it_was_given() -> None:
    found = interval(MADE, {PRODUCT: 1.0}, Spreads(emissions=1.0, price=1.4), draws=20_000)
    assert found.geometric_sd == pytest.approx(1.4, rel=0.02)
    assert found.by_source == {"emissions": 0, "price": 1, "concordance": 0, "cells": 0}


def test_without_any_spread_the_value_is_certain() -> None:
    found = interval(MADE, {PRODUCT: 1.0}, Spreads(emissions=1.0), draws=10)
    assert found.low == pytest.approx(found.high) == pytest.approx(found.value)
    assert set(found.by_source.values()) == {0.0}
    nothing = interval(table([[0, 0], [0, 0]], [1, 1], F=[0, 0]), {("all", "s1"): 1.0}, ALL, draws=10)
    assert (nothing.value, nothing.geometric_sd) == (0.0, 1.0)


def test_first_order_agrees_with_a_hundred_full_solves() -> None:
    drawn = np.random.default_rng(5)
    sigma = np.log(1.05)
    values = []
    A, output = np.asarray(MADE.Z) / MADE.output, MADE.output
    own = np.asarray(MADE.extension().row("CO2")) / output
    for _ in range(100):
        cells = A * np.exp(sigma * drawn.standard_normal(A.shape) - sigma**2 / 2)
        emitted = own * np.exp(sigma * drawn.standard_normal(len(own)) - sigma**2 / 2)
        changed = replace(MADE, Z=pd.DataFrame(cells * output, MADE.labels, MADE.labels))
        one = MADE.extension()
        row = pd.DataFrame([emitted * output], one.F.index, one.F.columns)
        M = multipliers(changed, replace(one, F=row)).M
        values.append(M.loc["CO2", PRODUCT])
    solved = np.array(values)
    found = interval(MADE, {PRODUCT: 1.0}, Spreads(emissions=1.05, cells=1.05), draws=20_000)
    spread = (found.high - found.low) / 3.92
    assert solved.mean() == pytest.approx(found.mean, abs=4 * spread / 10)
    assert solved.std() == pytest.approx(spread, rel=0.25)


def test_a_product_spread_over_sectors_is_their_mean_and_its_weights_are_uncertain() -> None:
    other = ("Region 02", "Sector 01")
    M = multipliers(MADE).M.loc["CO2"]
    found = interval(MADE, {PRODUCT: 0.25, other: 0.75}, Spreads(emissions=1.0, concordance=1.5))
    assert found.value == pytest.approx(0.25 * M[PRODUCT] + 0.75 * M[other])
    assert found.by_source["concordance"] == 1
    assert min(M[PRODUCT], M[other]) <= found.low < found.high <= max(M[PRODUCT], M[other])


@pytest.mark.parametrize("value", [0.9, float("nan"), float("inf")])
@pytest.mark.parametrize("field", ["emissions", "price", "concordance", "cells"])
def test_a_spread_that_is_none_is_refused_by_its_name(field: str, value: float) -> None:
    with pytest.raises(GeometricDeviationError, match=field):
        interval(kitzes(), {("all", "s1"): 1.0}, replace(ALL, **{field: value}))


@pytest.mark.parametrize("weights", [(), (0.5,), (1.5, -0.5)])
def test_weights_that_do_not_add_up_are_refused(weights: tuple[float, ...]) -> None:
    mix = {("all", f"s{number}"): weight for number, weight in enumerate(weights, start=1)}
    with pytest.raises(ConcordanceWeightError, match="not to 1"):
        interval(kitzes(), mix, ALL)


def test_a_sector_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnknownTableSectorError):
        interval(kitzes(), {("all", "s9"): 1.0}, ALL, stressor="CO2")
