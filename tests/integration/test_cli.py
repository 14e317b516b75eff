"""The command line: what it prints, how it ends, and what it says when it can't."""

# ruff: noqa: S106 - passphrases of the tests
from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from api.settings import SettingError, Settings
from api.wiring import NoPassphraseError, open_ledger, wire
from ledger.bundle import build, to_bytes
from ledger.chain.claim import FolderClaim
from ledger.chain.local_node import LocalNode
from ledger.errors import LedgerError
from ledger.keystore import KeyNotFoundError
from ledger.log.checkpoint import VerifierKey
from ledger.services import LogKeyMismatchError
from ledger.signing import WrongPassphraseError
from ledger.sql.stores import SqlStore
from scripts.bench.world import Issuer
from scripts.vectors.handmade_log import LIBRARY
from tests.integration.conftest import Run
from tests.integration.served_process import ROOT, Running, environment
from tests.kept import Kept

COMMANDS = (
    *("verify", "key", "import", "demo", "serve", "audit", "backup", "restore", "statements", "version"),
    *("lot", "ship", "receive", "dispose", "correct"),
)


def test_help_lists_every_command_and_each_explains_itself(passport: Run) -> None:
    ran = passport("--help")
    assert ran.code == 0
    for command in COMMANDS:
        assert command in ran.out
        text = passport(command, "--help")
        assert text.code == 0
        assert "Usage" in text.out
    for command in ("new", "list", "rotate", "add", "prove"):
        assert passport("key", command, "--help").code == 0
    for command in ("list", "show"):
        assert passport("lot", command, "--help").code == 0


def test_a_command_that_there_is_not_or_that_lacks_something_ends_with_2(
    passport: Run, tmp_path: Path
) -> None:
    for arguments in (
        ("sell",),
        ("verify",),
        ("verify", tmp_path / "none.json"),
        ("backup",),
        ("audit", "--loud"),
    ):
        ran = passport(*arguments)
        assert ran.code == 2
        assert "Usage" in ran.err
    assert passport("serve", "--port", "70000").code == 2
    assert passport("restore", tmp_path / "none").code == 2


def test_the_version_is_printed(passport: Run) -> None:
    assert passport("version").out.strip().count(".") == 2


def test_keys_are_made_listed_and_rotated(passport: Run, tmp_path: Path) -> None:
    keys = {"PASSPORT_KEYS": str(tmp_path / "keys"), "PASSPORT_KEY_PASSPHRASE": "correct horse"}
    empty = passport("key", "list", **keys)
    assert "No keys in" in empty.out
    assert json.loads(passport("key", "list", "--json").out) == []
    made = passport("key", "new", "farm")
    assert made.code == 0
    assert "Made key farm: 0x" in made.out
    (first,) = json.loads(passport("key", "list", "--json").out)
    assert first.keys() == {"name", "address", "created", "retired"}
    assert first["retired"] is None
    assert first["address"] in made.out
    twice = passport("key", "new", "farm")
    assert (twice.code, twice.err.count("\n")) == (1, 1)
    wrong = passport("key", "rotate", "farm", PASSPORT_KEY_PASSPHRASE="wrong horse")
    assert wrong.code == 1
    assert wrong.err.startswith("passport: ")
    assert len(json.loads(passport("key", "list", "--json").out)) == 1
    turned = passport("key", "rotate", "farm", PASSPORT_KEY_PASSPHRASE="correct horse")
    assert turned.code == 0
    old, new = json.loads(passport("key", "list", "--json").out)
    assert old["address"] == first["address"]
    assert old["retired"]
    assert new["address"] in turned.out
    shown = passport("key", "list")
    assert "in use" in shown.out
    assert "retired" in shown.out
    for arguments in (("rotate", "nobody"), ("new", "../farm"), ("new", "FARM!")):
        assert passport("key", *arguments).code == 1
    assert passport("key", "new", "port", PASSPORT_KEY_PASSPHRASE="").code == 1


