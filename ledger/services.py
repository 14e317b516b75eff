"""What the ledger does for its users: open a log, take statements in, publish, anchor.

Statements are checked one by one (form, signature) before they come here; here they meet the books.
A batch is all or nothing: statements, postings, tree and checkpoint are written in one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final, TypedDict

from ledger import signing
from ledger.books import Moment, book
from ledger.bundle import lines_of
from ledger.errors import LedgerError
from ledger.inbox import (
    Inbox,
    Resumed,
    SetAside,
    WaitingUnreadableError,
    packed,
    reaches_far,
    unpacked,
)
from ledger.interfaces import (
    Anchor,
    AnchorChain,
    Clock,
    FactorSource,
    LedgerStore,
    LedgerView,
    LedgerWriter,
    Logged,
    SignedCheckpoint,
)
from ledger.line_factors import LineCheck
from ledger.log import checkpoint, merkle, tiles
from ledger.log.checkpoint import Checkpoint, NoteSigner
from ledger.logistics.trips import check_trip
from ledger.signed import Statement, entry_bytes, utc_text
from ledger.state.advancing import advance, begin
from ledger.state.body import StateBody
from ledger.state.stating import StatePostedError, state_entry
from ledger.state_interfaces import StateHead
from ledger.terms import terms_of

CHECKPOINT_WITHIN: Final = timedelta(seconds=1)
"""An acknowledgement's promise; a checkpoint is written in the same transaction."""


@dataclass(eq=False)
class StatementIdTakenError(LedgerError):
    """The issuer used this id for another statement."""

    issuer: str
    id: str
    digest: str
    sentence: ClassVar[str] = "{issuer} used id {id} for statement {digest} already. Make a fresh id."


@dataclass(eq=False)
class NoLogError(LedgerError):
    """The store holds no log yet."""

    sentence: ClassVar[str] = "There is no log here yet. Start the ledger once to open one."


@dataclass(eq=False)
class LogExistsError(LedgerError):
    """The store holds a log already."""

    log: str
    sentence: ClassVar[str] = "This store holds log {log} already. Use an empty one for a new log."


@dataclass(eq=False)
class LogKeyMismatchError(LedgerError):
    """The log's key at hand is not the one that the log was opened with."""

    given: str
    opened: str
    sentence: ClassVar[str] = "The log was opened with key {opened}, but key {given} is at hand. Use its own."


@dataclass(eq=False)
class BatchError(LedgerError):
    """One statement of a batch was refused, so none of it was taken."""

    index: int
    cause: LedgerError
    sentence: ClassVar[str] = "Statement {index} of the batch: {cause} Nothing of the batch was taken."


