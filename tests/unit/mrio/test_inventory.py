"""Inventories of provinces: the real workbooks where they are at hand, one of the same layout else."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from ledger.mrio.adapters import concordance as concordances
from ledger.mrio.adapters.concordance import (
    Concordance,
    ConcordanceGapError,
    Counterpart,
    china_sectors,
    concordance,
)
from ledger.mrio.adapters.from_pymrio import TableFileError
from ledger.mrio.adapters.inventory import (
    InventorySheetError,
    InventoryTotalError,
    read_inventory,
    with_inventory,
)
from ledger.mrio.leontief import accounts
from ledger.mrio.synthetic import synthetic_table

FILES = Path(os.environ.get("PASSPORT_SOURCE_FILES", Path(__file__).parents[4] / "shared" / "data"))
TOTALS = {2012: 9742.7, 2015: 9831.6, 2017: 10171.2}
COUNTERPARTS = concordance("ceads-45-to-china-42")
SECTORS = [row.source for row in COUNTERPARTS.rows]
Change = Callable[[Any], None]


def workbook(
    path: Path, provinces: tuple[str, ...] = ("Beijing", "Hunan"), change: Change | None = None
) -> Path:
    """Write a workbook in the layout of the real ones: a sheet a province, its total in row 4."""
    book = openpyxl.Workbook()
    book.worksheets[0].title = "NOTE"
    for number, province in enumerate(provinces, start=1):
        sheet = book.create_sheet(f"{province}2017")
        sheet.append([None, "Raw Coal", "Scope_1_Total" if province == "Hunan" else "Scope 1 Total"])
        sheet.append([None, "Mt CO2", "Mt CO2"])
        sheet.append([])
        amounts = [number * (at + 1) for at in range(len(SECTORS))]
        sheet.append(["Total Emissions" if province == "Hunan" else "Total Consumption", 0, sum(amounts) + 7])
        for name, amount in zip(SECTORS, amounts, strict=True):
            sheet.append([f"{name}   ", 0, amount])
        sheet.append(["Urban", 0, 4])
        sheet.append(["Rural", 0, 3])
    if change is not None:
        change(book)
    book.save(path)
    return path


@pytest.mark.parametrize("year", list(TOTALS))
def test_the_inventories_of_thirty_provinces_have_their_published_totals(year: int) -> None:
    path = FILES / "ceads_inventory" / f"Emission_Inventories_for_30_Provinces_{year}.xlsx"
    if not path.is_file():
        pytest.skip("the CEADs workbooks are the user's to download")
    found = read_inventory(path)
    assert found.total() == pytest.approx(TOTALS[year], abs=0.05)
    assert found.sectors.shape == (45, 30)
    assert found.year == year
    assert "Hunan" in found.sectors.columns
    table = synthetic_table(
        (*(one[0] for one in found.names.values()), "Tibet"), tuple(china_sectors()), year=year
    )
    whole = with_inventory(table, found)
    both = accounts(whole, "CO2")
    assert both.households is not None
    emitted = both.D_pba.to_numpy().sum() + both.households.to_numpy().sum()
    assert emitted == pytest.approx(TOTALS[year], abs=0.05)
    assert any("not covered, which is not 0: Tibet" in note for note in whole.provenance.notes)


@pytest.mark.parametrize("scheme", ["china-42-2012", "china-42-2017"])
def test_every_sector_of_the_inventory_has_a_counterpart_in_both_schemes(scheme: str) -> None:
    sectors = china_sectors(scheme)
    assert len(sectors) == 42
    found = COUNTERPARTS.within(list(sectors))
    assert len(found) == 45
    # Repair and split sectors apart, every sector of the table is somebody's counterpart.
    assert {target for row in found.values() for target in row.targets} == set(sectors)
    assert all(row.why for row in found.values() if row.match == "judgement")


def test_what_is_spread_over_sectors_adds_up_again(tmp_path: Path) -> None:
    found = read_inventory(workbook(tmp_path / "book.xlsx"))
    assert found.total() == 3 * sum(range(1, 46)) + 14
    table = synthetic_table(("北京", "Hunan", "Tibet"), tuple(china_sectors("china-42-2012")), year=2012)
    whole = with_inventory(table, found, name="inventory")
    F = whole.extension("inventory").F
    assert F.to_numpy().sum() == pytest.approx(3 * sum(range(1, 46)))
    assert F["Tibet"].to_numpy().sum() == 0
    own = whole.extension("inventory").F_Y
    assert own is not None
    assert own.to_numpy().sum() == 14
    assert own["北京"].to_numpy()[0].tolist() == [7, 0, 0]
    nobody = table.Y.loc[:, ["Hunan", "Tibet"]]
    both = synthetic_table(("Beijing", "Hunan"), tuple(china_sectors()), year=2017)
    assert len(with_inventory(both, found).provenance.notes) == len(both.provenance.notes) + 1
    less = replace(table, Y=nobody, extensions={})
    left = with_inventory(less, found).extension("CO2").F_Y
    assert left is not None
    assert left.to_numpy().sum() == 7, "a region without final demand has no households"
    assert any("emissions of 2017, money of 2012" in note for note in whole.provenance.notes)


def test_sectors_that_make_nothing_share_evenly() -> None:
    pair = Concordance("pair", (Counterpart("both", ("a", "b"), "split"),))
    even = pair.spread(pd.Series({"both": 3.0}), pd.Series({"a": 0.0, "b": 0.0}))
    assert even.tolist() == [1.5, 1.5]
    assert pair.spread(pd.Series({"both": 3.0}), pd.Series({"a": 1.0, "b": 2.0})).tolist() == [1.0, 2.0]


def test_a_gap_in_a_concordance_is_named(tmp_path: Path) -> None:
    pair = Concordance("pair", (Counterpart("coal", ("mining",), "same"),))
    with pytest.raises(ConcordanceGapError, match="'coal' has no counterpart in the table"):
        pair.within(["farming"])
    with pytest.raises(ConcordanceGapError, match="'oil' has no counterpart in its list"):
        pair.spread(pd.Series({"oil": 1.0}), pd.Series({"mining": 1.0}))
    with pytest.raises(ConcordanceGapError, match=r"at none\.toml"):
        concordance("none")
    with pytest.raises(ConcordanceGapError, match="among its schemes"):
        china_sectors("china-42-1997")
    twice = '[[sectors]]\nfrom = "a"\nto = ["b"]\nmatch = "same"\n'
    (tmp_path / "twice.toml").write_text(f'title = "twice"\n{twice}{twice}')
    with pytest.raises(ConcordanceGapError, match="it stands there twice"):
        concordance("twice", tmp_path)
    assert concordances.LAYOUTS.is_dir()


def set_cell(sheet: str, cell: str, value: object) -> Change:
    def change(book: Any) -> None:
        book[sheet][cell] = value

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (set_cell("Hunan2017", "C1", "Total"), "no column 'Scope 1 Total'"),
        (set_cell("Hunan2017", "C2", "kt CO2"), "in 'kt CO2', not in 'Mt CO2'"),
        (set_cell("Hunan2017", "A4", "Sum"), "row 4 is 'Sum', not the total"),
        (set_cell("Hunan2017", "A50", "City"), "no row 'Urban'"),
        (set_cell("Hunan2017", "C9", "n/a"), "holds 'n/a', not a number"),
        (set_cell("Hunan2017", "C9", True), "holds True, not a number"),
    ],
)
def test_a_sheet_that_is_laid_out_otherwise_is_named(tmp_path: Path, change: Change, reason: str) -> None:
    with pytest.raises(InventorySheetError) as caught:
        read_inventory(workbook(tmp_path / "book.xlsx", change=change))
    assert reason in caught.value.problem
    assert caught.value.sheet == "Hunan2017"


def test_a_sheet_that_does_not_add_up_is_refused_with_both_numbers(tmp_path: Path) -> None:
    with pytest.raises(InventoryTotalError) as caught:
        read_inventory(workbook(tmp_path / "book.xlsx", change=set_cell("Beijing2017", "C9", 1000)))
    assert caught.value.added - caught.value.stated == pytest.approx(995)


def test_files_that_are_no_inventory_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TableFileError):
        read_inventory(tmp_path / "none.xlsx")
    (tmp_path / "text.xlsx").write_text("no workbook")
    with pytest.raises(TableFileError):
        read_inventory(tmp_path / "text.xlsx")
    with pytest.raises(TableFileError):
        read_inventory(workbook(tmp_path / "book.xlsx"), layout="none")

    def two_years(book: Any) -> None:
        book["Hunan2017"].title = "Hunan2015"

    with pytest.raises(TableFileError, match="2 years"):
        read_inventory(workbook(tmp_path / "years.xlsx", change=two_years))


def test_a_province_that_the_table_lacks_is_refused(tmp_path: Path) -> None:
    found = read_inventory(workbook(tmp_path / "book.xlsx", ("Atlantis",)))
    with pytest.raises(InventorySheetError, match="no region of this name"):
        with_inventory(synthetic_table(("Beijing",), tuple(china_sectors())), found)
