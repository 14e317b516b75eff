"""Tables at the terminal: import, list, check, ask, forget."""

from __future__ import annotations

import importlib
import json
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from ledger.errors import LedgerError
from ledger.mrio.adapters.concordance import china_sectors
from ledger.mrio.checks import check
from ledger.mrio.store import TableStore
from ledger.mrio.synthetic import synthetic_table
from tests.unit.mrio.layout_workbook import LAYOUT, grid, write
from tests.unit.mrio.tables import kitzes
from tests.unit.mrio.test_from_layout import TOWNS, USES, WORKS, with_exports
from tests.unit.mrio.test_inventory import workbook


@pytest.fixture(autouse=True)
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PASSPORT_TABLES", str(tmp_path / "tables"))
    return tmp_path / "tables"


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["mrio", *words])


def test_a_newcomer_imports_the_made_up_table_and_reads_that_it_is_made_up() -> None:
    assert "synthetic" in run("list").output
    assert json.loads(run("import", "--synthetic", "--json").output)["failed"] == []
    (only,) = json.loads(run("list", "--json").output)
    assert only["provenance"]["synthetic"] is True
    shown = run("multipliers", "synthetic", "--count", "3").output
    assert "t per 10,000 CNY" in shown
    assert "No number in it was measured" in shown
    assert "1302 sectors" in run("import", "--synthetic").output
    assert "row_balance" in run("check", only["digest"][:12]).output
    assert "Removed" in run("remove", "synthetic").output


