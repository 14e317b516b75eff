"""The pages as HTML: complete, in the reader's language, safe from what strangers write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.routes.pages import error_page, pages_router
from api.ui import journey
from api.ui.language import LANGUAGES, Language, Writing
from api.ui.pages import SECURITY_HEADERS, Found, PassportLine, render_error, render_passport, render_start
from api.ui.passport_view import PassportView
from api.ui.source import LedgerPages
from ledger.bundle import PendingPassportError
from ledger.passport import Checks, Passport
from ledger.provenance_document import ProvenanceDocument
from tests.unit.ui.showcase import GTIN, LINK, ShowSource, documents, links, row, show, wired

HOSTILE = "\"><script>alert(1)</script><b x='"
VOID = {"meta", "link", "img", "input", "br", "hr", "path", "rect", "circle", "line"}


class Checker(HTMLParser):
    """Checks that tags nest, that ids are unique, and collects what pages refer to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.styled: list[str] = []
        self.feed(page)
        assert self.open == []
        assert len(self.ids) == len(set(self.ids)), self.ids

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        facts = dict(attrs)
        self.ids += [facts["id"] or ""] if "id" in facts else []
        self.addresses += [facts[name] or "" for name in ("href", "src", "action") if name in facts]
        self.styled += [name for name in facts if name == "style" or name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def page_of(identifier: str, language: Language = "en") -> str:
    return render_passport(*documents(identifier), language, links(identifier))


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("which", ["sea", "refused", "plain", "empty"])
def test_every_passport_is_a_sound_page_in_every_language(which: str, language: Language) -> None:
    page = page_of(getattr(show(), which), language)
    checker = Checker(page)
    assert f'<html lang="{language}">' in page
    assert checker.styled == []
    assert not {"script", "style", "iframe", "object"} & checker.tags
    assert all(address.startswith(("/", "#")) for address in checker.addresses)
    if language != "en":
        assert "Gaps, by name" not in page


def test_what_can_be_compared_with_the_goods_stands_first() -> None:
    text = text_of(page_of(show().sea))
    places = [
        text.index(one) for one in ("6,000 kg", "IQF-2026-07", "MSKU1234565", "kg CO₂e per kg", "By tier")
    ]
    assert places == sorted(places)
    assert GTIN in text


def test_the_page_says_what_the_documents_say() -> None:
    document, graph = documents(show().sea)
    write, text = Writing("en"), text_of(page_of(show().sea))
    assert write.rate(document.per_unit.gross) in text
    assert write.rate(document.per_unit.net) in text
    assert write.percent(document.primary_share) in text
    assert write.percent(document.flagged_share) in text
    assert "(measured + calculated) ÷ gross" in text
    assert "More than 20 % of the gross at dispatch" in text
    assert "7.00 kg claimed by parties" in text
    assert text.count("Why: the supplier gave no passport") == len(graph.gaps)
    assert "CC-BY-SA-4.0" in text
    assert "accredited: buyer" in text
    assert "not verified by an accreditor" in text
    assert "A local chain shows the mechanism" in text
    assert "As of checkpoint" in text
    assert f"passport verify passport-{show().sea[:16]}.json" in text
    assert all(verdict.detail.split(":")[0][:30] in text for verdict in document.checks.verdicts[:1])


def test_the_stops_of_the_journey_add_up_to_the_figure() -> None:
    document, graph = documents(show().sea)
    stops = journey.stops(document, graph, Writing("en"))
    icons = [stop.icon for stop in stops]
    assert icons == ["supplier", "sender", "road", "hub", "sea", "other", "consignee"]
    nodes = {node.statement: int(node.reaches.gross_mg) for node in graph.nodes}
    assert sum(nodes.values()) == int(document.footprint.gross_mg)
    assert [stop.muted for stop in stops] == [False] * 5 + [True, False]
    assert stops[1].name == "Dianbai Cold Chain Packhouse Co."


def test_goods_sold_outside_and_names_that_are_not_known_are_shown_too() -> None:
    document, graph = documents(show().plain)
    nameless = document.model_copy(update={"sender": document.sender.model_copy(update={"name": ""})})
    text = text_of(render_passport(nameless, graph, "en", links(document.id)))
    assert "a buyer without an account" in text
    assert document.sender.id in text


def test_a_tier_with_many_suppliers_names_three() -> None:
    document, graph = documents(show().sea)
    tier = next(node for node in graph.nodes if node.tier == 2)
    more = [
        tier.model_copy(
            update={"organization": tier.organization.model_copy(update={"id": f"org_{n}", "name": f"S{n}"})}
        )
        for n in range(9)
    ]
    crowd = graph.model_copy(update={"nodes": (*graph.nodes, *more)})
    assert journey.stops(document, crowd, Writing("en"))[0].note.endswith(" …")


def test_many_activities_end_in_one_row_for_the_rest() -> None:
    document, graph = documents(show().sea)
    first = graph.activities[0]
    many = tuple(first.model_copy(update={"name": f"activity_{n}"}) for n in range(20))
    view = PassportView(document, graph.model_copy(update={"activities": many}), Writing("en"))
    rows = view.activities().rows
    assert len(rows) == 8
    assert rows[-1].cells[0] == "13 more"


def test_a_gap_whose_factor_is_not_at_hand_is_named_by_digest() -> None:
    document, graph = documents(show().sea)
    gaps = tuple(gap.model_copy(update={"factor": None, "text": None}) for gap in graph.gaps)
    text = text_of(
        render_passport(document, graph.model_copy(update={"gaps": gaps}), "zh-Hans", links(document.id))
    )
    assert graph.gaps[0].factor_digest[:16] in text


def test_a_passport_without_gaps_or_emissions_says_so() -> None:
    text = text_of(page_of(show().empty))
    assert "No gaps: everything behind this passport was signed" in text
    assert "Nothing was emitted." in text
    assert "No line carries a flag." in text


def test_chinese_readers_get_a_factors_chinese_name() -> None:
    _, graph = documents(show().sea)
    named = [gap for gap in graph.gaps if gap.factor and gap.factor.name_zh]
    assert named
    assert named[0].factor is not None
    assert str(named[0].factor.name_zh) in page_of(show().sea, "zh-Hans")
    assert str(named[0].factor.name_zh) not in page_of(show().sea, "en")


def test_a_failed_check_warns_and_a_pending_one_says_pending() -> None:
    document, graph = documents(show().sea)
    failed = document.checks.verdicts[2].model_copy(
        update={"value": "bad", "reason": "wrong-key", "detail": HOSTILE}
    )
    skipped = document.checks.verdicts[3].model_copy(update={"value": "unknown", "reason": "not-reached"})
    checks = document.checks.model_copy(update={"verdicts": (failed, skipped), "anchor": None, "as_of": None})
    page = render_passport(document.model_copy(update={"checks": checks}), graph, "en", links(document.id))
    text = text_of(page)
    assert "A check failed: do not rely on it" in text
    assert "A signature or summary does not fit its statement." in text
    assert "An earlier check failed, so this one was not reached." in text
    assert "Pending: the newest checkpoint is not on a chain yet." in text
    assert "<script" not in page


def test_an_unchecked_passport_says_so() -> None:
    document, graph = documents(show().sea)
    page = render_passport(document.model_copy(update={"checks": Checks()}), graph, "en", links(document.id))
    assert "Not checked yet" in page


def hostile(value: Any) -> Any:
    """Put hostile text into every text of a document that a stranger chooses."""
    if isinstance(value, dict):
        chosen = {"product", "name", "text", "origin", "destination", "batch", "licence", "source", "key"}
        return {
            key: HOSTILE if key in chosen and isinstance(one, str) else hostile(one)
            for key, one in value.items()
        }
    return [hostile(one) for one in value] if isinstance(value, list) else value


def test_what_strangers_write_is_never_markup() -> None:
    document, graph = documents(show().sea)
    bad = Passport.model_validate(hostile(document.model_dump(mode="json")))
    plain = hostile(graph.model_dump(mode="json"))
    for name in ("activities", "scopes", "stages", "of_which", "gwp", "flags"):
        plain[name] = graph.model_dump(mode="json")[name]
    for language in LANGUAGES:
        page = render_passport(bad, ProvenanceDocument.model_validate(plain), language, links(document.id))
        assert "alert(1)" in page
        assert "script" not in Checker(page).tags


def test_soil_and_purchases_are_operation_and_never_called_burnt_fuel() -> None:
    document, graph = documents(show().sea)
    page = render_passport(document, graph, "en", links(document.id))
    assert "fuels and power made and delivered" in page
    assert "Fuels: burnt" not in page


def test_start_and_error_pages_are_sound_and_escape_what_was_searched() -> None:
    line = row(documents(show().sea)[0])
    for found in (Found(), Found([line], HOSTILE), Found([])):
        for language in LANGUAGES:
            page = render_start(found, language)
            assert "script" not in Checker(page).tags
    assert "No shipment has been handed on yet." in render_start(Found([]), "en")
    assert "未找到" in render_error(404, "zh-Hans")
    assert "The fault is ours" in render_error(503, "en")
    Checker(render_error(422, "zh-Hant", "/01/x?p=1"))


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(pages_router(ShowSource()))
    with TestClient(app) as one:
        yield one


def test_pages_come_with_headers_that_forbid_everything_from_elsewhere(client: TestClient) -> None:
    for path in ("/", f"/p/{show().sea}", f"/p/{'0' * 64}", "/p/short", "/static/passport.css"):
        answer = client.get(path)
        for name, value in SECURITY_HEADERS.items():
            assert answer.headers[name] == value
    assert "script" not in SECURITY_HEADERS["Content-Security-Policy"]
    assert "unsafe" not in SECURITY_HEADERS["Content-Security-Policy"]


def test_the_language_follows_header_switch_and_cookie(client: TestClient) -> None:
    path = f"/p/{show().sea}"
    answer = client.get(path, headers={"Accept-Language": "zh-TW"})
    assert answer.headers["Content-Language"] == "zh-Hant"
    assert "Accept-Language" in answer.headers["Vary"]
    switched = client.get(path, params={"lang": "zh-Hans"}, headers={"Accept-Language": "en"})
    assert switched.headers["Content-Language"] == "zh-Hans"
    assert "SameSite=lax" in switched.headers["set-cookie"]
    assert client.get(path, headers={"Accept-Language": "en"}).headers["Content-Language"] == "zh-Hans"
    assert "set-cookie" not in client.get(path, params={"lang": "xx"}).headers


def test_a_passport_that_is_not_there_has_a_page_in_the_readers_language(client: TestClient) -> None:
    answer = client.get(f"/p/{'0' * 64}?lang=zh-Hant&s=x")
    assert answer.status_code == 404
    assert "找不到" in answer.text
    assert f'href="/p/{"0" * 64}?s=x&amp;lang=en"' in answer.text
    assert client.get("/p/<b>").status_code == 404


def test_a_search_that_finds_something_leads_to_it(client: TestClient) -> None:
    found = client.get("/", params={"q": " MSKU1234565 "}, follow_redirects=False)
    assert (found.status_code, found.headers["location"]) == (303, f"/p/{show().sea}")
    assert "Nothing found for" in client.get("/", params={"q": "x"}).text


def test_the_stylesheet_is_kept_for_a_year_by_its_fingerprint(client: TestClient) -> None:
    address = re.findall(r'href="(/static/passport\.css\?v=[0-9a-f]+)"', client.get("/").text)[0]
    assert "31536000" in client.get(address).headers["Cache-Control"]
    assert "3600" in client.get("/static/mark.svg").headers["Cache-Control"]
    assert client.get("/static/secrets.txt").status_code == 404


@pytest.fixture
def ledger() -> Iterator[TestClient]:
    app = wired()
    app.include_router(pages_router(LedgerPages()))
    app.add_route("/gone", lambda request: error_page(request, 500))
    with TestClient(app) as one:
        yield one


def test_the_pages_read_the_ledger(ledger: TestClient) -> None:
    answer = ledger.get(f"/p/{show().sea}?s={LINK}")
    assert answer.status_code == 200
    assert f"/v1/passports/{show().sea}/bundle?s={LINK}" in answer.text
    assert f"https://ledger.example/01/{GTIN}/10/IQF-2026-07/21/{show().sea[:20]}" in answer.text
    assert "Checked: nothing contradicts it" in answer.text
    start = ledger.get("/").text
    assert f"/p/{show().sea}" in start
    assert "Rain water" in start
    assert ledger.get("/gone").status_code == 500


def test_the_same_checkpoint_is_not_verified_twice(
    ledger: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ledger.get(f"/p/{show().plain}").text
    monkeypatch.setattr("api.ui.source.report_of", None)
    assert ledger.get(f"/p/{show().plain}").text == first


def test_only_the_newest_verdicts_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.ui.source.KEPT_CHECKS", 1)
    source, app = LedgerPages(), wired()
    app.include_router(pages_router(source))
    with TestClient(app) as one:
        for identifier in (show().sea, show().plain):
            assert one.get(f"/p/{identifier}").status_code == 200
    assert [key[1] for key in source._checks] == [show().plain]


def test_a_passport_that_is_not_under_a_checkpoint_yet_is_shown_unchecked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def pending(*_: object) -> bytes:
        raise PendingPassportError(show().sea, 9, 8)

    monkeypatch.setattr("api.ui.source.bundle_bytes", pending)
    app = wired()
    app.include_router(pages_router(LedgerPages()))
    with TestClient(app) as one:
        assert "Not checked yet" in one.get(f"/p/{show().sea}").text


@pytest.mark.parametrize("query", ["IQF-2026-07", "msku1234565", " 0690 1234 5678 92 ", "069012340000000016"])
def test_what_stands_on_a_label_finds_the_passport(ledger: TestClient, query: str) -> None:
    found = ledger.get("/", params={"q": query}, follow_redirects=False)
    assert found.status_code == 303
    expected = show().plain if query.startswith("IQF") else show().sea
    assert found.headers["location"] == f"/p/{expected}"


def test_a_passports_number_finds_it_and_other_words_find_nothing(ledger: TestClient) -> None:
    found = ledger.get("/", params={"q": show().sea.upper()}, follow_redirects=False)
    assert found.headers["location"] == f"/p/{show().sea}"
    assert ledger.get("/", params={"q": "nothing"}).status_code == 200


def test_a_digital_link_leads_to_the_page_with_its_secret(ledger: TestClient) -> None:
    link = f"/01/{GTIN}/10/IQF-2026-07/21/{show().sea[:20]}"
    found = ledger.get(f"{link}?s={LINK}&c=ab&x=1", follow_redirects=False)
    assert found.status_code == 307
    assert found.headers["location"] == f"/p/{show().sea}?s={LINK}&c=ab"
    plain = ledger.get(link, follow_redirects=False)
    assert plain.headers["location"] == f"/p/{show().sea}"
    assert ledger.get(link.replace("IQF", "IQG")).status_code == 404
    assert ledger.get("/01/123/21/xyz").status_code == 422
    assert ledger.get("/00/069012340000000016").status_code == 404


def test_members_see_no_list_and_need_the_link_of_the_code() -> None:
    app = wired("members")
    app.include_router(pages_router(LedgerPages()))
    secret = app.state.wiring.sign_in.link_secret(show().sea)
    with TestClient(app) as one:
        assert "Recent passports" not in one.get("/").text
        assert one.get(f"/p/{show().sea}").status_code == 404
        assert one.get(f"/p/{show().sea}?s={secret}").status_code == 200
        assert one.get("/", params={"q": "IQF-2026-07"}, follow_redirects=False).status_code == 200
        assert one.get("/", params={"q": show().sea}, follow_redirects=False).status_code == 303


def test_only_the_newest_dozen_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.ui.source.RECENT", 2)
    app = wired()
    app.include_router(pages_router(LedgerPages()))
    with TestClient(app) as one:
        assert one.get("/").text.count('href="/p/') == 2


def test_a_line_of_the_list_has_all_that_it_shows() -> None:
    assert isinstance(row(documents(show().plain)[0]), PassportLine)
