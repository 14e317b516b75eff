"""A packer's year of 50 products comes in over HTTP by `passport import`, and closes with zero."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx2
import pytest

from ledger.keystore import Keystore
from scripts.scenarios.packer_year.make_records import PackerYear
from tests.integration.conftest import Run
from tests.integration.served_process import Running

COMPANIES: Final = ("orchard", "packer", "retailer")
STATEMENTS: Final = 1677
SECRET: Final = "twelve months of fruit"  # noqa: S105 - opens keys that this test makes


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """A served ledger of its own."""
    with Running(tmp_path / "ledger") as running:
        yield running


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of keys of an office that keeps the books of three companies, and its records."""
    keys = tmp_path / "keys"
    for name in COMPANIES:
        Keystore(keys, 2).new(name, SECRET)
    PackerYear().write(tmp_path / "year")
    monkeypatch.setenv("PASSPORT_KEYS", str(keys))
    monkeypatch.setenv("PASSPORT_KEY_PASSPHRASE", SECRET)
    return tmp_path / "year"


def test_a_year_is_imported_as_a_company_would_and_its_trial_balance_is_zero(
    passport: Run, running: Running, office: Path
) -> None:
    for name in COMPANIES:
        assert passport("import", office / name / "organizations.csv", "--post", running.url).code == 0
    made = []
    # The packer's goods that a shop sent back are known when the shop has said so: what is left comes then.
    for name in ("orchard", "packer", "retailer", "packer"):
        files = sorted((office / name).glob("*.csv"))
        ran = passport("import", *files, "--post", running.url, "--partly")
        assert ran.code == 0, ran.err
        made.append(int(ran.out.splitlines()[-1].partition(" ")[0]))
    assert sum(made) + len(COMPANIES) == STATEMENTS
    assert made[-1] == 4
    assert running.get("/v1/log")["size"] == STATEMENTS + 1
    for name in COMPANIES:
        ran = passport(
            *("books", "--ledger", running.url, "--as", name, "--report", "trial-balance"),
            *("--from", "2025-01-01", "--to", "2025-12-31", "--format", "csv", "--table", "accounts"),
        )
        assert ran.code == 0, ran.err
        rows = list(csv.DictReader(io.StringIO(ran.out)))
        assert rows
    _look(passport, running)


def _look(passport: Run, running: Running) -> None:
    """The report is there as a page, and at a terminal."""
    asked = ("--ledger", running.url, "--as", "packer", "--from", "2025-12-01", "--to", "2025-12-31")
    shown = passport("books", *asked)
    assert "Lychee, fresh" in shown.out
    report = json.loads(passport("books", *asked, "--format", "json").out)
    page = httpx2.get(
        f"{running.url}/organizations/{report['organization']}/books",
        params={"report": "statement", "from": "2025-12-01", "to": "2025-12-31"},
        timeout=30,
    )
    assert page.status_code == 200
    assert "Lychee, fresh" in page.text
