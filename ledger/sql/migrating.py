"""The version of the tables, and how they come to this program's version."""

from __future__ import annotations

import threading
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from ledger.sql.errors import SchemaVersionError

HEAD: Final = "0010"
"""The version of the tables that this program writes."""
_ONE_AT_A_TIME: Final = threading.Lock()
"""Alembic's context is one per program."""
BOOKS_SINCE: Final = "0007"
"""The version since which the books' tables are as they are; older books are made again from the log."""


def scripts() -> Config:
    """Return where the migrations are: in this package."""
    config = Config()
    config.set_main_option("script_location", "ledger.sql:migrations")
    return config


def current_version(connection: Connection) -> str | None:
    """Return the version of the tables, None where there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(connection: Connection) -> None:
    """Bring the tables to this program's version, within the connection's transaction.

    Raises:
        SchemaVersionError: they are of a version that this program doesn't know.
    """
    found = current_version(connection)
    config = scripts()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise SchemaVersionError(found, HEAD)
    config.attributes["connection"] = connection
    with _ONE_AT_A_TIME:
        command.upgrade(config, HEAD)
