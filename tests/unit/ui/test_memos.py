"""What stands beside the footprint has a section of its own on the page, in three languages."""

from __future__ import annotations

import pytest

from api.ui.language import LANGUAGES, Language, Writing
from api.ui.memos import memo_rows
from api.ui.pages import render_passport
from ledger.memos import KINDS, MemoShown
from tests.unit.ui.showcase import documents, links, show

FLOWN = MemoShown(kind="radiative_forcing_mg", amount="8881864464", per_unit="3.700777")
LAND = MemoShown(kind="land_m2_year", amount="1234.500000", per_unit="0.514375")
CARBON = MemoShown(kind="carbon_biogenic_mg", amount="96000000", per_unit="0.040000")


def page(language: Language, *memos: MemoShown) -> str:
    document, graph = documents(show().plain)
    document = document.model_copy(update={"memos": memos})
    return render_passport(document, graph, language, links(show().plain))


@pytest.mark.parametrize("language", LANGUAGES)
def test_memos_stand_beside_the_footprint_and_never_in_it(language: Language) -> None:
    write = Writing(language)
    text = page(language, CARBON, LAND, FLOWN)
    section = text.split('aria-labelledby="memos-title"')[1].split("</section>")[0]
    assert write("memos.title") in section
    assert write("memos.note") in section
    for kind, amount, per_unit in memo_rows((CARBON, LAND, FLOWN), write):
        assert kind in section
        assert amount in section
        assert per_unit in section
    footprint = text.split('aria-labelledby="figure-title"')[1].split("</section>")[0]
    assert "8,881.9" in section
    assert "8,881.9" not in footprint


def test_each_memo_is_in_its_own_unit() -> None:
    rows = memo_rows((CARBON, LAND, FLOWN), Writing("en"))
    assert [row[1:] for row in rows] == [
        ("96.00 kg C", "0.0400 kg C"),
        ("1,234.5 m²·year", "0.5144 m²·year"),
        ("8,881.9 kg CO₂e", "3.701 kg CO₂e"),
    ]


def test_a_passport_without_memos_has_no_such_section() -> None:
    assert "memos-title" not in page("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_memo_has_a_name(language: Language) -> None:
    names = [Writing(language)(f"memo.{kind}") for kind in KINDS]
    assert len(set(names)) == len(KINDS)
