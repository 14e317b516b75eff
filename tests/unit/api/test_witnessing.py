"""A log and its witness over HTTP: cosigned checkpoints, and every way that a witness may fail."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi.testclient import TestClient

from api import witnessing
from api.settings import SettingError, Settings
from api.witness_app import create_witness_app
from api.witnessing import (
    Asking,
    WitnessAheadError,
    WitnessDisagreesError,
    Witnessing,
    WitnessRefusedError,
    WitnessSite,
    WitnessUnreachableError,
)
from ledger.log import checkpoint
from ledger.log.cosignature import CosignatureError, WitnessSigner, cosign, cosigners
from ledger.log.witness_request import SIZE_TYPE, WitnessAnswerFormError
from ledger.sql.witness_store import SqlWitnessStore
from ledger.witness import Witness
from tests.builders import World
from tests.served import refused, served
from tests.witnessing import GrowingLog, SetClock

Answer = Callable[[httpx2.Request], httpx2.Response]


class Watched:
    """A world whose log a witness watches; `served` is the witness's server."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self.world = World()
        self.signer = WitnessSigner("witness.example/w1", Ed25519PrivateKey.generate())
        self.store = SqlWitnessStore.make(folder / "witness.db", self.signer.key.text())
        stack.callback(self.store.close)
        self.store.watch(self.world.signer.verifier)
        app = create_witness_app(Witness(self.signer, self.store, SetClock()), self.store)
        self.served = stack.enter_context(TestClient(app))
        self.site = WitnessSite(self.signer.key, "http://witness.example/w1")
        self.stack = stack

    def through(self, request: httpx2.Request) -> httpx2.Response:
        """Answer as the witness's server does."""
        assert request.url.path == "/w1/add-checkpoint"
        answer = self.served.post("/add-checkpoint", content=request.read())
        return httpx2.Response(answer.status_code, content=answer.content, headers=dict(answer.headers))

    @contextmanager
    def nothing(self) -> Iterator[Any]:
        """Open a ledger that has no checkpoint yet."""
        yield SimpleNamespace(checkpoint=lambda: None)

    def by_host(self, request: httpx2.Request) -> httpx2.Response:
        """Answer for the witness, and fail for any other."""
        if request.url.host == "refusing.example":
            return httpx2.Response(403)
        if request.url.host != "witness.example":
            raise ValueError(request.url.host)
        return self.through(request)

    def asking(self, answer: Answer | None = None) -> Asking:
        made = Asking(self.world.ledger, self.site, httpx2.MockTransport(answer or self.through))
        self.stack.callback(made.close)
        return made

    def newest(self) -> checkpoint.SignedNote:
        with self.world.store.read() as view:
            kept = view.checkpoint()
        assert kept is not None
        return checkpoint.parse(kept.note)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Watched]:
    with ExitStack() as stack:
        yield Watched(stack, tmp_path)


def test_the_published_checkpoint_carries_the_cosignature(here: Watched) -> None:
    asking = here.asking()
    for name in ("Farm", "Packhouse"):
        here.world.register(name, "farmer")
        asking.now()
        (cosigned,) = cosigners(here.newest(), [here.signer.key])
        assert cosigned.key == here.signer.key
        assert checkpoint.verify(here.newest().text(), here.world.signer.verifier) == here.newest().checkpoint
    assert (asking.state().size, asking.state().problem) == (4, "")
    assert not asking.due()


def test_a_log_that_does_not_know_what_its_witness_saw_is_told_and_proves_from_there(here: Watched) -> None:
    here.asking().now()
    here.world.register("Farm", "farmer")
    restarted = here.asking()
    assert restarted.due()
    restarted.now()
    assert len(cosigners(here.newest(), [here.signer.key])) == 1
    here.asking().now()  # the same size again: only a fresh time


def test_a_newer_checkpoint_stays_the_newest_while_an_older_one_is_cosigned(here: Watched) -> None:
    def slowly(request: httpx2.Request) -> httpx2.Response:
        here.world.register("Farm", "farmer")  # a post goes through meanwhile
        return here.through(request)

    before = here.newest().checkpoint.size
    here.asking(slowly).now()
    assert here.newest().checkpoint.size == before + 1
    with here.world.store.read() as view:
        old = view.checkpoint(before)
    assert old is not None
    assert len(cosigners(checkpoint.parse(old.note), [here.signer.key])) == 1


