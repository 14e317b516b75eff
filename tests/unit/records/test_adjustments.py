"""Answers to adjustments, standing acceptances and new estimates of assets, out of a company's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.components import Components
from ledger.records.errors import (
    EmptyCellError,
    NeededCellError,
    RecordChoiceError,
    RecordPeriodError,
    RecordUnitError,
    ZeroRecordError,
)
from ledger.records.references import Reference
from ledger.statements import DispatchBody
from tests.unit.records.making import intents, refusals
from tests.unit.records.playing import play
from tests.unit.records.scenario import Played

STANDING = "accepts_from,limit_kg,valid_from,valid_to,date\norchard,5,2026-01-01,2026-12-31,2026-01-02\n"
ANSWER = "cause,author,delivery_note,outcome,date,reason\nK-1,orchard,DN-1,{0},2026-05-03,{1}\n"
SOLD = {
    "productions.csv": "production,from,to,policy\nP-1,2026-01-01,2026-04-30,mass/1\n",
    "outputs.csv": "production,batch,product,quantity,unit\nP-1,LZ,Lychee,4500,kg\n",
    "dispatches.csv": "delivery_note,batch,quantity,unit,consignee,date\nDN-1,LZ,4500,kg,packer,2026-05-01\n",
    "activities.csv": "record,activity,quantity,unit,purchase\nP-1,diesel_burnt,10,L,I-1\nK-1,"
    "diesel_burnt,{0},L,I-2\n",
    "corrections.csv": "correction,production,date,reason\nK-1,P-1,2026-05-02,A can was forgotten\n",
}
TAKEN = {"receipts.csv": "delivery_note,outcome,date,received_batch\nDN-1,accepted,2026-05-01,IN-1\n"}


def sold(litres: str) -> dict[str, str]:
    return {**SOLD, "activities.csv": SOLD["activities.csv"].format(litres)}


def figures(played: Played) -> tuple[int, int]:
    """Return what the packer's lot carries now, and what was dispatched with it, in mg gross."""
    with played.world.store.read() as view:
        lot = view.lot(played.register["batch:packer/IN-1"])
        sent = view.statement(played.register["shipment:DN-1"])
    assert lot is not None
    assert sent is not None
    assert isinstance(sent.body, DispatchBody)
    return lot.total.gross_mg(), Components.parse(sent.body.liability).gross_mg()


def test_an_adjustment_is_accepted_from_a_file_after_its_cause(tmp_path: Path) -> None:
    answered = {**TAKEN, "answers.csv": ANSWER.format("接受", "")}
    played = play(tmp_path, packer=answered, orchard=sold("10"))
    now, dispatched = figures(played)
    assert now == 2 * dispatched
    key = "record:packer/answer/orchard/K-1/DN-1"
    with played.world.store.read() as view:
        stated = view.statement(played.register[key])
    assert stated is not None
    assert stated.kind == "acceptance/1"


def test_a_standing_acceptance_of_the_same_day_comes_first(tmp_path: Path) -> None:
    allowed = STANDING.replace("2026-01-02", "2026-05-02")
    played = play(tmp_path, packer={**TAKEN, "standing.csv": allowed}, orchard=sold("1"))
    now, dispatched = figures(played)
    assert now * 10 == dispatched * 11


def test_what_a_file_allows_in_advance(tmp_path: Path) -> None:
    (one,) = intents(tmp_path, {"standing.csv": STANDING})
    assert one.body["standing"] == {
        "from": Reference("organization", "", "orchard"),
        "limit_mg": "5000000",
        "validity": {"from": "2026-01-01", "to": "2026-12-31"},
    }
    (any_,) = intents(tmp_path, {"standing.csv": STANDING.replace("orchard", "any")})
    assert any_.body["standing"]["from"] == "any"
    for cell, after, problem in (
        ("2026-12-31", "2025-12-31", RecordPeriodError),
        (",5,", ",0,", ZeroRecordError),
        (",5,", ",,", EmptyCellError),
    ):
        (found,) = refusals(tmp_path, {"standing.csv": STANDING.replace(cell, after)})
        assert isinstance(found, problem)


def test_a_claim_of_a_handler_is_answered_by_its_own_digest(tmp_path: Path) -> None:
    text = f"cause,outcome,date\n{'ab' * 32},accepted,2026-05-03\n"
    (one,) = intents(tmp_path, {"answers.csv": text})
    assert one.needs() == []
    assert one.body["answer"]["cause"] == one.body["answer"]["target"]


def test_a_refused_adjustment_needs_its_reason(tmp_path: Path) -> None:
    (found,) = refusals(tmp_path, {"answers.csv": ANSWER.format("refused", "")})
    assert (type(found), found.column) == (NeededCellError, "reason")
    (refused,) = intents(tmp_path, {"answers.csv": ANSWER.format("拒绝", "Not ours")})
    assert refused.body["reason"] == "Not ours"
    (found,) = refusals(tmp_path, {"answers.csv": ANSWER.format("perhaps", "")})
    assert (type(found), found.column) == (RecordChoiceError, "outcome")


STORE = {
    "productions.csv": "production,from,to,policy\nB-1,2026-01-01,2026-01-31,sole/1\n"
    "P-1,2026-02-01,2026-02-28,mass/1\nP-2,2026-04-01,2026-04-30,mass/1\n",
    "outputs.csv": "production,batch,product,quantity,unit,role\nB-1,COLD,Cold store,1000,h,asset\n"
    "P-1,LZ,Lychee,4500,kg,\nP-2,LZ-2,Lychee,4500,kg,\n",
    "activities.csv": "record,activity,quantity,unit,purchase\nB-1,diesel_burnt,1000,L,I-1\n",
    "inputs.csv": "record,used_batch,quantity,unit\nP-1,COLD,200,h\nP-2,COLD,200,小时\n",
    "reestimates.csv": "asset,quantity_left,unit,date,reason\nCOLD,400,h,2026-03-31,Doors leak\n",
}


def test_an_asset_is_written_down_by_its_hours_and_estimated_anew(tmp_path: Path) -> None:
    played = play(tmp_path, orchard=STORE)
    with played.world.store.read() as view:
        charged = []
        for name in ("COLD", "LZ", "LZ-2"):
            lot = view.lot(played.register[f"batch:orchard/{name}"])
            assert lot is not None
            charged.append(lot)
    asset, before, after = charged
    whole = asset.given.gross_mg()
    assert before.total.gross_mg() * 5 == pytest.approx(whole, abs=9)
    assert after.total.gross_mg() * 5 == pytest.approx(whole * 2, abs=9)
    assert (asset.unit, asset.left) == ("s", 200 * 3600)


def test_only_an_asset_is_counted_in_hours_and_nothing_in_litres(tmp_path: Path) -> None:
    goods = STORE["outputs.csv"].replace(",asset", ",")
    found = refusals(tmp_path, {**STORE, "outputs.csv": goods})
    assert [(type(one), one.column) for one in found] == [(RecordUnitError, "unit")]
    again = STORE["reestimates.csv"].replace("400,h", "400,L")
    found = refusals(tmp_path, {"reestimates.csv": again})
    assert [(type(one), one.column) for one in found] == [(RecordUnitError, "unit")]
