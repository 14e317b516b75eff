"""The questions and changes that every transaction asks for, built once: building costs more than asking.

`keys` and the like are expanding parameters: a list of values each.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from sqlalchemy import Dialect, Insert, Select, Table, and_, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import psycopg

from ledger.sql.tables import (
    ACCOUNT,
    CHECKPOINT,
    CORRECTION,
    IDENTITY,
    KEY,
    LOG,
    LOT,
    OFFER,
    ORGANIZATION,
    SHIPMENT,
    STATEMENT,
    TAKER,
    TILE,
)


def _among(column: Any, name: str = "keys") -> Any:
    return column.in_(bindparam(name, expanding=True))


def _referring(table: Table, column: str) -> Select[Any]:
    key = table.c[column]
    return select(key.label("key"), table.c.position).where(_among(key)).order_by(table.c.position)


TERMS: Final = select(LOG)
NEWEST_POSITION: Final = select(func.max(STATEMENT.c.position))
NEWEST_CHECKPOINT: Final = (
    select(CHECKPOINT).order_by(CHECKPOINT.c.size.desc(), CHECKPOINT.c.number.desc()).limit(1)
)
CHECKPOINT_OF_SIZE: Final = NEWEST_CHECKPOINT.where(CHECKPOINT.c.size == bindparam("size"))
STATEMENTS_AT: Final = select(STATEMENT).where(_among(STATEMENT.c.position)).order_by(STATEMENT.c.position)
ORGANIZATIONS: Final = select(ORGANIZATION).where(_among(ORGANIZATION.c.id))
LOTS: Final = select(LOT).where(_among(LOT.c.id))
OFFERS: Final = select(OFFER).where(_among(OFFER.c.id))
SHIPMENTS: Final = select(SHIPMENT).where(_among(SHIPMENT.c.id))
KEY_OWNERS: Final = select(KEY).where(_among(KEY.c.address))
POSITIONS: Final = select(STATEMENT.c.digest, STATEMENT.c.position).where(_among(STATEMENT.c.digest))
CLIENT_IDS: Final = select(STATEMENT.c.issuer, STATEMENT.c.client_id, STATEMENT.c.position).where(
    _among(STATEMENT.c.client_id)
)
ACCOUNTS_OF: Final = select(ACCOUNT).where(and_(ACCOUNT.c.ref == "", _among(ACCOUNT.c.organization)))
ACCOUNTS_WITH: Final = select(ACCOUNT).where(_among(ACCOUNT.c.ref))
TILES: Final = select(TILE).where(and_(_among(TILE.c.level, "levels"), _among(TILE.c.number)))
CORRECTIONS: Final = _referring(CORRECTION, "corrects")
IDENTITIES: Final = _referring(IDENTITY, "organization")
TAKERS: Final = _referring(TAKER, "lot")


@cache
def gaps_text(count: int, dialect: Dialect) -> str:
    """Return the question for so many gaps by issuer and key, as a driver takes it: each by its index."""
    mark = "%s" if dialect.name == "postgresql" else "?"
    asked = ", ".join([f"({mark}, {mark})"] * count)
    return (
        f"WITH asked (issuer, key) AS (VALUES {asked}) SELECT gap.issuer, gap.key, gap.statement "  # noqa: S608
        "FROM asked JOIN gap ON gap.issuer = asked.issuer AND gap.key = asked.key"
    )


@cache
def newest_number(table: Table, column: str) -> Select[Any]:
    """Return the question for the largest number in a column."""
    return select(func.max(table.c[column]))


@cache
def insert_text(table: Table, dialect: Dialect) -> str:
    """Return the change that inserts rows, as a driver takes it: thousands of rows go straight to it."""
    return _text(table.insert(), dialect)


@cache
def upsert_text(table: Table, dialect: Dialect) -> str:
    """Return the change that inserts rows, or changes those that are there, as a driver takes it."""
    new = (postgresql.insert if dialect.name == "postgresql" else sqlite.insert)(table)
    changed = {column.name: new.excluded[column.name] for column in table.c if not column.primary_key}
    keys = list(table.primary_key)
    if not changed:
        return _text(new.on_conflict_do_nothing(index_elements=keys), dialect)
    return _text(new.on_conflict_do_update(index_elements=keys, set_=changed), dialect)


def _text(change: Insert, dialect: Dialect) -> str:
    """Write a change for a driver, its parameters by place: in the order of the table's columns."""
    if dialect.name == "postgresql":
        placed = psycopg.dialect(paramstyle="format")  # type: ignore[no-untyped-call]
        return str(change.compile(dialect=placed))
    return str(change.compile(dialect=sqlite.dialect(paramstyle="qmark")))


@cache
def inserting(table: Table) -> Insert:
    """Return the change that inserts rows."""
    return table.insert()
