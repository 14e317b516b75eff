"""Statements that waited and can't be booked: when and why they were set aside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the columns; what has no problem waits as before."""
    for name in ("set_aside_at", "problem", "reason"):
        op.add_column("waiting_statements", sa.Column(name, TEXT, nullable=False, server_default=""))
