"""`passport books` and `passport evidence`: the same reports as over HTTP, on a screen or as files."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import openpyxl
import pytest

from api.commands import asking, reports
from api.commands.reports import NeedsOutputError, WhichGoodsError, books, evidence
from tests.bundle_worlds import Story
from tests.served import Served

Season = tuple[Served, Story]
LEDGER = "http://ledger.example"


@dataclass
class Client:
    """Reads what the served ledger answers."""

    here: Served

    def read(self, path: str) -> dict[str, Any]:
        """Return an object."""
        return cast("dict[str, Any]", json.loads(self.file(path)))

    def file(self, path: str) -> bytes:
        """Return a file."""
        answer = self.here.client.get(f"/v1/{path}")
        assert answer.status_code == 200, answer.text
        return bytes(answer.content)


@dataclass
class Packhouse:
    """The packhouse, signed in; it names things by their ids."""

    client: Client
    organization: str

    @property
    def names(self) -> Packhouse:
        """Return what finds things."""
        return self

    def lot(self, given: str) -> dict[str, str]:
        """Return a lot."""
        return {"id": given}

    def shipment(self, given: str) -> str:
        """Return a shipment."""
        return given


@pytest.fixture(autouse=True)
def signed_in(season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    here, story = season
    company = Packhouse(Client(here), story.parties["Packhouse"].id)

    @contextmanager
    def at_ledger(url: str, _folder: Path, _name: str | None) -> Iterator[Packhouse]:
        assert url == LEDGER
        yield company

    monkeypatch.setattr(asking, "at_ledger", at_ledger)


def lot_of(season: Season) -> str:
    here, story = season
    with here.wired.store.read() as view:
        shipment = view.shipment(story.shipment)
    assert shipment is not None
    return shipment.lot


def test_the_books_on_a_screen_lead_from_opening_to_closing(capsys: pytest.CaptureFixture[str]) -> None:
    books(LEDGER, first="2026-06-01", last="2026-06-30")
    shown = capsys.readouterr().out
    for word in ("Packhouse · 2026-06-01 · 2026-06-30", "Calculation", "handed on", "closing", "lychee"):
        assert word in shown
    assert "start up" not in shown


@pytest.mark.parametrize(
    ("report", "word"),
    [("trial-balance", "other organization"), ("scopes", "taken over"), ("closure", "The whole ledger")],
)
def test_every_report_has_its_screen(report: Any, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    books(LEDGER, report=report)
    shown = capsys.readouterr().out
    assert word in shown
    assert "Accounts by component" not in shown


def test_a_lot_and_a_study_are_of_goods_that_are_named(
    season: Season, capsys: pytest.CaptureFixture[str]
) -> None:
    books(LEDGER, report="lot", lot=lot_of(season))
    assert "packed lychee" in capsys.readouterr().out
    books(LEDGER, report="study", passport=season[1].shipment)
    assert "primary share" in capsys.readouterr().out
    with pytest.raises(WhichGoodsError, match="--lot"):
        books(LEDGER, report="lot")
    with pytest.raises(WhichGoodsError, match="--passport"):
        books(LEDGER, report="study")


def test_reports_are_written_as_files(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    workbook, archive = tmp_path / "books.xlsx", tmp_path / "evidence.zip"
    books(LEDGER, form="xlsx", output=workbook)
    assert len(openpyxl.load_workbook(io.BytesIO(workbook.read_bytes())).sheetnames) == 4
    evidence(archive, LEDGER, first="2026-06-01", last="2026-06-30")
    with zipfile.ZipFile(archive) as files:
        assert "manifest.json" in files.namelist()
    assert str(archive).encode() in capsysbinary.readouterr().out
    books(LEDGER, form="csv", table="calculation")
    assert capsysbinary.readouterr().out.startswith(b"line,gross_kg_co2e")
    with pytest.raises(NeedsOutputError, match="--output"):
        books(LEDGER, form="xlsx")


def test_what_nobody_states_is_an_empty_cell() -> None:
    rows = [{"what": "interval", "value": None}]
    report = {
        "tables": {"knowledge": rows, "hidden": []},
        "columns": {"knowledge": {"what": "text", "value": "text"}, "hidden": {}},
        "in_files": ["hidden"],
    }
    (sheet,) = reports.sheets(report)
    assert sheet.rows == [("interval", "")]
