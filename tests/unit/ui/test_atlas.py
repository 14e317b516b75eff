"""The atlas's page: its words, its names of places, what it may load."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator

import pytest

from api.ui.atlas import HEADERS, names, said
from api.ui.language import LANGUAGES, Language
from tests.served import Served, served
from tests.unit.mrio.test_inventory import COUNTERPARTS


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("atlas")) as running:
        yield running


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_carries_its_words_places_and_the_baseline_in_each_language(
    here: Served, language: Language
) -> None:
    answer = here.client.get("/atlas", headers={"Accept-Language": language})
    assert answer.status_code == 200
    found = re.search(r'data-setting="([^"]*)"', answer.text)
    assert found is not None
    setting = json.loads(html.unescape(found[1]))
    assert setting["words"] == said(language)
    assert setting["places"]["Hainan"] == [6, 8]
    assert setting["tables"][0]["provenance"]["synthetic"] is True
    guangdong = {"en": "Guangdong", "zh-Hans": "广东", "zh-Hant": "廣東"}[language]
    assert f">{guangdong}</th>" in answer.text
    assert ("Guangdong" in names(language)) == (language != "en")


def test_only_its_own_scripts_run_and_only_this_ledger_is_asked(here: Served) -> None:
    answer = here.client.get("/atlas")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert policy == HEADERS["Content-Security-Policy"]
    for address in re.findall(r'<script src="([^"]+)"', answer.text):
        script = here.client.get(address)
        assert script.status_code == 200
        assert script.headers["content-type"].startswith("text/javascript")
        assert "max-age=31536000" in script.headers["cache-control"]
    assert 'href="/atlas"' in here.client.get("/").text


def test_a_table_that_is_damaged_is_an_error_page(here: Served) -> None:
    folder = here.wired.settings.folder / "mrio" / "tables" / ("0" * 64)
    folder.mkdir(parents=True)
    (folder / "table.json").write_text("{}")
    try:
        assert here.client.get("/atlas").status_code == 500
    finally:
        (folder / "table.json").unlink()
        folder.rmdir()


def test_sectors_of_both_schemes_have_chinese_names() -> None:
    called = names("zh-Hans")
    assert called["Scrap and waste"] == "废品废料"
    assert called["Technical services"] == "综合技术服务"
    assert all(target in called for row in COUNTERPARTS.rows for target in row.targets)
