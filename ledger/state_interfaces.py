"""What the log's own map of its state needs of a store: heads, pages, records, and what they are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from ledger.offers import Offer


class Subject(NamedTuple):
    """Something that the state map holds a record of: an organization's keys, a lot, a shipment."""

    kind: Literal["keys", "lot", "passport"]
    id: str


def subject_of(identifier: str) -> Subject:
    """Return the subject that has this id: each kind of id has a form of its own."""
    if identifier.startswith("org_"):
        return Subject("keys", identifier)
    return Subject("lot" if "." in identifier else "passport", identifier)


@dataclass(frozen=True, slots=True)
class StateHead:
    """The newest state entry: its position, which is how many entries it covers, and its root."""

    position: int
    root: bytes


class StateView(Protocol):
    """The state map as of the newest state entry, and what its records are made of."""

    def state_head(self) -> StateHead | None:
        """Return the state entry that the map is as of, None where there is no map."""
        ...

    def state_pages(self, prefixes: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Return the pages that there are of these."""
        ...

    def state_records(self, keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Return the records that there are under these keys of the map."""
        ...

    def expect_state(self, subjects: Sequence[Subject]) -> None:
        """Read at once what is asked about these subjects next; a hint that changes no answer."""
        ...

    def taken_by(self, lots: Sequence[str], since: int) -> Mapping[str, Sequence[str]]:
        """Return by lot the digests of who took from it from entry `since` on, in log order."""
        ...

    def adjustments_on(self, shipments: Sequence[str]) -> Mapping[str, Sequence[Offer]]:
        """Return by shipment all adjustments on it, by id."""
        ...

    def liability_salts(self, dispatches: Sequence[str]) -> Mapping[str, str]:
        """Return by dispatch the salt of its liability's part."""
        ...
