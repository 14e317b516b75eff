"""Let Slither read the contracts, and compare what it finds with contracts/slither-findings.json.

Slither (PyPI slither-analyzer) is no part of the locked environment: `python scripts/slither.py PATH` runs
the one at a path, offline. Exit code 1 if a finding has no explanation, or an explanation no finding.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.contract_copy import copy_to, hardhat  # noqa: E402 - found by the line above

EXPLAINED = ROOT / "contracts" / "slither-findings.json"


def findings(slither: str) -> list[dict[str, Any]]:
    """Build the contracts with the locked compiler and return what Slither finds."""
    with tempfile.TemporaryDirectory() as folder:
        # Slither takes every build that it finds; a fresh copy has one.
        copied = copy_to(Path(folder))
        built = hardhat(copied, "build", "--no-tests")
        told = copied / "found.json"
        command = [str(copied / "scripts" / "node.sh"), slither, ".", "--hardhat-ignore-compile"]
        options = ["--hardhat-artifacts-directory", "built/artifacts", "--json", str(told)]
        environment = os.environ | {"PYTHON": sys.executable, "CI": "true"}
        ran = subprocess.run(
            [*command, *options], cwd=copied, env=environment, capture_output=True, text=True, check=False
        )
        if not told.exists():
            raise RuntimeError(built.stdout + built.stderr + ran.stdout + ran.stderr)
        answer = json.loads(told.read_text())
    found: list[dict[str, Any]] = answer["results"].get("detectors", [])
    return found


def place(finding: dict[str, Any]) -> tuple[str, str]:
    """Return what was found and in which function, as `("timestamp", "KeyRules._isLive")`."""
    function = next(element for element in finding["elements"] if element["type"] == "function")
    contract = function["type_specific_fields"]["parent"]["name"]
    return finding["check"], f"{contract}.{function['name']}"


def compare(found: Iterable[tuple[str, str]], explained: Iterable[dict[str, str]]) -> list[str]:
    """Return a line for each finding without an explanation, and each explanation without a finding."""
    there = set(found)
    known = {(entry["check"], entry["where"]) for entry in explained}
    return [
        *(f"not explained: {check} in {where}" for check, where in sorted(there - known)),
        *(f"no longer found: {check} in {where}" for check, where in sorted(known - there)),
    ]


def main() -> int:
    """Run, compare, print, and return the exit code."""
    slither = sys.argv[1] if len(sys.argv) > 1 else "slither"
    found = [place(finding) for finding in findings(slither)]
    differences = compare(found, json.loads(EXPLAINED.read_text()))
    print("\n".join(differences) or f"{len(found)} findings, each explained in {EXPLAINED.relative_to(ROOT)}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
