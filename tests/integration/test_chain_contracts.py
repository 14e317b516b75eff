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
from scripts.contract_copy import measure_coverage, mutants, survives

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


def test_the_contracts_tests_pass_and_reach_every_line_and_statement(tmp_path: Path) -> None:
    output = measure_coverage(tmp_path)
    passed = re.search(r"(\d+) passing \((\d+) solidity, (\d+) nodejs\)", output)
    assert passed is not None, output
    assert int(passed[2]) >= 16
    assert int(passed[3]) >= 70
    assert "failing" not in output, output
    covered = dict(re.findall(r"contracts/(\w+)\.sol *│ ([\d.]+ │ [\d.]+) ", output))
    assert covered.pop("OrganizationRegistry", "") == "100.00 │ 100.00", output
    assert set(covered.values()) == {"100.00 │ 100.00"}, output
    assert len(covered) == 6, output


def test_random_walks_break_no_rule_and_the_gas_is_what_was_kept(run: Run) -> None:
    files = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "tests" / "contracts").glob("*.t.sol"))]
    walks = run(str(NODE), "hardhat", "test", "solidity", *(f for f in files if re.search("Inv|Gas", f)))
    assert walks.returncode == 0, walks.stdout + walks.stderr
    assert len(re.findall("✔ invariant", walks.stdout)) == 5, walks.stdout
    ran = run(str(NODE), "hardhat", "test", "nodejs", "tests/contracts/Gas.test.js")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    measured = re.search(r"first anchor (\d+) gas, then ([\d, ]+) gas", ran.stdout)
    assert measured is not None, ran.stdout + ran.stderr
    assert all(int(gas) <= 42 * 1000 for gas in measured[2].split(", "))


def test_a_broken_contract_is_noticed(tmp_path: Path) -> None:
    listed = mutants()
    assert len(listed) >= 20
    sources = {path.name: path.read_text() for path in (ROOT / "contracts").iterdir()}
    for mutant in listed:
        assert sources[mutant["file"]].count(mutant["from"]) == 1, mutant["name"]
        assert mutant["from"] != mutant["to"]
    # One here; `make mutants` tries them all.
    (sample,) = (mutant for mutant in listed if mutant["name"] == "the admin proposes a key where one lives")
    assert not survives(sample, tmp_path)


def test_a_mutant_whose_line_is_gone_is_named(tmp_path: Path) -> None:
    gone = {"name": "a line of yesterday", "file": "PassportAnchor.sol", "from": "selfdestruct", "to": ""}
    with pytest.raises(ValueError, match="a line of yesterday"):
        survives(gone, tmp_path)


@pytest.mark.parametrize("contract", ["PassportAnchor", "OrganizationRegistry"])
def test_every_function_event_and_refusal_of_a_contract_is_tested_by_name(contract: str) -> None:
    tests = "".join(path.read_text() for path in (ROOT / "tests" / "contracts").iterdir() if path.is_file())
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
