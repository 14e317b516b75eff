"""Bundles of legs and part loads: one that verifies, and those that fail at step 8."""

# ruff: noqa: D103 - a vector's name says what it is

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scripts.vectors.bundle_cases.stories import Story, Vector, vector, written
from scripts.vectors.handmade_log import KG, HandmadeLog, Wire, burnt


def part_load(change: Callable[[Wire], Any] | None = None) -> Story:
    """Play a farm whose 300 kg share a lorry over 30 km: 9 of its 60 L, 9,000 of 60,000 kg·km."""
    log = HandmadeLog()
    for name, role in (("Farm", "farmer"), ("Carrier", "carrier"), ("Shop", "buyer")):
        log.register(name, role)
    log.attest("Carrier", "carrier")
    harvest = log.produce("Farm", "lychee", 1000 * KG, lines=(burnt(480),))
    shipped = log.dispatch("Farm", harvest, 300 * KG, "Shop", handlers=("Carrier",))
    body: Wire = {
        "target": {"shipment": shipped.id},
        "inputs": [],
        "lines": [burnt(9)],
        "leg": {
            "key": "lorry",
            "mode": "road",
            "mass_mg": str(300 * KG),
            "distance_m": "30000",
            "distance_basis": "shortest_feasible",
            "actual_m": "71000",
            "category": {"id": "lorries of 18 t", "contract": "shared"},
            "running": {"over": "trip", "load_factor": "0.5", "empty_share": "0.5"},
        },
        "share": {
            "own": "9000",
            "total": "60000",
            "basis": "tkm",
            "trip": "T-7",
            "whole": [{"line": "0", "quantity": "60"}],
        },
    }
    handling = log.state("Carrier", "handling/1", body, change)
    log.receive(shipped, [handling])
    return Story(log, harvest, shipped)


def badly_loaded(reason: str, change: Callable[[Wire], Any]) -> Vector:
    """Return the vector of a part load that its carrier tells and the log takes, but no books would."""
    return written(part_load(change).bundle(), 8, reason)


@vector
def good_part_load() -> Vector:
    unknown = {"6": "log-key-not-given", "7": "not-anchored", "9": "no-state-entries"}
    return written(part_load().bundle(), unknown=unknown)


@vector
def conservation_part_load_books_less() -> Vector:
    return badly_loaded("vehicle-quantity", lambda body: body["lines"].__setitem__(0, burnt(8)))


@vector
def conservation_part_load_of_other_work() -> Vector:
    return badly_loaded("share-work", lambda body: body["share"].update(own="8000"))


@vector
def conservation_part_load_over_the_whole() -> Vector:
    return badly_loaded("vehicle-share", lambda body: body["share"].update(total="8999"))


@vector
def conservation_distance_without_basis() -> Vector:
    return badly_loaded("distance-basis", lambda body: body["leg"].pop("distance_basis"))


@vector
def conservation_hub_with_a_distance() -> Vector:
    def change(body: Wire) -> None:
        body["leg"].update(mode="hub", running=None)
        del body["leg"]["running"], body["share"]

    return badly_loaded("hub-distance", change)
