"""Tampering, shown to fail: one digit of one record in a bundle, and a database built anew with one altered.

The second is what an operator could do together with all companies: every statement signed again, a log
that is consistent in itself, the genuine keys. Only the chain still knows the old root.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from api.demo.companies import all_intents, companies
from ledger import canonical, signing
from ledger.bundle import build, to_bytes
from ledger.drafting import Wish, prepare
from ledger.factors.library import FactorLibrary
from ledger.in_memory import InMemoryStore
from ledger.interfaces import Anchor
from ledger.log.checkpoint import NoteSigner
from ledger.records.references import Reference, Register
from ledger.services import Ledger, open_log
from ledger.signed import Statement

ALTERED_FILE: Final = Path("orchard") / "activities.csv"
ALTERED: Final = ("SEASON-2024,fertiliser_urea,1600,", "SEASON-2024,fertiliser_urea,1500,")
"""The record that is altered: 100 kg of urea less."""


def one_digit_changed(raw: bytes) -> bytes:
    """Return a bundle in which one digit of the first activity's quantity is another."""
    bundle: Any = canonical.parse(raw, max_bytes=len(raw), max_depth=64)
    for statement in bundle["statements"]:
        for part in statement["parts"]:
            if re.fullmatch(r"/lines/[0-9]+/source", part["path"]):
                quantity = part["value"]["quantity"]
                last = int(quantity[-1])
                part["value"]["quantity"] = f"{quantity[:-1]}{(last % 9) + 1}"
                return canonical.encode(bundle)
    return raw


class RebuiltLedger:
    """A whole history made anew in memory, with one record altered, under the log's genuine keys."""

    def __init__(self, opening: Statement, signer: NoteSigner, keys: dict[str, bytes]) -> None:
        self._store = InMemoryStore()
        self._ledger: Ledger = open_log(self._store, opening, signer, factors=FactorLibrary.shipped())
        self._keys = keys
        self._register = Register()

    def play(self, scenario: Path, scratch: Path) -> None:
        """State everything again, with one record of the orchard altered."""
        copy = scratch / "altered"
        shutil.copytree(scenario, copy)
        try:
            file = copy / ALTERED_FILE
            file.write_text(file.read_text("utf-8").replace(*ALTERED), "utf-8")
            for intent in all_intents(companies(copy)):
                key = self._keys[intent.organization]
                if intent.kind == "registration/1":
                    own = Reference("address", "", intent.organization).key
                    self._register.keep({own: signing.address_of(key)})
                request = intent.request(self._register)
                with self._store.read() as view:
                    wish = Wish(intent.kind, request["issuer"], request["body"])
                    statement = prepare(wish, view).draft.sign(key)
                self._ledger.post([statement])
                self._register.keep(intent.made_known(statement.digest))
        finally:
            shutil.rmtree(copy)

    def bundle(self, delivery_note: str, genuine: Anchor) -> bytes:
        """Return the false bundle of a delivery note, which names the genuine anchor's transaction."""
        passport = self._register[Reference("shipment", "", delivery_note).key]
        with self._store.write() as writer:
            newest = list(writer.checkpoints())[-1]
            writer.keep_anchor(replace(genuine, size=newest.size, root=newest.root))
        factors: Callable[[str], Any] = FactorLibrary.shipped().by_digest
        with self._store.read() as view:
            return to_bytes(build(view, passport, factors))
