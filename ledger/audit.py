"""The audit: replay the log into scratch books and compare everything with what is stored.

Order of checks, each with differences of its own:

1. parts → body digests → envelope digests → entries: a stored statement is what was signed;
2. signatures, and which key spoke for whom, by replaying identities;
3. bookings → balances, lots, shipments, organizations, packed balances against postings;
4. leaves → tiles → root → every checkpoint and its signature;
5. anchors, read again from the chain's events.

It can't see what was never logged, a second history shown elsewhere, or whether a record is true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from ledger import signing
from ledger.comparison import Difference, check_postings, compare_books
from ledger.errors import LedgerError
from ledger.interfaces import Anchor, AnchorHistory, LedgerStore, LedgerView, Logged, LogTerms
from ledger.log import checkpoint, merkle, tiles
from ledger.log.checkpoint import VerifierKey
from ledger.replaying import book_again
from ledger.services import tile_reader
from ledger.signed import entry_bytes, read
from ledger.terms import terms_of

CHUNK: Final = 1000
MAX_FINDINGS: Final = 1000
LIMITS: Final = (
    "An audit can't see what was never logged, a second history shown elsewhere, or whether a record is true."
)
Part = Literal["statements", "signatures", "books", "log", "checkpoints", "anchors"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that differs: in which part, what, and the two sides."""

    part: Part
    what: str
    stored: str
    derived: str


@dataclass(slots=True)
class Audit:
    """What an audit found; `good` when nothing differs."""

    size: int = 0
    root: str = ""
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
    """Replay a ledger's snapshot into an empty scratch store and compare all that follows from it."""
    found = Audit(size=view.size())
    terms = view.terms()
    _check_terms(view, terms, found)
    frontier = merkle.Frontier()
    roots: dict[int, bytes] = {}
    sizes = {one.size for one in view.checkpoints()}
    for start in range(0, found.size, CHUNK):
        entries = list(view.entries(start, min(start + CHUNK, found.size)))
        _replay(entries, scratch, found)
        for logged in entries:
            frontier.append(merkle.leaf_hash(logged.entry))
            if logged.position + 1 in sizes:
                roots[logged.position + 1] = frontier.root()
        if progress is not None:
            progress(start + len(entries))
    found.root = frontier.root().hex()
    _check_tree(view, found, frontier.root())
    _check_checkpoints(view, terms, roots, found)
    with scratch.read() as derived:
        for difference in (*compare_books(view, derived), *check_postings(view)):
            found.note("books", *_sides(difference))
    if chain is not None:
        _check_anchors(view, chain, roots, found)
    return found


def _check_terms(view: LedgerView, terms: LogTerms, found: Audit) -> None:
    for first in view.entries(0, 1):
        try:
            opened = terms_of(first.statement)
        except LedgerError as error:
            found.note("log", "terms", terms, error)
            return
        if opened != terms:
            found.note("log", "terms", terms, opened)


def _sides(difference: Difference) -> tuple[str, str, str]:
    return difference.what, difference.first, difference.second


def _replay(entries: Sequence[Logged], scratch: LedgerStore, found: Audit) -> None:
    """Check each statement from its bytes, then book it again."""
    with scratch.write() as writer:
        for logged in entries:
            checked = _checked(logged, found)
            if checked is None:
                continue
            try:
                book_again(writer, checked)
            except LedgerError as error:
                found.note("books", f"statement {checked.position}", checked.statement.digest, error)


def _checked(logged: Logged, found: Audit) -> Logged | None:
    """Read a stored statement strictly, as if it came in now."""
    where = f"statement {logged.position}"
    try:
        statement = read(logged.statement.wire(), check_signature=False)
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


def _check_tree(view: LedgerView, found: Audit, root: bytes) -> None:
    """Compare the stored tiles' root with the one from the entries."""
    try:
        stored = tiles.root(tile_reader(view), found.size)
    except LedgerError as error:
        found.note("log", "tiles", error, root.hex())
        return
    if stored != root:
        found.note("log", "root of the tiles", stored.hex(), root.hex())


def _check_checkpoints(view: LedgerView, terms: LogTerms, roots: dict[int, bytes], found: Audit) -> None:
    trusted = VerifierKey(terms.origin, bytes.fromhex(terms.ed25519))
    for stored in view.checkpoints():
        found.checkpoints += 1
        where = f"checkpoint of {stored.size}"
        try:
            note = checkpoint.verify(stored.note, trusted)
        except LedgerError as error:
            found.note("checkpoints", where, stored.note, error)
            continue
        derived = roots.get(stored.size)
        if note.root != derived or stored.root != derived or note.size != stored.size:
            found.note("checkpoints", where, note.root.hex(), derived.hex() if derived else "no such size")


def _check_anchors(view: LedgerView, chain: AnchorHistory, roots: dict[int, bytes], found: Audit) -> None:
    """Compare the anchors that are known with the chain's events, and both with the entries."""
    found.anchors_asked = True
    try:
        on_chain = chain.history()
    except LedgerError as error:
        found.note("anchors", "the chain", "known anchors", error)
        return
    known = {_key(anchor) for anchor in view.anchors()}
    for anchor in on_chain:
        found.anchors += 1
        derived = roots.get(anchor.size)
        if derived != anchor.root:
            where = f"anchor of {anchor.size} in block {anchor.block}"
            found.note("anchors", where, anchor.root.hex(), derived.hex() if derived else "no such size")
    for missing in _missing(known, {_key(anchor) for anchor in on_chain}):
        found.note("anchors", f"anchor of {missing[2]}", missing, "not in the chain's events")


def _key(anchor: Anchor) -> tuple[int, str, int, str]:
    return anchor.chain_id, anchor.contract, anchor.size, anchor.root.hex()


def _missing(
    known: set[tuple[int, str, int, str]], on_chain: set[tuple[int, str, int, str]]
) -> Iterator[tuple[int, str, int, str]]:
    chains = {(chain_id, contract) for chain_id, contract, _, _ in on_chain}
    yield from sorted(key for key in known - on_chain if (key[0], key[1]) in chains or not chains)
