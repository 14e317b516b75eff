"""The state map: its pages and records, the state entry that they are as of, and what changed since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the tables; the first state entry fills them."""
    op.create_table(
        "state_head",
        sa.Column("only", WHOLE, nullable=False, autoincrement=False),
        sa.Column("position", WHOLE, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("only", name="pk_state_head"),
        sqlite_strict=True,
    )
    for table, key, value in (("state_page", "prefix", "page"), ("state_record", "key", "record")):
        op.create_table(
            table,
            sa.Column(key, sa.LargeBinary(), nullable=False),
            sa.Column(value, sa.LargeBinary(), nullable=False),
            sa.PrimaryKeyConstraint(key, name=f"pk_{table}"),
            sqlite_strict=True,
        )
    op.create_table(
        "state_change",
        sa.Column("number", WHOLE, nullable=False, autoincrement=False),
        sa.Column("subjects", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_state_change"),
        sqlite_strict=True,
    )
