"""Killed at any moment: all of a batch is there or none, books and log agree, a retry is safe."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.commands.verifying import chain_reader, log_reader
from api.settings import Settings
from api.upkeep import audit_chain, run_audit
from ledger.audit import Audit
from ledger.chain.claim import FolderClaim
from ledger.verification import verify
from scripts.bench.world import Issuer, as_bytes, batches
from tests.integration.served_process import Running

BATCH = 1000
JSON = {"Content-Type": "application/json"}


def audited(folder: Path, chain: str = "none") -> Audit:
    settings = Settings.from_environment({"PASSPORT_FOLDER": str(folder), "PASSPORT_CHAIN": chain})
    with audit_chain(settings, None) as events:
        return run_audit(settings, events)


def post(url: str, body: bytes) -> httpx2.Response:
    return httpx2.post(f"{url}/v1/statements", content=body, headers=JSON, timeout=60)


class Posting(threading.Thread):
    """Posts in the background; the answer, if the server lived to give one."""

    def __init__(self, url: str, body: bytes) -> None:
        super().__init__(daemon=True)
        self._url, self._body = url, body
        self.answer: httpx2.Response | None = None
        self.seconds = 0.0
        self.start()

    def run(self) -> None:
        began = time.monotonic()
        with suppress(httpx2.TransportError):
            self.answer = post(self._url, self._body)
        self.seconds = time.monotonic() - began


def test_a_server_killed_within_a_batch_has_all_of_it_or_none(tmp_path: Path) -> None:
    """One batch measures how long a batch takes; then a kill at a random part of that time, eight times."""
    seeded = random.Random(20260621)  # noqa: S311 - moments, not secrets
    shares = [0.05, 0.3, 0.5, 0.65, 0.8, 0.9, 1.0, 1.1]
    seeded.shuffle(shares)
    taken: list[bool] = []
    server = Running(tmp_path)
    with server:
        issuer = Issuer(server.log_id())
        assert post(server.url, as_bytes(issuer.registration)).status_code == 201
        first, *bodies = batches(issuer.pairs(BATCH * (len(shares) + 1)), BATCH)
        measured = Posting(server.url, first)
        measured.join()
        assert measured.answer is not None
        assert measured.answer.status_code == 201
        size = 2 + BATCH
        for share, body in zip(shares, bodies, strict=True):
            posting = Posting(server.url, body)
            time.sleep(measured.seconds * (share + seeded.uniform(-0.04, 0.04)))
            server.kill()
            posting.join()
            server = Running(tmp_path)
            found = server.get("/v1/log")["size"]
            assert found in (size, size + BATCH)
            assert server.get("/v1/conservation")["holds"]
            if posting.answer is not None:
                # What was acknowledged is there, whatever came after.
                assert posting.answer.status_code == 201
                assert found == size + BATCH
            taken.append(found == size + BATCH)
            retried = post(server.url, body)
            assert retried.status_code == (200 if taken[-1] else 201)
            assert [one["position"] for one in retried.json()] == [*range(size, size + BATCH)]
            if posting.answer is not None:
                assert retried.json() == posting.answer.json()
            size += BATCH
            assert server.get("/v1/log")["size"] == size
    server.__exit__()
    assert set(taken) == {True, False}, "the kills were all early or all late"
    report = audited(tmp_path)
    assert report.good, report.findings
    assert report.size == size


def until(holds: Any, within_s: float = 30) -> Any:
    deadline = time.monotonic() + within_s
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def anchored(server: Running) -> list[dict[str, Any]] | None:
    """Return the anchors once nothing is pending."""
    shown = server.get("/v1/anchors")
    found: list[dict[str, Any]] = shown["anchors"]
    return found if found and shown["pending"] == 0 else None


def chain_of(folder: Path) -> tuple[int, str]:
    """Return the local chain's own process and its address."""
    found = FolderClaim(folder / "chain").left_over()
    assert found is not None
    return found[0], f"http://127.0.0.1:{found[1]}"


LOCAL = {"PASSPORT_CHAIN": "local", "PASSPORT_ANCHOR_EVERY_S": "0.2"}


def bundle_verdict(raw: bytes, rpc: str, log: str | None = None) -> tuple[bool, str]:
    """Verify as `passport verify --rpc`, and with `--log`, does."""
    report = verify(
        raw,
        anchor_reader=chain_reader(rpc, or_newest=log is not None),
        consistency_reader=log_reader(log) if log else None,
    )
    (anchor,) = (verdict for verdict in report.verdicts if verdict.name == "anchor")
    return report.ok, anchor.value


@pytest.mark.parametrize("states_lost", [False, True])
def test_a_killed_chain_has_its_anchors_back_or_made_again_and_bundles_verify(
    tmp_path: Path, states_lost: bool
) -> None:
    with Running(tmp_path, **LOCAL) as server:
        issuer = Issuer(server.log_id())
        made = issuer.pairs(2)
        assert post(
            server.url, b"[" + b",".join(map(as_bytes, [issuer.registration, *made])) + b"]"
        ).is_success
        before = until(lambda: anchored(server))
        path = f"{server.url}/v1/passports/{made[1].digest}/bundle"
        old = httpx2.get(path).content
        pid, rpc = chain_of(tmp_path)
        assert bundle_verdict(old, rpc) == (True, "good")
        if states_lost:
            for state in (tmp_path / "chain").glob("chain-state*.gz"):
                state.unlink()
        os.kill(pid, signal.SIGKILL)
        more = issuer.pairs(2, start=2)
        answer = post(server.url, b"[" + b",".join(map(as_bytes, more)) + b"]")
        assert answer.status_code == 201
        until(lambda: (found := anchored(server)) and found[-1]["size"] > before[-1]["size"])
        after = server.get("/v1/anchors")["anchors"]
        again, rpc = chain_of(tmp_path)
        assert again != pid
        new = httpx2.get(path).content
        assert bundle_verdict(new, rpc) == (True, "good")
        assert bundle_verdict(old, rpc, server.url) == (True, "good")
        if states_lost:
            # A chain that hasn't come to the stated block yet can't deny the anchor; one that has does.
            assert bundle_verdict(old, rpc) in {(False, "bad"), (True, "unknown")}
        else:
            assert bundle_verdict(old, rpc) == (True, "good")
            assert after[: len(before)] == before
    assert audited(tmp_path, "local").good


def test_a_server_killed_while_it_anchors_comes_back_with_its_chain(tmp_path: Path) -> None:
    server = Running(tmp_path, **LOCAL)
    with server:
        issuer = Issuer(server.log_id())
        assert post(server.url, as_bytes(issuer.registration)).status_code == 201
        for number, wait_s in enumerate((0.0, 0.15, 0.3)):
            body = b"[" + b",".join(map(as_bytes, issuer.pairs(2, start=2 * number))) + b"]"
            assert post(server.url, body).status_code == 201
            time.sleep(wait_s)
            server.kill()
            server = Running(tmp_path, **LOCAL)
        anchors = until(lambda: anchored(server))
        assert anchors[-1]["size"] == server.get("/v1/log")["size"] >= 8
        server.process.terminate()
        server.process.wait(30)
    report = audited(tmp_path, "local")
    assert report.good, report.findings
