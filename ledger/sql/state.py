"""The state map in the database: what a view asks of it, and what the one writer keeps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Row, Select, and_, bindparam, delete, select

from ledger.offers import Offer
from ledger.sql.kept import CHUNK, Kept
from ledger.sql.questions import inserting, newest_number, upsert_text
from ledger.sql.rows import offer_of
from ledger.sql.state_tables import STATE_CHANGE, STATE_HEAD, STATE_MAP, STATE_PAGE, STATE_RECORD
from ledger.sql.tables import OFFER, STATEMENT, TAKER
from ledger.state_interfaces import StateHead, Subject, subject_of

K = TypeVar("K")
_LIABILITY: Final = "/liability"


def _among(column: Any) -> Any:
    return column.in_(bindparam("keys", expanding=True))


HEAD: Final = select(STATE_HEAD)
PAGES: Final = select(STATE_PAGE).where(_among(STATE_PAGE.c.prefix))
RECORDS: Final = select(STATE_RECORD).where(_among(STATE_RECORD.c.key))
CHANGES: Final = select(STATE_CHANGE.c.subjects).order_by(STATE_CHANGE.c.number)
TAKEN: Final = (
    select(TAKER.c.lot, STATEMENT.c.digest)
    .join(STATEMENT, STATEMENT.c.position == TAKER.c.position)
    .where(and_(_among(TAKER.c.lot), TAKER.c.position >= bindparam("since")))
    .order_by(TAKER.c.position)
)
ADJUSTMENTS: Final = select(OFFER).where(_among(OFFER.c.goods)).order_by(OFFER.c.id)
PARTS: Final = select(STATEMENT.c.digest, STATEMENT.c.parts).where(_among(STATEMENT.c.digest))


class StateQuestions:
    """What a view of the database answers about the state map."""

    _connection: Connection
    _organizations: Kept[str, Any]
    _lots: Kept[str, Any]
    _shipments: Kept[str, Any]

    def _written(self) -> None:
        """Bring changes into the tables before they are asked for; a reader has none."""

    def state_head(self) -> StateHead | None:
        """Return the state entry that the map is as of, None where there is no map."""
        row = self._connection.execute(HEAD).first()
        return StateHead(row.position, bytes(row.root)) if row and row.position else None

    def state_pages(self, prefixes: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the pages that there are of these."""
        return {bytes(row.prefix): bytes(row.page) for row in self._asked(PAGES, prefixes)}

    def state_records(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the records that there are under these keys of the map."""
        return {bytes(row.key): bytes(row.record) for row in self._asked(RECORDS, keys)}

    def expect_state(self, subjects: Sequence[Subject]) -> None:
        """Read at once what is asked about these subjects next."""
        rows = {"keys": self._organizations, "lot": self._lots, "passport": self._shipments}
        for kind, kept in rows.items():
            kept.expect(subject.id for subject in subjects if subject.kind == kind)

    def taken_by(self, lots: Sequence[str], since: int) -> dict[str, list[str]]:
        """Return by lot the digests of who took from it from entry `since` on, in log order."""
        self._written()
        return _grouped(self._asked(TAKEN, lots, since=since), lambda row: (row.lot, row.digest))

    def adjustments_on(self, shipments: Sequence[str]) -> dict[str, list[Offer]]:
        """Return by shipment all adjustments on it, by id."""
        self._written()
        return _grouped(self._asked(ADJUSTMENTS, shipments), lambda row: (row.goods, offer_of(row)))

    def liability_salts(self, dispatches: Sequence[str]) -> dict[str, str]:
        """Return by dispatch the salt of its liability's part."""
        self._written()
        return {row.digest: _salt(row.parts, _LIABILITY) for row in self._asked(PARTS, dispatches)}

    def _asked(self, question: Select[Any], keys: Sequence[K], **more: int) -> Iterable[Row[Any]]:
        for start in range(0, len(keys), CHUNK):
            yield from self._connection.execute(question, {"keys": keys[start : start + CHUNK], **more})


class StateKeeping(StateQuestions):
    """What the one writer keeps of the state map; without a map it notes no changes."""

    _noted: dict[str, None]
    _has_map: bool | None

    def state_changes(self) -> list[Subject] | None:
        """Return what changed since the newest state entry, or the map was begun; None without a map."""
        self._written()
        if self._connection.execute(HEAD).first() is None:
            return None
        rows = self._connection.execute(CHANGES)
        return [subject_of(one) for one in dict.fromkeys(id_ for row in rows for id_ in row[0].split("\n"))]

    def keep_state_pages(self, pages: Mapping[bytes, bytes]) -> None:
        """Keep pages of the state map, new or changed."""
        self._keep(STATE_PAGE, pages)

    def keep_state_records(self, records: Mapping[bytes, bytes]) -> None:
        """Keep records under their keys of the state map, new or changed."""
        self._keep(STATE_RECORD, records)

    def keep_state_head(self, head: StateHead) -> None:
        """Keep the state entry that the map is as of; what changed before counts no more."""
        self._written()
        for table in (STATE_HEAD, STATE_CHANGE):
            self._connection.execute(delete(table))
        row = {"only": 0, "position": head.position, "root": head.root}
        self._connection.execute(inserting(STATE_HEAD), row)
        self._has_map = True

    def drop_state(self) -> None:
        """Drop the map: the next state entry makes it anew."""
        for table in STATE_MAP:
            self._connection.execute(delete(table))
        self._noted, self._has_map = {}, False

    def _note(self, *ids: Iterable[str]) -> None:
        """Note what changed, to be looked at by the next state entry."""
        if self._has_map is None:
            self._has_map = self._connection.execute(HEAD).first() is not None
        if self._has_map:
            for some in ids:
                self._noted.update(dict.fromkeys(some))

    def _write_noted(self) -> None:
        if self._noted:
            newest = self._connection.execute(newest_number(STATE_CHANGE, "number")).scalar()
            row = {"number": 0 if newest is None else newest + 1, "subjects": "\n".join(self._noted)}
            self._connection.execute(inserting(STATE_CHANGE), row)
            self._noted = {}

    def _keep(self, table: Any, rows: Mapping[bytes, bytes]) -> None:
        if rows:
            text = upsert_text(table, self._connection.dialect)
            self._connection.exec_driver_sql(text, [(one, rows[one]) for one in sorted(rows)])


def _grouped(rows: Iterable[Row[Any]], pair: Callable[[Row[Any]], tuple[str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for key, value in map(pair, rows):
        found.setdefault(key, []).append(value)
    return found


def _salt(parts: bytes, path: str) -> str:
    """Return the salt of one of a stored body's parts."""
    return str(next(part["salt"] for part in json.loads(parts) if part["path"] == path))
