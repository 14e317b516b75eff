"""Two companies run a ledger and a witness each, and watch each other; auditors derive logs from outside."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Self

import httpx2
import pytest

from api.client import LedgerClient
from api.commands.witness import KEY_FILE, MEMORY_FILE
from ledger import signing
from ledger.keystore import load_log_keys, new_note_key
from ledger.log import checkpoint
from ledger.log.checkpoint import Checkpoint, NoteSigner, VerifierKey
from ledger.log.cosignature import WitnessSigner, cosigners
from ledger.log.witness_request import AddCheckpoint
from ledger.sql.witness_store import SqlWitnessStore
from tests.builders import Party, registration
from tests.integration.conftest import Run
from tests.integration.served_process import ADDRESS, ROOT, START_S, Running, environment

PASSPHRASE = "two companies"  # noqa: S105 - opens keys of this test only


class WitnessProcess:
    """`passport witness serve` in a process of its own, ended by its own number."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.signer = WitnessSigner(
            f"witness.example/{folder.name}", new_note_key(folder, KEY_FILE, PASSPHRASE)
        )
        SqlWitnessStore.make(folder / MEMORY_FILE, self.signer.key.text()).close()
        command = [
            sys.executable,
            "-m",
            "api.cli",
            "witness",
            "serve",
            "--port",
            "0",
            "--folder",
            str(folder),
        ]
        env = environment(folder, PASSPORT_WITNESS_PASSPHRASE=PASSPHRASE, PYTHONUNBUFFERED="1")
        self._log = folder / "witness.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
        self.url = until(lambda: ADDRESS.search(self._log.read_text("utf-8")), START_S).group()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)

    def watch(self, key: str) -> None:
        with SqlWitnessStore(self.folder / MEMORY_FILE) as store:
            store.watch(VerifierKey.parse(key))

    def shown(self) -> dict[str, Any]:
        found: dict[str, Any] = httpx2.get(self.url, timeout=10).json()
        return found


