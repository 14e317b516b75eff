"""A statement that the ledger refuses stops itself, and nothing that comes after it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from api.client import ServerRefusedError
from api.stating import Desk, Log
from ledger.records.references import Register

LOG = "ab" * 32


class Refusing:
    """A ledger's client that answers every post with one status."""

    def __init__(self, status: int) -> None:
        self.status, self.posts = status, 0

    def post(self, _statement: Any) -> Any:
        """Refuse."""
        self.posts += 1
        raise ServerRefusedError("http://ledger.example", self.status, "stale-lot", "Draft again.")


def _keep(path: Path, log: str) -> None:
    document = {"statement": {"envelope": {"log": log}}, "makes_known": {}}
    path.write_text(json.dumps(document), "utf-8")


def _resumed(status: int, kept: Path | None) -> int:
    """Resume twice at a ledger that answers with a status, and return how often it was asked."""
    client: Any = Refusing(status)
    desk = Desk(client, Log(LOG, ""), Register(), kept)
    with pytest.raises(ServerRefusedError):
        desk.resume()
    if status == 409:
        assert desk.resume() == []
    else:
        with pytest.raises(ServerRefusedError):
            desk.resume()
    return int(client.posts)


@pytest.mark.parametrize(("status", "asked"), [(409, 1), (503, 2)])
def test_what_is_refused_for_good_is_put_aside_and_what_may_pass_is_tried_again(
    status: int, asked: int, tmp_path: Path
) -> None:
    digest = "3f" * 32
    _keep(tmp_path / f"{digest}.json", LOG)
    assert _resumed(status, tmp_path) == asked
    assert (tmp_path / f"{digest}.refused").exists() is (status == 409)


def test_what_another_log_refuses_stays_to_be_asked_for(tmp_path: Path) -> None:
    kept = tmp_path / f"{'3f' * 32}.json"
    _keep(kept, "cd" * 32)
    client: Any = Refusing(422)
    with pytest.raises(ServerRefusedError):
        Desk(client, Log(LOG, ""), Register(), tmp_path).resume()
    assert kept.exists()
