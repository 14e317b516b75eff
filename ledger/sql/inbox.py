"""Statements that wait to be booked, in the database, and those that were set aside."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select, update

from ledger.inbox import SetAside
from ledger.sql.tables import WAITING_STATEMENTS


def remember(connection: Connection, statements: bytes) -> int:
    """Keep statements under the next number."""
    newest = connection.execute(select(func.max(WAITING_STATEMENTS.c.number))).scalar()
    number = 0 if newest is None else int(newest) + 1
    kept = {"number": number, "statements": statements, "set_aside_at": "", "problem": "", "reason": ""}
    connection.execute(insert(WAITING_STATEMENTS).values(kept))
    return number


def waiting(connection: Connection) -> list[tuple[int, bytes]]:
    """Return what waits, oldest first."""
    table = WAITING_STATEMENTS
    asked = select(table).where(table.c.problem == "").order_by(table.c.number)
    return [(row.number, row.statements) for row in connection.execute(asked)]


def forget(connection: Connection, number: int) -> None:
    """Forget what was booked or refused."""
    connection.execute(delete(WAITING_STATEMENTS).where(WAITING_STATEMENTS.c.number == number))


def set_aside(connection: Connection, found: SetAside) -> None:
    """Let statements wait no longer, and keep why."""
    table = WAITING_STATEMENTS
    why = {"set_aside_at": found.at, "problem": found.problem, "reason": found.reason}
    connection.execute(update(table).where(table.c.number == found.number).values(why))


def aside(connection: Connection) -> list[SetAside]:
    """Return what was set aside, oldest first."""
    table = WAITING_STATEMENTS
    asked = select(table).where(table.c.problem != "").order_by(table.c.number)
    return [
        SetAside(row.number, row.statements, row.set_aside_at, row.problem, row.reason)
        for row in connection.execute(asked)
    ]
