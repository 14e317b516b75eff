"""Operators who cheat with a real ledger in a folder, found at the terminal by whoever buys or audits.

A rewritten history and a log with two faces are in `test_watching.py`, with real witnesses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.keystore import LogKeys, new_log_keys
from ledger.log.checkpoint import NoteSigner
from ledger.signed import Statement
from ledger.sql.stores import SqlStore
from scripts.vectors.handmade_log import burnt
from tests.builders import Party, World
from tests.integration.conftest import Run
from tests.integration.served_process import Running
from tests.served import KnownFactors
from tests.unit.state import test_operators_who_cheat as cheats

PASSPHRASE = "an operator's own"  # noqa: S105 - opens keys of this test only


class Operated(World):
    """A world in a folder whose log has the keys that are kept there."""

    def __init__(self, folder: Path) -> None:
        (folder / "keys").mkdir(parents=True, mode=0o700)
        self._keys: LogKeys = new_log_keys(folder / "keys", PASSPHRASE, 2)
        kept = SqlStore(f"sqlite:///{folder / 'ledger.db'}")
        kept.migrate()
        self.kept = kept
        super().__init__(kept, factors=KnownFactors())

    def _opening(self, origin: str) -> Statement:
        self.operator = Party("Operator", (), self._keys.anchor_key)
        self.signer = NoteSigner(origin, self._keys.checkpoint_key)
        return super()._opening(origin)


@pytest.fixture
def sale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[cheats.Sale]:
    """A sale in a ledger that is kept in a folder."""
    world = Operated(tmp_path / "ledger")
    monkeypatch.setattr(cheats, "World", lambda: world)
    yield cheats.Sale()
    world.kept.close()


def test_a_lot_that_is_handed_on_twice_is_caught_by_its_buyer_and_by_an_auditor_from_outside(
    sale: cheats.Sale, tmp_path: Path, passport: Run
) -> None:
    second = cheats.sold_twice(sale)
    sale.state()
    for number, shipment in enumerate((sale.shipment, second)):
        bought = tmp_path / f"{number}.json"
        bought.write_bytes(sale.bytes(shipment))
        found = passport("verify", bought, "--json")
        assert (found.code, bad(found.out)) == (1, "lot-handed-on-twice")
    with sale.world.store.read() as view:
        position = view.position(second)
    with Running(tmp_path / "ledger", PASSPORT_LOG_PASSPHRASE=PASSPHRASE) as served:
        audited = passport(
            *("audit", "--remote", served.url, "--with-bodies", "--json"),
            *("--log-key", sale.world.signer.verifier.text(), "--state", tmp_path / "seen.json"),
        )
    findings = json.loads(audited.out)["findings"]
    assert audited.code == 1
    assert any(one["part"] == "books" and str(position) in one["what"] for one in findings), findings


def test_a_late_handling_that_is_hidden_is_caught_by_its_buyer(
    sale: cheats.Sale, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passport: Run
) -> None:
    late = sale.world.handle(sale.carrier, (burnt(1),), shipment=sale.shipment, leg="waiting").digest
    sale.state()
    whole, less = tmp_path / "whole.json", tmp_path / "less.json"
    whole.write_bytes(sale.bytes())
    cheats.withheld(monkeypatch, late)
    less.write_bytes(sale.bytes())
    assert passport("verify", whole, "--json").code == 0
    found = passport("verify", less, "--json")
    assert (found.code, bad(found.out)) == (1, "withheld-statement")
    assert late in found.out


def bad(printed: str) -> str:
    """Return the reason of the bad verdict that was printed."""
    return next(str(one["reason"]) for one in json.loads(printed)["verdicts"] if one["value"] == "bad")
