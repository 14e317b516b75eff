"""Checkpoints: the log's signed head, one line of text each for who, how many and which root.

C2SP tlog-checkpoint in a C2SP signed note with Ed25519:

    example.com/ledger
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — example.com/ledger Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+…

A note is accepted in exactly one form. Signatures of others (witnesses) are kept and not judged.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import ClassVar, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.encodings import Base64FormError, base64_bytes, base64_text
from ledger.errors import LedgerError
from ledger.log.note_keys import ED25519, key_id, key_line, read_key_line

MAX_NOTE_BYTES: Final = 256 * 1024
MAX_SIGNATURES: Final = 32
"""At least 16 must be taken (C2SP signed-note, Format)."""

_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
_ORIGIN = re.compile(r"[!-*,-~]{1,255}")  # printable ASCII without space and plus
_NAME = re.compile(r"[^\s+]{1,255}")


@dataclass(eq=False)
class CheckpointFormError(LedgerError):
    """A checkpoint that isn't in its one form."""


@dataclass(eq=False)
class NoteTooLargeError(CheckpointFormError):
    """More bytes or signatures than a note may have."""

    sentence: ClassVar[str] = "The checkpoint has {given} {what}, at most {limit} are taken."
    what: str
    given: int
    limit: int


@dataclass(eq=False)
class NoteTextError(CheckpointFormError):
    """Bytes that a note may not hold."""

    sentence: ClassVar[str] = (
        "The checkpoint holds {found} at {offset}: it is UTF-8 text, each line ended by one newline."
    )
    found: str
    offset: int


@dataclass(eq=False)
class NoteShapeError(CheckpointFormError):
    """Lines that are missing or too many."""

    sentence: ClassVar[str] = "The checkpoint isn't three lines, an empty line and signatures: {reason}."
    reason: str


@dataclass(eq=False)
class CheckpointOriginError(CheckpointFormError):
    """A log's name that isn't in its form."""

    sentence: ClassVar[str] = (
        "The origin {origin!a} must be 1 to 255 printable ASCII characters, without space and plus."
    )
    origin: str


@dataclass(eq=False)
class CheckpointSizeError(CheckpointFormError):
    """A size that isn't in its form."""

    sentence: ClassVar[str] = (
        "The checkpoint's size {text!a} must be digits without sign, space or leading zero."
    )
    text: str


@dataclass(eq=False)
class CheckpointRootError(CheckpointFormError):
    """A root that isn't in its form."""

    sentence: ClassVar[str] = (
        "The checkpoint's root {text!a} must be 32 bytes as base64 (RFC 4648 section 4)."
    )
    text: str


@dataclass(eq=False)
class NoteSignatureFormError(CheckpointFormError):
    """A signature line that isn't in its form."""

    sentence: ClassVar[str] = (
        "The signature line {line!a} must be an em dash, a key name and base64, one space between."
    )
    line: str


@dataclass(eq=False)
class RepeatedNoteSignatureError(CheckpointFormError):
    """Two signatures by one key."""

    sentence: ClassVar[str] = "The checkpoint has two signatures of key {name}+{key_id}: one is enough."
    name: str
    key_id: str


@dataclass(eq=False)
class ForeignCheckpointError(LedgerError):
    """The checkpoint of another log."""

    sentence: ClassVar[str] = "The checkpoint is of log {origin!a}, the trusted key belongs to {trusted!a}."
    origin: str
    trusted: str


@dataclass(eq=False)
class MissingLogSignatureError(LedgerError):
    """A checkpoint without the log's own signature."""

    sentence: ClassVar[str] = "The checkpoint isn't signed by the trusted log key {name}+{key_id}."
    name: str
    key_id: str


@dataclass(eq=False)
class LogSignatureError(LedgerError):
    """A signature in the log's name that its key didn't make."""

    sentence: ClassVar[str] = "The checkpoint's signature by {name}+{key_id} is wrong: its text was changed."
    name: str
    key_id: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log's head.

    Attributes:
        origin: the log's name.
        size: how many entries it has.
        root: the root over them, 32 bytes.
    """

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Write the three lines that are signed.

        Raises:
            CheckpointOriginError: a name that isn't in its form.
            CheckpointSizeError: a size below 0 or beyond 18 digits.
            CheckpointRootError: a root that isn't 32 bytes.
        """
        lines = [self.origin, str(self.size), base64_text(self.root)]
        _parse_text(lines)
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: the key's name, its id of 4 bytes, and what it signed with."""

    name: str
    key_id: bytes
    value: bytes

    def line(self) -> str:
        """Write the line."""
        return f"— {self.name} {base64_text(self.key_id + self.value)}\n"


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A checkpoint with all its signature lines, in their order."""

    checkpoint: Checkpoint
    signatures: tuple[NoteSignature, ...]

    def text(self) -> str:
        """Write the note; reading gave exactly this text."""
        return self.checkpoint.text() + "\n" + "".join(signature.line() for signature in self.signatures)


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The key by which a log is trusted: its name and its Ed25519 public key, 32 bytes."""

    name: str
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)."""
        return key_id(self.name, ED25519 + self.public_key)

    def text(self) -> str:
        """Write the key as one line, `name+hex id+base64(0x01 ‖ public key)`."""
        return key_line(self.name, ED25519 + self.public_key)

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read a key.

        Raises:
            VerifierKeyFormError: another text, or another kind of key.
            VerifierKeyIdError: the id doesn't belong to name and key.
        """
        return cls(*read_key_line(text, ED25519))


