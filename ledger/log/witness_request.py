"""What a log sends to a witness: what it saw last, a proof of what came since, and the new checkpoint.

C2SP tlog-witness, add-checkpoint:

    old 20852014
    PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
    …

    example.com/behind-the-sofa
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq…

There is one form. The answer is signature lines, or the size that the witness saw last.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Final

from ledger.encodings import Base64FormError, base64_bytes, base64_text
from ledger.errors import LedgerError
from ledger.log import checkpoint
from ledger.log.checkpoint import NoteSignature, SignedNote
from ledger.log.merkle import HASH_BYTES

ADD_CHECKPOINT: Final = "add-checkpoint"
SIZE_TYPE: Final = "text/x.tlog.size"
MAX_PROOF_LINES: Final = 63
"""C2SP tlog-witness, add-checkpoint."""
MAX_REQUEST_BYTES: Final = 64 * 1024
MAX_ANSWER_BYTES: Final = 64 * 1024
_OLD: Final = re.compile(r"old (0|[1-9][0-9]{0,17})")
_SIZE: Final = re.compile(r"(0|[1-9][0-9]{0,17})\n")


@dataclass(eq=False)
class WitnessRequestFormError(LedgerError):
    """A request to a witness that isn't in its one form."""

    sentence: ClassVar[str] = "The request to the witness isn't in its form: {reason}."
    reason: str


@dataclass(eq=False)
class WitnessAnswerFormError(LedgerError):
    """A witness's answer that isn't in its one form."""

    sentence: ClassVar[str] = "The witness's answer isn't in its form: {reason}."
    reason: str


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A checkpoint for a witness.

    Attributes:
        old: entries of the checkpoint that the witness saw last, 0 if none.
        proof: the consistency proof from there, hashes of 32 bytes.
        note: the new checkpoint with its signatures.
    """

    old: int
    proof: tuple[bytes, ...]
    note: SignedNote

    def text(self) -> str:
        """Write the request; reading gave exactly this text."""
        return "\n".join([f"old {self.old}", *map(base64_text, self.proof), "", self.note.text()])


def parse(raw: bytes) -> AddCheckpoint:
    """Read a request; nothing is proved yet.

    Raises:
        WitnessRequestFormError: another form, too long, or more than 63 hashes.
        CheckpointFormError: the checkpoint in it, any class that `checkpoint.parse` names.
    """
    if len(raw) > MAX_REQUEST_BYTES:
        raise WitnessRequestFormError(f"it has {len(raw)} bytes, at most {MAX_REQUEST_BYTES} are taken")
    head, gap, note = raw.partition(b"\n\n")
    if not gap:
        raise WitnessRequestFormError("there is no empty line before a checkpoint")
    first, *lines = head.decode("ascii", errors="replace").split("\n")
    found = _OLD.fullmatch(first)
    if not found:
        raise WitnessRequestFormError("its first line is not `old` with digits")
    if len(lines) > MAX_PROOF_LINES:
        raise WitnessRequestFormError(f"it has {len(lines)} hashes, at most {MAX_PROOF_LINES} are taken")
    try:
        proof = tuple(base64_bytes(line, HASH_BYTES, "hash") for line in lines)
    except Base64FormError as error:
        raise WitnessRequestFormError(f"{error.text!a} is no hash in base64") from None
    return AddCheckpoint(int(found[1]), proof, checkpoint.parse(note))


def parse_cosignatures(raw: bytes, note: SignedNote) -> list[NoteSignature]:
    """Read a witness's signature lines for a checkpoint; none of them is checked yet.

    Raises:
        WitnessAnswerFormError: no lines, or other ones.
    """
    if not raw or len(raw) > MAX_ANSWER_BYTES:
        raise WitnessAnswerFormError(f"it has {len(raw)} bytes, 1 to {MAX_ANSWER_BYTES} are taken")
    try:
        return list(checkpoint.parse(note.checkpoint.text().encode() + b"\n" + raw).signatures)
    except checkpoint.CheckpointFormError as error:
        raise WitnessAnswerFormError(str(error).rstrip(".")) from None


def parse_size(raw: bytes) -> int:
    """Read the size that a witness saw last.

    Raises:
        WitnessAnswerFormError: no digits and one newline.
    """
    found = _SIZE.fullmatch(raw[:32].decode("ascii", errors="replace"))
    if not found:
        raise WitnessAnswerFormError(f"{raw[:32]!r} is no size")
    return int(found[1])
