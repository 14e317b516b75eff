"""Books begin with what a company's files say was there: lots, what they carry, and on what ground."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.records.errors import (
    BareRecordError,
    EmptyCellError,
    NeededCellError,
    RecordChoiceError,
    RecordTextError,
    RepeatedReferenceError,
    ZeroRecordError,
)
from ledger.records.joined import UnknownOpeningError
from ledger.records.openings import NeedlessShareError, OpeningDateError, RepeatedAmountError
from tests.unit.records.making import intents, refusals
from tests.unit.records.playing import play

LOTS = (
    "opening,date,batch,product,quantity,unit,gwp,evidence,document,primary_share,gtin,unit_mass_g\n"
    "OB-1,2026-01-02,OLD-1,Lychee in brine,1200,kg,AR5,Stock list of 31 December,{document},,"
    "06901234567892,\n"
    "OB-1,2026-01-02,OLD-2,Cartons,400,piece,AR5,Supplier's sheet,,0.6,,620.5\n"
)
AMOUNTS = (
    "batch,channel,known_by,carried_kg\n"
    "OLD-1,fossil,secondary,310.25\nOLD-1,luc,次级,12\nOLD-2,fossil,imported,80\n"
)
FILES = {"openings.csv": LOTS.format(document="ab" * 32), "amounts.csv": AMOUNTS}


def changed(file: str, before: str, after: str) -> dict[str, str]:
    assert before in FILES[file]
    return {**FILES, file: FILES[file].replace(before, after)}


def test_the_lots_of_one_opening_are_one_statement(tmp_path: Path) -> None:
    (made,) = intents(tmp_path, FILES)
    assert (made.kind, made.reference, made.ended) == ("opening/1", "OB-1", "2026-01-02")
    first, second = made.body["lots"]
    assert first == {
        "balance": {
            "quantity": "1200000000",
            "unit": "mg",
            "liability": {"fossil.secondary": "310250000", "luc.secondary": "12000000"},
            "gwp": "AR5",
        },
        "product": {"name": "Lychee in brine", "batch": "OLD-1", "gtin": "06901234567892"},
        "evidence": {"text": "Stock list of 31 December", "document": "ab" * 32},
    }
    assert second["balance"]["primary_share"] == "0.6"
    assert second["product"] == {"name": "Cartons", "batch": "OLD-2", "unit_mass_mg": "620500"}
    assert made.gives == {
        "record:orchard/OB-1": "{digest}",
        "batch:orchard/OLD-1": "{digest}.0",
        "batch:orchard/OLD-2": "{digest}.1",
    }


def test_an_opening_is_posted_before_what_is_made_of_it(tmp_path: Path) -> None:
    files = {
        **FILES,
        "productions.csv": "production,from,to,policy\nP-1,2026-01-02,2026-01-02,mass/1\n",
        "outputs.csv": "production,batch,product,quantity,unit\nP-1,JAR,Jars,600,kg\n",
        "inputs.csv": "record,used_batch,quantity,unit\nP-1,OLD-1,600,kg\n",
    }
    played = play(tmp_path, orchard=files)
    with played.world.store.read() as view:
        jars = view.lot(played.register["batch:orchard/JAR"])
        old = view.lot(played.register["batch:orchard/OLD-1"])
    assert jars is not None
    assert old is not None
    assert (jars.total.gross_mg(), old.left) == (161_125_000, 600_000_000)


@pytest.mark.parametrize(
    ("file", "before", "after", "problem", "column"),
    [
        ("amounts.csv", "luc,次级,12", "fossil,次级,12", RepeatedAmountError, "channel"),
        ("amounts.csv", "310.25", "0", ZeroRecordError, "carried_kg"),
        ("amounts.csv", "fossil,imported", "fossil,markup", RecordChoiceError, "known_by"),
        ("amounts.csv", "luc,次级", "land_removal,次级", RecordChoiceError, "channel"),
        ("amounts.csv", "OLD-2,fossil,imported,80\n", "", BareRecordError, "batch"),
        ("openings.csv", "2026-01-02,OLD-2", "2026-01-03,OLD-2", OpeningDateError, "date"),
        ("openings.csv", "Supplier's sheet", "", EmptyCellError, "evidence"),
        ("openings.csv", "ab" * 32, "AB" * 32, RecordTextError, "document"),
        ("openings.csv", ",,0.6,", ",,,", NeededCellError, "primary_share"),
        ("openings.csv", ",,06901234567892", ",0.5,06901234567892", NeedlessShareError, "primary_share"),
        ("openings.csv", "620.5", "", NeededCellError, "unit_mass_g"),
    ],
)
def test_what_an_opening_lot_lacks_is_told_with_its_cell(  # noqa: PLR0917 - one case a row
    tmp_path: Path, file: str, before: str, after: str, problem: type, column: str
) -> None:
    (found,) = refusals(tmp_path, changed(file, before, after))
    assert (type(found), found.column) == (problem, column)


def test_amounts_belong_to_a_lot_and_a_batch_stands_once(tmp_path: Path) -> None:
    found: list[Any] = refusals(tmp_path, {"amounts.csv": AMOUNTS})
    assert [type(one) for one in found] == [UnknownOpeningError] * 3
    assert "Import it together with its lot" in str(found[0])
    again = changed("openings.csv", "OLD-2,Cartons", "OLD-1,Cartons")
    kinds = {type(one) for one in refusals(tmp_path, again)}
    assert RepeatedReferenceError in kinds
