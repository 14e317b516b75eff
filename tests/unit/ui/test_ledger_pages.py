"""The pages over HTTP: headers, languages, searches, links of codes, and what the ledger shows to whom."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.routes.pages import error_page, pages_router
from api.ui.language import LANGUAGES, Language
from api.ui.lists import PassportLine
from api.ui.pages import (
    SECURITY_HEADERS,
)
from api.ui.source import LedgerPages
from ledger.bundle import PendingPassportError
from tests.unit.ui.reading import Checker, organization, text_of
from tests.unit.ui.showcase import GTIN, LINK, ShowSource, documents, row, show, wired


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


@pytest.mark.parametrize(
    ("query", "accept"),
    [
        (f"s={LINK}&linkType=linkset", "*/*"),
        (f"s={LINK}", "text/turtle, application/linkset+json;q=0.9"),
    ],
)
def test_a_program_gets_all_links_of_a_digital_link(ledger: TestClient, query: str, accept: str) -> None:
    path = f"/01/{GTIN}/10/IQF-2026-07/21/{show().sea[:20]}"
    answer = ledger.get(f"{path}?{query}", headers={"Accept": accept}, follow_redirects=False)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/linkset+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "linkset-context" in answer.headers["link"]
    (found,) = answer.json()["linkset"]
    assert found["anchor"] == f"https://ledger.example{path}"
    (page,) = found["https://ref.gs1.org/voc/defaultLink"]
    assert page["href"] == f"https://ledger.example/p/{show().sea}?s={LINK}"
    assert page["hreflang"] == ["zh-Hans", "zh-Hant", "en"]
    (graph,) = found["https://ref.gs1.org/voc/traceability"]
    assert graph["href"] == f"https://ledger.example/v1/passports/{show().sea}/provenance?s={LINK}"
    assert "lychee" not in answer.text


def test_a_digital_link_says_where_all_its_links_are(ledger: TestClient) -> None:
    path = f"/01/{GTIN}/21/{show().sea[:20]}"
    for query in ("", f"?s={LINK}"):
        link = ledger.get(path + query, follow_redirects=False).headers["link"]
        address = link[1 : link.index(">")]
        assert link.endswith('rel="linkset"; type="application/linkset+json"')
        assert ledger.get(address).json()["linkset"]
    assert ledger.get("/01/123/21/xyz?linkType=linkset").status_code == 422


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


def test_equal_products_are_told_apart_in_the_list(ledger: TestClient) -> None:
    text = text_of(ledger.get("/").text)
    assert "6,000 kg · lot IQF-2026-07 · made 2026" in text
    assert "Dianbai Cold Chain Packhouse Co. → Fruchthandel Hamburg GmbH left 30 June 2026 · by road" in text
    assert "Packhouse Co. → a buyer without an account" in text
    assert "by sea" in text


def test_goods_that_were_bought_have_no_year_of_making(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.ui.source.ProductionBody", type(None))
    monkeypatch.setattr("ledger.sql.view.SqlView.organization", lambda *_: None)
    app = wired()
    app.include_router(pages_router(LedgerPages()))
    with TestClient(app) as one:
        assert "made 2026" not in one.get("/").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_organization_has_a_page_in_every_language(ledger: TestClient, language: Language) -> None:
    for name in ("Fruchthandel Hamburg GmbH", "Maoming Carton Works", "Unlisted Forwarding"):
        answer = ledger.get(f"/o/{organization(name)}", params={"lang": language})
        checker = Checker(answer.text)
        assert name in answer.text
        assert all(address.startswith(("/", "#")) for address in checker.addresses)


def test_an_organizations_page_says_who_vouches_for_it_and_what_it_takes_part_in(ledger: TestClient) -> None:
    verified = text_of(ledger.get(f"/o/{organization('Fruchthandel Hamburg GmbH')}").text)
    assert "buyer accredited until 31 December 2026" in verified
    assert "unverified" not in verified
    assert "in use" in verified
    assert "6,000 kg" in verified
    assert "carton" not in verified
    unverified = text_of(ledger.get(f"/o/{organization('Maoming Carton Works')}").text)
    assert "unverified" in unverified
    assert "supplier by its own word" in unverified
    assert "carton" in unverified
    assert "No shipment yet." in ledger.get(f"/o/{organization('Unlisted Forwarding')}").text


def test_an_organization_that_is_not_there_has_a_page_too(ledger: TestClient) -> None:
    for identifier in ("org_" + "a" * 32, "org_1", "x"):
        answer = ledger.get(f"/o/{identifier}")
        assert answer.status_code == 404
        assert "There is nothing here that you may see" in answer.text


def test_a_passport_leads_to_its_parties(ledger: TestClient) -> None:
    assert f'href="/o/{organization("Fruchthandel Hamburg GmbH")}"' in ledger.get(f"/p/{show().sea}").text


def test_among_members_a_stranger_sees_who_somebody_is_and_none_of_the_passports() -> None:
    app = wired("members")
    app.include_router(pages_router(LedgerPages()))
    sign_in = app.state.wiring.sign_in
    packhouse, maker = organization("Dianbai Cold Chain Packhouse Co."), organization("Maoming Carton Works")

    def seen(of: str, by: str | None) -> str:
        headers = {"Authorization": f"Bearer {sign_in.token(by)}"} if by else {}
        with TestClient(app) as one:
            return text_of(one.get(f"/o/{of}", headers=headers).text)

    stranger = seen(packhouse, None)
    assert "supplier by its own word" in stranger
    assert "Passports are shown to those who have part in them" in stranger
    assert "IQF" not in stranger
    assert "IQF" in seen(packhouse, packhouse)
    assert "carton" in seen(packhouse, maker)
    assert "IQF" not in seen(packhouse, maker)


def test_only_the_newest_dozen_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.ui.source.RECENT", 2)
    app = wired()
    app.include_router(pages_router(LedgerPages()))
    with TestClient(app) as one:
        assert one.get("/").text.count('href="/p/') == 2


def test_a_line_of_the_list_has_all_that_it_shows() -> None:
    assert isinstance(row(documents(show().plain)[0]), PassportLine)
