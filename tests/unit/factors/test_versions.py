"""Two versions of a dataset side by side; words in three languages; what replaced what."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ledger.factors.errors import UnknownDatasetError
from ledger.factors.library import FactorLibrary
from ledger.factors.versions import _size, _times, compare
from ledger.factors.words import meanings, spelled, terms

LIBRARY = FactorLibrary.shipped()
OLD, NEW = "epa-supply-chain-v1.2", "epa-supply-chain"


def test_between_two_versions_of_the_epa_single_sectors_moved_by_0_09_to_6_25_times() -> None:
    found = compare(LIBRARY, OLD, NEW)
    times = [one.times for one in found.moved if one.times is not None]
    assert (min(times), max(times)) == (Decimal("0.0899"), Decimal("6.2532"))
    assert len(found.moved) + found.same == 2 * 1016
    assert (found.gone, found.new) == ((), ())
    assert found.meaning["gwp"] == ("AR4", "AR5")
    assert found.meaning["currency_year"] == ("2021", "2022")
    assert found.moved[0].after.sector == "562212"
    shown = found.as_json()
    assert shown["moved"][0]["times"] == "0.0899"
    assert shown["meaning"]["data_year"] == ["2019", "2022"]


def test_datasets_of_other_things_have_nothing_in_common() -> None:
    found = compare(LIBRARY, "china-grid", "ipcc-2019")
    assert (found.moved, found.same, found.meaning) == ((), 0, {})
    assert len(found.gone) == len(LIBRARY.ids("china-grid"))
    assert len(found.new) == len(LIBRARY.ids("ipcc-2019"))
    with pytest.raises(UnknownDatasetError):
        compare(LIBRARY, OLD, "epa-supply-chain-v9")


def test_a_change_from_nothing_has_no_multiple() -> None:
    zero, some = (
        LIBRARY.get(f"{NEW}.111110.with-margins").model_copy(update={"value": value}) for value in ("0", "1")
    )
    assert _times(zero, some) is None
    assert _times(some, zero) == 0
    assert _size(None) == _size(Decimal(0)) == Decimal("Infinity")
    assert _size(Decimal("0.5")) == _size(Decimal(2))


def test_a_superseded_dataset_says_by_what_and_is_found_only_where_it_is_asked_for() -> None:
    (old,) = (one for one in LIBRARY.datasets() if one.superseded_by)
    assert (old.name, old.superseded_by, old.version) == (OLD, NEW, "1.2")
    assert all(one.dataset != OLD for one in LIBRARY.search("corrugated"))
    assert any(one.dataset == OLD for one in LIBRARY.search("corrugated", superseded=True))
    assert LIBRARY.get(f"{OLD}.322211.with-margins").gwp == "AR4"


@pytest.mark.parametrize(
    ("words", "sector"),
    [
        ("纸箱", "322211"),
        ("紙箱", "322211"),
        ("瓦楞纸箱", "322211"),
        ("cartons", "322211"),
        ("corugated", "322211"),
        ("carton 322211", "322211"),
        ("fertilser", "325311"),
        ("冷藏", "493120"),
        ("冷藏 仓储", "493120"),
    ],
)
def test_what_people_call_it_in_three_languages_leads_to_the_sector(words: str, sector: str) -> None:
    assert sector in {one.sector for one in LIBRARY.search(words, limit=50)}


def test_words_begin_where_words_begin_and_nonsense_finds_nothing() -> None:
    assert all("bureau" not in one.name.lower() for one in LIBRARY.search("氮肥", limit=50))
    assert LIBRARY.search("qwertyuiop") == []
    assert LIBRARY.search("电力", region="CN-GD", limit=3)
    assert LIBRARY.search("  ") == []


def test_every_term_finds_something() -> None:
    for term, phrases in terms().items():
        assert phrases, term
        assert LIBRARY.search(term, limit=1), term


def test_a_word_keeps_its_own_meaning_first() -> None:
    assert meanings("boxes")[:2] == (("boxes",), ("boxe",))
    assert meanings("gas")[0] == ("gas",)
    assert meanings("蓝莓") == (("蓝莓",),)
    assert spelled("fert", ["fertilizer"]) is None
    assert spelled("box", ["box"]) is None
