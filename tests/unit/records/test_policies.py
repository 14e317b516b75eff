"""Subdivision and bearing cycles out of a company's files: who used what, and which seasons are smoothed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.components import Components
from ledger.records.errors import (
    FractionRecordError,
    NeededCellError,
    RecordChoiceError,
    RecordTextError,
    UnknownRecordError,
)
from ledger.records.outputs import NeedlessCellError
from ledger.records.policies import SeasonsError, ServedAloneError
from ledger.statements import ProductionBody
from tests.unit.records.making import SEASON, intents, refusals
from tests.unit.records.playing import play

DIVIDED = {
    "productions.csv": "production,from,to,policy,common_by\nP-1,2026-01-01,2026-05-01,"
    "subdivision/1,mass/1\n",
    "outputs.csv": "production,batch,product,quantity,unit,role\n"
    "P-1,FRESH,Fresh,3000,kg,\nP-1,DRY,Dried,1000,kg,\nP-1,PEEL,Peel,500,kg,waste\n",
    "activities.csv": "record,activity,quantity,unit,purchase,serves\n"
    "P-1,diesel_burnt,10,L,I-1,DRY\nP-1,diesel_burnt,40,L,I-2,\n",
    "purchases.csv": "record,purchase,goods,sector,country,amount,currency,invoice_date,"
    "price_type,vat_percent,专属批号\n"
    "P-1,PO-1,Pouches,322210,CN,1000,CNY,2026-02-01,purchaser,13,DRY\n",
}
CROP = {
    "productions.csv": "production,from,to,policy,failed_below\nS-26,2026-01-01,2026-05-01,"
    "bearing-cycle/1,0.3\n",
    "outputs.csv": "production,batch,product,quantity,unit,role\n"
    "S-26,LZ-26,Lychee,2000,kg,\nS-26,NEXT,Deferred to 2027,1,kg,in_process\n",
    "activities.csv": "record,activity,quantity,unit,purchase\nS-26,diesel_burnt,100,L,I-1\n",
    "seasons.csv": "production,year,emissions_kg,mass_kg\nS-26,2024,300,6000\nS-26,2025,320,6500\n",
}


def changed(files: dict[str, str], file: str, before: str, after: str) -> dict[str, str]:
    assert before in files[file]
    return {**files, file: files[file].replace(before, after)}


def lots_of(played: Any, *batches: str) -> list[int]:
    with played.world.store.read() as view:
        return [view.lot(played.register[f"batch:orchard/{one}"]).total.gross_mg() for one in batches]


def test_what_served_one_batch_alone_is_carried_by_it(tmp_path: Path) -> None:
    (made,) = intents(tmp_path, DIVIDED)
    policy = made.body["policy"]
    assert policy["id"] == "subdivision/1"
    assert policy["inputs"]["subdivision"] == {
        "alone": [{"output": "1", "lines": ["0", "1", "4"], "inputs": []}],
        "common": {"by": "cut-off/1", "lines": ["2", "3"], "inputs": []},
    }
    assert policy["inputs"]["cut_off"]["others"] == "mass/1"
    gross = [Components.parse(line["amount"]["components"]).gross_mg() for line in made.body["lines"]]
    fresh, dry = lots_of(play(tmp_path, orchard=DIVIDED), "FRESH", "DRY")
    assert fresh + dry == sum(gross)
    assert abs(dry - (gross[0] + gross[1] + gross[4]) - (gross[2] + gross[3]) // 4) <= 4


@pytest.mark.parametrize(
    ("file", "before", "after", "problem", "column"),
    [
        ("productions.csv", ",mass/1", ",", NeededCellError, "common_by"),
        ("productions.csv", ",mass/1", ",cut-off/1", RecordChoiceError, "common_by"),
        ("productions.csv", "subdivision/1", "mass/1", NeedlessCellError, "common_by"),
        ("activities.csv", "I-1,DRY", "I-1,WET", RecordChoiceError, "serves"),
    ],
)
def test_a_subdivision_that_does_not_add_up_is_told_with_its_cell(  # noqa: PLR0917 - one case a row
    tmp_path: Path, file: str, before: str, after: str, problem: type, column: str
) -> None:
    found = refusals(tmp_path, changed(DIVIDED, file, before, after))
    assert (type(found[0]), found[0].column) == (problem, column)
    assert len(found) == 1


def test_some_row_must_say_what_it_served_and_only_under_subdivision(tmp_path: Path) -> None:
    shared = {name: text.replace(",DRY\n", ",\n") for name, text in DIVIDED.items() if name != "outputs.csv"}
    (found,) = refusals(tmp_path, {**shared, "outputs.csv": DIVIDED["outputs.csv"]})
    assert (type(found), found.column) == (NeededCellError, "serves")
    by_mass = "production,from,to,policy\nP-1,2026-01-01,2026-05-01,mass/1\n"
    (found,) = refusals(tmp_path, {**DIVIDED, "productions.csv": by_mass})
    assert (type(found), found.column, found.policy) == (ServedAloneError, "serves", "mass/1")
    corrected = {
        **SEASON,
        "corrections.csv": "correction,production,date\nK-1,P-1,2026-05-02\n",
        "rows.csv": "record,used_batch,quantity,unit,serves\nK-1,GLUE,1,kg,LZ\n",
    }
    (found,) = refusals(tmp_path, corrected)
    assert isinstance(found, ServedAloneError)
    assert "correction" in str(found)


def test_an_off_year_defers_what_its_crop_does_not_bear(tmp_path: Path) -> None:
    (made,) = intents(tmp_path, CROP)
    cycle = made.body["policy"]["inputs"]["bearing_cycle"]
    emitted = sum(Components.parse(line["amount"]["components"]).gross_mg() for line in made.body["lines"])
    assert cycle["seasons"] == [
        {"year": "2024", "emissions_mg": "300000000", "mass_mg": "6000000000"},
        {"year": "2025", "emissions_mg": "320000000", "mass_mg": "6500000000"},
        {"year": "2026", "emissions_mg": str(emitted), "mass_mg": "2000000000"},
    ]
    assert (cycle["deferred"], cycle["failed_below"], cycle["brought_forward"]) == (
        "1",
        "0.3",
        {"mg": "0", "inputs": []},
    )
    crop, deferred = lots_of(play(tmp_path, orchard=CROP), "LZ-26", "NEXT")
    assert crop + deferred == emitted
    assert crop == (620_000_000 + emitted) * 2000 // 14500


def test_the_next_season_says_what_it_brings_forward(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    _, deferred = lots_of(play(one, orchard=CROP), "LZ-26", "NEXT")
    next_year = {
        "productions.csv": CROP["productions.csv"]
        .replace("2026-05-01", "2026-03-01")
        .replace("S-26,", "S-26,", 1)
        + "S-27,2026-04-01,2026-05-01,bearing-cycle/1,0.3\n",
        "outputs.csv": CROP["outputs.csv"]
        + "S-27,LZ-27,Lychee,7000,kg,\nS-27,LATER,Deferred,1,kg,in_process\nS-27,HAIL,Hail,1,kg,"
        "abnormal_loss\n",
        "activities.csv": CROP["activities.csv"] + "S-27,diesel_burnt,50,L,I-2\n",
        "seasons.csv": CROP["seasons.csv"] + "S-27,2024,300,6000\nS-27,2025,320,6500\n",
        "inputs.csv": "record,used_batch,quantity,unit,brought_forward\nS-27,NEXT,1,kg,是\n",
    }
    brought = f"{deferred // 10**6}.{deferred % 10**6:06}"
    text = next_year["productions.csv"].replace("failed_below\n", "failed_below,brought_forward_kg\n")
    text = text.replace("2026-03-01,bearing-cycle/1,0.3", "2026-03-01,bearing-cycle/1,0.3,")
    text = text.replace("2026-05-01,bearing-cycle/1,0.3", f"2026-05-01,bearing-cycle/1,0.3,{brought}")
    played = play(two, orchard={**next_year, "productions.csv": text})
    crop, later = lots_of(played, "LZ-27", "LATER")
    with played.world.store.read() as view:
        stated = view.statement(played.register["record:orchard/S-27"])
    assert stated is not None
    assert isinstance(stated.body, ProductionBody)
    emitted = sum(Components.parse(line.amount.components).gross_mg() for line in stated.body.lines)
    assert crop + later == emitted + deferred
    (found,) = refusals(tmp_path, {**next_year})
    assert (type(found), found.column) == (NeededCellError, "brought_forward_kg")


@pytest.mark.parametrize(
    ("file", "before", "after", "problem", "column"),
    [
        ("productions.csv", ",0.3", ",", NeededCellError, "failed_below"),
        ("seasons.csv", "S-26,2025,320,6500\n", "", SeasonsError, "production"),
        ("seasons.csv", "2025,320", "2024,320", SeasonsError, "year"),
        ("seasons.csv", "2025,320", "2027,320", SeasonsError, "year"),
        ("seasons.csv", "2025,320", "25,320", RecordTextError, "year"),
        ("seasons.csv", "320,6500", "320,", NeededCellError, "mass_kg"),
        ("seasons.csv", "320,6500", "0.0000001,6500", FractionRecordError, "emissions_kg"),
        ("seasons.csv", "S-26,2025", "S-99,2025", UnknownRecordError, "record"),
        ("outputs.csv", "in_process", "waste", RecordChoiceError, "role"),
        ("outputs.csv", "in_process", "", RecordChoiceError, "policy"),
    ],
)
def test_a_cycle_that_lacks_something_is_told_with_its_cell(  # noqa: PLR0917 - one case a row
    tmp_path: Path, file: str, before: str, after: str, problem: type, column: str
) -> None:
    found = refusals(tmp_path, changed(CROP, file, before, after))
    assert (type(found[0]), found[0].column) == (problem, column)


def test_a_season_that_used_goods_with_passports_says_itself_what_it_emitted(tmp_path: Path) -> None:
    used = {**CROP, "inputs.csv": "record,used_batch,quantity,unit\nS-26,UREA,100,kg\n"}
    (found,) = refusals(tmp_path, used)
    assert (type(found), found.column) == (NeededCellError, "emissions_kg")
    used["seasons.csv"] += "S-26,2026,400.5,2000\n"
    (made,) = intents(tmp_path, used)
    last = made.body["policy"]["inputs"]["bearing_cycle"]["seasons"][-1]
    assert last == {"year": "2026", "emissions_mg": "400500000", "mass_mg": "2000000000"}
    used["seasons.csv"] = CROP["seasons.csv"] + "S-26,2026,,\n"
    (found,) = refusals(tmp_path, used)
    assert found.file == "seasons.csv"
    with_header = CROP["productions.csv"].replace("failed_below", "failed_below,common_by")
    (found,) = refusals(tmp_path, {**CROP, "productions.csv": with_header.replace("0.3", "0.3,mass/1")})
    assert isinstance(found, NeedlessCellError)
