"""A season from the command line: three companies with keys of their own, at a real server."""

# ruff: noqa: S106 - passphrases of the tests
from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from tests.integration.conftest import Run
from tests.integration.firms import DAY, RECORDS, Firm, widest
from tests.integration.served_process import Running


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(
        tmp_path_factory.mktemp("ledger"), PASSPORT_POLICY="members", PASSPORT_LOG_PASSPHRASE="long enough"
    ) as server:
        yield server


@pytest.fixture
def farm(passport: Run, tmp_path: Path, running: Running) -> Firm:
    made = Firm(passport, tmp_path / "farm", "Example Farm", "farmer", running.url)
    for name, text in RECORDS.items():
        (made.folder / name).write_text(text, "utf-8")
    made.post()
    return made


@pytest.fixture
def packhouse(passport: Run, tmp_path: Path, running: Running) -> Firm:
    return Firm(passport, tmp_path / "packhouse", "Example Packhouse", "supplier", running.url)


@pytest.fixture
def carrier(passport: Run, tmp_path: Path, running: Running) -> Firm:
    return Firm(passport, tmp_path / "carrier", "粤海冷链运输", "carrier", running.url)


def test_goods_go_from_the_orchard_to_the_packhouse_and_on_by_commands_alone(
    farm: Firm, packhouse: Firm
) -> None:
    (lot,) = farm.json("lot", "list")["lots"]
    listed, shown = farm.run("lot", "list").out, farm.run("lot", "show", lot["id"][:8]).out
    assert "4500 kg" in listed
    assert "3 own lines" not in listed
    assert "Behind it: 3 own lines (2 gaps) and 0 inputs, shared by mass/1" in shown
    assert widest(listed) <= 80
    assert widest(shown) <= 80
    sent = farm.run(
        "ship", "LZ-1", "2.5 t", "--to", packhouse.name.upper(), *DAY, "--yes", "--delivery-note", "D-1"
    )
    assert sent.code == 0, sent.err
    passport_id = sent.out.split("Stated as ")[1][:64]
    assert f"{farm.url}/p/{passport_id}?s=" in sent.out
    assert "2500 kg" in sent.out
    assert widest(sent.out.split("You sign")[0]) <= 80
    received = packhouse.run("receive", passport_id[:10], *DAY, "--yes", "--batch", "IN-1")
    assert received.code == 0, received.err
    assert "Checked here" in received.out
    assert ", 0 bad" in received.out
    assert "Your answer     accepted" in received.out
    assert packhouse.run("dispose", "IN-1", "100 kg", "--fate", "waste", *DAY, "--yes").code == 0
    out = packhouse.json("ship", "IN-1", "all", "--to", "outside", *DAY, "--yes")
    assert out["passport"]["goods"]["quantity"] == "2400000000"
    found = packhouse.json("lot", "show", "IN-1")
    assert (found["quantity_left"], found["gross_mg"]) == ("0", "0")
    assert [one["kind"] for one in found["postings"]] == ["receipt/1", "disposal/1", "dispatch/1"]
    assert [one["quantity"] for one in found["postings"]] == [None, "100000000", "2400000000"]
    assert found["came_with"]["id"] == passport_id
    assert "came with shipment" in packhouse.run("lot", "show", "IN-1").out.lower()
    assert packhouse.json("lot", "list") == {"lots": []}
    assert "passport receive SHIPMENT" in packhouse.run("lot", "list").out
    assert len(packhouse.json("lot", "list", "--all")["lots"]) == 1
    assert "–" in packhouse.run("lot", "list", "--all").out
    assert farm.json("lot", "show", "LZ-1")["quantity_left"] == "2000000000"


