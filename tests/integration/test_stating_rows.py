"""What has no command of its own is stated from a row of a file, after a look at what it will book."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import Run
from tests.integration.firms import Firm, widest
from tests.integration.served_process import Running

OPENINGS = (
    "opening,date,batch,product,quantity,unit,gwp,evidence,document\n"
    f"OB-1,2026-06-01,OLD-1,荔枝罐头,1200,kg,AR5,Stock list of 31 May,{'ab' * 32}\n"
)
AMOUNTS = "batch,channel,known_by,carried_kg\nOLD-1,fossil,secondary,310.25\n"
STORE = {
    "productions.csv": "production,from,to,policy\nB-1,2026-06-01,2026-06-02,sole/1\n",
    "outputs.csv": "production,batch,product,quantity,unit,role\nB-1,COLD,Cold store,1000,h,asset\n",
    "activities.csv": "record,activity,quantity,unit,purchase\nB-1,diesel_burnt,1000,L,I-1\n",
}
SECRET = "long enough"  # noqa: S105 - opens keys that this test makes
REESTIMATE = "asset,quantity_left,unit,date,reason\nCOLD,400,h,2026-06-10,Doors leak\n"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(
        tmp_path_factory.mktemp("ledger"), PASSPORT_POLICY="members", PASSPORT_LOG_PASSPHRASE=SECRET
    ) as server:
        yield server


@pytest.fixture
def farm(passport: Run, tmp_path: Path, running: Running) -> Firm:
    return Firm(passport, tmp_path / "farm", "Example Farm", "farmer", running.url)


def written(folder: Path, **files: str) -> list[Path]:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return [folder / f"{name}.csv" for name in files]


def test_books_begin_with_what_was_there(farm: Firm, tmp_path: Path) -> None:
    files = written(tmp_path, openings=OPENINGS, amounts=AMOUNTS)
    looked = farm.run("state", *files, "--dry-run")
    assert looked.code == 0, looked.err
    for shown in (
        "openings.csv, row 2: opening OB-1",
        "荔枝罐头",
        "310.250000",
        "opening balance",
        "You sign",
    ):
        assert shown in looked.out
    assert widest(looked.out.split("You sign")[0]) <= 80
    assert farm.json("lot", "list")["lots"] == []
    asked = farm.run("state", *files)
    assert asked.code == 1
    assert "Add --yes" in asked.err
    (stated,) = farm.json("state", *files, "-y")["statements"]
    assert (stated["reference"], stated["stated"]) == ("OB-1", True)
    assert stated["lots"][0]["balance"]["liability"] == {"fossil.secondary": "310250000"}
    (lot,) = farm.json("lot", "list")["lots"]
    assert (lot["batch"], lot["gross_mg"]) == ("OLD-1", "310250000")
    assert farm.json("state", *files, "-y") == {"statements": [], "stated_before": 1}
    assert "Nothing new" in farm.run("state", *files).out
    edited = written(tmp_path, openings=OPENINGS.replace("1200", "1201"), amounts=AMOUNTS)
    assert "has changed since" in farm.refused("state", *edited, "-y")


def test_an_asset_is_estimated_anew_with_both_rates_side_by_side(farm: Firm, tmp_path: Path) -> None:
    files = written(tmp_path, reestimates=REESTIMATE)
    everything = [
        *files,
        *(path for name, text in STORE.items() for path in written(tmp_path, **{name[:-4]: text})),
    ]
    looked = farm.json("state", *everything, "--dry-run")["statements"]
    assert [one.get("waits_for", []) for one in looked] == [[], ["batch:farm/COLD"]]
    assert "waits for batch:farm/COLD" in farm.run("state", *everything, "--dry-run").out
    built, estimated = farm.json("state", *everything, "-y")["statements"]
    assert built["kind"] == "production/1"
    assert (estimated["quantity_left_now"], estimated["quantity_left_then"]) == ("3600000", "1440000")
    assert estimated["booked"] == []
    shown = farm.run(
        "state",
        *written(tmp_path, reestimates=REESTIMATE.replace("400", "300").replace("-10", "-11")),
        "--dry-run",
    ).out
    assert "Nothing moves in the books" in shown
    assert "400 h" in shown
    in_kilograms = written(tmp_path, reestimates=REESTIMATE.replace("400,h", "9,kg").replace("-10", "-12"))
    assert "kept in s" in farm.refused("state", *in_kilograms, "-y")


def test_a_verifier_gives_an_opinion_and_takes_it_back(
    farm: Firm, passport: Run, tmp_path: Path, running: Running
) -> None:
    farm.run("state", *written(tmp_path, openings=OPENINGS, amounts=AMOUNTS), "-y")
    (lot,) = farm.json("lot", "list")["lots"]
    auditor = Firm(passport, tmp_path / "auditor", "Example Verifier", "verifier", running.url)
    about = _organization(farm)
    opinion = (
        "opinion,about,standard,scope,level,conclusion,valid_from,valid_to,date,statements\n"
        f"V-1,{about},ISO 14064-3,Opening balances,limited,unmodified,2026-06-01,2027-05-31,2026-06-02,"
        f"{lot['id'][:64]}\n"
    )
    looked = auditor.run("state", *written(tmp_path, opinions=opinion), "--dry-run").out
    for shown in ("What you vouch for", "ISO 14064-3", "limited", "2026-06-01 to 2027-05-31", farm.name[:12]):
        assert shown in looked
    (given,) = auditor.json("state", *written(tmp_path, opinions=opinion), "-y")["statements"]
    withdrawal = f"withdrawn,about,valid_from,date\nV-1,{about},2026-06-05,2026-06-05\n"
    (back,) = auditor.json("state", *written(tmp_path, withdrawals=withdrawal), "-y")["statements"]
    assert back["attestation"]["withdraws"] == given["digest"]


def _organization(firm: Firm) -> str:
    register = json.loads((firm.folder / "keys" / "register.json").read_text("utf-8"))
    return str(register[f"organization:{firm.folder.name}"])


def test_the_columns_of_every_kind_of_file_can_be_looked_up(passport: Run) -> None:
    assert "opening-amounts" in passport("columns").out
    shown = passport("columns", "opening-amounts")
    assert shown.out.rstrip().endswith("batch,channel,known_by,carried_kg")
    assert "期初千克" in shown.out
    (form,) = json.loads(passport("columns", "seasons", "--json").out)["forms"]
    assert form["columns"][1] == {"header": "year", "chinese": "年份", "needed": True}
    assert len(json.loads(passport("columns", "--json").out)["forms"]) > 20
    refused = passport("columns", "gossip")
    assert refused.code == 1
    assert "standing-acceptances" in refused.err


def test_records_without_a_zone_are_not_stated(farm: Firm, tmp_path: Path) -> None:
    path = farm.folder / "keys" / "register.json"
    register = json.loads(path.read_text("utf-8"))
    del register["timezone:farm"]
    path.write_text(json.dumps(register), "utf-8")
    files = written(tmp_path, openings=OPENINGS, amounts=AMOUNTS)
    assert "time zone" in farm.refused("state", *files, "-y")
    assert farm.json("state", *files, "--zone", "Asia/Shanghai", "-y")["statements"][0]["stated"]
