"""A sign-in challenge is answered once: in memory, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger import challenges
from ledger.challenges import InMemoryChallenges, UsedChallenges
from ledger.sql.errors import SchemaVersionError
from ledger.sql.stores import SqlStore
from tests.contract_of.conftest import Store


@pytest.fixture
def used(store: Store) -> UsedChallenges:
    return store if isinstance(store, SqlStore) else InMemoryChallenges()


def test_a_challenge_is_new_once_and_used_ever_after(used: UsedChallenges) -> None:
    assert used.use_challenge("a", 1000, 700) == "new"
    assert used.use_challenge("a", 1000, 1000) == "used"
    assert used.use_challenge("b", 1000, 700) == "new"


def test_what_is_over_is_forgotten_and_makes_room(
    used: UsedChallenges, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(challenges, "MAX_USED", 2)
    assert [used.use_challenge(nonce, 1000, 700) for nonce in "abc"] == ["new", "new", "full"]
    assert used.use_challenge("a", 1000, 700) == "used"
    assert used.use_challenge("c", 1400, 1001) == "new"


def test_of_many_answers_at_once_one_is_taken(used: UsedChallenges) -> None:
    with ThreadPoolExecutor(4) as threads:
        found = Counter(threads.map(lambda _: used.use_challenge("a", 1000, 700), range(12)))
    assert found == {"new": 1, "used": 11}


def test_a_database_without_tables_keeps_no_challenges(url: str) -> None:
    with SqlStore(url) as store, pytest.raises(SchemaVersionError):
        store.use_challenge("a", 1000, 700)
