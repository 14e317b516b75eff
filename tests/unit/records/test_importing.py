"""A company's files become what it means to state: joined by its own numbers, all or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.records.errors import (
    BareRecordError,
    FractionRecordError,
    HandledGoodsError,
    LegWorkError,
    NeededCellError,
    RecordPeriodError,
    RecordUnitError,
    RepeatedReferenceError,
    UnknownRecordError,
)
from ledger.records.importing import introduced
from ledger.records.references import Reference
from tests.unit.records.making import SEASON, intents, refusals

PRODUCTION = (
    "production,from,to,policy,currency,prices_from,prices_to,site,locode,note\n"
    "P-1,2025-01-01,2025-06-17,economic/1,CNY,2025-01-01,2025-05-31,Orchard,CNCAN,On-year\n"
)
HANDLING = (
    "handling,leg,mode,load_kg,from,to,delivery_note,batch,distance_km,distance_basis,own_tkm,total_tkm,"
    "note,origin,destination\n"
)
DIESEL = "record,activity,quantity,unit,purchase\nH-1,diesel_burnt,10,L,INV-1\n"
PURCHASES = "record,purchase,goods,sector,country,amount,currency,invoice_date,price_type,vat_percent\n"
RECEIPT = "delivery_note,outcome,date,received_batch,accepts,reason\n"


def _batch(name: str) -> Reference:
    return Reference("batch", "orchard", name)


def test_a_production_has_its_lines_inputs_and_outputs(tmp_path: Path) -> None:
    files = {
        "productions.csv": PRODUCTION,
        "outputs.csv": "production,batch,product,quantity,unit,revenue,unit_mass_g,gtin\n"
        "P-1,CTN,Carton,5000,piece,15000.25,620.5,06901234567892\n",
        "inputs.csv": "record,used_batch,quantity,unit\nP-1,BOARD,3.3,t\n",
        "activities.csv": "record,activity,quantity,unit,purchase\nP-1,diesel_burnt,10,L,INV-1\n",
        "purchases.csv": f"{PURCHASES}P-1,PO-1,Glue,311221,CN,980,CNY,2025-05-08,purchaser,13\n",
    }
    (made,) = intents(tmp_path, files)
    assert (made.kind, made.organization, made.reference, made.ended) == (
        "production/1",
        "orchard",
        "P-1",
        "2025-06-17",
    )
    body = made.body
    assert body["occurred"] == {"from": "2025-01-01", "to": "2025-06-17", "zone": "Asia/Shanghai"}
    assert body["inputs"] == [{"lot": _batch("BOARD"), "quantity": "3300000000"}]
    assert [line["source"]["activity"] for line in body["lines"]] == [
        "diesel_burnt",
        "diesel_burnt",
        "purchase",
    ]
    assert body["outputs"] == [
        {
            "balance": {"quantity": "5000", "unit": "piece"},
            "product": {"name": "Carton", "batch": "CTN", "gtin": "06901234567892", "unit_mass_mg": "620500"},
        }
    ]
    averaged = {"from": "2025-01-01", "to": "2025-05-31"}
    entries = [{"output": "0", "revenue": "1500025"}]
    assert body["policy"] == {
        "id": "economic/1",
        "inputs": {"values": {"currency": "CNY", "averaged": averaged, "outputs": entries}},
    }
    assert body["site"] == {"name": "Orchard", "locode": "CNCAN"}
    assert body["note"] == "On-year"
    assert made.gives == {
        "record:orchard/P-1": "{digest}",
        "batch:orchard/CTN": "{digest}.0",
        "line:orchard/P-1/INV-1/wtt": "1",
        "line:orchard/P-1/PO-1": "2",
    }


def test_a_dispatch_names_batch_consignee_carriers_and_places(tmp_path: Path) -> None:
    text = (
        "delivery_note,batch,quantity,unit,consignee,date,carriers,incoterm,origin,origin_locode,destination,"
        "container,sscc\n"
        "DN-1,LZ,3000,kg,packhouse,2025-06-18,carrier;port,DAP,Orchard,CNCAN,Packhouse,EXMU4200011,369012345678901239\n"
        "DN-2,LZ,1000,kg,outside,2025-06-19,,,,,,,\n"
    )
    first, second = intents(tmp_path, {"dispatches.csv": text})
    assert first.body == {
        "occurred": {"from": "2025-06-18", "to": "2025-06-18", "zone": "Asia/Shanghai"},
        "take": {"lot": _batch("LZ"), "quantity": "3000000000"},
        "consignee": Reference("organization", "orchard", "packhouse"),
        "handlers": [Reference("organization", "orchard", one) for one in ("carrier", "port")],
        "goods": {"container": "EXMU4200011", "sscc": "369012345678901239"},
        "terms": {"incoterm": "DAP"},
        "places": {"from": {"name": "Orchard", "locode": "CNCAN"}, "to": {"name": "Packhouse"}},
    }
    assert first.gives == {"shipment:DN-1": "{digest}"}
    assert [need.key for need in second.needs()] == ["batch:orchard/LZ"]
    assert "terms" not in second.body
    assert "places" not in second.body


def test_a_receipt_names_the_new_batch_or_sends_the_goods_back(tmp_path: Path) -> None:
    text = RECEIPT + "DN-1,accepted,2025-06-18,IN-1,H-9,\nDN-2,refused,2025-06-19,,,Too warm\n"
    accepted, refused = intents(tmp_path, {"receipts.csv": text})
    assert accepted.gives == {"batch:orchard/IN-1": "{digest}.0"}
    assert accepted.body["takes_over"]["claims"] == [Reference("record", "orchard", "H-9")]
    assert refused.gives == {"returned:DN-2": "{digest}.0"}
    assert refused.body["takes_over"] == {"shipment": Reference("shipment", "orchard", "DN-2")}
    assert refused.body["reason"] == "Too warm"


@pytest.mark.parametrize(
    ("row", "column"),
    [("DN-1,accepted,2025-06-18,,,", "received_batch"), ("DN-1,refused,2025-06-18,,,", "reason")],
)
def test_a_receipt_without_batch_or_reason_is_refused(tmp_path: Path, row: str, column: str) -> None:
    (error,) = refusals(tmp_path, {"receipts.csv": f"{RECEIPT}{row}\n"})
    assert (type(error), error.column) == (NeededCellError, column)


def test_a_receipt_of_some_of_each_names_the_batch_and_what_goes_back(tmp_path: Path) -> None:
    header = RECEIPT.strip() + ",accepted,returned,lost,unit\n"
    rows = (
        "DN-1,accepted,2025-06-18,IN-1,,Two fell,750,200,50,kg\nDN-2,refused,2025-06-18,,,Warm,,0.9,0.1,t\n"
    )
    lost = "DN-3,lost,2025-06-18,,,Sunk,,,,\n"
    first, second, third = intents(tmp_path, {"receipts.csv": header + rows + lost})
    assert first.body["quantities"] == {"accepted": "750000000", "returned": "200000000", "lost": "50000000"}
    assert first.gives == {"batch:orchard/IN-1": "{digest}.0", "returned:DN-1": "{digest}.1"}
    assert second.body["quantities"] == {"returned": "900000000", "lost": "100000000"}
    assert second.gives == {"returned:DN-2": "{digest}.0"}
    assert (third.body["outcome"], third.gives) == ("lost", {})
    (error,) = refusals(tmp_path, {"receipts.csv": f"{header}DN-1,accepted,2025-06-18,IN-1,,,7,,2,\n"})
    assert (type(error), error.column) == (NeededCellError, "unit")


def test_goods_that_came_back_are_disposed_of_by_their_delivery_note(tmp_path: Path) -> None:
    text = (
        "disposal,batch,quantity,unit,fate,date,customer\nW-1,return:DN-2,5,kg,waste,2025-07-01,Composter\n"
    )
    (made,) = intents(tmp_path, {"disposals.csv": text})
    assert made.body["take"]["lot"] == Reference("returned", "", "DN-2")
    assert made.body["fate"] == "waste"
    assert made.body["customer"] == "Composter"


def test_a_correction_drops_purchases_and_takes_what_came_with_a_passport(tmp_path: Path) -> None:
    files = {
        "corrections.csv": "correction,production,date,drop_purchases,reason\n"
        "C-1,P-1,2025-06-23,PO-1;PO-2,Passport\n",
        "inputs.csv": "record,used_batch,quantity,unit\nC-1,CTN-IN,1200,piece\n",
    }
    (made,) = intents(tmp_path, files)
    assert made.body["corrects"] == Reference("record", "orchard", "P-1")
    change = made.body["change"]
    assert change["drop_lines"] == [Reference("line", "orchard", f"P-1/{one}") for one in ("PO-1", "PO-2")]
    assert change["add_inputs"] == [{"lot": _batch("CTN-IN"), "quantity": "1200"}]
    assert made.body["reason"] == "Passport"


def test_a_correction_may_only_add_what_was_forgotten(tmp_path: Path) -> None:
    files = {
        "corrections.csv": "correction,production,date\nH-1,P-1,2025-06-23\n",
        "activities.csv": DIESEL,
    }
    (made,) = intents(tmp_path, files)
    assert len(made.body["change"]["add_lines"]) == 2
    assert "reason" not in made.body


def test_a_correction_of_nothing_is_refused(tmp_path: Path) -> None:
    text = "correction,production,date\nC-1,P-1,2025-06-23\n"
    (error,) = refusals(tmp_path, {"corrections.csv": text})
    assert type(error) is BareRecordError


def test_a_leg_says_load_distance_and_share(tmp_path: Path) -> None:
    row = "H-1,orchard-port,road,21000,2025-06-18,2025-06-18,DN-1,,28,actual,588,735,By night,Orchard,Port\n"
    part = "record,activity,quantity,unit,purchase,whole_quantity\nH-1,diesel_burnt,10,L,INV-1,12.5\n"
    (made,) = intents(tmp_path, {"handlings.csv": HANDLING + row, "activities.csv": part})
    assert made.body["target"] == {"shipment": Reference("shipment", "orchard", "DN-1")}
    assert made.body["leg"] == {
        "key": "orchard-port",
        "mode": "road",
        "mass_mg": "21000000000",
        "distance_m": "28000",
        "distance_basis": "actual",
        "from": {"name": "Orchard"},
        "to": {"name": "Port"},
    }
    whole = [{"line": str(number), "quantity": "12.5"} for number in (0, 1)]
    assert made.body["share"] == {"own": "588000", "total": "735000", "basis": "tkm", "whole": whole}
    assert made.body["note"] == "By night"


def test_a_batch_in_stock_can_be_handled_too(tmp_path: Path) -> None:
    row = "H-1,cold-store,hub,1,2025-06-18,2025-06-18,,LZ,,,,,,,\n"
    (made,) = intents(tmp_path, {"handlings.csv": HANDLING + row, "activities.csv": DIESEL})
    assert made.body["target"] == {"lot": _batch("LZ")}
    assert "share" not in made.body


@pytest.mark.parametrize("goods", ["DN-1,LZ", ","])
def test_a_handling_is_of_a_delivery_note_or_a_batch_never_both(tmp_path: Path, goods: str) -> None:
    row = f"H-1,a,hub,1,2025-06-18,2025-06-18,{goods},,,,,,,\n"
    (error,) = refusals(tmp_path, {"handlings.csv": HANDLING + row, "activities.csv": DIESEL})
    assert type(error) is HandledGoodsError


@pytest.mark.parametrize(
    ("cells", "column"),
    [("28,,,,,,", "distance_basis"), (",,5,,,,", "total_tkm"), (",,,5,,,", "own_tkm")],
)
def test_half_a_distance_or_share_is_refused(tmp_path: Path, cells: str, column: str) -> None:
    row = f"H-1,a,road,1,2025-06-18,2025-06-18,DN-1,,{cells}\n"
    (error,) = refusals(tmp_path, {"handlings.csv": HANDLING + row, "activities.csv": DIESEL})
    assert (type(error), error.column) == (NeededCellError, column)


@pytest.mark.parametrize(
    ("distance", "quantity", "kind"),
    [("28,actual", "588", None), ("28,actual", "587", LegWorkError), (",", "588", NeededCellError)],
)
def test_transport_work_is_the_leg_s_load_times_its_distance(
    tmp_path: Path, distance: str, quantity: str, kind: type | None
) -> None:
    row = f"H-1,a,sea,21000,2025-06-18,2025-06-18,DN-1,,{distance},,,,,\n"
    work = f"record,activity,quantity,unit,purchase\nH-1,sea_freight_container,{quantity},t.km,BL-1\n"
    files = {"handlings.csv": HANDLING + row, "activities.csv": work}
    if kind is None:
        assert len(intents(tmp_path, files)[0].body["lines"]) == 2
    else:
        assert [type(error) for error in refusals(tmp_path, files)] == [kind]


def test_statements_need_what_makes_them_one(tmp_path: Path) -> None:
    row = "H-1,a,hub,1,2025-06-18,2025-06-18,DN-1,,,,,,,,\n"
    files = {"productions.csv": SEASON["productions.csv"], "handlings.csv": HANDLING + row}
    assert [type(error) for error in refusals(tmp_path, files)] == [BareRecordError, BareRecordError]


def test_a_period_that_ends_before_it_begins_is_refused(tmp_path: Path) -> None:
    files = {**SEASON, "productions.csv": "production,from,to,policy\nP-1,2025-06-17,2025-01-01,mass/1\n"}
    assert [type(error) for error in refusals(tmp_path, files)] == [RecordPeriodError]
    text = "attested,roles,valid_from,valid_to,date\nport,port,2025-01-01,2024-01-01,2025-01-01\n"
    assert [type(error) for error in refusals(tmp_path, {"a.csv": text})] == [RecordPeriodError]


def test_a_row_of_no_record_is_refused(tmp_path: Path) -> None:
    files = {**SEASON, "inputs.csv": "record,used_batch,quantity,unit\nP-2,LZ,1,kg\n"}
    (error,) = refusals(tmp_path, files)
    assert (type(error), error.value) == (UnknownRecordError, "P-2")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("productions.csv", SEASON["productions.csv"] + "P-1,2025-01-01,2025-06-17,mass/1\n"),
        ("outputs.csv", SEASON["outputs.csv"] + "P-1,LZ,Lychee again,1,kg\n"),
        ("activities.csv", "record,activity,quantity,unit,purchase\n" + "P-1,diesel_burnt,1,L,INV-1\n" * 2),
        (
            "purchases.csv",
            PURCHASES + "P-1,PO-1,Glue,311221,CN,980,CNY,2025-05-08,purchaser,13\n" * 2,
        ),
    ],
)
def test_a_reference_stands_for_one_thing_only(tmp_path: Path, name: str, text: str) -> None:
    (error,) = refusals(tmp_path, {**SEASON, name: text})
    assert type(error) is RepeatedReferenceError
    assert name in error.first


@pytest.mark.parametrize(
    ("quantity", "kind"), [("1,kWh", RecordUnitError), ("0.0000001,kg", FractionRecordError)]
)
def test_goods_have_a_unit_and_quantity_of_goods(tmp_path: Path, quantity: str, kind: type) -> None:
    text = f"production,batch,product,quantity,unit\nP-1,LZ,Lychee,{quantity}\n"
    assert [type(error) for error in refusals(tmp_path, {**SEASON, "outputs.csv": text})] == [kind]


def test_a_registration_waits_for_its_key_and_makes_the_company_known(tmp_path: Path) -> None:
    text = (
        "organization,name,roles,date,timezone,contact,site,locode\n"
        "orchard,Example Orchard,农户,2024-01-10,Asia/Shanghai,office@example.org,Conghua,CNCAN\n"
        "operator,Operator,,2024-01-10,UTC,,,\n"
    )
    first, second = intents(tmp_path, {"organizations.csv": text})
    assert first.body["key"] == {"alg": "eip712-secp256k1", "address": Reference("address", "", "orchard")}
    assert first.body["roles_claimed"] == ["farmer"]
    assert first.body["contact"] == "office@example.org"
    assert first.body["sites"] == [{"name": "Conghua", "locode": "CNCAN"}]
    assert first.gives == {"organization:orchard": "{organization}", "timezone:orchard": "Asia/Shanghai"}
    assert second.body["roles_claimed"] == []
    row = introduced([tmp_path / "organizations.csv"])
    assert row is not None
    assert (row.organization, row.timezone) == ("orchard", "Asia/Shanghai")


def test_one_bad_row_of_a_record_hides_none_of_the_others(tmp_path: Path) -> None:
    found = refusals(
        tmp_path,
        {
            "productions.csv": PRODUCTION,
            "outputs.csv": "production,batch,product,quantity,unit\nP-1,CTN,Carton,1,L\nP-1,BIG,Big,1,kg\n",
            "inputs.csv": "record,used_batch,quantity,unit\nP-1,BOARD,3.0000001,mg\nP-1,GLUE,1,L\n",
            "activities.csv": "record,activity,quantity,unit,purchase\n"
            "P-1,diesel,10,L,I-1\nP-1,lpg,1,L,I-2\n",
            "purchases.csv": f"{PURCHASES}P-1,PO-1,Glue,999999,CN,980,CNY,2025-05-08,purchaser,13\n",
        },
    )
    assert {(one.file, one.row) for one in found} == {
        ("activities.csv", 2),
        ("activities.csv", 3),
        ("purchases.csv", 2),
        ("inputs.csv", 2),
        ("inputs.csv", 3),
        ("outputs.csv", 2),
        ("outputs.csv", 3),
    }


@pytest.mark.parametrize(
    "files",
    [
        {"productions.csv": PRODUCTION.replace("2025-06-17", "17.6."), "outputs.csv": SEASON["outputs.csv"]},
        {**SEASON, "outputs.csv": SEASON["outputs.csv"].replace("4500", "x")},
        {**SEASON, "outputs.csv": SEASON["outputs.csv"].replace("kg", "kg,?")},
        {
            "handlings.csv": f"{HANDLING}H-1,L,sea,1,2025-01-01,2025-01-02,DN-1,,,,,,,,\n",
            "rows.csv": DIESEL[:-6],
        },
        {
            "handlings.csv": f"{HANDLING}H-1,L,sea,1,2025-01-01,2025-01-02,DN-1,,,,,,,,\n",
            "rows.csv": DIESEL.replace("diesel_burnt", "diesel"),
        },
        {
            "corrections.csv": "correction,production,date\nH-1,P-1,2025-06-23\n",
            "rows.csv": DIESEL.replace("diesel_burnt", "diesel"),
        },
    ],
)
def test_what_follows_from_a_refused_row_is_no_second_problem(tmp_path: Path, files: dict[str, str]) -> None:
    assert len(refusals(tmp_path, files)) == 1


def test_a_leg_without_its_distance_is_told_once_however_many_rows_need_it(tmp_path: Path) -> None:
    rows = "".join(f"H-1,sea_freight_container,10,t.km,INV-{number}\n" for number in range(3))
    files = {
        "handlings.csv": f"{HANDLING}H-1,L,sea,1,2025-01-01,2025-01-02,DN-1,,,,,,,,\n",
        "rows.csv": f"record,activity,quantity,unit,purchase\n{rows}",
    }
    (error,) = refusals(tmp_path, files)
    assert (type(error), error.column) == (NeededCellError, "distance_km")


def test_nobody_introduces_himself_in_files_of_goods(tmp_path: Path) -> None:
    (tmp_path / "inputs.csv").write_text("record,used_batch,quantity,unit\nP-1,LZ,1,kg\n")
    assert introduced([tmp_path / "inputs.csv"]) is None


def test_an_attestation_names_the_company_and_its_roles(tmp_path: Path) -> None:
    text = "attested,roles,valid_from,valid_to,date,evidence\n"
    text += "port,港口,2024-01-01,2026-12-31,2024-01-15,Licence 3\n"
    text += "carrier,承运人,2024-01-01,2026-12-31,2024-01-15,\n"
    made, bare = intents(tmp_path, {"attestations.csv": text})
    assert "evidence" not in bare.body
    assert made.body["subject"] == Reference("organization", "", "port")
    assert made.body["roles"] == ["port"]
    assert made.body["evidence"] == "Licence 3"


def test_one_bad_cell_anywhere_and_nothing_is_made(tmp_path: Path) -> None:
    files: dict[str, Any] = {**SEASON, "inputs.csv": "record,used_batch,quantity,unit\nP-1,LZ,1e5,kg\n"}
    assert len(refusals(tmp_path, files)) == 1
