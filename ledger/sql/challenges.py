"""Answered sign-in challenges in the database, so that several processes accept each of them once."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select

from ledger import challenges
from ledger.challenges import Use
from ledger.sql.tables import CHALLENGE


def use_challenge(connection: Connection, nonce: str, expires_s: int, forget_before_s: int) -> Use:
    """Keep that a challenge was answered, in a transaction that is alone in writing."""
    connection.execute(delete(CHALLENGE).where(CHALLENGE.c.expires_s < forget_before_s))
    if connection.execute(select(CHALLENGE.c.nonce).where(CHALLENGE.c.nonce == nonce)).first() is not None:
        return "used"
    if connection.execute(select(func.count()).select_from(CHALLENGE)).scalar_one() >= challenges.MAX_USED:
        return "full"
    connection.execute(insert(CHALLENGE).values(nonce=nonce, expires_s=expires_s))
    return "new"
