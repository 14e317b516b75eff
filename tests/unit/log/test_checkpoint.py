"""Checkpoints: one form, the log's signature, and what others add."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.log import checkpoint as note
from ledger.log import note_keys
from ledger.log.checkpoint import Checkpoint, CheckpointFormError, NoteSigner, VerifierKey

TREE = json.loads((Path(__file__).resolve().parents[2] / "vectors" / "log" / "tree.json").read_text())
TRUSTED = VerifierKey.parse(TREE["verifier_key"])
NOTE: str = TREE["checkpoints"][2]["note"]
ORIGIN, SIZE, ROOT, _, LINE, _ = NOTE.split("\n")
SIGNER = NoteSigner("ledger.example", Ed25519PrivateKey.generate())

# The examples of the specifications tlog-checkpoint (c2sp.org/tlog-checkpoint) and of a key of signed notes.
SPEC_NOTE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q"
    "1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)
SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"


def rewritten(**lines: str) -> str:
    """The vectors' note with lines changed, its signature as it was."""
    parts = {"origin": ORIGIN, "size": SIZE, "root": ROOT, "gap": "", "line": LINE} | lines
    return "".join(f"{part}\n" for part in parts.values())


@pytest.mark.parametrize("vector", TREE["checkpoints"], ids=lambda vector: str(vector["size"]))
def test_a_signed_checkpoint_is_read_and_verified(vector: dict[str, Any]) -> None:
    found = note.verify(vector["note"], TRUSTED)
    assert (found.origin, found.size) == (TRUSTED.name, vector["size"])
    roots = {root["size"]: root["root"] for root in TREE["roots"]}
    assert found.root.hex() == roots[found.size]
    assert note.parse(vector["note"].encode()).text() == vector["note"]


def test_the_example_of_the_specification_has_our_form() -> None:
    signed = note.parse(SPEC_NOTE)
    assert signed.checkpoint.size == 20_852_163
    assert signed.text() == SPEC_NOTE


def test_a_key_line_is_read_as_it_was_written() -> None:
    key = VerifierKey.parse(SPEC_KEY)
    assert (key.name, key.key_id.hex(), key.text()) == ("example.com/foo", "530d903a", SPEC_KEY)


@given(st.integers(0, 10**18 - 1), st.binary(min_size=32, max_size=32))
def test_what_a_log_signs_its_key_verifies(size: int, root: bytes) -> None:
    head = Checkpoint(SIGNER.name, size, root)
    signed = note.sign(head, SIGNER)
    assert note.verify(signed, SIGNER.verifier) == note.verify(signed.encode(), SIGNER.verifier) == head


@given(st.data())
def test_no_changed_byte_of_text_or_signature_verifies(data: st.DataObject) -> None:
    raw = bytearray(NOTE.encode())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(
        (
            CheckpointFormError,
            note.ForeignCheckpointError,
            note.MissingLogSignatureError,
            note.LogSignatureError,
        )
    ):
        note.verify(bytes(raw), TRUSTED)


def test_witnesses_are_kept_and_not_judged() -> None:
    witness = "— witness.example/东 " + base64.b64encode(b"\x04\x03\x02\x01" + b"w" * 72).decode() + "\n"
    same_name = f"— {ORIGIN} " + base64.b64encode(b"\x00\x00\x00\x00" + b"w" * 64).decode() + "\n"
    both = NOTE + witness + same_name
    assert note.verify(both, TRUSTED) == note.verify(NOTE, TRUSTED)
    signed = note.parse(both)
    assert [signature.name for signature in signed.signatures] == [ORIGIN, "witness.example/东", ORIGIN]
    assert signed.text() == both


@pytest.mark.parametrize("size", ["042", "+4", "-4", " 4", "4 ", "4_2", "٤٢", "", "0x4", "4.0", "1" * 19])
def test_a_size_has_one_form(size: str) -> None:
    with pytest.raises(note.CheckpointSizeError):
        note.parse(rewritten(size=size))


@pytest.mark.parametrize(
    "root",
    ["", ROOT[:-1], ROOT + "=", ROOT.replace("=", ""), " " + ROOT, ROOT[:-2] + "B=", "AA==", "_" + ROOT[1:]],
)
def test_a_root_has_one_form(root: str) -> None:
    with pytest.raises(note.CheckpointRootError):
        note.parse(rewritten(root=root))


@pytest.mark.parametrize("origin", ["", "two words", "a+b", "荔枝.example", "a\x7f", "a" * 256, "a\u2003b"])
def test_an_origin_is_printable_ascii_without_space_and_plus(origin: str) -> None:
    with pytest.raises(note.CheckpointOriginError):
        note.parse(rewritten(origin=origin))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        NOTE[:-1],
        NOTE + "\n",
        rewritten(gap=LINE),
        f"{ORIGIN}\n{SIZE}\n{ROOT}\n",
        f"{ORIGIN}\n{SIZE}\n{ROOT}\n\n",
        f"{ORIGIN}\n{SIZE}\n\n{LINE}\n",
        f"{ORIGIN}\n{SIZE}\n{ROOT}\nextension\n\n{LINE}\n",
        f"{ORIGIN}\n{SIZE}\n{ROOT}\n\n\n{LINE}\n",
        f"\n{NOTE}",
    ],
    ids=ascii,
)
def test_a_note_has_three_lines_an_empty_one_and_signatures(text: str) -> None:
    with pytest.raises(note.NoteShapeError):
        note.parse(text)


