"""The log's side of witnessing: after a checkpoint, the configured witnesses are asked to cosign it.

Each witness is asked from a thread of its own, with time and size limits, so that none delays a post or
another witness. What comes back is checked and merged into the published checkpoint. A witness that saw more
than the log has, or something else, is an alarm: the log was restored from an old copy, or forked.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import httpx2

from ledger.errors import LedgerError
from ledger.interfaces import SignedCheckpoint
from ledger.log import checkpoint, cosignature, tiles
from ledger.log.checkpoint import NoteSignature, SignedNote
from ledger.log.cosignature import WitnessKey
from ledger.log.witness_request import (
    ADD_CHECKPOINT,
    MAX_ANSWER_BYTES,
    AddCheckpoint,
    WitnessAnswerFormError,
    parse_cosignatures,
    parse_size,
)
from ledger.services import Ledger, tile_reader

LOG: Final = logging.getLogger("passport.witnessing")
TICK_S: Final = 0.2
EVERY_S: Final = 1.0
"""A witness is asked once in this time at most."""
TIMEOUT_S: Final = 5.0
WHOLE_ANSWER_S: Final = 15.0
MAX_WAIT_S: Final = 60.0
MAX_TRIES: Final = 3


@dataclass(eq=False)
class WitnessUnreachableError(LedgerError):
    """A witness does not answer, or not in time."""

    witness: str
    reason: str
    sentence: ClassVar[str] = "Witness {witness} does not answer ({reason}). It will be asked again."


@dataclass(eq=False)
class WitnessRefusedError(LedgerError):
    """A witness refuses to cosign."""

    witness: str
    status: int
    answer: str
    sentence: ClassVar[str] = "Witness {witness} refuses with {status}: {answer}"


@dataclass(eq=False)
class WitnessAheadError(LedgerError):
    """A witness saw more of this log than there is: it was restored from an old copy, or another runs."""

    witness: str
    seen: int
    size: int
    sentence: ClassVar[str] = (
        "Witness {witness} cosigned {seen} entries of this log, but it has {size}: it was restored from an "
        "old copy, or a second one runs under its key. Stop it and find the missing entries."
    )


@dataclass(eq=False)
class WitnessDisagreesError(LedgerError):
    """A witness saw another history of this log of the same size."""

    witness: str
    size: int
    sentence: ClassVar[str] = (
        "Witness {witness} cosigned another history of {size} entries of this log. Stop it: somebody signed "
        "twice with its key."
    )


@dataclass(frozen=True, slots=True)
class WitnessSite:
    """A witness that is asked: its key and its address."""

    key: WitnessKey
    url: str


@dataclass(frozen=True, slots=True)
class WitnessState:
    """How it goes with a witness: entries of the newest checkpoint that it cosigned, and what went wrong."""

    site: WitnessSite
    size: int
    problem: str


class Asking:
    """Asks one witness.

    Args:
        ledger: whose checkpoints.
        site: the witness.
        transport: another transport, for tests.
    """

    def __init__(
        self, ledger: Ledger, site: WitnessSite, transport: httpx2.BaseTransport | None = None
    ) -> None:
        self.site, self._ledger = site, ledger
        self._http = httpx2.Client(timeout=TIMEOUT_S, transport=transport, trust_env=False)
        self._seen, self._cosigned, self._problem = 0, 0, ""
        self._failures, self._next_at = 0, 0.0

    def state(self) -> WitnessState:
        """Return how it goes."""
        return WitnessState(self.site, self._cosigned, self._problem)

    def due(self) -> bool:
        """Say whether there is a newer checkpoint than the witness cosigned, and time to ask."""
        if time.monotonic() < self._next_at:
            return False
        with self._ledger.store.read() as view:
            newest = view.checkpoint()
        return newest is not None and newest.size > self._cosigned

    def now(self) -> None:
        """Ask for a cosignature of the newest checkpoint and publish it.

        Raises:
            LedgerError: the witness is away, refuses, or saw another history.
        """
        self._next_at = time.monotonic() + EVERY_S
        try:
            with self._ledger.store.read() as view:
                newest = view.checkpoint()
            if newest is not None:
                self._publish(newest, self._cosignature(checkpoint.parse(newest.note)))
                self._cosigned = newest.size
        except Exception as error:
            self._failures += 1
            self._next_at = time.monotonic() + min(EVERY_S * 2.0 ** min(self._failures, 10), MAX_WAIT_S)
            self._problem = (
                str(error) if isinstance(error, LedgerError) else f"{type(error).__name__}: {error}"
            )
            raise
        self._failures, self._problem = 0, ""

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _cosignature(self, note: SignedNote) -> NoteSignature:
        """Ask from the size that the witness saw last; it says so when that isn't known here."""
        name, size = self.site.key.name, note.checkpoint.size
        for _ in range(MAX_TRIES):
            if self._seen > size:
                raise WitnessAheadError(name, self._seen, size)
            with self._ledger.store.read() as view:
                proof = tiles.consistency_proof(tile_reader(view), self._seen, size)
            status, raw = self._asked(AddCheckpoint(self._seen, tuple(proof), note))
            if status == httpx2.codes.OK:
                self._seen = size
                return self._checked(raw, note)
            if status == httpx2.codes.UNPROCESSABLE_CONTENT and self._seen:
                # Our proof starts from what the witness itself saw: where that fails, it saw something else.
                raise WitnessDisagreesError(name, self._seen)
            if status != httpx2.codes.CONFLICT:
                raise WitnessRefusedError(name, status, raw[:200].decode(errors="replace"))
            told = parse_size(raw)
            if told == self._seen == size:
                raise WitnessDisagreesError(name, size)
            self._seen = told
        raise WitnessRefusedError(name, httpx2.codes.CONFLICT, f"it says that it saw {self._seen} entries")

    def _asked(self, request: AddCheckpoint) -> tuple[int, bytes]:
        """Send a request, and read no more than an answer can have, for no longer than it may take."""
        url, name = f"{self.site.url}/{ADD_CHECKPOINT}", self.site.key.name
        deadline, raw = time.monotonic() + WHOLE_ANSWER_S, b""
        try:
            with self._http.stream("POST", url, content=request.text().encode()) as answer:
                for chunk in answer.iter_bytes():
                    raw += chunk
                    if len(raw) > MAX_ANSWER_BYTES:
                        raise WitnessAnswerFormError(f"it is longer than {MAX_ANSWER_BYTES} bytes")
                    if time.monotonic() > deadline:
                        raise WitnessUnreachableError(name, f"no whole answer in {WHOLE_ANSWER_S:.0f} s")
                return answer.status_code, raw
        except httpx2.HTTPError as error:
            raise WitnessUnreachableError(name, type(error).__name__) from error

    def _checked(self, raw: bytes, note: SignedNote) -> NoteSignature:
        """Return the witness's own line, if it is over this checkpoint; lines of unknown keys are ignored."""
        key = self.site.key
        lines = parse_cosignatures(raw, note)
        own = [line for line in lines if (line.name, line.key_id) == (key.name, key.key_id)]
        cosignature.cosigned_at(SignedNote(note.checkpoint, tuple(own)), key)
        return own[0]

    def _publish(self, asked: SignedCheckpoint, line: NoteSignature) -> None:
        """Add a cosignature to the checkpoint as it is published now."""
        with self._ledger.store.write() as writer:
            kept = writer.checkpoint(asked.size) or asked
            note = cosignature.merged(checkpoint.parse(kept.note), [line]).text()
            writer.keep_checkpoint(SignedCheckpoint(kept.size, kept.root, note, kept.at))


