"""A quarter of the packer's year comes in over HTTP by `passport import`, and closes with zero.

Fifty products in three months; tests/unit/records/test_packer_year.py posts all twelve in this process.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Final

import httpx2
import pytest

from ledger.keystore import Keystore
from scripts.scenarios.packer_year.make_records import PackerYear
from tests.integration.conftest import Run
from tests.integration.served_process import Running

COMPANIES: Final = ("orchard", "packer", "retailer")
MONTHS: Final = 3
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
    PackerYear(MONTHS).write(tmp_path / "year")
    monkeypatch.setenv("PASSPORT_KEYS", str(keys))
    monkeypatch.setenv("PASSPORT_KEY_PASSPHRASE", SECRET)
    return tmp_path / "year"


def test_a_quarter_is_imported_as_a_company_would_and_its_trial_balance_is_zero(
    passport: Run, running: Running, office: Path
) -> None:
    for name in COMPANIES:
        assert passport("import", office / name / "organizations.csv", "--post", running.url).code == 0
    made = []
    # Goods that the shop sent back are known when the shop has said so: what the packer did with them waits.
    for name in ("orchard", "packer", "retailer", "packer"):
        files = sorted((office / name).glob("*.csv"))
        ran = passport("import", *files, "--post", running.url, "--partly")
        assert ran.code == 0, ran.err
        made.append(int(ran.out.splitlines()[-1].partition(" ")[0]))
        if len(made) == 2:
            assert ran.out.endswith("1 waits for others.\n")
    assert made[-1] == 1
    assert sum(made) == 396
    assert running.get("/v1/log")["size"] == sum(made) + len(COMPANIES) + 1
    assert running.get("/v1/conservation")["holds"] is True
    for name in COMPANIES:
        _check_balance(passport, running, name)
    _look(passport, running)


def _check_balance(passport: Run, running: Running, name: str) -> None:
    """Every component of a company's trial balance adds up to zero."""
    ran = passport(
        *("books", "--ledger", running.url, "--as", name, "--report", "trial-balance"),
        *("--from", "2025-01-01", "--to", "2025-12-31", "--format", "csv"),
    )
    assert ran.code == 0, ran.err
    sums: dict[str, Decimal] = {}
    for row in csv.DictReader(io.StringIO(ran.out.removeprefix("\ufeff"))):
        closing = Decimal(row["closing_kg_co2e"])
        sums[row["component"]] = sums.get(row["component"], Decimal(0)) + closing
    assert len(sums) > 1
    assert not any(sums.values())


def _look(passport: Run, running: Running) -> None:
    """The report is there as a page, and at a terminal."""
    period = {"from": "2025-03-01", "to": "2025-03-31"}
    asked = ("--ledger", running.url, "--as", "packer", *(f"--{k}={v}" for k, v in period.items()))
    assert "Lychee, fresh" in passport("books", *asked).out
    report = json.loads(passport("books", *asked, "--format", "json").out)
    page = httpx2.get(f"{running.url}/o/{report['organization']}/books", params=period, timeout=30)
    assert page.status_code == 200
    assert "Lychee, fresh" in page.text
