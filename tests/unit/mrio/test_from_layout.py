"""A table that nobody parses is read by a layout file: by labels, in any order, or refused by name."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ledger.errors import LedgerError
from ledger.mrio.adapters import from_layout
from ledger.mrio.adapters.concordance import china_provinces, china_sectors
from ledger.mrio.adapters.from_layout import read_table
from ledger.mrio.adapters.from_pymrio import TableFileError
from ledger.mrio.adapters.layout_rules import LayoutFileError, read_layout
from ledger.mrio.adapters.layout_sheet import (
    MissingLabelError,
    TableSheetError,
    TableUnitError,
    UnknownLabelError,
    head_of,
)
from ledger.mrio.checks import check
from ledger.mrio.errors import DuplicateLabelError, NotANumberError
from ledger.mrio.synthetic import synthetic_china, synthetic_table
from ledger.mrio.table import DEMAND_LABELS, OUTPUT, Table
from tests.unit.mrio.layout_workbook import CODES, LAYOUT, grid, write

Cells = list[list[Any]]
TOWNS = ("North", "South", "West")
WORKS = ("Farms", "Mills", "Power", "Trade")
USES = (("FU101", "Households"), ("FU103", "Government"))
FIRST = 4, 3
"""Row and column of the first number in the small workbook."""


def with_exports(made: Table, categories: int) -> Table:
    """Give a synthetic table as many uses by region as a layout has, exports, and values of two places."""
    regions = list(made.regions)
    drawn = np.random.default_rng(7).uniform(1, 9e4, (len(made.labels), len(regions) * categories + 1))
    uses = [(region, f"use {number}") for region in regions for number in range(categories)]
    Y = pd.DataFrame(
        drawn.round(2),
        index=made.labels,
        columns=pd.MultiIndex.from_tuples([*uses, ("Abroad", "exports")], names=list(DEMAND_LABELS)),
    )
    Z = made.Z.round(2)
    x = pd.DataFrame({OUTPUT: (Z.sum(axis=1) + Y.sum(axis=1)).round(2)})
    return replace(made, Z=Z, Y=Y, x=x)


@pytest.fixture(scope="module")
def small() -> Table:
    return with_exports(synthetic_table(TOWNS, WORKS), 2)


@pytest.fixture(scope="module")
def cells(small: Table) -> Cells:
    carbon = np.arange(1.0, 13.0)
    return grid(small, regions=TOWNS, sectors=WORKS, categories=USES, carbon=list(carbon))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("layouts")
    (made / "towns.toml").write_text(LAYOUT, encoding="utf-8")
    return made


Read = Callable[..., Table]


@pytest.fixture
def read(folder: Path, tmp_path: Path) -> Read:
    def reading(cells: Cells, title: str = "Table_2017", **more: Any) -> Table:
        return read_table(write(tmp_path / "book.xlsx", cells, title), "towns", folder=folder, **more)

    return reading


def test_a_table_of_31_provinces_and_42_sectors_is_read_back_exactly_from_chinese_labels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = with_exports(synthetic_china(), 5)
    provinces = [place.hans for place in china_provinces().values()]
    sectors = list(china_sectors("china-42-2017").values())
    sectors[21] = "其他制造产品"  # as the workbooks have it: only the code says which of two schemes it is
    cells = grid(made, regions=provinces, sectors=sectors, categories=[(code, "") for code in CODES])
    # Two million cells through a workbook take half a minute; files are read in the small ones below.
    lines = [[None if cell == "" else cell for cell in row] for row in cells]
    monkeypatch.setattr(from_layout, "cells_of", lambda *_: ("Table_2017", "2017", lines))
    found = read_table(Path("MRIO 2017.xlsx"), "china-mrio-2017")
    assert np.array_equal(np.asarray(found.Z), np.asarray(made.Z))
    assert np.array_equal(np.asarray(found.Y), np.asarray(made.Y))
    assert np.array_equal(found.output, made.output)
    assert list(found.labels) == list(made.labels)
    assert (found.year, found.currency, found.unit) == (2017, "CNY", "10,000 CNY")
    assert tuple(found.Y.columns[-1]) == ("Abroad", "exports")
    assert found.provenance.version == "MRIO 2017.xlsx"
    assert any(
        "其他制造产品 (22, Other manufactured products and scrap)" in note for note in found.provenance.notes
    )
    assert not check(found).counts["row_balance"]


@pytest.mark.parametrize(
    ("scheme", "last"), [("china-42-2012", "废品废料"), ("china-42-2017", "综合技术服务")]
)
def test_both_lists_of_42_sectors_are_told_apart(scheme: str, last: str) -> None:
    rules = read_layout("china-mrio-2017")
    names = china_sectors(scheme)
    provinces = [place.hant for place in china_provinces().values()]
    head: Cells = [["t"], ["", "", ""], ["", "", ""], ["", "", ""]]
    for number, name in enumerate(names.values(), start=1):
        head[1].append(provinces[0] if number == 1 else None)
        head[2].append(name)
        head[3].append(float(number))
    head[1].append(provinces[1])
    rows = [[provinces[at % 2], name, at] for at, name in enumerate(names.values(), start=1)]
    sheet = head_of("book", "Table_2017", [*head, *rows], rules)
    assert sheet.sectors.scheme == scheme
    assert last in names.values()


def test_rows_read_are_told_as_they_come(cells: Cells, read: Read) -> None:
    told: list[tuple[int, int]] = []
    read(
        [*[["a remark"]] * 4, *cells, *[["a footnote"]] * 40],
        progress=lambda done, of: told.append((done, of)),
    )
    assert told[0][0] == 50
    assert told[-1][0] == told[-1][1]


def test_a_small_table_is_read_back_with_its_emissions(small: Table, cells: Cells, read: Read) -> None:
    found = read(cells, name="towns", version="1")
    assert np.array_equal(np.asarray(found.Z), np.asarray(small.Z))
    assert np.array_equal(np.asarray(found.Y), np.asarray(small.Y))
    assert list(found.extension("CO2").row("CO2")) == list(range(1, 13))
    assert found.extension("CO2").unit_of("CO2") == "Mt"
    assert (found.name, found.provenance.price_type, found.provenance.licence) == ("towns", "producer", "CC0")
    assert found.provenance.notes == (
        "Imports are a row of their own: what is emitted abroad for them is not covered.",
    )


def test_another_order_is_put_back_by_label(small: Table, cells: Cells, read: Read) -> None:
    mixed = copy.deepcopy(cells)
    mixed[4:8], mixed[8:12] = mixed[8:12], mixed[4:8]  # North and South
    for row in mixed[1:]:
        row[3:7], row[7:11] = row[7:11], row[3:7]
    for row in mixed[1:]:  # and two sectors of West
        if len(row) > 12:
            row[12], row[13] = row[13], row[12]
    mixed[13], mixed[14] = mixed[14], mixed[13]
    found = read(mixed)
    assert np.array_equal(np.asarray(found.Z), np.asarray(small.Z))
    assert np.array_equal(np.asarray(found.Y), np.asarray(small.Y))


def test_a_table_that_starts_lower_is_found(small: Table, cells: Cells, read: Read) -> None:
    found = read([["a remark"], [""], *cells])
    assert np.array_equal(np.asarray(found.Z), np.asarray(small.Z))


def put(cells: Cells, row: int, column: int, value: Any) -> Cells:
    changed = copy.deepcopy(cells)
    changed[row][column] = value
    return changed


def without(cells: Cells, rows: slice) -> Cells:
    changed = copy.deepcopy(cells)
    del changed[rows]
    return changed


def test_a_missing_province_is_named(cells: Cells, read: Read) -> None:
    with pytest.raises(MissingLabelError, match="the rows don't hold South"):
        read(without(cells, slice(8, 12)))


def test_a_missing_sector_is_named_with_its_province(cells: Cells, read: Read) -> None:
    with pytest.raises(MissingLabelError, match="the rows don't hold South / Trade"):
        read(without(cells, slice(11, 12)))


def test_a_missing_use_is_named(cells: Cells, read: Read) -> None:
    end = 3 + 12 + 1
    changed = put(put(cells, 2, end + 1, "Whatever"), 3, end + 1, "")
    with pytest.raises(MissingLabelError, match="columns of final demand don't hold North / government"):
        read(changed)


@pytest.mark.parametrize(("row", "column", "side"), [(8, 0, "rows"), (1, 7, "columns")])
def test_a_province_that_stands_twice_is_refused(
    cells: Cells, read: Read, row: int, column: int, side: str
) -> None:
    with pytest.raises(DuplicateLabelError, match=f"North / Farms stands twice in the {side}"):
        read(put(cells, row, column, "North"))


def test_an_unknown_province_is_refused_with_the_nearest(cells: Cells, read: Read) -> None:
    with pytest.raises(
        UnknownLabelError, match="row 9: the layout doesn't know 'Souht'; the nearest is South"
    ):
        read(put(cells, 8, 0, "Souht"))
    with pytest.raises(UnknownLabelError, match="column H"):
        read(put(cells, 1, 7, "Souht"))


def test_a_name_and_a_code_that_differ_are_refused(cells: Cells, read: Read) -> None:
    with pytest.raises(UnknownLabelError, match="Farms with code 02"):
        read(put(cells, 4, 2, "02"))


def test_a_further_name_of_a_province_is_known(small: Table, cells: Cells, read: Read) -> None:
    found = read(put(cells, 12, 0, " 西 "))
    assert np.array_equal(np.asarray(found.Z), np.asarray(small.Z))


def test_another_unit_is_refused(small: Table, read: Read) -> None:
    wrong = grid(small, regions=TOWNS, sectors=WORKS, categories=USES, unit="(Unit: million USD)")
    with pytest.raises(TableUnitError, match=r"million USD.*10,000 CNY"):
        read(wrong)


def test_a_file_without_a_unit_says_that_it_was_assumed(small: Table, read: Read) -> None:
    found = read(grid(small, regions=TOWNS, sectors=WORKS, categories=USES, unit=""))
    assert "The file states no unit; 10,000 CNY is its layout's." in found.provenance.notes
    assert not found.extensions


@pytest.mark.parametrize(("value", "said"), [("", "nothing"), ("n.a.", "n.a."), ("#N/A", "#N/A")])
def test_a_cell_that_is_no_number_is_refused(cells: Cells, read: Read, value: str, said: str) -> None:
    with pytest.raises(NotANumberError, match=f"holds {said} at row 6, column E"):
        read(put(cells, 5, 4, value))


def test_empty_cells_are_zero_where_the_layout_says_so(cells: Cells, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(LAYOUT.replace('empty = "refuse"', 'empty = "zero"'), encoding="utf-8")
    found = read_table(write(tmp_path / "book.xlsx", put(cells, 5, 4, "")), str(own))
    assert found.Z.iloc[1, 1] == 0
    assert "1 empty cells were read as 0, the first is E6." in found.provenance.notes
    assert found.name == "own"


def test_negative_value_added_is_said_and_caught_by_the_checks(small: Table, read: Read) -> None:
    greedy = small.Z.copy()
    greedy.iloc[:, 0] = small.output[0]
    found = read(grid(replace(small, Z=greedy), regions=TOWNS, sectors=WORKS, categories=USES))
    assert "Value added is below 0 in 1 sectors, first North / Farms." in found.provenance.notes
    assert "value_added" in check(found).failed


def test_columns_that_do_not_add_up_are_said(cells: Cells, read: Read) -> None:
    found = read(put(cells, 17, 3, 1.0))
    assert found.provenance.notes[-1].endswith("miss the output of 1 sectors, first North / Farms.")


def test_without_total_output_it_is_the_sum_of_all_uses(small: Table, cells: Cells, read: Read) -> None:
    bare = copy.deepcopy(cells)
    at = bare[3].index("GO")
    bare[3][at] = bare[2][at] = "whatever"
    found = read(without(bare, slice(16, 18)))
    assert np.allclose(found.output, small.output)
    assert found.provenance.notes == ("The file has no total output: it is the sum of all uses.",)


def test_a_table_without_exports_has_none(cells: Cells, read: Read) -> None:
    bare = copy.deepcopy(cells)
    at = bare[3].index("EX")
    bare[3][at] = bare[2][at] = ""
    found = read(bare)
    assert "Abroad" not in found.Y.columns.get_level_values(0)
    assert "row_balance" in check(found).failed, "what is missing shows"


def test_the_year_comes_from_the_sheet_or_the_user(cells: Cells, read: Read) -> None:
    assert read(cells, "Table", year=2012).year == 2012
    with pytest.raises(TableSheetError, match="doesn't say its year"):
        read(cells, "Table")
    with pytest.raises(TableSheetError, match="is of 2017, not of 2012"):
        read(cells, year=2012)


def test_sheets_that_are_no_table_are_refused(cells: Cells, read: Read, small: Table) -> None:
    with pytest.raises(TableSheetError, match="no sheet of a table, only Note, Sheet1"):
        read(cells, "Sheet1")
    with pytest.raises(TableSheetError, match="no rows and columns of regions"):
        read([["nothing"], ["at all"]])
    other = ("Farms", "Mills", "Ships", "Banks")
    with pytest.raises(TableSheetError, match="names 2 of 4 sectors"):
        read(grid(small, regions=TOWNS, sectors=other, categories=USES))


def test_a_sheet_without_codes_is_read_by_names(small: Table, cells: Cells, read: Read) -> None:
    bare = copy.deepcopy(cells)
    bare[3] = [""] * len(bare[3])
    for row in bare[4:16]:
        row[2] = ""
    found = read(bare)
    assert np.array_equal(np.asarray(found.Z), np.asarray(small.Z))


def test_a_file_that_is_no_workbook_is_refused(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"PK no")
    with pytest.raises(TableFileError):
        read_table(path, "towns", folder=folder)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: text.replace("table-layout/1", "inventory-layout/1"), "its format is"),
        (lambda text: text.replace("[demand]", "[demands]"), "lacks or misspells 'demand'"),
        (lambda text: text.replace('"Households"]', '"FU103"]'), "'FU103' means both"),
        (lambda text: text + "=", "can't be read"),
    ],
)
def test_a_layout_that_is_none_is_refused(change: Callable[[str], str], why: str, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(change(LAYOUT), encoding="utf-8")
    with pytest.raises(LayoutFileError, match=why) as refused:
        read_layout("bad", tmp_path)
    assert isinstance(refused.value, LedgerError)


def test_a_layout_that_is_not_there_is_refused() -> None:
    with pytest.raises(LayoutFileError, match="layout atlantis"):
        read_layout("atlantis")
