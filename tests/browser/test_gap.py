"""The page about a gap in a browser: without script, on a phone, in three languages."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
import uvicorn

from api.app import create_app
from tests.browser.chromium import Page, chromium, program
from tests.served import served

PICTURES = Path("var/test-artifacts/gap")
NEEDED = bool(os.environ.get("CI"))
CARTON = {
    "item": "cartons",
    "sector": "322211",
    "region": "CN-GD",
    "year": "2024",
    "amount": "12000",
    "currency": "CNY",
    "price_type": "purchaser",
    "vat": "included",
    "vat_rate": "0.13",
    "allow_undeflated": "1",
}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(program() is None and not NEEDED, reason="no Chromium on the path, and not in CI"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("gap")) as running:
        server = uvicorn.Server(
            uvicorn.Config(
                create_app(running.wired), host="127.0.0.1", port=0, lifespan="off", log_level="warning"
            )
        )
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/gap"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as started:
        yield started


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
@pytest.mark.parametrize("width", [360, 1200])
def test_a_carton_without_a_passport_has_its_answer_on_every_screen(
    address: str, page: Page, language: str, width: int
) -> None:
    page.open(f"{address}?{urlencode({**CARTON, 'lang': language})}", width=width)
    assert page.evaluate("document.querySelectorAll('script').length") == 0
    assert page.evaluate("document.querySelectorAll('section.card').length") == 6
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.picture(PICTURES / f"{language}-{width}.png")
    assert page.complaints == []


def test_words_that_are_no_code_lead_to_sectors_whose_links_answer(address: str, page: Page) -> None:
    page.open(f"{address}?{urlencode({**CARTON, 'sector': '包装纸箱', 'lang': 'zh-Hans'})}")
    link = page.evaluate("document.querySelector('.suggestions a').href")
    page.open(link)
    assert page.evaluate("document.querySelector('.gap-page .figure strong') !== null")
    page.open(f"{address}?lang=en")
    assert page.evaluate("document.querySelector('input[name=item]').required")
