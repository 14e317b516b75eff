"""Auditing somebody else's log from its static files alone: everything is derived again, nothing believed.

1. the checkpoint is signed by the log's key, and continues the checkpoints seen before; 2. every entry has
its form, its place, a good signature, and a key that the log had shown by then; 3. entries → leaves → every
tile → the signed root; 4. anchors lie on this history. What was derived once is remembered, so that the next
audit goes on from there.

It can't see what was never logged, nor bodies: a key that a statement's body added is taken as it comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal, Protocol

from ledger import canonical, signing
from ledger.bundle import Entry
from ledger.errors import LedgerError
from ledger.forms import validated
from ledger.identifiers import organization_id
from ledger.interfaces import Anchor
from ledger.log import checkpoint, merkle, resources, tiles
from ledger.log.checkpoint import Checkpoint, VerifierKey
from ledger.log.merkle import HASH_BYTES, Frontier
from ledger.log.tiles import TILE_BYTES, TILE_WIDTH
from ledger.signed import MAX_ENTRY_BYTES, check_issuer

MAX_FINDINGS: Final = 1000
MAX_DEPTH: Final = 4
SAVE_EVERY: Final = 64
"""Bundles of entries between two saves."""
REGISTRATION: Final = "registration/1"
LOG_OPEN: Final = "log_open/1"
Part = Literal["checkpoint", "entries", "signatures", "keys", "tiles", "root", "anchors", "books", "state"]


@dataclass(eq=False)
class MissingLogFileError(LedgerError):
    """The log doesn't serve a file that its checkpoint covers."""

    path: str
    reason: str
    sentence: ClassVar[str] = "The log doesn't give {path}: {reason}."


@dataclass(frozen=True, slots=True)
class RemoteFinding:
    """Something that differs: in which part, what, what the log shows, and what follows from it."""

    part: Part
    what: str
    shown: str
    derived: str


@dataclass(slots=True)
class RemoteAudit:
    """What an audit of a foreign log found; `good` when nothing differs.

    `size` entries are under the checkpoint, of which `checked` were derived in this run; `later_keys` of them
    are signed by keys that a body added, which can't be known without it.
    """

    origin: str = ""
    size: int = 0
    root: str = ""
    before: int = 0
    checked: int = 0
    later_keys: int = 0
    anchors: int | None = None
    bodies: int | None = None
    hidden: int = 0
    findings: list[RemoteFinding] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing differs."""
        return not self.findings

    def note(self, part: Part, what: str, shown: object, derived: object) -> None:
        """Add a finding, as long as there is room."""
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(RemoteFinding(part, what, str(shown)[:300], str(derived)[:300]))


@dataclass(slots=True)
class Derived:
    """What is known of a log so far; small, whatever the log's size.

    Attributes:
        edge: the right edge of the tree.
        growing: the tiles that are not full yet, by level and index.
        at: the newest entry's time.
        log: the log's id, as the entries' envelopes name it.
        operator: the address that signed the log's opening.
        keys: each organization's first key, and whether it stated others since.
        note: the checkpoint that this was proved to belong to; none while it is under way.
    """

    edge: Frontier = field(default_factory=Frontier)
    growing: dict[tuple[int, int], bytes] = field(default_factory=dict)
    at: str = ""
    log: str = ""
    operator: str = ""
    keys: dict[str, tuple[str, bool]] = field(default_factory=dict)
    note: str = ""

    @property
    def size(self) -> int:
        """How many entries it covers."""
        return self.edge.size


class RemoteLog(Protocol):
    """A log's static files."""

    def file(self, path: str, limit: int) -> bytes:
        """Return a file under the log's prefix, of so many bytes at most.

        Raises:
            MissingLogFileError: it isn't there, or longer.
        """
        ...


class Memory(Protocol):
    """What an auditor remembers of a log."""

    def proved(self) -> Derived | None:
        """Return what was proved last."""
        ...

    def under_way(self) -> Derived | None:
        """Return what an audit that was broken off had derived."""
        ...

    def save(self, derived: Derived) -> None:
        """Keep what is derived; with its note it is proved, without it under way."""
        ...

    def drop(self) -> None:
        """Forget what was under way."""
        ...


Taken = Callable[[int, Entry, bytes], None]
Progress = Callable[[int, int], None]


