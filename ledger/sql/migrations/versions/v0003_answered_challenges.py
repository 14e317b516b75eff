"""Sign-in challenges that were answered, so that each serves once among all processes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the table; what was answered before is over within 5 minutes."""
    op.create_table(
        "challenge",
        sa.Column("nonce", TEXT, nullable=False),
        sa.Column("expires_s", WHOLE, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("nonce", name="pk_challenge"),
        sqlite_strict=True,
    )
    op.create_index("ix_challenge_expires_s", "challenge", ["expires_s"])
