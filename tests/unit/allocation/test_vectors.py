"""A policy shares as it always did: golden vectors, and a pin on the code and vectors of every version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.allocation.given import Made
from ledger.allocation.sharing import POLICIES, shares, weights
from ledger.errors import LedgerError
from scripts.vectors import allocation_vectors
from tests.unit.allocation.sharing import lines, policy

FOLDER = Path(__file__).resolve().parents[2] / "vectors" / "allocation"
NAMES = sorted(POLICIES)
NEW_VERSION = (
    "{policy} was released, and passports were signed under it, but its {what} have changed. Leave it as it "
    "was, and make a new version: a module and vectors of its own, named in POLICIES."
)


def cases() -> list[Any]:
    return [
        pytest.param(name, one, id=f"{name}: {one['name']}")
        for name in NAMES
        for one in json.loads((FOLDER / f"{allocation_vectors.file_of(name)}.json").read_text("utf-8"))[
            "cases"
        ]
    ]


@pytest.mark.parametrize(("name", "case"), cases())
def test_a_production_is_shared_as_its_vector_says(name: str, case: dict[str, Any]) -> None:
    stated = policy(name, case.get("inputs"))
    made = [Made(number, int(one["quantity"]), one["unit"]) for number, one in enumerate(case["outputs"])]
    sources = lines(*(int(mg) for mg in case["lines_mg"]))
    if "refused" in case:
        with pytest.raises(LedgerError) as caught:
            weights(stated, made, len(sources), 0)
        assert caught.value.problem_type() == case["refused"]
        return
    by = weights(stated, made, len(sources), 0)
    assert [str(one) for one in by] == case["weights"]
    assert [str(one.gross_mg()) for one in shares(stated, sources, by)] == case["shares_mg"]


@pytest.mark.parametrize("name", NAMES)
def test_a_released_policy_never_changes_but_gets_a_next_version(name: str) -> None:
    released = json.loads((FOLDER / allocation_vectors.RELEASED).read_text("utf-8"))
    assert name in released, f"{name} has no pin yet: run scripts/vectors/allocation_vectors.py once."
    text = (FOLDER / f"{allocation_vectors.file_of(name)}.json").read_text("utf-8")
    found = {
        "rule": allocation_vectors.rule_digest(name),
        "vectors": allocation_vectors.vectors_digest(text),
    }
    for what, digest in found.items():
        assert digest == released[name][what], NEW_VERSION.format(policy=name, what=what)


def test_no_pin_outlives_its_policy_and_words_do_not_matter(tmp_path: Path) -> None:
    released = json.loads((FOLDER / allocation_vectors.RELEASED).read_text("utf-8"))
    assert sorted(released) == NAMES
    allocation_vectors.write(tmp_path)
    assert {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()} == {
        path.name: path.read_text("utf-8") for path in FOLDER.iterdir()
    }
    changed = json.dumps({**released, "mass/1": {"rule": "0" * 64, "vectors": "0" * 64}})
    (tmp_path / allocation_vectors.RELEASED).write_text(changed, "utf-8")
    allocation_vectors.write(tmp_path)
    again = json.loads((tmp_path / allocation_vectors.RELEASED).read_text("utf-8"))
    assert again["mass/1"]["rule"] == "0" * 64, "a pin is written once"
