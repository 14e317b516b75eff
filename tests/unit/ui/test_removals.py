"""The page never shows a net without the removals in it, how they are kept and what became of them."""

from __future__ import annotations

import typing

import pytest

from api.ui.language import LANGUAGES, Language, Writing
from api.ui.pages import render_passport
from api.ui.removals import ROWS_SHOWN, removal_rows
from ledger.removals import Monitoring, PermanenceClass, Pool
from ledger.removals_behind import IMPAIRED_FLAG, REVERSED_FLAG, RemovalShown
from tests.unit.ui.reading import Checker, text_of
from tests.unit.ui.showcase import documents, links, show

TREES = RemovalShown(
    statement="ab" * 32,
    line=2,
    owner="org_" + "a" * 32,
    owner_name="Grower & <Sons>",
    activity="orchard_growth",
    text=None,
    pool="above_ground_biomass",
    monitoring="field_inventory",
    permanence_years="30",
    permanence_class=None,
    reserve="0.2",
    stated_mg="2000000",
    reaches_mg="521880",
    gone_back_mg="0",
    gone_back_share="0.000000",
    reversals=(),
    impairments=(),
)
BURNT = TREES.model_copy(
    update={"reversals": ("cd" * 32,), "gone_back_share": "0.250000", "impairments": ("ef" * 32,)}
)


def page(language: Language, *removals: RemovalShown) -> str:
    document, graph = documents(show().sea)
    document = document.model_copy(update={"removals": removals})
    return render_passport(document, graph, language, links(show().sea))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_removal_stands_beside_the_net_with_its_permanence(language: Language) -> None:
    text = page(language, TREES)
    Checker(text)
    footprint = text.split('aria-labelledby="figure-title"')[1].split("</section>")[0]
    write = Writing(language)
    assert write("removals.title") in footprint
    assert write("permanence.years", years="30") in footprint
    assert write("pool.above_ground_biomass") in footprint
    assert "Grower &amp; &lt;Sons&gt;" in footprint
    assert write("figure.net") in footprint


def test_the_shown_shipment_says_how_its_own_removal_is_kept() -> None:
    document, graph = documents(show().sea)
    assert document.footprint.removals_mg != "0"
    text = text_of(render_passport(document, graph, "en", links(show().sea)))
    assert "expected to stay 30 years, 20 % held back for what may return" in text


def test_what_went_back_and_what_was_written_down_is_said() -> None:
    (kept,) = removal_rows((TREES,), Writing("en"))
    assert kept.since == ""
    (gone,) = removal_rows((BURNT,), Writing("en"))
    assert "Removal reversed since: 25 % of it has gone back into the air." in gone.since
    assert "Written down since" in gone.since
    assert "Removal reversed since" in text_of(page("en", BURNT))


def test_a_class_of_permanence_and_an_owner_without_a_name_are_written_too() -> None:
    stone = TREES.model_copy(
        update={"owner_name": "", "permanence_years": None, "permanence_class": "permanent"}
    )
    (row,) = removal_rows((stone,), Writing("en"))
    assert stone.owner in row.text
    assert "for ever (permanent)" in row.text


def test_more_removals_than_fit_are_all_on_the_page() -> None:
    many = [TREES.model_copy(update={"owner_name": f"Plot {number}"}) for number in range(ROWS_SHOWN + 2)]
    text = page("en", *many)
    Checker(text)
    assert "2 more" in text_of(text)
    assert all(f"Plot {number}" in text for number in range(ROWS_SHOWN + 2))


def test_a_passport_without_removals_has_no_such_list() -> None:
    assert Writing("en")("removals.title") not in page("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_pool_monitoring_class_and_flag_has_a_name(language: Language) -> None:
    write = Writing(language)
    keys = [
        *(f"pool.{pool}" for pool in typing.get_args(Pool)),
        *(f"monitoring.{way}" for way in typing.get_args(Monitoring)),
        *(f"permanence.{one}" for one in typing.get_args(PermanenceClass)),
        *(f"flag.{flag}" for flag in (REVERSED_FLAG, IMPAIRED_FLAG)),
    ]
    assert all(write.has(key) for key in keys)
