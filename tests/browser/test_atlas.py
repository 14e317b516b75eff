"""The atlas in a browser: by mouse, by keyboard, on a phone, in three languages."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from api.app import create_app
from scripts.vectors.handmade_log import burnt
from tests.browser.chromium import Page, chromium, program
from tests.builders import kg
from tests.served import Served, served
from tests.unit.mrio.test_inventory import workbook

PICTURES = Path("var/test-artifacts/atlas")
NEEDED = bool(os.environ.get("CI"))
CHARTS = ("tiles", "graph", "sankey", "trend", "peers-plot")
TABLES = ("baseline", "edges", "nodes", "flows", "years", "peers")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(program() is None and not NEEDED, reason="no Chromium on the path, and not in CI"),
]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    with served(tmp_path_factory.mktemp("atlas")) as running:
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
        yield running, f"http://127.0.0.1:{port}/atlas"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as started:
        yield started


def settled(page: Page) -> Page:
    """Wait until the page has asked and drawn everything."""
    deadline = time.monotonic() + 60
    busy = "document.getElementById('atlas').getAttribute('aria-busy')"
    while page.evaluate(busy) or not page.evaluate("Object.keys(charts).length"):
        assert time.monotonic() < deadline, page.evaluate("document.getElementById('status').textContent")
        time.sleep(0.05)
    return page


def rows(page: Page, table: str) -> list[list[str]]:
    body = f"document.getElementById('{table}').tBodies[0].rows"
    found = page.evaluate(f"JSON.stringify([...{body}].map(r => [...r.cells].map(c => c.textContent)))")
    answer: list[list[str]] = json.loads(found)
    return answer


def choose(page: Page, form: str, name: str, value: str) -> Page:
    one = f"document.getElementById('{form}').elements['{name}']"
    changed = f"{one}.dispatchEvent(new Event('change', {{bubbles: true}}))"
    page.evaluate(f"{one}.value = {json.dumps(value)}; {changed}")
    return settled(page)


def test_every_chart_is_drawn_and_has_its_numbers_in_a_table(here: tuple[Served, str], page: Page) -> None:
    page.complaints.clear()
    settled(page.open(here[1], width=1200, language="en"))
    assert page.evaluate("document.getElementById('status').textContent") == "Up to date."
    for chart in CHARTS:
        assert page.evaluate(f"charts['{chart}'].getDataURL().length") > 5000, chart
    for table in TABLES:
        assert rows(page, table), table
    assert len(rows(page, "baseline")) == 31
    assert "synthetic" in page.evaluate("document.getElementById('synthetic').innerText")
    assert page.complaints == []
    page.picture(PICTURES / "desk.png")


def test_pickers_change_what_is_shown(here: tuple[Served, str], page: Page) -> None:
    settled(page.open(here[1], width=1200, language="en"))
    before = rows(page, "edges")
    choose(page, "pickers", "province", "Guangdong")
    within = rows(page, "edges")
    assert within != before
    assert not any("·" in row[0] for row in within), "within one province sectors stand alone"
    choose(page, "pickers", "main", "emissions")
    assert "Emissions" in page.evaluate("document.querySelector('#baseline th:nth-child(2)').textContent")
    choose(page, "levels", "level", "sector")
    assert "Construction" in {row[0] for row in rows(page, "flows")}
    choose(page, "bench", "own", "1000000")
    assert "100%" in page.evaluate("document.getElementById('place').textContent")
    choose(page, "cuts", "alpha", "0.01")
    assert "links are kept" in page.evaluate("document.getElementById('kept').textContent")


def press(page: Page, key: str, code: int) -> None:
    for kind in ("keyDown", "keyUp"):
        text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
        page.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)


def test_tables_sort_and_pictures_move_by_keyboard(here: tuple[Served, str], page: Page) -> None:
    settled(page.open(here[1], width=1200, language="en"))
    page.evaluate("document.querySelector('#baseline th:nth-child(2) .sort').focus()")
    press(page, "Enter", 13)
    assert (
        page.evaluate("document.querySelector('#baseline th:nth-child(2)').getAttribute('aria-sort')")
        == "descending"
    )
    down = [row[0] for row in rows(page, "baseline")]
    press(page, "Enter", 13)
    assert [row[0] for row in rows(page, "baseline")] == down[::-1]
    page.evaluate("document.getElementById('graph').focus()")
    roamed = "JSON.stringify(charts.graph.getOption().series[0].zoom ?? 1)"
    assert page.evaluate(roamed) == "1"
    press(page, "+", 187)
    assert float(page.evaluate(roamed)) > 1
    page.evaluate("document.getElementById('edge-filter').focus()")
    page.call("Input.insertText", text="guangdong")
    assert all("guangdong" in f"{row[0]} {row[1]}".lower() for row in rows(page, "edges"))


def click(page: Page, x: float, y: float) -> None:
    for kind in ("mousePressed", "mouseReleased"):
        page.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)


def test_a_click_on_a_tile_chooses_the_province(here: tuple[Served, str], page: Page) -> None:
    settled(page.open(here[1], width=1200, language="en"))
    page.evaluate("document.getElementById('tiles').scrollIntoView({block: 'center'})")
    spot: dict[str, Any] = json.loads(
        page.evaluate(
            "(() => { const box = document.getElementById('tiles').getBoundingClientRect();"
            " const [x, y] = charts.tiles.convertToPixel({seriesIndex: 0}, [7, 7]);"
            " return JSON.stringify({x: box.x + x, y: box.y + y}); })()"
        )
    )
    click(page, spot["x"], spot["y"])
    time.sleep(0.2)
    settled(page)
    assert page.evaluate("document.getElementById('pickers').elements.province.value") == "Guangdong"


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_on_a_phone_nothing_is_wider_than_the_screen(
    here: tuple[Served, str], page: Page, language: str
) -> None:
    settled(page.open(here[1], width=360, language=language))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    heights = page.evaluate(
        "JSON.stringify([...document.querySelectorAll('select')].map(s => s.getBoundingClientRect().height))"
    )
    assert min(json.loads(heights)) >= 40
    if language != "en":
        assert rows(page, "baseline")[0][0] == "北京"
    page.picture(PICTURES / f"phone-{language}.png")


def test_what_is_saved_holds_the_numbers_and_where_they_are_from(
    here: tuple[Served, str], page: Page
) -> None:
    settled(page.open(here[1], width=1200, language="en"))
    page.evaluate("window.saved = []; window.save = (name, address) => saved.push([name, address])")
    page.evaluate(
        "document.querySelectorAll('.tools[data-chart=graph] button').forEach((one) => one.click())"
    )
    found = json.loads(
        page.evaluate("JSON.stringify(saved.map(([name, address]) => [name, address.slice(0, 22)]))")
    )
    assert [name for name, _ in found] == ["graph.png", "graph.svg", "edges.csv"]
    assert found[0][1] == "data:image/png;base64,"


def test_an_imported_inventory_is_shown_with_what_it_does_not_cover(
    here: tuple[Served, str], page: Page, tmp_path: Path
) -> None:
    from ledger.mrio.adapters.inventory import read_inventory, with_inventory  # noqa: PLC0415
    from ledger.mrio.checks import check  # noqa: PLC0415
    from ledger.mrio.synthetic import synthetic_china  # noqa: PLC0415

    running, address = here
    made = with_inventory(
        synthetic_china(), read_inventory(workbook(tmp_path / "book.xlsx")), name="inventory"
    )
    running.wired.tables.store.add(made, check(made))
    settled(page.open(address, width=1200, language="en"))
    choose(page, "pickers", "stressor", '["inventory","CO2"]')
    assert "not covered, which is not 0" in page.evaluate("document.getElementById('origin').textContent")


def test_without_its_script_the_page_shows_the_baseline(here: tuple[Served, str], page: Page) -> None:
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        text = here[0].client.get("/atlas", headers={"Accept-Language": "en"}).text
        assert "Guangdong</th>" in text
        page.call("Page.navigate", url=here[1])
        time.sleep(0.5)
        page.picture(PICTURES / "no-script.png")
    finally:
        page.call("Emulation.setScriptExecutionDisabled", value=False)


def test_two_years_of_one_table_are_two_points_and_two_choices(here: tuple[Served, str], page: Page) -> None:
    from ledger.mrio.checks import check  # noqa: PLC0415
    from ledger.mrio.synthetic import synthetic_table  # noqa: PLC0415

    running, address = here
    for seed, year in ((1, 2015), (2, 2017)):
        made = synthetic_table(4, 3, seed=seed, year=year, name="towns")
        running.wired.tables.store.add(made, check(made))
    settled(page.open(address, width=1200, language="en"))
    choose(page, "pickers", "table", "towns")
    assert [row[0] for row in rows(page, "years")] == ["2015", "2017"]
    years = "JSON.stringify([...document.getElementById('pickers').elements.year.options].map(o => o.text))"
    assert json.loads(page.evaluate(years)) == ["2015", "2017"]
    assert len(page.evaluate("JSON.stringify(charts.trend.getOption().series[0].data)").split(",")) == 2
    first = rows(page, "baseline")
    assert [row[0] for row in first] == ["Region 01", "Region 02", "Region 03", "Region 04"], (
        "no map is needed"
    )
    picker = "document.getElementById('pickers').elements.year"
    choose(page, "pickers", "year", page.evaluate(f"{picker}.options[1].value"))
    assert rows(page, "baseline") != first
    assert "towns 2017" in page.evaluate("document.getElementById('origin').textContent")


def test_nodes_sort_and_the_second_indicator_is_seen(here: tuple[Served, str], page: Page) -> None:
    settled(page.open(here[1], width=1200, language="en"))
    nodes = rows(page, "nodes")
    assert len(nodes) > 3
    page.evaluate("document.querySelector('#nodes th:nth-child(2) .sort').click()")
    counts = [int(row[1].replace(",", "")) for row in rows(page, "nodes")]
    assert counts == sorted(counts, reverse=True)
    rings = "JSON.stringify(charts.tiles.getOption().series[1].data.map(one => one.other))"
    assert len(set(json.loads(page.evaluate(rings)))) > 3


def test_saved_numbers_are_those_of_the_table_with_their_source(here: tuple[Served, str], page: Page) -> None:
    settled(page.open(here[1], width=1200, language="en"))
    page.evaluate(
        "window.texts = []; const Before = Blob; window.Blob = class extends Before {"
        " constructor(parts, kind) { super(parts, kind); texts.push(parts.join('')); } };"
        " window.save = () => {}; saveCsv('baseline')"
    )
    lines = page.evaluate("texts[0]").removeprefix("\ufeff").split("\r\n")
    shown = rows(page, "baseline")
    assert len([line for line in lines if line]) == len(shown) + 2
    assert lines[1].startswith(shown[0][0] + ",")
    assert any("Source: " in line for line in lines[-4:])


def test_every_control_is_reached_by_the_keyboard(here: tuple[Served, str], page: Page) -> None:
    settled(page.open(here[1], width=1200, language="en"))
    page.evaluate("document.getElementById('pickers').elements.table.focus()")
    wanted = {"year", "stressor", "main", "second", "province", "sector", "scope", "weight", "share", "alpha"}
    wanted |= {"level", "percentile", "floor", "own", "edge-filter", "organization", "years", "revenue"}
    wanted |= {"tiles", "graph", "sankey", "trend", "peers-plot"}
    for _ in range(200):
        wanted.discard(page.evaluate("(document.activeElement.name || document.activeElement.id || '')"))
        if not wanted:
            break
        press(page, "Tab", 9)
    assert wanted == set()


def test_a_company_is_compared_with_its_sector_on_the_page(here: tuple[Served, str], page: Page) -> None:
    running, address = here
    farm = running.world.register("Farm", "farmer")
    lychee = running.world.produce(farm, "lychee", kg(3000), lines=(burnt(12),))
    running.world.dispatch(farm, lychee, kg(1000), to=None)
    settled(page.open(f"{address}?organization={farm.id}", width=1200, language="en"))
    form = "document.getElementById('company')"
    assert page.evaluate(f"{form}.elements.organization.value") == farm.id
    values = {"years": "2026", "revenue": "20000", "rate_percent": "4.2", "source": "our board"}
    for name, value in values.items():
        page.evaluate(f"{form}.elements['{name}'].value = {json.dumps(value)}")
    page.evaluate(f"{form}.requestSubmit()")
    settled(page)
    assert "peers are as good or better" in page.evaluate("document.getElementById('standing').textContent")
    ((year, carried, rate, allowed),) = rows(page, "own-years")
    assert (year, carried, rate, allowed) == ("2026", "10", "0.0005", "0.0005")
    page.evaluate(f"{form}.elements.revenue.value = ''; {form}.requestSubmit()")
    settled(page)
    assert "own years only" in page.evaluate("document.getElementById('standing').textContent")
    page.evaluate("document.getElementById('company-title').scrollIntoView()")
    page.picture(PICTURES / "company.png")


def test_in_the_dark_the_page_is_dark(here: tuple[Served, str], page: Page) -> None:
    settled(page.open(here[1], width=1200, language="en", dark=True))
    assert page.evaluate("dark") is True
    page.picture(PICTURES / "dark.png")
