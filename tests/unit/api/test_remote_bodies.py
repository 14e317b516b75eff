"""A foreign ledger over HTTP: files with limits and patience, bodies as signed, books that add up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api import remote_auditing
from api.client import LedgerClient, ServerRefusedError
from api.commands import remote
from api.remote_asked import RemoteAsked
from api.remote_auditing import NoAnchorContractError, run_remote_audit
from api.remote_bodies import RemoteBodies
from api.remote_log import HttpLog
from ledger.audit_memory import FileMemory
from ledger.in_memory import InMemoryStore
from ledger.interfaces import Anchor
from ledger.remote_audit import MissingLogFileError, RemoteAudit, audit_remote
from tests.bundle_worlds import Story, play
from tests.served import Served, served


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Story]]:
    with served(tmp_path_factory.mktemp("season"), anchored=True) as running:
        story = play(running.world)
        running.wired.anchoring.now()
        yield running, story


class Through:
    """Answers as the served ledger does, or as an operator would like to."""

    def __init__(self, here: Served) -> None:
        self.here, self.instead, self.calls = here, dict[str, httpx2.Response](), list[str]()

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        self.calls.append(path)
        if path in self.instead:
            return self.instead[path]
        answer = self.here.client.get(path)
        kind = {"Content-Type": answer.headers["content-type"]}
        return httpx2.Response(answer.status_code, content=answer.content, headers=kind)

    def json(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = self.here.client.get(path).json()
        return found

    def client(self) -> LedgerClient:
        return LedgerClient(
            "http://ledger.example", transport=httpx2.MockTransport(self), pause=lambda _: None
        )

    def log(self) -> HttpLog:
        return HttpLog("http://ledger.example/", transport=httpx2.MockTransport(self), pause=lambda _: None)


@pytest.fixture
def through(season: tuple[Served, Story]) -> Through:
    return Through(season[0])


def audited(through: Through, folder: Path, *checks: Any) -> RemoteAudit:
    key = through.here.world.signer.verifier
    found = RemoteAudit()
    with through.log() as log, through.client() as client:
        bodies = RemoteBodies(client, InMemoryStore(), found, checks)
        derived = audit_remote(log, key, FileMemory(folder / "seen.json", key.text()), take=bodies.take)
        bodies.finish()
    assert derived.good, derived.findings
    return found


def test_the_books_of_a_foreign_ledger_are_made_again_from_its_bodies(
    through: Through, tmp_path: Path
) -> None:
    seen: list[int] = []

    def check(view: Any) -> Iterator[tuple[str, str, str]]:
        seen.append(view.size())
        yield "state root", "there", "here"

    found = audited(through, tmp_path, check)
    assert (found.bodies, found.hidden, seen) == (through.here.size(), 0, [through.here.size()])
    assert [(one.part, one.what) for one in found.findings] == [("books", "state root")]


def test_a_body_that_was_not_signed_or_is_another_s_is_named(
    through: Through, season: tuple[Served, Story], tmp_path: Path
) -> None:
    path, other = (f"/v1/statements/{digest}" for digest in (season[1].shipment, season[1].outside))
    plain = through.json(path)
    changed = plain | {"parts": plain["parts"][1:]}
    for answer in (changed, through.json(other)):
        through.instead[path] = httpx2.Response(200, json=answer)
        found = audited(through, tmp_path)
        assert [one.part for one in found.findings] == ["books"]
        assert "body of entry" in found.findings[0].what


def test_what_is_hidden_from_the_auditor_is_counted_and_no_difference(
    through: Through, season: tuple[Served, Story], tmp_path: Path
) -> None:
    path = f"/v1/statements/{season[1].shipment}"
    through.instead[path] = httpx2.Response(404, json={"type": "urn:x:not-visible", "detail": "no"})
    found = audited(through, tmp_path)
    assert (found.hidden, found.bodies, found.findings) == (1, through.here.size() - 1, [])
    through.instead[path] = httpx2.Response(403, json={"type": "urn:x:no", "detail": "no"})
    with pytest.raises(ServerRefusedError):
        audited(through, tmp_path)


def test_sums_that_do_not_follow_from_the_statements_are_named(through: Through, tmp_path: Path) -> None:
    sums = through.json("/v1/conservation")
    through.instead["/v1/conservation"] = httpx2.Response(200, json=sums | {"recorded_mg": "1"})
    found = audited(through, tmp_path)
    assert [(one.what, one.shown) for one in found.findings] == [("recorded_mg", "1")]
    grown = through.json("/v1/log")
    through.instead["/v1/log"] = httpx2.Response(200, json=grown | {"size": grown["size"] + 1})
    assert not audited(through, tmp_path).findings


def test_a_statement_that_breaks_the_books_is_named(
    through: Through, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_writer: object, logged: Any) -> None:
        if logged.position:
            raise MissingLogFileError("x", "y")

    monkeypatch.setattr("api.remote_bodies.CHUNK", 2)
    monkeypatch.setattr("api.remote_bodies.book_state_again", refuses)
    found = audited(through, tmp_path)
    assert [one.what for one in found.findings] == ["body of entry 1"]


def test_a_file_that_is_busy_is_asked_for_again_and_one_too_long_is_left(through: Through) -> None:
    path, again = "/log/checkpoint", iter([503, 429, 200])
    through.instead[path] = httpx2.Response(503)

    def sometimes(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(next(again), content=b"note")

    waits: list[float] = []
    with HttpLog(
        "http://x.example", transport=httpx2.MockTransport(sometimes), pause=waits.append
    ) as patient:
        assert patient.file("checkpoint", 10) == b"note"
    assert waits == [0.5, 1.0]
    with through.log() as log, pytest.raises(MissingLogFileError, match="answers 404"):
        log.file("checkpoint", 10**6)
    del through.instead[path]
    with through.log() as log:
        assert log.file("checkpoint", 10**6)
        with pytest.raises(MissingLogFileError, match="longer than 10 bytes"):
            log.file("checkpoint", 10)


def test_a_static_host_serves_the_log_under_its_prefix() -> None:
    def static(request: httpx2.Request) -> httpx2.Response:
        there = request.url.path in ("/passports/checkpoint", "/passports/tile/0/000")
        return httpx2.Response(200 if there else 404, content=b"file")

    with HttpLog("http://files.example/passports", transport=httpx2.MockTransport(static)) as log:
        assert log.file("checkpoint", 10) == b"file"
        assert log.file("tile/0/000", 10) == b"file"


def test_a_host_that_does_not_answer_is_named() -> None:
    def away(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("no")

    with (
        HttpLog("http://x.example", transport=httpx2.MockTransport(away), pause=lambda _: None) as log,
        pytest.raises(MissingLogFileError, match="ConnectError"),
    ):
        log.file("checkpoint", 10)


class Chain:
    """The chain's events of a log, as a reader gives them."""

    def __init__(self, anchors: list[Anchor]) -> None:
        self._anchors = anchors

    def history(self) -> list[Anchor]:
        return self._anchors


