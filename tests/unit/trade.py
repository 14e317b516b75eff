"""A packhouse with goods to sell, and who carries and buys them."""

from __future__ import annotations

from typing import Any

from ledger.accounts import Account, AccountKind
from ledger.components import NOTHING, Components
from ledger.lots import (
    Lot,
    Shipment,
)
from ledger.signed import Statement
from tests.builders import Party, World, kg, own
from tests.unit.refusals import as_stated, plain


class Trade:
    """A packhouse with 100 mg on 1,000 kg, a carrier, a port and an importer."""

    def __init__(self) -> None:
        self.world = World()
        self.packhouse = self.world.register("Packhouse", "supplier")
        self.carrier = self.world.register("Carrier", "carrier")
        self.port = self.world.register("Port", "port")
        self.importer = self.world.register("Importer", "buyer")
        self.lot = self.world.produce(self.packhouse, "packed", kg(1000), lines=(own(100),), batch="L1")

    def send(self, *handlers: Party, quantity: int = kg(500), to: Party | None = None) -> str:
        to = to or self.importer
        return self.world.dispatch(self.packhouse, self.lot, quantity, to=to, handlers=handlers)

    def shipment(self, identifier: str) -> Shipment:
        with self.world.store.read() as view:
            found = view.shipment(identifier)
            assert found is not None
            on_its_way = found.total if found.status == "open" else NOTHING
            assert view.balance(Account("shipment", found.sender, found.id)) == dict(on_its_way)
        return found

    def kept(self, lot: str) -> Lot:
        with self.world.store.read() as view:
            found = view.lot(lot)
            assert found is not None
            assert dict(found.balance()) == view.balance(Account("lot", found.holder, lot))
        return found

    def balance(self, kind: AccountKind, party: Party) -> Components:
        with self.world.store.read() as view:
            balance = view.balance(Account(kind, party.id))
        return Components({slot: abs(mg) for slot, mg in balance.items()})

    def signed(self, party: Party, kind: str, body: dict[str, Any], **changes: Any) -> Statement:
        """Sign what a draft gives, with changes."""
        return as_stated(self.world, party, kind, plain(self.world.sign(party, kind, body)) | changes)


def fossil(mg: int, evidence: str = "calculated") -> Components:
    return Components.of(f"fossil.{evidence}", mg)


def handled_by(shipment: Shipment) -> list[tuple[str, int]]:
    return [(handled.handler, handled.components.gross_mg()) for handled in shipment.handlings]
