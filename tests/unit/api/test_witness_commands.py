"""`passport witness`, `publish` and `proofs` at the terminal, in this process."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
import uvicorn
from typer.testing import CliRunner

from api.cli import app
from api.commands import witness
from ledger import proof_files
from ledger.bundle import parse
from ledger.keystore import load_note_key
from ledger.log import proof_file
from ledger.log.checkpoint import VerifierKey
from ledger.log.cosignature import WitnessSigner
from ledger.sql.stores import SqlStore
from ledger.sql.witness_store import SqlWitnessStore
from ledger.witness import TwoFacesError, Witness
from tests.builders import World
from tests.bundle_worlds import played
from tests.witnessing import GrowingLog, SetClock

SECRET = {"PASSPORT_WITNESS_PASSPHRASE": "correct horse"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = CliRunner().invoke(
        app, ["witness", "new", "witness.example/w1", "--folder", str(tmp_path / "w")], env=SECRET
    )
    assert made.exit_code == 0
    return tmp_path / "w"


def test_evidence_is_shown_whole_at_the_terminal(folder: Path) -> None:
    log = GrowingLog("ledger.example/a").grow(3)
    CliRunner().invoke(app, ["witness", "watch", log.signer.verifier.text(), "--folder", str(folder)])
    key = load_note_key(folder, witness.KEY_FILE, "correct horse", "w")
    with SqlWitnessStore(folder / witness.MEMORY_FILE) as store:
        watcher = Witness(WitnessSigner("witness.example/w1", key), store, SetClock())
        watcher.add_checkpoint(log.request(0))
        other = log.fork(2).grow(1, "hidden")
        with pytest.raises(TwoFacesError):
            watcher.add_checkpoint(other.request(3))
    shown = CliRunner().invoke(app, ["witness", "list", "--folder", str(folder)]).output
    assert "ledger.example/a, 3 entries: TWO HISTORIES" in shown
    assert shown.count("ledger.example/a\n3\n") == 2
    plain = json.loads(CliRunner().invoke(app, ["witness", "list", "--json", "--folder", str(folder)]).output)
    assert (plain["logs"][0]["size"], plain["evidence"][0]["doubt"]) == (3, "two-faces")


def test_a_witness_is_served_until_it_is_stopped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Any] = []

    def run(server: uvicorn.Server, sockets: list[Any]) -> None:
        served.append((server.config.app.title, len(sockets)))  # type: ignore[union-attr]
        raise KeyboardInterrupt

    monkeypatch.setattr(uvicorn.Server, "run", run)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(typer, "prompt", lambda *_, **__: "correct horse")
    ran = CliRunner().invoke(app, ["witness", "serve", "--folder", str(folder), "--port", "0"])
    assert (ran.exit_code, served) == (0, [("Carbon passport witness", 1)])
    assert ran.output.startswith("Witness witness.example/w1+")
    assert "http://127.0.0.1:" in ran.output


def test_a_log_is_published_from_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SqlStore(f"sqlite:///{tmp_path / 'ledger.db'}")
    store.migrate()
    world = World(store)
    env = {"PASSPORT_FOLDER": str(tmp_path)}
    ran = CliRunner().invoke(app, ["publish", str(tmp_path / "public")], env=env)
    assert (ran.exit_code, "2 entries are in" in ran.output) == (0, True), ran.output
    assert (tmp_path / "public" / "tile" / "entries" / "000.p" / "2").exists()
    assert VerifierKey.parse(world.signer.verifier.text()) == world.signer.verifier
    store.close()

    def empty(*_: object) -> Any:
        return SimpleNamespace(checkpoint=lambda: None)

    monkeypatch.setattr(SqlStore, "read", lambda _: _Nothing(empty()))
    ran = CliRunner().invoke(app, ["publish", str(tmp_path / "public")], env=env)
    assert type(ran.exception).__name__ == "NoLogError"


class _Nothing:
    def __init__(self, view: Any) -> None:
        self._view = view

    def __enter__(self) -> Any:
        return self._view

    def __exit__(self, *_: object) -> None:
        return None


def test_every_statement_of_a_bundle_gets_its_proof_file(tmp_path: Path) -> None:
    story, raw = played()
    (tmp_path / "bundle.json").write_bytes(raw)
    ran = CliRunner().invoke(app, ["proofs", str(tmp_path / "bundle.json"), str(tmp_path / "proofs")])
    made = proof_files.of_bundle(parse(raw))
    assert (ran.exit_code, f"{len(made)} proofs" in ran.output) == (0, True), ran.output
    with story.world.store.read() as view:
        for digest in made:
            proof = proof_file.parse((tmp_path / "proofs" / f"{digest}.tlog-proof").read_bytes())
            logged = view.logged(digest)
            assert logged is not None
            assert proof_file.verify(proof, logged.entry, story.world.signer.verifier).size
