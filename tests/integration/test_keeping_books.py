"""Policies, period closes and second signatures from the command line, at a real server."""

# ruff: noqa: S106 - passphrases of the tests
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import Run
from tests.integration.firms import DAY, RECORDS, Firm
from tests.integration.served_process import Running

POLICY = ("--materiality", "0.05", "--cut-off", "By the date of dispatch.", "--electricity", "location")
ZONE = ("--zone", "Asia/Shanghai")
SALE = ("ship", "LZ-1", "1 t", "--to", "outside", *DAY, "--yes")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with Running(
        tmp_path / "ledger", PASSPORT_POLICY="members", PASSPORT_LOG_PASSPHRASE="long enough"
    ) as server:
        yield server


@pytest.fixture
def farm(passport: Run, tmp_path: Path, running: Running) -> Firm:
    made = Firm(passport, tmp_path / "farm", "Example Farm", "farmer", running.url)
    for name, text in RECORDS.items():
        (made.folder / name).write_text(text, "utf-8")
    made.post()
    return made


def test_books_are_kept_by_a_stated_policy_and_closed_by_commands(farm: Firm) -> None:
    looked = farm.json("close", "2026-06-01", "2026-06-30", "--dry-run")
    assert looked["stated"] is False
    assert farm.json("policy", *POLICY, *DAY, "--yes")["stated"] is True
    assert "closed up to 2026-06-30" in farm.run("close", "2026-06-01", "2026-06-30", "--yes").out
    refused = farm.refused(*SALE)
    assert "closed up to 2026-06-30" in refused
    assert "2026-07-01" in refused


def test_a_large_sale_waits_until_a_second_key_agrees(farm: Firm) -> None:
    assert farm.run("key", "add", "office", "-y").code == 0
    assert farm.json("policy", *POLICY, "--second-above", "1 g", *DAY, "--yes", "--as", "farm")["stated"]
    ran = farm.run(*SALE, "--as", "farm")
    waits = ran.err
    assert ran.code == 1
    assert "asks for a second signature above 1000 mg" in waits
    digest = waits.split("countersignature of ")[1][:64]
    assert farm.json("lot", "list", "--as", "farm")["lots"][0]["quantity_left"] == "4500000000"
    unheard = farm.refused("countersign", digest, "--post", "--as", "farm")
    assert "second signature" in unheard
    said = farm.run("countersign", digest, *DAY, *ZONE, "--yes", "--as", "office")
    assert said.code == 0, said.err
    assert f"Posted {digest}, which waited for it." in said.out
    assert farm.json("lot", "list", "--as", "farm")["lots"][0]["quantity_left"] == "3500000000"
    assert "waits here" in farm.refused("countersign", digest, "--post", "--as", "farm")
