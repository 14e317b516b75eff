"""Which activities are offered to somebody who wrote a word that is none."""

from __future__ import annotations

import pytest

from ledger.factors.activities import activity_factors
from ledger.records.activities import NEAR, near_activities


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("diesel", "diesel_burnt"),
        ("柴油", "diesel_burnt"),
        ("Diesel burned", "diesel_burnt"),
        ("electricity", "grid_electricity"),
        ("power", "grid_electricity"),
        ("用电", "grid_electricity"),
        ("urea", "fertiliser_urea"),
        ("fertilizer", "fertiliser_"),
        ("复合肥", "fertiliser_synthetic"),
        ("r404a", "refrigerant_r404a_released"),
        ("container_ship", "sea_freight_container"),
        ("truck freight", "road_freight"),
        ("foam", "polystyrene_made"),
    ],
)
def test_what_people_write_is_answered_with_what_they_mean(written: str, meant: str) -> None:
    assert meant in near_activities(written)


def test_an_offer_is_short_and_only_of_what_can_be_booked() -> None:
    known = {one.code for one in activity_factors()}
    offered = near_activities("x" * 5000).split(", ")
    assert len([one for one in offered if "(" in one]) == NEAR
    assert near_activities("dragon").split(" ")[0] in known | {"grid_electricity"}
