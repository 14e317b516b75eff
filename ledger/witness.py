"""A witness: it watches other companies' logs and signs only that they grew, never that they changed.

For each log it keeps the newest checkpoint that it cosigned. A new one is cosigned only with a proof that it
continues the kept one, and is on disk before the answer leaves (C2SP tlog-witness, add-checkpoint).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, Protocol, TypeAlias

from ledger.errors import LedgerError
from ledger.interfaces import Clock
from ledger.log import checkpoint, cosignature, merkle
from ledger.log.checkpoint import Checkpoint, SignedNote, VerifierKey
from ledger.log.cosignature import WitnessSigner
from ledger.log.witness_request import AddCheckpoint, parse

MAX_EVIDENCE: Final = 100
"""Of one log; the first of a kind say all that later ones could."""
Doubt: TypeAlias = Literal["two-faces", "unproved"]


@dataclass(eq=False)
class UnknownWitnessedLogError(LedgerError):
    """The witness doesn't watch this log."""

    origin: str
    sentence: ClassVar[str] = (
        "This witness doesn't watch log {origin!a}: its operator adds it with `passport witness watch KEY`."
    )


@dataclass(eq=False)
class UntrustedCheckpointError(LedgerError):
    """A checkpoint that the watched log's key didn't sign."""

    origin: str
    sentence: ClassVar[str] = "The checkpoint isn't signed by the key that log {origin!a} is watched by."


@dataclass(eq=False)
class WitnessOldSizeError(LedgerError):
    """A request to go back: the old size is beyond the new one."""

    old: int
    size: int
    sentence: ClassVar[str] = "The old size {old} is beyond the checkpoint's size {size}: a log only grows."


@dataclass(eq=False)
class StaleWitnessRequestError(LedgerError):
    """The log doesn't know what the witness saw last."""

    origin: str
    old: int
    size: int
    sentence: ClassVar[str] = (
        "The witness saw {size} entries of log {origin!a} last, not {old}: prove from there."
    )


@dataclass(eq=False)
class TwoFacesError(StaleWitnessRequestError):
    """The log signed two checkpoints of one size with different roots."""

    held: str
    given: str
    sentence: ClassVar[str] = (
        "Log {origin!a} signed two histories of {size} entries, with roots {held} and {given}: both notes "
        "are kept as evidence."
    )


@dataclass(eq=False)
class WitnessProofError(LedgerError):
    """A checkpoint that isn't proved to continue what the witness saw."""

    origin: str
    old: int
    size: int
    reason: str
    sentence: ClassVar[str] = (
        "Log {origin!a} isn't proved to have grown from {old} to {size} entries: {reason}"
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest checkpoint that the witness cosigned, with both signatures, and when, in seconds."""

    size: int
    root: bytes
    note: str
    time_s: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Notes that a log signed and that don't fit together.

    `two-faces` proves that the log lied, by its own signatures; `unproved` says only that nobody has shown
    yet how the given note continues the held one.
    """

    origin: str
    doubt: Doubt
    size: int
    held: str
    given: str
    time_s: int


class WitnessBook(Protocol):
    """What a witness keeps, open to one request at a time."""

    def newest(self, origin: str) -> Seen | None:
        """Return the newest checkpoint cosigned of a log."""
        ...

    def keep(self, origin: str, seen: Seen) -> None:
        """Keep a newer checkpoint in its place, and drop the doubts that it settles."""
        ...

    def keep_evidence(self, evidence: Evidence) -> None:
        """Keep notes that don't fit together; the same ones again, or too many, change nothing."""
        ...


class WitnessStore(Protocol):
    """Where a witness keeps what it saw."""

    def watched(self, origin: str) -> tuple[VerifierKey, ...]:
        """Return the keys of a log that is watched; none if it isn't."""
        ...

    def exclusive(self) -> AbstractContextManager[WitnessBook]:
        """Open the book alone; what was kept is on disk at the end, or nothing is after an error."""
        ...


class Witness:
    """Cosigns checkpoints of the logs that it watches.

    Args:
        signer: the witness's key under its name.
        store: what it saw.
        clock: the time of its cosignatures.
    """

    def __init__(self, signer: WitnessSigner, store: WitnessStore, clock: Clock) -> None:
        self.signer, self.store, self._clock = signer, store, clock

    def add_checkpoint(self, raw: bytes) -> str:
        """Cosign a log's new checkpoint, and return the signature line.

        1. form; 2. the log is watched; 3. its key signed; 4. the old size isn't beyond the new; 5. no other
        history of this size was cosigned; 6. the old size is that of the newest cosigned; 7. the proof joins
        both; then the checkpoint is kept, and only after that the cosignature leaves.

        Raises:
            WitnessRequestFormError, CheckpointFormError: step 1.
            UnknownWitnessedLogError: step 2.
            UntrustedCheckpointError: step 3.
            WitnessOldSizeError: step 4.
            TwoFacesError: step 5.
            StaleWitnessRequestError: step 6; `size` is what to prove from.
            WitnessProofError: step 7.
        """
        request = parse(raw)
        note = self._signed(request.note)
        head = note.checkpoint
        if request.old > head.size:
            raise WitnessOldSizeError(request.old, head.size)
        now_s = int(self._clock.now().timestamp())
        evidence: Evidence | None = None
        refusal: LedgerError
        with self.store.exclusive() as book:
            seen = book.newest(head.origin)
            try:
                self._check(request, head, seen)
            except (TwoFacesError, WitnessProofError) as error:
                doubt: Doubt = "two-faces" if isinstance(error, TwoFacesError) else "unproved"
                held = "" if seen is None else seen.note
                evidence = Evidence(head.origin, doubt, head.size, held, note.text(), now_s)
                book.keep_evidence(evidence)
                refusal = error
            else:
                time_s = max(now_s, 0 if seen is None else seen.time_s)
                line = cosignature.cosign(head, self.signer, time_s)
                cosigned = cosignature.merged(note, [line]).text()
                book.keep(head.origin, Seen(head.size, head.root, cosigned, time_s))
        if evidence is not None:
            raise refusal
        return line.line()

    def _signed(self, note: SignedNote) -> SignedNote:
        """Return a note without lines of others, if a key signed it by which its log is watched."""
        origin = note.checkpoint.origin
        keys = self.store.watched(origin)
        if not keys:
            raise UnknownWitnessedLogError(origin)
        signed = []
        for key in keys:
            try:
                checkpoint.verify(note.text(), key)
            except (checkpoint.MissingLogSignatureError, checkpoint.LogSignatureError):
                continue
            signed += [one for one in note.signatures if (one.name, one.key_id) == (key.name, key.key_id)]
        if not signed:
            raise UntrustedCheckpointError(origin)
        return SignedNote(note.checkpoint, tuple(signed))

    @staticmethod
    def _check(request: AddCheckpoint, head: Checkpoint, seen: Seen | None) -> None:
        size, root = (0, merkle.EMPTY_ROOT) if seen is None else (seen.size, seen.root)
        if seen is not None and head.size == size and head.root != root:
            raise TwoFacesError(head.origin, request.old, size, root.hex(), head.root.hex())
        if request.old != size:
            raise StaleWitnessRequestError(head.origin, request.old, size)
        try:
            if head.size == 0 and head.root != merkle.EMPTY_ROOT:
                raise merkle.ConsistencyProofError(0, 0, "new", merkle.EMPTY_ROOT.hex(), head.root.hex())
            merkle.check_consistency(size, head.size, request.proof, root, head.root)
        except merkle.MerkleProofError as error:
            raise WitnessProofError(head.origin, size, head.size, str(error)) from None
