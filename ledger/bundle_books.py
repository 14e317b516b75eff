"""The books as a bundle shows them, so that the ledger's own rules can be applied to it again.

A bundle holds what stands behind one passport, not what else was taken from the same lots. So a lot is
moved to where a signed interval says that it stood, as far as the intervals allow that: an interval may
begin later than the last one known, never inside one, and a segment may hold less than is known to be
left, never more.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import ClassVar

from ledger.acceptances import AcceptanceBody, Answer
from ledger.accounting import as_of
from ledger.books import Moment, book
from ledger.closure import takes
from ledger.components import NAMES, Components
from ledger.errors import LedgerError
from ledger.identity import Organization
from ledger.interfaces import LogTerms
from ledger.lines import Take
from ledger.lots import Lot, Shipment
from ledger.offers import Offer
from ledger.segments import segments
from ledger.signed import Statement
from ledger.storing import corrected_by


@dataclass(eq=False)
class IntervalTakenTwiceError(LedgerError):
    """Two statements took the same goods."""

    lot: str
    start: int
    end: int
    sentence: ClassVar[str] = (
        "Of lot {lot} the interval from {start} to {end} was handed on before, in part or whole."
    )


@dataclass(eq=False)
class SegmentTooLargeError(LedgerError):
    """A segment of a lot claims more than its maker, handlings and corrections put into it."""

    lot: str
    component: str
    stated: int
    limit: int
    sentence: ClassVar[str] = (
        "A segment of lot {lot} begins with {stated} mg of {component}; at most {limit} mg went into the lot."
    )


@dataclass(eq=False)
class SegmentTooSmallError(LedgerError):
    """A segment of a lot claims less than its quantity's share of what is known to have been put in."""

    lot: str
    component: str
    stated: int
    limit: int
    sentence: ClassVar[str] = (
        "A segment of lot {lot} begins with {stated} mg of {component}; its share is {limit} mg or more."
    )


