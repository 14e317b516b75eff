"""The parts of the demo that need no server and no chain: its folder, companies, results, tampering."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from api.client import LedgerClient
from api.demo.companies import NoCompanyError, companies, load_keys, make_keys
from api.demo.folder import MARKER, DemoRunningError, ForeignFolderError, prepare_folder
from api.demo.results import (
    FiguresDifferError,
    anchor_rows,
    journey_mode,
    print_tables,
    shipment_row,
    shown_path,
)
from api.demo.running import NotAnchoredError, PassportFailedError, _failed, _require_good, anchored
from api.demo.server import Server, ServerNotStartedError, demo_environment, ended_like_ctrl_c, free_port
from api.demo.tampering import one_digit_changed
from ledger import canonical, signing
from ledger.bundle import build, to_bytes
from ledger.chain.claim import FolderClaim
from ledger.factors.library import FactorLibrary
from ledger.keystore import KeyExistsError
from ledger.verification import Report, verify
from tests.builders import World, kg
from tests.unit.records.scenario import FOLDER, Played, intents


def test_the_demo_s_folder_is_emptied_but_nobody_else_s(tmp_path: Path) -> None:
    folder = prepare_folder(tmp_path / "demo")
    (folder / "bundles").mkdir()
    (folder / "ledger.db").touch()
    assert prepare_folder(folder) == folder
    assert [path.name for path in folder.iterdir()] == [MARKER]
    thesis = tmp_path / "other" / "thesis.txt"
    thesis.parent.mkdir()
    thesis.touch()
    with pytest.raises(ForeignFolderError, match=r"thesis\.txt"):
        prepare_folder(thesis.parent)
    assert thesis.exists()


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    assert (prepare_folder(tmp_path) / MARKER).exists()


def test_a_folder_that_a_running_ledger_uses_is_left_alone(tmp_path: Path) -> None:
    folder = prepare_folder(tmp_path / "demo")
    (folder / "chain").mkdir()
    claim = FolderClaim(folder / "chain")
    assert claim.take()
    with pytest.raises(DemoRunningError):
        prepare_folder(folder)
    claim.release()
    prepare_folder(folder)
    assert not (folder / "chain").exists()


def test_a_chain_that_outlived_its_server_is_ended_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = prepare_folder(tmp_path / "demo")
    (folder / "chain").mkdir()
    ended: list[int] = []
    monkeypatch.setattr(FolderClaim, "left_over", lambda _claim: (4711, 8545))
    monkeypatch.setattr(FolderClaim, "end", lambda _claim, pid: ended.append(pid))
    prepare_folder(folder)
    assert ended == [4711]


def test_each_company_introduces_itself_and_has_a_key_of_its_own(tmp_path: Path) -> None:
    found = companies()
    assert {company.reference for company in found} == {
        path.name for path in FOLDER.iterdir() if path.is_dir()
    }
    assert {company.zone for company in found} == {"Asia/Shanghai", "Europe/Amsterdam"}
    folder = tmp_path / "keys" / "companies"
    keys = make_keys(folder, found[:2])
    assert load_keys(folder, found[:2]) == keys
    assert len({signing.address_of(key) for key in keys.values()}) == 2
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0
    (folder / "passphrase").unlink()
    with pytest.raises(KeyExistsError):
        make_keys(folder, found[:2])


def test_a_folder_without_a_company_is_no_scenario(tmp_path: Path) -> None:
    (tmp_path / "nobody").mkdir()
    with pytest.raises(NoCompanyError, match="nobody"):
        companies(tmp_path)


def test_a_journey_is_named_after_its_longest_kind_of_leg() -> None:
    assert journey_mode([{"mode": "road"}, {"mode": "air"}, {"mode": None}]) == "air"
    assert journey_mode([{"mode": "hub"}, {"mode": "sea"}]) == "sea"
    assert journey_mode([]) == "none"


def test_an_anchor_covers_what_the_one_before_didn_t() -> None:
    anchor = {"chain_id": 31337, "transaction": "0xab", "block": 2, "gas": 50_000}
    rows = anchor_rows([{**anchor, "size": 10}, {**anchor, "size": 61}])
    assert [row["statements"] for row in rows] == [10, 51]
    assert set(rows[0]) == {"chain_id", "transaction", "block", "gas", "statements"}


def test_a_path_is_shown_from_where_the_command_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert shown_path(tmp_path / "var" / "x.json") == "var/x.json"
    assert shown_path(Path("/elsewhere/x.json")) == "/elsewhere/x.json"


@pytest.fixture(scope="module")
def bundle() -> tuple[str, bytes]:
    """Return a passport of the scenario and its bundle, out of a ledger in memory."""
    played = Played()
    played.play(intents())
    passport = played.register["shipment:P-DN-25-1"]
    with played.world.store.read() as view:
        return passport, to_bytes(build(view, passport, FactorLibrary.shipped().by_digest))


def _document(report: Report) -> dict[str, Any]:
    figures = report.figures
    assert figures is not None
    return {
        "id": report.passport,
        "goods": {"product": figures.product, "quantity": str(figures.quantity)},
        "stops": [{"mode": "air"}],
        "status": figures.status,
        "per_unit": {"gross": figures.gross_kg_per_unit, "net": figures.net_kg_per_unit},
        "primary_share": figures.primary_share,
        "flagged_share": "0.5",
        "gwp": [{"name": "AR5"}],
        "tiers": figures.tiers,
        "gaps": len(figures.gaps),
    }


def test_a_row_shows_what_server_and_verifier_agree_on(bundle: tuple[str, bytes]) -> None:
    report = verify(bundle[1])
    document = _document(report)
    row = shipment_row(document, report, bundle=Path("x.json"), anchored=True)
    assert (row["quantity_kg"], row["mode"], row["gwp"], row["verified"]) == ("2400", "air", "AR5", True)
    assert shipment_row(document, report, bundle=Path("x.json"), anchored=False)["verified"] is False
    with pytest.raises(FiguresDifferError, match="gaps"):
        shipment_row({**document, "gaps": 0}, report, bundle=Path("x.json"), anchored=True)


def test_a_row_without_verified_figures_is_not_verified(bundle: tuple[str, bytes]) -> None:
    document = _document(verify(bundle[1]))
    broken = verify(one_digit_changed(bundle[1]))
    assert shipment_row(document, broken, bundle=Path("x.json"), anchored=True)["verified"] is False


def test_one_digit_of_one_record_makes_the_passport_fail(bundle: tuple[str, bytes]) -> None:
    changed = one_digit_changed(bundle[1])
    assert sum(a != b for a, b in zip(changed, bundle[1], strict=True)) == 1
    failure = verify(changed).failure()
    assert failure is not None
    assert failure.name == "parts and references"


def test_a_bundle_without_activities_has_no_digit_to_change() -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    shipment = world.dispatch(farm, world.produce(farm, "lychee", kg(2)), kg(1), to=None)
    with world.store.read() as view:
        raw = to_bytes(build(view, shipment, lambda _digest: None))
    assert one_digit_changed(raw) == raw
    assert canonical.parse(raw, max_bytes=len(raw))


def test_a_server_that_does_not_come_up_is_named_with_what_it_wrote(tmp_path: Path) -> None:
    environment = demo_environment(tmp_path) | {"PASSPORT_POLICY": "nonsense"}
    with pytest.raises(ServerNotStartedError, match="PASSPORT_POLICY"):
        Server(environment, tmp_path / "server.log")


class _Stubborn:
    """A process that ends only when it is forced."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def poll(self) -> None:
        return None

    def terminate(self) -> None:
        self.asked.append("please")

    def kill(self) -> None:
        self.asked.append("now")

    def wait(self, timeout_s: float | None = None) -> int:
        if timeout_s is not None:
            raise subprocess.TimeoutExpired("serve", timeout_s)
        return 0


