"""The audit: replay the log into scratch books and compare everything with what is stored.

Order of checks, each with differences of its own:

1. parts → body digests → envelope digests → entries: a stored statement is what was signed;
2. signatures, and which key spoke for whom, by replaying identities;
3. bookings → balances, lots, shipments, organizations, packed balances against postings;
4. every state entry's root, and the state map that is kept;
5. leaves → tiles → root → every checkpoint and its signature;
6. anchors, read again from the chain's events.

It can't see what was never logged, a second history shown elsewhere, or whether a record is true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Literal

from ledger import signing
from ledger.comparison import Difference, check_postings, compare_books
from ledger.erasing import kept_parts, read_kept
from ledger.errors import LedgerError
from ledger.interfaces import Anchor, AnchorHistory, LedgerStore, LedgerView, Logged, LogTerms
from ledger.log import checkpoint, merkle, tiles
from ledger.log.checkpoint import VerifierKey
from ledger.services import tile_reader
from ledger.signed import entry_bytes
from ledger.state import pages
from ledger.state.advancing import everything
from ledger.state.deriving import book_state_again
from ledger.state.errors import MapPageError
from ledger.state.records import map_key
from ledger.storing import CorruptRowError
from ledger.terms import terms_of

CHUNK: Final = 1024
"""Statements at once: four whole tiles."""
HASH_BYTES: Final = 32
MAX_FINDINGS: Final = 1000
LIMITS: Final = (
    "An audit can't see what was never logged, a second history shown elsewhere, or whether a record is true."
)
Part = Literal["statements", "signatures", "books", "state", "log", "checkpoints", "anchors"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that differs: in which part, what, and the two sides."""

    part: Part
    what: str
    stored: str
    derived: str


