"""Statements that wait to be booked, in the database."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select

from ledger.sql.tables import WAITING_STATEMENTS


def remember(connection: Connection, statements: bytes) -> int:
    """Keep statements under the next number."""
    newest = connection.execute(select(func.max(WAITING_STATEMENTS.c.number))).scalar()
    number = 0 if newest is None else int(newest) + 1
    connection.execute(insert(WAITING_STATEMENTS).values(number=number, statements=statements))
    return number


def waiting(connection: Connection) -> list[tuple[int, bytes]]:
    """Return what waits, oldest first."""
    rows = connection.execute(select(WAITING_STATEMENTS).order_by(WAITING_STATEMENTS.c.number)).all()
    return [(row.number, row.statements) for row in rows]


def forget(connection: Connection, number: int) -> None:
    """Forget what was booked or refused."""
    connection.execute(delete(WAITING_STATEMENTS).where(WAITING_STATEMENTS.c.number == number))
