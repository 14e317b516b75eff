"""Companies at a real ledger, each with a folder of its own: keys, records, journal of statements."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

from rich.cells import cell_len

from ledger.keystore import Keystore
from tests.integration.conftest import Ran, Run

ORGANIZATIONS = "organization,name,roles,date,timezone\n{reference},{name},{roles},2026-06-01,Asia/Shanghai\n"
RECORDS = {
    "productions.csv": "production,from,to,policy\nP-1,2026-06-01,2026-06-18,mass/1\n",
    "outputs.csv": "production,batch,product,quantity,unit\nP-1,LZ-1,妃子笑荔枝（特级，冷链）,4500,kg\n",
    "activities.csv": "record,activity,quantity,unit,purchase\nP-1,diesel_burnt,100,L,D-1\n",
    "purchases.csv": "record,purchase,goods,sector,country,amount,currency,invoice_date,price_type,"
    "vat_percent\n"
    "P-1,C-1,Cartons,322210,US,1000,USD,2022-06-01,purchaser,0\n",
}
DAY = ("--date", "2026-06-20")


NUMBERS = count(1)


class Firm:
    """A company with its keystore in a folder of its own, registered at the ledger."""

    def __init__(self, passport: Run, folder: Path, name: str, roles: str, url: str) -> None:
        self.name = f"{name} {next(NUMBERS)}"  # one ledger for all tests, where names stay unique
        self.folder, self.url, self._passport = folder, url, passport
        self.folder.mkdir()
        reference = folder.name
        text = ORGANIZATIONS.format(reference=reference, name=self.name, roles=roles)
        (self.folder / "organizations.csv").write_text(text, "utf-8")
        # A key that opens fast; the command that makes a slow one has tests of its own.
        Keystore(self.folder / "keys", scrypt_cost=2).new(reference, "correct horse")
        self.post()

    def post(self) -> None:
        """State all records in the company's folder."""
        ran = self.run("import", *sorted(self.folder.glob("*.csv")), "--post", self.url)
        assert ran.code == 0, ran.err

    def run(self, *arguments: str | Path, **settings: str) -> Ran:
        """Run a command with this company's keys at this ledger."""
        own = {
            "PASSPORT_KEYS": str(self.folder / "keys"),
            "PASSPORT_KEY_PASSPHRASE": "correct horse",
            "PASSPORT_LEDGER": self.url,
            "COLUMNS": "80",
        }
        return self._passport(*arguments, **{**own, **settings})

    def json(self, *arguments: str | Path) -> dict[str, Any]:
        """Run a command with `--json`: it prints one object and nothing else."""
        ran = self.run(*arguments, "--json")
        assert (ran.code, ran.err) == (0, "")
        found: dict[str, Any] = json.loads(ran.out)
        return found

    def refused(self, *arguments: str | Path) -> str:
        """Return the one sentence that a refused command prints."""
        ran = self.run(*arguments)
        assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1), ran
        assert ran.err.startswith("passport: ")
        return ran.err.removeprefix("passport: ").strip()

    def kept(self) -> list[dict[str, Any]]:
        """Return the company's journal of statements."""
        return [
            json.loads(path.read_text("utf-8")) for path in (self.folder / "keys" / "kept").glob("*.json")
        ]


def widest(text: str) -> int:
    """Return the columns that the widest line of a table takes on a terminal."""
    return max((cell_len(line.rstrip()) for line in text.splitlines() if "  " in line), default=0)
