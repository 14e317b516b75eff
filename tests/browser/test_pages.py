"""The pages as people see them: on a phone, on a desk, in three languages, in the dark, on paper."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from api.routes.pages import pages_router
from api.ui.language import LANGUAGES
from tests.browser.chromium import Page, chromium, program
from tests.unit.ui.reading import organization
from tests.unit.ui.showcase import ShowSource, show

PICTURES = Path("var/test-artifacts/pages")
NEEDED = bool(os.environ.get("CI"))
WIDTHS = (360, 768, 1280)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(program() is None and not NEEDED, reason="no Chromium on the path, and not in CI"),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    app = FastAPI()
    app.include_router(pages_router(ShowSource()))
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


@pytest.fixture(autouse=True)
def nothing_to_complain_about(page: Page) -> Iterator[None]:
    page.complaints.clear()
    yield
    assert page.complaints == []


OVERFLOWING = """
[...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll') && !e.closest('svg')
  && !e.closest('.patterns') && e.getClientRects().length && e.getBoundingClientRect().right
  > (e.closest('.card') ?? document.documentElement).getBoundingClientRect().right + 1)
  .map(e => e.tagName + '.' + e.className + ': ' + e.textContent.slice(0, 40))
"""
COLLIDING = """
[...document.querySelectorAll('svg.chart')].flatMap(svg => {
  const texts = [...svg.querySelectorAll('text')].map(t => [t, t.getBoundingClientRect()]);
  const found = [];
  texts.forEach(([a, ra], i) => texts.slice(i + 1).forEach(([b, rb]) => {
    if (ra.width && rb.width && ra.right > rb.left + 1 && rb.right > ra.left + 1
        && ra.bottom > rb.top + 3 && rb.bottom > ra.top + 3)
      found.push(a.textContent + ' | ' + b.textContent);
  }));
  return found;
})
"""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_passport_fits_every_width_in_every_language(
    page: Page, address: str, language: str, width: int
) -> None:
    page.open(f"{address}/p/{show().sea}", width=width, language=language)
    assert page.evaluate("document.documentElement.lang") == language
    page.picture(PICTURES / f"passport-{language}-{width}.png")
    assert page.evaluate(OVERFLOWING) == []
    assert page.evaluate(COLLIDING) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_start_page_and_organizations_fit_every_width_in_every_language(
    page: Page, address: str, language: str, width: int
) -> None:
    for name, path in (("start", "/"), ("organization", f"/o/{organization('Fruchthandel Hamburg GmbH')}")):
        page.open(f"{address}{path}", width=width, language=language)
        page.picture(PICTURES / f"{name}-{language}-{width}.png")
        assert page.evaluate(OVERFLOWING) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_at_a_desk_the_newest_passports_stand_beside_what_this_is(page: Page, address: str) -> None:
    boxes = "['.start-intro', '.start > .card'].map(s => document.querySelector(s).getBoundingClientRect())"
    page.open(f"{address}/", width=1280)
    assert page.evaluate(f"(([a, b]) => a.right <= b.left && Math.abs(a.top - b.top) < 1)({boxes})")
    page.open(f"{address}/", width=360)
    order = "document.querySelector('.recent').getBoundingClientRect().top"
    assert page.evaluate(f"{order} < document.querySelector('.how').getBoundingClientRect().top")


CONTRAST = """
(() => {
  const parse = c => { const m = c.match(/[\\d.]+/g).map(Number); return m.length > 3 ? m : [...m, 1]; };
  const linear = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const lum = c => { const f = c.slice(0, 3).map(linear);
    return .2126 * f[0] + .7152 * f[1] + .0722 * f[2]; };
  const background = e => { while (e) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c[3] > 0) return c; e = e.parentElement; } return [255, 255, 255, 1]; };
  const bad = [];
  for (const e of document.querySelectorAll('main *, header *, footer *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.getClientRects().length || e.closest('title,desc')) continue;
    const style = getComputedStyle(e);
    const ink = parse(e instanceof SVGElement ? style.fill : style.color), paper = background(e);
    const [hi, lo] = [lum(ink), lum(paper)].sort((a, b) => b - a);
    const ratio = (hi + .05) / (lo + .05);
    if (ratio < 4.5) bad.push(ratio.toFixed(2) + ' ' + e.tagName + '.' + (e.className.baseVal ?? e.className)
      + ' ' + e.textContent.trim().slice(0, 30));
  }
  return [...new Set(bad)];
})()
"""


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_can_be_read_by_day_and_by_night(page: Page, address: str, *, dark: bool) -> None:
    page.open(f"{address}/p/{show().sea}", width=1280, dark=dark, language="en")
    page.picture(PICTURES / f"passport-{'dark' if dark else 'light'}-1280.png")
    assert page.evaluate(CONTRAST) == []
    page.open(f"{address}/", width=360, dark=dark)
    page.picture(PICTURES / f"start-{'dark' if dark else 'light'}-360.png")
    assert page.evaluate(CONTRAST) == []
    page.open(f"{address}/o/{organization('Maoming Carton Works')}", width=360, dark=dark)
    assert page.evaluate(CONTRAST) == []


def test_dark_and_light_differ_and_nothing_comes_from_elsewhere(page: Page, address: str) -> None:
    page.open(f"{address}/p/{show().sea}", dark=True)
    night = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.picture(PICTURES / "passport-dark-360.png")
    page.open(f"{address}/p/{show().sea}", dark=False)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != night
    loaded = page.evaluate("performance.getEntriesByType('resource').map(e => e.name)")
    assert loaded
    assert all(name.startswith(address) for name in loaded)
    assert page.evaluate("document.scripts.length") == 0


def test_the_passport_prints_on_paper(page: Page, address: str) -> None:
    page.open(f"{address}/p/{show().sea}", width=768, dark=True, language="zh-Hans")
    pdf = page.print_pdf(PICTURES / "passport.pdf")
    assert pdf.startswith(b"%PDF")
    page.print_media()
    page.picture(PICTURES / "passport-print.png")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('.actions')).display") == "none"
    assert page.evaluate("getComputedStyle(document.querySelector('.qr')).display") != "none"


def test_the_language_switch_is_kept(page: Page, address: str) -> None:
    page.open(f"{address}/p/{show().sea}", language="en")
    assert page.evaluate("document.documentElement.lang") == "en"
    link = page.evaluate("document.querySelector('.switch a[hreflang=zh-Hant]').href")
    page.open(link)
    assert page.evaluate("document.documentElement.lang") == "zh-Hant"
    page.open(f"{address}/p/{show().refused}")
    assert page.evaluate("document.documentElement.lang") == "zh-Hant"
    page.picture(PICTURES / "passport-refused-360.png")
    page.call("Network.clearBrowserCookies")


def test_refused_empty_and_missing_passports_have_a_page(page: Page, address: str) -> None:
    page.open(f"{address}/p/{show().empty}", width=360, language="en")
    page.picture(PICTURES / "passport-empty-360.png")
    assert page.evaluate(OVERFLOWING) == []
    page.open(f"{address}/?q=nothing", width=1280)
    page.picture(PICTURES / "start-1280.png")
    assert page.evaluate(OVERFLOWING) == []
    assert page.evaluate("document.querySelector('[role=status]').textContent.includes('nothing')")
    page.open(f"{address}/p/{'0' * 64}", width=360, language="zh-Hans")
    page.picture(PICTURES / "missing-360.png")
    assert page.evaluate("document.querySelector('h1').textContent") == "未找到"
    # Chromium itself notes that an answer was a 404; that is what this test asked for.
    page.complaints[:] = [text for text in page.complaints if "404" not in text]
