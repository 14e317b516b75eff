"""Cosignatures: what a witness signs when it saw that a log only grew, and at what time.

C2SP tlog-cosignature, `cosignature/v1` with Ed25519. Signed are two lines before the checkpoint's own text:

    cosignature/v1
    time 1679315147
    example.com/behind-the-sofa
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

In the note a cosignature is one more signature line: 8 bytes of time, then 64 bytes of signature.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.errors import LedgerError
from ledger.log.checkpoint import Checkpoint, NoteSignature, SignedNote
from ledger.log.note_keys import COSIGNATURE_V1, key_id, key_line, read_key_line

TIME_BYTES: Final = 8
SIGNATURE_BYTES: Final = 64
MAX_TIME: Final = 2**63 - 1
"""C2SP tlog-cosignature, Format."""
MAX_WITNESSES: Final = 16


@dataclass(eq=False)
class CosignatureFormError(LedgerError):
    """A witness's signature that isn't a time and 64 bytes."""

    sentence: ClassVar[str] = (
        "The cosignature by {name}+{key_id} has {given} bytes or a time beyond 2^63: it is 8 bytes of time "
        "and 64 of signature."
    )
    name: str
    key_id: str
    given: int


@dataclass(eq=False)
class CosignatureError(LedgerError):
    """A signature in a witness's name that its key didn't make."""

    sentence: ClassVar[str] = (
        "The cosignature by {name}+{key_id} is wrong: the checkpoint or its time was changed."
    )
    name: str
    key_id: str


@dataclass(eq=False)
class MissingCosignatureError(LedgerError):
    """A checkpoint that this witness didn't cosign."""

    sentence: ClassVar[str] = "The checkpoint of {size} entries isn't cosigned by witness {name}+{key_id}."
    name: str
    key_id: str
    size: int


@dataclass(eq=False)
class WitnessPolicyError(LedgerError):
    """A rule about witnesses that nothing can fulfil, or that says nothing."""

    sentence: ClassVar[str] = (
        "{need} of {given} witnesses can't be asked for: name 1 to 16 witness keys, each once, and as many "
        "of them at most."
    )
    need: int
    given: int


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """The key by which a witness is trusted: its name and its Ed25519 public key, 32 bytes."""

    name: str
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of SHA-256(name ‖ 0x0A ‖ 0x04 ‖ public key)."""
        return key_id(self.name, COSIGNATURE_V1 + self.public_key)

    def text(self) -> str:
        """Write the key as one line, `name+hex id+base64(0x04 ‖ public key)`."""
        return key_line(self.name, COSIGNATURE_V1 + self.public_key)

    @classmethod
    def parse(cls, text: str) -> WitnessKey:
        """Read a key.

        Raises:
            VerifierKeyFormError: another text, or another kind of key.
            VerifierKeyIdError: the id doesn't belong to name and key.
        """
        return cls(*read_key_line(text, COSIGNATURE_V1))


@dataclass(frozen=True, slots=True)
class WitnessSigner:
    """A witness's own key with its name."""

    name: str
    private_key: Ed25519PrivateKey

    @property
    def key(self) -> WitnessKey:
        """The key by which others check."""
        return WitnessKey(self.name, self.private_key.public_key().public_bytes_raw())


@dataclass(frozen=True, slots=True)
class Cosigned:
    """That a witness cosigned, and when: seconds since 1970-01-01 UTC."""

    key: WitnessKey
    time_s: int


@dataclass(frozen=True, slots=True)
class WitnessPolicy:
    """Whose cosignatures are trusted, and how many of them are needed.

    Raises:
        WitnessPolicyError: no keys, too many, one twice, or more needed than there are.
    """

    keys: tuple[WitnessKey, ...]
    need: int

    def __post_init__(self) -> None:
        count = len({key.public_key for key in self.keys})
        if not 1 <= self.need <= count <= MAX_WITNESSES or count != len(self.keys):
            raise WitnessPolicyError(self.need, len(self.keys))


def signed_message(head: Checkpoint, time_s: int) -> bytes:
    """Return the bytes that a witness signs (C2SP tlog-cosignature, Ed25519 signed message)."""
    return f"cosignature/v1\ntime {time_s}\n{head.text()}".encode()


def cosign(head: Checkpoint, signer: WitnessSigner, time_s: int) -> NoteSignature:
    """Cosign a checkpoint: as of this time it is the largest that the witness saw of the log.

    Raises:
        CosignatureFormError: a time below 0 or beyond 2^63 - 1.
    """
    key = signer.key
    if not 0 <= time_s <= MAX_TIME:
        raise CosignatureFormError(key.name, key.key_id.hex(), TIME_BYTES)
    value = signer.private_key.sign(signed_message(head, time_s))
    return NoteSignature(key.name, key.key_id, time_s.to_bytes(TIME_BYTES) + value)


def cosigned_at(note: SignedNote, key: WitnessKey) -> int:
    """Check that a witness cosigned a checkpoint, and return when, in seconds since 1970-01-01 UTC.

    Raises:
        MissingCosignatureError: it did not.
        CosignatureFormError: its signature has another form.
        CosignatureError: its signature is of something else.
    """
    name, identifier = key.name, key.key_id
    line = next((one for one in note.signatures if (one.name, one.key_id) == (name, identifier)), None)
    if line is None:
        raise MissingCosignatureError(name, identifier.hex(), note.checkpoint.size)
    time_s = int.from_bytes(line.value[:TIME_BYTES])
    if len(line.value) != TIME_BYTES + SIGNATURE_BYTES or time_s > MAX_TIME:
        raise CosignatureFormError(name, identifier.hex(), len(line.value))
    try:
        public = Ed25519PublicKey.from_public_bytes(key.public_key)
        public.verify(line.value[TIME_BYTES:], signed_message(note.checkpoint, time_s))
    except InvalidSignature:
        raise CosignatureError(name, identifier.hex()) from None
    return time_s


def cosigners(note: SignedNote, keys: Iterable[WitnessKey]) -> list[Cosigned]:
    """Return which of the trusted witnesses cosigned a checkpoint, and when; others are not looked at.

    Raises:
        CosignatureFormError, CosignatureError: a signature in a trusted witness's name is not its own.
    """
    found = []
    for key in keys:
        try:
            found.append(Cosigned(key, cosigned_at(note, key)))
        except MissingCosignatureError:
            continue
    return found


def merged(note: SignedNote, lines: Sequence[NoteSignature]) -> SignedNote:
    """Return a note with cosignatures added, each in place of an older one by the same key."""
    kept = {(one.name, one.key_id): one for one in (*note.signatures, *lines)}
    return SignedNote(note.checkpoint, tuple(kept.values()))
