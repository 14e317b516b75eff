"""`passport import` prints the drafts that files make, or every problem in them."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import pytest

from api.client import LedgerClient
from api.importing import (
    ChangedRecordError,
    OtherLedgerError,
    OwnKeys,
    UnknownZoneError,
    WhoseRecordsError,
    import_files,
    post_files,
)
from ledger.keystore import Keystore
from ledger.records.references import Register
from tests.unit.api.test_stating import Server

ORGANIZATIONS = "organization,name,roles,date,timezone\norchard,Example Orchard,farmer,2026-06-01,UTC\n"
DISPATCHES = "delivery_note,batch,quantity,unit,consignee,date\nDN-1,LZ,3000,kg,outside,2026-06-18\n"
CORRECTIONS = "correction,production,date\nC-1,P-1,2026-06-23\n"
ACTIVITIES = "record,activity,quantity,unit,purchase\nC-1,diesel_burnt,10,L,INV-1\n"


def _files(folder: Path, **texts: str) -> list[Path]:
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text)
    return [folder / f"{name}.csv" for name in texts]


def test_drafts_are_listed_with_what_they_come_to_and_wait_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = _files(
        tmp_path,
        organizations=ORGANIZATIONS,
        dispatches=DISPATCHES,
        corrections=CORRECTIONS,
        activities=ACTIVITIES,
    )
    assert import_files(files) == 0
    out = capsys.readouterr().out
    assert "dispatch/1     DN-1 (waits for batch:orchard/LZ)" in out
    assert "C-1: 2 lines (1 gap), 32.856 kg CO2e" in out
    assert out.endswith("3 drafts, no problems.\n")


def test_drafts_as_json_have_ids_where_the_register_knows_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = _files(tmp_path, organizations=ORGANIZATIONS, dispatches=DISPATCHES)
    register = tmp_path / "register.json"
    lot, organization = "ab" * 32 + ".0", "org_" + "a" * 32
    Register(register).keep({"batch:orchard/LZ": lot, "organization:orchard": organization})
    assert import_files(files, as_json=True, register=register) == 0
    registration, dispatch = json.loads(capsys.readouterr().out)["drafts"]
    assert registration["request"]["issuer"] == ""
    assert registration["waits_for"] == ["address:orchard"]
    assert registration["request"]["body"]["key"]["address"] == {"waits_for": "address:orchard"}
    assert dispatch["waits_for"] == []
    assert dispatch["request"]["issuer"] == organization
    assert dispatch["request"]["body"]["take"] == {"lot": lot, "quantity": "3000000000"}
    assert dispatch["request"]["body"]["consignee"] == "outside"
    assert (dispatch["file"], dispatch["row"]) == ("dispatches.csv", 2)


def test_every_problem_is_printed_with_its_row_and_nothing_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = _files(tmp_path, dispatches=DISPATCHES.replace("3000", "3e3").replace("2026-06-18", "18.6.26"))
    assert import_files(files, organization="orchard", zone="UTC") == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "dispatches.csv, row 2, quantity: '3e3'" in captured.err
    assert "dispatches.csv, row 2, date: '18.6.26'" in captured.err
    assert import_files(files, organization="orchard", zone="UTC", as_json=True) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["count"] == 2
    assert [(one["type"], one["row"], one["column"]) for one in found["problems"]] == [
        ("record-number", 2, "quantity"),
        ("record-date", 2, "date"),
    ]


def test_drafts_are_listed_by_their_days_whatever_the_order_of_the_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = _files(
        tmp_path,
        corrections=CORRECTIONS,
        activities=ACTIVITIES,
        dispatches=DISPATCHES,
        organizations=ORGANIZATIONS,
    )
    assert import_files(files) == 0
    days = [line[:10] for line in capsys.readouterr().out.splitlines()[:3]]
    assert days == ["2026-06-01", "2026-06-18", "2026-06-23"]
    assert import_files(files, as_json=True) == 0
    drafts = json.loads(capsys.readouterr().out)["drafts"]
    assert [one["kind"] for one in drafts] == ["registration/1", "dispatch/1", "correction/1"]


def test_one_of_something_is_not_written_as_several(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert import_files(_files(tmp_path, organizations=ORGANIZATIONS)) == 0
    assert capsys.readouterr().out.endswith("\n1 draft, no problems.\n")
    files = _files(tmp_path, organizations=ORGANIZATIONS, dispatches=DISPATCHES.replace("3000", "0"))
    assert import_files(files) == 1
    assert "1 problem in the records; nothing was imported." in capsys.readouterr().err


def test_a_zone_that_is_none_is_refused_with_those_near_it(tmp_path: Path) -> None:
    files = _files(tmp_path, dispatches=DISPATCHES)
    with pytest.raises(UnknownZoneError, match="'Asia/Shanghi' is no IANA time zone") as caught:
        import_files(files, organization="orchard", zone="Asia/Shanghi")
    assert "Asia/Shanghai" in caught.value.near


def test_every_row_s_problems_are_told_whoever_introduces_himself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = ACTIVITIES.replace("diesel_burnt", "diesel") + "C-1,petrol_burnt,x,L,INV-2\nC-1,lpg,1,L,INV-3\n"
    for organizations in (ORGANIZATIONS, ORGANIZATIONS.replace("UTC", "Mars")):
        files = _files(tmp_path, organizations=organizations, corrections=CORRECTIONS, activities=bad)
        assert import_files(files) == 1
        said = capsys.readouterr().err
        assert "no activity is called 'diesel'. Near it are: diesel_burnt (Diesel burnt)" in said
        assert "activities.csv, row 3, quantity: 'x'" in said
        assert "no activity is called 'lpg'. Near it are: lpg_burnt" in said
        assert ("row 2, timezone: 'Mars'" in said) == ("Mars" in organizations)


@pytest.mark.parametrize(
    ("organization", "zone", "lacks"), [(None, None, "reference"), ("orchard", None, "time zone")]
)
def test_somebody_must_say_whose_records_these_are(
    tmp_path: Path, organization: str | None, zone: str | None, lacks: str
) -> None:
    with pytest.raises(WhoseRecordsError, match=lacks):
        import_files(_files(tmp_path, dispatches=DISPATCHES), organization=organization, zone=zone)


def test_files_are_stated_once_however_often_they_are_imported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server()
    monkeypatch.setattr(
        "api.importing.LedgerClient",
        lambda url: LedgerClient(url, transport=httpx2.MockTransport(server)),
    )
    keys = tmp_path / "keys"
    Keystore(keys, 2).new("orchard", "secret")
    productions = "production,from,to,policy\nP-1,2026-06-01,2026-06-30,mass/1\n"
    outputs = "production,batch,product,quantity,unit\nP-1,LZ,Lychee,4500,kg\n"
    files = _files(
        tmp_path, dispatches=DISPATCHES, organizations=ORGANIZATIONS, outputs=outputs, productions=productions
    )
    for said in ("3 statements made, 0 were there before.", "0 statements made, 3 were there before."):
        assert post_files(files, "http://ledger.test", OwnKeys(keys, "secret")) == 0
        assert capsys.readouterr().out.endswith(said + "\n")
    assert len(server.posted) == 3
    assert server.signed_in == [Keystore(keys).keys("orchard")[0].address]
    edited = _files(
        tmp_path,
        dispatches=DISPATCHES.replace("3000", "2999"),
        organizations=ORGANIZATIONS,
        outputs=outputs,
        productions=productions,
    )
    with pytest.raises(ChangedRecordError, match="has changed since") as changed:
        post_files(edited, "http://ledger.test", OwnKeys(keys, "secret"))
    assert changed.value.file.endswith("dispatches.csv")
    assert len(server.posted) == 3
    elsewhere = Server()
    monkeypatch.setattr(
        "api.importing.LedgerClient",
        lambda url: LedgerClient(url, transport=httpx2.MockTransport(elsewhere)),
    )
    with pytest.raises(OtherLedgerError) as other:
        post_files(files, "http://ledger.test", OwnKeys(keys, "secret"))
    assert (other.value.held, other.value.asked) == (server.world.log_id, elsewhere.world.log_id)
    assert elsewhere.posted == []
    files = _files(tmp_path, dispatches=DISPATCHES.replace("3000", "-1"))
    assert post_files(files, "", OwnKeys(keys, ""), organization="orchard", zone="UTC") == 1
    assert "negative" in capsys.readouterr().err
