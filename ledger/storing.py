"""What every store of the ledger does alike: what a statement refers to, how transfers become postings.

Nothing here writes anything: the stores (`in_memory.py`, `sql`) keep what these functions return, so
that two stores that saw the same log hold the same books.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeVar, runtime_checkable

from ledger.acceptances import AcceptanceBody
from ledger.accounts import SIGNED, Account, Transfer
from ledger.closure import takes
from ledger.components import NAMES
from ledger.disclosure_bodies import ConservationBody, GrantBody
from ledger.errors import LedgerError
from ledger.identifiers import lot_parts
from ledger.identity import Organization
from ledger.interfaces import LedgerView, LedgerWriter, Movement
from ledger.lots import Lot, Shipment
from ledger.offers import Offer
from ledger.quantities import MAX_AMOUNT, in_range
from ledger.reversal_bodies import ImpairmentBody, ReversalBody
from ledger.signed import Statement
from ledger.statements import AttestationBody, CorrectionBody

R = TypeVar("R", Organization, Lot, Shipment, Offer)


@dataclass(eq=False)
class LogNotOpenError(LedgerError):
    """The ledger is empty: no log was opened in it."""

    where: str
    sentence: ClassVar[str] = "No log was opened in {where}. Open one first."


@dataclass(eq=False)
class LogHereAlreadyError(LedgerError):
    """A ledger holds one log, and it holds one already."""

    held: str
    opened: str
    sentence: ClassVar[str] = "This ledger holds log {held} already, so log {opened} can't be opened in it."


@dataclass(eq=False)
class LedgerLockedError(LedgerError):
    """Somebody else wrote for longer than we wait."""

    where: str
    wait_s: float
    sentence: ClassVar[str] = "{where} was locked by another writer for {wait_s} s. Try again."


@dataclass(eq=False)
class DuplicateStatementError(LedgerError):
    """A statement with this digest, or this issuer and id, is in the log already."""

    digest: str
    issuer: str
    id: str
    sentence: ClassVar[str] = (
        "Statement {digest} (id {id}, issuer {issuer!r}) is in the log already. Give a new one a new id."
    )


@dataclass(eq=False)
class LogOrderError(LedgerError):
    """An entry is appended at another place than the log's end."""

    given: int
    expected: int
    sentence: ClassVar[str] = "The log has {expected} entries, so entry {given} can't be appended. Try again."


@dataclass(eq=False)
class NegativeBalanceError(LedgerError):
    """An account would hold less than nothing."""

    account: str
    component: str
    mg: int
    sentence: ClassVar[str] = "Account {account} would hold {mg} mg of {component}. Run `passport audit`."


@dataclass(eq=False)
class CorruptRowError(LedgerError):
    """A row can't be what was written."""

    table: str
    key: str
    problem: str
    sentence: ClassVar[str] = "Row {key} of table {table} is damaged: {problem}. Run `passport audit`."


@runtime_checkable
class GapListing(Protocol):
    """A view that can list the gap keys that were used."""

    def gaps(self) -> Iterator[tuple[str, str, str]]:
        """Return issuer, key and statement of every gap, in that order."""
        ...


class StoredView(LedgerView, GapListing, Protocol):
    """A view that can also be compared and copied whole."""


class StoredWriter(StoredView, LedgerWriter, Protocol):
    """A writer that can also rebuild its books, and forget personal parts."""

    def keep_erased(self, statement: Statement) -> None:
        """Keep a logged statement without the parts that were erased."""
        ...

    def preload(self, statements: Sequence[Statement]) -> None:
        """Read what booking a batch will need, at once; a hint that changes no answer."""
        ...

    def drop_projections(self) -> None:
        """Drop the books; statements, tree, checkpoints and anchors stay."""
        ...


def about_organization(statement: Statement) -> str | None:
    """Return the organization that a statement tells about: registration, key, policies, attestation."""
    if statement.kind in ("registration/1", "key/1", "accounting_policy/1", "countersignature/1"):
        return statement.issuer
    if isinstance(statement.body, AcceptanceBody) and statement.body.standing is not None:
        return statement.issuer
    return statement.body.subject if isinstance(statement.body, AttestationBody) else None


def corrected_by(statement: Statement) -> str | None:
    """Return the statement that a correction corrects, or that something said later is about."""
    match statement.body:
        case CorrectionBody() as body:
            return body.corrects
        case ReversalBody() as body:
            return body.reverses.statement
        case ImpairmentBody() as body:
            return body.impairs.statement
        case ConservationBody() as body:
            return body.passport
        case GrantBody() as body:
            return body.grant.passport or (lot_parts(body.grant.lot)[0] if body.grant.lot else None)
        case _:
            return None


def lots_taken(statement: Statement) -> tuple[str, ...]:
    """Return the lots that a statement takes intervals of, each once."""
    return tuple(dict.fromkeys(one.lot for one in takes(statement)))


def parties_of(shipment: Shipment) -> frozenset[str]:
    """Return sender, consignee and everybody who handled a shipment or is named to."""
    handlers = (handled.handler for handled in (*shipment.handlings, *shipment.claimed))
    return frozenset((shipment.sender, shipment.consignee, *shipment.handlers, *handlers))


def pages(page: Callable[..., list[R]], limit: int = 1000) -> Iterator[R]:
    """Return all rows of a paged question, such as `view.lots`, in the order of their ids."""
    after = ""
    while rows := page(after=after, limit=limit):
        yield from rows
        after = rows[-1].id


def postings(position: int, transfers: Iterable[Transfer]) -> list[Movement]:
    """Return one posting per component of each transfer, numbered from 0 within the statement."""
    rows = [(source, target, *one) for source, target, moved in transfers for one in moved.items()]
    return [Movement(position, number, *row) for number, row in enumerate(rows)]


def changed_balances(
    transfers: Sequence[Transfer], balance: Callable[[Account], dict[int, int]]
) -> dict[Account, dict[int, int]]:
    """Return the new balances of the accounts that transfers touch, in mg by slot, without zeros.

    Raises:
        AmountTooLargeError: a balance is beyond 10^17.
        NegativeBalanceError: an account that is no source would hold less than nothing.
    """
    changed: dict[Account, dict[int, int]] = {}
    for source, target, components in transfers:
        given, taken = changed.get(source), changed.get(target)
        if given is None:
            given = changed[source] = dict(balance(source))
        if taken is None:
            taken = given if source == target else dict(balance(target))
            changed[target] = taken
        for slot, mg in components.items():
            given[slot] = given.get(slot, 0) - mg
            taken[slot] = taken.get(slot, 0) + mg
    return {account: _checked(account, held) for account, held in changed.items()}


def _checked(account: Account, held: dict[int, int]) -> dict[int, int]:
    lowest = -MAX_AMOUNT if account.kind in SIGNED else 0
    amounts = held.values()
    if amounts and not lowest <= min(amounts) <= max(amounts) <= MAX_AMOUNT:
        slot, mg = next((slot, mg) for slot, mg in held.items() if not lowest <= mg <= MAX_AMOUNT)
        in_range(mg, f"{account.kind}/{NAMES[slot]}")
        raise NegativeBalanceError("/".join(account), NAMES[slot], mg)
    return {slot: mg for slot, mg in sorted(held.items()) if mg}
