"""Served ledgers: fresh ones to write to, and one with a whole season to read from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bundle_worlds import Story, play
from tests.served import Served, served


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Served]:
    """A fresh ledger, open to everybody, without a chain."""
    with served(tmp_path) as running:
        yield running


@pytest.fixture
def members(tmp_path: Path) -> Iterator[Served]:
    """A fresh ledger that shows members only what is theirs."""
    with served(tmp_path, "members") as running:
        yield running


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Story]]:
    """A ledger with a whole season, anchored on a chain in memory."""
    with served(tmp_path_factory.mktemp("season"), anchored=True) as running:
        story = play(running.world)
        running.wired.anchoring.now()
        yield running, story
