"""Step 9: nothing else was left out, as far as the log's own state entry says.

Three questions: is all that is logged about the shipments here; what became of the keys since; was each lot
handed on once. What was logged after the state entry nobody can say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from ledger.bundle import BundledState
from ledger.bundle_books import BundleBooks
from ledger.errors import LedgerError
from ledger.signed import Statement
from ledger.stand_ins import HiddenBody
from ledger.state.records import (
    KeyLife,
    KeysRecord,
    PassportRecord,
    key_life,
    role_held,
    totals_digest,
)
from ledger.state_interfaces import Subject
from ledger.statements import AttestationBody, HandlingBody, ReceiptBody
from ledger.verification_steps.handed_on_once import check_lots
from ledger.verification_steps.log_proofs import Finding
from ledger.verification_steps.reading import PARTS_HIDDEN, Contents
from ledger.verification_steps.state_entry import State

NEWER: Final = "newer-than-state"
BEHIND: Final = ("What adjusts", "The answer to an adjustment")
"""What is said of statements behind a shipment: who shows less of those doesn't show it."""
ADJUSTED: Final = (
    "As of entry {}. Corrections or answers that change this shipment's figure are hidden here: {}. "
    "Ask its sender for more of the passport."
)
REVOKED: Final = "key-revoked-since"


@dataclass(eq=False)
class WithheldStatementError(LedgerError):
    """The log knows a statement about a shipment that the bundle withholds."""

    what: str
    statement: str
    passport: str
    sentence: ClassVar[str] = (
        "{what} {statement} of shipment {passport} is logged, but not in the bundle: this is not the newest "
        "version of its passport. Ask for a fresh one."
    )


@dataclass(eq=False)
class UnlistedStatementError(LedgerError):
    """The log's state leaves out a statement about a shipment that it logged before."""

    what: str
    statement: str
    passport: str
    sentence: ClassVar[str] = (
        "{what} {statement} of shipment {passport} is in the log, but not in the log's own state."
    )


@dataclass(eq=False)
class StateTotalsError(LedgerError):
    """The log's books hold another status or other totals of the shipment than its bundle comes to."""

    passport: str
    what: str
    sentence: ClassVar[str] = "The log's state holds another {what} of shipment {passport} than the bundle."


@dataclass(eq=False)
class WithheldKeyStatementError(LedgerError):
    """The log knows more of an organization's keys than the bundle shows."""

    organization: str
    key: str
    sentence: ClassVar[str] = (
        "What became of key {key} of {organization} is logged otherwise than the bundle shows: a key "
        "statement is withheld. Ask for a fresh one."
    )


@dataclass(eq=False)
class WithheldRoleError(LedgerError):
    """The log knows another end of a role, or another role, than the bundle shows."""

    organization: str
    role: str
    attestation: str
    sentence: ClassVar[str] = (
        "What became of the role {role} of {organization} by attestation {attestation} is logged otherwise "
        "than the bundle shows: an attestation or a withdrawal is withheld. Ask for a fresh one."
    )


def check_left_out(
    bundled: BundledState, state: State, contents: Contents, books: BundleBooks, passport: str
) -> Iterator[Finding]:
    """Compare the bundle with the log's state of everything in it.

    Returns:
        What is found about the shipments, about the keys, and about the lots.

    Raises:
        WithheldStatementError, UnlistedStatementError, StateTotalsError: shipments.
        WithheldKeyStatementError, WithheldRoleError: keys and roles.
        TakerListError, NeedlessTakeError, LotHandedOnTwiceError, LotRefilledError: lots.
        LedgerError: the statements of others, any rule of `check_lots`.
    """
    positions = {one.statement.digest: one.moment.position for one in contents.placed}
    yield _shipments(state, contents, books, passport, positions)
    yield _keys(state, contents, books, positions)
    yield check_lots(bundled, state, contents, books, positions)


def _hides(statement: Statement) -> bool:
    """Say whether a statement hides what it books, so that what corrects it may be hidden with it."""
    return isinstance(statement.body, HiddenBody)


def _shipments(
    state: State, contents: Contents, books: BundleBooks, passport: str, positions: Mapping[str, int]
) -> Finding:
    logged = _about_shipments(contents, positions, state.size)
    for subject, shown in state.records.items():
        if isinstance(shown.record, PassportRecord):
            _check_listed(subject.id, shown.record, logged.get(subject.id, ()))
    record = state.records[Subject("passport", passport)].record
    if not isinstance(record, PassportRecord):
        detail = f"The passport was logged after the log's newest state, of its first {state.size} entries."
        return Finding("unknown", NEWER, f"{detail} Ask again after the next.")
    named = {
        "The receipt": [record.receipt] if record.receipt else [],
        "Handling": record.handlings,
        "What adjusts": record.adjustments,
        "The answer to an adjustment": record.answers,
    }
    missing = [(what, one) for what, all_ in named.items() for one in all_ if one not in contents.statements]
    kept_back = [one for what, one in missing if what in BEHIND]
    if missing and (len(kept_back) < len(missing) or not any(map(_hides, contents.statements.values()))):
        raise WithheldStatementError(*missing[0], passport)
    if kept_back:
        return Finding("unknown", PARTS_HIDDEN, ADJUSTED.format(state.size, len(kept_back)))
    later = any(positions[digest] >= state.size for digest in contents.goods)
    if not later:
        _check_totals(record, contents, books, passport)
    detail = (
        f"As of entry {state.size} all that the log holds about the shipment is here: it is {record.status}, "
        f"with {len(record.handlings)} handlings and {len(record.adjustments)} adjustments."
    )
    if record.claims:
        detail += f" {len(record.claims)} more are claimed, not taken over."
    if later:
        detail += " What was logged later is not covered by that."
    return Finding("good", "ok", detail)


