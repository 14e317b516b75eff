"""Bundles with removals: one of which a part went back, and what their rules refuse."""

# ruff: noqa: D103 - a vector's name says what it is

from __future__ import annotations

from ledger.identifiers import lot_parts
from scripts.vectors.bundle_cases.stories import OPEN, Story, Vector, vector, written
from scripts.vectors.handmade_log import KG, HandmadeLog, Wire, burnt

STORED = 300 * 10**6


def orchard(gone_back: int | None = None, owner: str | None = None) -> Story:
    """Play the short story of a farm whose trees take up 300 kg CO2e, some of which goes back later."""
    log = HandmadeLog()
    log.register("Farm", "farmer")
    trees = burnt(1)
    del trees["source"]["factor"]
    trees["amount"]["components"] = {"land_removal.measured": str(STORED)}
    trees["removal"] = {
        "pool": "above_ground_biomass",
        "monitoring": "field_inventory",
        "permanence": {"years": "25"},
        "reserve": "0.2",
        "owner": owner or log.ids["Farm"],
    }
    harvest = log.produce("Farm", "lychee", 1000 * KG, lines=(burnt(480), trees))
    shipped = log.dispatch("Farm", harvest, 300 * KG, "outside")
    named = {"statement": lot_parts(harvest.id)[0], "line": "1"}
    if gone_back is not None:
        amount: Wire = {"components": {"land_removal.measured": str(gone_back)}, "evidence": "calculated"}
        log.state("Farm", "reversal/1", {"reverses": named, "amount": amount, "cause": "fire"})
        lower = {"permanence": {"years": "10"}, "reserve": "0.1"}
        log.state("Farm", "impairment/1", {"impairs": named, "expectation": lower})
    return Story(log, harvest, shipped)


@vector
def good_removal_that_went_back_in_part() -> Vector:
    unknown = {"6": "log-key-not-given", "7": "not-anchored", **OPEN}
    return written(orchard(STORED // 4).bundle(), unknown=unknown)


@vector
def conservation_more_goes_back_than_is_stored() -> Vector:
    return written(orchard(STORED + 1).bundle(), 8, "over-reversed")


@vector
def conservation_removal_of_somebody_else() -> Vector:
    return written(orchard(owner="org_" + "a" * 32).bundle(), 8, "removal-owner")
