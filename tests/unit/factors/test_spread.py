"""How far off a spend factor may be: our scores, said to be ours."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.factors.library import FactorLibrary
from ledger.factors.spread import PRICE_PARTS, Spread, spread_of

LIBRARY = FactorLibrary.shipped()
BOXES = LIBRARY.get("exiobase-import.cn.322210")


def of(**changes: object) -> Spread:
    asked = {"area": "nation", "flags": (), "spent": 2019, "concordance": False, **changes}
    return spread_of(BOXES, **asked)  # type: ignore[arg-type]


def test_each_reason_widens_the_interval() -> None:
    least = of().variance()
    for reason in (
        {"area": "world"},
        {"area": "elsewhere"},
        {"spent": 2030},
        {"spent": 1990},
        {"flags": ("undeflated",), "spent": 2024},
        {"flags": ("vat_unknown",)},
        {"flags": ("margins_unknown",)},
        {"concordance": True},
    ):
        assert of(**reason).variance() > least, reason
    alone = BOXES.model_copy(update={"cluster_size": 1})
    crowd = BOXES.model_copy(update={"cluster_size": 11})
    sizes = [
        spread_of(one, "nation", (), 2019, concordance=False).variance() for one in (alone, BOXES, crowd)
    ]
    assert sizes == sorted(set(sizes))


def test_the_price_is_a_part_of_its_own() -> None:
    found = of(flags=("undeflated", "vat_unknown"), spent=2024)
    assert found.variance(PRICE_PARTS) > 0
    assert of().variance(PRICE_PARTS) == 0
    assert of().geometric_sd(PRICE_PARTS) == 1


@settings(max_examples=25, deadline=None)
@given(st.decimals(min_value="0.001", max_value="1000000", places=3), st.integers(1990, 2040))
def test_the_value_lies_within_its_interval_and_is_its_mean(value: Decimal, spent: int) -> None:
    spread = of(spent=spent)
    low, high = spread.bounds(value)
    assert low < value < high
    # A lognormal: low times high is the square of its median, whose mean is exp(sigma²/2) times as large.
    assert float(low * high) == pytest.approx(float(value) ** 2 * float((-spread.variance()).exp()), rel=1e-9)
