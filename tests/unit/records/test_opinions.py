"""What a verifier's files say: an opinion on a company's statements, and what it takes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.attesting import opinions
from ledger.records.errors import EmptyCellError, NeededCellError, RecordChoiceError, RecordPeriodError
from ledger.records.references import Reference
from tests.unit.records.making import SEASON, intents, refusals
from tests.unit.records.playing import play

OPINION = (
    "opinion,about,standard,scope,level,conclusion,valid_from,valid_to,date,statements,"
    "delivery_notes,text,evidence\n"
    "V-1,orchard,ISO 14064-3,Own emissions of the season,有限保证,modified,2026-05-01,2027-04-30,"
    "2026-05-01,P-1,DN-1,"
    "Diesel was estimated,Working papers 7\n"
)
WITHDRAWAL = "withdrawn,about,valid_from,date,evidence\nV-1,orchard,2026-06-01,2026-06-01,Papers were wrong\n"
GROWN = {
    "productions.csv": "production,from,to,policy\nP-1,2026-01-01,2026-05-01,mass/1\n",
    "outputs.csv": SEASON["outputs.csv"],
    "dispatches.csv": "delivery_note,batch,quantity,unit,consignee,date\nDN-1,LZ,3000,kg,outside,"
    "2026-05-01\n",
}


def test_an_opinion_names_statements_standard_and_conclusion(tmp_path: Path) -> None:
    (made,) = intents(tmp_path, {"opinions.csv": OPINION})
    assert made.body == {
        "occurred": {"from": "2026-05-01", "to": "2026-05-01", "zone": "Asia/Shanghai"},
        "subject": Reference("organization", "", "orchard"),
        "opinion": {
            "standard": "ISO 14064-3",
            "scope": "Own emissions of the season",
            "level": "limited",
            "conclusion": "modified",
            "statements": [Reference("record", "orchard", "P-1"), Reference("shipment", "orchard", "DN-1")],
            "text": "Diesel was estimated",
        },
        "validity": {"from": "2026-05-01", "to": "2027-04-30"},
        "evidence": "Working papers 7",
    }
    assert made.gives == {"record:orchard/V-1": "{digest}"}


def test_an_opinion_comes_after_what_it_is_on_and_is_withdrawn_by_its_number(tmp_path: Path) -> None:
    files = {"opinions.csv": OPINION, "withdrawals.csv": WITHDRAWAL}
    played = play(tmp_path, auditor=files, orchard=GROWN)
    with played.world.store.read() as view:
        statements = [entry.statement for entry in view.entries(0, view.size())]
    about = played.register["record:orchard/P-1"], played.register["shipment:DN-1"]
    (found,) = opinions(statements, about)
    assert set(found.about) == set(about)
    assert found.withdrawn_by == played.register["record:auditor/withdrawal/V-1"]


@pytest.mark.parametrize(
    ("before", "after", "problem", "column"),
    [
        ("P-1,DN-1", ",", NeededCellError, "statements"),
        ("Diesel was estimated", "", NeededCellError, "text"),
        ("2027-04-30", "2026-04-30", RecordPeriodError, "valid_to"),
        ("有限保证", "absolute", RecordChoiceError, "level"),
        ("modified", "fine", RecordChoiceError, "conclusion"),
        ("ISO 14064-3", "", EmptyCellError, "standard"),
    ],
)
def test_an_opinion_that_says_too_little_is_refused(
    tmp_path: Path, before: str, after: str, problem: type, column: str
) -> None:
    (found,) = refusals(tmp_path, {"opinions.csv": OPINION.replace(before, after)})
    assert (type(found), found.column, found.row) == (problem, column, 2)
