"""The second program finds in the log's state what the ledger's own verifier finds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.verification import verify
from tests.bundle_worlds import altered
from tests.integration.test_second_verifier import failed_step, said, second_says
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
    withheld,
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
    found = dict(zip(bundles, second_says(tmp_path, bundles.values()), strict=True))
    assert {name: said(one) for name, one in found.items()} == {
        name: said(verify(raw)) for name, raw in bundles.items()
    }
    assert {failed_step(report) for report in found.values()} == {None, 9}
    assert found["good"]["verdicts"][-1]["value"] == "good"


def test_both_programs_miss_what_became_of_a_key_or_a_role(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale = Sale()
    accreditor, about = sale.world.accreditor, {"subject": sale.carrier.id}
    whole, late = ({"from": start, "to": "2026-12-31"} for start in ("2026-01-01", "2026-06-01"))
    first = {**about, "roles": ["carrier"], "validity": whole}
    given = sale.world.state(accreditor, "attestation/1", first).digest
    old = sale.farm.address
    sale.world.rotate(sale.farm)
    sale.state()
    bundles = [sale.bytes()]
    taken = {**about, "withdraws": given, "validity": late}
    withdrawn = sale.world.state(accreditor, "attestation/1", taken).digest
    revoked = sale.world.state(sale.farm, "key/1", {"key": {"action": "revoke", "address": old}}).digest
    bundles.append(sale.bytes())
    sale.state()
    bundles.append(sale.bytes())
    withheld(monkeypatch, withdrawn)
    bundles.append(sale.bytes())
    withheld(monkeypatch, revoked)
    bundles.append(sale.bytes())
    found = [said(one) for one in second_says(tmp_path, bundles)]
    assert found == [said(verify(raw)) for raw in bundles]
    assert (4, "roles", "good", "ok") in found[0]
    assert (9, "keys since then", "unknown", "key-revoked-since") in found[2]
    assert found[3][-1] == (9, "nothing else left out", "bad", "withheld-role")
    assert found[4][-1] == (9, "nothing else left out", "bad", "withheld-key-statement")
