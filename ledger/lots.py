"""Lots and shipments: what an organization holds, and what is on its way.

A lot is shared by intervals of its quantity. A *segment* has a total T (per component) and a quantity
Q; whoever takes [from, to) carries floor(T·to/Q) − floor(T·from/Q). A change of T starts a new
segment: T := balance, Q := quantity left, from := 0 (PROTOCOL, Sharing).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from ledger.accounts import Account
from ledger.components import NOTHING, Components
from ledger.errors import LedgerError
from ledger.lines import Take
from ledger.periods import CivilDay
from ledger.risk import risk_bearer
from ledger.segments import Beginning, Change, Difference, plus
from ledger.shipment_parts import ShipmentPart, parts_of
from ledger.wire import MAX_INPUTS, Unit


@dataclass(eq=False)
class StaleLotError(LedgerError):
    """Something moved between draft and post: the lot is no longer as it was signed."""

    lot: str
    signed: str
    expected: str
    sentence: ClassVar[str] = (
        "Lot {lot} changed: signed {signed}, now {expected}. Take a fresh draft, sign it."
    )


@dataclass(eq=False)
class OverdrawnLotError(LedgerError):
    """More is taken from a lot than it holds."""

    lot: str
    held: int
    asked: int
    unit: str
    sentence: ClassVar[str] = "Lot {lot} holds {held} {unit}, but {asked} {unit} are taken. Take less."


@dataclass(eq=False)
class ZeroQuantityError(LedgerError):
    """A quantity of nothing."""

    field: str
    sentence: ClassVar[str] = "{field} is 0. State a quantity above 0."


@dataclass(eq=False)
class TakenLiabilityError(LedgerError):
    """The stated liability of an interval is not its share."""

    lot: str
    signed: dict[str, str]
    expected: dict[str, str]
    sentence: ClassVar[str] = "The interval of lot {lot} carries {expected}, but {signed} is stated."


@dataclass(eq=False)
class TooManyChangesError(LedgerError):
    """A lot was changed as often as whoever takes from it can list."""

    lot: str
    count: int
    limit: int = MAX_INPUTS
    sentence: ClassVar[str] = (
        "Lot {lot} was changed {count} times since it was made; the limit is {limit}. Put several in one."
    )


@dataclass(eq=False)
class TooManyClaimsError(LedgerError):
    """More is claimed on a lot, by handlers whom its holder doesn't name, than a lot remembers."""

    lot: str
    count: int
    limit: int = MAX_INPUTS
    sentence: ClassVar[str] = (
        "Lot {lot} has {count} claims of handlers whom its holder doesn't name; the limit is {limit}."
    )


KeptAs = Literal["lot", "goods_in_process", "asset", "abnormal_loss"]
"""As what an organization's books show goods; what was lost abnormally is a lot of which nothing is left."""