class Company:
    """A company: its ledger, and the witness that it runs for others."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "ledger"
        self.witness = WitnessProcess(_made(folder / "witness"))
        self.served: Running

    def serve(self, other: WitnessProcess) -> None:
        witnesses = f"{other.signer.key.text()} {other.url}"
        origin = f"ledger.example/{self.folder.parent.name}"
        self.served = Running(self.folder, PASSPORT_WITNESSES=witnesses, PASSPORT_ORIGIN=origin)

    def end(self) -> None:
        self.served.__exit__()

    def key(self) -> str:
        return str(self.served.get("/v1/log")["verifier_key"])

    def published(self) -> checkpoint.SignedNote:
        return checkpoint.parse(httpx2.get(f"{self.served.url}/log/checkpoint", timeout=10).content)

    def problem(self) -> str | None:
        (state,) = self.served.get("/v1/log/witnesses")["witnesses"]
        return None if state["problem"] is None else str(state["problem"])

    def register(self, name: str) -> Party:
        party = Party(name, ("farmer",))
        with LedgerClient(self.served.url) as client:
            body = registration(party) | {
                "occurred": {"from": "2026-06-01", "to": "2026-06-01", "zone": "UTC"}
            }
            drafted = client.draft("registration/1", {"issuer": "", "body": body})["statement"]
            signature = signing.sign(drafted["envelope"], party.key)
            client.post({**drafted, "signature": signature})
        return party


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, mode=0o700)
    return folder


def until(look: Callable[[], Any], seconds: float = 30.0) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(look)


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Company, Company]]:
    folder = tmp_path_factory.mktemp("watching")
    with ExitStack() as stack:
        first, second = Company(folder / "a"), Company(folder / "b")
        for one, other in ((first, second), (second, first)):
            stack.enter_context(one.witness)
            one.serve(other.witness)
            stack.callback(one.end)
            other.witness.watch(one.key())
        yield first, second


def cosigned(company: Company, by: Company, size: int = 0) -> bool:
    note = company.published()
    return note.checkpoint.size >= size and bool(cosigners(note, [by.witness.signer.key]))


def test_two_companies_watch_each_others_logs(companies: tuple[Company, Company], passport: Run) -> None:
    first, second = companies
    for one, other in ((first, second), (second, first)):
        until(partial(cosigned, one, other))
        one.register("Farm of " + one.folder.parent.name)
        until(partial(cosigned, one, other, 2))
        assert one.problem() is None
        (watched,) = other.witness.shown()["logs"]
        assert (watched["size"], watched["origin"]) == (2, one.published().checkpoint.origin)
    listed = passport("witness", "list", "--json", "--folder", second.witness.folder)
    found = json.loads(listed.out)
    assert (found["logs"][0]["size"], found["evidence"]) == (2, [])
    plain = passport("witness", "list", "--folder", second.witness.folder).out
    assert "2 entries, root" in plain


def test_an_auditor_derives_a_served_log_and_its_books(
    companies: tuple[Company, Company], passport: Run, tmp_path: Path
) -> None:
    first, _ = companies
    state = tmp_path / "seen.json"
    whole = ("audit", "--remote", first.served.url, "--state", state)
    ran = passport(*whole, "--json", "--with-bodies")
    found = json.loads(ran.out)
    assert (ran.code, found["good"], found["findings"]) == (0, True, []), ran
    size = found["size"]
    assert (found["checked"], found["bodies"], found["hidden"]) == (size, size, 0)
    shown = passport(*whole, "--log-key", first.key())
    assert (shown.code, f"0 entries derived now, {size} before." in shown.out) == (0, True), shown
    saw = tmp_path / "seen-by-the-witness.txt"
    saw.write_text(companies[1].witness.shown()["logs"][0]["checkpoint"], "utf-8")
    assert passport(*whole, "--checkpoint", saw).code == 0
    wrong = passport(*whole, "--log-key", companies[1].key())
    assert (wrong.code, "is no memory of this log" in wrong.err) == (1, True)


def test_a_published_folder_is_audited_like_the_ledger_itself(
    companies: tuple[Company, Company], passport: Run, tmp_path: Path
) -> None:
    first, _ = companies
    folder = tmp_path / "public"
    settings = environment(first.folder)
    own = {name: text for name, text in settings.items() if name.startswith("PASSPORT_")}
    ran = passport("publish", folder, **own)
    assert (ran.code, "files written" in ran.out) == (0, True), ran
    assert (folder / "checkpoint").read_bytes().startswith(b"ledger.example/a\n")


def test_a_log_with_two_faces_is_caught_by_the_other_company(companies: tuple[Company, Company]) -> None:
    first, second = companies
    until(partial(cosigned, first, second))
    keys = load_log_keys(first.folder / "keys", (first.folder / "keys" / "unlock.txt").read_text("ascii"))
    head = first.published().checkpoint
    face = Checkpoint(head.origin, head.size, bytes(32))
    note = checkpoint.parse(checkpoint.sign(face, NoteSigner(head.origin, keys.checkpoint_key)))
    request = AddCheckpoint(head.size, (), note).text()
    answer = httpx2.post(f"{second.witness.url}/add-checkpoint", content=request.encode(), timeout=10)
    assert (answer.status_code, answer.text) == (409, f"{head.size}\n")
    (evidence,) = second.witness.shown()["evidence"]
    key = VerifierKey.parse(first.key())
    held, given = (checkpoint.verify(evidence[side], key) for side in ("held", "given"))
    assert (held.size, held.root != given.root, evidence["doubt"]) == (given.size, True, "two-faces")


def test_a_ledger_restored_from_an_old_copy_is_told_by_its_witness(
    companies: tuple[Company, Company], passport: Run, tmp_path: Path
) -> None:
    first, second = companies
    state = tmp_path / "seen.json"
    second.served.__exit__()
    old = tmp_path / "old"
    shutil.copytree(second.folder, old)
    second.serve(first.witness)
    second.register("Farm that will be forgotten")
    size = second.published().checkpoint.size
    until(partial(cosigned, second, first, size))
    audited = ("audit", "--remote", second.served.url, "--state", state, "--json")
    assert passport(*audited).code == 0

    second.served.kill()
    shutil.rmtree(second.folder)
    shutil.copytree(old, second.folder)
    second.serve(first.witness)
    assert "old copy" in until(second.problem)
    audited = ("audit", "--remote", second.served.url, "--state", state, "--json")
    cut = passport(*audited)
    assert (cut.code, json.loads(cut.out)["findings"][0]["part"]) == (1, "checkpoint")

    for number in range(2):
        second.register(f"Farm of another history {number}")
    until(lambda: "another history" in (second.problem() or ""))
    rewritten = passport(*audited)
    assert rewritten.code == 1
    assert {one["part"] for one in json.loads(rewritten.out)["findings"]} >= {"checkpoint", "root"}
    assert not cosigned(second, first)
    terminal = passport(*audited[:-1])
    assert (terminal.code, "✗ checkpoint" in terminal.out) == (1, True)


def test_a_witness_is_made_and_told_what_to_watch_at_the_terminal(passport: Run, tmp_path: Path) -> None:
    folder, secret = tmp_path / "w", {"PASSPORT_WITNESS_PASSPHRASE": PASSPHRASE}
    made = passport("witness", "new", "witness.example/w1", "--folder", folder, **secret)
    assert (made.code, made.out.startswith("witness.example/w1+")) == (0, True), made
    again = passport("witness", "new", "witness.example/w1", "--folder", folder, **secret)
    assert (again.code, "never overwritten" in again.err) == (1, True)
    assert passport("witness", "new", "with space", "--folder", tmp_path / "x", **secret).code == 1
    key = NoteSigner("ledger.example/x", new_note_key(folder, "x.pem", PASSPHRASE)).verifier.text()
    assert "Watching ledger.example/x" in passport("witness", "watch", key, "--folder", folder).out
    assert "nothing seen yet" in passport("witness", "list", "--folder", folder).out
    wrong = passport(
        "witness", "serve", "--folder", folder, **{**secret, "PASSPORT_WITNESS_PASSPHRASE": "another"}
    )
    assert wrong.code == 1
    (folder / KEY_FILE).unlink()
    new_note_key(folder, KEY_FILE, PASSPHRASE)
    other = passport("witness", "serve", "--folder", folder, **secret)
    assert (other.code, "it belongs to witness.example/w1" in other.err) == (1, True)
