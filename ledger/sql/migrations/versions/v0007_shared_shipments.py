"""How a shipment was shared: its terms, how much went back, how much was lost.

All of it follows from the statements, so the books are made again from the log after this.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the columns to shipments."""
    op.add_column("shipment", sa.Column("incoterm", TEXT, nullable=False, server_default=""))
    for name in ("returned", "lost"):
        op.add_column("shipment", sa.Column(name, WHOLE, nullable=False, server_default="0"))