def test_a_shipment_says_all_that_its_label_and_its_journey_say(farm: Firm, carrier: Firm) -> None:
    assert carrier.json("lot", "list") == {"lots": []}
    labels = ("--gtin", "06912345678902", "--batch", "LZ-1", "--container", "MWCU6059784")
    places = ("--from-place", "增城果园", "--to-place", "Nansha (CNNSA)", "--incoterm", "FOB")
    asked = ("ship", "LZ-1", "1 t", "--to", "outside", "--handler", carrier.name, *labels, *places, *DAY)
    looked = farm.run(*asked, "--dry-run")
    assert looked.code == 0, looked.err
    assert carrier.name in looked.out
    assert "Nothing was signed" in looked.out
    assert farm.json(*asked, "--dry-run")["stated"] is False
    assert farm.json("lot", "show", "LZ-1")["quantity_left"] == "4500000000"
    stated = farm.json(*asked, "--yes")
    assert stated["booked"][0]["to"]["kind"] == "outside_handed_on"
    assert stated["passport"]["goods"]["container"] == "MWCU6059784"
    assert stated["acknowledgement"]["digest"] == stated["digest"] == stated["passport_id"]
    (kept,) = [one for one in farm.kept() if one["statement"]["envelope"]["kind"] == "dispatch/1"]
    assert kept["acknowledgement"] == stated["acknowledgement"]
    assert all(part["salt"] for part in kept["statement"]["parts"])
    half = farm.run(*asked[:5], "--from-place", "here")
    assert (half.code, "--to-place" in half.err) == (2, True)


def test_nothing_is_signed_without_a_yes(farm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("ship", "LZ-1", "1 t", "--to", "outside", *DAY)
    before = len(farm.kept())
    ran = farm.run(*asked)
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "Add --yes to sign it, or --dry-run" in ran.err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    answers = [False, True]
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: answers.pop(0))
    declined = farm.run(*asked)
    assert (declined.code, declined.err) == (1, "passport: Nothing was signed, nothing was posted.\n")
    assert len(farm.kept()) == before
    agreed = farm.run(*asked, "--json")
    assert (agreed.code, json.loads(agreed.out)["stated"]) == (0, True)
    assert "What will be booked" in agreed.err
    assert len(farm.kept()) == before + 1


def test_a_refused_shipment_returns_to_its_sender_who_can_ship_it_again(farm: Firm, packhouse: Firm) -> None:
    sent = farm.json("ship", "LZ-1", "2 t", "--to", packhouse.name, *DAY, "-y")
    number = sent["passport_id"]
    said = packhouse.refused("receive", number[:12], *DAY, "--refuse", "too warm", "--all-claims", "-y")
    assert "Goods that are refused" in said
    ran = packhouse.run("receive", number[:12], *DAY, "--refuse", "too warm", "-y")
    assert "refused: too warm" in ran.out
    assert "its sender's again" in ran.out
    lots = farm.json("lot", "list")["lots"]
    back = next(lot for lot in lots if lot["quantity_original"] == "2000000000")
    assert back["gross_mg"] == sent["passport"]["footprint"]["gross_mg"]
    assert "may be any of these" in farm.refused("ship", "LZ-1", "all", "--to", "outside", *DAY, "-y")
    again = farm.json("ship", back["id"][:12], "all", "--to", "outside", *DAY, "-y")
    assert again["booked"][0]["gross_mg"] == back["gross_mg"]
    assert "409 shipment-answered" in packhouse.refused("receive", number, *DAY, "-y")


def test_a_shipment_is_taken_in_part_and_the_rest_goes_back_or_was_lost(farm: Firm, packhouse: Firm) -> None:
    sent = farm.json("ship", "LZ-1", "2 t", "--to", packhouse.name, *DAY, "--incoterm", "FOB", "-y")
    asked = ("receive", sent["passport_id"], *DAY, "--accepted", "1.5 t", "--lost", "100 kg")
    looked = packhouse.run(*asked, "--refuse", "bruised", "--dry-run").out
    assert "Your answer, returned" in looked
    assert "400 kg" in looked
    assert "add up to" in packhouse.refused(*asked[:-1], "600 kg", "-y")
    for option in ("--accepted", "--lost"):
        said = packhouse.refused("receive", sent["passport_id"], *DAY, option, "3 t", "-y")
        assert "add up to 3000000000 mg" in said
    taken = packhouse.json(*asked, "--refuse", "bruised", "-y")
    assert packhouse.json("lot", "show", taken["lot"])["quantity_left"] == "1500000000"
    back = [lot["quantity_left"] for lot in farm.json("lot", "list")["lots"]]
    assert sorted(back) == ["2500000000", "400000000"]
    other = farm.json(
        "ship", farm.json("lot", "list")["lots"][0]["id"], "100 kg", "--to", packhouse.name, *DAY, "-y"
    )
    gone = packhouse.json("receive", other["passport_id"], *DAY, "--lost", "all", "-y")
    assert "lot" not in gone