@dataclass(slots=True)
class Audit:
    """What an audit found; `good` when nothing differs. Of `erased` parts the digests are those signed."""

    size: int = 0
    replayed: int = 0
    root: str = ""
    states: int = 0
    erased: int = 0
    checkpoints: int = 0
    anchors: int = 0
    anchors_asked: bool = False
    findings: list[Finding] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing differs."""
        return not self.findings

    def note(self, part: Part, what: str, stored: object, derived: object) -> None:
        """Add a finding, as long as there is room."""
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(Finding(part, what, str(stored)[:300], str(derived)[:300]))


def audit(
    view: LedgerView,
    scratch: LedgerStore,
    chain: AnchorHistory | None = None,
    progress: Callable[[int], None] | None = None,
) -> Audit:
    """Replay a ledger's snapshot into an empty scratch store and compare all that follows from it.

    Where a statement is damaged, its leaf is taken from the tiles, so that the tree is still checked; the
    books are derived up to that statement only, and `replayed` says how far.

    Args:
        view: one moment of the ledger.
        scratch: an empty store for the derived books.
        chain: where the anchors are read again; read it before the snapshot of a running ledger.
        progress: told how many statements are done.

    Raises:
        LogNotOpenError: there is no log to audit.
    """
    found, terms = Audit(size=view.size()), view.terms()
    tree = _Tree(view, found)
    for start in range(0, found.size, CHUNK):
        end = min(start + CHUNK, found.size)
        entries = _entries(view, start, end, found)
        if start == 0:
            _check_terms(entries[0], terms, found)
        _replay(entries, scratch, found)
        tree.grow(start, entries)
        if progress is not None:
            progress(end)
    tree.finish()
    found.root = tree.root().hex()
    _check_checkpoints(view, terms, tree.roots, found)
    _check_books(view, scratch, found)
    _check_state_map(view, scratch, found)
    if chain is not None:
        _check_anchors(view, chain, tree.roots, found)
    return found


def _entries(view: LedgerView, start: int, end: int, found: Audit) -> list[Logged | None]:
    """Return the entries [start, end); one whose row is damaged is noted, and None."""
    try:
        return [*view.entries(start, end)]
    except CorruptRowError:
        pass
    entries: list[Logged | None] = []
    for position in range(start, end):
        try:
            (logged,) = view.entries(position, position + 1)
        except CorruptRowError as error:
            found.note("statements", f"statement {position}", error.problem, "what was signed and logged")
            entries.append(None)
        else:
            entries.append(logged)
    return entries


def _check_terms(first: Logged | None, terms: LogTerms, found: Audit) -> None:
    if first is None:
        return
    try:
        opened = terms_of(first.statement)
    except LedgerError as error:
        found.note("log", "terms", terms, error)
        return
    if opened != terms:
        found.note("log", "terms", terms, opened)


class _Tree:
    """The tree that follows from the entries: compared with the tiles, its root kept for each checkpoint."""

    def __init__(self, view: LedgerView, found: Audit) -> None:
        self._stored, self._found = tile_reader(view), found
        self._sizes = {one.size for one in view.checkpoints()} | {anchor.size for anchor in view.anchors()}
        self._growing: dict[tuple[int, int], bytes] = {}
        self._frontier = merkle.Frontier()
        self.roots: dict[int, bytes] = {}

    def grow(self, start: int, entries: Sequence[Logged | None]) -> None:
        """Append the leaves of entries, and compare the tiles that they complete."""
        leaves = []
        for position, logged in enumerate(entries, start):
            leaf = self._kept_leaf(position) if logged is None else merkle.leaf_hash(logged.entry)
            leaves.append(leaf)
            self._frontier.append(leaf)
            if position + 1 in self._sizes:
                self.roots[position + 1] = self._frontier.root()
        grown = tiles.appended_tiles(
            lambda level, index: self._growing.get((level, index), b""), start, leaves
        )
        for at, hashes in grown.items():
            self._growing.pop(at, None)
            if len(hashes) == tiles.TILE_BYTES:
                self._compare(at, hashes)
            else:
                self._growing[at] = hashes

    def finish(self) -> None:
        """Compare the tiles that are not full."""
        for at, hashes in sorted(self._growing.items()):
            self._compare(at, hashes)
        self.roots[self._found.size] = self.root()

    def root(self) -> bytes:
        """Return the root of all leaves so far."""
        return self._frontier.root()

    def _kept_leaf(self, position: int) -> bytes:
        index, offset = divmod(position, tiles.TILE_WIDTH)
        kept = self._stored(0, index)[offset * HASH_BYTES : (offset + 1) * HASH_BYTES]
        return kept.ljust(HASH_BYTES, b"\0")

    def _compare(self, at: tuple[int, int], derived: bytes) -> None:
        stored = self._stored(*at)
        if stored == derived:
            return
        where = f"tile {at[1]} of level {at[0]}"
        for start in range(0, len(derived), HASH_BYTES):
            kept, right = (side[start : start + HASH_BYTES].hex() for side in (stored, derived))
            if kept != right:
                self._found.note("log", f"{where}: hash {start // HASH_BYTES}", kept or "missing", right)
                return
        self._found.note("log", where, f"{len(stored)} bytes", f"{len(derived)} bytes")


def _sides(difference: Difference) -> tuple[str, str, str]:
    return difference.what, difference.first, difference.second


def _replay(entries: Sequence[Logged | None], scratch: LedgerStore, found: Audit) -> None:
    """Check each statement from its bytes, then book it again, as long as all before it could be booked."""
    with scratch.write() as writer:
        writer.preload([logged.statement for logged in entries if logged is not None])
        for logged in entries:
            checked = None if logged is None else _checked(logged, found)
            if checked is None or checked.position != found.replayed:
                continue
            try:
                state = book_state_again(writer, checked)
            except LedgerError as error:
                found.note("books", f"statement {checked.position}", checked.statement.digest, error)
                continue
            found.replayed += 1
            if state is not None:
                found.states += 1
                if not state.good:
                    found.note(
                        "state", f"state entry {state.position}", state.stated.hex(), state.derived.hex()
                    )


def _check_state_map(view: LedgerView, scratch: LedgerStore, found: Audit) -> None:
    """Compare the state map that is kept with the one that was derived up to the same state entry."""
    head = view.state_head()
    if head is None or found.replayed < found.size:
        return
    with scratch.read() as derived:
        there = derived.state_head()
        if there is None or head.position != there.position:
            right = None if there is None else there.position
            found.note("state", "the map's state entry", head.position, right)
            return
        try:
            kept = pages.root(view)
        except MapPageError as error:
            found.note("state", "the map's pages", error, "readable")
            return
        if kept != there.root:
            found.note("state", "the map's root", kept.hex(), there.root.hex())
        subjects = everything(derived)
        while chunk := list(islice(subjects, CHUNK)):
            keys = [map_key(derived.terms().log_id, subject) for subject in chunk]
            stored, records = view.state_records(keys), derived.state_records(keys)
            for subject, key in zip(chunk, keys, strict=True):
                if stored.get(key) != records.get(key):
                    what = f"record of {subject.kind} {subject.id}"
                    found.note("state", what, stored.get(key), records.get(key))


def _checked(logged: Logged, found: Audit) -> Logged | None:
    """Read a stored statement strictly, as if it came in now."""
    where = f"statement {logged.position}"
    try:
        kept = {**logged.statement.wire(), "parts": kept_parts(logged.statement)}
        statement = read_kept(kept, check_signature=False)
        found.erased += len(statement.erased)
        entry = entry_bytes(statement, logged.at)
    except LedgerError as error:
        found.note("statements", where, logged.statement.digest, error)
        return None
    if entry != logged.entry:
        found.note("statements", f"{where}: entry", logged.entry, entry)
    if merkle.leaf_hash(logged.entry) != logged.leaf_hash:
        found.note("log", f"{where}: leaf hash", logged.leaf_hash.hex(), merkle.leaf_hash(logged.entry).hex())
    if statement.digest != logged.statement.digest:
        found.note("statements", f"{where}: digest", logged.statement.digest, statement.digest)
    try:
        signing.check_signature(statement.envelope.model_dump(), statement.signature.model_dump())
    except LedgerError as error:
        found.note("signatures", where, statement.signature.key, error)
    return Logged(logged.position, logged.at, statement, entry, logged.leaf_hash)


def _check_checkpoints(view: LedgerView, terms: LogTerms, roots: dict[int, bytes], found: Audit) -> None:
    trusted = VerifierKey(terms.origin, bytes.fromhex(terms.ed25519))
    newest = 0
    for stored in view.checkpoints():
        found.checkpoints += 1
        newest = max(newest, stored.size)
        where = f"checkpoint of {stored.size}"
        try:
            note = checkpoint.verify(stored.note, trusted)
        except LedgerError as error:
            found.note("checkpoints", where, stored.note, error)
            continue
        derived = roots.get(stored.size, b"")
        if note.size != stored.size:
            found.note("checkpoints", where, f"a note of {note.size}", f"a note of {stored.size}")
        for root in dict.fromkeys((note.root, stored.root)):
            if root != derived:
                found.note("checkpoints", where, root.hex(), derived.hex() or "no such size")
    if newest != found.size:
        found.note("checkpoints", "the newest checkpoint", f"of {newest}", f"of {found.size}")


def _check_books(view: LedgerView, scratch: LedgerStore, found: Audit) -> None:
    """Compare the books with the derived ones, if all could be derived, and balances with postings."""
    try:
        differences = check_postings(view)
    except CorruptRowError as error:
        found.note("books", "postings", error, "readable")
        differences = []
    if found.replayed == found.size:
        with scratch.read() as derived:
            differences = list(dict.fromkeys((*compare_books(view, derived), *differences)))
    else:
        where = f"statements from {found.replayed} on"
        found.note("books", where, "booked", "not derived: put the damaged statement right first")
    for difference in differences:
        found.note("books", *_sides(difference))


def _check_anchors(view: LedgerView, chain: AnchorHistory, roots: dict[int, bytes], found: Audit) -> None:
    """Compare the anchors that are known with the chain's events, and both with the entries."""
    found.anchors_asked = True
    try:
        on_chain = chain.history()
    except LedgerError as error:
        found.note("anchors", "the chain", "known anchors", error)
        return
    known = {_key(anchor): anchor for anchor in view.anchors()}
    for number, anchor in enumerate(on_chain, 1):
        found.anchors += 1
        where = f"anchor of {anchor.size} in block {anchor.block}"
        derived = roots.get(anchor.size)
        if derived is None and anchor.size < found.size:
            derived = _root_of(view, anchor.size, found)
        if derived != anchor.root:
            found.note("anchors", where, derived.hex() if derived else "no such size", anchor.root.hex())
        here = known.get(_key(anchor))
        if here is None and number < len(on_chain):  # the newest may be under way
            found.note("anchors", where, "missing", "in the chain's events")
        elif here is not None and here != anchor:
            found.note("anchors", where, here, anchor)
    for missing in _missing(set(known), {_key(anchor) for anchor in on_chain}):
        found.note("anchors", f"anchor of {missing[2]}", missing, "not in the chain's events")


def _root_of(view: LedgerView, size: int, found: Audit) -> bytes | None:
    """Return the root of an earlier size, which no checkpoint here has, from the tiles."""
    try:
        return tiles.root(tile_reader(view), size)
    except LedgerError as error:
        found.note("log", f"tiles of {size}", error, "readable")
        return None


def _key(anchor: Anchor) -> tuple[int, str, int, str]:
    return anchor.chain_id, anchor.contract, anchor.size, anchor.root.hex()


def _missing(
    known: set[tuple[int, str, int, str]], on_chain: set[tuple[int, str, int, str]]
) -> Iterator[tuple[int, str, int, str]]:
    chains = {(chain_id, contract) for chain_id, contract, _, _ in on_chain}
    yield from sorted(key for key in known - on_chain if (key[0], key[1]) in chains or not chains)
