"""A passport whose checkpoint others cosigned: as many as the reader asks for, each over this checkpoint."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.commands.verifying import witness_policy
from ledger import bundle, canonical
from ledger.log import checkpoint
from ledger.log.checkpoint import NoteSignature
from ledger.log.cosignature import WitnessPolicy, WitnessPolicyError, WitnessSigner, cosign, merged
from ledger.verification import Report, verify
from tests.bundle_worlds import played

FIRST, SECOND, THIRD = (
    WitnessSigner(f"witness.example/w{number}", Ed25519PrivateKey.generate()) for number in (1, 2, 3)
)
TIME_S = 1_782_900_000


def with_lines(*lines: NoteSignature) -> bytes:
    plain = json.loads(played()[1])
    note = merged(checkpoint.parse("".join(f"{line}\n" for line in plain["checkpoint"])), lines)
    plain["checkpoint"] = note.text().removesuffix("\n").split("\n")
    return canonical.encode(plain)


def head() -> checkpoint.Checkpoint:
    return checkpoint.parse(bundle.parse(played()[1]).note()).checkpoint


def said(report: Report) -> tuple[str, str]:
    (verdict,) = (one for one in report.verdicts if one.name == "witnesses")
    assert verdict.step == 6
    return verdict.value, verdict.reason


def checked(raw: bytes, need: int, *signers: WitnessSigner) -> Report:
    return verify(raw, witnesses=WitnessPolicy(tuple(one.key for one in signers), need))


def test_enough_witnesses_read_good_with_their_times() -> None:
    raw = with_lines(cosign(head(), FIRST, TIME_S), cosign(head(), SECOND, 2**62))
    report = checked(raw, 2, FIRST, SECOND, THIRD)
    assert (said(report), report.ok) == (("good", "ok"), True)
    (detail,) = (one.detail for one in report.verdicts if one.name == "witnesses")
    assert "2 of 3 trusted witnesses" in detail
    assert "w1 at 2026-07-01T10:00:00Z" in detail
    assert f"w2 at second {2**62}" in detail


def test_too_few_witnesses_read_unknown_and_never_bad() -> None:
    raw = with_lines(cosign(head(), FIRST, TIME_S))
    assert said(checked(raw, 1, FIRST, SECOND)) == ("good", "ok")
    for need, signers in ((2, (FIRST, SECOND)), (1, (SECOND,)), (1, (THIRD,))):
        report = checked(raw, need, *signers)
        assert (said(report), report.ok) == (("unknown", "too-few-witnesses"), True)


def test_a_cosignature_of_another_checkpoint_is_bad() -> None:
    other = checkpoint.Checkpoint(head().origin, head().size + 1, head().root)
    raw = with_lines(cosign(other, FIRST, TIME_S))
    report = checked(raw, 1, FIRST)
    failure = report.failure()
    assert failure is not None
    assert (failure.step, failure.reason) == (6, "cosignature")
    assert said(checked(raw, 1, SECOND)) == ("unknown", "too-few-witnesses")


def test_who_names_no_witness_gets_no_verdict_on_them() -> None:
    assert not [one for one in verify(played()[1]).verdicts if one.name == "witnesses"]
    assert witness_policy([], None) is None


def test_witnesses_are_asked_for_by_key_and_number() -> None:
    keys = [FIRST.key.text(), SECOND.key.text()]
    every, some = witness_policy(keys, None), witness_policy(keys, 1)
    assert every is not None
    assert some is not None
    assert (every.need, some.need, every.keys) == (2, 1, (FIRST.key, SECOND.key))
    with pytest.raises(WitnessPolicyError):
        witness_policy([], 1)
    with pytest.raises(WitnessPolicyError):
        witness_policy(keys, 3)


def test_a_bundle_has_one_form_with_witnesses_too() -> None:
    raw = with_lines(*(cosign(head(), one, TIME_S) for one in (FIRST, SECOND, THIRD)))
    assert bundle.to_bytes(bundle.parse(raw)) == raw
