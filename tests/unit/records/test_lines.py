"""From rows to lines: which factor, which scope, direct or gap; every line is quantity x factor."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.components import Components
from ledger.factor import amount_mg
from ledger.factors.errors import UnknownActivityError
from ledger.factors.library import TABLES, FactorLibrary, read_rows
from ledger.lines import Line
from ledger.records.cells import At
from ledger.records.errors import (
    FractionRecordError,
    NeededCellError,
    RecordActivityError,
    RecordUnitError,
    UnknownRecordActivityError,
    ZeroRecordError,
)
from ledger.records.lines import _tags as _tags_of
from ledger.records.rows import ActivityRow
from tests.unit.records.making import SEASON, lines, lines_or_problems, refusals

ACTIVITY = "activity,quantity,unit,purchase,region,month,nitrogen_percent,climate,purity_percent,power_kw"
PURCHASE = "purchase,goods,sector,country,amount,currency,invoice_date,price_type,vat_percent"
UNITS = {"kg": "kg", "t": "t", "L": "L", "m3": "m3", "kWh": "kWh", "t.km": "t.km"}
CODES = sorted({row["activity"] for row in read_rows(TABLES / "activities.csv")})


def _check(line: dict[str, Any]) -> Line:
    """Check what holds for every line, and return it as it crosses the border."""
    read = Line.model_validate(line)
    vector = Components.parse(read.amount.components)
    assert len(vector) == 1
    factor = FactorLibrary.shipped().by_digest(str(read.source.factor))
    assert sum(vector.values()) == amount_mg(read.source.quantity, read.source.unit, factor)
    component = next(iter(read.amount.components))
    assert component == f"{factor.channel}.{factor.evidence}"
    assert (read.amount.gap is not None) == (factor.evidence in ("secondary", "spend"))
    assert read.amount.gap is None or read.amount.gap.factor == read.source.factor
    assert read.amount.gwp == factor.gwp
    assert read.source.tags.stage == factor.stage
    return read


def _tags(line: dict[str, Any]) -> tuple[str, str | None, str]:
    tags = _check(line).source.tags
    return tags.scope, tags.category, tags.stage


def test_diesel_is_burnt_directly_and_comes_from_the_well_as_a_gap(tmp_path: Path) -> None:
    burnt, way = lines(tmp_path, ACTIVITY, "diesel_burnt,100,L,INV-1,,,,,,")
    assert burnt["amount"]["components"] == {"fossil.calculated": "266155000"}
    assert _tags(burnt) == ("1", None, "operation")
    assert way["amount"]["components"] == {"fossil.secondary": "62409000"}
    assert way["amount"]["gap"]["key"] == "INV-1/wtt"
    assert _tags(way) == ("3", "3", "energy_provision")
    assert "flags" not in burnt["source"]["tags"]


def test_freight_of_others_is_two_gaps_of_transport(tmp_path: Path) -> None:
    drive, way = lines(tmp_path, ACTIVITY, "sea_freight_container,1000,t.km,BL-7,,,,,,")
    assert [line["amount"]["gap"]["key"] for line in (drive, way)] == ["BL-7", "BL-7/wtt"]
    assert _tags(drive) == ("3", "4", "operation")
    assert _tags(way) == ("3", "4", "energy_provision")
    assert drive["amount"]["components"] == {"fossil.secondary": "16120000"}


def test_flying_has_a_channel_of_its_own(tmp_path: Path) -> None:
    flight, way = lines(tmp_path, ACTIVITY, "air_freight_long_haul,10,t.km,AWB-1,,,,,,")
    assert list(flight["amount"]["components"]) == ["aircraft.secondary"]
    assert list(way["amount"]["components"]) == ["fossil.secondary"]


def test_grid_power_is_scope_2_by_location_flagged_with_what_it_leaves_out(tmp_path: Path) -> None:
    (power,) = lines(tmp_path, ACTIVITY, "grid_electricity,1000,kWh,E-05,CN-GD,2025-05,,,,")
    assert _tags(power) == ("2", None, "energy_provision")
    tags = power["source"]["tags"]
    assert tags["method"] == "location"
    assert {"co2_only", "upstream_not_covered", "year_differs"} <= set(tags["flags"])
    assert power["amount"]["components"] == {"fossil.secondary": "441900000"}
    assert power["source"]["text"].endswith("2025-05")


def test_plug_hours_become_power_by_the_plug_s_kilowatts(tmp_path: Path) -> None:
    (power,) = lines(tmp_path, ACTIVITY, "grid_electricity,86,h,E-1,CN-GD,,,,,3.6")
    assert (power["source"]["quantity"], power["source"]["unit"]) == ("309.6", "kWh")
    _check(power)


def test_nitrogen_leaves_the_soil_in_three_ways_and_urea_gives_co2_besides(tmp_path: Path) -> None:
    found = lines(tmp_path, ACTIVITY, "fertiliser_urea,0.2,t,,,,46.4,wet,,")
    assert [line["source"]["activity"] for line in found] == [
        "soil_n2o_direct",
        "soil_n2o_volatilised",
        "soil_n2o_leached",
        "urea_applied",
    ]
    for line in found:
        read = _check(line)
        assert list(read.amount.components) == ["land_fossil.calculated"]
        assert read.source.tags.scope == "1"
        assert read.amount.gap is None
    assert found[0]["source"]["quantity"] == "92.8"
    assert found[0]["source"]["unit"] == "kg.N"
    assert found[3]["amount"]["components"]["land_fossil.calculated"] == "146666667"


def test_in_a_dry_climate_nothing_leaches_and_no_empty_line_is_made(tmp_path: Path) -> None:
    found = lines(tmp_path, ACTIVITY, "fertiliser_organic,100,kg,,,,2,dry,,")
    assert [line["source"]["activity"] for line in found] == ["soil_n2o_direct", "soil_n2o_volatilised"]


def test_lime_counts_by_its_purity(tmp_path: Path) -> None:
    (lime,) = lines(tmp_path, ACTIVITY, "limestone_applied,6,t,,,,,,90,")
    assert lime["source"]["quantity"] == "5.4"
    assert lime["amount"]["components"] == {"land_fossil.calculated": "2376000000"}


def test_a_topped_up_refrigerant_is_direct_with_its_gases(tmp_path: Path) -> None:
    (gas,) = lines(tmp_path, ACTIVITY, "refrigerant_r404a_released,0.4,kg,,,,,,,")
    assert gas["amount"]["components"] == {"fossil.calculated": "1577120000"}
    assert gas["source"]["tags"]["gases_ug"] == {
        "hfc_125": "176000000",
        "hfc_134a": "16000000",
        "hfc_143a": "208000000",
    }
    assert _tags(gas) == ("1", None, "operation")


def test_packaging_waste_and_water_are_bought_in_their_categories(tmp_path: Path) -> None:
    box, waste, water = lines(
        tmp_path,
        ACTIVITY,
        "polystyrene_made,1310,kg,PO-1,,,,,,",
        "food_waste_composted,1900,kg,PO-2,,,,,,",
        "water_supplied,10,m3,PO-3,,,,,,",
    )
    assert [_tags(line)[:2] for line in (box, waste, water)] == [("3", "1"), ("3", "5"), ("3", "1")]
    assert box["source"]["tags"]["of_which"] == "packaging"


def test_a_purchase_by_price_is_a_gap_flagged_undeflated_with_margins_unknown(tmp_path: Path) -> None:
    (cartons,) = lines(tmp_path, PURCHASE, "PO-9,Cartons,322210,CN,9620.00,CNY,2024-06-10,purchaser,13")
    read = _check(cartons)
    assert list(read.amount.components) == ["fossil.spend"]
    assert {"undeflated", "margins_unknown"} <= set(read.source.tags.flags)
    assert read.source.unit == "USD"
    assert cartons["price"] == {
        "minor_units": "962000",
        "currency": "CNY",
        "year": "2024",
        "price_type": "purchaser",
        "vat_percent": "13",
    }
    assert cartons["amount"]["gap"]["key"] == "PO-9"


def test_a_net_price_is_taken_as_it_is(tmp_path: Path) -> None:
    gross, net = lines(
        tmp_path,
        PURCHASE + ",of_which",
        "PO-1,Cartons,322210,CN,113,CNY,2024-06-10,purchaser,13,packaging",
        "PO-2,Cartons,322210,CN,100,CNY,2024-06-10,purchaser,0,",
    )
    assert gross["source"]["quantity"] == net["source"]["quantity"]
    assert gross["source"]["tags"]["of_which"] == "packaging"
    assert net["price"]["vat_percent"] == "0"


@given(st.sampled_from(CODES), st.sampled_from(list(UNITS)), st.integers(min_value=1, max_value=10**9))
def test_every_activity_of_the_table_is_booked_right_or_refused(
    code: str, unit: str, thousandths: int
) -> None:

    row = f"{code},{Decimal(thousandths).scaleb(-3):f},{unit},INV-1,,,,,,"
    with TemporaryDirectory() as name:
        found, problems = lines_or_problems(Path(name), ACTIVITY, row)
    assert set(problems) <= {RecordActivityError, ZeroRecordError}
    assert bool(found) != bool(problems)
    for line in found:
        _check(line)


@pytest.mark.parametrize(
    ("row", "kind", "column"),
    [
        ("dragon_burnt,1,L,INV-1,,,,,,", UnknownRecordActivityError, "activity"),
        ("diesel_burnt,1,kWh,INV-1,,,,,,", RecordActivityError, "activity"),
        ("diesel_burnt,1,L,,,,,,,", NeededCellError, "purchase"),
        ("grid_electricity,1,kWh,E-1,,,,,,", NeededCellError, "region"),
        ("grid_electricity,1,h,E-1,CN-GD,,,,,", NeededCellError, "power_kw"),
        ("grid_electricity,1,kWh,E-1,CN-HK,,,,,", RecordActivityError, "activity"),
        ("grid_electricity,1,L,E-1,CN-GD,,,,,", RecordActivityError, "activity"),
        ("fertiliser_urea,1,kg,,,,,wet,,", NeededCellError, "nitrogen_percent"),
        ("fertiliser_urea,1,kg,,,,46,,,", NeededCellError, "climate"),
        ("fertiliser_urea,1,L,,,,46,wet,,", RecordUnitError, "unit"),
        ("fertiliser_synthetic,1,kg,,,,0,wet,,", ZeroRecordError, "quantity"),
        ("food_waste_composted,0.000001,mg,PO-1,,,,,,", ZeroRecordError, "quantity"),
        ("diesel_burnt,999999999999999999,L,INV-1,,,,,,", RecordActivityError, "activity"),
    ],
)
def test_an_activity_that_can_t_be_booked_is_refused_in_its_cell(
    tmp_path: Path, row: str, kind: type, column: str
) -> None:
    (error,) = refusals(tmp_path, {**SEASON, "rows.csv": f"record,{ACTIVITY}\nP-1,{row}\n"})
    assert (type(error), error.file, error.row, error.column) == (kind, "rows.csv", 2, column)


def test_an_activity_of_no_known_scope_is_not_booked_at_a_guess() -> None:
    row = ActivityRow(At("rows.csv", 2), "P-1", "snow_melted", Decimal(1), "kg")
    with pytest.raises(UnknownActivityError):
        _tags_of("snow_melted", "operation", row)


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("PO-9,Cartons,99,CN,1,CNY,2024-06-10,purchaser,13", RecordActivityError),
        ("PO-9,Cartons,322210,XX,1,CNY,2024-06-10,purchaser,13", RecordActivityError),
        ("PO-9,Cartons,322210,CN,1,CNY,2024-06-10,purchaser,100", RecordActivityError),
        ("PO-9,Cartons,322210,CN,1.005,CNY,2024-06-10,purchaser,0", FractionRecordError),
        ("PO-9,Cartons,322210,CN,1,CNY,2099-06-10,purchaser,0", None),
    ],
)
def test_a_purchase_that_can_t_be_converted_is_refused(tmp_path: Path, row: str, kind: type | None) -> None:
    files = {**SEASON, "rows.csv": f"record,{PURCHASE}\nP-1,{row}\n"}
    if kind is None:
        # The rate of the factor's own year is used, so a later invoice is only flagged.
        assert "undeflated" in lines(tmp_path, PURCHASE, row)[0]["source"]["tags"]["flags"]
        return
    (error,) = refusals(tmp_path, files)
    assert (type(error), error.row) == (kind, 2)


def test_power_that_a_terminal_used_for_us_is_a_bought_service_and_no_power_of_ours(tmp_path: Path) -> None:
    for service, category in (("transport", "4"), ("waste", "5"), ("其他", "1")):
        header = "activity,quantity,unit,power_kw,service,purchase,region"
        (line,) = lines(tmp_path, header, f"grid_electricity,70,h,3.6,{service},T-1,NL")
        tags = line["source"]["tags"]
        assert (tags["scope"], tags["category"], tags["method"]) == ("3", category, "location")
        assert line["amount"]["gap"]["key"] == "T-1"
    rows = {"rows.csv": "record,activity,quantity,unit,service,purchase\nP-1,diesel_burnt,1,L,transport,I\n"}
    (error,) = refusals(tmp_path, {**SEASON, **rows})
    assert "'transport' is not known. Write one of: nothing, with diesel_burnt" in str(error)
