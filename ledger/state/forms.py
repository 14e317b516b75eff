"""What a bundle shows of the state map: records with their proofs, and who else took from the same lots."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from ledger.identifiers import Digest
from ledger.parts import Part
from ledger.state.records import Record
from ledger.state.sparse_map import DEPTH
from ledger.wire import Envelope, Signature, Wire

MAX_TAKERS: Final = 10_000
"""Statements that took from one lot and are listed; of a lot with more, none is."""
MAX_OTHERS: Final = 500
"""Statements that are shown by the interval that they took alone."""
MAX_HIDDEN: Final = 2_000


class MapLeaf(Wire):
    """A leaf of the map that stands in the way of a key that isn't there."""

    key: Digest
    value: Digest


class ShownRecord(Wire):
    """What the map holds of a subject, or that it holds nothing of it yet, with the proof.

    `siblings` stand beside the key's way from the root down; without a record, `other` is the leaf where the
    way ends, None where it ends at nothing. `takers` are the statements that took from a lot, in log order.
    """

    subject: Literal["keys", "lot", "passport"]
    id: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    record: Annotated[Record, Field(discriminator="kind")] | None
    other: MapLeaf | None
    siblings: Annotated[list[Digest], Field(max_length=DEPTH)]
    takers: Annotated[list[Digest], Field(max_length=MAX_TAKERS)] | None


class ShownTake(Wire):
    """A statement that took from a lot: who signed it, the parts that say what it took, other digests."""

    envelope: Envelope
    signature: Signature
    parts: Annotated[list[Part], Field(min_length=1)]
    hidden: Annotated[list[Digest], Field(max_length=MAX_HIDDEN)]
