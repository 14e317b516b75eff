"""`passport restate`, `removals`, `reverse` and `impair` at a real server."""

# ruff: noqa: S106 - passphrases of the tests
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.integration.conftest import Ran, Run
from tests.integration.served_process import Running

RECORDS = {
    "organizations.csv": "organization,name,roles,date,timezone\nfarm,Farm,farmer,2026-06-01,Asia/Shanghai\n",
    "productions.csv": "production,from,to,policy\nP-1,2026-06-01,2026-06-18,mass/1\n",
    "outputs.csv": "production,batch,product,quantity,unit\nP-1,LZ-1,lychee,4500,kg\n",
    "removals.csv": "record,removal,quantity,unit,removed_kg,channel,pool,monitoring,permanence,reserve\n"
    "P-1,biochar_spread,2,t,100,tech_removal,biochar,measured_stock,long_term,0.05\n",
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


def growth(owner: str) -> dict[str, Any]:
    """Return a line of what the orchard's trees took up, as it is written in a file."""
    return {
        "amount": {"components": {"land_removal.measured": "900000000"}, "gwp": "AR5"},
        "source": {
            "activity": "orchard_growth",
            "quantity": "12",
            "unit": "ha",
            "tags": {"scope": "1", "stage": "operation"},
        },
        "removal": {
            "pool": "above_ground_biomass",
            "monitoring": "field_inventory",
            "permanence": {"years": "25"},
            "reserve": "0.2",
            "owner": owner,
        },
    }


def check_removals(farm: Callable[..., Ran], folder: Path) -> None:
    """State a removal, let a part of it burn, write the rest down, and read the report."""
    (lot,) = json.loads(farm("lot", "list", "--json").out)["lots"]
    lines = folder / "growth.json"
    lines.write_text(json.dumps(growth(lot["holder"])), "utf-8")
    day = ("--date", "2026-06-21", "--yes")
    corrected = farm("correct", "P-1", "--add-line", lines, *day, "--json")
    assert corrected.code == 0, corrected.err
    digest = json.loads(corrected.out)["digest"]
    unsigned = farm("reverse", digest, "0", "300 kg", "--cause", "fire", "--date", "2026-06-21", "--dry-run")
    assert "Nothing was signed" in unsigned.out, unsigned.err
    back = farm("reverse", digest[:12], "0", "300 kg", "--cause", "fire", "--reason", "dry summer", *day)
    assert back.code == 0, back.err
    lower = farm("impair", digest, "0", "--years", "10", "--reserve", "0.1", "--reason", "drought", *day)
    assert lower.code == 0, lower.err
    found = json.loads(farm("removals", "--json").out)
    (one,) = (removal for removal in found["removals"] if removal["statement"] == digest)
    assert (one["removed_mg"], one["gone_back_mg"], one["stored_mg"]) == (
        "900000000",
        "300000000",
        "600000000",
    )
    assert (one["permanence_years"], one["reserve"], one["reserve_mg"]) == ("10", "0.1", "60000000")
    for refused, word in (
        (farm("reverse", digest, "1", "all", "--cause", "pest", *day), "none of your removals"),
        (farm("reverse", digest, "0", "1 kg", "--cause", "pest", "--component", "luc", *day), "--component"),
        (farm("reverse", digest, "0", "601 kg", "--cause", "pest", *day), "State less"),
        (farm("impair", digest, "0", "--lasting", "temporary", *day), "only writes down"),
    ):
        assert refused.code == 1
        assert word in refused.err
    rest = farm("reverse", digest, "0", "all", "--cause", "grubbing_up", *day)
    assert rest.code == 0, rest.err
    assert json.loads(farm("removals", "--json").out)["stored_mg"] == "100000000"


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
        (biochar,) = json.loads(farm("removals", "--json").out)["removals"]
        assert (biochar["removed_mg"], biochar["reserve_mg"]) == ("100000000", "5000000")
        assert biochar["permanence_class"] == "long_term"
        check_removals(farm, tmp_path)
        assert "Removals" in farm("removals").out