class BundleBooks:
    """The books of a bundle's statements, taken in by log position.

    `loose_segments` counts the segments whose start could only be limited, not computed: several
    changes follow each other and what left in between is not in the bundle. What an adjustment then comes to
    can't be computed either, so the amount that its receiver signed stands.
    """

    def __init__(self, terms: LogTerms) -> None:
        self._terms = terms
        self._organizations: dict[str, Organization] = {}
        self._owners: dict[str, str] = {}
        self._lots: dict[str, Lot] = {}
        self._shipments: dict[str, Shipment] = {}
        self._gaps: dict[tuple[str, str], str] = {}
        self._statements: dict[str, Statement] = {}
        self._corrections: dict[str, list[Statement]] = {}
        self._waiting: dict[str, deque[Take]] = {}
        self._taken: dict[tuple[str, tuple[str, ...]], list[tuple[int, int]]] = {}
        self._takers: dict[str, list[Statement]] = {}
        self._offers: dict[str, Offer] = {}
        self._answering: Answer | None = None
        self._positions: dict[str, int] = {}
        self._certain: dict[str, int] = {}
        self._loose: set[str] = set()
        self._position = 0
        self.loose_segments = 0

    def take_in(self, statement: Statement, moment: Moment) -> None:
        """Book one statement by the rules of the books, as the log did.

        Raises:
            IntervalTakenTwiceError, SegmentTooLargeError, SegmentTooSmallError: what a bundle shows about
                others' takes.
            LedgerError: any rule of `books.book`.
        """
        self._position = moment.position
        self._positions[statement.digest] = moment.position
        self._answering = statement.body.answer if isinstance(statement.body, AcceptanceBody) else None
        self._waiting = {}
        for taken in takes(statement):
            self._waiting.setdefault(taken.lot, deque()).append(taken)
        book(statement, moment, self)
        self._statements[statement.digest] = statement
        corrected = corrected_by(statement)
        if corrected is not None:
            self._corrections.setdefault(corrected, []).append(statement)
        for lot in dict.fromkeys(taken.lot for taken in takes(statement)):
            self._takers.setdefault(lot, []).append(statement)

    def stand_at(self, position: int) -> None:
        """Look at organizations as they are at a log position."""
        self._position = position

    def remember(self, statement: Statement) -> None:
        """Keep a statement that books nothing, so that others can refer to it."""
        self._statements[statement.digest] = statement

    def place(self, statement: Statement, position: int) -> None:
        """Keep a statement that is booked later with its place, so that its key can be asked about."""
        self.remember(statement)
        self._positions[statement.digest] = position

    def terms(self) -> LogTerms:
        """Return the log's terms."""
        return self._terms

    def organization(self, identifier: str) -> Organization | None:
        """Return an organization with the policies that it had stated so far, None if not registered."""
        found = self._organizations.get(identifier)
        return None if found is None else as_of(found, self._position)

    def key_owner(self, address: str) -> str | None:
        """Return the organization that a key belongs or belonged to."""
        return self._owners.get(address)

    def shipment(self, identifier: str) -> Shipment | None:
        """Return a shipment as it stands."""
        return self._shipments.get(identifier)

    def statement(self, digest: str) -> Statement | None:
        """Return a statement that was taken in."""
        return self._statements.get(digest)

    def corrections(self, digest: str) -> list[Statement]:
        """Return its corrections, and reversals and impairments of its removals, in log order."""
        return list(self._corrections.get(digest, ()))

    def position(self, digest: str) -> int | None:
        """Return the place of a statement that was taken in, or is being taken in."""
        return self._positions.get(digest)

    def takers(self, lot: str) -> list[Statement]:
        """Return the statements that were taken in and took intervals of a lot, in log order."""
        return list(self._takers.get(lot, ()))

    def offer(self, identifier: str) -> Offer | None:
        """Return an adjustment; one that can't be computed is what its receiver signed."""
        found, answer = self._offers.get(identifier), self._answering
        if found is None or answer is None or not self._loose:
            return found
        signed = Components.parse(answer.increase).difference(Components.parse(answer.decrease))
        return replace(found, open=signed)

    def offers_on(self, goods: str) -> list[Offer]:
        """Return all adjustments on a shipment or lot that the bundle shows, by id."""
        return sorted((one for one in self._offers.values() if one.on == goods), key=lambda one: one.id)

    def gap(self, issuer: str, key: str) -> str | None:
        """Return the statement that used this gap key of this issuer."""
        return self._gaps.get((issuer, key))

    def keep_organization(self, organization: Organization) -> None:
        """Keep an organization with its keys, and with the policies that it states later on."""
        known = self._organizations.get(organization.id)
        later = [policy for policy in known.policies if policy.position >= self._position] if known else []
        policies = (*as_of(organization, self._position).policies, *later)
        if len(policies) > len(organization.policies):
            organization = replace(organization, policies=policies)
        self._organizations[organization.id] = organization
        for key in organization.keys:
            self._owners[key.address] = organization.id

    def keep_shipment(self, shipment: Shipment) -> None:
        """Keep a shipment, new or changed."""
        self._shipments[shipment.id] = shipment

    def keep_offer(self, offer: Offer) -> None:
        """Keep an adjustment that is offered, answered, or needed no answer."""
        self._offers[offer.id] = offer

    def keep_gap(self, issuer: str, key: str, statement: str) -> None:
        """Remember that a statement used this gap key."""
        self._gaps[issuer, key] = statement

    def lot(self, identifier: str) -> Lot | None:
        """Return a lot; one that is about to be taken from stands where the signed interval says.

        Raises:
            IntervalTakenTwiceError: the interval lies in one that was taken before.
            SegmentTooLargeError, SegmentTooSmallError: the segment claims more than went into the lot, or
                less than its part of it.
        """
        lot, waiting = self._lots.get(identifier), self._waiting.get(identifier)
        if lot is None or not waiting:
            return lot
        signed = waiting[0]
        if tuple(signed.basis.statements) == lot.basis:
            lot = self._moved(self._in_segment(lot, signed), signed)
            self._lots[identifier] = lot
        return lot

    def keep_lot(self, lot: Lot) -> None:
        """Keep a lot: new, taken from, claimed upon, adjusted, or with a segment begun anew."""
        before = self._lots.get(lot.id)
        self._lots[lot.id] = lot
        if before is None:
            self._certain[lot.id] = 0
        elif before.basis == lot.basis and lot.taken > before.taken:
            self._waiting[lot.id].popleft()
            self._taken.setdefault((lot.id, lot.basis), []).append((before.taken, lot.taken))
            self._certain[lot.id] = len(lot.changes)
        elif lot.basis != before.basis and lot.changes[-1].expected is not None:
            self._certain[lot.id] = len(lot.changes)  # a new estimate says where the lot stood

    def _in_segment(self, lot: Lot, signed: Take) -> Lot:
        """Return the lot with the segment's start, where others took from it before the segment began."""
        quantity, count = int(signed.basis.quantity), len(lot.changes)
        if quantity >= lot.quantity or self._certain[lot.id] == count:
            return lot  # as known: the books compare
        last = replace(lot.changes[-1], quantity=quantity)
        least = list(segments(lot.beginning, (*lot.changes[:-1], last)))[-1][0]
        if self._certain[lot.id] == count - 1:
            return replace(lot, total=least, quantity=quantity, changes=(*lot.changes[:-1], last))
        stated = Components.parse(signed.basis.liability, "take/basis/liability")
        for slot, mg in stated.items():
            if mg > lot.total[slot]:
                raise SegmentTooLargeError(lot.id, NAMES[slot], mg, lot.total[slot])
        for slot, mg in least.items():
            # What left before a change carried nothing of it, so only rounding can make it less.
            if stated[slot] < mg - 1:
                raise SegmentTooSmallError(lot.id, NAMES[slot], stated[slot], mg - 1)
        self.loose_segments += 1
        self._loose.add(lot.id)
        more = {slot: max(0, mg) for slot, mg in stated.difference(least).items()}
        last = replace(last, added=last.added + more)
        return replace(lot, total=stated, quantity=quantity, changes=(*lot.changes[:-1], last))

    def _moved(self, lot: Lot, signed: Take) -> Lot:
        """Return the lot as it stands where the signed interval begins."""
        start, end = int(signed.start), int(signed.end)
        for known_start, known_end in self._taken.get((lot.id, lot.basis), ()):
            if start < known_end and known_start < end:
                raise IntervalTakenTwiceError(lot.id, start, end)
        return replace(lot, taken=start) if start > lot.taken else lot
