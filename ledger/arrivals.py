"""What became of a shipment that was not accepted, refused or lost as a whole: how much of each.

It is shared as a lot is: accepted [0, a), returned [a, b), lost [b, Q); each part carries the share of its
interval (PROTOCOL, Sharing: a shipment). A part of nothing is left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from ledger.wire import ComponentMap, Whole, Wire


class ArrivedPart(Wire):
    """A part of a shipment: how much of it, in the shipment's unit, and what that carries."""

    quantity: Whole
    liability: ComponentMap


class ArrivedParts(Wire):
    """How a shipment is shared: what the consignee takes, what goes back, what never arrived."""

    accepted: ArrivedPart | None = None
    returned: ArrivedPart | None = None
    lost: ArrivedPart | None = None

    def stated(self) -> Iterator[tuple[str, ArrivedPart]]:
        """Yield the parts that there are, by name, in the order in which they share the shipment."""
        for name in ("accepted", "returned", "lost"):
            part: ArrivedPart | None = getattr(self, name)
            if part is not None:
                yield name, part
