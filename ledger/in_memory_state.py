"""The state map of the ledger in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ledger.interfaces import Logged
from ledger.offers import Offer
from ledger.state_interfaces import StateHead, Subject, subject_of
from ledger.versioned import Layer


class InMemoryState:
    """What a view in memory answers about the state map."""

    _singles: Layer[str, Any]
    _log: Layer[int, Logged]
    _positions: Layer[str, int]
    _takers: Layer[str, tuple[int, ...]]
    _offers: Layer[str, Offer]
    _state_pages: Layer[bytes, bytes]
    _state_records: Layer[bytes, bytes]
    _state_changes: Layer[Subject, bool]

    def state_head(self) -> StateHead | None:
        """Return the state entry that the map is as of, None where there is no map."""
        found: StateHead | None = self._singles.get("state_head")
        return found if found and found.position else None

    def state_pages(self, prefixes: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the pages that there are of these."""
        return _there(self._state_pages, prefixes)

    def state_records(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the records that there are under these keys of the map."""
        return _there(self._state_records, keys)

    def expect_state(self, subjects: Sequence[Subject]) -> None:
        """Do nothing: everything is in memory."""

    def taken_by(self, lots: Sequence[str], since: int) -> dict[str, list[str]]:
        """Return by lot the digests of who took from it from entry `since` on, in log order."""
        found = {lot: [at for at in self._takers.get(lot) or () if at >= since] for lot in lots}
        return {lot: [one.statement.digest for one in self._logged(at)] for lot, at in found.items()}

    def adjustments_on(self, shipments: Sequence[str]) -> dict[str, list[Offer]]:
        """Return by shipment all adjustments on it, by id."""
        found: dict[str, list[Offer]] = {identifier: [] for identifier in shipments}
        for _, offer in self._offers.in_order():
            if offer.on in found:
                found[offer.on].append(offer)
        return found

    def liability_salts(self, dispatches: Sequence[str]) -> dict[str, str]:
        """Return by dispatch the salt of its liability's part."""
        places = [at for at in map(self._positions.get, dispatches) if at is not None]
        statements = [one.statement for one in self._logged(places)]
        return {s.digest: next(p.salt for p in s.parts if p.path == "/liability") for s in statements}

    def _logged(self, positions: Sequence[int]) -> list[Logged]:
        return [logged for logged in map(self._log.get, positions) if logged is not None]

    def _note(self, identifier: str) -> None:
        """Note what changed, to be looked at by the next state entry."""
        if self._singles.get("state_head") is not None:
            self._state_changes.set(subject_of(identifier), True)


class InMemoryStateKeeping(InMemoryState):
    """What the one writer in memory keeps of the state map."""

    def state_changes(self) -> list[Subject] | None:
        """Return what changed since the newest state entry, or the map was begun; None without a map."""
        if self._singles.get("state_head") is None:
            return None
        return [subject for subject, _ in self._state_changes.in_order()]

    def keep_state_pages(self, pages: Mapping[bytes, bytes]) -> None:
        """Keep pages of the state map, new or changed."""
        for prefix, page in pages.items():
            self._state_pages.set(prefix, page)

    def keep_state_records(self, records: Mapping[bytes, bytes]) -> None:
        """Keep records under their keys of the state map, new or changed."""
        for key, record in records.items():
            self._state_records.set(key, record)

    def keep_state_head(self, head: StateHead) -> None:
        """Keep the state entry that the map is as of; what changed before counts no more."""
        self._singles.set("state_head", head)
        self._state_changes.clear()


def _there(layer: Layer[bytes, bytes], keys: Sequence[bytes]) -> dict[bytes, bytes]:
    return {key: found for key in keys if (found := layer.get(key)) is not None}
