"""Statements that wait to be booked, so that a kill on the way loses none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "waiting_statements",
        sa.Column("number", WHOLE, nullable=False, autoincrement=False),
        sa.Column("statements", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_waiting_statements"),
        sqlite_strict=True,
    )
