"""What lots were given and what changed them, who took from them, and adjustments that were offered.

All of it follows from the statements, so the books are made again from the log after this.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Change the tables of the books."""
    for name in ("given", "changes"):
        op.add_column("lot", sa.Column(name, sa.LargeBinary(), nullable=False, server_default=""))
    op.drop_column("lot", "basis")
    op.create_table(
        "taker",
        sa.Column("lot", TEXT, nullable=False),
        sa.Column("position", WHOLE, sa.ForeignKey("statement.position"), nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("lot", "position", name="pk_taker"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "offer",
        *(sa.Column(name, TEXT, nullable=False) for name in ("id", "sender", "receiver", "goods")),
        sa.Column("late", WHOLE, nullable=False, autoincrement=False),
        *(
            sa.Column(name, sa.LargeBinary(), nullable=False)
            for name in ("open", "accepted", "automatic", "refused")
        ),
        sa.Column("answers", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_offer"),
        sqlite_strict=True,
    )
    op.create_index("ix_offer_sender_id", "offer", ["sender", "id"])
    op.create_index("ix_offer_receiver_id", "offer", ["receiver", "id"])
    op.create_index("ix_offer_goods", "offer", ["goods"])
