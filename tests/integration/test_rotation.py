"""A company's key is rotated: the old one states the new one, and nobody is locked out on the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.conftest import Run
from tests.integration.served_process import Running

RECORDS = {
    "organizations.csv": "organization,name,roles,date,timezone\n"
    "farm,Example Farm,farmer,2026-06-01,Asia/Shanghai\n",
    "productions.csv": "production,from,to,policy\nP-1,2026-06-01,2026-06-30,mass/1\n",
    "outputs.csv": "production,batch,product,quantity,unit\nP-1,LZ,Lychee,4500,kg\n",
}
DISPOSALS = "disposal,batch,quantity,unit,fate,date\n{number},LZ,10,kg,waste,2026-07-01\n"


class Farm:
    """A farm with its own keys, registered at a ledger."""

    def __init__(self, passport: Run, folder: Path, url: str) -> None:
        self.folder, self.url, self._passport = folder, url, passport
        folder.mkdir()
        for name, text in RECORDS.items():
            (folder / name).write_text(text, "utf-8")
        self.passport("key", "new", "farm")
        assert self.state() == (0, "2 statements made, 0 were there before.")

    def passport(self, *arguments: str | Path) -> tuple[int, str, str]:
        """Run a command with the farm's keys."""
        keys = {"PASSPORT_KEYS": str(self.folder / "keys"), "PASSPORT_KEY_PASSPHRASE": "correct horse"}
        ran = self._passport(*arguments, **keys)
        return ran.code, ran.out, ran.err

    def state(self, number: str | None = None) -> tuple[int, str]:
        """Post the farm's records, with one more disposal; return the code and the last line."""
        if number is not None:
            (self.folder / "disposals.csv").write_text(DISPOSALS.format(number=number), "utf-8")
        code, out, err = self.passport("import", *sorted(self.folder.glob("*.csv")), "--post", self.url)
        return code, (out + err).splitlines()[-1]

    def keys(self) -> list[str]:
        """Return the addresses of the farm's keys, oldest first."""
        return [key["address"] for key in json.loads(self.passport("key", "list", "--json")[1])]


@pytest.fixture
def running(tmp_path: Path) -> Running:
    return Running(tmp_path / "ledger")


def test_the_old_key_states_the_new_one_which_signs_from_then_on(
    passport: Run, tmp_path: Path, running: Running
) -> None:
    with running:
        farm = Farm(passport, tmp_path / "farm", running.url)
        code, out, _err = farm.passport("key", "rotate", "farm", "--post", running.url)
        assert code == 0
        assert farm.keys()[-1] in out
        assert len(farm.keys()) == 2
        assert farm.state("W-1") == (0, "1 statement made, 2 were there before.")


def test_a_rotation_that_the_ledger_was_not_told_of_is_finished_with_the_old_key(
    passport: Run, tmp_path: Path, running: Running
) -> None:
    with running:
        farm = Farm(passport, tmp_path / "farm", running.url)
        _code, out, _err = farm.passport("key", "rotate", "farm")
        assert "--post" in out
        code, said = farm.state("W-1")
        assert code == 1
        assert "speaks for no organization" in said
        assert farm.passport("key", "rotate", "farm", "--post", running.url)[0] == 0
        assert len(farm.keys()) == 2
        assert farm.state("W-1") == (0, "1 statement made, 2 were there before.")


def test_without_a_key_in_use_nothing_is_rotated(passport: Run, tmp_path: Path, running: Running) -> None:
    with running:
        farm = Farm(passport, tmp_path / "farm", running.url)
        (farm.folder / "keys" / "farm.0001.json").rename(tmp_path / "lost.json")
        farm.passport("key", "new", "farm")
        code, _out, err = farm.passport("key", "rotate", "farm", "--post", running.url)
        assert code == 1
        assert "Bring the keystore" in err
        assert len(farm.keys()) == 1