@dataclass(frozen=True, slots=True)
class Lot:
    """A quantity of one product held by one organization, and the segment it is shared by.

    `quantity` and `taken` are in the lot's unit; `total` is the segment's T. `given` is what its maker put
    into it, as corrected since; `changes` are the handlings, corrections and acceptances that started
    segments, in log order. What the holder and its `handlers` do with the goods goes into the total; what
    others do is only `claimed` (their handlings, in log order), not taken over. `kept_as` is the kind of
    account that it lies in; `late` is the part of `given` that handlings added when nothing was left.
    """

    id: str
    holder: str
    product: str
    unit: Unit
    total: Components
    quantity: int
    taken: int
    began: CivilDay
    made: Literal["production", "receipt", "opening"]
    original_quantity: int
    given: Components
    changes: tuple[Change, ...] = ()
    batch: str = ""
    handlers: tuple[str, ...] = ()
    claimed: tuple[str, ...] = ()
    kept_as: KeptAs = "lot"
    late: Components = NOTHING

    @property
    def account(self) -> Account:
        """The account that all it holds lies in."""
        return Account(self.kept_as, self.holder, self.id)

    @property
    def left(self) -> int:
        """The quantity still there."""
        return self.quantity - self.taken

    @property
    def basis(self) -> tuple[str, ...]:
        """The statements that made the segment, in log order."""
        return tuple(change.statement for change in self.changes)

    @property
    def beginning(self) -> Beginning:
        """What the lot began with, as corrected since."""
        return Beginning(self.given, self.original_quantity)

    def balance(self) -> Components:
        """Return the liability still there."""
        if self.quantity == 0:
            return self.total
        return self.total - self.total.interval(0, self.taken, self.quantity)

    def untouched(self) -> bool:
        """Say whether nothing has ever been taken from it."""
        return self.left == self.original_quantity

    def changed(self, because: str, added: Components = NOTHING, expected: int | None = None) -> Lot:
        """Start a new segment of what is left (of an asset: of what is `expected`), with what was added.

        Raises:
            TooManyChangesError: it had as many as a take can list.
        """
        if len(self.changes) >= MAX_INPUTS:
            raise TooManyChangesError(self.id, len(self.changes))
        changes = (*self.changes, Change(because, self.left, added, expected))
        quantity = self.left if expected is None else expected
        return replace(self, total=self.balance() + added, quantity=quantity, taken=0, changes=changes)

    def adjusted(self, total: Components, because: str) -> Lot:
        """Go on with another total of the present segment, in a new segment where goods are left.

        Raises:
            TooManyChangesError: it had as many as a take can list.
        """
        now = replace(self, total=total)
        fresh = self.taken == 0 and self.basis[-1:] == (because,)
        return now if fresh or self.left == 0 else now.changed(because)

    def handled_by(self, organization: str) -> bool:
        """Say whether what an organization does with the goods goes into the lot."""
        return organization == self.holder or organization in self.handlers

    def claimed_by(self, handling: str) -> Lot:
        """Remember a handling by somebody whom the holder doesn't name; it changes nothing else.

        Raises:
            TooManyClaimsError: as many are remembered as there is room for.
        """
        if len(self.claimed) >= MAX_INPUTS:
            raise TooManyClaimsError(self.id, len(self.claimed))
        return replace(self, claimed=(*self.claimed, handling))

    def standing(self) -> dict[str, Any]:
        """Return an interval that takes nothing: where the lot stands, as it is signed."""
        basis = {
            "statements": list(self.basis),
            "quantity": str(self.quantity),
            "liability": self.total.wire(),
        }
        return {
            "lot": self.id,
            "basis": basis,
            "from": str(self.taken),
            "to": str(self.taken),
            "liability": {},
        }

    def offer(self, quantity: int) -> dict[str, Any]:
        """Return the take of a quantity from where the lot stands, as it is signed.

        Raises:
            ZeroQuantityError: nothing is taken.
            OverdrawnLotError: it holds less.
        """
        end = self._end(quantity)
        liability = self.total.interval(self.taken, end, self.quantity).wire()
        return {**self.standing(), "to": str(end), "liability": liability}

    def take(self, signed: Take) -> tuple[Lot, Components, int]:
        """Take a signed interval: return the lot after it, what it carries, and its quantity.

        Raises:
            StaleLotError: basis or start are not where the lot stands now.
            ZeroQuantityError, OverdrawnLotError: nothing is taken, or more than there is.
            TakenLiabilityError: the stated liability is not the interval's share.
        """
        start, end = int(signed.start), int(signed.end)
        self.check_stands(signed)
        if end <= start:
            raise ZeroQuantityError("take/to")
        self._end(end - start)
        carried = self.total.interval(start, end, self.quantity)
        if not carried.is_stated(signed.liability, "take/liability"):
            raise TakenLiabilityError(self.id, signed.liability, carried.wire())
        return self._taken_to(end), carried, end - start

    def _taken_to(self, end: int) -> Lot:
        """Return the lot with its intervals taken up to here; `replace` is slow for what is done so often."""
        start = (self.id, self.holder, self.product, self.unit, self.total, self.quantity)
        since = (self.began, self.made, self.original_quantity, self.given, self.changes, self.batch)
        return Lot(*start, end, *since, self.handlers, self.claimed, self.kept_as, self.late)

    def check_stands(self, signed: Take) -> None:
        """Check that the lot stands where a signed interval begins.

        Raises:
            StaleLotError: another segment, or more or less was taken of it.
        """
        basis = signed.basis
        same = self.total.is_stated(basis.liability, "take/basis/liability")
        there, now = (basis.statements, int(basis.quantity)), (self.basis, self.quantity)
        if not same or there != now:
            stated = Components.parse(basis.liability)
            raise StaleLotError(self.id, _segment_text(*there, stated), _segment_text(*now, self.total))
        if int(signed.start) != self.taken:
            raise StaleLotError(self.id, f"from {int(signed.start)}", f"from {self.taken}")

    def _end(self, quantity: int) -> int:
        if quantity <= 0:
            raise ZeroQuantityError("quantity")
        if quantity > self.left:
            raise OverdrawnLotError(self.id, self.left, quantity, self.unit)
        return self.taken + quantity


