"""A `tlog-proof` file: that one entry is in the log, in a text that anybody's program can check.

C2SP tlog-proof:

    c2sp.org/tlog-proof@v1
    index 73894
    gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
    …

    example.com/fancylog
    109482
    sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=

    — example.com/fancylog hI2DJw…

The lines after `index` are the inclusion proof from the leaf upwards, then comes the checkpoint as it was
published. There is one form; a line of `extra` material is read and never trusted.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import ClassVar, Final

from ledger.encodings import Base64FormError, base64_bytes, base64_text
from ledger.errors import LedgerError
from ledger.log import checkpoint, merkle
from ledger.log.checkpoint import Checkpoint, SignedNote, VerifierKey
from ledger.log.merkle import HASH_BYTES

HEADER: Final = "c2sp.org/tlog-proof@v1"
SUFFIX: Final = ".tlog-proof"
MAX_PROOF_BYTES: Final = 512 * 1024
MAX_HASHES: Final = 63
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,17})")


@dataclass(eq=False)
class ProofFileFormError(LedgerError):
    """A tlog-proof file that isn't in its one form."""

    sentence: ClassVar[str] = "The tlog-proof file isn't in its form: {reason}. Take it from the log again."
    reason: str


@dataclass(frozen=True, slots=True)
class TlogProof:
    """That an entry is in the log.

    Attributes:
        index: its position, from 0.
        proof: the inclusion proof, hashes of 32 bytes from the leaf's neighbour upwards.
        note: the checkpoint that the proof leads to.
        extra: what the log added beside it; nobody signed it.
    """

    index: int
    proof: tuple[bytes, ...]
    note: SignedNote
    extra: bytes | None = None

    def text(self) -> str:
        """Write the file; reading gave exactly this text."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {base64_text(self.extra)}")
        lines += [f"index {self.index}", *map(base64_text, self.proof), "", self.note.text()]
        return "\n".join(lines)


def parse(raw: str | bytes) -> TlogProof:
    """Read a tlog-proof file; nothing is proved yet.

    Raises:
        ProofFileFormError: another form, too long, or more than 63 hashes.
        CheckpointFormError: the checkpoint in it, any class that `checkpoint.parse` names.
    """
    encoded = raw.encode(errors="surrogatepass") if isinstance(raw, str) else raw
    if len(encoded) > MAX_PROOF_BYTES:
        raise ProofFileFormError(f"it has {len(encoded)} bytes, at most {MAX_PROOF_BYTES} are taken")
    head, gap, note = encoded.partition(b"\n\n")
    if not gap:
        raise ProofFileFormError("there is no empty line before a checkpoint")
    try:
        first, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise ProofFileFormError("there are other than ASCII characters before the checkpoint") from None
    if first != HEADER:
        raise ProofFileFormError(f"its first line is not {HEADER}")
    extra = _extra(lines.pop(0)) if lines and lines[0].startswith("extra ") else None
    found = _INDEX.fullmatch(lines.pop(0)) if lines else None
    if not found:
        raise ProofFileFormError("there is no line `index` with digits")
    if len(lines) > MAX_HASHES:
        raise ProofFileFormError(f"it has {len(lines)} hashes, at most {MAX_HASHES} are taken")
    try:
        proof = tuple(base64_bytes(line, HASH_BYTES, "hash") for line in lines)
    except Base64FormError as error:
        raise ProofFileFormError(f"{error.text!a} is no hash in base64") from None
    return TlogProof(int(found[1]), proof, checkpoint.parse(note), extra)


def verify(proof: TlogProof, entry: bytes, trusted: VerifierKey) -> Checkpoint:
    """Check that an entry is in the log that a key is trusted for, and return the checkpoint that says so.

    1. the log's key signed the checkpoint; 2. the proof leads from the entry to the checkpoint's root.

    Raises:
        ForeignCheckpointError, MissingLogSignatureError, LogSignatureError: step 1.
        LeafIndexError, ProofLengthError, InclusionProofError: step 2.
    """
    head = checkpoint.verify(proof.note.text(), trusted)
    leaf = merkle.leaf_hash(entry)
    merkle.check_inclusion(leaf, proof.index, head.size, proof.proof, head.root)
    return head


def _extra(line: str) -> bytes:
    encoded = line.removeprefix("extra ")
    try:
        extra = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        extra = b""
    if base64_text(extra) != encoded:
        raise ProofFileFormError("the extra line is no base64")
    return extra
