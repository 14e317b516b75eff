"""Cosignatures: the published examples, whose they are, and how many are asked for."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.log import checkpoint, cosignature, note_keys
from ledger.log.checkpoint import Checkpoint, NoteSignature, NoteSigner, SignedNote, VerifierKey
from ledger.log.cosignature import (
    CosignatureError,
    CosignatureFormError,
    MissingCosignatureError,
    WitnessKey,
    WitnessPolicy,
    WitnessPolicyError,
    WitnessSigner,
    cosign,
    cosigned_at,
    cosigners,
    merged,
)

VECTORS = json.loads((Path(__file__).resolve().parents[2] / "vectors" / "log" / "notes.json").read_text())
LOG = NoteSigner("ledger.example/log", Ed25519PrivateKey.generate())
WITNESS = WitnessSigner("witness.example/w1", Ed25519PrivateKey.generate())
OTHER = WitnessSigner("witness.example/w2", Ed25519PrivateKey.generate())
HEAD = Checkpoint(LOG.name, 7, bytes(range(32)))
NOTE = checkpoint.parse(checkpoint.sign(HEAD, LOG))


def test_a_published_note_is_signed_to_the_same_byte_and_verified() -> None:
    vector = VECTORS["signed_note"]
    key = VerifierKey.parse(vector["verifier_key"])
    seed = base64.b64decode(vector["signer_key"].split("+", 4)[4])[1:]
    private = Ed25519PrivateKey.from_private_bytes(seed)
    value = private.sign(vector["text"].encode())
    assert NoteSignature(key.name, key.key_id, value).line() == vector["signature"]
    Ed25519PublicKey.from_public_bytes(key.public_key).verify(value, vector["text"].encode())
    for refused in vector["refused_keys"]:
        with pytest.raises((note_keys.VerifierKeyFormError, note_keys.VerifierKeyIdError)):
            VerifierKey.parse(refused)


def test_the_published_cosignature_has_our_form_time_and_message() -> None:
    vector = VECTORS["cosigned"]
    note = checkpoint.parse(vector["note"])
    assert note.text() == vector["note"]
    line = note.signatures[1]
    assert line.key_id.hex() == vector["key_id"]
    assert int.from_bytes(line.value[:8]) == vector["time_s"]
    assert len(line.value) == 72
    message = cosignature.signed_message(note.checkpoint, vector["time_s"])
    assert message.decode() == vector["message"]
    raw = base64.b64decode(VECTORS["cosignature"]["base64"])
    assert int.from_bytes(raw[4:12]) == VECTORS["cosignature"]["time_s"]


def test_a_published_witness_key_is_read_as_it_was_written() -> None:
    text = VECTORS["cosignature"]["verifier_key"]
    assert WitnessKey.parse(text).text() == text
    with pytest.raises(note_keys.VerifierKeyFormError):
        VerifierKey.parse(text)  # a witness's key doesn't sign for a log
    with pytest.raises(note_keys.VerifierKeyFormError):
        WitnessKey.parse(LOG.verifier.text())


@given(st.integers(0, 2**63 - 1))
def test_what_a_witness_cosigns_its_key_verifies_with_the_time(time_s: int) -> None:
    note = checkpoint.parse(merged(NOTE, [cosign(HEAD, WITNESS, time_s)]).text())
    assert cosigned_at(note, WITNESS.key) == time_s
    assert checkpoint.verify(note.text(), LOG.verifier) == HEAD


def test_a_cosignature_is_of_one_checkpoint_one_log_and_one_time() -> None:
    line = cosign(HEAD, WITNESS, 5)
    later = NoteSignature(line.name, line.key_id, (6).to_bytes(8) + line.value[8:])
    as_log = NoteSignature(line.name, line.key_id, (5).to_bytes(8) + LOG.private_key.sign(b"x"))
    for note in (
        SignedNote(Checkpoint(LOG.name, 8, HEAD.root), (line,)),
        SignedNote(Checkpoint(LOG.name, 7, bytes(32)), (line,)),
        SignedNote(Checkpoint("ledger.example/other", 7, HEAD.root), (line,)),
        SignedNote(HEAD, (later,)),
        SignedNote(HEAD, (as_log,)),
    ):
        with pytest.raises(CosignatureError, match=r"witness\.example/w1"):
            cosigned_at(note, WITNESS.key)


@pytest.mark.parametrize("value", [b"", bytes(71), bytes(73), b"\xff" * 72, (2**63).to_bytes(8) + bytes(64)])
def test_a_cosignature_is_eight_bytes_of_time_and_64_of_signature(value: bytes) -> None:
    note = SignedNote(HEAD, (NoteSignature(WITNESS.name, WITNESS.key.key_id, value),))
    with pytest.raises(CosignatureFormError):
        cosigned_at(note, WITNESS.key)


@pytest.mark.parametrize("time_s", [-1, 2**63])
def test_a_witness_signs_no_time_that_has_no_form(time_s: int) -> None:
    with pytest.raises(CosignatureFormError):
        cosign(HEAD, WITNESS, time_s)


def test_who_did_not_cosign_is_missing_and_who_is_not_known_is_not_looked_at() -> None:
    note = merged(NOTE, [cosign(HEAD, WITNESS, 5)])
    with pytest.raises(MissingCosignatureError, match=r"witness\.example/w2"):
        cosigned_at(note, OTHER.key)
    assert [(one.key.name, one.time_s) for one in cosigners(note, (OTHER.key, WITNESS.key))] == [
        ("witness.example/w1", 5)
    ]
    forged = NoteSignature(OTHER.name, OTHER.key.key_id, bytes(72))
    assert len(cosigners(merged(note, [forged]), (WITNESS.key,))) == 1
    with pytest.raises(CosignatureError):
        cosigners(merged(note, [forged]), (WITNESS.key, OTHER.key))


def test_a_newer_cosignature_takes_the_place_of_the_older() -> None:
    note = merged(merged(NOTE, [cosign(HEAD, WITNESS, 5)]), [cosign(HEAD, WITNESS, 9)])
    assert len(note.signatures) == 2
    assert cosigned_at(note, WITNESS.key) == 9


def test_a_policy_asks_for_as_many_witnesses_as_there_are_at_most() -> None:
    both = (WITNESS.key, OTHER.key)
    assert WitnessPolicy(both, 2).need == 2
    same_key = WitnessKey("another.example/name", WITNESS.key.public_key)
    many = tuple(WitnessKey("w", bytes([number]) * 32) for number in range(17))
    for keys, need in ((both, 0), (both, 3), ((), 0), ((), 1), (many, 1), ((WITNESS.key, same_key), 1)):
        with pytest.raises(WitnessPolicyError, match=f"{need} of {len(keys)}"):
            WitnessPolicy(keys, need)
