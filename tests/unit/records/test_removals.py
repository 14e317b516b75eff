"""Removals come in as records: measured, the company's own, with everything that a net figure needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.lines import Line
from ledger.records.errors import (
    EmptyCellError,
    FractionRecordError,
    RecordChoiceError,
    RecordRangeError,
    UnknownRecordError,
    ZeroRecordError,
)
from ledger.records.references import Reference
from tests.unit.records.making import SEASON, intents, refusals

HEADER = "record,removal,quantity,unit,removed_kg,channel,pool,monitoring,permanence,reserve,text\n"
CELLS = {
    "record": "P-1",
    "removal": "orchard_growth",
    "quantity": "12000",
    "unit": "m2",
    "removed_kg": "521.88",
    "channel": "land_removal",
    "pool": "above_ground_biomass",
    "monitoring": "field_inventory",
    "permanence": "30",
    "reserve": "0.15",
    "text": "Trees of plot 7",
}


def files(**changed: str) -> dict[str, str]:
    return {**SEASON, "removals.csv": HEADER + ",".join({**CELLS, **changed}.values()) + "\n"}


def line(folder: Path, **changed: str) -> dict[str, Any]:
    (found,) = intents(folder, files(**changed))[0].body["lines"]
    return dict(found)


def test_a_removal_is_measured_and_belongs_to_whose_records_they_are(tmp_path: Path) -> None:
    made = line(tmp_path)
    assert made["amount"] == {"components": {"land_removal.measured": "521880000"}, "gwp": "AR5"}
    assert made["source"]["text"] == "Trees of plot 7"
    owner = made["removal"].pop("owner")
    assert owner == Reference("organization", "", "orchard")
    read = Line.model_validate({**made, "removal": {**made["removal"], "owner": "org_" + "a" * 32}})
    assert read.removal is not None
    assert (read.removal.permanence.years, read.removal.reserve) == ("30", "0.15")


def test_the_owner_is_known_by_the_register_before_anything_is_drafted(tmp_path: Path) -> None:
    (intent,) = intents(tmp_path, files())
    assert Reference("organization", "", "orchard") in intent.needs()


@pytest.mark.parametrize(
    ("cell", "stated"), [("永久", {"class": "permanent"}), ("temporary", {"class": "temporary"})]
)
def test_permanence_may_be_a_class_and_cells_may_be_chinese(
    tmp_path: Path, cell: str, stated: dict[str, str]
) -> None:
    made = line(tmp_path, permanence=cell, pool="生物炭", channel="技术移除", monitoring="流量计量", text="")
    assert made["removal"]["permanence"] == stated
    assert made["removal"]["pool"] == "biochar"
    assert list(made["amount"]["components"]) == ["tech_removal.measured"]
    assert "text" not in made["source"]


@pytest.mark.parametrize(
    ("column", "cell", "problem"),
    [
        ("channel", "fossil", RecordChoiceError),
        ("channel", "biogenic_co2_uptake", RecordChoiceError),
        ("pool", "credits", RecordChoiceError),
        ("monitoring", "trust", RecordChoiceError),
        ("permanence", "0", RecordChoiceError),
        ("permanence", "30.5", RecordChoiceError),
        ("permanence", "", EmptyCellError),
        ("reserve", "1.5", RecordRangeError),
        ("removed_kg", "0.0000001", FractionRecordError),
        ("removed_kg", "0", ZeroRecordError),
        ("record", "P-9", UnknownRecordError),
    ],
)
def test_a_removal_that_does_not_say_how_it_is_kept_is_refused_with_its_row(
    tmp_path: Path, column: str, cell: str, problem: type
) -> None:
    assert [type(one) for one in refusals(tmp_path, files(**{column: cell}))] == [problem]


def test_corrections_take_removals_too(tmp_path: Path) -> None:
    corrected = "correction,production,date,drop_purchases\nK-1,P-1,2025-06-18,\n"
    found = intents(tmp_path, {**files(record="K-1"), "corrections.csv": corrected})
    (made,) = found[-1].body["change"]["add_lines"]
    assert made["removal"]["pool"] == "above_ground_biomass"


def test_a_removal_is_counted_in_trees_or_land_but_not_in_moves(tmp_path: Path) -> None:
    assert line(tmp_path, unit="棵")["source"]["unit"] == "piece"
    assert [type(one) for one in refusals(tmp_path, files(unit="moves"))] == [RecordChoiceError]
