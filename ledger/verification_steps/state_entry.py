"""Step 9, its ground: the log's own state entry, and what its map holds of everything in the bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ledger import signing
from ledger.books import ForeignLogError
from ledger.bundle import BundledState
from ledger.errors import LedgerError
from ledger.interfaces import LogTerms
from ledger.log import merkle
from ledger.log.checkpoint import Checkpoint
from ledger.signed import entry_bytes
from ledger.state.body import StateBody
from ledger.state.errors import MapKeyAbsentError
from ledger.state.forms import ShownRecord
from ledger.state.records import map_key, map_value, record_bytes
from ledger.state.sparse_map import MapProof, check
from ledger.state.stating import check_state_entry
from ledger.state.subjects import first_statement, subjects
from ledger.state_interfaces import Subject
from ledger.summaries import check_summary
from ledger.verification_steps.reading import Contents, placed


@dataclass(eq=False)
class StateKindError(LedgerError):
    """Something else stands where the state entry should."""

    kind: str
    sentence: ClassVar[str] = "The bundle's state is a statement of kind {kind}, not state/1."


@dataclass(eq=False)
class StateRecordsError(LedgerError):
    """The bundle doesn't show the state of exactly what is in it, in its one order."""

    number: int
    found: str
    expected: str
    sentence: ClassVar[str] = (
        "Record {number} of the bundle's state is of {found}, expected is {expected}: one for each "
        "organization, lot and shipment in it, in order."
    )


@dataclass(eq=False)
class MissingFromStateError(LedgerError):
    """The log states that it doesn't know of something that it logged before."""

    subject: str
    id: str
    position: int
    size: int
    sentence: ClassVar[str] = (
        "The log's state of its first {size} entries holds no {subject} {id}, which is entry {position}."
    )


@dataclass(eq=False)
class StateBeforeEntryError(LedgerError):
    """The log's state knows of something that was logged after it."""

    subject: str
    id: str
    position: int
    size: int
    sentence: ClassVar[str] = (
        "The log's state of its first {size} entries holds {subject} {id}, which only entry {position} made."
    )


@dataclass(frozen=True, slots=True)
class State:
    """What the log's newest state entry says: of how many entries, and the proved record of each subject.

    A subject without a record was not there yet.
    """

    size: int
    records: dict[Subject, ShownRecord]


def check_state(bundled: BundledState, contents: Contents, terms: LogTerms, head: Checkpoint) -> State:
    """Check the state entry and each record's proof against it.

    Raises:
        StateKindError, ForeignLogError, StateSignerError, StateSizeError: no state entry of this log.
        SignatureVError, HighSError, UnrecoverableSignatureError, WrongKeyError, ChangedSummaryError: signed.
        LeafIndexError, ProofLengthError, InclusionProofError: it is not under the checkpoint.
        LedgerError: its parts, as `hidden.read_shown`.
        StateRecordsError: not one record for each subject.
        MapProofLengthError, MapProofKeyError, MapProofError, MapKeyAbsentError: a record's proof.
        MissingFromStateError, StateBeforeEntryError: a record that can't be, or is withheld.
    """
    root, size = _stated(bundled, terms, head)
    asked = subjects(contents.statements, contents.goods)
    shown = [Subject(one.subject, one.id) for one in bundled.records]
    if shown != asked:
        raise _other_records(shown, asked)
    records = dict(zip(asked, bundled.records, strict=True))
    positions = {one.statement.digest: one.moment.position for one in contents.placed}
    for subject, record in records.items():
        _check_record(subject, record, root, terms.log_id)
        _check_time(subject, record, size, contents, positions)
    return State(size, records)


def _stated(bundled: BundledState, terms: LogTerms, head: Checkpoint) -> tuple[bytes, int]:
    """Check the state entry itself, and return its root and how many entries it covers."""
    entry = placed(bundled.entry)
    statement, position = entry.statement, entry.moment.position
    body = statement.body
    if not isinstance(body, StateBody):
        raise StateKindError(statement.kind)
    if statement.envelope.log != terms.log_id:
        raise ForeignLogError(statement.envelope.log, terms.log_id)
    signing.check_signature(entry.envelope, statement.signature.model_dump())
    check_summary(statement.envelope, body)
    check_state_entry(statement, body, position, terms)
    leaf = merkle.leaf_hash(entry_bytes(statement, entry.at))
    merkle.check_inclusion(leaf, position, head.size, entry.proof, head.root)
    return bytes.fromhex(body.root), int(body.size)


def _other_records(shown: list[Subject], asked: list[Subject]) -> StateRecordsError:
    pairs = zip([*shown, None], [*asked, None], strict=False)
    number, (found, expected) = next((n, pair) for n, pair in enumerate(pairs) if pair[0] != pair[1])
    return StateRecordsError(number, _named(found), _named(expected))


def _named(subject: Subject | None) -> str:
    return "nothing" if subject is None else f"{subject.kind} {subject.id}"


def _check_record(subject: Subject, shown: ShownRecord, root: bytes, log_id: str) -> None:
    key = map_key(log_id, subject)
    value = None if shown.record is None else map_value(record_bytes(shown.record))
    leaf = None if value is None else (key, value)
    if shown.other is not None:
        leaf = bytes.fromhex(shown.other.key), bytes.fromhex(shown.other.value)
    proved = check(root, key, MapProof(tuple(map(bytes.fromhex, shown.siblings)), leaf))
    kinds = shown.record is None or shown.record.kind == subject.kind
    if proved != value or not kinds:
        raise MapKeyAbsentError(key.hex(), *(one.hex() if one else "absent" for one in (value, proved)))


def _check_time(
    subject: Subject, shown: ShownRecord, size: int, contents: Contents, positions: Mapping[str, int]
) -> None:
    """Check that what was logged before the state entry is in the map, and what came later isn't."""
    there = shown.record is not None
    position = positions[first_statement(subject, contents.statements)]
    if position < size and not there:
        raise MissingFromStateError(subject.kind, subject.id, position, size)
    if position >= size and there:
        raise StateBeforeEntryError(subject.kind, subject.id, position, size)
