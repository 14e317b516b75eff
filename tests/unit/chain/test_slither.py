"""Slither's findings: each explained, each explanation still needed."""

from __future__ import annotations

import json
from pathlib import Path

from scripts.slither import EXPLAINED, compare, place

ROOT = Path(__file__).resolve().parents[3]


def test_a_finding_without_a_reason_and_a_reason_without_a_finding_are_named() -> None:
    explained = [{"check": "timestamp", "where": "KeyRules._isLive", "why": "days"}]
    assert compare([("timestamp", "KeyRules._isLive")], explained) == []
    assert compare([("reentrancy", "KeyRules._addKey")], explained) == [
        "not explained: reentrancy in KeyRules._addKey",
        "no longer found: timestamp in KeyRules._isLive",
    ]


def test_a_finding_is_placed_in_its_function() -> None:
    function = {
        "type": "function",
        "name": "_node",
        "type_specific_fields": {"parent": {"name": "MerkleProofs"}},
    }
    finding = {"check": "assembly", "elements": [{"type": "node"}, function]}
    assert place(finding) == ("assembly", "MerkleProofs._node")


def test_every_explained_finding_is_in_a_function_that_is_there() -> None:
    for entry in json.loads(EXPLAINED.read_text()):
        contract, function = entry["where"].split(".")
        source = (ROOT / "contracts" / f"{contract}.sol").read_text()
        assert f"function {function}(" in source
        assert len(entry["why"]) > 40
