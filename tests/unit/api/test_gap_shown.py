"""The answer about a gap as it is shown: over HTTP, on the page, and by command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.commands.gap import _show
from api.gap_answers import answer
from api.gap_asked import query_of
from api.tables import Screen
from api.ui.gap import GapView
from api.ui.language import Writing
from ledger.factors.gap import GapQuery
from ledger.mrio.library import TableLibrary
from tests.served import Served, served
from tests.unit.api.test_gap import CARTON, INDEX, LIBRARY, made, shelf


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("gap")) as running:
        yield running


def test_the_same_answer_comes_over_http_on_the_page_and_by_command(
    here: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = query_of(CARTON).model_dump(mode="json", exclude_none=True)
    answered = here.client.post("/v1/factors/resolve", json=query)
    assert answered.status_code == 200, answered.text
    amount = answered.json()["amount_mg"]
    monkeypatch.setenv("PASSPORT_FOLDER", str(tmp_path))
    options = [
        *("--region", "CN-GD", "--year", "2024", "--sector", "322211", "--amount", "12,000"),
        *("--currency", "CNY", "--price-type", "purchaser", "--vat", "excluded", "--allow-undeflated"),
    ]
    run = CliRunner().invoke(app, ["gap", "cartons", *options, "--json"], catch_exceptions=False)
    assert json.loads(run.output)["amount_mg"] == amount
    shown = CliRunner().invoke(app, ["gap", "cartons", *options], catch_exceptions=False).output
    for words in ("95 % between", "Expert judgement", "CC-BY-SA-4.0", "converted", "Considered beside it"):
        assert words in shown
    index, translated = tmp_path / "ppi.csv", tmp_path / "own.csv"
    index.write_bytes(INDEX)
    translated.write_text("from,to,weight,match\n322211,Paper,1,judgement\n")
    tables = shelf(tmp_path / "mrio", made())
    assert tables.find("provinces").year == 2020
    files = ["--concordance", str(translated), "--price-index", str(index), "--table", "provinces"]
    deep = CliRunner().invoke(
        app, ["gap", "cartons", *options[:-1], "--allow-undeflated", *files[:2], *files[4:]]
    )
    assert "Main paths behind it, provinces 2020" in deep.output


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_the_page_shows_form_answer_refusal_and_suggestions(here: Served, language: str) -> None:
    asked = {**CARTON, "lang": language}
    page = here.client.get("/gap", params=asked)
    assert page.status_code == 200
    assert "exiobase-import.cn.322210" in page.text
    assert "script" not in page.text
    assert here.client.get("/gap", params={"lang": language}).status_code == 200
    words = here.client.get("/gap", params={**asked, "sector": "paperboard container"})
    assert words.status_code == 200
    assert "sector=322210" in words.text or "sector=322219" in words.text
    refused = here.client.get("/gap", params={**asked, "sector": "no such thing"})
    assert refused.status_code == 422
    assert "no such thing" in refused.text
    zero = here.client.get("/gap", params={**asked, "amount": "0"})
    assert (zero.status_code, 'role="alert"' in zero.text) == (422, True)
    named = {"table": "synthetic", "table_sector": "Paper, printing, cultural and sports articles"}
    drawn = here.client.get("/gap", params={**asked, **named})
    assert "528e48c8729586b4" in drawn.text


def test_a_dataset_comes_as_a_file_and_what_moved_since_its_older_version(here: Served) -> None:
    file = here.client.get("/v1/factors/datasets/ipcc-2019/file", params={"form": "json"})
    assert file.json()["licence"] == "IPCC default factors, cited"
    assert 'filename="ipcc-2019.json"' in file.headers["content-disposition"]
    assert here.client.get("/v1/factors/datasets/ipcc-2019/file", params={"form": "pdf"}).status_code == 422
    assert here.client.get("/v1/factors/datasets/ecoinvent/file").status_code == 404
    moved = here.client.get("/v1/factors/datasets/epa-supply-chain/since/epa-supply-chain-v1.2").json()
    assert (moved["same"], moved["moved"][0]["sector"]) == (5, "562212")


def test_answers_without_a_spend_are_shown_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = TableLibrary(tmp_path)
    asked = {"item": "fuel", "region": "CN-GD", "year": 2024}
    diesel = {"code": "diesel_burnt", "quantity": "100", "unit": "L"}
    passport = {"passport": "ab" * 32, "kg_co2e": "1", "per": "kg", "quantity": "2", "unit": "kg"}
    ranged = next(one for one in LIBRARY.list("ipcc-2019") if one.uncertainty is not None)
    soil = {"factor": ranged.id, "quantity": "100", "unit": ranged.per}
    for given in ({"activity": diesel}, {"candidate": passport}, {"activity": soil}):
        found = answer(GapQuery.model_validate({**asked, **given}), LIBRARY, tables)
        _show(found, Screen())
    shown = capsys.readouterr().out
    assert "fuel: 266.155 kg CO2e" in shown
    assert "fuel: 2.000 kg CO2e" in shown
    assert "flags" in shown
    assert query_of({"item": "fuel", "region": "CN", "year": "2024"}).spend is None


def test_an_interval_of_nothing_has_no_picture(tmp_path: Path) -> None:
    found = answer(query_of(CARTON), LIBRARY, TableLibrary(tmp_path))
    view = GapView(Writing("en"))
    scale = view.scale(found)
    assert scale is not None
    assert 0 < scale["low"] < scale["value"] < scale["high"] < 100
    assert view.scale(found.model_copy(update={"interval": None})) is None
