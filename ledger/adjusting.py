"""What a correction changes in goods that were handed on: the same shares, computed again.

The job walks forward from what was corrected: production to lots, lots to whoever took from them, and so on,
in log order, each visited when all that comes before it is known. It never passes from one organization to
another without the other's acceptance: there the difference is offered. At most 10,000 steps belong to one
statement, and they are booked with it, all or none (PROTOCOL, Booking: adjustments).
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from ledger.accounts import SINKS, Account, Transfer
from ledger.allowances import allows
from ledger.closure import takes
from ledger.co_products import Carries, corrected_shares, handled_now
from ledger.components import Components
from ledger.errors import LedgerError
from ledger.identifiers import lot_id
from ledger.interfaces import BooksView
from ledger.lines import Take
from ledger.lots import Lot, Shipment
from ledger.offers import Offer, offer_id
from ledger.segments import Difference, carried, halves, plus, segments
from ledger.signed import Statement
from ledger.statements import (
    CorrectionBody,
    DispatchBody,
    DisposalBody,
    HandlingBody,
    ProductionBody,
)

MAX_HOPS: Final = 10_000


@dataclass(eq=False)
class AdjustmentTooWideError(LedgerError):
    """A correction would change more than one job may."""

    statement: str
    count: int
    limit: int = MAX_HOPS
    sentence: ClassVar[str] = (
        "Statement {statement} would change {count} takings and more; the limit is {limit}. "
        "Split it: correct in several statements, or let receivers answer one after the other."
    )


@dataclass(frozen=True, slots=True)
class Trigger:
    """The statement that starts a job, and the digest of the cause whose difference it carries."""

    statement: Statement
    cause: str


def added_by(
    handling: Statement, body: HandlingBody, view: BooksView, booking: Statement | None = None
) -> Components:
    """Return what a logged handling adds now, with its corrections and what its inputs have become.

    The statement that is being booked counts too, if it corrects the handling.
    """
    return handled_now(body, _corrections(handling.digest, view, booking), _carries(view))


def _corrections(digest: str, view: BooksView, booking: Statement | None) -> list[CorrectionBody]:
    """Return the corrections of a statement, the one that is being booked included."""
    bodies = [one.body for one in (*view.corrections(digest), booking) if one is not None]
    return [body for body in bodies if isinstance(body, CorrectionBody) and body.corrects == digest]


def _carries(view: BooksView) -> Carries:
    """Return the function that says what a signed interval carries now."""

    def carries(taken: Take) -> Components:
        lot = view.lot(taken.lot)
        assert lot is not None  # noqa: S101 - it was taken from
        return carried(taken, list(segments(lot.beginning, lot.changes)))

    return carries


class Adjustment:
    """One job: everything that follows from one statement, as transfers, with the view kept up to date.

    Args:
        trigger: the statement that is being booked, and the correction or handling that is the cause.
        view: the books, which lack the statement that is being booked.
    """

    def __init__(self, trigger: Trigger, view: BooksView) -> None:
        self._trigger, self._view = trigger, view
        self.transfers: list[Transfer] = []
        self._queue: list[tuple[int, str, str]] = []
        self._waiting: set[tuple[str, str]] = set()
        self._before: dict[str, Lot] = {}
        self._hops = 0
        self.because = trigger.statement.digest

    def corrected(self, corrects: str) -> None:
        """Begin with a production or handling whose lines or inputs have changed."""
        self._later("statement", corrects, corrects)

    def given(self, lot: str, difference: Mapping[int, int], source: Account, *, late: bool = False) -> None:
        """Begin with a lot that was given more or less by its maker; the difference comes from `source`.

        What comes `late` is a handling that was taken over when nothing was left: its takers share it.
        """
        if difference:
            held = self._lot(lot)
            self._post(source, held.account, difference)
            came_late = plus(held.late, difference) if late else held.late
            self._view.keep_lot(replace(held, given=plus(held.given, difference), late=came_late))

    def handed_on(
        self, shipment: str, target: str, sender: str, source: Account, difference: Difference
    ) -> None:
        """Begin with a shipment that carries more or less than was handed on."""
        found = self._view.shipment(shipment)
        assert found is not None  # noqa: S101 - whoever takes from a lot to ship it has made the shipment
        self._shipped(found, target, sender, source, difference)

    def run(self) -> tuple[Transfer, ...]:
        """Go on until nothing changes any more, and return what moved.

        Raises:
            AdjustmentTooWideError: more than 10,000 steps.
            TooManyChangesError: a lot was changed as often as whoever takes from it can list.
            AmountTooLargeError: a sum is beyond 10^17.
        """
        while self._queue:
            _position, what, identifier = heapq.heappop(self._queue)
            self._waiting.discard((what, identifier))
            if what == "lot":
                self._lot_changed(identifier)
            else:
                self._statement_changed(identifier)
        return tuple(self.transfers)

    def _hop(self) -> None:
        self._hops += 1
        if self._hops > MAX_HOPS:
            raise AdjustmentTooWideError(self._trigger.statement.digest, self._hops)

    def _later(self, what: str, identifier: str, statement: str) -> None:
        if (what, identifier) not in self._waiting:
            self._waiting.add((what, identifier))
            position = self._view.position(statement)
            place = len(self._queue) + (1 << 60) if position is None else position
            heapq.heappush(self._queue, (place, what, identifier))

    def _lot(self, identifier: str) -> Lot:
        """Return a lot that is about to change, and remember how it was."""
        lot = self._view.lot(identifier)
        assert lot is not None  # noqa: S101 - a logged statement made it
        self._before.setdefault(identifier, lot)
        self._later("lot", identifier, identifier.partition(".")[0])
        return lot

    def _post(self, source: Account, target: Account, difference: Mapping[int, int]) -> None:
        up, down = halves(difference)
        moves = (Transfer(source, target, up), Transfer(target, source, down))
        self.transfers += [move for move in moves if move.components]

    def _lot_changed(self, identifier: str) -> None:
        """Compute every share of a lot again; pass on the differences, and begin a new segment."""
        before, lot = self._before.pop(identifier), self._view.lot(identifier)
        assert lot is not None  # noqa: S101 - it was changed just before
        then = list(segments(before.beginning, before.changes))
        now = list(segments(lot.beginning, lot.changes))
        self._view.keep_lot(lot.adjusted(now[-1][0], self._trigger.statement.digest))
        for taker in self._view.takers(identifier):
            for take in takes(taker):
                if take.lot != identifier:
                    continue
                self._hop()
                difference = carried(take, now).difference(carried(take, then))
                if difference:
                    self._passed_on(taker, lot.account, difference)

    def _passed_on(self, taker: Statement, source: Account, difference: Difference) -> None:
        """Hand a changed share to whoever took it."""
        match taker.body:
            case DispatchBody():
                self.handed_on(taker.digest, taker.digest, taker.issuer, source, difference)
            case DisposalBody() as body:
                self._post(source, Account(SINKS[body.fate], taker.issuer), difference)
            case CorrectionBody() as body:
                self._post(source, self._pool(body.corrects), difference)
                self._later("statement", body.corrects, body.corrects)
            case _:
                self._post(source, self._pool(taker.digest), difference)
                self._later("statement", taker.digest, taker.digest)

    def _pool(self, digest: str) -> Account:
        """Return where lines and inputs of a production or handling come together."""
        statement = self._view.statement(digest)
        assert statement is not None  # noqa: S101 - it is in the log
        if isinstance(statement.body, ProductionBody):
            return Account("goods_in_process", statement.issuer)
        return Account("handling_unassigned", statement.issuer)

    def _statement_changed(self, digest: str) -> None:
        self._hop()
        statement = self._view.statement(digest)
        assert statement is not None  # noqa: S101 - it is in the log
        if isinstance(statement.body, ProductionBody):
            self._production_changed(statement, statement.body)
        else:
            assert isinstance(statement.body, HandlingBody)  # noqa: S101 - nothing else pools lines
            self._handling_changed(statement, statement.body)

    def _production_changed(self, statement: Statement, body: ProductionBody) -> None:
        corrections = _corrections(statement.digest, self._view, self._trigger.statement)
        in_process = Account("goods_in_process", statement.issuer)
        for number, share in enumerate(corrected_shares(body, corrections, _carries(self._view))):
            identifier = lot_id(statement.digest, number)
            lot = self._view.lot(identifier)
            assert lot is not None  # noqa: S101 - the production made it
            self.given(identifier, share.difference(lot.given - lot.late), in_process)

    def _handling_changed(self, statement: Statement, body: HandlingBody) -> None:
        """Pass on what a handling adds more or less now, to the lot or shipment that took it over."""
        now = added_by(statement, body, self._view, self._trigger.statement)
        unassigned = Account("handling_unassigned", statement.issuer)
        if body.target.lot is not None:
            self._handled_lot_changed(body.target.lot, statement.digest, now, unassigned)
            return
        shipment = self._view.shipment(body.target.shipment or "")
        assert shipment is not None  # noqa: S101 - the handling was booked on it
        handled = shipment.handled(statement.digest)
        assert handled is not None  # noqa: S101 - what was replaced has gaps only, and can't be corrected
        difference = now.difference(handled.components)
        self._view.keep_shipment(shipment.handled_anew(replace(handled, components=now)))
        late = self._view.offer(offer_id(statement.digest, statement.digest))
        if handled in shipment.handlings:
            self.handed_on(shipment.id, statement.digest, statement.issuer, unassigned, difference)
        elif late is not None and late.open:
            self._post(unassigned, late.account(), difference)
            self._view.keep_offer(late.offered(difference))

    def _handled_lot_changed(self, lot: str, handling: str, now: Components, source: Account) -> None:
        found = self._view.lot(lot)
        assert found is not None  # noqa: S101 - the handling was booked on it
        taken_over = self._view.offer(offer_id(handling, handling))
        names = (handling, *(taken_over.answers if taken_over else ()))
        change = next((one for one in found.changes if one.statement in names), None)
        if change is None:
            if taken_over is not None and taken_over.accepted:  # nothing was left of the lot then
                difference = now.difference(taken_over.accepted)
                self._view.keep_offer(replace(taken_over, accepted=dict(now.items())))
                self.given(lot, difference, source, late=True)
            return
        difference = now.difference(change.added)
        if difference:
            held = self._lot(lot)
            self._post(source, held.account, difference)
            changes = tuple(replace(c, added=now) if c is change else c for c in held.changes)
            self._view.keep_lot(replace(held, changes=changes))

    def _shipped(
        self, shipment: Shipment, target: str, sender: str, source: Account, difference: Difference
    ) -> None:
        """Let a shipment carry more or less: at once where nobody has to agree, else as an offer."""
        self._hop()
        if not difference:
            return
        offer = self._offer(shipment, target, sender)
        if shipment.status == "received" and not allows(
            self._view, offer, difference, self._trigger.statement
        ):
            self._post(source, offer.account(), difference)
            self._view.keep_offer(offer.offered(difference))
            return
        self._view.keep_offer(offer.taken_over(difference))
        self.settle(shipment, source, difference)

    def settle(self, shipment: Shipment, source: Account, difference: Difference) -> None:
        """Take a difference over into a shipment, and into what it has become.

        Where it was shared, each part takes the difference of its own share (`Shipment.share_differences`).
        """
        total = plus(shipment.total, difference)
        self._view.keep_shipment(replace(shipment, total=total))
        if shipment.status == "outside":
            self._post(source, Account("outside_handed_on", shipment.sender), difference)
        elif shipment.status == "open":
            self._post(source, Account("shipment", shipment.sender, shipment.id), difference)
        for part, share in shipment.share_differences(difference):
            if part.name == "lost":
                self._post(source, part.account, share)
            else:
                self.given(part.account.ref, share, source)

    def _offer(self, shipment: Shipment, target: str, sender: str) -> Offer:
        """Return the offer for what this job changes of a target, new or known."""
        cause = self._trigger.cause
        known = self._view.offer(offer_id(cause, target))
        return known or Offer(cause, target, shipment.id, sender, shipment.receiver)
