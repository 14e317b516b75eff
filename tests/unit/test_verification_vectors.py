"""Every way in which a bundle can fail has its vector; the browser's verifier reads the same ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.interfaces import Anchor
from ledger.verification import STEPS, verify
from ledger.verification_steps.log_proofs import AnchorReader
from scripts.vectors import bundle_vectors

FOLDER = Path(__file__).resolve().parents[1] / "vectors" / "bundles"
INDEX: list[dict[str, Any]] = json.loads((FOLDER / "index.json").read_text())


def chain(says: dict[str, Any] | None) -> AnchorReader | None:
    """Return a chain that says what a vector lets it say."""
    if says is None:
        return None

    def read(_: Anchor) -> Anchor:
        if says.get("away"):
            raise ConnectionRefusedError(111, "nobody listens")
        return Anchor(**{**says, "root": bytes.fromhex(says["root"]), "gas": 0})

    return read


@pytest.mark.parametrize("vector", INDEX, ids=[vector["name"] for vector in INDEX])
def test_a_bundle_fails_at_its_step_for_its_reason_or_verifies(vector: dict[str, Any]) -> None:
    raw = (FOLDER / vector["file"]).read_bytes()
    report = verify(raw, trusted_log_key=vector["log_key"], anchor_reader=chain(vector["chain"]))
    failure = report.failure()
    found = (failure.step, failure.reason) if failure else (None, None)
    assert found == (vector["step"], vector["reason"]), failure
    if failure is None:
        open_questions = {str(one.step): one.reason for one in report.verdicts if one.reason != "ok"}
        assert open_questions == vector["unknown"]
        assert report.ok
        assert (report.figures is None) == (open_questions.get("8") == "kind-not-known")
    else:
        later = [one for one in report.verdicts if one.step > failure.step]
        assert all((one.value, one.reason) == ("unknown", "not-reached") for one in later)
        assert [one.step for one in later] == list(range(failure.step + 1, 10))
        assert not report.ok
        assert report.figures is None


def test_every_step_that_can_fail_has_vectors() -> None:
    assert {vector["step"] for vector in INDEX if vector["step"]} == set(STEPS)
    assert sum(vector["step"] is None for vector in INDEX) >= 5


def test_the_generator_writes_the_vectors_that_are_checked_in() -> None:
    assert {vector["name"] for vector in INDEX} == set(bundle_vectors.VECTORS)
    for vector in INDEX:
        made = bundle_vectors.VECTORS[vector["name"]]()
        assert made.raw == (FOLDER / vector["file"]).read_bytes(), vector["name"]
        assert (made.step, made.reason) == (vector["step"], vector["reason"])


def test_the_generator_writes_into_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_vectors, "FOLDER", tmp_path)
    bundle_vectors.main()
    written = {path.name for path in tmp_path.iterdir()}
    assert written == {path.name for path in FOLDER.iterdir()}
    assert (tmp_path / "index.json").read_text() == (FOLDER / "index.json").read_text()
