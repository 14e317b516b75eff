"""tlog-proof files: one form, and what they prove."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.log import checkpoint, merkle, tiles
from ledger.log.checkpoint import (
    Checkpoint,
    CheckpointFormError,
    ForeignCheckpointError,
    LogSignatureError,
    NoteSigner,
)
from ledger.log.merkle import InclusionProofError, LeafIndexError, ProofLengthError
from ledger.log.proof_file import HEADER, ProofFileFormError, TlogProof, parse, verify

SIGNER = NoteSigner("ledger.example/log", Ed25519PrivateKey.generate())
ENTRIES = [f"entry {number}".encode() for number in range(300)]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]
TILES = tiles.appended_tiles(lambda _level, _index: b"", 0, LEAVES)


def tile(level: int, index: int) -> bytes:
    return TILES.get((level, index), b"")


def made(index: int, size: int, signer: NoteSigner = SIGNER, extra: bytes | None = None) -> TlogProof:
    head = Checkpoint(signer.name, size, tiles.root(tile, size))
    proof = tuple(tiles.inclusion_proof(tile, index, size))
    return TlogProof(index, proof, checkpoint.parse(checkpoint.sign(head, signer)), extra)


TEXT = made(5, 300).text()
HEAD_LINES, NOTE = TEXT.split("\n\n", 1)
LINES = HEAD_LINES.split("\n")


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 300), st.data())
def test_a_proof_file_is_read_as_it_was_written_and_proves_its_entry(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    extra = data.draw(st.none() | st.binary(max_size=20))
    text = made(index, size, extra=extra).text()
    proof = parse(text)
    assert proof.text() == text
    assert (proof.index, proof.extra, parse(text.encode())) == (index, extra, proof)
    assert verify(proof, ENTRIES[index], SIGNER.verifier).size == size


def test_the_form_is_the_one_of_the_specification() -> None:
    assert LINES[:2] == ["c2sp.org/tlog-proof@v1", "index 5"]
    assert len(LINES) == 2 + 9
    assert NOTE.startswith("ledger.example/log\n300\n")
    alone = made(0, 1).text()
    assert alone.startswith("c2sp.org/tlog-proof@v1\nindex 0\n\nledger.example/log\n1\n")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (TEXT.replace("@v1", "@v2"), "first line"),
        ("\n" + TEXT, "no empty line|first line|other than ASCII"),
        (TEXT.replace("index 5", "index 05"), "no line `index`"),
        (TEXT.replace("index 5", "index +5"), "no line `index`"),
        (TEXT.replace("index 5", "index ٥"), "other than ASCII"),
        (TEXT.replace("index 5", "index  5"), "no line `index`"),
        (TEXT.replace("index 5", "index 5 "), "no line `index`"),
        (TEXT.replace("index 5\n", ""), "no line `index`"),
        (f"{HEADER}\n\n{NOTE}", "no line `index`"),
        (TEXT.replace("\n", "\r\n"), "no empty line"),
        (TEXT.replace(LINES[2], LINES[2].rstrip("=")), "no hash in base64"),
        (TEXT.replace(LINES[2], LINES[2] + " "), "no hash in base64"),
        (TEXT.replace(LINES[2], base64.b64encode(bytes(31)).decode()), "no hash in base64"),
        (TEXT.replace("index 5", "extra \nindex 5").replace("extra \n", "extra !\n"), "no base64"),
        (TEXT.replace("index 5", "extra YQ\nindex 5"), "no base64"),
        (TEXT.replace("index 5", "extra YR==\nindex 5"), "no base64"),
        (TEXT.replace("index 5", "index 5\nextra YQ=="), "no hash in base64"),
        (TEXT.replace(LINES[2], "\n".join([LINES[2]] * 63)), "71 hashes"),
        (TEXT.replace("index 5", f"extra {'A' * 600_000}\nindex 5"), "at most 524288"),
        (HEAD_LINES, "no empty line"),
    ],
)
def test_there_is_one_form(changed: str, reason: str) -> None:
    with pytest.raises(ProofFileFormError, match=reason):
        parse(changed)


def test_the_checkpoint_in_it_has_its_one_form_too() -> None:
    for changed in (TEXT + "\n", TEXT.replace("\n300\n", "\n0300\n"), TEXT.rstrip("\n")):
        with pytest.raises(CheckpointFormError):
            parse(changed)


def test_a_proof_is_of_one_entry_one_place_and_one_log() -> None:
    proof = made(5, 300)
    with pytest.raises(InclusionProofError):
        verify(proof, ENTRIES[6], SIGNER.verifier)
    moved = TlogProof(4, proof.proof, proof.note)
    with pytest.raises(InclusionProofError):
        verify(moved, ENTRIES[5], SIGNER.verifier)
    with pytest.raises(LeafIndexError):
        verify(TlogProof(300, proof.proof, proof.note), ENTRIES[5], SIGNER.verifier)
    elsewhere = NoteSigner("other.example/log", SIGNER.private_key)
    with pytest.raises(ForeignCheckpointError):
        verify(made(5, 300, elsewhere), ENTRIES[5], SIGNER.verifier)
    forged = NoteSigner(SIGNER.name, Ed25519PrivateKey.generate())
    signature = forged.private_key.sign(proof.note.checkpoint.text().encode())
    line = checkpoint.NoteSignature(SIGNER.name, SIGNER.verifier.key_id, signature)
    with pytest.raises(LogSignatureError):
        verify(
            TlogProof(5, proof.proof, checkpoint.SignedNote(proof.note.checkpoint, (line,))),
            ENTRIES[5],
            SIGNER.verifier,
        )


@pytest.mark.parametrize("change", [1, -1])
def test_a_proof_with_a_hash_too_many_or_too_few_is_refused(change: int) -> None:
    proof = made(5, 300)
    hashes = (*proof.proof, bytes(32)) if change > 0 else proof.proof[:-1]
    with pytest.raises(ProofLengthError, match=f"has {9 + change} hashes, it must have 9"):
        verify(TlogProof(5, hashes, proof.note), ENTRIES[5], SIGNER.verifier)


def test_an_inner_node_does_not_pass_for_an_entry() -> None:
    """A second preimage: two leaves' hashes are no entry, because leaves and nodes are hashed apart."""
    proof = made(4, 300)
    inside = LEAVES[4] + LEAVES[5]
    shortened = TlogProof(2, proof.proof[1:], proof.note)
    for entry in (inside, b"\x01" + inside):
        with pytest.raises(ProofLengthError):
            verify(shortened, entry, SIGNER.verifier)
        with pytest.raises(InclusionProofError):
            verify(proof, entry, SIGNER.verifier)


def test_the_last_entry_twice_is_another_log() -> None:
    """Some trees fill up with the last leaf; here a duplicate changes the root."""
    assert merkle.root_of(LEAVES[:3]) != merkle.root_of([*LEAVES[:3], LEAVES[2]])
    head = Checkpoint(SIGNER.name, 3, merkle.root_of(LEAVES[:3]))
    note = checkpoint.parse(checkpoint.sign(head, SIGNER))
    duplicate = TlogProof(3, (LEAVES[2], merkle.node_hash(LEAVES[0], LEAVES[1])), note)
    with pytest.raises(LeafIndexError):
        verify(duplicate, ENTRIES[2], SIGNER.verifier)