def test_what_a_carrier_claims_is_taken_over_only_when_the_receiver_says_so(
    farm: Firm, packhouse: Firm, carrier: Firm
) -> None:
    sent = [farm.json("ship", "LZ-1", "1 t", "--to", packhouse.name, *DAY, "-y") for _ in range(2)]
    for number, one in enumerate(sent):
        rows = f"H-{number},leg-{number},road,1000,2026-06-20,2026-06-20,{one['passport_id']}\n"
        heading = "handling,leg,mode,load_kg,from,to,delivery_note\n"
        (carrier.folder / "handlings.csv").write_text(heading + rows, "utf-8")
        rows = f"record,activity,quantity,unit,purchase\nH-{number},diesel_burnt,5,L,D-{number}\n"
        (carrier.folder / "activities.csv").write_text(rows, "utf-8")
        carrier.post()
    first, second = (one["passport_id"] for one in sent)
    looked = packhouse.run("receive", first, *DAY, "--dry-run")
    assert "Claimed, " in looked.out
    claim = looked.out.split("Claimed, ")[1][:12]
    taken = packhouse.json("receive", first, *DAY, "--claims", claim, "-y", "--handler", carrier.name)
    assert any(one["from"]["kind"] == "handling_unassigned" for one in taken["booked"])
    assert "bad" not in taken["checked"]
    assert "There are: " in packhouse.refused("receive", second, *DAY, "--claims", claim, "-y")
    assert packhouse.json("receive", second, *DAY, "--all-claims", "-y")["stated"]
    lots = packhouse.json("lot", "list")["lots"]
    assert all(int(lot["gross_mg"]) > int(sent[0]["booked"][0]["gross_mg"]) for lot in lots)
    shown = packhouse.run("lot", "show", taken["lot"]).out
    assert f"Handlers: {carrier.name}" in shown


def test_a_claim_on_a_lot_in_stock_is_shown_apart(farm: Firm, carrier: Firm) -> None:
    (lot,) = farm.json("lot", "list")["lots"]
    rows = f"handling,leg,mode,load_kg,from,to,batch\nH-1,leg-1,hub,1000,2026-06-20,2026-06-20,{lot['id']}\n"
    (carrier.folder / "handlings.csv").write_text(rows, "utf-8")
    rows = "record,activity,quantity,unit,purchase\nH-1,diesel_burnt,5,L,D-1\n"
    (carrier.folder / "activities.csv").write_text(rows, "utf-8")
    carrier.post()
    shown = farm.run("lot", "show", "LZ-1").out
    assert f"Claimed, not taken over: {carrier.name}" in shown
    assert farm.json("lot", "show", "LZ-1")["gross_mg"] == lot["gross_mg"]