def audit_remote(  # noqa: PLR0913, PLR0917 - what an auditor brings, each by name
    log: RemoteLog,
    key: VerifierKey,
    memory: Memory,
    anchors: Sequence[Anchor] | None = None,
    progress: Progress | None = None,
    take: Taken | None = None,
    seen: Sequence[bytes] = (),
) -> RemoteAudit:
    """Derive a foreign log again from its static files, and list what differs.

    Args:
        log: its files.
        key: the log's key, from a source that the auditor trusts.
        memory: what was seen before.
        anchors: what the chain holds of this log, if it was asked.
        progress: told how many entries of how many are done.
        take: given every entry with its place, to go on with; then all are derived from the first on.
        seen: checkpoints of this log that others saw, as signed notes: a witness, a colleague, a bundle.

    Raises:
        MissingLogFileError: the checkpoint can't be had.
        LedgerError: what `take` says.
    """
    found = RemoteAudit(origin=key.name)
    try:
        note = log.file(resources.CHECKPOINT, checkpoint.MAX_NOTE_BYTES)
        head = checkpoint.verify(note, key)
    except MissingLogFileError:
        raise
    except LedgerError as error:
        found.note("checkpoint", "the newest checkpoint", error, f"signed by {key.text()}")
        return found
    found.size, found.root = head.size, head.root.hex()
    proved = memory.proved()
    if proved is not None and not _continues(log, proved, head, found):
        return found
    started = None if take is not None else memory.under_way() or proved
    derived = started if started is not None and started.size <= head.size else Derived()
    derived.note, found.before = "", derived.size
    _Run(log, head, derived, memory, found).all(progress, take)
    if anchors is not None:
        _check_anchors(log, anchors, head, found)
    for one in seen:
        _check_seen(log, one, key, head, found)
    if found.good:
        derived.note = note.decode()
        memory.save(derived)
    else:
        memory.drop()
    return found


def _continues(log: RemoteLog, proved: Derived, head: Checkpoint, found: RemoteAudit) -> bool:
    """Compare with the newest checkpoint that was proved before; say whether it makes sense to go on."""
    seen = checkpoint.parse(proved.note).checkpoint
    where = f"the checkpoint of {seen.size} entries that was seen before"
    if head.size < seen.size:
        found.note("checkpoint", where, f"{head.size} entries now", "a log only grows")
        return False
    try:
        proof = tiles.consistency_proof(_reader(log, head.size), seen.size, head.size)
        merkle.check_consistency(seen.size, head.size, proof, seen.root, head.root)
    except LedgerError as error:
        found.note("checkpoint", where, error, f"root {seen.root.hex()}")
    return True


def _check_seen(log: RemoteLog, note: bytes, key: VerifierKey, head: Checkpoint, found: RemoteAudit) -> None:
    """Compare with a checkpoint that somebody else saw: a log that shows each another history is caught."""
    try:
        other = checkpoint.verify(note, key)
    except LedgerError as error:
        found.note("checkpoint", "a checkpoint that others saw", error, f"signed by {key.text()}")
        return
    where = f"the checkpoint of {other.size} entries that others saw"
    if other.size > head.size:
        found.note("checkpoint", where, f"{head.size} entries here", f"{other.size} signed")
        return
    try:
        proof = tiles.consistency_proof(_reader(log, head.size), other.size, head.size)
        merkle.check_consistency(other.size, head.size, proof, other.root, head.root)
    except LedgerError as error:
        found.note("checkpoint", where, error, f"root {other.root.hex()}")


def _reader(log: RemoteLog, size: int) -> tiles.TileReader:
    """Read the tiles of a log of one size, each as wide as it is then."""

    def read(level: int, index: int) -> bytes:
        width = min(TILE_WIDTH, (size >> (8 * level)) - index * TILE_WIDTH)
        return log.file(tiles.tile_path(level, index, width), TILE_BYTES)

    return read


def _check_anchors(log: RemoteLog, anchors: Sequence[Anchor], head: Checkpoint, found: RemoteAudit) -> None:
    found.anchors = len(anchors)
    for anchor in anchors:
        where = f"anchor of {anchor.size} entries in block {anchor.block}"
        try:
            proof = tiles.consistency_proof(_reader(log, head.size), anchor.size, head.size)
            merkle.check_consistency(anchor.size, head.size, proof, anchor.root, head.root)
        except LedgerError as error:
            found.note("anchors", where, error, f"root {anchor.root.hex()}")


