"""Finding factors, and what the library says to a broken table."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from ledger.factor import Factor
from ledger.factors.errors import (
    FactorTableError,
    FactorTableRowError,
    PageOfFactorsError,
    UnknownDatasetError,
    UnknownFactorError,
    UnknownGwpSetError,
)
from ledger.factors.gwp import gwp_table
from ledger.factors.library import TABLES, FactorLibrary
from ledger.factors.records import factor_of, pinned_factor_of

GRID = "china-grid.cn-gd.2023"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copied = tmp_path / "tables"
    copied.mkdir()
    entries = json.loads((TABLES / "datasets.json").read_text("utf-8"))
    kept = [entry for entry in entries if entry["file"] == "china_grid.csv"]
    (copied / "datasets.json").write_text(json.dumps(kept), "utf-8")
    shutil.copy(TABLES / "china_grid.csv", copied)
    return copied


def changed(folder: Path, old: str, new: str) -> FactorLibrary:
    path = folder / "china_grid.csv"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return FactorLibrary(folder)


def test_all_shipped_tables_are_read() -> None:
    assert len(FactorLibrary().ids()) > 5000


def test_a_factor_is_found_by_id_and_by_digest() -> None:
    library = FactorLibrary.shipped()
    assert library is FactorLibrary.shipped()
    factor = library.get(GRID)
    row = next(line for line in (TABLES / "china_grid.csv").read_text("utf-8").splitlines() if GRID in line)
    assert library.by_digest(row.rsplit(",", 1)[1]) is factor


def test_an_unknown_id_or_digest_is_named() -> None:
    with pytest.raises(UnknownFactorError, match="no factor 'diesel'"):
        FactorLibrary.shipped().get("diesel")
    with pytest.raises(UnknownFactorError, match="factor digest"):
        FactorLibrary.shipped().by_digest("0" * 64)


def test_words_find_factors_in_english_and_chinese() -> None:
    library = FactorLibrary.shipped()
    assert (
        library.search("diesel mineral burnt litres")[0].id == "desnz-2024.fuel.diesel-100-mineral-diesel.l"
    )
    assert [factor.region for factor in library.search("广东 2023年")] == ["CN-GD"]
    assert {factor.region for factor in library.search("fertilizer", region="CN")} == {"CN"}
    assert len(library.search("freight", limit=7)) == 7
    assert library.search("") == []
    assert library.search("no such words") == []


def test_a_list_is_paged_in_the_order_of_ids() -> None:
    library = FactorLibrary.shipped()
    first, second = library.list("china-grid", 0, 10), library.list("china-grid", 10, 10)
    assert [factor.id for factor in first + second] == list(library.ids("china-grid")[:20])
    assert len(library.list()) == 50
    assert library.list("china-grid", offset=114) == []


def test_a_page_out_of_range_is_refused() -> None:
    library = FactorLibrary.shipped()
    for offset, limit in ((-1, 10), (10**6, 10), (0, 0), (0, 201)):
        with pytest.raises(PageOfFactorsError, match="is not between"):
            library.list("china-grid", offset, limit)
    with pytest.raises(PageOfFactorsError, match="limit: 0"):
        library.search("diesel", limit=0)


def test_an_unknown_dataset_is_named_with_those_there_are() -> None:
    with pytest.raises(UnknownDatasetError, match="There are: china-grid, desnz-2024"):
        FactorLibrary.shipped().ids("ecoinvent")


def test_many_threads_read_the_tables_once(folder: Path) -> None:
    library, found = FactorLibrary(folder), list[Factor]()
    threads = [threading.Thread(target=lambda: found.append(library.get(GRID))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(library.datasets()) == 1


def test_a_changed_figure_shows_against_its_digest(folder: Path) -> None:
    library = changed(folder, "0.4419,co2_fossil:0.4419", "0.3419,co2_fossil:0.3419")
    with pytest.raises(
        FactorTableRowError, match=r"row china-grid\.cn-gd\.2023: the record has another digest"
    ):
        library.get(GRID)
    assert library.get("china-grid.cn.2023").value == "0.5306"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("0.4419,co2_fossil:0.4419", "0.44190,co2_fossil:0.4419", "value"),
        ("0.4419,co2_fossil:0.4419", "-0.4419,co2_fossil:0.4419", "value"),
        ("co2_fossil:0.4419", "co2_fossil", "dictionary update sequence"),
    ],
)
def test_a_broken_row_is_named(folder: Path, old: str, new: str, reason: str) -> None:
    with pytest.raises(FactorTableRowError, match=reason):
        changed(folder, old, new).get(GRID)


def test_a_row_with_too_few_cells_breaks_its_table(folder: Path) -> None:
    with (folder / "china_grid.csv").open("a", encoding="utf-8") as file:
        file.write("china-grid.cn-zz.2023,short\n")
    with pytest.raises(FactorTableError, match="too many or too few cells"):
        FactorLibrary(folder).ids()


def test_a_row_that_is_there_twice_breaks_its_table(folder: Path) -> None:
    path = folder / "china_grid.csv"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[1]]) + "\n", "utf-8")
    with pytest.raises(FactorTableError, match="is there twice"):
        FactorLibrary(folder).get(GRID)


def test_a_missing_table_is_named(folder: Path) -> None:
    (folder / "china_grid.csv").unlink()
    with pytest.raises(FactorTableError, match=r"china_grid\.csv: it can't be read \(FileNotFoundError\)"):
        FactorLibrary(folder).ids()


def test_a_table_that_is_not_text_is_named(folder: Path) -> None:
    (folder / "china_grid.csv").write_bytes(b"id,name\n\xff\xfe,x\n")
    with pytest.raises(FactorTableError, match="UnicodeDecodeError"):
        FactorLibrary(folder).ids()


@pytest.mark.parametrize("text", ["{", '[{"file": "china_grid.csv"}]'])
def test_a_broken_list_of_tables_is_named(folder: Path, text: str) -> None:
    (folder / "datasets.json").write_text(text, "utf-8")
    with pytest.raises(FactorTableError, match=r"datasets\.json"):
        FactorLibrary(folder).ids()


def test_a_year_that_is_no_number_is_a_broken_row() -> None:
    shared = {"dataset": "x"}
    with pytest.raises(FactorTableRowError, match="invalid literal"):
        factor_of("x.csv", shared, {"id": "a", "data_year": "now"})
    with pytest.raises(FactorTableRowError, match="row without id"):
        factor_of("x.csv", shared, {"name": "nameless"})


def test_an_uncertainty_comes_out_of_its_columns() -> None:
    factor = FactorLibrary.shipped().get("ipcc-2019.soil-n2o.synthetic.wet.direct")
    assert factor.uncertainty is not None
    low, high = factor.uncertainty.low or "", factor.uncertainty.high or ""
    assert (low[:6], high[:6]) == ("5.4135", "7.9121")


def test_a_row_without_digest_is_not_believed() -> None:
    shared: dict[str, Any] = {"dataset": "x"}
    row = FactorLibrary.shipped().get(GRID).record()
    cells = {name: str(text) for name, text in row.items() if name not in {"gases", "covers"}}
    cells |= {"gases": "co2_fossil:0.4419", "covers": "co2_only;upstream_not_covered"}
    with pytest.raises(FactorTableRowError, match="another digest"):
        pinned_factor_of("x.csv", shared, cells)


def test_gwp_sets_are_those_of_the_ipcc_reports() -> None:
    assert [gwp_table(name)["n2o"] for name in ("AR4", "AR5", "AR6")] == ["298", "265", "273"]
    assert (gwp_table("AR6")["ch4_fossil"], gwp_table("AR6")["ch4_biogenic"]) == ("29.8", "27")
    assert "ch4" not in gwp_table("AR6")
    with pytest.raises(UnknownGwpSetError, match="AR7"):
        gwp_table("AR7")
