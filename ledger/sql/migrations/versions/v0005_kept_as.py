"""As what goods are kept: in stock, in process, as an asset, or lost; and what came when nothing was left.

It follows from the statements, so the books are made again from the log after this.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Change the tables of the books."""
    op.add_column("lot", sa.Column("kept_as", TEXT, nullable=False, server_default="lot"))
    op.add_column("lot", sa.Column("late", sa.LargeBinary(), nullable=False, server_default=""))