class Acknowledgement(TypedDict):
    """The log's signed answer to a statement: its position, and when it is under a checkpoint."""

    log: str
    digest: str
    leaf_hash: str
    position: int
    at: str
    checkpoint_by: str
    signature: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An acknowledgement, and whether the statement was new."""

    acknowledgement: Acknowledgement
    new: bool


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC)


class Ledger:
    """One log with its books: takes statements in and publishes checkpoints.

    Args:
        store: where it lives; it must hold an opened log.
        signer: the log's Ed25519 key under its origin.
        clock: the operator's clock.
        factors: where the factors are that lines may name. With it no line is logged that its verification
            would refuse; without it lines are taken as they are (books without a library).
        inbox: where corrections and answers wait until they are booked; what waits there is booked by
            `resume`.

    Raises:
        NoLogError: the store is empty.
        LogKeyMismatchError: the signer is not the log's.
    """

    def __init__(
        self,
        store: LedgerStore,
        signer: NoteSigner,
        clock: Clock | None = None,
        factors: FactorSource | None = None,
        inbox: Inbox | None = None,
    ) -> None:
        self._inbox = inbox
        self.store = store
        self.signer = signer
        self.clock = clock or SystemClock()
        with store.read() as view:
            if view.size() == 0:
                raise NoLogError
            self.terms = view.terms()
        here = signer.verifier.public_key.hex()
        if here != self.terms.ed25519:
            raise LogKeyMismatchError(here, self.terms.ed25519)
        self._lines = (
            LineCheck(self.terms.gwp, factors.by_digest, factors.gwp_table) if factors is not None else None
        )

    def post(self, statements: Sequence[Statement]) -> list[Answer]:
        """Take statements in, all or none, and answer each with a signed acknowledgement.

        A statement that was taken in before is answered as it was then.

        Raises:
            BatchError: a statement was refused; `index` and `cause` say which and why.
        """
        if self._inbox is None or not any(map(reaches_far, statements)):
            return self._booked(statements)
        number = self._inbox.remember(packed(statements))
        try:
            return self._booked(statements)
        finally:
            self._inbox.forget(number)

    def resume(self) -> Resumed:
        """Book what was taken in when the ledger was killed; set aside what is refused or can't be read.

        Nothing of that was acknowledged. It is never booked; whoever signed it states it again.
        """
        if self._inbox is None:
            return Resumed()
        new, aside = 0, list[SetAside]()
        for number, raw in self._inbox.waiting():
            try:
                new += sum(answer.new for answer in self._booked(unpacked(raw)))
            except (BatchError, WaitingUnreadableError) as error:
                refusal = error.cause if isinstance(error, BatchError) else error
                aside.append(SetAside.because(number, raw, utc_text(self.clock.now()), refusal))
                self._inbox.set_aside(aside[-1])
            else:
                self._inbox.forget(number)
        return Resumed(new, tuple(aside))

    def _booked(self, statements: Sequence[Statement]) -> list[Answer]:
        with self.store.write() as writer:
            now = _not_before(self.clock.now(), writer.checkpoint())
            logged: list[tuple[Logged, bool]] = []
            start = writer.size()
            writer.preload(statements)
            for index, statement in enumerate(statements):
                try:
                    logged.append(_take_in(statement, now, writer, self._lines))
                except LedgerError as error:
                    raise BatchError(index, error) from error
            fresh = [one.leaf_hash for one, new in logged if new]
            if fresh:
                _publish(writer, start, fresh, self.signer, utc_text(now))
        return [Answer(self.acknowledge(one), new) for one, new in logged]

    def acknowledge(self, logged: Logged) -> Acknowledgement:
        """Sign the log's answer to a statement: leaf, position, and by when it is under a checkpoint."""
        at = datetime.fromisoformat(logged.at)
        answer = Acknowledgement(
            log=self.terms.log_id,
            digest=logged.statement.digest,
            leaf_hash=logged.leaf_hash.hex(),
            position=logged.position,
            at=logged.at,
            checkpoint_by=utc_text(at + CHECKPOINT_WITHIN),
            signature="",
        )
        fields = {name: value for name, value in answer.items() if name != "signature"}
        answer["signature"] = signing.sign_acknowledgement(fields, self.signer.private_key)
        return answer

    def state(self, log_key: bytes) -> Logged | None:
        """State what the log holds now under one root, as an entry of its own, and return that entry.

        Nothing is stated, and None returned, when nothing was logged since the last time.

        Args:
            log_key: the log's own secp256k1 key, 32 bytes.

        Raises:
            StateSignerError: it is another key.
            MapPageError, CorruptRowError: what is stored is damaged; `passport audit` says more.
        """
        begun = begin(self.store)
        with self.store.write() as writer:
            head, position = writer.state_head(), writer.size()
            if head is not None and head.position == position - 1:
                return None
            now = _not_before(self.clock.now(), writer.checkpoint())
            root, at = advance(writer, begun=begun), utc_text(now)
            statement = state_entry(root, position, now, self.terms.log_id, log_key)
            book(statement, Moment(position, now), writer)
            entry = entry_bytes(statement, at)
            logged = Logged(position, at, statement, entry, merkle.leaf_hash(entry))
            writer.append(logged, ())
            writer.keep_state_head(StateHead(position, root))
            _publish(writer, position, [logged.leaf_hash], self.signer, at)
        return logged

    def anchor_newest(self, chain: AnchorChain) -> Anchor | None:
        """Write the newest checkpoint to the chain, unless it is there; make lost anchors again.

        Anchors that are known here and no more on the chain are forgotten first, whether or not the newest
        can be made again now: until it is, what they covered is pending.

        Raises:
            LedgerError: the chain is away or refuses; nothing changed here.
        """
        with self.store.read() as view:
            newest, known = view.checkpoint(), view.anchors()
        if newest is None:
            raise NoLogError
        on_chain = chain.newest()
        if on_chain is not None and on_chain.size == newest.size and on_chain in known:
            return None
        self._follow(chain, on_chain, known)
        made = chain.anchor(newest.size, newest.root)
        here = [a for a in known if (a.chain_id, a.contract) == (made.chain_id, made.contract)]
        # Killed before it was kept, an anchor is on the chain only; lost by the chain, it is here only.
        differs = on_chain != (here[-1] if here else None)
        self._keep(made, chain.history() if differs else [made], anew=differs)
        return made

    def _follow(self, chain: AnchorChain, on_chain: Anchor | None, known: Sequence[Anchor]) -> None:
        """Forget what the chain reorganized away; a chain without any of it says so when it has a new one."""
        if on_chain is None:
            return
        here = [a for a in known if (a.chain_id, a.contract) == (on_chain.chain_id, on_chain.contract)]
        if here and here[-1] != on_chain:
            self._keep(on_chain, chain.history(), anew=True)

    def _keep(self, one: Anchor, found: Sequence[Anchor], *, anew: bool) -> None:
        with self.store.write() as writer:
            if anew:
                writer.forget_anchors(one.chain_id, one.contract)
            for anchor in found:
                writer.keep_anchor(anchor)


