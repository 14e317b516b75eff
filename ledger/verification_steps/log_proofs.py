"""Steps 5 to 7: the statements are in the log, the log signed its checkpoint, the chain holds it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final, Literal, TypeAlias

from ledger.bodies import UnknownBody
from ledger.bundle import BundledAnchor
from ledger.closure import references
from ledger.encodings import hex_bytes
from ledger.errors import LedgerError
from ledger.interfaces import Anchor, LogTerms
from ledger.log import checkpoint, merkle
from ledger.log.checkpoint import Checkpoint, VerifierKey
from ledger.signed import entry_bytes
from ledger.terms import address_of_public_key
from ledger.verification_steps.reading import LOG_OPEN, Contents

AnchorReader: TypeAlias = Callable[[Anchor], Anchor]
"""Asks the chain for a stated anchor and returns what the chain itself says.

It raises an error of the ledger, or an OSError, where the chain doesn't hold it or doesn't answer.
"""
ConsistencyReader: TypeAlias = Callable[[int, int], Sequence[bytes]]
"""Gives a proof that the log of the first size grew into that of the second; asked of the log's server."""

NO_ANSWER: Final = (
    *("chain-unreachable", "chain-refused", "anchor-event-missing", "wrong-chain"),
    *("node-behind", "standing-still", "nodes-disagree", "block-mismatch"),
)
"""Problem types of readers that say nothing about the anchor, only that the chain didn't answer."""
SKEW: Final = timedelta(days=1)


@dataclass(eq=False)
class LogStartError(LedgerError):
    """The log's opening is not its first entry."""

    position: int
    sentence: ClassVar[str] = "log_open/1 stands at position {position}; a log begins with it, at 0."


@dataclass(eq=False)
class LogTimeOrderError(LedgerError):
    """The log's time runs backwards."""

    position: int
    at: str
    before: str
    sentence: ClassVar[str] = "Entry {position} was logged at {at}, before an earlier entry's {before}."


@dataclass(eq=False)
class FutureEntryError(LedgerError):
    """An entry claims to have been logged in the future."""

    position: int
    at: str
    sentence: ClassVar[str] = "Entry {position} claims to be logged at {at}, over a day from now."


@dataclass(eq=False)
class LateReferenceError(LedgerError):
    """A statement refers to one that was logged after it."""

    statement: str
    reference: str
    sentence: ClassVar[str] = "{statement} refers to {reference}, which the bundle places after it."


@dataclass(eq=False)
class ForeignLogKeyError(LedgerError):
    """The bundle is of a log with another key than the trusted one."""

    named: str
    trusted: str
    sentence: ClassVar[str] = "The bundle's log has the key {named}; trusted is {trusted}."


@dataclass(eq=False)
class AnchorRootError(LedgerError):
    """An anchor has another root than the checkpoint of the same size."""

    size: int
    anchored: str
    expected: str
    sentence: ClassVar[str] = (
        "At {size} entries the anchor has root {anchored}, the bundle {expected}: one was changed."
    )


@dataclass(eq=False)
class ForeignAnchorError(LedgerError):
    """The anchor is of another chain, contract or log."""

    field: str
    stated: str
    found: str
    sentence: ClassVar[str] = "The anchor's {field} is {stated}, but {found} was found."


@dataclass(eq=False)
class AnchorSizeError(LedgerError):
    """The chain holds an anchor of another size, without a proof that joins the two."""

    stated: int
    found: int
    sentence: ClassVar[str] = (
        "The bundle states an anchor of {stated} entries, the chain holds one of {found}. Take a fresh "
        "bundle, or give a consistency proof."
    )