def test_a_passphrase_is_asked_for_where_none_is_set(
    passport: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PASSPORT_KEY_PASSPHRASE", raising=False)
    asked: list[dict[str, object]] = []

    def prompt(_text: str, **more: object) -> str:
        asked.append(more)
        return "typed"

    monkeypatch.setattr("typer.prompt", prompt)
    assert passport("key", "new", "farm", "--keys", tmp_path / "keys").code == 0
    assert asked == [{"hide_input": True, "confirmation_prompt": True, "err": True}]


def bundle_of(kept: Kept, number: int = 0) -> bytes:
    with SqlStore(f"sqlite:///{kept.folder / 'ledger.db'}") as store, store.read() as view:
        return to_bytes(build(view, kept.shipments[number], LIBRARY.get))


def test_a_bundle_is_verified_offline_against_a_key_and_against_a_chain(
    kept: Kept, passport: Run, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle.json"
    bundle.write_bytes(bundle_of(kept))
    plain = passport("verify", bundle)
    assert plain.code == 0
    assert "No step failed" in plain.out
    found = json.loads(passport("verify", bundle, "--json", "--log-key", kept.log_key).out)
    assert found["ok"] is True
    assert {"good", "unknown"} >= {verdict["value"] for verdict in found["verdicts"]}
    name, _, _ = kept.log_key.partition("+")
    stranger = VerifierKey(name, bytes(range(32))).text()
    wrong = passport("verify", bundle, "--log-key", stranger)
    assert wrong.code == 1
    assert "This passport does not hold" in wrong.out
    malformed = passport("verify", bundle, "--log-key", "no key")
    assert (malformed.code, malformed.err.count("\n")) == (1, 1) or "✗" in malformed.out
    silent = passport("verify", bundle, "--json", "--rpc", "http://127.0.0.1:9")
    away = json.loads(silent.out)
    assert [v["value"] for v in away["verdicts"] if v["name"] == "anchor"] == ["unknown"]
    assert (silent.code, silent.err.count("\n")) == (0, 1)
    assert silent.err.startswith("passport: THE ANCHOR WAS NOT CHECKED. ")
    assert next(v["detail"] for v in away["verdicts"] if v["name"] == "anchor") in silent.err
    required = passport("verify", bundle, "--rpc", "http://127.0.0.1:9", "--require-anchor")
    assert (required.code, "NOT CHECKED" in required.err) == (1, True)
    assert "? unknown" in required.out
    unasked = passport("verify", bundle, "--require-anchor")
    assert (unasked.code, "nobody asked the chain" in unasked.err) == (1, True)
    assert plain.err == ""
    with LocalNode(kept.folder / "chain") as node:
        asked = passport("verify", bundle, "--json", "--rpc", node.rpc_url, "--require-anchor")
        assert (asked.code, asked.err) == (0, "")
        good = json.loads(asked.out)
    assert [v["value"] for v in good["verdicts"] if v["name"] == "anchor"] == ["good"]
    with LocalNode(tmp_path / "another chain") as node:
        other = json.loads(passport("verify", bundle, "--json", "--rpc", node.rpc_url).out)
    assert [v["value"] for v in other["verdicts"] if v["name"] == "anchor"] != ["good"]


def test_a_bundle_that_was_changed_does_not_hold(kept: Kept, passport: Run, tmp_path: Path) -> None:
    raw, bundle = bundle_of(kept), tmp_path / "bundle.json"
    at = raw.index(b"lychee")
    for changed in (
        raw[:-1],
        raw[: len(raw) // 2],
        b"",
        b"[" * 100_000,
        raw[:at] + b"longan" + raw[at + 6 :],
    ):
        bundle.write_bytes(changed)
        ran = passport("verify", bundle, "--json")
        assert ran.code == 1
        assert json.loads(ran.out)["ok"] is False


def test_what_the_system_refuses_is_one_sentence(kept: Kept, passport: Run, tmp_path: Path) -> None:
    for arguments in (
        ("backup", tmp_path / "no folder" / "b"),
        ("statements", "export", tmp_path / "no folder" / "s"),
        ("audit",),
    ):
        blocked = {} if arguments[0] != "audit" else {"PASSPORT_FOLDER": "/dev/null/ledger"}
        ran = passport(*arguments, **blocked)
        assert ran.code == 1
        assert ran.err.startswith("passport: ")
        assert ran.err.count("\n") == 1
    assert kept.folder.exists()
    ran = passport("audit", PASSPORT_POLICY="open")
    assert (ran.code, ran.err) == (
        1,
        "passport: PASSPORT_POLICY='open' can't be used: write demo or members.\n",
    )


def test_a_reader_that_goes_away_is_no_mistake(kept: Kept) -> None:
    command = f"'{sys.executable}' -m api.cli statements export | head -c 10"
    ran = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env={**environment(kept.folder), "PASSPORT_CHAIN": "none"},
        capture_output=True,
        check=False,
    )
    assert ran.stderr == b""
    assert len(ran.stdout) == 10


def test_a_port_that_is_taken_or_a_host_that_is_none_is_named(passport: Run, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        ran = passport("serve", "--port", port, PASSPORT_FOLDER=str(tmp_path), PASSPORT_CHAIN="none")
    assert ran.code == 1
    assert f"can't listen on 127.0.0.1, port {port}" in ran.err
    ran = passport("serve", "--port", "0", "--host", "256.0.0.1")
    assert ran.code == 1
    assert "can't listen on 256.0.0.1" in ran.err
    assert not (tmp_path / "ledger.db").exists()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_server_ends_in_order_with_its_chain(tmp_path: Path, how: signal.Signals) -> None:
    with Running(tmp_path, PASSPORT_CHAIN="local", PASSPORT_CHECK_PROCESSES="1") as server:
        assert httpx2.get(f"{server.url}/healthz").json() == {"status": "up"}
        assert httpx2.get(f"{server.url}/readyz").json()["chain"]["reachable"]
        chain = FolderClaim(tmp_path / "chain").left_over()
        assert chain is not None
        server.process.send_signal(how)
        assert server.process.wait(30) == 0, server.written()
        assert "Traceback" not in server.written()
        assert not Path(f"/proc/{chain[0]}").exists()
        assert (tmp_path / "chain" / "chain-state.json.gz").exists()


def test_a_server_listens_on_the_other_family_too(tmp_path: Path) -> None:
    with Running(tmp_path, "--host", "::1") as server:
        assert server.url.startswith("http://[::1]:")
        assert httpx2.get(f"{server.url}/healthz").json() == {"status": "up"}


def test_a_server_with_checking_processes_takes_large_batches(tmp_path: Path) -> None:
    with Running(tmp_path, PASSPORT_CHECK_PROCESSES="1") as server:
        issuer = Issuer(server.log_id())
        batch = [one.wire() for one in [issuer.registration, *issuer.pairs(300)]]
        assert httpx2.post(f"{server.url}/v1/statements", json=batch, timeout=60).status_code == 201
        batch[7]["signature"]["value"] = batch[8]["signature"]["value"]
        answer = httpx2.post(f"{server.url}/v1/statements", json=batch, timeout=60)
        assert (answer.status_code, answer.json()["index"]) == (422, 7)


def settings(folder: Path, **more: str) -> Settings:
    return Settings.from_environment({"PASSPORT_FOLDER": str(folder), "PASSPORT_CHAIN": "none", **more})


def test_the_logs_keys_need_their_passphrase(tmp_path: Path) -> None:
    blank: list[dict[str, str]] = [{}, {"PASSPORT_LOG_PASSPHRASE": ""}]
    for given in blank:
        with pytest.raises(NoPassphraseError, match="PASSPORT_LOG_PASSPHRASE"):
            wire(settings(tmp_path, **given))
    assert not (tmp_path / "ledger.db").exists()
    good = settings(tmp_path, PASSPORT_LOG_PASSPHRASE="one")
    first = wire(good)
    first.close()
    first.close()
    with pytest.raises(WrongPassphraseError):
        wire(settings(tmp_path, PASSPORT_LOG_PASSPHRASE="two"))
    again = wire(good)
    assert again.ledger.terms == first.ledger.terms
    again.close()


def test_an_open_log_takes_no_other_keys_and_none_are_made_for_it(tmp_path: Path) -> None:
    good = settings(tmp_path / "a", PASSPORT_LOG_PASSPHRASE="one")
    other = settings(tmp_path / "b", PASSPORT_LOG_PASSPHRASE="one")
    for one in (good, other):
        store, _, _ = open_ledger(one)
        store.close()
    keys = tmp_path / "a" / "keys"
    keys.rename(tmp_path / "away")
    with pytest.raises(KeyNotFoundError):
        open_ledger(good)
    assert not keys.exists()
    (tmp_path / "b" / "keys").rename(keys)
    with pytest.raises(LogKeyMismatchError):
        open_ledger(good)


def test_the_demo_keeps_a_random_passphrase_beside_its_keys(tmp_path: Path) -> None:
    demo = settings(tmp_path, PASSPORT_POLICY="demo")
    for _ in range(2):
        store, _, _ = open_ledger(demo)
        store.close()
    unlock = tmp_path / "keys" / "unlock.txt"
    assert unlock.stat().st_mode & 0o777 == 0o600


def test_terms_that_no_log_can_have_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="PASSPORT_ORIGIN='Not An Origin'"):
        wire(settings(tmp_path, PASSPORT_POLICY="demo", PASSPORT_ORIGIN="Not An Origin"))
    started = time.monotonic()
    store, _, ledger = open_ledger(settings(tmp_path, PASSPORT_POLICY="demo", PASSPORT_ORIGIN="good.example"))
    assert ledger.terms.origin == "good.example"
    store.close()
    store, _, ledger = open_ledger(
        settings(tmp_path, PASSPORT_POLICY="demo", PASSPORT_ORIGIN="other.example")
    )
    assert ledger.terms.origin == ledger.signer.name == "good.example"
    store.close()
    assert time.monotonic() - started < 30


def test_a_database_that_can_not_be_reached_is_named(tmp_path: Path) -> None:
    for url in ("mysql://here", "sqlite://", "nothing"):
        with pytest.raises(LedgerError):
            wire(settings(tmp_path, PASSPORT_POLICY="demo", PASSPORT_DATABASE_URL=url))


def test_a_chain_elsewhere_is_used_by_its_address_and_may_be_away(tmp_path: Path) -> None:
    url = {"PASSPORT_CHAIN": "url", "PASSPORT_CHAIN_RPC_URL": "http://127.0.0.1:9", "PASSPORT_POLICY": "demo"}
    away = wire(settings(tmp_path / "away", **url))
    ((_, status),) = away.anchoring.statuses()
    assert not status.reachable
    away.close()
    with LocalNode(tmp_path / "node") as node:
        there = wire(
            settings(
                tmp_path / "there",
                **{**url, "PASSPORT_CHAIN_RPC_URL": node.rpc_url, "PASSPORT_MIRROR": "yes"},
            )
        )
        made = there.anchoring.now()
        assert made is not None
        assert made.size == 2  # the opening, and what the log holds then
        assert there.anchoring.mirror_differences() == []
        there.close()
    assert os.environ.get("PASSPORT_CHAIN_RPC_URL") is None


def test_a_local_chain_that_died_is_started_again_when_it_is_asked(tmp_path: Path) -> None:
    wired = wire(settings(tmp_path, PASSPORT_CHAIN="local", PASSPORT_POLICY="demo"))
    try:
        first = wired.anchoring.now()
        claim = FolderClaim(tmp_path / "chain").left_over()
        assert claim is not None
        os.kill(claim[0], signal.SIGKILL)
        deadline = time.monotonic() + 10
        while not wired.anchoring.statuses()[0][1].reachable:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert wired.anchoring.now() is None
        with wired.store.read() as view:
            assert view.anchors() == [first]
    finally:
        wired.close()
