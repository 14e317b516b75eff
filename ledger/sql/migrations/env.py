"""Runs the migrations on the connection that the store hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from ledger.sql.tables import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
