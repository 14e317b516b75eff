"""Bringing the state map up to date: what changed since the newest state entry is looked at again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from ledger.interfaces import LedgerStore, LedgerView, LedgerWriter
from ledger.state import pages
from ledger.state.records import (
    KINDS,
    RECORD,
    LotRecord,
    Record,
    keys_record,
    lot_record,
    map_key,
    map_value,
    passport_record,
    record_bytes,
)
from ledger.state.sparse_map import EMPTY
from ledger.state_interfaces import StateHead, Subject
from ledger.storing import pages as listed

CHUNK: Final = 2_000
"""Subjects that are looked at in one go."""
_LISTED: Final[dict[str, Callable[[LedgerView], Callable[..., list[Any]]]]] = {
    "keys": lambda view: view.organizations,
    "lot": lambda view: view.lots,
    "passport": lambda view: view.shipments,
}
"""By kind of subject, where a view lists them."""


def advance(writer: LedgerWriter, *, begun: bool = False) -> bytes:
    """Bring the map up to what is booked now, and return its root.

    Without a map (a new ledger, or books made anew) everything is looked at, unless `begin` has done that.

    Args:
        writer: the one writer.
        begun: whether `begin` went through all that there was when it began.

    Raises:
        MapPageError: a page of the map is damaged.
        CorruptRowError: something that the map is made of is damaged.
    """
    head, changes = writer.state_head(), writer.state_changes()
    if changes is None or not (head or begun):
        changed = _kept(writer, everything(writer))
    elif head is None:
        changed = _kept(writer, changes)
    else:
        changed = _kept(writer, changes, head.position)
    return pages.update(writer, changed)


def begin(store: LedgerStore) -> bool:
    """Make the map of a large ledger that has none, a part at a time, so that nobody waits long to write.

    What changes meanwhile is noted, and looked at again by `advance`.

    Returns:
        Whether the map is begun: not where there is one, nor where the ledger is small.

    Raises:
        MapPageError, CorruptRowError: as `advance`.
    """
    with store.write() as writer:
        if writer.state_head() is not None or writer.size() <= CHUNK:
            return False
        writer.keep_state_head(StateHead(0, EMPTY))
    for kind in KINDS:
        after = ""
        while True:
            with store.write() as writer:
                page = _LISTED[kind](writer)(after=after, limit=CHUNK)
                found = [Subject(kind, one.id) for one in page]
                pages.update(writer, _kept(writer, found))
            if not found:
                break
            after = found[-1].id
    return True


def _kept(writer: LedgerWriter, subjects: Iterable[Subject], since: int | None = None) -> dict[bytes, bytes]:
    """Keep the records of subjects as they are now, and return the values that change in the map.

    With `since`, the records that are kept are as of that size of the log, and are gone on from.
    """
    log_id = writer.terms().log_id
    changed: dict[bytes, bytes] = {}
    waiting = iter(subjects)
    while chunk := list(islice(waiting, CHUNK)):
        keys = {map_key(log_id, subject): subject for subject in chunk}
        before = writer.state_records(list(keys))
        earlier = {} if since is None else {keys[key]: raw for key, raw in before.items()}
        found = records(writer, chunk, since or 0, earlier)
        fresh = {key: raw for key, raw in zip(keys, found, strict=True) if before.get(key) != raw}
        writer.keep_state_records(fresh)
        changed.update((key, map_value(raw)) for key, raw in fresh.items())
    return changed


def everything(view: LedgerView) -> Iterator[Subject]:
    """Return every organization, lot and shipment."""
    for kind in KINDS:
        yield from (Subject(kind, one.id) for one in listed(_LISTED[kind](view)))


def records(
    view: LedgerView,
    subjects: Sequence[Subject],
    since: int = 0,
    before: Mapping[Subject, bytes] | None = None,
) -> list[bytes]:
    """Return the records of subjects as they are booked now, each in its one form.

    Args:
        view: where they are booked.
        subjects: what to look at, all of it known there.
        since: the log's size when the earlier records were made.
        before: earlier records, where there are any.
    """
    before = before or {}
    lots, shipments = _named("lot", subjects), _named("passport", subjects)
    view.expect_state(subjects)
    # What has no earlier record is looked at from the beginning.
    known = [lot for lot in lots if Subject("lot", lot) in before]
    takers = {
        **view.taken_by([lot for lot in lots if lot not in set(known)], 0),
        **view.taken_by(known, since),
    }
    salts, offers = view.liability_salts(shipments), view.adjustments_on(shipments)

    def record(subject: Subject) -> Record:
        if subject.kind == "keys":
            organization = view.organization(subject.id)
            assert organization is not None  # noqa: S101 - what changed is there
            return keys_record(organization)
        if subject.kind == "lot":
            lot = view.lot(subject.id)
            assert lot is not None  # noqa: S101 - what changed is there
            return lot_record(lot, takers.get(lot.id, ()), _lot(before.get(subject)))
        shipment = view.shipment(subject.id)
        assert shipment is not None  # noqa: S101 - what changed is there
        return passport_record(shipment, offers.get(shipment.id, ()), salts[shipment.id])

    return [record_bytes(record(subject)) for subject in subjects]


def _named(kind: str, subjects: Iterable[Subject]) -> list[str]:
    return [subject.id for subject in subjects if subject.kind == kind]


def _lot(raw: bytes | None) -> LotRecord | None:
    record = None if raw is None else RECORD.validate_json(raw)
    return record if isinstance(record, LotRecord) else None
