"""The second program finds in the log's state what the ledger's own verifier finds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.verification import verify
from tests.bundle_worlds import altered
from tests.integration.test_second_verifier import failed_step, reports
from tests.unit.state.test_operators_who_cheat import (
    Sale,
    absent_behind_another,
    keys_for_the_lot,
    not_a_state_entry,
    passport_said_absent,
    passport_without_receipt,
    proof_too_long,
    proof_too_short,
    record_left_out,
    record_too_many,
    records_out_of_order,
    sold_twice,
)

CHANGES: tuple[Callable[[dict[str, Any]], object], ...] = (
    *(absent_behind_another, keys_for_the_lot, not_a_state_entry, passport_said_absent),
    *(passport_without_receipt, proof_too_long, proof_too_short),
    *(record_left_out, record_too_many, records_out_of_order),
)


@pytest.fixture(scope="module")
def bundles() -> dict[str, bytes]:
    """Bundles with the log's state: good, changed, and of goods sold twice."""
    sale = Sale()
    sale.sell(1, None)
    sale.state()
    good = sale.bytes()
    changed = {change.__name__: altered(good, change) for change in CHANGES}
    second = sold_twice(sale)
    sale.state()
    return {"good": good, **changed, "sold": sale.bytes(), "sold again": sale.bytes(second)}


def test_both_programs_say_the_same_of_the_logs_state(bundles: dict[str, bytes], tmp_path: Path) -> None:
    jobs = []
    for name, raw in bundles.items():
        path = tmp_path / f"{name}.bundle"
        path.write_bytes(raw)
        jobs.append({"file": str(path)})
    found = dict(zip(bundles, reports(jobs), strict=True))
    expected = {name: getattr(verify(raw).failure(), "reason", None) for name, raw in bundles.items()}
    reasons = {
        name: next((one["reason"] for one in report["verdicts"] if one["value"] == "bad"), None)
        for name, report in found.items()
    }
    assert reasons == expected
    assert {failed_step(report) for report in found.values()} == {None, 9}
    assert found["good"]["verdicts"][-1]["value"] == "good"