def test_a_witness_that_saw_more_than_the_log_has_is_an_alarm(here: Watched) -> None:
    ahead = here.asking(lambda _: httpx2.Response(409, content=b"99\n", headers={"Content-Type": SIZE_TYPE}))
    with pytest.raises(WitnessAheadError, match="cosigned 99 entries of this log, but it has 2"):
        ahead.now()
    assert "old copy" in ahead.state().problem


def test_a_witness_that_saw_another_history_is_an_alarm(here: Watched) -> None:
    key = here.world.signer
    other = GrowingLog(key.name, key).grow(here.newest().checkpoint.size, "another face")
    here.served.post("/add-checkpoint", content=other.request(0))
    with pytest.raises(WitnessDisagreesError, match="another history of 2 entries"):
        here.asking().now()
    shown = here.served.get("/").json()
    assert [(one["doubt"], one["size"]) for one in shown["evidence"]] == [("two-faces", 2)]
    assert (shown["logs"][0]["size"], shown["witness"]) == (2, here.signer.key.text())


def test_a_log_that_grew_past_another_history_is_an_alarm_too(here: Watched) -> None:
    key = here.world.signer
    other = GrowingLog(key.name, key).grow(here.newest().checkpoint.size, "another face")
    here.served.post("/add-checkpoint", content=other.request(0))
    here.world.register("Farm", "farmer")
    assert here.newest().checkpoint.size == 3
    asking = here.asking()
    with pytest.raises(WitnessDisagreesError, match="another history of 2 entries"):
        asking.now()
    assert "signed twice" in asking.state().problem


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx2.Response(422, content=b"oh"), WitnessRefusedError),
        (httpx2.Response(500, content=b"oh"), WitnessRefusedError),
        (httpx2.Response(404, content=b"\xff"), WitnessRefusedError),
        (httpx2.Response(200, content=b""), WitnessAnswerFormError),
        (httpx2.Response(200, content=b"x" * 70_000), WitnessAnswerFormError),
        (httpx2.Response(409, content=b"many\n"), WitnessAnswerFormError),
        (httpx2.Response(409, content=b"1\n"), WitnessRefusedError),
    ],
)
def test_an_answer_that_is_none_is_a_problem_and_nothing_is_published(
    here: Watched, answer: httpx2.Response, error: type[Exception]
) -> None:
    before = here.newest()
    asking = here.asking(lambda _: answer)
    with pytest.raises(error):
        asking.now()
    assert asking.state().problem
    assert not asking.due()  # it waits before it asks again
    assert here.newest() == before


def test_a_cosignature_of_something_else_is_not_published(here: Watched) -> None:
    before = here.newest()
    elsewhere = GrowingLog(here.world.signer.name, here.world.signer).grow(2, "elsewhere")
    other = WitnessSigner(here.signer.name, here.signer.private_key)
    line = cosign(elsewhere.head(), other, 5).line()
    with pytest.raises(CosignatureError):
        here.asking(lambda _: httpx2.Response(200, content=line.encode())).now()
    assert here.newest() == before