class Witnessing:
    """Asks all configured witnesses, each from a thread of its own, from `start` to `close`."""

    def __init__(
        self, ledger: Ledger, sites: Sequence[WitnessSite], transport: httpx2.BaseTransport | None = None
    ) -> None:
        self._asking = [Asking(ledger, site, transport) for site in sites]
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to ask."""
        if not self._threads:
            self._threads = [
                threading.Thread(target=self._run, args=(one,), name="witnessing", daemon=True)
                for one in self._asking
            ]
            for thread in self._threads:
                thread.start()

    def close(self) -> None:
        """Stop, waiting for answers under way."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=WHOLE_ANSWER_S)
        self._threads = []
        for one in self._asking:
            one.close()

    def now(self) -> None:
        """Ask every witness once, now.

        Raises:
            LedgerError: as `Asking.now`.
        """
        for one in self._asking:
            one.now()

    def state(self) -> list[WitnessState]:
        """Return how it goes with each witness."""
        return [one.state() for one in self._asking]

    def _run(self, one: Asking) -> None:
        while not self._stop.wait(TICK_S):
            try:
                if one.due():
                    one.now()
            except LedgerError as error:
                LOG.warning("not cosigned, will ask again: %s", error)
            except Exception:  # a full disk or a mistake must not end the task
                LOG.exception("not cosigned, will ask again")