def _segment_text(basis: tuple[str, ...], quantity: int, total: Components) -> str:
    return f"{quantity} with {total.gross_mg()} mg CO2e gross after {len(basis)} changes"


ShipmentStatus = Literal["open", "received", "refused", "lost", "outside"]


@dataclass(frozen=True, slots=True)
class Handled:
    """What one handling added to a shipment: by whom, on which leg, in whose place."""

    statement: str
    handler: str
    components: Components
    leg: str = ""
    stand_in: bool = False


@dataclass(frozen=True, slots=True)
class Shipment:
    """A quantity of a lot on its way; its passport has the same id, the digest of the dispatch.

    Of what was answered, `returned` and `lost` say how much went back and how much never arrived.
    """

    id: str
    lot: str
    sender: str
    consignee: str
    handlers: tuple[str, ...]
    product: str
    unit: Unit
    quantity: int
    dispatched: Components
    total: Components
    sent_end: CivilDay
    status: ShipmentStatus = "open"
    handlings: tuple[Handled, ...] = ()
    claimed: tuple[Handled, ...] = ()
    answered_by: str = ""
    batch: str = ""
    incoterm: str = ""
    returned: int = 0
    lost: int = 0

    @property
    def accepted(self) -> int:
        """How much of it the consignee took over."""
        return self.quantity - self.returned - self.lost if self.answered_by else 0

    @property
    def bearer(self) -> str:
        """Who bears the risk on its way, by the terms of its dispatch."""
        return risk_bearer(self.incoterm, self.sender, self.consignee)

    def answered(self, by: str, returned: int, lost: int) -> Shipment:
        """Return the shipment after its receipt: received where any of it is, else refused, else lost."""
        status: ShipmentStatus = "refused" if returned else "lost"
        if returned + lost < self.quantity:
            status = "received"
        return replace(self, status=status, answered_by=by, returned=returned, lost=lost)

    def parts(self) -> tuple[ShipmentPart, ...]:
        """Return what became of it: accepted [0, a), returned [a, b), lost [b, Q), those that there are.

        Accepted and returned goods are lots of the receipt, numbered in this order; what is lost is the
        abnormal loss of whoever bears the risk (PROTOCOL, Sharing: a shipment).
        """
        if not self.answered_by:
            return ()
        quantities = (self.accepted, self.returned, self.lost)
        holders = (self.consignee, self.sender, self.bearer)
        return parts_of(self.answered_by, quantities, holders)

    def shared(self, total: Components) -> list[tuple[ShipmentPart, Components]]:
        """Share a total over its parts by their intervals; the shares add up to it."""
        shares = [(part, total.interval(part.start, part.end, self.quantity)) for part in self.parts()]
        assert not shares or Components.total_of(one for _, one in shares) == total  # noqa: S101 - they tile it
        return shares

    def share_differences(self, difference: Difference) -> list[tuple[ShipmentPart, Difference]]:
        """Return by how much each part's share changes when the total does; the changes add up to it.

        Shares are computed again, not apportioned, so that one may differ in sign from the whole, by 1 mg a
        component.

        Raises:
            NegativeComponentError: the total doesn't carry what the difference takes away.
            AmountTooLargeError: the new total is beyond 10^17.
        """
        after, before = self.shared(plus(self.total, difference)), self.shared(self.total)
        return [(part, now.difference(then)) for (part, now), (_, then) in zip(after, before, strict=True)]

    def added(self) -> Components:
        """Return what handlings added since dispatch."""
        return Components.total_of(handled.components for handled in self.handlings)

    def handled(self, statement: str) -> Handled | None:
        """Return what a handling added, or claims to have added."""
        return next((one for one in (*self.handlings, *self.claimed) if one.statement == statement), None)

    def handled_anew(self, handled: Handled) -> Shipment:
        """Put another amount in the place of what the same handling added or claims."""
        handlings, claimed = (
            tuple(handled if one.statement == handled.statement else one for one in there)
            for there in (self.handlings, self.claimed)
        )
        return replace(self, handlings=handlings, claimed=claimed)

    @property
    def receiver(self) -> str:
        """Who answers what is added to it: the holder of its goods, who is to be, or who bears their loss."""
        if self.status == "lost":
            return self.bearer
        return self.sender if self.status == "refused" else self.consignee

    def beyond_a_fifth(self, more: Components = NOTHING) -> bool:
        """Say whether handlings, and what more is to come, add over 20 % of the gross at dispatch."""
        return (self.added().gross_mg() + more.gross_mg()) * 5 > self.dispatched.gross_mg()
