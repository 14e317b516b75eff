"""What a record says of how sure it is becomes part of its lines, and nothing is assumed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.lines import Line
from ledger.quality import INDICATORS
from ledger.records.errors import (
    NeededCellError,
    RecordChoiceError,
    RecordNumberError,
    RecordRangeError,
    RecordTextError,
)
from tests.unit.records.making import SEASON, lines, refusals

COLUMNS = "error_percent,error_method,activity_scores,fit_scores"
ACTIVITY = f"activity,quantity,unit,purchase,{COLUMNS}"
PURCHASE = "purchase,goods,sector,country,amount,currency,invoice_date,price_type,vat_percent"
DIESEL = "diesel_burnt,100,L,INV-1"


def _scores(flow: str, digits: str) -> dict[str, str]:
    return {"flow": flow, **dict(zip(INDICATORS, digits, strict=True))}


def _qualities(folder: Path, header: str, row: str) -> list[Any]:
    made = lines(folder, header, row)
    for line in made:
        Line.model_validate(line)
    return [line.get("quality") for line in made]


def test_a_row_without_such_cells_says_nothing(tmp_path: Path) -> None:
    assert _qualities(tmp_path, ACTIVITY, f"{DIESEL},,,,") == [None, None]


def test_a_meters_error_is_said_of_every_line_of_its_row(tmp_path: Path) -> None:
    error = {"measured": {"relative_se": "0.005", "method": "pump_meter"}}
    assert _qualities(tmp_path, ACTIVITY, f"{DIESEL},0.5,pump_meter,,") == [error, error]


def test_scores_are_said_of_the_activity_and_of_the_factors_fit(tmp_path: Path) -> None:
    found = _qualities(tmp_path, ACTIVITY, f"{DIESEL},,,energy_materials 2 1 1 1 1,co2 1 2 3 4 5")
    said = {"activity": _scores("energy_materials", "21111"), "fit": _scores("co2", "12345")}
    assert found == [said, said]


def test_scores_are_read_in_chinese(tmp_path: Path) -> None:
    found = _qualities(tmp_path, "activity,数量,单位,采购单号,活动数据评分", f"{DIESEL},运输 2 1 1 1 1")
    assert found == [{"activity": _scores("transport", "21111")}] * 2


def test_a_purchase_by_price_says_how_well_its_sector_fits(tmp_path: Path) -> None:
    glue = "PO-1,Glue,311221,CN,980,CNY,2025-05-08,purchaser,13"
    cells = ",,energy_materials 1 1 1 1 1,energy_materials 2 3 3 4 4"
    (found,) = _qualities(tmp_path, f"{PURCHASE},{COLUMNS}", f"{glue},{cells}")
    assert found["fit"] == _scores("energy_materials", "23344")
    assert found["activity"] == _scores("energy_materials", "11111")


FOOTPRINT = "footprint_kg,channel,gwp,primary_share"


def test_a_footprint_from_another_system_has_no_factor_to_fit(tmp_path: Path) -> None:
    header, bought = f"{ACTIVITY},{FOOTPRINT}", "board_made,3,t,INV-2"
    sure = _qualities(tmp_path, header, f"{bought},,,energy_materials 1 1 1 1 1,,900,fossil,AR5,0.6")
    assert sure == [{"activity": _scores("energy_materials", "11111")}]
    rows = f"record,{header}\nP-1,{bought},,,,co2 1 1 1 1 1,900,fossil,AR5,0.6\n"
    (problem,) = refusals(tmp_path, {**SEASON, "rows.csv": rows})
    assert isinstance(problem, RecordTextError)
    assert "no factor is used here" in str(problem)


@pytest.mark.parametrize(
    ("cells", "problem", "text"),
    [
        ("0.5,,,", NeededCellError, "error_method"),
        (",pump_meter,,", NeededCellError, "error_percent"),
        ("0.5,pump_meter,co2 1 1 1 1 1,", RecordTextError, "keep one of them"),
        ("101,pump_meter,,", RecordRangeError, "100 %"),
        ("one,pump_meter,,", RecordNumberError, "one"),
        ("0.5,By Eye,,", RecordTextError, "meter_certificate"),
        (",,1 1 1 1 1,", RecordTextError, "five scores"),
        (",,co2 1 1 1 1,", RecordTextError, "five scores"),
        (",,co2 1 1 1 1 6,", RecordTextError, "five scores"),
        (",,co2 1 1 1 1 12,", RecordTextError, "five scores"),
        (",,co2  1 1 1 1 1,", RecordTextError, "five scores"),
        (",,,weather 1 1 1 1 1", RecordTextError, "energy_materials"),
    ],
)
def test_a_quality_that_cannot_be_read_is_refused_with_its_cell(
    tmp_path: Path, cells: str, problem: type[RecordChoiceError], text: str
) -> None:
    rows = f"record,{ACTIVITY}\nP-1,{DIESEL},{cells}\n"
    (found,) = refusals(tmp_path, {**SEASON, "rows.csv": rows})
    assert isinstance(found, problem)
    assert text in str(found)
