"""Three languages, complete, each with its own way to write numbers and dates."""

from __future__ import annotations

import re
import string
import unicodedata
from decimal import Decimal
from pathlib import Path

import pytest

from api.ui.charts import ICONS
from api.ui.language import LANGUAGES, Language, Writing, chosen, negotiated, words
from ledger.components import CHANNELS, EVIDENCES
from ledger.factors.gap import FLAGS
from ledger.factors.library import TABLES
from ledger.provenance import ADDED_FLAG
from ledger.shown import DECLARED_UNITS
from ledger.verification import STEPS
from ledger.wire import ROLES

UI = Path("api/ui")
TEXTS = [*sorted(UI.glob("templates/*.html")), *sorted(UI.glob("*.py"))]


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_stands_in_every_language_with_the_same_facts(language: Language) -> None:
    english, other = words("en"), words(language)
    assert other.keys() == english.keys()
    for key, text in other.items():
        assert text, key
        assert names_in(text) == names_in(english[key]), key
        assert unicodedata.is_normalized("NFC", text)


def test_every_text_that_the_pages_ask_for_is_there() -> None:
    asked = set()
    for path in TEXTS:
        source = path.read_text("utf-8")
        asked |= set(re.findall(r"\b(?:t|write|self\.write|self)\(\s*\"([a-z_0-9.]+)\"\s*[,)]", source))
    assert len(asked) > 60
    assert asked <= words("en").keys()


def test_every_code_of_the_ledger_has_a_name() -> None:
    steps = [f"check.{step}" for step in STEPS] + ["check.roles"]
    needed = {
        *(f"channel.{channel}" for channel in CHANNELS),
        *(f"evidence.{evidence}" for evidence in EVIDENCES),
        *(f"flag.{flag}" for flag in (*FLAGS, ADDED_FLAG)),
        *(f"role.{role}" for role in ROLES),
        *(f"unit.{unit}" for unit, _ in DECLARED_UNITS.values()),
        *(f"status.{status}" for status in ("open", "received", "refused", "outside")),
        *(f"mode.{mode}" for mode in ICONS if mode not in ("supplier", "sender", "consignee")),
        *steps,
        *(f"{step}.{value}" for step in steps for value in ("good", "bad", "unknown")),
    }
    assert needed <= words("en").keys()


def test_every_activity_that_the_factor_library_knows_has_a_name() -> None:
    rows = (TABLES / "activities.csv").read_text("utf-8").splitlines()[1:]
    assert {f"activity.{row.split(',')[0]}" for row in rows} <= words("en").keys()


def test_codes_that_companies_choose_are_shown_in_words() -> None:
    assert Writing("zh-Hans").named("activity", "hand_picking-2") == "hand picking 2"
    assert Writing("zh-Hant").named("activity", "diesel_burnt") == "柴油燃燒"


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK;q=0.5, en;q=0.4", "zh-Hant"),
        ("zh-MO", "zh-Hant"),
        ("yue", "zh-Hant"),
        ("en-GB, zh;q=0.9", "en"),
        ("fr, de;q=0.9, zh;q=0.1", "zh-Hans"),
        ("fr", "en"),
        ("", "en"),
        ("*", "en"),
        ("en;q=0, zh;q=0.2", "zh-Hans"),
        ("zh;q=nonsense, en;q=0.1", "en"),
        ("zh;level=1", "zh-Hans"),
        ("zh;q=7, en", "zh-Hans"),
        ("x" * 4000 + ",zh", "en"),
    ],
)
def test_the_readers_wishes_decide(accept: str, language: Language) -> None:
    assert negotiated(accept) == language


def test_the_switch_goes_before_the_cookie_and_the_cookie_before_the_browser() -> None:
    assert chosen("zh-Hant", "zh-Hans", "en") == "zh-Hant"
    assert chosen("fr", "zh-Hans", "en") == "zh-Hans"
    assert chosen(None, "../../etc", "zh") == "zh-Hans"
    assert chosen(None, None, None) == "en"


def test_a_text_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        Writing("en")("no.such.text")


@pytest.mark.parametrize(
    ("mg", "text"),
    [
        (0, "0"),
        (1, "0.000001"),
        (123_456, "0.123"),
        (1_234_567, "1.23"),
        (123_456_789, "123.5"),
        (12_345_678_901, "12,346"),
        (-1_500_000, "−1.50"),
    ],
)
def test_kilograms_show_the_digits_that_count(mg: int, text: str) -> None:
    assert Writing("en").kilograms(mg) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        ("0.654971", "0.6550"),
        ("1.234567", "1.235"),
        ("12.3456", "12.35"),
        ("1234.56", "1,234.6"),
        ("0.000000", "0"),
    ],
)
def test_rates_show_about_four_digits(rate: str, text: str) -> None:
    assert Writing("zh-Hans").rate(rate) == text


def test_shares_are_percentages_and_a_small_part_never_reads_as_nothing() -> None:
    write = Writing("en")
    assert write.percent("0.812345") == "81.2 %"
    assert write.percent("1.000000") == "100 %"
    assert write.percent("0.000400") == "< 0.1 %"
    assert write.percent("0.000000") == "0 %"
    assert write.percent(None) == "–"
    assert Writing("zh-Hans").percent("0.0004") == "<0.1%"
    assert Writing("zh-Hans").percent("0.5") == "50%"


def test_quantities_and_dates_are_written_as_people_do() -> None:
    english, chinese = Writing("en"), Writing("zh-Hant")
    assert english.quantity("6000000000", "mg") == "6,000 kg"
    assert english.quantity("1500", "mL") == "1.5 litre"
    assert english.quantity("2500", "Wh") == "2.5 kWh"
    assert english.quantity("12000", "piece") == "12,000 piece"
    assert english.quantity("6000000001", "mg") == "6,000.000001 kg"
    assert chinese.quantity("3500", "kg·km") == "3.5 噸公里"
    assert english.significant("1.250889078411201721") == "1.2509"
    assert english.significant("0.0000123456") == "0.000012346"
    assert english.significant("1234567") == "1,234,567"
    assert english.significant("0") == "0"
    assert english.day("2026-06-01") == "1 June 2026"
    assert english.period("2026-06-01", "2026-06-30") == "1 June 2026 – 30 June 2026"
    assert chinese.period("2026-06-01", "2026-06-30") == "2026年6月1日至2026年6月30日"
    assert chinese.period("2026-06-01", "2026-06-01") == "2026年6月1日"
    assert english.listed(["a", "b"]) == "a, b"
    assert chinese.listed(["a", "b"]) == "a、b"
    assert english.number(Decimal("-0.5"), 1) == "−0.5"
