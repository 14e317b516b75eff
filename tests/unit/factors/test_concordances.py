"""Codes of one list in another: what ships, what a company's file may say, and what is refused by name."""

from __future__ import annotations

import pytest

from ledger.factors.concordances import (
    ConcordanceFileError,
    ConcordanceWeightsError,
    NoCounterpartError,
    read_concordance,
    shipped_counterparts,
)
from ledger.factors.library import FactorLibrary
from ledger.quantities import AmountFormError

LIBRARY = FactorLibrary.shipped()
GOOD = "from,to,weight,match\n4819,322211,0.25,split\n4819,322212,0.75,split\n0810,111300,1,judgement\n"


def test_a_companys_file_gives_the_largest_share_first_and_says_who_matched() -> None:
    found = read_concordance(GOOD.encode("utf-8-sig"), "hs.csv")
    assert [(one.code, one.weight, one.match, one.source) for one in found.of("4819")] == [
        ("322212", "0.75", "split", "hs.csv"),
        ("322211", "0.25", "split", "hs.csv"),
    ]
    assert found.of("0810")[0].match == "judgement"


def test_a_code_without_a_counterpart_is_refused_by_name_with_the_nearest() -> None:
    with pytest.raises(NoCounterpartError, match=r"'4820' has no counterpart.*nearest codes are: 4819, 0810"):
        read_concordance(GOOD.encode(), "hs.csv").of("4820")
    with pytest.raises(NoCounterpartError, match="nearest codes are: 4819"):
        read_concordance(GOOD.encode(), "hs.csv").of("48191")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("from,to,weight\n1,2,1\n", "line 1: the column match is missing"),
        ("from,to,weight,match\n1,2,1,good\n", "line 2: match is 'good'"),
        ("from,to,weight,match\n1,,1,same\n", "line 2: from or to is empty"),
        ("from,to,weight,match\n1,2,0.5,split\n1,2,0.5,split\n", "line 3: 1 to 2 stands there twice"),
        ("from,to,weight,match\n1,2,1\n", "too many or too few cells"),
        ("from,to,weight,match\n1,2,1,same,9\n", "too many or too few cells"),
    ],
)
def test_a_file_that_is_not_a_concordance_is_refused_with_its_line(text: str, reason: str) -> None:
    with pytest.raises(ConcordanceFileError, match=reason):
        read_concordance(text.encode(), "own.csv")


def test_bytes_that_are_no_text_and_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConcordanceFileError, match="UTF-8"):
        read_concordance(b"\xff\xfe", "own.csv")
    monkeypatch.setattr("ledger.factors.concordances.MAX_ROWS", 2)
    with pytest.raises(ConcordanceFileError, match="more than 2 rows"):
        read_concordance(GOOD.encode(), "own.csv")
    monkeypatch.setattr("csv.field_size_limit", lambda: 1)
    long = "from,to,weight,match\n" + "x" * 200_000 + ",1,1,same\n"
    monkeypatch.setattr("ledger.factors.concordances.MAX_ROWS", 10)
    with pytest.raises(ConcordanceFileError, match="field larger"):
        read_concordance(long.encode(), "own.csv")


@pytest.mark.parametrize("weights", [("0.5", "0.4"), ("1", "1")])
def test_shares_that_do_not_add_up_are_refused(weights: tuple[str, str]) -> None:
    text = f"from,to,weight,match\n1,2,{weights[0]},split\n1,3,{weights[1]},split\n"
    with pytest.raises(ConcordanceWeightsError, match="'1' add up to"):
        read_concordance(text.encode(), "own.csv")


@pytest.mark.parametrize("weight", ["-1", "１", "1e0", ""])
def test_a_share_has_one_form(weight: str) -> None:
    with pytest.raises(AmountFormError, match="line 2/weight"):
        read_concordance(f"from,to,weight,match\n1,2,{weight},same\n".encode(), "own.csv")


def test_naics_codes_lead_to_the_sector_that_the_epa_gives_them() -> None:
    (one,) = shipped_counterparts(LIBRARY, "322211")
    assert (one.code, one.match) == ("322210", "part")
    (alone,) = shipped_counterparts(LIBRARY, "327310")
    assert (alone.code, alone.match) == ("327310", "same")
    assert shipped_counterparts(LIBRARY, "4819") == ()
    assert shipped_counterparts(LIBRARY, "322210") == ()  # a BEA code already
