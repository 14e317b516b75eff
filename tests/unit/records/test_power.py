"""Power by contract out of a company's files: what shows where it comes from, and how much it covers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.records.errors import NeededCellError, RecordChoiceError, RecordPeriodError, RecordUnitError
from ledger.records.power import InstrumentKwhError, NeedlessInstrumentCellError
from tests.unit.records.making import SEASON, intents, lines, refusals
from tests.unit.records.playing import play

CELLS = {
    "activity": "grid_electricity",
    "quantity": "1200",
    "unit": "kWh",
    "purchase": "E-1",
    "region": "CN-GD",
    "instrument": "certificate",
    "instrument_kwh": "5000",
    "instrument_from": "2025-01-01",
    "instrument_to": "2025-12-31",
    "registry": "GEC",
    "cancellation": "GEC-2025-77",
    "footprint_kg": "26.4",
    "channel": "fossil",
    "gwp": "AR5",
    "primary_share": "0.4",
}


def row(**changed: str) -> tuple[str, str]:
    cells = {**CELLS, **changed}
    return ",".join(cells), ",".join(cells.values())


def line(folder: Path, **changed: str) -> dict[str, Any]:
    (made,) = lines(folder, *row(**changed))
    return made


def refused(folder: Path, **changed: str) -> Any:
    header, cells = row(**changed)
    (found,) = refusals(folder, {**SEASON, "rows.csv": f"record,{header}\nP-1,{cells}\n"})
    return found


def test_power_by_certificate_is_booked_by_market_with_what_its_supplier_says(tmp_path: Path) -> None:
    made = line(tmp_path)
    assert made["amount"] == {
        "components": {"fossil.imported": "26400000"},
        "gwp": "AR5",
        "primary_share": "0.4",
    }
    assert made["source"]["tags"] == {"scope": "2", "stage": "energy_provision", "method": "market"}
    assert made["instrument"] == {
        "kind": "certificate",
        "registry": "GEC",
        "cancellation": "GEC-2025-77",
        "volume_wh": "5000000",
        "period": {"from": "2025-01-01", "to": "2025-12-31"},
    }
    hours = line(tmp_path, unit="h", power_kw="2")
    assert (hours["source"]["quantity"], hours["source"]["unit"]) == ("2400", "kWh")
    service = line(tmp_path, service="transport")
    assert (service["source"]["tags"]["scope"], service["source"]["tags"]["category"]) == ("3", "4")


def test_a_contract_needs_no_registry_and_the_residual_mix_no_volume(tmp_path: Path) -> None:
    contract = line(tmp_path, instrument="合同", registry="", cancellation="")
    assert set(contract["instrument"]) == {"kind", "volume_wh", "period"}
    nothing = dict.fromkeys(("instrument_kwh", "instrument_from", "instrument_to", "cancellation"), "")
    mix = line(tmp_path, instrument="residual_mix", registry="AIB", **nothing)
    assert mix["instrument"] == {"kind": "residual_mix", "registry": "AIB"}


def test_the_books_take_it(tmp_path: Path) -> None:
    header, cells = row(instrument_from="2026-01-01", instrument_to="2026-12-31")
    files = {
        "productions.csv": "production,from,to,policy\nP-1,2026-01-01,2026-05-01,mass/1\n",
        "outputs.csv": SEASON["outputs.csv"],
        "rows.csv": f"record,{header}\nP-1,{cells}\n",
    }
    played = play(tmp_path, orchard=files)
    with played.world.store.read() as view:
        lot = view.lot(played.register["batch:orchard/LZ"])
    assert lot is not None
    assert lot.total.wire() == {"fossil.imported": "26400000"}


@pytest.mark.parametrize(
    ("changed", "problem", "column"),
    [
        ({"instrument": ""}, NeededCellError, "instrument"),
        ({"instrument": "promise"}, RecordChoiceError, "instrument"),
        ({"cancellation": ""}, NeededCellError, "cancellation"),
        ({"registry": ""}, NeededCellError, "registry"),
        ({"instrument_kwh": ""}, NeededCellError, "instrument_kwh"),
        ({"footprint_kg": ""}, NeededCellError, "footprint_kg"),
        ({"instrument_to": "2024-12-31"}, RecordPeriodError, "instrument_to"),
        ({"quantity": "5001"}, InstrumentKwhError, "quantity"),
        ({"unit": "L"}, RecordUnitError, "unit"),
        ({"activity": "diesel_burnt"}, NeedlessInstrumentCellError, "instrument"),
        ({"cancelled_on": "2025-03-01"}, NeedlessInstrumentCellError, "cancelled_on"),
    ],
)
def test_an_instrument_that_shows_too_little_is_refused_with_its_cell(
    tmp_path: Path, changed: dict[str, str], problem: type, column: str
) -> None:
    found = refused(tmp_path, **changed)
    assert (type(found), found.column) == (problem, column)


HANDLINGS = "handling,leg,mode,load_kg,from,to,batch\nH-1,quay,hub,5000,2025-06-01,2025-06-02,LZ\n"


def test_at_a_hub_the_stay_keeps_the_contract(tmp_path: Path) -> None:
    cells = {
        **CELLS,
        "hub_use": "shore_power",
        "reading": "metered",
        "cancelled_on": "2025-05-01",
        "registry": "",
    }
    text = f"record,{','.join(cells)}\nH-1,{','.join(cells.values())}\n"
    (made,) = intents(tmp_path, {"handlings.csv": HANDLINGS, "rows.csv": text})
    (use,) = made.body["leg"]["stay"]["uses"]
    assert use["contract"] == {
        "certificate": "GEC-2025-77",
        "cancelled_on": "2025-05-01",
        "volume_wh": "5000000",
        "period": {"from": "2025-01-01", "to": "2025-12-31"},
    }
    assert "instrument" not in made.body["lines"][0]
    lacking = text.replace("2025-05-01", "")
    (found,) = refusals(tmp_path, {"handlings.csv": HANDLINGS, "rows.csv": lacking})
    assert (type(found), found.column) == (NeededCellError, "cancelled_on")
