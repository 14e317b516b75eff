"""Reports as accountants see them: on a phone, on a desk, in three languages, on paper."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from api.routes.pages import pages_router
from api.routes.reports import pages
from api.ui.language import LANGUAGES
from api.ui.source import LedgerPages
from tests.browser.chromium import Page, chromium, program
from tests.unit.ui.reading import organization
from tests.unit.ui.showcase import show, wired

PICTURES = Path("var/test-artifacts/reports")
NEEDED = bool(os.environ.get("CI"))
PACKHOUSE = "Dianbai Cold Chain Packhouse Co."

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(program() is None and not NEEDED, reason="no Chromium on the path, and not in CI"),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    app = wired()
    app.include_router(pages)
    app.include_router(pages_router(LedgerPages()))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as started:
        yield started


def paths() -> dict[str, str]:
    books = f"/o/{organization(PACKHOUSE)}/books"
    with show().world.store.read() as view:
        shipment = view.shipment(show().sea)
    assert shipment is not None
    return {
        "statement": books,
        "trial-balance": f"{books}?report=trial-balance",
        "scopes": f"{books}?report=scopes",
        "lot": f"{books}?report=lot&lot={shipment.lot}",
        "study": f"/p/{show().sea}/study",
        "closure": "/closure",
    }


@pytest.mark.parametrize("width", [360, 1280])
def test_reports_fit_the_screen_and_only_their_tables_scroll(address: str, page: Page, width: int) -> None:
    page.complaints.clear()
    for number, (name, path) in enumerate(paths().items()):
        language = LANGUAGES[number % len(LANGUAGES)]
        page.open(address + path, width=width, language=language)
        page.picture(PICTURES / f"{name}-{language}-{width}.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    assert page.complaints == []


def test_a_report_prints_on_whole_pages_without_its_controls(address: str, page: Page) -> None:
    page.open(address + paths()["statement"], width=1280, language="en")
    page.print_media()
    hidden = "[...document.querySelectorAll('.period, .tabs, .files')].every(e => !e.offsetHeight)"
    assert page.evaluate(hidden)
    assert page.print_pdf(PICTURES / "statement.pdf").startswith(b"%PDF")
