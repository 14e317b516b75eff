"""Step 4: which key spoke for whom, and in which role, as the log itself records it."""

from __future__ import annotations

from typing import Final

from ledger.attesting import check_content, check_opinion
from ledger.behind import is_identity
from ledger.bodies import UnknownBody
from ledger.books import Moment, speaker
from ledger.bundle_books import BundleBooks
from ledger.closure import parties
from ledger.countersigning import check_second
from ledger.delegating import is_scope_hidden, used_more
from ledger.identity import (
    KeyChangeError,
    KeyRecord,
    KeyTakenError,
    LastKeyError,
    Organization,
    RevokedKeyError,
    RotatedKeyError,
    UnknownKeyError,
    UnknownOrganizationError,
)
from ledger.revoked import distrusted_among
from ledger.signed import Statement
from ledger.stand_ins import HiddenBody
from ledger.statements import AttestationBody, HandlingBody
from ledger.verification_steps.log_proofs import Finding
from ledger.verification_steps.reading import KIND_NOT_KNOWN, LOG_OPEN, Contents

KEY_STATEMENTS: Final = "key/"
SCOPE_HIDDEN: Final = "delegate-scope-hidden"
"""The reason of the verdict on keys when hidden parts leave open what a delegate stated."""
KEY_NOT_TRUSTED: Final = "key-not-trusted"
"""The reason of a verdict on what a key signed before it was revoked, when it may have been a thief."""
KEY_ERRORS: Final = (
    UnknownKeyError,
    RotatedKeyError,
    RevokedKeyError,
    KeyChangeError,
    KeyTakenError,
    LastKeyError,
)
"""What a key's life in the log says about a statement."""


def check_speakers(contents: Contents, books: BundleBooks) -> Finding:
    """Replay registrations, keys and attestations, and check every issuer's key at its place and time.

    Raises:
        UnknownOrganizationError, UnknownKeyError, RotatedKeyError, RevokedKeyError: who spoke.
        DelegateScopeError, DelegateTimeError, DelegateQuotaError: a delegate went too far.
        RegistrationKeyError, KeyTakenError, KeyChangeError, KeyProofError, LastKeyError: identities.
        NotAccreditorError: roles.
        AttestationContentError, OwnOpinionError, OpinionStatementError, WithdrawalError: other attestations.
        TooManyPoliciesError, SecondKeyError: accounting policies.
        SecondSignatureMissingError, SameKeyTwiceError, CountersignedAlreadyError: second signatures.
        DateOrderError, FutureDateError: when an identity statement occurred.
    """
    newer: set[str] = set()
    delegates = _Delegates(books)
    for placed in contents.placed:
        statement = placed.statement
        try:
            _check_speaker(statement, placed.moment, books, contents, delegates)
        except KEY_ERRORS:
            # A newer version of a key statement may have given or taken the key.
            if statement.issuer not in newer:
                raise
        if isinstance(statement.body, UnknownBody) and statement.kind.startswith(KEY_STATEMENTS):
            newer.add(statement.issuer)
    if newer:
        detail = f"What {contents.unknown_kinds()} changed about the keys of {', '.join(sorted(newer))}"
        return Finding("unknown", KIND_NOT_KNOWN, f"{detail} is not known to this version.")
    if delegates.hidden:
        detail = f"Hidden parts leave open if a delegate kept to its scope: {'; '.join(delegates.hidden)}."
        return Finding("unknown", SCOPE_HIDDEN, detail)
    return Finding("good", "ok", "Every key was valid for its organization when its statement was logged.")


class _Delegates:
    """What delegates state in a bundle: at least that of their quotas is used up; what is hidden of it."""

    def __init__(self, books: BundleBooks) -> None:
        self._books = books
        self._keys: dict[tuple[str, int], KeyRecord] = {}
        self.hidden: list[str] = []

    def count(self, statement: Statement, position: int) -> None:
        """Count a statement about goods where a delegate signed it.

        Raises:
            DelegateQuotaError: the bundle alone shows more than the delegate may state.
        """
        issuer = self._books.organization(statement.issuer)
        for key in issuer.keys if issuer is not None else ():
            if key.delegation is None or key.address != statement.signature.key:
                continue
            before = self._keys.get((key.address, key.from_position), key)
            after = used_more(statement.issuer, before, key.delegation, statement)
            self._keys[key.address, key.from_position] = after
            if is_scope_hidden(key, statement):
                self.hidden.append(f"{statement.kind} {statement.digest} at entry {position}")


def _check_speaker(
    statement: Statement, moment: Moment, books: BundleBooks, contents: Contents, delegates: _Delegates
) -> None:
    body = statement.body
    if isinstance(body, AttestationBody) and body.opinion is not None:
        # The books ask for all its statements; a bundle has those behind its passport.
        speaker(statement, moment, books)
        check_content(body)
        check_opinion(statement.issuer, body, body.opinion, contents.statements.get, whole=False)
        books.remember(statement)
    elif isinstance(body, HiddenBody):
        books.stand_at(moment.position)
        speaker(statement, moment, books)
        delegates.count(statement, moment.position)
        books.place(statement, moment.position)
    elif is_identity(statement):
        books.take_in(statement, moment)
    elif isinstance(statement.body, UnknownBody):
        speaker(statement, moment, books)
    elif statement.kind != LOG_OPEN:
        books.stand_at(moment.position)
        check_second(speaker(statement, moment, books), statement, moment.position, moment.at)
        delegates.count(statement, moment.position)
        books.place(statement, moment.position)
        for party in parties(statement):
            if books.organization(party) is None:
                raise UnknownOrganizationError(party)


def check_roles(contents: Contents, books: BundleBooks) -> Finding:
    """Say which carriers and ports act without an accredited role; that refuses nothing."""
    missing: dict[str, None] = {}
    for digest in contents.goods:
        statement = contents.statements[digest]
        issuer = books.organization(statement.issuer)
        if issuer is not None and isinstance(statement.body, HandlingBody):
            missing.update(dict.fromkeys(_missing(issuer, statement, statement.body)))
    if not missing:
        return Finding("good", "ok", "Every carrier and port has its role from an accreditor.")
    return Finding("unknown", "role-not-accredited", f"Role not accredited: {', '.join(missing)}.")


def check_trust(contents: Contents, books: BundleBooks) -> Finding | None:
    """Say which statements were signed by keys that are not trusted since; None where there are none.

    That refuses nothing: whether a thief signed them can't be known.
    """
    placed = [(one.statement, one.moment.position) for one in contents.placed]
    found = distrusted_among(placed, books.organization)
    if not found:
        return None
    named = "; ".join(
        f"{one.kind} {one.statement} at entry {one.position} by key {one.address}, not trusted from log size "
        f"{one.untrusted_from} on (revoked at entry {one.revoked_at}: {one.reason or 'no reason given'})"
        for one in found
    )
    return Finding("unknown", KEY_NOT_TRUSTED, f"By keys revoked since, and not signed again: {named}.")


def _missing(issuer: Organization, statement: Statement, body: HandlingBody) -> list[str]:
    """Return the role that the handler of a shipment lacks; gap lines alone stand in for a carrier."""
    if body.target.shipment is None or all(line.amount.gap is not None for line in body.lines):
        return []
    on = statement.body.occurred.end
    if body.leg is None:
        roles: tuple[str, ...] = ("carrier", "port")
    else:
        roles = ("port",) if body.leg.mode == "hub" else ("carrier", "port")
    if any(issuer.has_role(role, on) for role in roles):
        return []
    return [f"{issuer.name} ({issuer.id}) as {' or '.join(roles)}"]
