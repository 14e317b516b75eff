"""What may follow a checkpoint on the chain: the contract's rules, said before anything is sent."""

from __future__ import annotations

from typing import Final

from ledger.chain.errors import (
    CheckpointConflictError,
    CheckpointNotNewerError,
    CheckpointRootLengthError,
    CheckpointTooFarAheadError,
    EmptyCheckpointError,
)

ROOT_LENGTH: Final = 32
MAXIMUM_GROWTH: Final = 2**32


def check_form(size: int, root: bytes) -> None:
    """Check that size and root can be a checkpoint's at all.

    Raises:
        CheckpointRootLengthError: The root isn't a SHA-256 hash.
        EmptyCheckpointError: No statements, or a root of zeros.
    """
    if len(root) != ROOT_LENGTH:
        raise CheckpointRootLengthError(len(root))
    if size <= 0 or not any(root):
        raise EmptyCheckpointError(size, root.hex())


def check_next(newest_size: int, newest_root: bytes, size: int, root: bytes) -> bool:
    """Return whether a checkpoint is a new one; False if it is the newest already.

    `newest_size` 0 means that nothing was anchored yet; a root has 32 bytes.

    Raises:
        CheckpointRootLengthError: The root isn't a SHA-256 hash.
        EmptyCheckpointError: No statements, or a root of zeros.
        CheckpointConflictError: As many statements as the newest, but another root.
        CheckpointNotNewerError: Fewer statements than the newest.
        CheckpointTooFarAheadError: More than 2^32 statements more.
    """
    check_form(size, root)
    if size == newest_size:
        if root != newest_root:
            raise CheckpointConflictError(size, newest_root.hex(), root.hex())
        return False
    if size < newest_size:
        raise CheckpointNotNewerError(newest_size, size)
    if size - newest_size > MAXIMUM_GROWTH:
        raise CheckpointTooFarAheadError(newest_size, size, MAXIMUM_GROWTH)
    return True
