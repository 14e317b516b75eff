"""Everything needed to verify one passport offline, in one file.

A bundle is one canonical JSON object (RFC 8785):

    {"anchor": null, "checkpoint": ["example.org/log", "2", "…", "", "— example.org/log …"],
     "factors": [{…}], "format": "carbon-passport-bundle/1", "passport": "64 hex digits",
     "statements": [{"entry": {"at": "…", "envelope": {…}, "signature": {…}, "v": "1"}, "hidden": ["…"],
                     "parts": [{"path": "…", "salt": "…", "value": …}], "position": 0, "proof": ["…"]}]}

`hidden` lists the digests of parts that this copy doesn't show, left out where it shows all; so is `state`
where the log has stated nothing yet. The checkpoint stands as its note's lines: no line breaks are read.
Statements are sorted by position, factors by digest. Reading checks the form alone; what it proves is
in `verification.py` (PROTOCOL, Bundle and verdicts).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints

from ledger import canonical
from ledger.behind import goods_behind, identities_behind, is_identity, tier_count
from ledger.closure import MAX_BYTES, MAX_STATEMENTS, BundleTooLargeError, closure
from ledger.errors import LedgerError
from ledger.factor import Factor, factor_digest
from ledger.forms import FieldFormError, validated
from ledger.identifiers import Address, Digest
from ledger.interfaces import Anchor, LedgerView, Logged, SignedCheckpoint
from ledger.lines import Line
from ledger.log import checkpoint, merkle, tiles
from ledger.log.checkpoint import SignedNote
from ledger.log.merkle import NodeReader
from ledger.opening import opening_lines
from ledger.parts import Part
from ledger.signed import Statement
from ledger.state.bundling import shown_records, shown_takes
from ledger.state.forms import MAX_OTHERS, ShownRecord, ShownTake
from ledger.state.subjects import subjects
from ledger.stated import OpeningBody
from ledger.statements import CorrectionBody, HandlingBody, ProductionBody
from ledger.wire import Envelope, Signature, UtcTime, Wire

FORMAT: Final = "carbon-passport-bundle/1"
MAX_DEPTH: Final = 16
MAX_FACTORS: Final = 10_000
MAX_NOTE_LINES: Final = 64
MAX_HIDDEN: Final = 2_000
_LAST_YEAR: Final = 9000
_STATEMENT_MARK: Final = b'"body_digest"'
"""Stands once in every envelope and, unescaped, nowhere else: counts statements before anything is read."""


@dataclass(eq=False)
class BundleFormatError(LedgerError):
    """The file is no bundle of a version that is known here."""

    found: str
    sentence: ClassVar[str] = "The file's format is {found}, not carbon-passport-bundle/1. Take a bundle."


@dataclass(eq=False)
class BundleOrderError(LedgerError):
    """Statements or factors are not in their one order, or stand twice."""

    what: str
    number: int
    sentence: ClassVar[str] = (
        "{what} {number} of the bundle is not behind the one before it. Sort them, each once."
    )


@dataclass(eq=False)
class FactorRecordError(LedgerError):
    """A factor's record is written in another form than its one."""

    number: int
    sentence: ClassVar[str] = "Factor {number} of the bundle has needless fields. Leave out what is not set."


@dataclass(eq=False)
class MissingFactorRecordError(LedgerError):
    """A line names a factor whose record is not at hand."""

    factor: str
    sentence: ClassVar[str] = "The record of factor {factor} is missing. Add it to the factor library."


@dataclass(eq=False)
class PendingPassportError(LedgerError):
    """What stands behind the passport is logged, but not yet under a checkpoint."""

    passport: str
    position: int
    size: int
    sentence: ClassVar[str] = (
        "Passport {passport} needs entry {position}, the newest checkpoint covers {size} entries. Ask again "
        "after the next checkpoint."
    )


def _moment(text: str) -> str:
    if datetime.fromisoformat(text).year >= _LAST_YEAR:
        reason = "no time of a log"
        raise ValueError(reason)
    return text


Count = Annotated[int, Field(ge=0, le=canonical.MAX_COUNT)]
LogTime = Annotated[UtcTime, AfterValidator(_moment)]
Transaction = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{64}$")]


class Entry(Wire):
    """A log entry: the leaf's content."""

    v: Literal["1"]
    at: LogTime
    envelope: Envelope
    signature: Signature


class BundledStatement(Wire):
    """A statement with its place in the log, its parts and its inclusion proof.

    `hidden` are the digests of parts that this bundle doesn't show, sorted; left out where it shows all.
    """

    position: Count
    entry: Entry
    parts: list[Part]
    hidden: Annotated[list[Digest], Field(min_length=1, max_length=MAX_HIDDEN)] | None = None
    proof: list[Digest]

    def wire(self) -> dict[str, Any]:
        """Return plain values."""
        return self.model_dump(exclude={"hidden"} if self.hidden is None else None)


class BundledAnchor(Wire):
    """An anchor as the bundle states it; `consistency` joins it to a checkpoint of another size."""

    chain_id: Count
    contract: Address
    log_address: Address
    size: Count
    root: Digest
    transaction: Transaction
    block: Count
    consistency: list[Digest]