@dataclass(frozen=True, slots=True)
class NoteSigner:
    """The log's own key with its name."""

    name: str
    private_key: Ed25519PrivateKey

    @property
    def verifier(self) -> VerifierKey:
        """The key by which others check."""
        return VerifierKey(self.name, self.private_key.public_key().public_bytes_raw())


def sign(checkpoint: Checkpoint, signer: NoteSigner) -> str:
    """Sign a checkpoint and write it as a note.

    Raises:
        CheckpointOriginError: a name that isn't in its form.
        CheckpointSizeError: a size below 0 or beyond 18 digits.
        CheckpointRootError: a root that isn't 32 bytes.
        ForeignCheckpointError: the key belongs to another log.
    """
    if checkpoint.origin != signer.name:
        raise ForeignCheckpointError(checkpoint.origin, signer.name)
    value = signer.private_key.sign(checkpoint.text().encode())
    return SignedNote(checkpoint, (NoteSignature(signer.name, signer.verifier.key_id, value),)).text()


def parse(note: str | bytes) -> SignedNote:
    """Read a checkpoint note; nothing is trusted yet.

    Raises:
        NoteTooLargeError: over 256 KiB or 32 signatures.
        NoteTextError: no UTF-8, or a control character such as a carriage return.
        NoteShapeError: lines missing or too many.
        CheckpointOriginError: the first line.
        CheckpointSizeError: the second line.
        CheckpointRootError: the third line.
        NoteSignatureFormError: a signature line.
        RepeatedNoteSignatureError: two signatures by one key.
    """
    text = _note_text(note)
    if not text.endswith("\n"):
        raise NoteShapeError(reason="the last line doesn't end")
    body, gap, tail = text.rpartition("\n\n")
    if not gap or not tail:
        raise NoteShapeError(reason="there is no empty line before signatures")
    lines = body.split("\n")
    if len(lines) != 3:
        raise NoteShapeError(reason=f"the text has {len(lines)} lines")
    rows = tail.removesuffix("\n").split("\n")
    if len(rows) > MAX_SIGNATURES:
        raise NoteTooLargeError("signatures", len(rows), MAX_SIGNATURES)
    signatures: dict[tuple[str, bytes], NoteSignature] = {}
    checkpoint = _parse_text(lines)
    for row in rows:
        signature = _parse_signature(row)
        if (signature.name, signature.key_id) in signatures:
            raise RepeatedNoteSignatureError(signature.name, signature.key_id.hex())
        signatures[signature.name, signature.key_id] = signature
    return SignedNote(checkpoint, tuple(signatures.values()))


def verify(note: str | bytes, trusted: VerifierKey) -> Checkpoint:
    """Check that the trusted log signed a checkpoint, and give it back.

    1. form; 2. the log's name; 3. the log's signature is there; 4. it is over this text.

    Raises:
        CheckpointFormError: step 1, any class that `parse` names.
        ForeignCheckpointError: step 2.
        MissingLogSignatureError: step 3.
        LogSignatureError: step 4.
    """
    signed = parse(note)
    if signed.checkpoint.origin != trusted.name:
        raise ForeignCheckpointError(signed.checkpoint.origin, trusted.name)
    key_id = trusted.key_id
    for signature in signed.signatures:
        if (signature.name, signature.key_id) == (trusted.name, key_id):
            break
    else:
        raise MissingLogSignatureError(trusted.name, key_id.hex())
    try:
        key = Ed25519PublicKey.from_public_bytes(trusted.public_key)
        key.verify(signature.value, signed.checkpoint.text().encode())
    except InvalidSignature:
        raise LogSignatureError(trusted.name, key_id.hex()) from None
    return signed.checkpoint


def _note_text(note: str | bytes) -> str:
    raw = note.encode(errors="surrogatepass") if isinstance(note, str) else note
    if len(raw) > MAX_NOTE_BYTES:
        raise NoteTooLargeError("bytes", len(raw), MAX_NOTE_BYTES)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise NoteTextError(found="bytes that are no UTF-8", offset=error.start) from None
    for offset, character in enumerate(text):
        if character < " " and character != "\n":
            raise NoteTextError(found=f"the control character U+{ord(character):04X}", offset=offset)
    return text


def _parse_text(lines: list[str]) -> Checkpoint:
    origin, size, root = lines
    if not _ORIGIN.fullmatch(origin):
        raise CheckpointOriginError(origin[:300])
    if not _SIZE.fullmatch(size):
        raise CheckpointSizeError(size[:80])
    try:
        return Checkpoint(origin, int(size), base64_bytes(root, 32, "root"))
    except Base64FormError:
        raise CheckpointRootError(root[:80]) from None


def _parse_signature(line: str) -> NoteSignature:
    dash, name, encoded = line.split(" ") if line.count(" ") == 2 else ("", "", "")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if dash != "—" or not _NAME.fullmatch(name) or len(raw) <= 4 or base64_text(raw) != encoded:
        raise NoteSignatureFormError(line[:200])
    return NoteSignature(name, raw[:4], raw[4:])
