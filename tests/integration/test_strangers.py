"""Clients that send slowly or go away: they are let go, and the server's record stays readable."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from starlette.types import Message

from api import limits
from api.limits import BodyLimit, RequestTooSlowError
from tests.integration.served_process import Running

HALF = (
    b"POST /v1/statements HTTP/1.1\r\nHost: ledger\r\nContent-Type: application/json\r\n"
    b"Content-Length: 1000\r\n\r\n{"
)


def test_a_client_that_goes_away_in_the_middle_leaves_no_trace_of_a_fault(tmp_path: Path) -> None:
    with Running(tmp_path / "ledger") as running:
        where = urlsplit(running.url)
        for _ in range(3):
            with socket.create_connection((where.hostname, where.port), 5) as gone:
                gone.sendall(HALF)
        for _ in range(20):
            assert httpx2.get(running.url + "/healthz", trust_env=False).status_code == 200
        assert "Traceback" not in running.written()


def test_a_body_that_never_ends_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_BODY_S", 0.05)

    async def app(_scope: object, receive: object, _send: object) -> None:
        while (await receive())["more_body"]:  # type: ignore[operator]
            pass

    async def trickle() -> Message:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def send(_: Message) -> None:
        pass

    scope = {"type": "http", "path": "/v1/statements", "headers": []}
    with pytest.raises(RequestTooSlowError):
        asyncio.run(BodyLimit(app)(scope, trickle, send))


def test_an_answer_may_take_longer_than_its_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_BODY_S", 0.05)
    seen: list[str] = []

    async def app(_scope: object, receive: object, _send: object) -> None:
        seen.extend([(await receive())["type"] for _ in range(2)])  # type: ignore[operator]

    async def once() -> Message:
        if not seen and not sent:
            sent.append(True)
            return {"type": "http.request", "body": b"{}", "more_body": False}
        await asyncio.sleep(0.1)
        return {"type": "http.disconnect"}

    async def send(_: Message) -> None:
        pass

    sent: list[bool] = []
    asyncio.run(BodyLimit(app)({"type": "http", "path": "/", "headers": []}, once, send))
    assert seen == ["http.request", "http.disconnect"]
