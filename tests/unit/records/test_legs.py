"""Legs, hub stays and part loads out of a carrier's and a port's records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.records.errors import FractionRecordError, NeededCellError, UnknownRecordActivityError
from ledger.records.legs import LegCellError, PartLoadRecordError, TripOverfullError
from ledger.records.references import Reference
from tests.unit.records.making import SEASON, intents, refusals

Plain = dict[str, Any]


def handling(**cells: str) -> str:
    """Return a file of one handling with these cells."""
    known = {
        "handling": "H-1",
        "leg": "to the port",
        "mode": "road",
        "load_kg": "744",
        "from": "2025-06-18",
        "to": "2025-06-18",
        "delivery_note": "DN-1",
        **cells,
    }
    return f"{','.join(known)}\n{','.join(known.values())}\n"


def activities(*rows: str, more: str = "") -> str:
    header = "record,activity,quantity,unit,purchase" + (f",{more}" if more else "")
    return "\n".join([header, *(f"H-1,{row}" for row in rows)]) + "\n"


def body(folder: Path, leg: str, used: str) -> Plain:
    (made,) = intents(folder, {"handlings.csv": leg, "activities.csv": used})
    return dict(made.body)


def problem(folder: Path, leg: str, used: str) -> Any:
    (error,) = refusals(folder, {"handlings.csv": leg, "activities.csv": used})
    return error


DIESEL = activities("diesel_burnt,4.5,L,INV-1")
PART = {
    "distance_km": "46",
    "distance_basis": "shortest_feasible",
    "own_tkm": "34.224",
    "total_tkm": "228.16",
}


def test_a_leg_says_what_the_carrier_recorded_of_it(tmp_path: Path) -> None:
    leg = handling(
        distance_km="46",
        distance_basis="最短路径",
        actual_km="97.5",
        teu="2",
        temperature="冷藏",
        category="reefer vans",
        vehicle="Van of 3.5 t",
        contract="共享",
        load_factor="0.6",
        empty_share="0.5",
        running_over="月",
    )
    assert body(tmp_path, leg, DIESEL)["leg"] == {
        "key": "to the port",
        "mode": "road",
        "mass_mg": "744000000",
        "distance_m": "46000",
        "distance_basis": "shortest_feasible",
        "actual_m": "97500",
        "teu": "2",
        "temperature": "refrigerated",
        "category": {"id": "reefer vans", "vehicle": "Van of 3.5 t", "contract": "shared"},
        "running": {"over": "month", "load_factor": "0.6", "empty_share": "0.5"},
    }


def test_a_stay_says_moves_hours_and_what_was_used(tmp_path: Path) -> None:
    leg = handling(
        mode="hub", category="quay", hub_type="集装箱码头", moves="4", dwell_h="96", waiting_h="1.5"
    )
    used = activities(
        "diesel_burnt,7.6,L,D,,,,yard_vehicles,",
        "grid_electricity,86,h,R,3.6,CN-GD,2025-06,reefer_plug,nameplate",
        "grid_electricity,34,kWh,S,,CN-GD,2025-06,岸电,计量",
        more="power_kw,region,month,hub_use,reading",
    )
    stay = body(tmp_path, leg, used)["leg"]["stay"]
    assert stay == {
        "moves": "4",
        "dwell_s": "345600",
        "waiting_s": "5400",
        "uses": [
            {"use": "yard_vehicles", "lines": ["0", "1"]},
            {
                "use": "reefer_plug",
                "lines": ["2"],
                "reading": "nameplate",
                "seconds": "309600",
                "power_w": "3600",
            },
            {"use": "shore_power", "lines": ["3"], "reading": "metered"},
        ],
    }


def test_a_plug_says_how_it_was_read(tmp_path: Path) -> None:
    used = activities("grid_electricity,34,kWh,S,CN-GD,2025-06,shore_power", more="region,month,hub_use")
    error = problem(tmp_path, handling(mode="hub"), used)
    assert (type(error), error.column, error.activity) == (NeededCellError, "reading", "shore_power")


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"vehicle": "Van"}, "category"),
        ({"hub_type": "warehouse"}, "category"),
        ({"empty_share": "0.5"}, "running_over"),
        ({"trip": "T-1"}, "own_tkm"),
        ({"trip": "T-1", "own_tkm": "5"}, "total_tkm"),
    ],
)
def test_half_a_statement_about_a_leg_is_refused(tmp_path: Path, cells: dict[str, str], column: str) -> None:
    error = problem(tmp_path, handling(**cells), DIESEL)
    assert (type(error), error.column) == (NeededCellError, column)


def test_a_part_load_states_what_the_whole_vehicle_used(tmp_path: Path) -> None:
    used = activities("diesel_burnt,4.5,L,INV-1,30", more="whole_quantity")
    share = body(tmp_path, handling(**PART, trip="T-7"), used)["share"]
    assert share == {
        "own": "34224",
        "total": "228160",
        "basis": "tkm",
        "whole": [{"line": "0", "quantity": "30"}, {"line": "1", "quantity": "30"}],
        "trip": "T-7",
    }


def test_a_part_load_without_the_whole_vehicles_litres_is_refused(tmp_path: Path) -> None:
    error = problem(tmp_path, handling(**PART), DIESEL)
    assert (type(error), error.column, error.file) == (NeededCellError, "whole_quantity", "activities.csv")


def test_what_falls_to_a_part_load_follows_from_the_whole(tmp_path: Path) -> None:
    used = activities("diesel_burnt,4.5,L,INV-1,31", more="whole_quantity")
    error = problem(tmp_path, handling(**PART), used)
    assert type(error) is PartLoadRecordError
    assert (error.value, error.whole, error.expected) == ("4.5", "31", "4.65")


def test_plug_hours_of_a_part_load_become_energy_of_the_whole(tmp_path: Path) -> None:
    used = activities(
        "grid_electricity,3,h,E-1,2,CN-GD,2025-06,20", more="power_kw,region,month,whole_quantity"
    )
    share = body(tmp_path, handling(**PART), used)["share"]
    assert share["whole"] == [{"line": "0", "quantity": "40"}]


def test_a_vehicle_that_carried_nothing_else_used_what_its_lines_say(tmp_path: Path) -> None:
    alone = {**PART, "total_tkm": "34.224"}
    share = body(tmp_path, handling(**alone), DIESEL)["share"]
    assert [one["quantity"] for one in share["whole"]] == ["4.5", "4.5"]


def test_a_whole_load_known_by_its_price_states_no_share(tmp_path: Path) -> None:
    alone = {**PART, "total_tkm": "34.224"}
    purchases = (
        "record,purchase,goods,sector,country,amount,currency,invoice_date,price_type,vat_percent\n"
        "H-1,PO-1,Lorry,322210,CN,980,CNY,2025-05-08,purchaser,9\n"
    )
    (made,) = intents(tmp_path, {"handlings.csv": handling(**alone), "purchases.csv": purchases})
    assert "share" not in made.body


def test_a_refused_row_of_a_part_load_is_told_once(tmp_path: Path) -> None:
    error = problem(tmp_path, handling(**PART), activities("diesel_burned,4.5,L,INV-1"))
    assert type(error) is UnknownRecordActivityError


def test_cooling_is_marked_on_every_line_that_it_makes(tmp_path: Path) -> None:
    used = activities("diesel_burnt,9,L,A,", "diesel_burnt,2,L,B,是", more="cooling")
    lines = body(tmp_path, handling(temperature="refrigerated"), used)["lines"]
    cooled = ["reefer_cooling" in one["source"]["tags"].get("flags", ()) for one in lines]
    assert cooled == [False, False, True, True]


@pytest.mark.parametrize(
    ("column", "text"),
    [("whole_quantity", "5"), ("hub_use", "cranes"), ("reading", "metered"), ("cooling", "yes")],
)
def test_a_season_is_no_leg(tmp_path: Path, column: str, text: str) -> None:
    used = f"record,activity,quantity,unit,purchase,{column}\nP-1,diesel_burnt,9,L,A,{text}\n"
    (error,) = refusals(tmp_path, {**SEASON, "activities.csv": used})
    assert (type(error), error.column) == (LegCellError, column)


@pytest.mark.parametrize(
    ("own", "total", "quantity", "refused"),
    [
        ("30", "60", "5", False),
        ("31", "60", "5.166666667", True),
        ("30", "61", "4.918032787", True),
    ],
)
def test_the_loads_of_a_trip_are_the_whole_trip_at_most(
    tmp_path: Path, own: str, total: str, quantity: str, *, refused: bool
) -> None:
    first = handling(trip="T-7", own_tkm="30", total_tkm="60")
    other = handling(handling="H-2", leg="b", trip="T-7", own_tkm=own, total_tkm=total).splitlines()[1]
    used = "record,activity,quantity,unit,purchase,whole_quantity\nH-1,diesel_burnt,5,L,A,10\n"
    files = {
        "handlings.csv": f"{first}{other}\n",
        "activities.csv": f"{used}H-2,diesel_burnt,{quantity},L,B,10\n",
    }
    if not refused:
        assert len(intents(tmp_path, files)) == 2
        return
    (error,) = refusals(tmp_path, files)
    assert (type(error), error.row, error.value, error.total) == (TripOverfullError, 3, "T-7", "60")


def test_an_actual_distance_is_whole_metres(tmp_path: Path) -> None:
    error = problem(tmp_path, handling(actual_km="1.0005"), DIESEL)
    assert type(error) is FractionRecordError


def test_a_months_meter_reading_corrects_what_a_stay_estimated(tmp_path: Path) -> None:
    header = "record,activity,quantity,unit,purchase,region,month,hub_use,reading\n"
    used = (
        f"{header}H-1,grid_electricity,34,kWh,E-1,CN-GD,2025-06,shore_power,metered\n"
        "C-1,grid_electricity,36.5,kWh,E-1-TRUE,CN-GD,2025-06,,\n"
    )
    files = {
        "handlings.csv": handling(mode="hub"),
        "activities.csv": used,
        "corrections.csv": "correction,production,date,drop_purchases\nC-1,H-1,2025-07-02,E-1\n",
    }
    stay, correction = intents(tmp_path, files)
    corrected = Reference("record", "orchard", "H-1")
    assert corrected.key in stay.gives
    (dropped,) = correction.body["change"]["drop_lines"]
    assert (correction.body["corrects"], stay.gives[dropped.key]) == (corrected, "0")
    (line,) = correction.body["change"]["add_lines"]
    assert line["source"]["quantity"] == "36.5"


@pytest.mark.parametrize(
    ("cells", "basis", "own", "total", "whole"),
    [
        ({"share_basis": "moves", "total_shared": "2000", "moves": "4"}, "moves", "4", "2000", "3800"),
        ({"share_basis": "标准箱", "total_shared": "1000", "teu": "2"}, "teu", "2", "1000", "3800"),
        (
            {"share_basis": "teu_h", "total_shared": "90000", "teu": "2", "dwell_h": "90"},
            "teu_s",
            "648000",
            "324000000",
            "3800",
        ),
    ],
)
def test_a_port_shares_a_months_meters_by_teu_hours_or_moves(  # noqa: PLR0917 - one row a basis
    tmp_path: Path, cells: dict[str, str], basis: str, own: str, total: str, whole: str
) -> None:
    used = activities("diesel_burnt,7.6,L,D,3800", more="whole_quantity")
    share = body(tmp_path, handling(mode="hub", **cells), used)["share"]
    lines = [{"line": str(number), "quantity": whole} for number in (0, 1)]
    assert share == {"own": own, "total": total, "basis": basis, "whole": lines}


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"share_basis": "moves"}, "total_shared"),
        ({"total_shared": "9"}, "share_basis"),
        ({"share_basis": "moves", "total_shared": "9"}, "moves"),
        ({"share_basis": "teu", "total_shared": "9"}, "teu"),
        ({"share_basis": "teu_h", "total_shared": "9", "teu": "2"}, "dwell_h"),
    ],
)
def test_a_share_of_a_hub_says_by_what(tmp_path: Path, cells: dict[str, str], column: str) -> None:
    error = problem(tmp_path, handling(mode="hub", **cells), DIESEL)
    assert (type(error), error.column) == (NeededCellError, column)
