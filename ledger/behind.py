"""What a passport needs, among statements that are at hand: goods, identities, tiers.

`closure.py` asks a ledger; this asks a bundle, and says what is missing and what nothing refers to.
Every statement is visited once, however many ways lead to it, and the walk is a queue.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import ClassVar

from ledger.acceptances import AcceptanceBody
from ledger.bodies import UnknownBody
from ledger.closure import MAX_TIERS, BundleTooLargeError, parties, references, removal_named
from ledger.disclosure_bodies import ConservationBody
from ledger.errors import LedgerError
from ledger.signed import Statement
from ledger.stated import CountersignatureBody
from ledger.statements import (
    AttestationBody,
    CorrectionBody,
    DispatchBody,
    HandlingBody,
    ReceiptBody,
)

IDENTITY_KINDS = (
    "registration/1",
    "key/1",
    "attestation/1",
    "accounting_policy/1",
    "countersignature/1",
)
WITHOUT_GOODS = (*IDENTITY_KINDS, "log_open/1")
DISPATCH = "dispatch/1"
Graph = Mapping[str, tuple[str, ...]]
"""By statement, the statements that it refers to."""


@dataclass(eq=False)
class MissingReferenceError(LedgerError):
    """A statement refers to one that is not there."""

    statement: str
    reference: str
    sentence: ClassVar[str] = "{statement} refers to {reference}, which is missing. Take the whole bundle."


@dataclass(eq=False)
class PassportKindError(LedgerError):
    """What the bundle calls its passport is no dispatch."""

    passport: str
    kind: str
    sentence: ClassVar[str] = "A passport is a dispatch, but {passport} is {kind}."


def goods_behind(statements: Mapping[str, Statement], passport: str) -> dict[str, tuple[str, ...]]:
    """Return every statement about goods behind a passport with what it refers to, one visit each.

    Where the shipment was answered, its handlings are those that the receipt lists; else all that
    name it. A statement of an unknown kind belongs here if it names one that does: it may have changed it;
    so does what reverses or impairs a removal behind the passport, what corrects something behind it, and
    what came late to a shipment behind it or answered an adjustment of it.

    Raises:
        MissingReferenceError: something that is referred to is not there.
        PassportKindError: the passport is no dispatch.
    """
    if passport in statements and not isinstance(statements[passport].body, DispatchBody):
        raise PassportKindError(passport, statements[passport].kind)
    graph: dict[str, tuple[str, ...]] = {}
    naming = _naming(statements)
    queue = deque([("The bundle", passport), *(("It", d) for d in _answers(statements, passport))])
    while queue:
        by, digest = queue.popleft()
        if digest in graph:
            continue
        statement = statements.get(digest)
        if statement is None:
            raise MissingReferenceError(by, digest)
        graph[digest] = _followed(statement, statements)
        queue.extend((digest, reference) for reference in graph[digest])
        queue.extend((digest, later) for later in naming.get(digest, ()))
    return graph


def _naming(statements: Mapping[str, Statement]) -> dict[str, list[str]]:
    """Return, by statement, what reverses or impairs its removals, or is of an unknown kind and names it."""
    found: dict[str, list[str]] = {}
    for digest, statement in statements.items():
        removal = removal_named(statement)
        if removal is not None:
            found.setdefault(removal, []).append(digest)
        for named in _changed_by(statement, statements):
            found.setdefault(named, []).append(digest)
    return found


def _changed_by(statement: Statement, statements: Mapping[str, Statement]) -> tuple[str, ...]:
    """Return what a statement may have changed after the fact.

    A correction changes what it corrects, an answer or a late handling the shipment that it is about.
    """
    match statement.body:
        case UnknownBody() as body:
            return tuple(body.mentions)
        case CorrectionBody() as body:
            return (body.corrects,)
        case ConservationBody() as body:
            return (body.passport,)
        case AcceptanceBody() as body if body.answer is not None:
            target = statements.get(body.answer.target)
            about = _shipment_handled(target) if target else None
            return (body.answer.target, *((about,) if about else ()))
        case HandlingBody() if _is_late(statement, statements):
            return (_shipment_handled(statement) or "",)
        case _:
            return ()


def _shipment_handled(statement: Statement) -> str | None:
    body = statement.body
    return body.target.shipment if isinstance(body, HandlingBody) else None


def _is_late(handling: Statement, statements: Mapping[str, Statement]) -> bool:
    """Say whether a handling comes after the receipt of its shipment; statements are in log order."""
    shipment = _shipment_handled(handling)
    before = takewhile(lambda statement: statement is not handling, statements.values())
    bodies = (statement.body for statement in before)
    return any(isinstance(body, ReceiptBody) and body.takes_over.shipment == shipment for body in bodies)


def _followed(statement: Statement, statements: Mapping[str, Statement]) -> tuple[str, ...]:
    """Return what is to be followed from a statement.

    What an unknown kind names need be neither a statement nor about goods.
    """
    found = references(statement)
    if not isinstance(statement.body, UnknownBody):
        return found
    return tuple(one for one in found if one in statements and statements[one].kind not in WITHOUT_GOODS)


def _answers(statements: Mapping[str, Statement], passport: str) -> list[str]:
    receipts, handlings = [], []
    for digest, statement in statements.items():
        match statement.body:
            case ReceiptBody() as body if body.takes_over.shipment == passport:
                receipts.append(digest)
            case HandlingBody() as body if body.target.shipment == passport:
                handlings.append(digest)
            case _:
                pass
    return receipts or handlings


def identities_behind(statements: Mapping[str, Statement], goods: Collection[str]) -> set[str]:
    """Return registrations, key statements, policies and attestations of all parties, accreditors too.

    Newer versions of key statements and attestations are among them; opinions only where they name some of
    these goods.
    """
    by_party: dict[str, list[str]] = {}
    for digest, statement in statements.items():
        for party in _identified(statement):
            by_party.setdefault(party, []).append(digest)
    found: set[str] = set()
    seen: set[str] = set()
    queue = deque(party for digest in goods for party in _named(statements, statements[digest]))
    while queue:
        party = queue.popleft()
        if party in seen:
            continue
        seen.add(party)
        for digest in by_party.get(party, ()):
            if not _travels(statements[digest], statements, goods):
                continue
            found.add(digest)
            queue.extend(parties(statements[digest]))
    return found


def _travels(statement: Statement, statements: Mapping[str, Statement], goods: Collection[str]) -> bool:
    """Say whether what tells about a party belongs here: no opinion on, nor consent to, other things."""
    body = statement.body
    if isinstance(body, CountersignatureBody):
        return body.statement in statements
    if not isinstance(body, AttestationBody):
        return True
    if body.opinion is not None:
        return any(digest in goods for digest in body.opinion.statements)
    return body.withdraws is None or body.withdraws in statements


def _newer_identity(statement: Statement) -> bool:
    """Say whether a statement of an unknown kind is a newer version of one about keys or roles."""
    name = statement.kind.partition("/")[0]
    known = {kind.partition("/")[0] for kind in IDENTITY_KINDS}
    return isinstance(statement.body, UnknownBody) and name in known


def is_identity(statement: Statement) -> bool:
    """Say whether a statement is about an organization rather than about goods."""
    body = statement.body
    standing = isinstance(body, AcceptanceBody) and body.standing is not None
    return standing or statement.kind in IDENTITY_KINDS


def _identified(statement: Statement) -> tuple[str, ...]:
    """Return the organizations whose identity a statement is about."""
    if _newer_identity(statement):
        return parties(statement)
    if not is_identity(statement):
        return ()
    body = statement.body
    return (body.subject if isinstance(body, AttestationBody) else statement.issuer,)


def _named(statements: Mapping[str, Statement], statement: Statement) -> Iterator[str]:
    """Return the parties of a statement; an unknown kind may name one by its identity statements too."""
    yield from parties(statement)
    if isinstance(statement.body, UnknownBody):
        for mentioned in statement.body.mentions:
            if mentioned in statements:
                yield from _identified(statements[mentioned])


def tier_count(statements: Mapping[str, Statement], goods: Graph) -> int:
    """Return how many hand-overs stand in the longest row behind a passport, its own included.

    Raises:
        BundleTooLargeError: more than 100 tiers.
    """
    waits_for = {digest: len(references) for digest, references in goods.items()}
    asked_by: dict[str, list[str]] = {digest: [] for digest in goods}
    for digest, refers_to in goods.items():
        for reference in refers_to:
            asked_by[reference].append(digest)
    ready = deque(digest for digest, count in waits_for.items() if count == 0)
    depth = dict.fromkeys(goods, 0)
    while ready:
        digest = ready.popleft()
        depth[digest] += statements[digest].kind == DISPATCH
        for above in asked_by[digest]:
            depth[above] = max(depth[above], depth[digest])
            waits_for[above] -= 1
            if waits_for[above] == 0:
                ready.append(above)
    deepest = max(depth.values(), default=0)
    if deepest > MAX_TIERS:
        raise BundleTooLargeError("tiers", deepest, MAX_TIERS)
    return deepest
