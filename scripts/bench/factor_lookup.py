"""Factors over HTTP: a warm look-up by digest, and a whole answer about a gap with its reasons."""

from __future__ import annotations

import http.client
import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any, Final

from ledger.factor import factor_digest
from ledger.factors.library import FactorLibrary
from scripts.bench.batch_post import free_port, running

LOOKUPS: Final = 500
WARM_UP: Final = 50
LIMIT_MS: Final = 5.0
ANSWER_LIMIT_MS: Final = 50.0
GAP: Final = {
    "item": "corrugated cartons",
    "region": "CN-GD",
    "year": 2024,
    "sector": "322211",
    "spend": {"amount": "12000", "currency": "CNY", "year": 2024, "price_type": "purchaser"},
    "allow_undeflated": True,
}

Row = dict[str, Any]


def measure() -> list[Row]:
    """Measure a served ledger with the shipped tables and no imported one."""
    with tempfile.TemporaryDirectory(prefix="passport-bench-") as folder:
        port = free_port()
        environment = {
            "PASSPORT_FOLDER": str(Path(folder) / "ledger"),
            "PASSPORT_CHAIN": "none",
            "PASSPORT_POLICY": "demo",
        }
        command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port)]
        with running(command, environment, port, "/v1/factors?limit=1"):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            digest = factor_digest(FactorLibrary.shipped().get("exiobase-import.cn.322210"))
            looked_up = _times(connection, "GET", f"/v1/factors/{digest}", None, LOOKUPS)
            answered = _times(
                connection, "POST", "/v1/factors/resolve", json.dumps(GAP).encode(), LOOKUPS // 5
            )
            connection.close()
    return [
        _row("a factor by its digest, warm", looked_up, LIMIT_MS),
        _row("an answer about a gap by spend, warm", answered, ANSWER_LIMIT_MS),
    ]


def _times(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None, count: int
) -> list[float]:
    times = []
    for number in range(WARM_UP + count):
        start = time.perf_counter()
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(text[:500])
        if number >= WARM_UP:
            times.append((time.perf_counter() - start) * 1000)
    return times


def _row(what: str, times: list[float], limit_ms: float) -> Row:
    found = median(times)
    slow = sorted(times)[int(len(times) * 0.99)]
    return {
        "name": f"{what}, over HTTP",
        "ours": round(found, 2),
        "peer": limit_ms,
        "ratio": round(found / limit_ms, 2),
        "unit": "ms",
        "target": f"<= {limit_ms:g} ms",
        "met": found <= limit_ms,
        "how": f"median of {len(times)} requests on one connection; 99 % within {slow:.2f} ms",
    }
