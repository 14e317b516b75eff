"""`passport erase`: a personal part goes for good, and the audit says so without alarm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from ledger.sql.stores import SqlStore
from tests.builders import World, kg, output, own
from tests.integration.conftest import Run


def test_a_note_is_erased_for_good_and_the_audit_stays_good(
    passport: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ledger.db"
    with SqlStore(f"sqlite:///{file}") as store:
        store.migrate()
        world = World(store)
        farm = world.register("Farm", "farmer")
        body = {
            "outputs": [output("lychee", kg(10))],
            "lines": [own(1000)],
            "policy": {"id": "mass/1"},
            "note": "Farmer Chen's own words",
        }
        digest = world.state(farm, "production/1", body).digest
    where = {"PASSPORT_FOLDER": str(tmp_path), "PASSPORT_CHAIN": "none"}
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: False)
    assert "Nothing was erased" in passport("erase", digest, "/note", **where).out
    refused = passport("erase", digest, "/policy", "--yes", **where)
    assert (refused.code, "no personal part" in refused.err) == (1, True)
    erased = passport("erase", digest, "/note", "--yes", **where)
    assert erased.code == 0, erased.err
    assert "is erased" in erased.out
    again = passport("erase", digest, "/note", "--yes", **where)
    assert (again.code, "personal parts: none" in again.err) == (1, True)
    assert b"Farmer Chen" not in file.read_bytes()
    audited = passport("audit", **where)
    assert audited.code == 0, audited.out
    assert "1 personal parts were erased" in audited.out
    assert json.loads(passport("audit", "--json", **where).out)["erased"] == 1
