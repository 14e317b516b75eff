"""A copy of the contracts with their tests, to be changed or measured without touching the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
COPIED = (
    "hardhat.config.js",
    "package.json",
    "contracts",
    "scripts/node.sh",
    "tests/contracts",
    "tests/vectors/log/published.json",
)
MUTANTS = "tests/contracts/mutants.json"
NOT_COVERING = ("AnchorInvariants.t.sol", "RegistryInvariants.t.sol", "Gas.t.sol", "Gas.test.js")
"""Tests that don't count as coverage: random walks, and gas, which differs in instrumented contracts."""


def copy_to(folder: Path) -> Path:
    """Copy the contracts and their tests to an empty folder, with the installed packages linked."""
    for name in COPIED:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


def hardhat(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Hardhat in a copy and return what it printed."""
    environment = os.environ | {"PYTHON": sys.executable, "NO_COLOR": "1", "CI": "true"}
    environment["PASSPORT_CONTRACTS_BUILD"] = str(folder / "built")
    return subprocess.run(
        [str(folder / "scripts" / "node.sh"), "hardhat", *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def measure_coverage(folder: Path) -> str:
    """Run the tests in an empty folder with coverage, random walks apart, and return Hardhat's output."""
    copy_to(folder)
    for name in NOT_COVERING:
        (folder / "tests" / "contracts" / name).unlink()
    ran = hardhat(folder, "test", "--coverage")
    return ran.stdout + ran.stderr


def mutants() -> list[dict[str, Any]]:
    """Return the list of mutants: what each breaks, in which file, which text becomes which."""
    listed: list[dict[str, Any]] = json.loads((ROOT / MUTANTS).read_text())
    return listed


def survives(mutant: dict[str, Any], folder: Path) -> bool:
    """Apply a mutant to a copy in an empty folder and return whether all tests still pass.

    Raises:
        ValueError: the mutant's text doesn't stand in its file exactly once, or doesn't compile.
    """
    copy_to(folder)
    tests = folder / "tests" / "contracts"
    # Any change changes the gas: that would kill every mutant without a test of its rule.
    (tests / "Gas.test.js").unlink()
    # Most mutants fall to the tests in JavaScript; those in Solidity are compiled only for what is left.
    later = folder / "later"
    later.mkdir()
    for source in tests.glob("*.sol"):
        source.rename(later / source.name)
    path = folder / "contracts" / mutant["file"]
    text = path.read_text()
    if text.count(mutant["from"]) != 1:
        raise ValueError(f"{mutant['name']}: {mutant['from']!r} must stand in {mutant['file']} once")
    path.write_text(text.replace(mutant["from"], mutant["to"]))
    ran = hardhat(folder, "test", "nodejs")
    if " passing" not in ran.stdout:
        raise ValueError(f"{mutant['name']} doesn't compile: {ran.stdout}{ran.stderr}")
    if ran.returncode:
        return False
    for source in later.iterdir():
        source.rename(tests / source.name)
    return hardhat(folder, "test", "solidity").returncode == 0
