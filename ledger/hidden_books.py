"""The books of a bundle that hides what stands behind some of its goods.

A lot whose maker is hidden begins as those say who took from it; a shipment whose dispatch hides what it was
taken from is taken over as its receipt says, never with less than the dispatch handed on. What went into them
is not known here: that is what `verification_steps.hidden_tiers` speaks about.
"""

from __future__ import annotations

from collections.abc import Iterable

from ledger.attested import check_attested, taken_over
from ledger.books import Moment
from ledger.bundle_books import BundleBooks
from ledger.closure import takes
from ledger.components import Components
from ledger.disclosure_bodies import ConservationBody
from ledger.identifiers import lot_parts
from ledger.interfaces import LogTerms
from ledger.lines import Take
from ledger.lots import Lot
from ledger.periods import first_day
from ledger.rules import StatedLiabilityError, check_handlers
from ledger.segments import Change
from ledger.shipping import NotConsigneeError
from ledger.signed import Statement
from ledger.stand_ins import HIDDEN_NAME, HiddenBody
from ledger.statements import DispatchBody, ReceiptBody


class HiddenBooks(BundleBooks):
    """The books of a bundle's statements, some of which hide what they book."""

    def __init__(self, terms: LogTerms) -> None:
        super().__init__(terms)
        self._hidden: dict[str, Statement] = {}
        self._over: dict[str, Statement] = {}
        self._first: dict[str, Take] = {}
        self._by: Statement | None = None

    def expect(self, statements: Iterable[Statement]) -> None:
        """Learn which statements hide what they book, and who takes first from each lot, in log order."""
        for statement in statements:
            if isinstance(statement.body, HiddenBody):
                self._hidden[statement.digest] = statement
            for one in takes(statement):
                self._first.setdefault(one.lot, one)

    def take_in(self, statement: Statement, moment: Moment) -> None:
        """Book one statement; one that hides what it books is only remembered.

        Raises:
            UnknownOrganizationError, DuplicateHandlerError: a receipt's handlers.
            AttestedStatementError, OwnConservationError, AttestedLiabilityError: what is attested.
            NotConsigneeError, StatedLiabilityError: what is taken over is not what was handed on.
            LedgerError: any rule of `BundleBooks.take_in`.
        """
        self._by = statement
        body = statement.body
        if isinstance(body, HiddenBody):
            self.remember(statement)
        elif isinstance(body, ConservationBody):
            check_attested(statement, body, self.statement, whole=False)
            self.remember(statement)
        elif isinstance(body, ReceiptBody) and body.takes_over.shipment in self._hidden:
            self._take_over(statement, body, self._hidden[body.takes_over.shipment])
            self.remember(statement)
        else:
            super().take_in(statement, moment)

    def _take_over(self, statement: Statement, body: ReceiptBody, dispatch: Statement) -> None:
        """Take over a shipment of which only the liability is known."""
        handed = dispatch.body
        assert isinstance(handed, HiddenBody)  # noqa: S101 - it is in the table of those
        check_handlers(body.handlers, self)
        if handed.consignee is not None and handed.consignee != statement.issuer:
            raise NotConsigneeError(dispatch.digest, handed.consignee, statement.issuer)
        if handed.liability is not None:
            whole, least = taken_over(body), Components.parse(handed.liability, "liability")
            added = whole.difference(least)
            if any(mg < 0 or not body.takes_over.handlings for mg in added.values()):
                raise StatedLiabilityError("liability", whole.wire(), least.wire())
        self._over[statement.digest] = statement

    def lot(self, identifier: str) -> Lot | None:
        """Return a lot; one whose maker is hidden as its first taker says that it stood.

        Raises:
            IntervalTakenTwiceError, SegmentTooLargeError, SegmentTooSmallError: as `BundleBooks.lot`.
        """
        if identifier not in self._lots and identifier in self._first:
            self._begin(identifier, self._first[identifier])
        return super().lot(identifier)

    def _begin(self, identifier: str, first: Take) -> None:
        maker, number = lot_parts(identifier)
        received, hidden = self._over.get(maker), self._hidden.get(maker)
        if received is not None and isinstance(received.body, ReceiptBody):
            made = received.body.lots()
            if number < len(made):
                part, liability = made[number]
                accepted = part == "accepted"
                sender = self._hidden[received.body.takes_over.shipment].issuer
                holder = received.issuer if accepted else sender
                handlers = received.body.handlers if accepted else ()
                given = Components.parse(liability, "liability")
                self._keep(identifier, received, holder, first, given, handlers, ())
        elif hidden is not None:
            given = Components.parse(first.basis.liability, "take/basis/liability")
            holder = hidden.issuer
            if hidden.kind == "receipt/1" and self._by is not None:
                holder = self._by.issuer  # goods that came back are the sender's
            self._keep(identifier, hidden, holder, first, given, (), first.basis.statements)

    def _keep(  # noqa: PLR0913, PLR0917 - what a lot begins with
        self,
        identifier: str,
        maker: Statement,
        holder: str,
        first: Take,
        given: Components,
        handlers: tuple[str, ...],
        basis: tuple[str, ...],
    ) -> None:
        quantity = int(first.basis.quantity)
        goods = self._by.body.goods if self._by and isinstance(self._by.body, DispatchBody) else None
        self.keep_lot(
            Lot(
                id=identifier,
                holder=holder,
                product=goods.product if goods else HIDDEN_NAME,
                unit=goods.unit if goods else "mg",
                total=given,
                quantity=quantity,
                taken=0,
                began=first_day(maker.body.occurred),
                made="receipt",
                original_quantity=quantity,
                given=given,
                changes=tuple(Change(one, quantity) for one in basis),
                batch=(goods.batch or "") if goods else HIDDEN_NAME,
                handlers=handlers,
            )
        )
        self._certain[identifier] = len(basis)