class BundledState(Wire):
    """What the log says of all in the bundle: its entry, records with proofs, who else took from lots."""

    entry: BundledStatement
    records: Annotated[list[ShownRecord], Field(max_length=3 * MAX_STATEMENTS)]
    others: Annotated[list[ShownTake], Field(max_length=MAX_OTHERS)]

    def wire(self) -> dict[str, Any]:
        """Return plain values."""
        return {**self.model_dump(exclude={"entry"}), "entry": self.entry.wire()}


class Bundle(Wire):
    """A passport with everything behind it and everything that proves it."""

    format: Literal["carbon-passport-bundle/1"]
    passport: Digest
    statements: Annotated[list[BundledStatement], Field(min_length=1, max_length=MAX_STATEMENTS)]
    factors: Annotated[list[Factor], Field(max_length=MAX_FACTORS)]
    checkpoint: Annotated[list[str], Field(max_length=MAX_NOTE_LINES)]
    anchor: BundledAnchor | None
    state: BundledState | None = None

    def wire(self) -> dict[str, Any]:
        """Return the bundle as plain values."""
        plain = self.model_dump(exclude={"factors", "statements", "state"})
        plain["statements"] = [statement.wire() for statement in self.statements]
        plain["factors"] = [factor.record() for factor in self.factors]
        return plain if self.state is None else {**plain, "state": self.state.wire()}

    def note(self) -> str:
        """Return the checkpoint's signed note."""
        return "".join(f"{line}\n" for line in self.checkpoint)


@dataclass(frozen=True, slots=True)
class Opened:
    """A bundle whose form is good, with its checkpoint read and its factors by digest."""

    bundle: Bundle
    note: SignedNote
    factors: dict[str, Factor]


def to_bytes(bundle: Bundle) -> bytes:
    """Write a bundle in its one form.

    Raises:
        BundleTooLargeError: it is over 64 MiB.
    """
    raw = canonical.encode(bundle.wire())
    if len(raw) > MAX_BYTES:
        raise BundleTooLargeError("bytes", len(raw), MAX_BYTES)
    return raw


def build(view: LedgerView, passport: str, factors: Callable[[str], Factor | None]) -> Bundle:
    """Put together everything that proves one passport.

    The checkpoint is the newest anchored one that covers all that the passport needs and the newest state
    entry, if possible on a chain that others run; else it is the newest of all. Then the newest anchor comes
    with a proof that the log only grew between the two.

    Args:
        view: one consistent view of the ledger.
        passport: the digest of its dispatch.
        factors: gives a factor's record by digest.

    Raises:
        UnknownPassportError: no dispatch has this digest.
        BundleTooLargeError: too many statements, tiers or factors.
        PendingPassportError: no checkpoint covers the passport yet.
        MissingFactorRecordError: a record is not at hand.
        TileTooShortError: a stored tile lacks hashes.
        MapPageError: a page of the state map is damaged.
    """
    behind, head = closure(view, passport), view.state_head()
    needed = max(logged.position for logged in behind if not is_identity(logged.statement))
    if head is not None:
        needed = max(needed, head.position)
    covering, anchor = _checkpoint_for(view, passport, needed)
    included = _included([logged for logged in behind if logged.position < covering.size], passport)
    node = tiles.node_reader(lambda level, index: view.tile(level, index) or b"")
    named = {digest for logged in included for digest in factors_named(logged.statement)}
    if len(named) > MAX_FACTORS:
        raise BundleTooLargeError("factors", len(named), MAX_FACTORS)
    return Bundle(
        format=FORMAT,
        passport=passport,
        statements=[_bundled(logged, covering.size, node) for logged in included],
        factors=[_record(digest, factors) for digest in sorted(named)],
        checkpoint=covering.note.removesuffix("\n").split("\n"),
        anchor=None if anchor is None else _bundled_anchor(anchor, covering.size, node),
        state=_state(view, included, passport, covering.size, node),
    )


def _state(
    view: LedgerView, included: Sequence[Logged], passport: str, size: int, node: NodeReader
) -> BundledState | None:
    """Put together what the newest state entry says of all in the bundle, None where there is none."""
    head = view.state_head()
    if head is None:
        return None
    (entry,) = view.entries(head.position, head.position + 1)
    statements = {logged.statement.digest: logged.statement for logged in included}
    records = shown_records(view, subjects(statements, goods_behind(statements, passport)))
    others = shown_takes(view, records, statements)
    return BundledState(entry=_bundled(entry, size, node), records=records, others=others)


def _checkpoint_for(view: LedgerView, passport: str, needed: int) -> tuple[SignedCheckpoint, Anchor | None]:
    """Choose the checkpoint that covers a position, and the anchor to go with it."""
    # A chain that others run says more than a newer word of this machine's own.
    anchors = sorted(view.anchors(), key=lambda anchor: (not anchor.local, anchor.size), reverse=True)
    for anchor in anchors:
        found = view.checkpoint(anchor.size) if anchor.size > needed else None
        if found is not None:
            return found, anchor
    newest = view.checkpoint()
    if newest is None or newest.size <= needed:
        raise PendingPassportError(passport, needed, 0 if newest is None else newest.size)
    return newest, max(anchors, key=lambda anchor: anchor.size, default=None)