class _Run:
    """One pass over the entries that are not derived yet."""

    def __init__(
        self, log: RemoteLog, head: Checkpoint, derived: Derived, memory: Memory, found: RemoteAudit
    ) -> None:
        self._log, self._head, self._derived = log, head, derived
        self._memory, self._found = memory, found

    def all(self, progress: Progress | None, take: Taken | None) -> None:
        """Derive bundle after bundle, then compare the tiles that are not full, and the root."""
        derived, size = self._derived, self._head.size
        for count, index in enumerate(range(derived.size // TILE_WIDTH, -(-size // TILE_WIDTH)), start=1):
            try:
                self._bundle(index, take)
            except (MissingLogFileError, resources.EntryBundleFormError) as error:
                self._found.note("entries", f"bundle {index} of entries", error, "all that the log signed")
                return
            if progress is not None:
                progress(derived.size, size)
            if count % SAVE_EVERY == 0 and self._found.good:
                self._memory.save(derived)
        for at, hashes in sorted(derived.growing.items()):
            self._compare(at, hashes)
        root = derived.edge.root()
        if root != self._head.root:
            self._found.note("root", f"root of {size} entries", self._head.root.hex(), root.hex())

    def _bundle(self, index: int, take: Taken | None) -> None:
        derived, start = self._derived, index * TILE_WIDTH
        width = min(TILE_WIDTH, self._head.size - start)
        path = resources.entries_path(index, width)
        entries = resources.unpack(self._log.file(path, TILE_WIDTH * (MAX_ENTRY_BYTES + 2)), width)
        known = derived.growing.get((0, index), b"")
        leaves = []
        for position, raw in enumerate(entries, start):
            leaf = merkle.leaf_hash(raw)
            if position >= derived.size:
                self._entry(position, raw, take)
                leaves.append(leaf)
            elif leaf != (was := known[(position - start) * HASH_BYTES :][:HASH_BYTES]):
                self._found.note("entries", f"entry {position}, seen before", leaf.hex(), was.hex())
        self._grow(leaves)

    def _grow(self, leaves: list[bytes]) -> None:
        derived = self._derived
        grown = tiles.appended_tiles(
            lambda level, index: derived.growing.get((level, index), b""), derived.size, leaves
        )
        derived.edge.extend(leaves)
        for at, hashes in grown.items():
            derived.growing.pop(at, None)
            if len(hashes) == TILE_BYTES:
                self._compare(at, hashes)
            else:
                derived.growing[at] = hashes
        self._found.checked += len(leaves)

    def _compare(self, at: tuple[int, int], derived: bytes) -> None:
        path = tiles.tile_path(*at, len(derived) // HASH_BYTES)
        try:
            shown = self._log.file(path, TILE_BYTES)
        except MissingLogFileError as error:
            self._found.note("tiles", path, error, "what its entries give")
            return
        if shown == derived:
            return
        hashes = range(0, len(derived), HASH_BYTES)
        wrong = [n for n in hashes if shown[n : n + HASH_BYTES] != derived[n : n + HASH_BYTES]]
        first = wrong[0] if wrong else len(derived)
        sides = (side[first : first + HASH_BYTES].hex() or "nothing" for side in (shown, derived))
        self._found.note("tiles", f"{path}: hash {first // HASH_BYTES}", *sides)

    def _entry(self, position: int, raw: bytes, take: Taken | None) -> None:
        """Check one entry by itself, and against what the log showed before it."""
        try:
            plain = canonical.parse_canonical(raw, max_bytes=MAX_ENTRY_BYTES, max_depth=MAX_DEPTH)
            entry = validated(Entry, plain, "entry")
            check_issuer(entry.envelope)
        except LedgerError as error:
            self._found.note("entries", f"entry {position}", error, "the form of an entry")
            return
        try:
            signing.check_signature(entry.envelope.model_dump(), entry.signature.model_dump())
        except LedgerError as error:
            self._found.note("signatures", f"entry {position}", error, f"signed by {entry.signature.key}")
        self._place(position, entry)
        self._speaker(position, entry)
        if take is not None:
            take(position, entry, raw)

    def _place(self, position: int, entry: Entry) -> None:
        derived, where = self._derived, f"entry {position}"
        if (entry.envelope.kind == LOG_OPEN) != (position == 0):
            self._found.note("entries", where, entry.envelope.kind, "a log begins with log_open/1, only")
        if position == 0:
            derived.log, derived.operator = entry.envelope.log, entry.signature.key
        if entry.envelope.log != derived.log:
            self._found.note("entries", where, f"of log {entry.envelope.log}", f"of log {derived.log}")
        if entry.at < derived.at:
            self._found.note("entries", where, f"logged at {entry.at}", f"not before {derived.at}")
        derived.at = max(derived.at, entry.at)

    def _speaker(self, position: int, entry: Entry) -> None:
        """Check that the key had been shown: it registered, or its organization stated more keys."""
        derived, envelope, key = self._derived, entry.envelope, entry.signature.key
        where = f"entry {position}"
        if envelope.kind == REGISTRATION:
            derived.keys[organization_id(canonical.digest(envelope.model_dump()))] = (key, False)
            return
        if not envelope.issuer:
            if key != derived.operator:
                self._found.note("keys", where, f"{envelope.kind} by {key}", f"the log's {derived.operator}")
            return
        first = derived.keys.get(envelope.issuer)
        if first is None:
            self._found.note("keys", where, f"issued by {envelope.issuer}", "registered before")
            return
        if key != first[0] and not first[1]:
            self._found.note("keys", where, f"signed by {key}", f"{first[0]}, the only key of its issuer")
        self._found.later_keys += key != first[0]
        if envelope.kind.startswith("key/"):
            derived.keys[envelope.issuer] = (first[0], True)
