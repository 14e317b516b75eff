"""Quotas and the bounded queue: 429, and when to try again."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from contextlib import ExitStack
from typing import Any

import pytest

from api import limits
from api.limits import BodyLimit, BusyError, Queue, Quota, QuotaError
from scripts.vectors.handmade_log import burnt
from tests.builders import Party, kg, output, registration
from tests.served import Served, refused


def test_a_full_queue_sends_away_with_a_time_to_come_back(here: Served) -> None:
    party = Party("New")
    newcomer = here.world.sign(party, "registration/1", registration(party))
    with ExitStack() as stack:
        for _ in range(limits.MAX_WAITING):
            stack.enter_context(here.wired.queue)
        answer = here.post(newcomer)
        assert refused(answer) == (429, "busy")
        assert answer.headers["Retry-After"] == "2"
        assert here.client.get("/v1/log").status_code == 200
    assert here.post(newcomer).status_code == 201


def test_a_place_in_the_queue_is_free_again_whatever_happened() -> None:
    queue = Queue(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="no"), queue:
            raise ValueError("no")
    with queue, pytest.raises(BusyError), queue:
        pass


def test_a_quota_counts_for_each_name_and_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("api.limits.time.monotonic", lambda: now[0])
    quota = Quota("posts", 3, 100)
    quota.spend("farm", 3)
    quota.spend("port")
    now[0] = 1042.9
    with pytest.raises(QuotaError) as caught:
        quota.spend("farm")
    assert caught.value.retry_after_s == 58
    now[0] = 1100.0
    quota.spend("farm", 3)


def test_a_quota_forgets_who_was_not_seen_lately() -> None:
    quota = Quota("posts", 1, 3600, names=2)
    for name in ("a", "b", "c"):
        quota.spend(name)
    quota.spend("a")
    with pytest.raises(QuotaError):
        quota.spend("c")


def test_registrations_have_a_quota_by_where_they_come_from(here: Served) -> None:
    here.wired.registrations = Quota("registrations an hour from here", 2, 3600)
    parties = [Party(f"New {number}") for number in range(3)]
    statements = [here.world.sign(party, "registration/1", registration(party)) for party in parties]
    assert here.post(statements[:2]).status_code == 201
    answer = here.post(statements[2])
    assert refused(answer) == (429, "quota")
    assert 0 < int(answer.headers["Retry-After"]) <= 3600


def test_nobody_uses_up_the_quota_of_another(here: Served) -> None:
    here.wired.statements = Quota("statements an hour signed with this key", 3, 3600)
    farm = here.world.register("Farm")
    stranger = Party("Stranger", id=farm.id)
    body = {"outputs": [output("lychee", kg(1))], "lines": [burnt(1)], "policy": {"id": "mass/1"}}
    forged = [here.world.sign(stranger, "production/1", body) for _ in range(3)]
    assert refused(here.post(forged)) == (403, "unknown-key")
    assert refused(here.post(forged)) == (429, "quota")
    good = [here.world.sign(farm, "production/1", body) for _ in range(4)]
    assert here.post(good[:3]).status_code == 201
    assert refused(here.post(good[3])) == (429, "quota")


def test_only_requests_over_http_are_measured() -> None:
    seen: list[str] = []

    async def inner(scope: MutableMapping[str, Any], _receive: Any, _send: Any) -> None:
        await asyncio.sleep(0)
        seen.append(scope["type"])

    asyncio.run(BodyLimit(inner)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert seen == ["lifespan"]
