from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.chain.claim import FolderClaim

SLEEP = "import signal, sys, time; {trap}; print('up', flush=True); time.sleep(60)"


def started(folder: Path, trap: str = "") -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        [sys.executable, "-c", SLEEP.format(trap=trap or "pass"), str(folder / "cache")],
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    child.stdout.readline()
    child.stdout.close()
    return child


def test_a_folder_is_one_programs_at_a_time(tmp_path: Path) -> None:
    first, second = FolderClaim(tmp_path), FolderClaim(tmp_path)
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()
    second.release()
    second.release()


@pytest.mark.parametrize("note", ["", "{", "[]", "{}", '{"pid": "x", "port": 1}', '{"pid": 0, "port": 1}'])
def test_a_note_that_says_nothing_names_no_process(tmp_path: Path, note: str) -> None:
    (tmp_path / "anvil.json").write_text(note)
    assert FolderClaim(tmp_path).left_over() is None


def test_a_process_number_that_is_another_programs_now_is_left_alone(tmp_path: Path) -> None:
    claim = FolderClaim(tmp_path)
    claim.tell(os.getpid(), 1)
    assert claim.left_over() is None


@pytest.mark.parametrize(
    "trap", ["", "signal.signal(signal.SIGTERM, signal.SIG_IGN)"], ids=["polite", "stubborn"]
)
def test_a_left_over_process_of_the_folder_is_ended(
    tmp_path: Path, trap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.chain.claim.END_WAIT_S", 0.3)
    child = started(tmp_path.resolve(), trap)
    claim = FolderClaim(tmp_path)
    claim.tell(child.pid, 4711)
    assert claim.left_over() == (child.pid, 4711)
    claim.end(child.pid)
    assert child.wait() == -(signal.SIGKILL if trap else signal.SIGTERM)
    claim.end(child.pid)


def test_the_note_goes_with_the_claim(tmp_path: Path) -> None:
    claim = FolderClaim(tmp_path)
    claim.take()
    claim.tell(1, 2)
    assert json.loads((tmp_path / "anvil.json").read_text()) == {"pid": 1, "port": 2}
    claim.release()
    assert not (tmp_path / "anvil.json").exists()
