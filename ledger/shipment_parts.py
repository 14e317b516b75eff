"""What became of a shipment, part by part: accepted, returned, lost; and in which account each part lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ledger.accounts import Account
from ledger.identifiers import lot_id

PartName = Literal["accepted", "returned", "lost"]
_NAMES: tuple[PartName, ...] = ("accepted", "returned", "lost")


@dataclass(frozen=True, slots=True)
class ShipmentPart:
    """The interval [start, end) of a shipment that was answered, what became of it, and where that lies."""

    name: PartName
    start: int
    end: int
    account: Account


def parts_of(
    receipt: str, quantities: tuple[int, int, int], holders: tuple[str, str, str]
) -> tuple[ShipmentPart, ...]:
    """Return the parts that a receipt made, in their order: accepted, returned, lost, as far as there are.

    What was accepted or returned is a lot of the receipt, numbered in this order, in the books of its holder;
    what was lost is the abnormal loss of the third.
    """
    found: list[ShipmentPart] = []
    start = 0
    for name, quantity, holder in zip(_NAMES, quantities, holders, strict=True):
        if quantity:
            lot = Account("lot", holder, lot_id(receipt, len(found)))
            account = Account("abnormal_loss", holder) if name == "lost" else lot
            found.append(ShipmentPart(name, start, start + quantity, account))
            start += quantity
    return tuple(found)
