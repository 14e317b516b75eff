"""The signed form of a new estimate: how much service or output an asset still has in it."""

from __future__ import annotations

from ledger.body import Body
from ledger.lines import Take
from ledger.wire import Text, Whole


class ReestimateBody(Body):
    """What is left in an asset is estimated anew, from now on.

    `asset` says where its lot stands: an interval that takes nothing. `quantity_left` is in the lot's unit:
    seconds of life, milligrams of output, whatever it is written down by.
    """

    asset: Take
    quantity_left: Whole
    reason: Text | None = None
