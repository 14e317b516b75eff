"""The tlog-proof files of a bundle's statements: made from its bytes, the same that the log serves.

A bundle holds each statement's position, its inclusion proof and the checkpoint, and that is all that a
tlog-proof file says: so the files are derived and not carried a second time.
"""

from __future__ import annotations

from ledger import canonical
from ledger.bundle import Bundle
from ledger.log import checkpoint
from ledger.log.proof_file import TlogProof


def of_bundle(bundle: Bundle) -> dict[str, str]:
    """Return the tlog-proof file of every statement by its digest, in log order.

    Raises:
        CheckpointFormError: the bundle's checkpoint, any class that `checkpoint.parse` names.
    """
    note = checkpoint.parse(bundle.note())
    return {
        canonical.digest(one.entry.envelope.model_dump()): TlogProof(
            one.position, tuple(map(bytes.fromhex, one.proof)), note
        ).text()
        for one in bundle.statements
    }
