"""Killed in the middle of a correction that reaches a thousand hand-overs: it goes on, nothing twice."""

from __future__ import annotations

import random
import secrets
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from ledger.components import Components
from ledger.signed import Statement, draft
from ledger.statements import CorrectionBody, DispatchBody, ProductionBody
from scripts.bench.world import OCCURRED, PRODUCT, Issuer, as_bytes, batches
from tests.integration.served_process import Running
from tests.integration.test_kill import BATCH, Posting, audited, post

HOPS = 1000
SLICE_MG = 2_000_000


def handed_on(issuer: Issuer, made: Statement, number: int) -> Statement:
    """Sign the hand-over of one slice of the lot to somebody outside."""
    assert isinstance(made.body, ProductionBody)
    balance = made.body.outputs[0].balance
    start, end = number * SLICE_MG, (number + 1) * SLICE_MG
    part = Components.parse(balance.liability).interval(start, end, int(balance.quantity)).wire()
    body: dict[str, Any] = {
        "occurred": OCCURRED,
        "ref": secrets.token_hex(16),
        "take": {
            "lot": f"{made.digest}.0",
            "basis": {"statements": [], "quantity": balance.quantity, "liability": balance.liability},
            "from": str(start),
            "to": str(end),
            "liability": part,
        },
        "liability": part,
        "consignee": "outside",
        "goods": {"product": PRODUCT, "quantity": str(SLICE_MG), "unit": "mg"},
    }
    filled = DispatchBody.model_validate(body)
    return draft("dispatch/1", filled, log=issuer.log, issuer=issuer.id).sign(issuer.key)


def correction(issuer: Issuer, made: Statement) -> Statement:
    """Sign that the first line was wrong: it is dropped, so all that was handed on changes."""
    change = {"drop_lines": ["0"], "add_lines": [], "add_inputs": []}
    body = {"occurred": OCCURRED, "ref": secrets.token_hex(16), "corrects": made.digest, "change": change}
    filled = CorrectionBody.model_validate(body)
    return draft("correction/1", filled, log=issuer.log, issuer=issuer.id).sign(issuer.key)


def waiting(folder: Path) -> int:
    (database,) = folder.glob("**/*.db")
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM waiting_statements").fetchone()[0])


def adjusted(server: Running, issuer: Issuer) -> int:
    """Return how many hand-overs were adjusted."""
    count, after = 0, ""
    while True:
        path = f"/v1/adjustments?party={issuer.id}&limit=500&after={after}"
        page = server.get(path)
        count += len(page["adjustments"])
        after = page["next"] or ""
        if not after:
            return count


def test_a_correction_of_a_thousand_hops_goes_on_after_a_kill(tmp_path: Path) -> None:
    """The first of three measures how long it takes; then a kill at a random part of that time each."""
    seeded = random.Random(20261121)  # noqa: S311 - moments, not secrets
    server = Running(tmp_path)
    with server:
        issuer = Issuer(server.log_id())
        assert post(server.url, as_bytes(issuer.registration)).status_code == 201
        lots = [issuer.production(number) for number in range(3)]
        for made in lots:
            slices = [handed_on(issuer, made, number) for number in range(HOPS)]
            for body in batches([made, *slices], BATCH):
                assert post(server.url, body).status_code == 201
        size = server.get("/v1/log")["size"]
        first = Posting(server.url, as_bytes(correction(issuer, lots[0])))
        first.join()
        assert first.answer is not None
        assert first.answer.status_code == 201
        assert adjusted(server, issuer) == HOPS
        for number, made in enumerate(lots[1:], start=2):
            wrong = correction(issuer, made)
            posting = Posting(server.url, as_bytes(wrong))
            time.sleep(first.seconds * (0.2 * number + seeded.uniform(-0.1, 0.1)))
            server.kill()
            posting.join()
            taken_in = waiting(tmp_path)
            server = Running(tmp_path)
            booked = server.get("/v1/log")["size"] == size + number
            assert booked or not taken_in, "what was taken in is booked when the ledger starts again"
            assert adjusted(server, issuer) == HOPS * (number if booked else number - 1)
            assert post(server.url, as_bytes(wrong)).status_code == (200 if booked else 201)
            assert adjusted(server, issuer) == HOPS * number
            assert server.get("/v1/log")["size"] == size + number
            assert server.get("/v1/conservation")["holds"]
    server.__exit__()
    assert waiting(tmp_path) == 0
    report = audited(tmp_path)
    assert report.good, report.findings