def test_a_witness_that_is_away_or_drips_is_left_in_time(
    here: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectTimeout("no route")

    with pytest.raises(WitnessUnreachableError, match="ConnectTimeout"):
        here.asking(away).now()
    monkeypatch.setattr(witnessing, "WHOLE_ANSWER_S", -1.0)
    with pytest.raises(WitnessUnreachableError, match="no whole answer"):
        here.asking().now()


def test_witnesses_are_asked_beside_the_posts(here: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witnessing, "TICK_S", 0.01)
    broken = WitnessSite(here.signer.key, "http://broken.example")
    refusing = WitnessSite(here.signer.key, "http://refusing.example")
    sites = [here.site, broken, refusing]
    asked = Witnessing(here.world.ledger, sites, httpx2.MockTransport(here.by_host))
    asked.start()
    asked.start()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        states = asked.state()
        if states[0].size and states[1].problem and states[2].problem:
            break
    asked.close()
    assert states[0].size == 2
    assert "ValueError" in states[1].problem
    assert "refuses with 403" in states[2].problem
    with pytest.raises(RuntimeError):
        asked.now()
    now = Witnessing(here.world.ledger, [here.site], httpx2.MockTransport(here.by_host))
    now.now()
    now.close()


def test_the_log_shows_who_watches_it(tmp_path: Path, here: Watched) -> None:
    with served(tmp_path) as ledger:
        assert ledger.client.get("/v1/log/witnesses").json() == {"witnesses": []}
        ledger.wired.witnessing = Witnessing(ledger.world.ledger, [here.site])
        (shown,) = ledger.client.get("/v1/log/witnesses").json()["witnesses"]
        assert shown == {"key": here.signer.key.text(), "url": here.site.url, "size": 0, "problem": None}
        ledger.wired.witnessing.close()


def test_a_witness_answers_in_the_specification_s_words(here: Watched) -> None:
    log = GrowingLog("ledger.example/a").grow(5)
    unknown = here.served.post("/add-checkpoint", content=log.request(0))
    assert refused(unknown) == (404, "unknown-witnessed-log")
    here.store.watch(log.signer.verifier)
    good = here.served.post("/add-checkpoint", content=log.request(0, 3))
    assert (good.status_code, good.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert good.text.startswith("— witness.example/w1 ")
    stale = here.served.post("/add-checkpoint", content=log.request(0))
    assert (stale.status_code, stale.text) == (409, "3\n")
    assert stale.headers["content-type"].startswith("text/x.tlog.size")
    thief = GrowingLog("ledger.example/a").grow(5)
    assert refused(here.served.post("/add-checkpoint", content=thief.request(3))) == (
        403,
        "untrusted-checkpoint",
    )
    forged = log.request(3).replace(b"old 3\n", b"old 3\n" + b"A" * 43 + b"=\n")
    assert refused(here.served.post("/add-checkpoint", content=forged)) == (422, "witness-proof")
    back = log.request(3, 4).replace(b"old 3\n", b"old 5\n")
    assert refused(here.served.post("/add-checkpoint", content=back)) == (400, "witness-old-size")
    assert refused(here.served.post("/add-checkpoint", content=b"old 3")) == (400, "witness-request-form")
    assert refused(here.served.post("/add-checkpoint", content=b"x" * 70_000)) == (413, "request-too-large")
    assert here.served.get("/add-checkpoint").status_code == 405


def test_a_witness_takes_only_so_many_requests_from_one_place(
    here: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.witness_app.REQUESTS_A_MINUTE", 2)
    app = create_witness_app(Witness(here.signer, here.store, SetClock()), here.store)
    with TestClient(app) as client:
        statuses = [client.post("/add-checkpoint", content=b"").status_code for _ in range(4)]
    assert statuses[0] == 400
    assert statuses[-1] == 429


def test_witnesses_are_named_by_key_and_address() -> None:
    text = "w+0b0b0b0b+AAAA https://witness.example/w1/, w2+0b0b0b0b+AAAA http://127.0.0.1:8010"
    found = Settings.from_environment({"PASSPORT_WITNESSES": text}).witnesses
    assert found == (
        ("w+0b0b0b0b+AAAA", "https://witness.example/w1"),
        ("w2+0b0b0b0b+AAAA", "http://127.0.0.1:8010"),
    )
    for bad in ("w+0b0b0b0b+AAAA", "key ftp://witness.example", "key https://", "key https://w.example?a=b"):
        with pytest.raises(SettingError, match="PASSPORT_WITNESSES"):
            Settings.from_environment({"PASSPORT_WITNESSES": bad})


def test_a_ledger_without_a_checkpoint_asks_nobody(here: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    asking = here.asking()
    monkeypatch.setattr(here.world.store, "read", here.nothing)
    assert not asking.due()
    asking.now()
    assert asking.state().size == 0
