"""The contracts: their own tests pass, and what is committed is what they compile to."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from ledger.chain.contracts import compiled_contract

ROOT = Path(__file__).resolve().parent.parent.parent
Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]
NODE = ROOT / "scripts" / "node.sh"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command of the checkout, building contracts in a folder of its own."""
    environment = os.environ | {"PYTHON": sys.executable, "NO_COLOR": "1", "CI": "true"}
    environment["PASSPORT_CONTRACTS_BUILD"] = str(tmp_path)
    return lambda *command: subprocess.run(
        [*command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def test_the_contracts_tests_pass(run: Run) -> None:
    ran = run(str(NODE), "hardhat", "test", "nodejs")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    counted = re.search(r"(\d+) passing", ran.stdout)
    assert counted is not None, ran.stdout
    assert int(counted[1]) >= 70
    assert "failing" not in ran.stdout


def test_an_anchor_costs_at_most_42_gas_a_statement_at_1000_a_batch(run: Run) -> None:
    ran = run(str(NODE), "hardhat", "test", "nodejs", "tests/contracts/PassportAnchor.test.js")
    measured = re.search(r"first anchor (\d+) gas, then ([\d, ]+) gas", ran.stdout)
    assert measured is not None, ran.stdout + ran.stderr
    assert all(int(gas) <= 42 * 1000 for gas in measured[2].split(", "))
    assert int(measured[1]) > 42 * 1000


@pytest.mark.parametrize("contract", ["PassportAnchor", "OrganizationRegistry"])
def test_every_function_event_and_refusal_of_a_contract_is_tested_by_name(contract: str) -> None:
    tests = "".join(path.read_text() for path in (ROOT / "tests" / "contracts").iterdir())
    named = [entry["name"] for entry in compiled_contract(contract).abi if entry["type"] != "constructor"]
    assert [name for name in named if not re.search(rf"\b{name}\b", tests)] == []


def test_the_committed_contracts_are_what_the_sources_compile_to(run: Run) -> None:
    ran = run(sys.executable, "scripts/build_contracts.py", "--check")
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_contracts_keep_the_rules_of_their_language(run: Run) -> None:
    ran = run(str(NODE), "lint")
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_npm_lock_pins_every_package_and_names_no_registry() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name, entry in packages.items():
        assert "resolved" not in entry, name
        for optional in entry.get("optionalDependencies", {}):
            assert f"node_modules/{optional}" in packages, f"{name}: npm ci needs an entry of {optional}"
    here = {
        name: entry for name, entry in packages.items() if name and entry.get("os", ["linux"]) == ["linux"]
    }
    unpinned = [
        name for name, entry in here.items() if "integrity" not in entry and entry.get("cpu") != ["arm64"]
    ]
    assert unpinned == []
