"""What each part of a shipment carries, filled in for a receipt that is being drafted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ledger.forms import FieldFormError
from ledger.lots import Shipment
from ledger.quantities import whole
from ledger.shipping import ArrivedOutcomeError

PARTS: Final = ("accepted", "returned", "lost")
OUTCOMES: Final = {"accepted": "accepted", "returned": "refused", "lost": "lost"}


def share_shipment(body: dict[str, Any], shipment: Shipment) -> None:
    """Put what each part carries into a receipt's body, by the quantities asked: `{"accepted": "480", …}`.

    A part that is left out, or 0, is none; where all of it is one part, the outcome says so. Whether the
    quantities add up is checked where the receipt is booked, which names both numbers.

    Raises:
        FieldFormError, AmountFormError, AmountTooLargeError: the quantities are not so.
        ArrivedOutcomeError: all of it is one part, and the outcome says another.
    """
    asked = body["quantities"]
    if not isinstance(asked, Mapping) or not asked or set(asked) - set(PARTS):
        problem = f"it says how much of {', '.join(PARTS)}"
        raise FieldFormError("quantities", repr(asked)[:60], problem)
    amounts = {name: whole(asked[name], f"quantities/{name}") for name in PARTS if name in asked}
    amounts = {name: quantity for name, quantity in amounts.items() if quantity}
    first = next(iter(amounts), "accepted")
    body.setdefault("outcome", OUTCOMES[first])
    if amounts == {first: shipment.quantity}:
        if body["outcome"] != OUTCOMES[first]:
            raise ArrivedOutcomeError(shipment.id, str(body["outcome"])[:20], OUTCOMES[first])
        del body["quantities"]
        return
    parts: dict[str, Any] = {}
    start = 0
    for name, quantity in amounts.items():
        end = min(start + quantity, shipment.quantity)
        share = shipment.total.interval(min(start, end), end, shipment.quantity)
        parts[name] = {"quantity": str(quantity), "liability": share.wire()}
        start = end
    body["quantities"] = parts
    if parts:
        body["liability"] = parts[first]["liability"]
