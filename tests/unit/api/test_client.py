"""The client asks again when the ledger is busy or away, a limited number of times, and no longer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from api.client import (
    FIRST_WAIT_S,
    MAX_ATTEMPTS,
    MAX_WAIT_S,
    LedgerClient,
    ServerBusyError,
    ServerRefusedError,
    ServerUnreachableError,
)

Answer = Callable[[httpx2.Request], httpx2.Response]


class Wire:
    """Answers requests in turn, the last answer for ever, and remembers what was asked and waited."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx2.Request] = []
        self.waited: list[float] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, token: str | None = None) -> LedgerClient:
        """Return a client on this wire."""
        transport = httpx2.MockTransport(self)
        return LedgerClient("http://ledger.test/", token, transport=transport, pause=self.waited.append)


def _json(value: Any, status: int = 200, **headers: str) -> httpx2.Response:
    return httpx2.Response(status, json=value, headers=headers)


def test_each_question_has_its_address() -> None:
    wire = Wire(_json({"ok": True}))
    with wire.client("token") as client:
        client.log()
        client.draft("dispatch/1", {"issuer": ""})
        client.post({"envelope": {}})
        client.passport("ab")
        client.anchors()
        client.conservation()
    assert [f"{request.method} {request.url.path}" for request in wire.asked] == [
        "GET /v1/log",
        "POST /v1/drafts/dispatch/1",
        "POST /v1/statements",
        "GET /v1/passports/ab",
        "GET /v1/anchors",
        "GET /v1/conservation",
    ]
    assert json.loads(wire.asked[1].content) == {"issuer": ""}
    assert wire.asked[0].headers["Authorization"] == "Bearer token"


def test_a_bundle_and_a_checkpoint_come_as_they_are() -> None:
    wire = Wire(httpx2.Response(200, content=b'{"a":1}'))
    assert wire.client().bundle("ab") == b'{"a":1}'
    assert wire.client().checkpoint() == '{"a":1}'


def test_a_list_of_passports_is_read_to_its_end() -> None:
    wire = Wire(
        _json({"passports": [{"id": "1"}], "next": "1"}), _json({"passports": [{"id": "2"}], "next": None})
    )
    assert [one["id"] for one in wire.client().passports()] == ["1", "2"]
    assert wire.asked[1].url.params["after"] == "1"


def test_a_busy_ledger_is_asked_again_when_it_says() -> None:
    wire = Wire(_json({}, 429, **{"Retry-After": "3"}), _json({}, 503), _json({"log_id": "x"}))
    assert wire.client().log() == {"log_id": "x"}
    assert wire.waited == [3.0, 6.0]


@pytest.mark.parametrize("text", ["soon", "-1", "٣", ""])
def test_a_strange_time_to_wait_is_not_believed(text: str) -> None:
    wire = Wire(httpx2.Response(429, headers=[(b"Retry-After", text.encode())]), _json({}))
    wire.client().log()
    assert wire.waited == [FIRST_WAIT_S]


def test_a_ledger_that_stays_busy_is_given_up_after_some_attempts() -> None:
    wire = Wire(_json({}, 429, **{"Retry-After": "99999"}))
    with pytest.raises(ServerBusyError) as caught:
        wire.client().log()
    assert (caught.value.status, caught.value.attempts) == (429, MAX_ATTEMPTS)
    assert wire.waited == [MAX_WAIT_S] * (MAX_ATTEMPTS - 1)


def test_a_lost_answer_is_asked_for_again_because_a_post_is_safe_to_repeat() -> None:
    wire = Wire(httpx2.ReadTimeout("slow"), _json({"digest": "1"}))
    assert wire.client().post({"a": 1}) == {"digest": "1"}
    assert [request.content for request in wire.asked] == [wire.asked[0].content] * 2


def test_a_ledger_that_is_away_is_named_with_its_address() -> None:
    wire = Wire(httpx2.ConnectError("refused"))
    with pytest.raises(
        ServerUnreachableError, match=r"http://ledger.test did not answer in 6 attempts \(ConnectError\)"
    ):
        wire.client().log()
    assert len(wire.asked) == MAX_ATTEMPTS


def test_a_refusal_is_told_with_its_cause_and_not_repeated() -> None:
    document = {"type": "urn:carbon-passport:problem:overdrawn-lot", "detail": "Take less."}
    wire = Wire(_json(document, 422))
    with pytest.raises(ServerRefusedError) as caught:
        wire.client().post({})
    assert (caught.value.status, caught.value.problem, caught.value.detail) == (
        422,
        "overdrawn-lot",
        "Take less.",
    )
    assert len(wire.asked) == 1


@pytest.mark.parametrize("body", [b"<html>", b"[]"])
def test_an_answer_of_something_else_than_a_ledger_is_refused(body: bytes) -> None:
    with pytest.raises(ServerRefusedError, match="without a reason"):
        Wire(httpx2.Response(502, content=body)).client().log()
    with pytest.raises(ServerRefusedError, match="no object"):
        Wire(httpx2.Response(200, content=body)).client().log()
