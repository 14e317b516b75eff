"""Batch post of signed statements over HTTP, durable, books and log included, against the peer."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx2

from scripts.bench.world import Issuer, as_bytes, batches

ROOT: Final = Path(__file__).resolve().parent.parent.parent
BATCH: Final = 1000
BATCHES: Final = 12
IN_FLIGHT: Final = 2
PEER_STATEMENTS: Final = 1200
PEER_CLIENTS: Final = 8
ROUNDS: Final = 3
START_S: Final = 60


@contextmanager
def running(command: list[str], environment: dict[str, str], port: int, ready: str) -> Iterator[None]:
    """Run a server of our own until the block ends."""
    with tempfile.TemporaryFile() as log:
        variables = {**os.environ, **environment}
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=log, stderr=log)
        try:
            _wait(process, port, ready, log)
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


def _wait(process: subprocess.Popen[bytes], port: int, ready: str, log: Any) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        try:
            if httpx2.get(f"http://127.0.0.1:{port}{ready}", timeout=1).status_code < 500:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
        if process.poll() is not None:
            break
    log.seek(0)
    raise RuntimeError(log.read().decode()[-2000:])


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def post(port: int, path: str, bodies: list[bytes], clients: int) -> float:
    """Post bodies over keep-alive connections and return statements' seconds; all must be taken."""
    queue = iter(bodies)
    lock = threading.Lock()

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        while True:
            with lock:
                body = next(queue, None)
            if body is None:
                connection.close()
                return
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 201:
                raise RuntimeError(text[:500])

    start = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        for future in [pool.submit(client) for _ in range(clients)]:
            future.result()
    return time.perf_counter() - start


def ours(folder: Path) -> list[float]:
    """Return statements a second of the ledger, round by round."""
    port = free_port()
    environment = {
        "PASSPORT_FOLDER": str(folder),
        "PASSPORT_POLICY": "demo",
        "PASSPORT_CHAIN": "none",
        "PASSPORT_CHECK_PROCESSES": "1",
        "PASSPORT_PORT": str(port),
    }
    command = [sys.executable, "-m", "api.cli", "serve", "--quiet"]
    with running(command, environment, port, "/healthz"):
        log = httpx2.get(f"http://127.0.0.1:{port}/v1/log").json()["log_id"]
        issuer = Issuer(log)
        post(port, "/v1/statements", [as_bytes(issuer.registration)], 1)
        signed = [issuer.pairs(BATCH * BATCHES, start=r * BATCH * BATCHES) for r in range(ROUNDS)]
        bodies = [batches(statements, BATCH) for statements in signed]
        return [BATCH * BATCHES / post(port, "/v1/statements", body, IN_FLIGHT) for body in bodies]


def peer(folder: Path) -> list[float]:
    """Return statements a second of the peer, round by round."""
    port, log = free_port(), "ab" * 32
    command = [
        sys.executable, "-m", "scripts.bench.peer", f"sqlite:///{folder / 'peer.db'}", log, "AR5", str(port),
    ]  # fmt: skip
    with running(command, {}, port, "/openapi.json"):
        issuer = Issuer(log)
        post(port, "/statements", [as_bytes(issuer.registration)], 1)
        speeds = []
        for number in range(ROUNDS):
            made = [
                issuer.production(n)
                for n in range(number * PEER_STATEMENTS, (number + 1) * PEER_STATEMENTS, 2)
            ]
            half = len(made)
            seconds = post(port, "/statements", [as_bytes(s) for s in made], PEER_CLIENTS)
            seconds += post(port, "/statements", [as_bytes(issuer.dispatch(s)) for s in made], PEER_CLIENTS)
            speeds.append(2 * half / seconds)
        return speeds


def measure() -> list[dict[str, Any]]:
    """Measure both in turn and return the row."""
    folder = Path(tempfile.mkdtemp(prefix="passport-bench-"))
    try:
        mine, theirs = median(ours(folder / "ours")), median(peer(folder))
    finally:
        shutil.rmtree(folder)
    ratio = mine / theirs
    return [
        {
            "name": "batch post over HTTP",
            "ours": round(mine, 1),
            "peer": round(theirs, 1),
            "ratio": round(ratio, 2),
            "unit": "statements/s",
            "target": ">= 15 x peer",
            "met": ratio >= 15,
            "how": f"batches of {BATCH}, {IN_FLIGHT} in flight; peer: {PEER_CLIENTS} clients, one a commit",
        }
    ]