def test_a_table_in_pymrios_format_is_imported_and_asked(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module("pymrio").load_test().save_all(tmp_path / "files")
    said = [
        "--name",
        "test",
        "--year",
        "2010",
        "--version",
        "0.7",
        "--licence",
        "LGPL-3.0",
        "--currency",
        "EUR",
    ]
    done = run("import", str(tmp_path / "files"), *said)
    assert done.exit_code == 0, done.output
    asked = ["--region", "reg1", "--sector", "food", "--extension", "Emissions", "--json"]
    found = json.loads(run("multipliers", "test", *asked).output)
    (row,) = found["multipliers"]
    assert (row["region"], row["sector"]) == ("reg1", "food")
    assert row["value"] > 0


def test_a_workbook_is_imported_by_a_layout_file(tmp_path: Path) -> None:
    own = tmp_path / "towns.toml"
    own.write_text(LAYOUT, encoding="utf-8")
    made = with_exports(synthetic_table(TOWNS, WORKS), 2)
    path = write(
        tmp_path / "towns.xlsx",
        grid(made, regions=TOWNS, sectors=WORKS, categories=USES, carbon=[1.0] * 12),
    )
    done = run("import", str(path), "--layout", str(own), "--name", "towns")
    assert done.exit_code == 0, done.output
    assert "towns 2017 is kept as" in done.output
    assert "Imports are a row of their own" in done.output
    (only,) = json.loads(run("list", "--json").output)
    assert only["provenance"]["licence"] == "CC0"
    assert run("import", "--layout", str(own)).exit_code == 2
    refused = run("import", str(path), "--layout", str(own), "--year", "2012")
    assert "is of 2017, not of 2012" in str(refused.exception)


def test_a_number_from_nowhere_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    for option in ("PATH", "--name", "--year", "--version", "--licence"):
        words = {
            "--name": "t",
            "--year": "2010",
            "--version": "1",
            "--licence": "mine",
            "PATH": str(tmp_path),
        }
        path = [] if option == "PATH" else [words["PATH"]]
        given = [
            part for name, value in words.items() if name not in (option, "PATH") for part in (name, value)
        ]
        done = run("import", *path, *given)
        assert done.exit_code == 2
        assert option in done.output


def test_a_table_that_fails_is_kept_only_when_its_failing_checks_are_accepted(
    tables: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = kitzes()
    bad = replace(two, Y=two.Y * 0)
    monkeypatch.setattr("api.commands.mrio._read", lambda *_: bad)
    refused = run("import")
    assert isinstance(refused.exception, LedgerError)
    assert "row_balance" in str(refused.exception)
    assert not list(tables.glob("tables/*"))
    assert run("import", "--accept", "row_balance").exit_code == 0
    assert "row_balance" in run("list").output
    assert "Accepted: row_balance" in run("multipliers", "textbook").output
    assert run("check", "textbook").exit_code == 1
    assert json.loads(run("check", "textbook", "--json").output)["failed"] == ["row_balance"]


def test_an_inventory_is_given_to_a_table_by_the_names_of_its_provinces(tables: Path, tmp_path: Path) -> None:
    made = synthetic_table(("Beijing", "湖南", "Tibet"), tuple(china_sectors()), year=2017, name="china")
    TableStore(tables / "tables").add(made, check(made))
    path = workbook(tmp_path / "book.xlsx")
    done = json.loads(run("inventory", "china", str(path), "--json").output)
    assert (done["year"], done["total"]) == (2017, 3 * sum(range(1, 46)) + 14)
    assert "not covered, which is not 0: Tibet" in done["notes"][-1]
    assert "3,119.0 Mt" in run("inventory", made.digest(), str(path), "--name", "again").output
    asked = ["--extension", "CO2", "--region", "湖南", "--count", "1", "--json"]
    (row,) = json.loads(run("multipliers", done["digest"], *asked).output)["multipliers"]
    assert row["value"] > 0


def test_a_product_that_is_not_there_is_refused_with_the_nearest_names(tables: Path) -> None:
    TableStore(tables / "tables").add(kitzes(), check(kitzes()))
    refused = run("multipliers", "textbook", "--region", "all", "--sector", "s9")
    assert "nearest names are" in str(refused.exception)
    assert "s2" in run("multipliers", "textbook", "--sector", "s2").output


def test_why_how_sure_and_what_is_left_are_told_at_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    two = kitzes()
    bad = replace(two, Y=two.Y * 0)
    monkeypatch.setattr("api.commands.mrio._read", lambda *_: bad)
    assert run("import", "--accept", "row_balance").exit_code == 0
    product = ["textbook", "--region", "all", "--sector", "s1"]
    shown = run("paths", *product)
    assert shown.exit_code == 0, shown.output
    assert "tier 0 31.2%" in shown.output
    assert "s2, all → s1, all" in shown.output
    assert "Accepted although it fails: row_balance" in shown.output
    found = json.loads(run("paths", *product, "--json", "--count", "3").output)
    assert found["total"] == pytest.approx(1.6)
    assert len(found["paths"]) == 3
    assert found["table"]["provenance"]["accepted"] == ["row_balance"]
    around = run("interval", *product, "--emissions", "1.3")
    assert "95 % between" in around.output
    assert "row_balance" in around.output
    sure = json.loads(run("interval", *product, "--emissions", "1.3", "--json").output)
    assert sure["low"] < 1.6 < sure["high"]
    left = run("rest", *product, "--known", "all/s2=1")
    assert "left." in left.output
    assert "row_balance" in left.output
    rest = json.loads(run("rest", *product, "--known", "all/s2=0", "--json").output)
    assert rest["rest"] == rest["whole"] == pytest.approx(1.6)
    assert "Nothing of the rest" in rest["says"]


@pytest.mark.parametrize("given", ["all/s2", "s2=1", "all/s2=half"])
def test_a_known_input_that_is_not_written_as_one_is_refused(given: str) -> None:
    done = run("rest", "synthetic", "--region", "a", "--sector", "b", "--known", given)
    assert done.exit_code == 2
    assert "REGION/SECTOR=SHARE" in done.output


def test_a_walk_that_would_not_end_is_said_at_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.mrio.paths.MAX_BRANCHES", 3)
    asked = ["--region", "Beijing", "--sector", "Textiles"]
    assert "choose a larger cut" in run("paths", "synthetic", *asked).output
