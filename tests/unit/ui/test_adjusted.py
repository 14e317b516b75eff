"""The page shows the figure as it was handed on, and beside it what became of it since."""

from __future__ import annotations

import pytest

from api.ui.language import LANGUAGES, Language, Writing
from api.ui.pages import render_passport
from ledger.adjustments_shown import adjusted
from ledger.components import Components
from ledger.offers import Offer
from tests.unit.ui.showcase import documents, links, show

LESS = {slot: -mg for slot, mg in Components.parse({"fossil.secondary": "5000000"}).items()}
MORE = dict(Components.parse({"fossil.measured": "7000000"}).items())


def offer(cause: str, *, late: bool = False) -> Offer:
    return Offer(cause * 32, "ee" * 32, "ee" * 32, "org_a", "org_b", late=late)


def page(language: Language, *offers: Offer) -> str:
    document, graph = documents(show().plain)
    handed_on = Components.parse(document.footprint.components)
    found = adjusted(handed_on, offers, int(document.goods.quantity), document.goods.unit)
    document = document.model_copy(update={"adjusted": found})
    return render_passport(document, graph, language, links(show().plain))


@pytest.mark.parametrize("language", LANGUAGES)
def test_old_and_new_stand_side_by_side_with_what_nobody_accepted(language: Language) -> None:
    write = Writing(language)
    accepted = offer("ab").taken_over(LESS)
    waiting = offer("cd", late=True).offered(MORE)
    refused = offer("ef").offered(MORE).answered("aa" * 32, accepted=False)
    text = page(language, accepted, waiting, refused)
    section = text.split('aria-labelledby="adjusted-title"')[1].split("</section>")[0]
    for key in ("title", "handed_on", "accepted", "now", "offered", "refused", "note"):
        assert write(f"adjusted.{key}") in section
    assert f"− {write.amount('5000000')}" in section
    assert section.count(f"+ {write.amount('7000000')}") == 4  # twice in the sums, twice in the table
    assert write("adjusted.late", statement="cdcdcdcdcdcd") in section
    assert write("adjusted.correction", statement="abababababab") in section


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_passport_that_was_never_adjusted_says_nothing_of_it(language: Language) -> None:
    assert "adjusted-title" not in page(language)


def test_what_is_not_open_is_not_in_the_sums() -> None:
    section = page("en", offer("ab").taken_over(LESS)).split('aria-labelledby="adjusted-title"')[1]
    section = section.split("</section>")[0]
    assert Writing("en")("adjusted.offered") not in section
    assert Writing("en")("adjusted.refused") not in section
