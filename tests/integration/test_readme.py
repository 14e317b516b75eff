"""The README's commands do what it says, run as a newcomer would in a checkout that is set up."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def _run(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PASSPORT_", "COV_"))}
    return subprocess.run(
        ["sh", "-c", command],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def _commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def demo() -> dict[str, object]:
    """Run the README's main job once, as JSON, into the folder where it always goes."""
    answer = _run(".venv/bin/passport demo --json")
    assert answer.returncode == 0, answer.stderr[-2000:]
    result: dict[str, object] = json.loads(answer.stdout)
    return result


def test_the_two_commands_of_a_newcomer_are_targets_that_make_knows() -> None:
    assert _commands()[:2] == ["make demo", "make test"]
    for command in _commands()[:2]:
        planned = _run(f"{command} --dry-run")
        assert planned.returncode == 0, planned.stderr
        assert ".venv/bin" in planned.stdout


def test_the_readmes_way_to_check_a_passport_works_on_the_demos_bundles(demo: dict[str, object]) -> None:
    template = next(line for line in _commands() if "passport verify" in line)
    shipments = demo["shipments"]
    assert isinstance(shipments, list)
    assert len(shipments) == 3
    for shipment in shipments:
        offline = template.split(" --log-key")[0].replace(
            "var/demo/bundles/PASSPORT.json", shipment["bundle"]
        )
        answer = _run(f"{offline} --json")
        assert answer.returncode == 0, answer.stderr
        assert json.loads(answer.stdout)["passport"] == shipment["passport_id"]


def test_every_setting_that_the_readme_names_is_read_by_the_program() -> None:
    files = [ROOT / "api" / "settings.py", *(ROOT / "api" / "commands").glob("*.py")]
    sources = "\n".join(file.read_text("utf-8") for file in files)
    named = set(re.findall(r"`(PASSPORT_[A-Z_]+)`", README))
    assert named
    assert {name for name in named if name not in sources} == set()
    read = set(re.findall(r"PASSPORT_[A-Z_]+", sources)) - {"PASSPORT_"}
    assert {name for name in read if name not in README} == set()


def test_every_command_of_every_day_in_the_readme_is_one_that_the_program_knows() -> None:
    day_to_day = README.partition("## Day to day")[2].partition("## Check")[0]
    written = set(re.findall(r"`passport ((?:lot |key )?[a-z]+)", day_to_day))
    assert {"lot list", "lot show", "receive", "ship", "dispose", "correct", "accept", "key add"} <= written
    for command in sorted(written):
        assert _run(f".venv/bin/passport {command} --help").returncode == 0, command