def test_a_server_that_does_not_end_when_asked_is_forced() -> None:
    server = Server.__new__(Server)
    process = _Stubborn()
    server._process = cast("subprocess.Popen[bytes]", process)
    server.stop()
    assert process.asked == ["please", "now"]
    assert server.wait() == 0


def test_a_request_to_end_ends_the_demo_as_ctrl_c_does() -> None:
    def be_ended() -> None:
        with ended_like_ctrl_c():
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1)

    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        be_ended()
    assert signal.getsignal(signal.SIGTERM) is before


def test_another_thread_runs_the_demo_without_being_told() -> None:
    went: list[bool] = []

    def go() -> None:
        with ended_like_ctrl_c():
            went.append(True)

    thread = threading.Thread(target=go)
    thread.start()
    thread.join()
    assert went == [True]


def test_the_user_s_own_ledger_is_not_the_demo_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSPORT_DATABASE_URL", "postgresql://real")
    monkeypatch.setenv("PASSPORT_CHAIN_RPC_URL", "http://127.0.0.1:8545")
    environment = demo_environment(tmp_path, ("0xab",))
    assert "PASSPORT_DATABASE_URL" not in environment
    assert environment["PASSPORT_CHAIN_RPC_URL"] == "http://127.0.0.1:8545"
    assert environment["PASSPORT_ACCREDITORS"] == "0xab"


def test_a_taken_port_is_not_asked_for() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) == 0
    assert free_port(port) == port


class _Anchors:
    """A ledger whose newest statements wait for the chain, a number of times."""

    def __init__(self, pending: int) -> None:
        self.pending = pending

    def anchors(self) -> dict[str, Any]:
        self.pending -= 1
        return {"pending": max(self.pending, 0), "problem": "the chain is away", "anchors": [{"size": 61}]}


def test_the_demo_waits_for_its_anchor_but_not_for_ever() -> None:
    assert anchored(cast("LedgerClient", _Anchors(2))) == [{"size": 61}]
    with pytest.raises(NotAnchoredError, match="the chain is away"):
        anchored(cast("LedgerClient", _Anchors(1000)), 0.0)


def test_a_passport_that_fails_ends_the_demo(bundle: tuple[str, bytes]) -> None:
    report = verify(one_digit_changed(bundle[1]))
    with pytest.raises(PassportFailedError, match="step 2"):
        _require_good(bundle[0], report)
    with pytest.raises(PassportFailedError, match="not reached"):
        _require_good(bundle[0], replace(verify(bundle[1]), figures=None))
    assert _failed(report) == "fails at step 2, parts and references"
    assert _failed(verify(bundle[1])) == "NOT detected"


def test_tables_show_the_verdict_and_the_gas_of_each_statement() -> None:
    shipment = {
        "product": "Lychee",
        "mode": "air",
        "status": "refused",
        "quantity_kg": "1800",
        "kgco2e_per_kg_gross": "7.8",
        "primary_share": None,
        "flagged_share": "0.25",
        "tiers": 2,
        "gaps": 29,
        "verified": False,
    }
    anchor = {"chain_id": 31337, "transaction": "0x" + "ab" * 32, "block": 2, "gas": 45_000}
    result = {
        "shipments": [shipment],
        "anchors": [{**anchor, "statements": 1000}, {**anchor, "statements": 0}],
        "conservation": {"recorded_mg": "1", "accounted_mg": "1"},
        "tamper_detected": False,
    }
    out = io.StringIO()
    print_tables(result, Console(file=out, width=160))
    text = out.getvalue()
    assert "BAD" in text
    assert "25.0%" in text
    assert " 45 " in text
    assert "TAMPERING WAS NOT DETECTED" in text
