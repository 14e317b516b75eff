"""Whatever companies do, every milligram that was recorded lies in exactly one account."""

from __future__ import annotations

import os
import secrets
from random import Random

from tests.unit.conservation.market import REFUSALS, Market

STEPS = 100_000
FULL_EVERY = 500


def test_carbon_is_conserved_to_the_milligram_over_a_hundred_thousand_random_operations() -> None:
    seed = int(os.environ.get("PASSPORT_TEST_SEED", secrets.randbelow(2**32)))
    print(f"seed {seed}: set PASSPORT_TEST_SEED to repeat it")  # noqa: T201 - shown when the test fails
    market = Market(Random(seed))  # noqa: S311 - a test that can be repeated
    for step in range(1, STEPS + 1):
        market.step()
        if step % FULL_EVERY == 0:
            market.check_everything()
    market.check_every_lot()
    assert all(market.done[name] > STEPS // 50 for name in market.operations() if name != "cheat")
    assert market.done["cheat"] == 0
    assert all(market.refused[name] > STEPS // 1000 for name in REFUSALS)
