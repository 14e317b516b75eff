"""Adjustments in the small worlds of tests: how they come about, and how they are answered."""

from __future__ import annotations

from typing import Any

from ledger.identifiers import lot_id
from ledger.interfaces import LedgerStore
from ledger.offers import Offer, offer_id
from ledger.signed import Statement
from scripts.vectors.handmade_log import supplied
from tests.builders import Line, Party, World, kg, output, own

UNIT_MG = 1_251_000
"""What a kilogram of the gap's fertiliser stands for; the amounts of `Chain` are multiples of it."""


def metered(units: int, component: str = "fossil.measured") -> Line:
    """Return a line of own emissions that a meter showed."""
    source = {
        "activity": "diesel",
        "quantity": str(units),
        "unit": "L",
        "tags": {"scope": "1", "stage": "operation"},
    }
    return {"amount": {"components": {component: str(units * UNIT_MG)}, "gwp": "AR5"}, "source": source}


class Chain:
    """A grower, a packhouse and an importer; the grower's lot goes through both. Amounts are in units."""

    def __init__(self, store: LedgerStore | None = None, world: World | None = None) -> None:
        self.world = world or (World(store) if store else World())
        self.grower = self.world.register("Grower", "farmer")
        self.packhouse = self.world.register("Packhouse", "supplier")
        self.importer = self.world.register("Importer", "buyer")
        lines = (supplied(300, "urea"), metered(3))
        self.harvest = self.world.production(self.grower, (output("lychee", kg(3)),), lines=lines)
        self.first = self.world.dispatch(
            self.grower, lot_id(self.harvest.digest, 0), kg(2), to=self.packhouse
        )
        self.bulk = self.world.receive(self.packhouse, self.first)
        self.packed = self.world.produce(
            self.packhouse, "packed", kg(2), inputs=((self.bulk, kg(2)),), lines=(metered(10),)
        )
        self.second = self.world.dispatch(self.packhouse, self.packed, kg(1), to=self.importer)
        self.stored = self.world.receive(self.importer, self.second)

    def correct(self, **change: Any) -> Statement:
        """Correct the harvest."""
        return self.world.correct(self.grower, self.harvest.digest, **change)

    def less(self) -> Statement:
        """Replace the estimate of 300 by a passport's 90, as it were."""
        return self.correct(drop=(0,), add=(supplied(90, "urea-2"),))


def allow(world: World, party: Party, limit_mg: int, sender: Party | None = None) -> Statement:
    """Let a party accept adjustments by themselves for 2026, of one sender or of anybody."""
    validity = {"from": "2026-01-01", "to": "2026-12-31"}
    standing = {"from": sender.id if sender else "any", "limit_mg": str(limit_mg), "validity": validity}
    return world.state(party, "acceptance/1", {"standing": standing})


def answer(world: World, party: Party, cause: str, target: str, *, accepted: bool = True) -> Statement:
    """Let a party accept or refuse what is open of an adjustment."""
    outcome = "accepted" if accepted else "refused"
    body: dict[str, Any] = {"answer": {"cause": cause, "target": target, "outcome": outcome}}
    return world.state(party, "acceptance/1", body)


def offer_of(world: World, cause: str, target: str) -> Offer:
    """Return what was offered."""
    with world.store.read() as view:
        found = view.offer(offer_id(cause, target))
    assert found is not None
    return found


def an_adjustment(world: World, maker: Party, buyer: Party) -> None:
    """Make and sell something, correct it after it has gone on, and answer; allow a little from then on."""
    made = world.production(maker, (output("tea", kg(10)),), lines=(own(1_000, "fossil.measured"),))
    sent = world.dispatch(maker, lot_id(made.digest, 0), kg(10), to=buyer)
    world.receive(buyer, sent)
    corrected = world.correct(maker, made.digest, drop=(0,), add=(own(1_007, "fossil.measured"),))
    answer(world, buyer, corrected.digest, sent)
    allow(world, buyer, 1_000, maker)
