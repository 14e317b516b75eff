"""Runs all tests with branch coverage and holds the two limits: core 100 %, all together at least 95 %."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORE = "ledger/*.py,ledger/log/*.py"
WORKERS = str(min(4, os.cpu_count() or 1))


def run(*command: str) -> int:
    """Run a tool of the checkout and return its exit code."""
    # All workers must collect the same tests in the same order.
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, env=environment, check=False).returncode


def main() -> int:
    """Run the tests, then the two reports."""
    for old in ROOT.glob(".coverage*"):
        old.unlink()
    parallel = ("-n", WORKERS, "--dist", "worksteal")
    tests = run("pytest", *parallel, "--cov", "--cov-branch", "--cov-report=", *sys.argv[1:])
    if tests:
        return tests
    core = run("coverage", "report", f"--include={CORE}", "--fail-under=100")
    whole = run("coverage", "report", "--fail-under=95", "--format=total")
    return core or whole


if __name__ == "__main__":
    sys.exit(main())
