"""An interval and scores as a reader sees them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ledger.data_quality import DataQuality
from ledger.quality import INDICATORS
from ledger.uncertainty import Interval, Uncertainty
from ledger.uncertainty_shown import data_quality_shown, significant_text, uncertainty_shown
from tests.builders import kg

INTERVAL = Interval(kg(200), Decimal("123456789.9"), Decimal("345678901.2"), Decimal("0.28571"))


def test_an_interval_is_shown_per_kilogram_with_three_significant_digits() -> None:
    found = Uncertainty(INTERVAL, None, whole_mg=kg(150), part_mg=kg(30), nothing_mg=kg(20))
    shown = uncertainty_shown(found, kg(1000), "mg")
    assert shown.gross is not None
    assert (shown.gross.low, shown.gross.high, shown.gross.relative_sd) == ("0.123", "0.346", "0.286")
    assert (shown.method, shown.unit, shown.removals) == ("sensitivities/1", "kg", None)
    assert shown.covered_share == "0.750000"
    assert shown.partly_covered_share == "0.150000"
    assert shown.not_stated_share == "0.100000"


def test_an_interval_of_pieces_is_per_piece() -> None:
    shown = uncertainty_shown(Uncertainty(INTERVAL, INTERVAL, kg(200), 0, 0), 100, "piece")
    assert shown.removals == shown.gross
    assert shown.gross is not None
    assert (shown.unit, shown.gross.low, shown.gross.high) == ("piece", "1.23", "3.46")


def test_without_emissions_there_are_no_shares() -> None:
    shown = uncertainty_shown(Uncertainty(None, None, 0, 0, 0), kg(1), "mg")
    assert (shown.gross, shown.covered_share, shown.not_stated_share) == (None, None, None)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1234.5", "1230"),
        ("0.00012349", "0.000123"),
        ("9.999", "10.0"),
        ("0", "0"),
        ("2.5", "2.50"),
        ("100", "100"),
    ],
)
def test_three_significant_digits_are_written_without_an_exponent(value: str, text: str) -> None:
    assert significant_text(Decimal(value)) == text


def test_scores_are_shown_with_two_places_and_the_share_that_has_them() -> None:
    means = dict.fromkeys(INDICATORS, Decimal("2.345")) | {"temporal": Decimal(1)}
    shown = data_quality_shown(DataQuality(means, scored_mg=kg(1), absolute_mg=kg(4)))
    assert (shown.temporal, shown.technological, shown.scored_share) == ("1.00", "2.34", "0.250000")
    silent = data_quality_shown(DataQuality({}, 0, kg(4)))
    assert (silent.temporal, silent.scored_share) == (None, "0.000000")
