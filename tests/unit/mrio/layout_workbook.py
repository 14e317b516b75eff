"""Workbooks as the Chinese multi-regional tables are laid out, written from a table that is known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter

from ledger.mrio.table import Table

CODES = ("FU101", "FU102", "FU103", "FU201", "FU202")
LAYOUT = """
format = "table-layout/1"
title = "A table of three towns"
source = "a generator"
licence = "CC0"
price_type = "producer"
currency = "CNY"
unit = "10,000 CNY"
units = ["10,000 CNY", "万元"]
regions = ["North", "South", "West"]
empty = "refuse"
[sectors]
"01" = ["Farms", "农业"]
"02" = ["Mills", "制造业"]
"03" = ["Power", "电力"]
"04" = ["Trade", "贸易"]
[sheet]
names = ['Table_(?P<year>[0-9]{4})', 'Table']
[head]
rows = 8
columns = 5
[region_names]
West = ["西"]
[demand]
households = ["FU101", "Households"]
government = ["FU103", "Government"]
[outside]
exports = ["Abroad", "EX", "Exports", "出口"]
[output]
labels = ["GO", "总产出"]
[value_added]
labels = ["TVA"]
[imports]
labels = ["IM"]
[extensions.CO2]
stressor = "CO2"
unit = "Mt"
labels = ["CO2 (Mt)"]
"""


def grid(
    table: Table,
    *,
    regions: Sequence[str],
    sectors: Sequence[str],
    categories: Sequence[tuple[str, str]],
    unit: str = "(单位：万元)",
    carbon: Sequence[float] = (),
) -> list[list[Any]]:
    """Return the cells: title, regions once a block, names, codes, numbers; below other inputs."""
    codes = [f"{number:02d}" for number in range(1, len(sectors) + 1)]
    Z, Y = np.asarray(table.Z), np.asarray(table.Y)
    heads: list[list[Any]] = [
        ["A table", unit],
        ["", "", ""],
        ["", "", unit],
        ["", "", ""],
    ]
    for region in regions:
        heads[1] += [region, *[""] * (len(sectors) - 1)]
        heads[2] += sectors
        heads[3] += codes
    for row, words in zip(heads[1:], ("", "中间使用合计", "TIU"), strict=True):
        row.append(words)
    for region in regions:
        heads[1] += [region, *[""] * (len(categories) - 1)]
        heads[2] += [name for _, name in categories]
        heads[3] += [code for code, _ in categories]
    heads[2] += ["出口", "总产出", "检验"]
    heads[3] += ["EX", "GO", ""]
    final = len(regions) * len(categories)
    cells = heads
    for at in range(len(Z)):
        block, number = divmod(at, len(sectors))
        label = [regions[block] if number == 0 else "", sectors[number], codes[number]]
        uses = [float(Z[at].sum())]
        ends = [float(Y[at, final:].sum()), float(table.output[at]), 0.0]
        cells.append([*label, *map(float, Z[at]), *uses, *map(float, Y[at, :final]), *ends])
    added = np.asarray(table.output) - Z.sum(axis=0)
    imported = np.round(added / 10, 2)
    cells.append(["", "进口", "IM", *map(float, imported)])
    cells.append(["", "增加值合计", "TVA", *map(float, np.round(added - imported, 6))])
    cells.append(["", "总投入", "TI", *map(float, table.output)])
    if len(carbon):
        cells.append(["", "CO2 (Mt)", "", *map(float, carbon)])
    return cells


def write(path: Path, cells: Sequence[Sequence[Any]], title: str = "Table_2017") -> Path:
    """Write cells into a workbook that has a note sheet before; empty text is an empty cell."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        book.add_worksheet("Note").write_string(0, 0, "nothing")
        sheet = book.add_worksheet(title)
        for row, line in enumerate(cells):
            for column, cell in enumerate(line):
                if isinstance(cell, float):
                    sheet.write_number(row, column, cell)
                elif cell != "":
                    sheet.write_string(row, column, str(cell))
    return path