def test_anchors_are_read_from_the_chain_that_the_auditor_trusts(
    through: Through, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = through.here
    monkeypatch.setattr(remote_auditing, "LedgerClient", lambda *_: through.client())
    monkeypatch.setattr(remote_auditing, "HttpLog", lambda *_: through.log())
    monkeypatch.setattr("ledger.chain.reader.CheckedAnchors", lambda _: Chain(here.chain.history()))
    monkeypatch.setattr("ledger.chain.reader.EvmAnchorReader", lambda *_: None)
    chain_ids = [31337, 5, 31337]
    monkeypatch.setattr("ledger.chain.rpc.EvmRpc.chain_id", lambda _: chain_ids.pop(0))
    asked = RemoteAsked("http://ledger.example", None, tmp_path / "seen.json", "http://127.0.0.1:1")
    found = run_remote_audit(asked)
    assert (found.findings, found.anchors) == ([], len(here.chain.history()))
    with pytest.raises(NoAnchorContractError, match="on chain 5"):
        run_remote_audit(asked)
    through.instead["/v1/anchors"] = httpx2.Response(200, json={"anchors": []})
    with pytest.raises(NoAnchorContractError, match="names no anchor"):
        run_remote_audit(asked)


def test_the_terminal_says_what_an_audit_could_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    found = RemoteAudit("ledger.example/a", 9, "ab", 4, 5, later_keys=2, anchors=1, bodies=3, hidden=6)
    remote._show(found, trusted=True)
    said = capsys.readouterr().out
    assert "ledger.example/a: 9 entries, root ab, 1 anchors." in said
    assert "3 bodies read, 6 hidden from you." in said
    assert "2 entries are signed by keys that a body added" in said
    assert "--log-key" not in said
    found.note("root", "root of 9 entries", "cd", "ab")
    remote._show(found, trusted=False)
    said = capsys.readouterr().out
    assert "✗ root: root of 9 entries" in said
    assert "The log's key was not given" in said
    assert "follows from the entries" not in said