def test_a_production_is_corrected_with_old_and_new_figures_side_by_side(farm: Firm, tmp_path: Path) -> None:
    (lot,) = farm.json("lot", "list")["lots"]
    rows = tmp_path / "more.csv"
    rows.write_text("record,activity,quantity,unit,purchase\nX,diesel_burnt,10,L,D-2\n", "utf-8")
    (kept,) = [one for one in farm.kept() if one["statement"]["envelope"]["kind"] == "production/1"]
    parts = {part["path"]: part["value"] for part in kept["statement"]["parts"]}
    line = {"amount": parts["/lines/0/amount"], "source": parts["/lines/0/source"]}
    as_json = tmp_path / "line.json"
    as_json.write_text(json.dumps(line), "utf-8")
    asked = ("correct", "P-1", "--drop-line", "0", "--add-line", as_json, "--add-line", rows, *DAY)
    looked = farm.run(*asked, "--dry-run", "--reason", "another meter")
    assert looked.code == 0, looked.err
    assert "− 0" in looked.out
    assert widest(looked.out.split("You sign")[0]) <= 80
    figures = farm.json(*asked, "--yes")["lots"][0]
    now = farm.json("lot", "show", "LZ-1")
    assert figures == {"lot": lot["id"], "gross_mg_now": lot["gross_mg"], "gross_mg_then": now["gross_mg"]}
    assert int(now["gross_mg"]) > int(lot["gross_mg"])
    again = farm.run("correct", "P-1", "--drop-line", "1", *DAY, "--dry-run").out
    assert "− 0" not in again, "a line that was taken out before is not shown any more"
    assert "diesel burnt: 10 L" in again
    assert "no line 7 (any more): the statement has 6" in farm.refused(
        "correct", "P-1", "--drop-line", "7", *DAY
    )
    assert "no line -1" in farm.refused("correct", "P-1", "--drop-line=-1", *DAY)
    assert "LOT:QUANTITY" in farm.refused("correct", "P-1", "--add-input", "300 kg", *DAY)
    registration = next(
        one for one in farm.kept() if one["statement"]["envelope"]["kind"] == "registration/1"
    )
    digest = registration["acknowledgement"]["digest"]
    assert "is a registration/1" in farm.refused("correct", digest, "--drop-line", "0", *DAY)
    (tmp_path / "no.json").write_text("{", "utf-8")
    assert "it is no JSON" in farm.refused("correct", "P-1", "--add-line", tmp_path / "no.json", *DAY)
    outputs = farm.folder / "outputs.csv"
    assert "neither activities" in farm.refused("correct", "P-1", "--add-line", outputs, *DAY)


def test_a_handling_is_corrected_and_a_line_that_came_later_can_be_taken_out_again(
    farm: Firm, carrier: Firm, packhouse: Firm, tmp_path: Path
) -> None:
    sent = farm.json(
        *(
            "ship",
            "LZ-1",
            "1 t",
            "--to",
            packhouse.name,
            "--handler",
            carrier.name,
            "--delivery-note",
            "DN-9",
        ),
        *(*DAY, "-y"),
    )
    trip = {
        "handlings.csv": "handling,leg,mode,load_kg,from,to,delivery_note,distance_km,distance_basis\n"
        f"H-1,truck,road,1000,2026-06-18,2026-06-18,{sent['passport_id']},60,actual\n",
        "activities.csv": "record,activity,quantity,unit,purchase\nH-1,diesel_burnt,20,L,C-1\n",
    }
    for name, text in trip.items():
        (carrier.folder / name).write_text(text, "utf-8")
    carrier.post()
    rows = tmp_path / "more.csv"
    rows.write_text("record,activity,quantity,unit,purchase\nX,diesel_burnt,10,L,C-2\n", "utf-8")
    asked = ("correct", "H-1", "--add-line", rows, *DAY)
    looked = carrier.run(*asked, "--dry-run").out
    assert "What the handling adds" in looked
    first = carrier.json(*asked, "-y")
    assert int(first["gross_mg_then"]) * 2 == int(first["gross_mg_now"]) * 3
    assert first["lots"] == []
    again = carrier.json("correct", "H-1", "--drop-line", "2", "--drop-line", "3", *DAY, "-y")
    assert (again["gross_mg_now"], again["gross_mg_then"]) == (first["gross_mg_then"], first["gross_mg_now"])
    assert "no line 2 (any more)" in carrier.refused("correct", "H-1", "--drop-line", "2", *DAY)


