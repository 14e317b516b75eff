"""The lychee scenario, posted into a ledger in memory: what the demo does without server and chain."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ledger import signing
from ledger.drafting import Wish, prepare
from ledger.records.answers import checked_draft
from ledger.records.importing import read_records
from ledger.records.intents import Intent, in_order
from ledger.records.references import Register
from tests.builders import World

FOLDER: Final = Path(__file__).parents[3] / "scripts" / "scenarios" / "lychee"
ZONES: Final = {"importer": "Europe/Amsterdam"}


def intents(folder: Path = FOLDER) -> list[Intent]:
    """Return what all companies of the scenario mean to state."""
    return [
        intent
        for company in sorted(path for path in folder.iterdir() if path.is_dir())
        for intent in read_records(
            sorted(company.glob("*.csv")),
            organization=company.name,
            zone=ZONES.get(company.name, "Asia/Shanghai"),
        )
    ]


@dataclass
class Played:
    """A world in which the scenario was posted, and what its references stand for."""

    world: World = field(default_factory=World)
    register: Register = field(default_factory=Register)
    keys: dict[str, bytes] = field(default_factory=dict)

    def play(self, meant: list[Intent]) -> None:
        """Draft, check, sign and post everything in order."""
        for intent in in_order(meant, self.register):
            self.state(intent)

    def state(self, intent: Intent) -> str:
        """Draft, check, sign and post one intent; return the statement's digest."""
        if intent.kind == "registration/1":
            owner = intent.organization
            accreditor = owner == "accreditor"
            key = signing.new_private_key() if not accreditor else self.world.accreditor.key
            self.keys[owner] = key
            self.register.keep({f"address:{owner}": signing.address_of(key)})
        if intent.organization == "accreditor" and intent.kind == "registration/1":
            self.register.keep({"organization:accreditor": self.world.accreditor.id})
            return ""
        request = intent.request(self.register)
        with self.world.store.read() as view:
            wish = Wish(intent.kind, request["issuer"], request["body"], request["language"])
            made = prepare(wish, view, self.world.clock.now()).draft
        drafted = {
            "envelope": made.envelope.model_dump(),
            "parts": [part.model_dump() for part in made.parts],
        }
        checked_draft(intent.kind, request, drafted, log_id=self.world.log_id)
        statement = made.sign(self.keys[intent.organization])
        self.world.post(statement)
        self.register.keep(intent.made_known(statement.digest))
        return statement.digest