@pytest.mark.parametrize(
    "text",
    [NOTE.replace("\n", "\r\n"), NOTE + "\t", "\0" + NOTE, NOTE.encode() + b"\xff", NOTE + "\ud800"],
    ids=ascii,
)
def test_a_note_is_utf_8_with_plain_newlines(text: str | bytes) -> None:
    with pytest.raises(note.NoteTextError):
        note.parse(text)


NAME, ENCODED = LINE.split(" ")[1:]


@pytest.mark.parametrize(
    "line",
    [
        f"- {NAME} {ENCODED}",
        f"—{NAME} {ENCODED}",
        f"—  {NAME} {ENCODED}",
        f"— {NAME} {ENCODED} ",
        f"— {NAME}",
        f"— a+b {ENCODED}",
        f"— a\u2003b {ENCODED}",
        f"— {NAME} {ENCODED.rstrip('=')}",
        f"— {NAME} {ENCODED}=",
        f"— {NAME} AQIDBA==",
        f"— {NAME} é",
        f"— {NAME} {ENCODED[:4]}-{ENCODED[5:]}",
        f"— {NAME} AQIDBAR=",
    ],
    ids=ascii,
)
def test_a_signature_line_has_one_form(line: str) -> None:
    with pytest.raises(note.NoteSignatureFormError):
        note.parse(rewritten(line=line))


def test_one_key_signs_once() -> None:
    with pytest.raises(note.RepeatedNoteSignatureError, match=NAME):
        note.parse(NOTE + LINE + "\n")


def test_a_note_is_limited_in_bytes_and_signatures() -> None:
    with pytest.raises(note.NoteTooLargeError, match="bytes"):
        note.parse(NOTE + "x" * note.MAX_NOTE_BYTES)
    lines = [f"— witness{at} {base64.b64encode(b'id__' + b'w' * 64).decode()}\n" for at in range(32)]
    assert len(note.parse(NOTE + "".join(lines[:31])).signatures) == 32
    with pytest.raises(note.NoteTooLargeError, match="33 signatures"):
        note.parse(NOTE + "".join(lines))


def test_a_checkpoint_of_another_log_is_foreign() -> None:
    head = note.verify(NOTE, TRUSTED)
    with pytest.raises(note.ForeignCheckpointError):
        note.verify(NOTE, SIGNER.verifier)
    with pytest.raises(note.ForeignCheckpointError):
        note.sign(head, SIGNER)


def test_a_checkpoint_without_the_logs_own_signature_is_not_trusted() -> None:
    imposter = NoteSigner(TRUSTED.name, SIGNER.private_key)
    with pytest.raises(note.MissingLogSignatureError):
        note.verify(note.sign(note.verify(NOTE, TRUSTED), imposter), TRUSTED)


def test_a_changed_text_under_the_logs_signature_is_refused() -> None:
    with pytest.raises(note.LogSignatureError):
        note.verify(rewritten(size="71"), TRUSTED)


@pytest.mark.parametrize(
    ("head", "error"),
    [
        (Checkpoint("two words", 1, bytes(32)), note.CheckpointOriginError),
        (Checkpoint("a\n5", 1, bytes(32)), note.CheckpointOriginError),
        (Checkpoint("a", -1, bytes(32)), note.CheckpointSizeError),
        (Checkpoint("a", 10**18, bytes(32)), note.CheckpointSizeError),
        (Checkpoint("a", 1, bytes(31)), note.CheckpointRootError),
    ],
)
def test_a_checkpoint_that_could_not_be_read_is_not_written(head: Checkpoint, error: type[Exception]) -> None:
    with pytest.raises(error):
        head.text()


@pytest.mark.parametrize(
    "text",
    [
        "",
        SPEC_KEY + "\n",
        SPEC_KEY[:-1],
        SPEC_KEY.replace("530d903a", "530D903A"),
        SPEC_KEY.replace("+Ae", "+Be"),
        SPEC_KEY.replace("example.com", "例.com"),
        "example.com/foo+530d903a+AQ==",
    ],
    ids=ascii,
)
def test_a_key_line_has_one_form(text: str) -> None:
    with pytest.raises(note_keys.VerifierKeyFormError):
        VerifierKey.parse(text)


def test_a_key_line_whose_parts_do_not_belong_together_is_refused() -> None:
    with pytest.raises(note_keys.VerifierKeyIdError, match="530d903a"):
        VerifierKey.parse(SPEC_KEY.replace("530d903a", "530d903b"))
