"""Keys are delegated and revoked from the command line, at a real server."""

# ruff: noqa: S106 - passphrases of the tests
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import Run
from tests.integration.firms import DAY, RECORDS, Firm
from tests.integration.served_process import Running

ZONE = ("--zone", "Asia/Shanghai")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with Running(
        tmp_path / "ledger", PASSPORT_POLICY="demo", PASSPORT_LOG_PASSPHRASE="long enough"
    ) as server:
        yield server


@pytest.fixture
def farm(passport: Run, tmp_path: Path, running: Running) -> Firm:
    made = Firm(passport, tmp_path / "farm", "Example Farm", "farmer", running.url)
    for name, text in RECORDS.items():
        (made.folder / name).write_text(text, "utf-8")
    made.post()
    return made


def test_a_gateway_is_delegated_and_a_stolen_key_revoked_from_its_size_on(farm: Firm) -> None:
    days = ("--from", "2026-01-01", "--until", "2099-12-31", "--kind", "handling", "--kind", "production/1")
    sums = ("--site", "Quay 3", "--activity", "diesel_burnt", "--statements", "9", "--co2e", "5 t")
    made = farm.json("key", "delegate", "gateway", *days, *sums, *DAY, *ZONE, "--yes", "--as", "farm")
    gateway = made["address"]
    again = farm.refused("key", "delegate", "--address", gateway, *days, "--yes", "--as", "farm", *ZONE)
    assert "--address and --proof" in again
    assert farm.run("key", "add", "office", "--yes", "--as", "farm").code == 0
    listed = farm.run("key", "list").out
    office = next(line.split()[1] for line in listed.splitlines() if line.startswith("office"))
    looked = farm.json("key", "revoke", office, *DAY, *ZONE, "--dry-run", "--as", "farm")
    assert looked["stated"] is False
    stolen = ("--reason", "stolen", "--untrusted-from", "99")
    late = farm.run("key", "revoke", office, *stolen, *DAY, *ZONE, "--yes", "--as", "farm")
    assert (late.code, "untrusted_from is 99" in late.err) == (1, True)
    size = made["acknowledgement"]["position"] + 2
    said = farm.run(
        *("key", "revoke", office, "--reason", "stolen", "--untrusted-from", str(size)),
        *(*DAY, *ZONE, "--yes", "--as", "farm"),
    )
    assert said.code == 0, said.err
    assert "signs nothing any more" in said.out
    assert "passport countersign STATEMENT" in said.out
    plain = farm.run("key", "revoke", gateway, *DAY, *ZONE, "--yes", "--as", "farm")
    assert plain.code == 0, plain.err
    assert "countersign" not in plain.out
