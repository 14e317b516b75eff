"""Bundles of goods that were adjusted after they were handed on: answers that are right, and others."""

from __future__ import annotations

from typing import Any

from ledger import canonical
from scripts.vectors.bundle_cases.stories import Vector, vector
from scripts.vectors.handmade_log import KG, HandmadeLog, burnt, supplied

LESS_MG = (640 - 90) * 1_251_000 * 3 // 10
"""What 300 of 1,000 kg carry less when 90 kg of fertiliser take the place of 640."""


UNKNOWN = {"6": "log-key-not-given", "7": "not-anchored", "9": "no-state-entries"}


def adjusted(*, by: str = "Shop", mg: int = LESS_MG, outcome: str = "accepted") -> bytes:
    """Return the bundle of a received shipment whose harvest was corrected, with somebody's answer."""
    log = HandmadeLog()
    log.register("Farm", "farmer")
    log.register("Shop", "buyer")
    harvest = log.produce("Farm", "lychee", 1000 * KG, lines=(burnt(480), supplied(640, "urea-1")))
    shipped = log.dispatch("Farm", harvest, 300 * KG, "Shop")
    log.receive(shipped)
    change: dict[str, Any] = {"drop_lines": ["1"], "add_lines": [supplied(90, "urea-2")], "add_inputs": []}
    maker = harvest.id.partition(".")[0]
    correction = log.state("Farm", "correction/1", {"corrects": maker, "change": change})
    answer = {
        "cause": correction.digest,
        "target": shipped.id,
        "outcome": outcome,
        "increase": {},
        "decrease": {"fossil.secondary": str(mg)},
    }
    log.state(by, "acceptance/1", {"answer": answer})
    return canonical.encode(log.bundle(shipped.id))


@vector
def good_adjusted() -> Vector:
    """Show the old figure and the new."""
    return Vector(adjusted(), unknown=UNKNOWN)


@vector
def good_adjustment_refused() -> Vector:
    """Show what was refused in no figure."""
    return Vector(adjusted(outcome="refused"), unknown=UNKNOWN)


@vector
def conservation_answer_to_another_amount() -> Vector:
    """Answer a milligram more than was offered."""
    return Vector(adjusted(mg=LESS_MG + 1), 8, "stale-offer")


@vector
def conservation_answer_by_somebody_else() -> Vector:
    """Let the sender answer its own offer."""
    return Vector(adjusted(by="Farm"), 8, "not-receiver")
