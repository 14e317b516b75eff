"""Who may handle a lot, what is claimed on it, and in which zones lots begin and shipments leave.

All of it follows from the statements.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the columns; the books are made again from the log after the last migration."""
    for table, names in (("lot", ("began_zone", "handlers", "claimed")), ("shipment", ("sent_zone",))):
        for name in names:
            op.add_column(table, sa.Column(name, TEXT, nullable=False, server_default=""))