def open_log(
    store: LedgerStore,
    opening: Statement,
    signer: NoteSigner,
    clock: Clock | None = None,
    factors: FactorSource | None = None,
) -> Ledger:
    """Open a log with its first entry and return the ledger.

    Raises:
        LogExistsError: the store holds one already.
        NotALogOpeningError: the statement is no opening, or not signed by the key that it names.
        LogKeyMismatchError: the signer is not the key that it names.
    """
    terms = terms_of(opening)
    here = signer.verifier.public_key.hex()
    if here != terms.ed25519:
        raise LogKeyMismatchError(here, terms.ed25519)
    at = utc_text((clock or SystemClock()).now())
    with store.write() as writer:
        if writer.size():
            raise LogExistsError(writer.terms().log_id)
        writer.open(terms)
        entry = entry_bytes(opening, at)
        leaf = merkle.leaf_hash(entry)
        writer.append(Logged(0, at, opening, entry, leaf), ())
        _publish(writer, 0, [leaf], signer, at)
    return Ledger(store, signer, clock, factors)


def _take_in(
    statement: Statement, now: datetime, writer: LedgerWriter, lines: LineCheck | None
) -> tuple[Logged, bool]:
    """Log and book one statement, or find it where it was logged before.

    Only a new one meets the factors, and the other loads of its trip: what was logged stays so.
    """
    envelope = statement.envelope
    before = writer.logged_as(envelope.issuer, envelope.id)
    if before is not None:
        if before.statement.digest != statement.digest:
            raise StatementIdTakenError(envelope.issuer, envelope.id, before.statement.digest)
        return before, False
    if isinstance(statement.body, StateBody):
        raise StatePostedError(statement.digest)
    if lines is not None:
        for field, line in lines_of(statement):
            lines.check(statement.digest, field, line)
    check_trip(statement, writer)
    position, at = writer.size(), utc_text(now)
    transfers = book(statement, Moment(position, now), writer)
    entry = entry_bytes(statement, at)
    logged = Logged(position, at, statement, entry, merkle.leaf_hash(entry))
    writer.append(logged, transfers)
    return logged, True


def _not_before(now: datetime, newest: SignedCheckpoint | None) -> datetime:
    """Return the operator's time, never earlier than the last entry's, in whole seconds."""
    now = now.astimezone(UTC).replace(microsecond=0)
    return now if newest is None else max(now, datetime.fromisoformat(newest.at))


def tile_reader(view: LedgerView) -> tiles.TileReader:
    """Return how the tree's tiles are read from a view; a missing one reads as empty."""
    return lambda level, index: view.tile(level, index) or b""


def _publish(writer: LedgerWriter, start: int, leaves: Sequence[bytes], signer: NoteSigner, at: str) -> None:
    """Grow the tree by new leaves and sign the checkpoint of the new size."""
    read = tile_reader(writer)
    changed = tiles.appended_tiles(read, start, leaves)
    for (level, index), hashes in changed.items():
        writer.keep_tile(level, index, hashes)
    size = start + len(leaves)
    root = tiles.root(tiles.overlay(read, changed), size)
    note = checkpoint.sign(Checkpoint(writer.terms().origin, size, root), signer)
    writer.keep_checkpoint(SignedCheckpoint(size, root, note, at))