@dataclass(frozen=True, slots=True)
class Outside:
    """Whom the reader lets ask outside the bundle: the chain, and the log's server for proofs."""

    anchor_reader: AnchorReader | None
    consistency_reader: ConsistencyReader | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a step found when nothing is bad."""

    value: Literal["good", "unknown"]
    reason: str
    detail: str


def check_inclusion(contents: Contents, head: Checkpoint, now: datetime | None) -> Finding:
    """Step 5: every entry is in the log under the checkpoint, in an order and at times that can be.

    Raises:
        LogStartError, LogTimeOrderError, FutureEntryError, LateReferenceError: order and times.
        EntryTooLargeError: an entry over 4 KiB.
        LeafIndexError, ProofLengthError, InclusionProofError: a proof.
    """
    positions = {one.statement.digest: one.moment.position for one in contents.placed}
    newest = contents.placed[0]
    for one in contents.placed:
        position = one.moment.position
        if one.statement.kind == LOG_OPEN and position != 0:
            raise LogStartError(position)
        if one.moment.at < newest.moment.at:
            raise LogTimeOrderError(position, one.at, newest.at)
        if now is not None and one.moment.at > now + SKEW:
            raise FutureEntryError(position, one.at)
        newest = one
        leaf = merkle.leaf_hash(entry_bytes(one.statement, one.at))
        merkle.check_inclusion(leaf, position, head.size, one.proof, head.root)
        if isinstance(one.statement.body, UnknownBody):
            continue  # what it may refer to, its own rules say
        for reference in references(one.statement):
            if positions.get(reference, -1) > position:
                raise LateReferenceError(one.statement.digest, reference)
    count = len(contents.placed)
    return Finding("good", "ok", f"All {count} entries are in the log of {head.size} entries.")


def key_of(terms: LogTerms) -> VerifierKey:
    """Return the log's key as its first entry names it.

    Raises:
        HexFormError: it has not 32 bytes.
    """
    return VerifierKey(terms.origin, hex_bytes(terms.ed25519, 32, "keys/ed25519"))


def check_checkpoint(note: str, terms: LogTerms, trusted: VerifierKey | None) -> Finding:
    """Step 6: the log's own key signed the checkpoint, and it is the key that the reader trusts.

    Raises:
        HexFormError, ForeignLogKeyError: which key.
        ForeignCheckpointError, MissingLogSignatureError, LogSignatureError: the note.
    """
    key = key_of(terms)
    if trusted is not None and trusted != key:
        raise ForeignLogKeyError(key.text(), trusted.text())
    checkpoint.verify(note, key)
    if trusted is None:
        return Finding(
            "unknown",
            "log-key-not-given",
            f"The checkpoint is signed by {key.text()}, which is the bundle's own word. Compare the key.",
        )
    return Finding("good", "ok", f"The trusted key {key.text()} signed the checkpoint.")


def check_anchor(
    anchor: BundledAnchor | None, head: Checkpoint, terms: LogTerms, outside: Outside, last: int
) -> Finding:
    """Step 7: the anchor belongs to the checkpoint, and the chain says the same.

    `last` is the position of the bundle's last entry, which the chain's anchor must cover.

    Raises:
        ForeignAnchorError: another chain, contract or log.
        AnchorRootError, AnchorSizeError: another root, or another size without a proof.
        ProofLengthError, ConsistencyProofError: a proof that joins two sizes.
        LedgerError: what the reader says, unless the chain didn't answer.
    """
    if anchor is None:
        return Finding("unknown", "not-anchored", "The bundle states no anchor: its checkpoint is too new.")
    own_address = address_of_public_key(bytes.fromhex(terms.secp256k1))
    if anchor.log_address != own_address:
        raise ForeignAnchorError("log address", anchor.log_address, own_address)
    stated = _stated(anchor)
    _check_joined(stated, head, [bytes.fromhex(one) for one in anchor.consistency])
    where = f"chain {stated.chain_id}, contract {stated.contract}"
    if outside.anchor_reader is None:
        detail = f"The bundle states an anchor of {stated.size} entries on {where}; nobody asked the chain."
        return Finding("unknown", "chain-not-asked", detail)
    try:
        found = outside.anchor_reader(stated)
    except OSError as error:
        return Finding("unknown", "chain-unreachable", f"{where} doesn't answer: {error}.")
    except LedgerError as error:
        if error.problem_type() in NO_ANSWER:
            return Finding("unknown", error.problem_type(), str(error))
        raise
    _check_same_place(stated, found)
    unproved = _check_found(stated, found, head, outside.consistency_reader)
    return unproved or _anchored(found, where, last)


def _anchored(found: Anchor, where: str, last: int) -> Finding:
    detail = f"{where} holds {found.size} entries under root {found.root.hex()}, block {found.block}."
    if found.size <= last:
        detail += f" Entry {last} came later: it is not anchored yet."
        return Finding("unknown", "partly-anchored", detail)
    return Finding("good", "ok", detail)


def _stated(anchor: BundledAnchor) -> Anchor:
    return Anchor(
        chain_id=anchor.chain_id,
        contract=anchor.contract,
        log_address=anchor.log_address,
        size=anchor.size,
        root=bytes.fromhex(anchor.root),
        transaction=anchor.transaction,
        block=anchor.block,
        gas=0,
    )


def _check_same_place(stated: Anchor, found: Anchor) -> None:
    for field in ("chain_id", "contract", "log_address"):
        said, is_ = str(getattr(stated, field)), str(getattr(found, field))
        if said.lower() != is_.lower():
            raise ForeignAnchorError(field.replace("_", " "), said, is_)


def _check_found(
    stated: Anchor, found: Anchor, head: Checkpoint, consistency: ConsistencyReader | None
) -> Finding | None:
    """Check the chain's own anchor against what the bundle proves; a finding where that can't be known."""
    if found.size == stated.size:
        if found.root != stated.root:
            raise AnchorRootError(found.size, found.root.hex(), stated.root.hex())
        return None
    if found.size == head.size:
        _check_joined(found, head, ())
        return None
    if consistency is None:
        raise AnchorSizeError(stated.size, found.size)
    try:
        proof = consistency(*sorted((found.size, head.size)))
    except OSError as error:
        detail = (
            f"The chain holds another anchor, of {found.size} entries, and the log gave no proof: {error}."
        )
        return Finding("unknown", "log-unreachable", detail)
    _check_joined(found, head, proof)
    return None


def _check_joined(anchor: Anchor, head: Checkpoint, proof: Sequence[bytes]) -> None:
    """Check that anchor and checkpoint are of one log that only grew."""
    if anchor.size == head.size and anchor.root != head.root:
        raise AnchorRootError(anchor.size, anchor.root.hex(), head.root.hex())
    if anchor.size <= head.size:
        merkle.check_consistency(anchor.size, head.size, proof, anchor.root, head.root)
    else:
        merkle.check_consistency(head.size, anchor.size, proof, head.root, anchor.root)
