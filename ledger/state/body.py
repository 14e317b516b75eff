"""The log's own statement of what it holds: the root of its state map."""

from __future__ import annotations

from typing import Final, Literal

from ledger.body import Body
from ledger.identifiers import Digest
from ledger.wire import Whole

STATE: Final = "state/1"
"""The kind of the log's statements of what it holds."""


class StateBody(Body):
    """What the first `size` entries of the log come to, under one root; nothing about goods.

    `map` names how keys, records and proofs are made, so that a later way can stand beside it.
    """

    map: Literal["state-map/1"]
    size: Whole
    root: Digest
