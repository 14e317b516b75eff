"""An auditor's word on tiers that are hidden: what named statements hand on is what went into them.

Somebody who saw everything behind a passport names the statements behind which things may be hidden, and what
each of them hands on. Anybody else can then compare these amounts with what a bundle shows, and sees who
vouches for the rest; nothing is proved by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

from ledger.accounts import Transfer
from ledger.components import Components
from ledger.composition import added, line_vectors, take_vectors
from ledger.disclosure_bodies import ConservationBody
from ledger.errors import LedgerError
from ledger.interfaces import BooksView
from ledger.signed import Statement
from ledger.stand_ins import HiddenBody
from ledger.stated import OpeningBody
from ledger.statements import (
    CorrectionBody,
    DispatchBody,
    HandlingBody,
    ProductionBody,
    ReceiptBody,
)
from ledger.wire import ComponentMap


@dataclass(eq=False)
class AttestedLiabilityError(LedgerError):
    """What is attested that a statement hands on is not what it hands on."""

    attestation: str
    statement: str
    attested: dict[str, str]
    shown: dict[str, str]
    sentence: ClassVar[str] = (
        "Conservation attestation {attestation} says that {statement} hands on {attested}, but it is {shown}."
    )


@dataclass(eq=False)
class AttestedStatementError(LedgerError):
    """A conservation attestation names something of which it can't be said that it adds up."""

    statement: str
    problem: str
    sentence: ClassVar[str] = (
        "hands_on: {statement} {problem}. Name each statement behind the passport once that hands goods on."
    )


@dataclass(eq=False)
class OwnConservationError(LedgerError):
    """Somebody attests the conservation of what it said itself."""

    organization: str
    statement: str
    sentence: ClassVar[str] = (
        "{organization} issued {statement}, so it can't attest that it adds up. Let somebody else do it."
    )


def taken_over(body: ReceiptBody) -> Components:
    """Return all that a receipt takes over: what was accepted, what goes back and what was lost."""
    if body.quantities is None:
        return Components.parse(body.liability, "liability")
    return Components.total_of(
        Components.parse(part.liability, "liability") for _, part in body.quantities.stated()
    )


def handed_on(statement: Statement) -> Components | None:
    """Return all that a statement hands on; None for one that hands nothing on, or hides it."""
    amounts: Iterable[ComponentMap] = ()
    match statement.body:
        case HandlingBody() as body:
            return added(body)
        case ReceiptBody() as body:
            return taken_over(body)
        case CorrectionBody() as body:
            change = body.change
            return Components.total_of((*line_vectors(change.add_lines), *take_vectors(change.add_inputs)))
        case DispatchBody() as body:
            amounts = (body.liability,)
        case ProductionBody() as body:
            amounts = (output.balance.liability for output in body.outputs)
        case OpeningBody() as body:
            amounts = (lot.balance.liability for lot in body.lots)
        case _:
            return None
    return Components.total_of(Components.parse(one, "liability") for one in amounts)


def conservation(statement: Statement, body: ConservationBody, view: BooksView) -> tuple[Transfer, ...]:
    """Take an attestation in; it books nothing.

    Raises:
        AttestedStatementError, OwnConservationError, AttestedLiabilityError: as `check_attested`.
    """
    if view.shipment(body.passport) is None:
        raise AttestedStatementError(body.passport, "is no passport in this log")
    check_attested(statement, body, view.statement, whole=True)
    return ()


def check_attested(
    statement: Statement,
    body: ConservationBody,
    find: Callable[[str], Statement | None],
    *,
    whole: bool,
) -> None:
    """Check what an attestation says that statements hand on, against those statements.

    With `whole`, every statement must be found; a bundle doesn't hold, or hides, some of them.

    Raises:
        AttestedStatementError: it names what is not there, hands nothing on, or was named before.
        OwnConservationError: its issuer said it itself.
        AttestedLiabilityError: an amount is not the statement's.
    """
    seen: set[str] = set()
    for one in body.hands_on:
        found = find(one.statement)
        if one.statement in seen:
            raise AttestedStatementError(one.statement, "is named twice")
        seen.add(one.statement)
        if found is None and whole:
            raise AttestedStatementError(one.statement, "is in this log no statement")
        if found is None:
            continue
        if found.issuer == statement.issuer:
            raise OwnConservationError(statement.issuer, found.digest)
        amount = handed_on(found)
        if amount is None and not isinstance(found.body, HiddenBody):
            raise AttestedStatementError(found.digest, f"is {found.kind}, which hands nothing on")
        if amount is not None and amount != Components.parse(one.liability, "liability"):
            raise AttestedLiabilityError(statement.digest, found.digest, one.liability, amount.wire())
