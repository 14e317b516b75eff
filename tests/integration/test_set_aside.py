"""What waited when the ledger was killed and can't be booked: the operator reads why, and the ledger runs."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from api.settings import Settings
from api.wiring import open_ledger
from ledger.sql.stores import SqlStore
from tests.integration.conftest import Run


def opened(folder: Path) -> SqlStore:
    settings = {"PASSPORT_FOLDER": str(folder), "PASSPORT_CHAIN": "none", "PASSPORT_POLICY": "demo"}
    store, _, _ = open_ledger(Settings.from_environment(settings))
    return store


def test_a_ledger_starts_with_what_it_can_not_read_and_says_so_at_every_start(
    tmp_path: Path, passport: Run, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(tmp_path) as store:
        store.remember(b"\x81 what is left of a correction")
    with caplog.at_level(logging.WARNING, "passport.inbox"), opened(tmp_path) as store:
        (aside,) = store.aside()
    first, count = caplog.messages
    assert first == aside.text()
    assert "can't be read as statements" in first
    assert count.startswith("1 set aside in all")
    caplog.clear()
    with caplog.at_level(logging.WARNING, "passport.inbox"), opened(tmp_path):
        pass
    assert caplog.messages == [count]
    here = {"PASSPORT_FOLDER": str(tmp_path), "PASSPORT_CHAIN": "none"}
    shown = passport("statements", "set-aside", **here)
    assert (shown.code, shown.out) == (0, f"{aside.text()}\n")
    (one,) = json.loads(passport("statements", "set-aside", "--json", **here).out)
    assert one == {
        "number": aside.number,
        "at": aside.at,
        "problem": "waiting-unreadable",
        "reason": aside.reason,
        "statements": "\\x81 what is left of a correction",
    }
    checked = passport("fsck", **here)
    assert checked.code == 0
    assert aside.text() in checked.out
    assert json.loads(passport("fsck", "--json", **here).out)["set_aside"] == [one]


def test_where_everything_was_booked_nothing_is_set_aside(tmp_path: Path, passport: Run) -> None:
    with opened(tmp_path) as store:
        assert store.aside() == []
    shown = passport("statements", "set-aside", PASSPORT_FOLDER=str(tmp_path), PASSPORT_CHAIN="none")
    assert (shown.code, shown.out) == (0, "Nothing was set aside.\n")