def _about_shipments(
    contents: Contents, positions: Mapping[str, int], size: int
) -> dict[str, list[tuple[str, str]]]:
    """Return by shipment the receipts and handlings in the bundle that the state must know."""
    found: dict[str, list[tuple[str, str]]] = {}
    for digest, statement in contents.statements.items():
        body = statement.body
        if positions[digest] >= size:
            continue
        if isinstance(body, ReceiptBody):
            found.setdefault(body.takes_over.shipment, []).append(("The receipt", digest))
        elif isinstance(body, HandlingBody) and body.target.shipment is not None:
            found.setdefault(body.target.shipment, []).append(("Handling", digest))
    return found


def _check_listed(passport: str, record: PassportRecord, logged: Collection[tuple[str, str]]) -> None:
    handled = {*record.handlings, *record.claims, *record.adjustments}
    for what, digest in logged:
        if digest not in (handled if what == "Handling" else {record.receipt}):
            raise UnlistedStatementError(what, digest, passport)


def _check_totals(record: PassportRecord, contents: Contents, books: BundleBooks, passport: str) -> None:
    """Compare status and totals with the log's, where the bundle shows all that they are made of."""
    shipment, statement = books.shipment(passport), contents.statements[passport]
    hidden = contents.unknown or contents.may_be_hidden(passport) or books.loose_segments
    if shipment is None or hidden:
        return
    if shipment.status != record.status:
        raise StateTotalsError(passport, "status")
    salt = next(part.salt for part in statement.parts if part.path == "/liability")
    if totals_digest(salt, shipment.total, books.offers_on(passport)) != record.totals:
        raise StateTotalsError(passport, "totals")


def _keys(state: State, contents: Contents, books: BundleBooks, positions: Mapping[str, int]) -> Finding:
    """Compare every key's life, and say which of those that signed were revoked or rotated out since."""
    used = {(statement.issuer, statement.signature.key) for statement in contents.statements.values()}
    revoked: list[str] = []
    rotated = newer = 0
    for subject, shown in state.records.items():
        if subject.kind != "keys":
            continue
        if not isinstance(shown.record, KeysRecord):
            newer += 1
            continue
        _check_keys(subject.id, shown.record, books, contents, state.size)
        _check_roles(subject.id, shown.record, books, contents, positions, state.size)
        for life in shown.record.keys:
            if (subject.id, life.address) in used:
                rotated += life.state == "rotated"
                revoked += [life.address] if life.state == "revoked" else []
    if revoked:
        detail = f"Revoked as of entry {state.size}: {', '.join(revoked)}. What they signed before stays."
        return Finding("unknown", REVOKED, detail)
    if newer:
        return Finding("unknown", NEWER, f"{newer} organizations were registered after entry {state.size}.")
    detail = f"As of entry {state.size} no key that signed here is revoked; {rotated} were rotated out."
    return Finding("good", "ok", detail)


def _check_keys(party: str, record: KeysRecord, books: BundleBooks, contents: Contents, size: int) -> None:
    organization = books.organization(party)
    if organization is None or contents.unknown:
        return  # a newer kind may have changed keys
    here = {key.address: key_life(key) for key in organization.keys if key.from_position < size}
    there = {life.address: life for life in record.keys}
    for address in sorted({*here, *there}):
        mine, theirs = here.get(address), there.get(address)
        if mine is None or theirs is None or not _same(mine, theirs, size):
            raise WithheldKeyStatementError(party, address)


def _check_roles(  # noqa: PLR0913, PLR0917 - what is held is compared with all that is known
    party: str,
    record: KeysRecord,
    books: BundleBooks,
    contents: Contents,
    positions: Mapping[str, int],
    size: int,
) -> None:
    """Check that no attestation of roles, and no withdrawal of one, is withheld."""
    attested = {d: s.body for d, s in contents.statements.items() if isinstance(s.body, AttestationBody)}
    organization = books.organization(party)
    if organization is None or contents.unknown or any(contents.statements[one].hidden for one in attested):
        return
    since = {body.withdraws for digest, body in attested.items() if positions[digest] >= size}
    here = {(one.attestation, one.role): one for one in map(role_held, organization.roles)}
    there = {(one.attestation, one.role): one for one in record.roles}
    for key in sorted({*here, *there}):
        attestation, role = key
        later = positions.get(attestation, -1) >= size or attestation in since
        if here.get(key) != there.get(key) and not later:
            raise WithheldRoleError(party, role, attestation)


def _same(mine: KeyLife, theirs: KeyLife, size: int) -> bool:
    """Say whether two lives of a key are the same, as far as its end was logged before the state entry."""
    ends = (mine.until_entry, mine.distrusted_at)
    if any(end is not None and end >= size for end in ends):
        return mine.after == theirs.after
    return mine == theirs
