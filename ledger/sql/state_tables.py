"""The tables of the state map: pages, records, the entry that they are as of, and what changed since."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Column
from sqlmodel import Field

from ledger.sql.tables import BYTES, STRICT, TEXT, WHOLE, Row, table_of


def _column(type_: Any, *, key: bool = False) -> Any:
    return Field(sa_column=Column(type_, primary_key=key, autoincrement=False, nullable=False))


class StateHeadRow(Row, table=True):
    """The state entry that the map is as of; one row, or none where there is no map."""

    __tablename__ = "state_head"
    __table_args__ = STRICT
    only: int = _column(WHOLE, key=True)
    position: int = _column(WHOLE)
    root: bytes = _column(BYTES)


class StatePageRow(Row, table=True):
    """A page of the state map, by the bytes that its keys share."""

    __tablename__ = "state_page"
    __table_args__ = STRICT
    prefix: bytes = _column(BYTES, key=True)
    page: bytes = _column(BYTES)


class StateRecordRow(Row, table=True):
    """What the state map holds under a key."""

    __tablename__ = "state_record"
    __table_args__ = STRICT
    key: bytes = _column(BYTES, key=True)
    record: bytes = _column(BYTES)


class StateChangeRow(Row, table=True):
    """Ids of what changed together since the newest state entry, one a line."""

    __tablename__ = "state_change"
    __table_args__ = STRICT
    number: int = _column(WHOLE, key=True)
    subjects: str = _column(TEXT)


STATE_HEAD: Final = table_of(StateHeadRow)
STATE_PAGE: Final = table_of(StatePageRow)
STATE_RECORD: Final = table_of(StateRecordRow)
STATE_CHANGE: Final = table_of(StateChangeRow)
STATE_MAP: Final = (STATE_HEAD, STATE_PAGE, STATE_RECORD, STATE_CHANGE)
"""What is dropped with the books: the next state entry makes the map anew."""
