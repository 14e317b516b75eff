"""Who may handle a lot, what is claimed on it, and in which zones lots begin and shipments leave.

All of it follows from the statements, so the new columns are filled from them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
LOT = sa.table("lot", *map(sa.column, ("id", "holder", "began_zone", "handlers", "claimed")))
SHIPMENT = sa.table("shipment", *map(sa.column, ("id", "handlers", "sent_zone")))
STATEMENT = sa.table("statement", *map(sa.column, ("position", "digest", "issuer", "kind", "parts")))


def upgrade() -> None:
    """Add the columns and fill them."""
    for table, names in (("lot", ("began_zone", "handlers", "claimed")), ("shipment", ("sent_zone",))):
        for name in names:
            op.add_column(table, sa.Column(name, TEXT, nullable=False, server_default=""))
    holders = {row.id: row.holder for row in op.get_bind().execute(sa.select(LOT.c.id, LOT.c.holder))}
    named: dict[str, str] = {}
    claimed: dict[str, list[str]] = {}
    for row, parts in _statements("production/1", "receipt/1", "dispatch/1", "handling/1"):
        zone = parts["/occurred"]["zone"]
        if row.kind == "dispatch/1":
            op.execute(sa.update(SHIPMENT).where(SHIPMENT.c.id == row.digest).values(sent_zone=zone))
        elif row.kind == "handling/1":
            lot = parts["/target"].get("lot")
            if lot in holders and row.issuer not in (holders[lot], *named[lot[:64]].split()):
                claimed.setdefault(lot, []).append(row.digest)
        else:
            handlers = " ".join(parts.get("/handlers", ()))
            if parts.get("/outcome") == "refused":  # the sender's again, and the sender named in the dispatch
                way = sa.select(SHIPMENT.c.handlers).where(SHIPMENT.c.id == parts["/takes_over"]["shipment"])
                handlers = op.get_bind().execute(way).scalar_one()
            named[row.digest] = handlers
            made = sa.and_(LOT.c.id > f"{row.digest}.", LOT.c.id < f"{row.digest}/")
            op.execute(sa.update(LOT).where(made).values(began_zone=zone, handlers=handlers))
    for lot, handlings in claimed.items():
        op.execute(sa.update(LOT).where(LOT.c.id == lot).values(claimed=" ".join(handlings)))


def _statements(*kinds: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Return the statements of these kinds in log order, a page at a time, with their parts by path."""
    after = -1
    question = sa.select(STATEMENT).where(STATEMENT.c.kind.in_(kinds)).order_by(STATEMENT.c.position)
    while rows := op.get_bind().execute(question.where(STATEMENT.c.position > after).limit(500)).all():
        for row in rows:
            yield row, {part["path"]: part["value"] for part in json.loads(row.parts)}
        after = rows[-1].position
