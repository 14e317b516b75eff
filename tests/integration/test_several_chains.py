"""A ledger wired to several chains: each gets its anchors, one that is away stops nobody, audits read all."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.settings import Settings
from api.upkeep import audit_chain, run_audit
from api.wiring import wire
from ledger.chain.errors import ChainUnreachableError
from ledger.chain.local_node import LocalNode, ask_local


def settings(folder: Path, chains: str) -> Settings:
    return Settings.from_environment(
        {"PASSPORT_FOLDER": str(folder), "PASSPORT_POLICY": "demo", "PASSPORT_CHAINS": chains}
    )


def test_a_second_anchor_is_a_configuration_line(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    with LocalNode(tmp_path / "second") as second:
        ask_local(second.port, "anvil_setChainId", [100])
        asked = settings(
            folder, f"local; second {second.rpc_url} confirmations=2 max_fee_gwei=500 mirror=yes"
        )
        wired = wire(asked)
        try:
            ask_local(second.port, "evm_setIntervalMining", [1])
            first = wired.anchoring.now()
            assert first is not None
            assert first.chain_id == 31337
            local, other = wired.anchoring.states()
            assert (local.chain_id, local.pending, other.chain_id, other.pending) == (31337, 0, 100, 0)
            assert other.newest is not None
            assert other.newest.root == first.root
            assert other.cost is not None
            assert other.cost.wei_each > 0
            assert [status.reachable for _, status in wired.anchoring.statuses()] == [True, True]
            assert wired.anchoring.mirror_differences() == []
        finally:
            wired.close()
        with audit_chain(asked, None) as events:
            assert events is not None
            assert {anchor.chain_id for anchor in events.history()} == {31337, 100}
            found = run_audit(asked, events)
        assert (found.findings, found.anchors) == ([], 2)
        with audit_chain(asked, second.rpc_url) as events:
            assert events is not None
            assert {anchor.chain_id for anchor in events.history()} == {100}


def test_a_chain_that_is_away_stops_no_other(tmp_path: Path) -> None:
    away = settings(tmp_path, "away http://127.0.0.1:9; local mirror=no")
    wired = wire(away)
    try:
        with pytest.raises(ChainUnreachableError):
            wired.anchoring.now()
        first, second = wired.anchoring.states()
        assert (first.failures, first.newest) == (1, None)
        assert second.pending == 0
        assert wired.anchoring.state().pending == 0
    finally:
        wired.close()
    with audit_chain(away, None) as events:
        found = run_audit(away, events)
    assert [(finding.part, finding.what) for finding in found.findings] == [("anchors", "the chain")]