def test_goods_of_a_supplier_replace_an_estimate(farm: Firm, packhouse: Firm) -> None:
    for name, text in RECORDS.items():
        (packhouse.folder / name).write_text(text.replace("LZ-1", "PK-1"), "utf-8")
    packhouse.post()
    sent = farm.json("ship", "LZ-1", "1 t", "--to", packhouse.name, *DAY, "-y")
    packhouse.json("receive", sent["passport_id"], *DAY, "-y", "--batch", "IN-1")
    before = packhouse.json("lot", "show", "PK-1")
    stated = packhouse.json("correct", "P-1", "--drop-line", "2", "--add-input", "IN-1:600 kg", *DAY, "-y")
    after = packhouse.json("lot", "show", "PK-1")
    assert stated["lots"][0]["gross_mg_now"] == before["gross_mg"]
    assert stated["lots"][0]["gross_mg_then"] == after["gross_mg"]
    assert packhouse.json("lot", "show", "IN-1")["quantity_left"] == "400000000"


def test_a_correction_reaches_goods_that_were_handed_on_when_their_holder_accepts_it(
    farm: Firm, packhouse: Firm
) -> None:
    sent = farm.json("ship", "LZ-1", "1.5 t", "--to", packhouse.name, *DAY, "-y")
    packhouse.json("receive", sent["passport_id"], *DAY, "-y", "--batch", "IN-1")
    before = packhouse.json("lot", "show", "IN-1")
    assert "No adjustment waits" in packhouse.run("accept", "--list").out
    corrected = farm.run("correct", "P-1", "--drop-line", "0", *DAY, "-y")
    assert "passport accept --list" in corrected.out, corrected
    listed = packhouse.run("accept", "--list")
    assert farm.name[:7] in listed.out
    assert widest(listed.out) <= 80
    (offer,) = packhouse.json("accept", "--list")["adjustments"]
    looked = packhouse.run("accept", offer["id"][:10], *DAY, "--dry-run")
    assert "You answer: accepted" in looked.out
    taken = packhouse.json("accept", offer["on"][:10], *DAY, "-y")
    after = packhouse.json("lot", "show", "IN-1")
    assert int(after["gross_mg"]) == int(before["gross_mg"]) + int(taken["gross_mg"])
    assert int(taken["gross_mg"]) < 0
    assert packhouse.json("accept", "--list") == {"adjustments": []}
    assert "called" in packhouse.refused("accept", offer["id"][:10], *DAY)


def test_an_adjustment_is_sent_back_and_small_ones_may_be_taken_over_by_themselves(
    farm: Firm, packhouse: Firm, tmp_path: Path
) -> None:
    sent = farm.json("ship", "LZ-1", "all", "--to", packhouse.name, *DAY, "-y")
    packhouse.json("receive", sent["passport_id"], *DAY, "-y", "--batch", "IN-1")
    before = packhouse.json("lot", "show", "IN-1")["gross_mg"]
    for number, litres in enumerate((100, 1)):
        rows = f"record,activity,quantity,unit,purchase\nX,diesel_burnt,{litres},L,D-{number + 2}\n"
        (tmp_path / "more.csv").write_text(rows, "utf-8")
        farm.json("correct", "P-1", "--add-line", tmp_path / "more.csv", *DAY, "-y")
        if not number:
            (offer,) = packhouse.json("accept", "--list")["adjustments"]
            whole = f"{offer['cause'][:8]}.{offer['target'][:8]}"
            back = packhouse.run("accept", whole, "--refuse", "not agreed", *DAY, "-y")
            assert "its author's again" in back.out
            assert packhouse.json("lot", "show", "IN-1")["gross_mg"] == before
            allowed = ("--standing", farm.name, "--limit", "50 kg", "--until", "2026-12-31")
            assert packhouse.json("accept", *allowed, *DAY, "-y")["stated"]
    assert packhouse.json("accept", "--list") == {"adjustments": []}
    assert packhouse.json("lot", "show", "IN-1")["gross_mg"] > before
    assert "Say one of" in packhouse.refused("accept")
    assert "Say one of" in packhouse.refused("accept", "--standing", "any")


