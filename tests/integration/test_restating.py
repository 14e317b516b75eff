"""`passport restate` and `passport removals` at a real server."""

# ruff: noqa: S106 - passphrases of the tests
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.integration.conftest import Ran, Run
from tests.integration.served_process import Running

RECORDS = {
    "organizations.csv": "organization,name,roles,date,timezone\nfarm,Farm,farmer,2026-06-01,Asia/Shanghai\n",
    "productions.csv": "production,from,to,policy\nP-1,2026-06-01,2026-06-18,mass/1\n",
    "outputs.csv": "production,batch,product,quantity,unit\nP-1,LZ-1,lychee,4500,kg\n",
    "activities.csv": "record,activity,quantity,unit,purchase\nP-1,diesel_burnt,100,L,D-1\n",
}


def at(passport: Run, folder: Path, url: str) -> Callable[..., Ran]:
    """Register a farm with a harvest; return how it runs a command."""

    def run(*arguments: str | Path) -> Ran:
        return passport(
            *arguments,
            PASSPORT_KEYS=str(folder / "keys"),
            PASSPORT_KEY_PASSPHRASE="correct horse",
            PASSPORT_LEDGER=url,
            COLUMNS="120",
        )

    folder.mkdir()
    for name, text in RECORDS.items():
        (folder / name).write_text(text, "utf-8")
    assert run("key", "new", "farm").code == 0
    posted = run("import", *sorted(folder.glob("*.csv")), "--post", url)
    assert posted.code == 0, posted.err
    return run


def test_a_farm_restates_its_books_and_a_passport_and_lists_its_removals(
    passport: Run, tmp_path: Path
) -> None:
    with Running(
        tmp_path / "ledger", PASSPORT_POLICY="members", PASSPORT_LOG_PASSPHRASE="long enough"
    ) as server:
        farm = at(passport, tmp_path / "farm", server.url)
        books = farm("restate", "--json")
        assert (books.code, books.err) == (0, "")
        assert [one["gwp"] for one in json.loads(books.out)["sets"]] == ["AR4", "AR5", "AR6"]
        may = farm("restate", "--from", "2026-05-01", "--to", "2026-05-31", "--json")
        assert json.loads(may.out)["gross_mg"] == "0"
        shown = farm("restate")
        assert "GWP set" in shown.out
        sent = farm("ship", "LZ-1", "1 t", "--to", "outside", "--date", "2026-06-20", "--yes", "--json")
        assert sent.code == 0, sent.err
        digest = json.loads(sent.out)["digest"]
        one = farm("restate", digest, "--json")
        assert one.code == 0, one.err
        assert int(json.loads(one.out)["gross_mg"]) > 0
        assert json.loads(farm("removals", "--json").out)["removals"] == []
        assert "Removals" in farm("removals").out
