"""The page says how much of a shipment was kept, went back and never arrived, and whose loss that is."""

from __future__ import annotations

import pytest

from api.ui.language import LANGUAGES, Language, Writing
from api.ui.pages import render_passport
from ledger.passport import ArrivedShown, Party
from tests.unit.ui.reading import Checker
from tests.unit.ui.showcase import documents, links, show

BEARER = Party(id="org_" + "a" * 32, name="Importer & <Sons>", accredited_roles=())


def page(language: Language, status: str, *arrived: ArrivedShown) -> str:
    document, graph = documents(show().plain)
    document = document.model_copy(update={"status": status, "arrived": arrived})
    return render_passport(document, graph, language, links(show().plain))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_shared_shipment_shows_each_part_with_its_quantity(language: Language) -> None:
    write = Writing(language)
    parts = (
        ArrivedShown(part="accepted", quantity="300000000", bearer=None),
        ArrivedShown(part="returned", quantity="150000000", bearer=None),
        ArrivedShown(part="lost", quantity="50000000", bearer=BEARER),
    )
    text = page(language, "received", *parts)
    Checker(text)
    goods = text.split('aria-labelledby="goods-title"')[1].split("</section>")[0]
    for part in parts:
        assert f"<dt>{write(f'arrived.{part.part}')}</dt><dd>{write.quantity(part.quantity, 'mg')}" in goods
    assert write("arrived.bearer", name="Importer &amp; &lt;Sons&gt;") in goods
    assert write("status.refused.note") not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_goods_that_never_arrived_say_so(language: Language) -> None:
    write = Writing(language)
    text = page(language, "lost", ArrivedShown(part="lost", quantity="9", bearer=BEARER))
    assert write("status.lost.note") in text
    assert f'<span class="status status-lost">{write("status.lost")}</span>' in text


def test_goods_that_were_kept_whole_need_no_list() -> None:
    whole = ArrivedShown(part="accepted", quantity="9", bearer=None)
    assert Writing("en")("arrived.accepted") not in page("en", "received", whole)


def test_the_showcases_refused_passport_says_what_became_of_it() -> None:
    document, _ = documents(show().refused)
    (part,) = document.arrived
    assert (part.part, part.quantity) == ("returned", document.goods.quantity)
