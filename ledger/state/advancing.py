"""Bringing the state map up to date: what changed since the newest state entry is looked at again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from ledger.interfaces import LedgerView, LedgerWriter, Subject
from ledger.state import pages
from ledger.state.records import (
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
from ledger.storing import pages as listed

CHUNK: Final = 2_000
"""Subjects that are looked at in one go."""


def advance(writer: LedgerWriter) -> bytes:
    """Bring the map up to what is booked now, and return its root.

    Without a map (a new ledger, or books made anew) everything is looked at.

    Raises:
        MapPageError: a page of the map is damaged.
        CorruptRowError: something that the map is made of is damaged.
    """
    head, log_id = writer.state_head(), writer.terms().log_id
    changed: dict[bytes, bytes] = {}
    waiting = iter(everything(writer) if head is None else writer.state_changes())
    since = 0 if head is None else head.position
    while chunk := list(islice(waiting, CHUNK)):
        keys = {map_key(log_id, subject): subject for subject in chunk}
        before = writer.state_records(list(keys))
        found = records(writer, chunk, since, {keys[key]: raw for key, raw in before.items()})
        fresh = {key: raw for key, raw in zip(keys, found, strict=True) if before.get(key) != raw}
        writer.keep_state_records(fresh)
        changed.update((key, map_value(raw)) for key, raw in fresh.items())
    return pages.update(writer, changed)


def everything(view: LedgerView) -> Iterator[Subject]:
    """Return every organization, lot and shipment."""
    yield from (Subject("keys", one.id) for one in listed(view.organizations))
    yield from (Subject("lot", one.id) for one in listed(view.lots))
    yield from (Subject("passport", one.id) for one in listed(view.shipments))


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
