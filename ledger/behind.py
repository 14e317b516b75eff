"""What a passport needs, among statements that are at hand: goods, identities, tiers.

`closure.py` asks a ledger; this asks a bundle, and says what is missing and what nothing refers to.
Every statement is visited once, however many ways lead to it, and the walk is a queue.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from ledger.closure import MAX_TIERS, BundleTooLargeError, parties, references
from ledger.errors import LedgerError
from ledger.signed import Statement
from ledger.statements import AttestationBody, DispatchBody, HandlingBody, ReceiptBody

IDENTITY_KINDS = ("registration/1", "key/1", "attestation/1")
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
    name it.

    Raises:
        MissingReferenceError: something that is referred to is not there.
        PassportKindError: the passport is no dispatch.
    """
    if passport in statements and not isinstance(statements[passport].body, DispatchBody):
        raise PassportKindError(passport, statements[passport].kind)
    graph: dict[str, tuple[str, ...]] = {}
    queue = deque([("The bundle", passport), *(("It", d) for d in _answers(statements, passport))])
    while queue:
        by, digest = queue.popleft()
        if digest in graph:
            continue
        statement = statements.get(digest)
        if statement is None:
            raise MissingReferenceError(by, digest)
        graph[digest] = references(statement)
        queue.extend((digest, reference) for reference in graph[digest])
    return graph


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


def identities_behind(statements: Mapping[str, Statement], goods: Iterable[str]) -> set[str]:
    """Return registrations, key statements and attestations of all parties, of accreditors too."""
    by_party: dict[str, list[str]] = {}
    for digest, statement in statements.items():
        if statement.kind in IDENTITY_KINDS:
            body = statement.body
            party = body.subject if isinstance(body, AttestationBody) else statement.issuer
            by_party.setdefault(party, []).append(digest)
    found: set[str] = set()
    seen: set[str] = set()
    queue = deque(party for digest in goods for party in parties(statements[digest]))
    while queue:
        party = queue.popleft()
        if party in seen:
            continue
        seen.add(party)
        for digest in by_party.get(party, ()):
            found.add(digest)
            queue.extend(parties(statements[digest]))
    return found


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
        depth[digest] += isinstance(statements[digest].body, DispatchBody)
        for above in asked_by[digest]:
            depth[above] = max(depth[above], depth[digest])
            waits_for[above] -= 1
            if waits_for[above] == 0:
                ready.append(above)
    deepest = max(depth.values(), default=0)
    if deepest > MAX_TIERS:
        raise BundleTooLargeError("tiers", deepest, MAX_TIERS)
    return deepest
