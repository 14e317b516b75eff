"""The three stores, each fresh and empty, for the tests that must hold on all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from ledger.in_memory import InMemoryStore
from ledger.sql.stores import SqlStore
from tests.postgres import new_databases

Store = InMemoryStore | SqlStore
KINDS = ("memory", "sqlite", "postgresql")


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Makes an empty PostgreSQL database and returns its URL."""
    with new_databases(tmp_path_factory.mktemp("postgres")) as make:
        yield make


@pytest.fixture(scope="session")
def migrated_database(new_database: Callable[..., str]) -> Callable[[], str]:
    """Makes a PostgreSQL database with the tables and returns its URL."""
    first = new_database()
    with SqlStore(first) as store:
        store.migrate()
    name = make_url(first).database
    return lambda: new_database(name)


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each of the three stores, empty."""
    if request.param == "memory":
        yield InMemoryStore()
        return
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/ledger.db"
    else:
        url = request.getfixturevalue("migrated_database")()
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
