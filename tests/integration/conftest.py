"""The command line in this process, and a season kept in a folder."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from api import cli
from tests.kept import Kept, keep_season

Run = Callable[..., "Ran"]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


@pytest.fixture
def passport(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs `passport` with arguments and settings, as at a terminal."""

    def run(*arguments: str | Path, **settings: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["passport", *map(str, arguments)])
        for name, text in settings.items():
            monkeypatch.setenv(name, text)
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        sys.stdout.flush()
        out, err = capfd.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 0, out, err)

    return run


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A season in a folder, anchored on its own chain; to be copied, never changed."""
    return keep_season(tmp_path_factory.mktemp("original"))


@pytest.fixture
def kept(original: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """A copy of the season to change; the environment points at it, without its chain."""
    folder = tmp_path / "ledger"
    shutil.copytree(original.folder, folder)
    monkeypatch.setenv("PASSPORT_FOLDER", str(folder))
    monkeypatch.setenv("PASSPORT_CHAIN", "none")
    return replace(original, folder=folder)
