"""Assets that serve for long: a cold store, a lorry, an orchard's first years.

An asset is a lot whose quantity is the life or output that is expected of it. Whatever it serves takes an
interval of that, so each charge is opening x quantity / expected quantity, to the milligram (DOMAIN, An
orchard as an asset). A new estimate spreads what is left over the quantity that is expected now; what was
charged before stays as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.accounts import Transfer
from ledger.errors import LedgerError
from ledger.interfaces import BooksView
from ledger.lots import ZeroQuantityError
from ledger.reestimates import ReestimateBody
from ledger.rules import check_not_before, held_lot
from ledger.signed import Statement


@dataclass(eq=False)
class NotAssetError(LedgerError):
    """What is left is estimated anew of goods that are no asset."""

    lot: str
    kept_as: str
    sentence: ClassVar[str] = (
        "Lot {lot} is kept as {kept_as}, not as an asset. Its quantity is counted, not estimated: correct "
        "its production, or dispose of what is not there."
    )


@dataclass(eq=False)
class EstimateTakesError(LedgerError):
    """A new estimate takes something from the asset."""

    lot: str
    start: int
    end: int
    sentence: ClassVar[str] = (
        "The field asset takes from {start} to {end} of lot {lot}; a new estimate takes nothing. Let both be "
        "where the lot stands, and state no liability."
    )


@dataclass(eq=False)
class SameEstimateError(LedgerError):
    """A new estimate is the old one."""

    lot: str
    quantity: int
    unit: str
    sentence: ClassVar[str] = (
        "Lot {lot} has {quantity} {unit} left already. State another quantity_left, or nothing."
    )


def reestimate(statement: Statement, body: ReestimateBody, view: BooksView) -> tuple[Transfer, ...]:
    """Spread what is left of an asset over the quantity that is expected of it now; nothing moves.

    Raises:
        UnknownLotError, NotHolderError, TooEarlyError: whose asset, and when.
        NotAssetError: it is no asset.
        StaleLotError: it no longer stands as it was signed.
        EstimateTakesError: the interval takes something.
        ZeroQuantityError: nothing is left of it, or expected.
        SameEstimateError: as much is expected as before.
        TooManyChangesError: it had as many changes as a take can list.
    """
    asset = body.asset
    lot = held_lot(view, asset.lot, statement.issuer)
    check_not_before("the new estimate", body.occurred, "the asset's beginning", lot.began)
    if lot.kept_as != "asset":
        raise NotAssetError(lot.id, lot.kept_as)
    if asset.end != asset.start or asset.liability:
        raise EstimateTakesError(lot.id, int(asset.start), int(asset.end))
    lot.check_stands(asset)
    quantity = int(body.quantity_left)
    if lot.left == 0:
        raise ZeroQuantityError("what is left of the asset")
    if quantity == 0:
        raise ZeroQuantityError("quantity_left")
    if quantity == lot.left:
        raise SameEstimateError(lot.id, quantity, lot.unit)
    view.keep_lot(lot.changed(statement.digest, expected=quantity))
    return ()
