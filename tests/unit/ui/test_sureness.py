"""What the passport page says of how sure its figure is."""

from __future__ import annotations

import pytest

from api.ui.language import LANGUAGES, Language, Writing
from api.ui.sureness import sureness
from ledger.passport import Passport
from ledger.uncertainty_shown import IntervalShown
from tests.unit.ui.reading import page_of, text_of
from tests.unit.ui.showcase import documents, show


def _passport(**uncertainty: object) -> Passport:
    document, _ = documents(show().sea)
    changed = document.uncertainty.model_copy(update=uncertainty)
    return document.model_copy(update={"uncertainty": changed})


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_the_interval_and_how_much_of_the_footprint_it_covers(language: Language) -> None:
    document, _ = documents(show().sea)
    text = text_of(page_of(show().sea, language))
    gross = document.uncertainty.gross
    assert gross is not None
    assert float(gross.low) < float(document.per_unit.gross) < float(gross.high)
    assert f"{gross.low}–{gross.high}" in text
    assert Writing(language).percent(document.uncertainty.covered_share) in text


def test_emissions_and_removals_scores_and_what_is_not_stated_are_told_apart() -> None:
    document, _ = documents(show().sea)
    interval, partly, not_stated, removals, scores = sureness(document, Writing("en"))
    assert interval.startswith("95 % interval: ")
    assert " kg CO₂e per kg. It covers " in interval
    assert "only the quantity's or only the factor's" in partly
    assert "counts as exact" in not_stated
    assert removals.startswith("95 % interval of the removals: ")
    assert scores.startswith("Data quality, from 1 (best) to 5: technology ")


def test_a_passport_whose_lines_say_nothing_has_no_interval() -> None:
    document, _ = documents(show().refused)
    silent = _passport(gross=None, removals=None)
    silent = silent.model_copy(
        update={"data_quality": silent.data_quality.model_copy(update={"technological": None})}
    )
    assert sureness(silent, Writing("en")) == ["No 95 % interval: no line says how uncertain it is."]
    assert document.uncertainty.method == "sensitivities/1"


def test_what_is_covered_whole_is_said_without_exceptions() -> None:
    whole = _passport(
        gross=IntervalShown(low="0.5", high="0.7", relative_sd="0.1"),
        removals=None,
        covered_share="1.000000",
        partly_covered_share="0.000000",
        not_stated_share="0.000000",
    )
    first, scores = sureness(whole, Writing("en"))
    assert first == "95 % interval: 0.5–0.7 kg CO₂e per kg. It covers 100 % of the footprint."
    assert "Data quality" in scores