def test_a_company_gets_a_second_key_here_and_one_on_another_machine(
    farm: Firm, passport: Run, tmp_path: Path
) -> None:
    added = farm.run("key", "add", "office", "-y")
    assert added.code == 0, added.err
    assert f"signs for {farm.name}" in added.out
    assert farm.json("lot", "list", "--as", "office") == farm.json("lot", "list", "--as", "farm")
    assert (
        farm.run(
            "dispose",
            "LZ-1",
            "1 kg",
            "--fate",
            "own_use",
            *DAY,
            "--as",
            "office",
            "-y",
            "--zone",
            "Asia/Shanghai",
        ).code
        == 0
    )
    organization = json.loads((farm.folder / "keys" / "register.json").read_text("utf-8"))[
        "organization:farm"
    ]
    other = {
        "PASSPORT_KEYS": str(tmp_path / "other"),
        "PASSPORT_KEY_PASSPHRASE": "another",
        "PASSPORT_LEDGER": farm.url,
    }
    said = passport("key", "prove", "phone", farm.name, **other).out
    assert "No organization" in passport("key", "prove", "phone", "Exemple", **other).err
    assert "passport key add --address 0x" in said
    proved = json.loads(passport("key", "prove", "phone", organization, "--json", **other).out)
    half = farm.refused("key", "add", "--address", proved["address"], "-y")
    assert "--address and --proof" in half
    strange = passport("lot", "list", **other)
    assert (strange.code, "speaks for no organization" in strange.err) == (1, True)
    joined = farm.json("key", "add", "--address", proved["address"], "--proof", proved["proof"], "-y")
    assert joined["address"] == proved["address"]
    assert json.loads(passport("lot", "list", "--json", **other).out)["lots"]
    assert "time zone" in passport("dispose", "LZ-1", "1 kg", "--fate", "waste", "-y", **other).err
    wrong = farm.refused("key", "add", "--address", "0x" + "ab" * 20, "--proof", proved["proof"], "-y")
    assert "key-proof" in wrong


def test_what_a_command_does_not_understand_it_says_with_the_remedy(
    farm: Firm, passport: Run, tmp_path: Path
) -> None:
    ship = ("ship", "LZ-1", "1 t", "--to", "outside")
    assert "is no quantity" in farm.refused("ship", "LZ-1", "1000", "--to", "outside", *DAY)
    assert "counted in mg" in farm.refused("ship", "LZ-1", "3 piece", "--to", "outside", *DAY)
    assert "overdrawn-lot" in farm.refused("ship", "LZ-1", "4.500001 t", "--to", "outside", *DAY)
    assert "called 'LZ-9'" in farm.refused("ship", "LZ-9", "1 t", "--to", "outside", *DAY)
    assert "Near to it: Example Farm " in farm.refused("ship", "LZ-1", "1 t", "--to", "Exmple Farm", *DAY)
    assert "no IANA time zone" in farm.refused(*ship, *DAY, "--zone", "Moon/Far")
    assert farm.json(*ship, *DAY, "-y", "--delivery-note", "N-1")["stated"]
    assert "stands for" in farm.refused(*ship, *DAY, "-y", "--delivery-note", "N-1")
    empty = {"PASSPORT_KEYS": str(tmp_path / "none"), "PASSPORT_LEDGER": farm.url}
    assert "passport key new NAME" in passport("lot", "list", **empty).err
    assert farm.run("key", "new", "second").code == 0
    assert "--as NAME" in farm.refused("lot", "list")
    missing = passport("lot", "list", PASSPORT_LEDGER="")
    assert (missing.code, "--ledger" in missing.err) == (2, True)


def test_a_statement_that_was_signed_and_never_acknowledged_comes_first_and_is_not_stated_twice(
    farm: Firm,
) -> None:
    kept = farm.folder / "keys" / "kept"
    farm.json("ship", "LZ-1", "1 t", "--to", "outside", *DAY, "-y")
    (path,) = [one for one in kept.glob("*.json") if "dispatch/1" in one.read_text("utf-8")]
    document = json.loads(path.read_text("utf-8"))
    del document["acknowledgement"]
    path.write_text(json.dumps(document), "utf-8")
    said = farm.refused("ship", "LZ-1", "1 t", "--to", "outside", *DAY, "-y")
    assert f"only now acknowledged: {path.stem}. Nothing else was stated" in said
    assert farm.json("lot", "show", "LZ-1")["quantity_left"] == "3500000000"
    assert "acknowledgement" in json.loads(path.read_text("utf-8"))
