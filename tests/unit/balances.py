"""What lots and accounts hold, as the tests ask for it."""

from __future__ import annotations

from typing import Any

from ledger.accounts import Account
from ledger.components import Components
from ledger.lots import Lot
from tests.builders import Party, World


def kept(world: World, lot: str) -> Lot:
    with world.store.read() as view:
        found = view.lot(lot)
        assert found is not None
        now = found.given if found.kept_as == "abnormal_loss" else found.balance()
        assert dict(now) == view.balance(found.account)
    return found


def held(world: World, kind: Any, party: Party, ref: str = "") -> Components:
    with world.store.read() as view:
        balance = view.balance(Account(kind, party.id, ref))
    return Components({slot: abs(mg) for slot, mg in balance.items()})


def fossil(mg: int, evidence: str = "calculated") -> Components:
    return Components.of(f"fossil.{evidence}", mg)
