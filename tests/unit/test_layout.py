"""The checkout keeps its own promises: layout, directions, no download addresses, no machine's paths."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TECHNOLOGIES = {"sql", "chain", "factors", "interop", "mrio", "records"}


def _tracked(*patterns: str) -> list[Path]:
    answer = subprocess.run(
        ["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if answer.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in answer.stdout.split("\n") if name]


def test_every_core_module_is_held_to_the_core_import_rules() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    contracts = tools["importlinter"]["contracts"]
    modules = {f"ledger.{file.stem}" for file in (ROOT / "ledger").glob("*.py")} - {"ledger.__init__"}
    packages = {f"ledger.{file.parent.name}" for file in (ROOT / "ledger").glob("*/__init__.py")}
    core = modules | (packages - {f"ledger.{name}" for name in TECHNOLOGIES})
    for contract in contracts:
        if contract["type"] == "forbidden":
            assert set(contract["source_modules"]) == core


def test_lock_files_carry_hashes_and_no_download_addresses() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "package-lock.json"):
        text = (ROOT / name).read_text("utf-8")
        assert "://" not in text, name
        assert "sha" in text
    pinned = re.findall(r"^[a-z0-9_.-]+==", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    assert len(pinned) > 40


def test_no_source_file_is_longer_than_400_lines() -> None:
    long = {
        str(file.relative_to(ROOT)): count
        for file in _tracked("ledger/*.py", "api/*.py", "scripts/*.py")
        if (count := file.read_text("utf-8").count("\n")) > 400
    }
    assert not long


def test_the_readme_is_what_a_newcomer_can_run() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for target in re.findall(r"`?make ([a-z]+)`?", readme):
        assert target in targets
    assert re.search(r"```sh\nmake demo\nmake test\n```", readme)
