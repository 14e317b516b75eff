"""The factor library at the terminal: found, compared, handed on with its licence, one's own beside it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from api.cli import app
from api.factor_files import FactorFileFormError, factor_file
from api.settings import Settings
from api.wiring import _factors
from ledger.factors.errors import UnknownDatasetError
from ledger.factors.imports import (
    DatasetTakenError,
    FactorSheetError,
    ImportedTable,
    MissingOriginError,
    import_table,
)
from ledger.factors.library import TABLES, FactorLibrary

LIBRARY = FactorLibrary.shipped()
ORIGIN = {"dataset": "own-glec", "dataset_version": "3", "source": "GLEC sheet", "licence": "ours"}
SHEET = (
    b"id,name,value,per,region,data_year,low,high,uncertainty_source\n"
    b"own-glec.reefer,Reefer ship,0.02,t.km,world,2025,0.01,0.03,the sheet\n"
)
EPA = (
    b'"NAICS Code 2017","NAICS Title 2017",GHG,Unit,Supply Chain Emission Factors without Margins,'
    b"Supply Chain Emission Factors with Margins,Reference USEEIO Code\n"
    b'111110,Soybean Farming,All GHGs,"kg CO2e/2021 USD, purchaser price",1.223,1.326,1111A0\n'
    b'111120,Oilseed Farming,All GHGs,"kg CO2e/2021 USD, purchaser price",1.223,1.326,1111A0\n'
    b'212113,Anthracite,All GHGs,"kg CO2e/2021 USD, purchaser price",5e-1,0.6,212100\n'
)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PASSPORT_FOLDER", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "240")
    return tmp_path


def run(*words: str) -> str:
    done = CliRunner().invoke(app, ["factors", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def taken(folder: Path, content: bytes = SHEET, form: str = "sheet", **shared: str) -> ImportedTable:
    library = FactorLibrary(TABLES, folder)
    return import_table(content, "own.csv", form, {**ORIGIN, **shared}, folder, library)  # type: ignore[arg-type]


def test_factors_are_found_by_words_and_datasets_listed_with_their_licence() -> None:
    assert "322211" in run("find", "纸箱", "--region", "US")
    (first,) = json.loads(run("find", "322211", "--limit", "1", "--json"))
    assert first["sector"] == "322211"
    assert "epa-supply-chain-v1.2" in run("find", "corrugated", "--superseded")
    shown = run("list")
    assert "CC-BY-SA-4.0" in shown
    (old,) = (one for one in json.loads(run("list", "--json")) if one["superseded_by"])
    assert old["superseded_by"] == "epa-supply-chain"


def test_what_moved_between_two_versions_is_shown_with_what_else_changed() -> None:
    shown = run("diff", "epa-supply-chain-v1.2", "epa-supply-chain", "--limit", "3")
    assert "All changed gwp: AR4 to AR5." in shown
    assert "0.0899" in shown
    assert json.loads(run("diff", "epa-supply-chain-v1.2", "epa-supply-chain", "--json"))["same"] == 5


def test_every_file_that_is_handed_on_carries_its_licence_and_notice(tmp_path: Path) -> None:
    for form in ("csv", "json", "xlsx"):
        run("export", "exiobase-import", str(tmp_path / f"out.{form}"))
    rows = list(csv.reader(io.StringIO((tmp_path / "out.csv").read_text("utf-8-sig"))))
    about = {row[0]: row[1] for row in rows[:5]}
    assert about["licence"] == "CC-BY-SA-4.0"
    assert "EXIOBASE 3" in about["notice"]
    assert len(rows) == 5 + 2 + len(LIBRARY.ids("exiobase-import"))
    whole = json.loads((tmp_path / "out.json").read_bytes())
    assert (whole["licence"], len(whole["factors"])) == ("CC-BY-SA-4.0", 2081)
    book = openpyxl.load_workbook(tmp_path / "out.xlsx", read_only=True)
    assert [row[1].value for row in book["licence"].iter_rows()][3] == "CC-BY-SA-4.0"
    assert b"superseded by" in factor_file(LIBRARY, "epa-supply-chain-v1.2", "csv")
    assert b"range" not in factor_file(LIBRARY, "ipcc-2019", "csv")
    with pytest.raises(FactorFileFormError, match="'pdf'"):
        factor_file(LIBRARY, "exiobase-import", "pdf")
    with pytest.raises(UnknownDatasetError):
        factor_file(LIBRARY, "ecoinvent", "csv")


def test_a_sheet_that_a_company_owns_stands_beside_the_shipped_tables(own_folder: Path) -> None:
    file = own_folder / "glec.csv"
    file.write_bytes(SHEET)
    told = [
        *("--dataset", "own-glec", "--version", "3", "--source", "GLEC sheet", "--licence", "ours"),
        *("--set", "stage=operation", "--set", "evidence=secondary"),
    ]
    first = json.loads(run("import", str(file), *told, "--json"))
    assert first["factors"] == 1
    assert (own_folder / "factors" / first["digest"] / "table.csv").is_file()
    assert json.loads(run("import", str(file), *told, "--json")) == first
    assert "1 factors are kept" in run("import", str(file), *told)
    (found,) = json.loads(run("find", "reefer ship", "--json"))
    assert (found["id"], found["licence"]) == ("own-glec.reefer", "ours")
    assert found["uncertainty"]["low"] == "0.01"
    refused = CliRunner().invoke(app, ["factors", "import", str(file), *told, "--format", "pdf"])
    assert refused.exit_code == 2


def test_the_epas_file_is_read_as_it_was_downloaded(tmp_path: Path) -> None:
    told = {"dataset": "epa-own", "data_year": "2019", "gwp": "AR4"}
    assert taken(tmp_path / "in", EPA, "epa", **told).factors == 6
    factor = FactorLibrary(TABLES, tmp_path / "in").get("epa-own.111110.with-margins")
    assert (factor.value, factor.currency_year, factor.cluster_size, factor.gwp) == ("1.326", 2021, 2, "AR4")
    alone = FactorLibrary(TABLES, tmp_path / "in").get("epa-own.212113.without-margins")
    assert (alone.value, alone.cluster_size) == ("0.5", 1)
    assert "clustered" not in alone.covers


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (EPA.replace(b"kg CO2e/2021", b"kg/2021"), "line 2: it is no row of the EPA's CO2e file"),
        (EPA.replace(b"5e-1", b"much"), "line 4: 'much' is no number"),
        (EPA.replace(b"1111A0", b""), "line 2: it is no row"),
    ],
)
def test_another_file_than_the_epas_is_refused_by_line(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(FactorSheetError, match=reason):
        taken(tmp_path, content, "epa", dataset="epa-own", data_year="2019")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "line 1: it has no rows"),
        (b"\xff", "can't be read"),
        (b"id,colour\nown-glec.a,red\n", "no column 'colour'"),
        (b"id,digest\nown-glec.a,00\n", "no column 'digest'"),
        (b"id\na\n", "doesn't begin with own-glec."),
        (SHEET + SHEET.split(b"\n")[1], "or is twice"),
        (SHEET.replace(b"0.02", b"0,02"), "too many or too few"),
        (SHEET.replace(b"0.02", b".02"), "line 2: value: "),
        (SHEET.replace(b"t.km", b"league"), "line 2"),
    ],
)
def test_a_sheet_that_is_none_is_refused_by_line(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(FactorSheetError, match=reason):
        taken(tmp_path / "in", content)
    assert not (tmp_path / "in").exists()


def test_figures_without_an_origin_and_a_dataset_with_other_content_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MissingOriginError, match="licence is needed"):
        import_table(SHEET, "own.csv", "sheet", {**ORIGIN, "licence": ""}, tmp_path, LIBRARY)
    taken(tmp_path)
    with pytest.raises(DatasetTakenError, match="own-glec-2026"):
        taken(tmp_path, SHEET.replace(b"0.02", b"0.025"))
    monkeypatch.setattr("ledger.factors.imports.MAX_BYTES", 10)
    with pytest.raises(FactorSheetError, match="more than 10 bytes"):
        taken(tmp_path)


def test_a_ledger_that_starts_knows_what_was_imported_into_its_folder(own_folder: Path) -> None:
    settings = Settings.from_environment()
    assert _factors(settings) is LIBRARY
    taken(own_folder / "factors")
    assert _factors(settings).get("own-glec.reefer").value == "0.02"
