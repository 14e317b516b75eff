"""From the command line: a supplier's recipe stays its own, and an importer still checks its passport."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import Run
from tests.integration.firms import DAY, RECORDS, Firm
from tests.integration.served_process import Running


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(
        tmp_path_factory.mktemp("ledger"),
        PASSPORT_POLICY="members",
        PASSPORT_LOG_PASSPHRASE="long enough",  # noqa: S106 - a passphrase of the tests
    ) as server:
        yield server


def verdicts(passport: Run, *arguments: str | Path) -> dict[str, tuple[str, str]]:
    found = json.loads(passport("verify", *arguments, "--json").out)["verdicts"]
    return {one["name"]: (one["value"], one["reason"]) for one in found}


def test_a_passport_is_handed_on_with_its_second_tier_hidden_and_verifies_offline(
    passport: Run, tmp_path: Path, running: Running
) -> None:
    farm = Firm(passport, tmp_path / "farm", "Hidden Farm", "farmer", running.url)
    for name, text in RECORDS.items():
        (farm.folder / name).write_text(text, "utf-8")
    farm.post()
    packer = Firm(passport, tmp_path / "packer", "Open Packhouse", "supplier", running.url)
    buyer = Firm(passport, tmp_path / "buyer", "Importer", "buyer", running.url)
    auditor = Firm(passport, tmp_path / "auditor", "Auditor", "verifier", running.url)
    sent = farm.json("ship", "LZ-1", "2 t", "--to", packer.name, *DAY, "-y")["passport_id"]
    taken = packer.json("receive", sent[:12], *DAY, "-y", "--batch", "IN-1")
    assert taken["stated"] is True
    receipt = next(one for one in packer.kept() if one["statement"]["envelope"]["kind"] == "receipt/1")
    disclosed = next(p["value"] for p in receipt["statement"]["parts"] if p["path"] == "/disclosed")
    assert disclosed["profile"] == "full"
    out = packer.json("ship", "IN-1", "1 t", "--to", buyer.name, *DAY, "-y")["passport_id"]
    whole, trade = tmp_path / "whole.json", tmp_path / "trade.json"
    assert packer.json("disclose", out[:12], "-o", whole, "--profile", "full")["hidden_parts"] == 0
    told = packer.run("disclose", whole, "-o", trade)
    assert "of their parts hidden" in told.out
    assert "Hidden Farm" in whole.read_text("utf-8")
    assert "Hidden Farm" not in trade.read_text("utf-8")
    assert "exists" in packer.refused("disclose", whole, "-o", trade).lower()
    assert passport("disclose", "nowhere", "-o", tmp_path / "new", PASSPORT_LEDGER="").code == 2
    found = verdicts(passport, trade)
    assert found["conservation along the graph"][0] == "good"
    assert found["hidden tiers"] == ("unknown", "hidden-tiers")
    until = ("--until", "2999-12-31", *DAY, "-y")
    assert "trade" in packer.json("grant", buyer.name, "--passport", out[:12], *until)["summary"]
    assert "totals only" in packer.run("grant", "bearer", "--lot", "IN-1", *until).out
    assert packer.run("grant", "bearer", "--until", "2999-12-31").code == 2
    buyer.json("disclose", out[:12], "-o", tmp_path / "got.json", "--profile", "full")
    assert "Hidden Farm" not in (tmp_path / "got.json").read_text("utf-8")
    assert "does not hold" in auditor.refused("vouch", trade, *DAY, "-y")
    vouched = auditor.run("vouch", whole, "--level", "reasonable", "--method", "Seen on site", *DAY, "-y")
    assert vouched.code == 0, vouched.err
    assert "You attest what" in vouched.out
    after = tmp_path / "after.json"
    buyer.json("disclose", out[:12], "-o", after)
    found = verdicts(passport, after)
    assert found["conservation along the graph"][0] == "good"
    assert found["hidden tiers"] == ("unknown", "attester-not-accredited"), "nobody accredited this one"
    received = buyer.json("receive", out[:12], *DAY, "-y")
    kept = tmp_path / "kept.json"
    buyer.json("disclose", out[:12], "-o", kept, "--profile", "full")
    assert verdicts(passport, kept)["disclosures"] == ("good", "ok")
    total = tmp_path / "total.json"
    assert passport("disclose", kept, "-o", total, "--profile", "total").code == 0
    issuer = next(one for one in buyer.kept() if one["statement"]["envelope"]["kind"] == "receipt/1")
    withheld = verdicts(passport, total, "--receiver", issuer["statement"]["envelope"]["issuer"])
    assert withheld["parts and references"] == ("bad", "disclosures-withheld")
    assert verdicts(passport, total)["disclosures"] == ("unknown", "disclosures-withheld")
    assert received["stated"] is True