def _included(behind: Sequence[Logged], passport: str) -> list[Logged]:
    """Drop what nothing refers to under this checkpoint, and check the tiers."""
    statements = {logged.statement.digest: logged.statement for logged in behind}
    goods = goods_behind(statements, passport)
    tier_count(statements, goods)
    kept = {*goods, *identities_behind(statements, goods)}
    return [logged for logged in behind if logged.position == 0 or logged.statement.digest in kept]


def _bundled(logged: Logged, size: int, node: NodeReader) -> BundledStatement:
    statement = logged.statement
    return BundledStatement(
        position=logged.position,
        entry=Entry(v="1", at=logged.at, envelope=statement.envelope, signature=statement.signature),
        parts=list(statement.parts),
        hidden=list(statement.hidden) or None,
        proof=[one.hex() for one in merkle.inclusion_proof(logged.position, size, node)],
    )


def _record(digest: str, factors: Callable[[str], Factor | None]) -> Factor:
    factor = factors(digest)
    if factor is None:
        raise MissingFactorRecordError(digest)
    return factor


def _bundled_anchor(anchor: Anchor, size: int, node: NodeReader) -> BundledAnchor:
    old, new = sorted((anchor.size, size))
    return BundledAnchor(
        chain_id=anchor.chain_id,
        contract=anchor.contract,
        log_address=anchor.log_address,
        size=anchor.size,
        root=anchor.root.hex(),
        transaction=anchor.transaction,
        block=anchor.block,
        consistency=[one.hex() for one in merkle.consistency_proof(old, new, node)],
    )


def parse(raw: bytes) -> Bundle:
    """Read a bundle; its form is checked, nothing is proved yet.

    Raises:
        LedgerError: as `opened`.
    """
    return opened(raw).bundle


def opened(raw: bytes) -> Opened:
    """Read a bundle with its checkpoint and its factors.

    1. size and number of statements, before anything is read; 2. one canonical form; 3. format;
    4. every field; 5. order; 6. factors; 7. the checkpoint's note.

    Raises:
        BundleTooLargeError: step 1, and too many statements.
        CanonicalFormError: step 2, any class that `canonical.parse_canonical` names.
        BundleFormatError: step 3.
        UnknownFieldError, MissingFieldError, FieldFormError, TooManyItemsError: step 4.
        BundleOrderError: step 5.
        FactorRecordError: step 6.
        CheckpointFormError: step 7, any class that `checkpoint.parse` names.
    """
    _check_size(raw)
    value = canonical.parse_canonical(raw, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        found = value.get("format") if isinstance(value, dict) else value
        raise BundleFormatError(repr(found)[:60])
    bundle = validated(Bundle, value, "bundle")
    if "state" in value and (bundle.state is None or value["state"]["entry"].get("hidden", ()) is None):
        raise FieldFormError("bundle/state", "null, or null as its entry's hidden,", "leave it out")
    _check_order("Statement", [one.position for one in bundle.statements])
    for number, one in enumerate(value["statements"]):
        if one.get("hidden", ()) is None:
            raise FieldFormError(f"bundle/statements/{number}/hidden", "null", "leave it out")
    for number, factor in enumerate(bundle.factors):
        if factor.record() != value["factors"][number]:
            raise FactorRecordError(number)
    digests = [factor_digest(factor) for factor in bundle.factors]
    _check_order("Factor", digests)
    note = checkpoint.parse(bundle.note())
    return Opened(bundle, note, dict(zip(digests, bundle.factors, strict=True)))


def _check_size(raw: bytes) -> None:
    if len(raw) > MAX_BYTES:
        raise BundleTooLargeError("bytes", len(raw), MAX_BYTES)
    count = raw.count(_STATEMENT_MARK)
    if count > MAX_STATEMENTS:
        raise BundleTooLargeError("statements", count, MAX_STATEMENTS)


def _check_order(what: str, keys: list[Any]) -> None:
    for number in range(1, len(keys)):
        if keys[number - 1] >= keys[number]:
            raise BundleOrderError(what, number)


def lines_of(statement: Statement) -> tuple[tuple[str, Line], ...]:
    """Return the lines that a statement signs, each with its field's name."""
    match statement.body:
        case ProductionBody() | HandlingBody() as body:
            return tuple((f"lines/{number}", line) for number, line in enumerate(body.lines))
        case CorrectionBody() as body:
            return tuple((f"change/add_lines/{n}", line) for n, line in enumerate(body.change.add_lines))
        case OpeningBody() as body:
            return tuple((f"lots/{number}", line) for number, line in enumerate(opening_lines(body)))
        case _:
            return ()


def factors_named(statement: Statement) -> Iterator[str]:
    """Return the digests of the factors that a statement's lines name."""
    for _, line in lines_of(statement):
        if line.source.factor is not None:
            yield line.source.factor
        if line.amount.gap is not None:
            yield line.amount.gap.factor
