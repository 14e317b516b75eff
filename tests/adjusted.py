"""Adjustments in the small worlds of tests: how they come about, and how they are answered."""

from __future__ import annotations

from typing import Any

from ledger.identifiers import lot_id
from ledger.offers import Offer, offer_id
from ledger.signed import Statement
from tests.builders import Party, World, kg, output, own


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
