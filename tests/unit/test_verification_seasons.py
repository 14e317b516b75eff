"""Whatever companies do within the rules, every passport of it verifies, with the figures of the books."""

from __future__ import annotations

import random
import subprocess
import sys
from typing import Any

import pytest

from ledger.interfaces import LedgerView
from ledger.lots import Lot, Shipment
from ledger.verification import verify
from scripts.vectors.handmade_log import burnt, supplied
from tests.builders import Party, World
from tests.bundle_worlds import anchor, bundle_bytes

STEPS = 70


class Season:
    """Random companies that make, take, hand on, handle, receive, refuse, correct, waste, change keys."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.world = World()
        self.parties = {
            party.id: party
            for party in (
                self.world.register("Farm", "farmer"),
                self.world.register("Mill", "supplier"),
                self.world.register("Shop", "buyer"),
                self.world.register("Lorry", "carrier"),
            )
        }
        self.number = 0

    def play(self) -> None:
        verbs = (self.make, self.make, self.send, self.send, self.carry, self.answer, self.store)
        for _ in range(STEPS):
            self.chance.choice((*verbs, self.waste, self.correct, self.rotate))()

    def lines(self) -> tuple[dict[str, Any], ...]:
        self.number += 1
        return (burnt(self.chance.randint(1, 99)), supplied(self.chance.randint(1, 99), f"gap-{self.number}"))

    def party(self) -> Party:
        return self.chance.choice(list(self.parties.values()))

    def read(self, ask: Any) -> Any:
        with self.world.store.read() as view:
            return ask(view)

    def lots(self, holder: Party) -> list[Lot]:
        return [lot for lot in self.read(lambda view: view.lots(holder.id)) if lot.left]

    def some_of(self, lot: Lot) -> int:
        return self.chance.randint(1, lot.left)

    def open_shipments(self) -> list[Shipment]:
        return [one for one in self.read(lambda view: view.shipments()) if one.status == "open"]

    def make(self) -> None:
        maker = self.party()
        lots = self.lots(maker)
        inputs = [(lot.id, self.some_of(lot)) for lot in self.chance.sample(lots, min(len(lots), 2))]
        quantity = self.chance.randint(1, 10**9)
        self.world.produce(maker, "goods", quantity, lines=self.lines(), inputs=inputs)

    def send(self) -> None:
        sender = self.party()
        lots = self.lots(sender)
        if lots:
            lot = self.chance.choice(lots)
            to = self.chance.choice((None, self.party()))
            handlers = self.chance.sample(list(self.parties.values()), self.chance.randint(0, 2))
            self.world.dispatch(sender, lot.id, self.some_of(lot), to=to, handlers=handlers)

    def carry(self) -> None:
        shipments = self.open_shipments()
        if shipments:
            self.world.handle(self.party(), self.lines(), shipment=self.chance.choice(shipments).id)

    def store(self) -> None:
        holder = self.party()
        lots = self.lots(holder)
        if lots:
            self.world.handle(holder, self.lines(), lot=self.chance.choice(lots).id)

    def answer(self) -> None:
        shipments = self.open_shipments()
        if shipments:
            shipment = self.chance.choice(shipments)
            claims = [self.world.logged(claim.statement).statement for claim in shipment.claimed]
            accepted = self.chance.random() < 0.7
            consignee = self.parties[shipment.consignee]
            self.world.receive(consignee, shipment.id, accepted=accepted, claims=claims)

    def waste(self) -> None:
        holder = self.party()
        lots = self.lots(holder)
        if lots:
            lot = self.chance.choice(lots)
            self.world.dispose(holder, lot.id, self.some_of(lot))

    def correct(self) -> None:
        holder = self.party()
        fresh = [lot for lot in self.lots(holder) if lot.made == "production" and lot.untouched()]
        if fresh:
            production = self.chance.choice(fresh).id.partition(".")[0]
            self.world.correct(holder, production, add=self.lines())

    def rotate(self) -> None:
        self.world.rotate(self.party())


@pytest.mark.parametrize("season", range(4))
def test_every_passport_of_a_random_season_verifies_with_the_figures_of_the_books(season: int) -> None:
    played = Season(random.Random(20260700 + season))  # noqa: S311 - seeded, so that it can be repeated
    played.play()
    world = played.world
    anchor(world)
    trusted = world.signer.verifier.text()

    def shipments(view: LedgerView) -> list[Shipment]:
        return view.shipments()

    for shipment in played.read(shipments):
        raw = bundle_bytes(world, shipment.id)
        report = verify(raw, trusted_log_key=trusted, anchor_reader=lambda stated: stated)
        assert report.ok, report.failure()
        assert report.figures is not None
        assert report.figures.components == shipment.total.wire()
        assert report.figures.status == shipment.status
        assert report.figures.handlings == tuple(one.statement for one in shipment.handlings)


def test_verifying_loads_no_database_no_web_and_no_chain() -> None:
    asked = (
        "import sys, ledger.verification; print([name for name in sys.modules if name.split('.')[0] in "
        "('sqlalchemy', 'sqlmodel', 'fastapi', 'web3', 'pandas', 'numpy', 'eth_account')])"
    )
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
