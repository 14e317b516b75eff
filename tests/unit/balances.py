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
        assert dict(found.balance()) == view.balance(Account("lot", found.holder, lot))
    return found


def held(world: World, kind: Any, party: Party) -> Components:
    with world.store.read() as view:
        balance = view.balance(Account(kind, party.id))
    return Components({slot: abs(mg) for slot, mg in balance.items()})


def fossil(mg: int, evidence: str = "calculated") -> Components:
    return Components.of(f"fossil.{evidence}", mg)
