"""`passport demo --json`: from nothing to verified passports, one JSON object on standard output, exit 0."""

from __future__ import annotations

import json
import random
import re
import sys
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
import typer

from api import cli
from api.demo import running
from api.demo.server import Server
from ledger.chain.local_node import LocalNode
from ledger.chain.reader import read_anchor
from ledger.verification import STEPS, verify
from tests.integration.test_second_verifier import failed_step, flipped, reports, said, second_says

HEX = re.compile(r"[0-9a-f]{64}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "demo"


@pytest.fixture(scope="module")
def ran(folder: Path) -> dict[str, Any]:
    """Run the demo once, through the command, and return what it printed."""
    patch = pytest.MonkeyPatch()
    printed: list[str] = []
    with patch.context() as at:
        at.setattr(sys, "argv", ["passport", "demo", "--json", "--folder", str(folder)])
        at.setattr(typer, "echo", lambda text="", **_more: printed.append(str(text)))
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert ended.value.code in (0, None)
    assert len(printed) == 1
    found: dict[str, Any] = json.loads(printed[0])
    return found


def test_it_says_what_it_promises_and_nothing_else(ran: dict[str, Any]) -> None:
    assert set(ran) == {"shipments", "log", "anchors", "conservation", "tamper_detected", "seconds"}
    for shipment in ran["shipments"]:
        assert set(shipment) == {
            *("passport_id", "product", "mode", "status", "quantity_kg", "kgco2e_per_kg_gross"),
            *(
                "kgco2e_per_kg_net",
                "primary_share",
                "flagged_share",
                "gwp",
                "tiers",
                "gaps",
                "verified",
                "bundle",
            ),
        }
        assert HEX.fullmatch(shipment["passport_id"])
        assert Decimal(shipment["kgco2e_per_kg_gross"]) >= Decimal(shipment["kgco2e_per_kg_net"]) > 0
        assert 0 < Decimal(shipment["primary_share"]) < 1
        assert 0 < Decimal(shipment["flagged_share"]) < 1
        assert shipment["verified"] is True


def test_three_shipments_one_by_sea_one_by_air_one_refused(ran: dict[str, Any]) -> None:
    assert [(one["mode"], one["status"]) for one in ran["shipments"]] == [
        ("sea", "received"),
        ("air", "received"),
        ("air", "refused"),
    ]
    sea, air, _refused = (Decimal(one["kgco2e_per_kg_gross"]) for one in ran["shipments"])
    assert air > sea


def test_carbon_is_conserved_to_the_milligram_in_every_component(ran: dict[str, Any]) -> None:
    sums = ran["conservation"]
    assert sums["recorded_mg"] == sums["accounted_mg"]
    assert all(recorded == accounted for recorded, accounted in sums["by_component"].values())
    assert sum(int(recorded) for recorded, _ in sums["by_component"].values()) == int(sums["recorded_mg"])


def test_every_statement_is_anchored_and_tampering_shows(ran: dict[str, Any]) -> None:
    assert sum(anchor["statements"] for anchor in ran["anchors"]) == ran["log"]["size"]
    assert all(anchor["gas"] > 0 and anchor["chain_id"] == 31337 for anchor in ran["anchors"])
    assert HEX.fullmatch(ran["log"]["root"])
    assert ran["tamper_detected"] is True


def test_every_bundle_verifies_from_its_bytes_alone(ran: dict[str, Any], folder: Path) -> None:
    bundles = sorted((folder / "bundles").glob("*.json"))
    assert {one["passport_id"] for one in ran["shipments"]} <= {path.stem for path in bundles}
    for path in bundles:
        assert verify(path.read_bytes()).ok


def test_a_second_program_verifies_every_bundle_and_its_anchor_on_the_demo_s_own_chain(
    ran: dict[str, Any], folder: Path
) -> None:
    paths = sorted((folder / "bundles").glob("*.json"))
    own = [verify(path.read_bytes()) for path in paths]
    key = own[0].log_key
    assert ran["log"]["size"] > 0
    with LocalNode(folder / "chain") as node:
        jobs = [{"file": str(path), "log_key": key, "rpc": node.rpc_url} for path in paths]
        found = reports(jobs)
        chain = partial(read_anchor, node.rpc_url)
        asked = [verify(path.read_bytes(), trusted_log_key=key, anchor_reader=chain) for path in paths]
    assert [said(one) for one in found] == [said(one) for one in asked]
    named = {(step, name) for step, name in STEPS.items() if name != "conservation along the graph"}
    for report in found:
        assert {(step, name) for step, name, value, _ in said(report) if value == "good"} >= named


def test_a_second_program_finds_a_flipped_byte_at_the_same_step(
    ran: dict[str, Any], folder: Path, tmp_path: Path
) -> None:
    whole = (folder / "bundles" / f"{ran['shipments'][0]['passport_id']}.json").read_bytes()
    drawn = random.Random(4)  # noqa: S311 - which bytes are changed, the same each time
    bundles = [flipped(whole, drawn) for _ in range(30)]
    own = [verify(one, now=datetime.now(UTC)).failure() for one in bundles]
    assert [failed_step(one) for one in second_says(tmp_path, bundles)] == [one and one.step for one in own]
    assert all(own)


def test_the_demo_s_data_can_be_served_again(
    ran: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[dict[str, Any]] = []

    def look_and_stop(server: Server) -> int:
        passport = ran["shipments"][0]["passport_id"]
        seen.append(httpx2.get(f"{server.url}/v1/passports/{passport}", trust_env=False).json())
        raise KeyboardInterrupt

    monkeypatch.setattr(Server, "wait", look_and_stop)
    monkeypatch.setattr(running, "SERVE_PORT", 0)
    result = running.run(folder, keep_running=True)
    assert result == ran
    assert seen[0]["per_unit"]["gross"] == ran["shipments"][0]["kgco2e_per_kg_gross"]
    out = capsys.readouterr().out
    assert f"/p/{ran['shipments'][0]['passport_id']}" in out
    assert "Stopping." in out
