"""Bundles of goods that were there before the books, and of shipments that arrived in part."""

# ruff: noqa: D103 - a vector's name says what it is

from __future__ import annotations

from dataclasses import replace

from ledger.components import Components
from ledger.identifiers import lot_id
from ledger.lots import Lot
from scripts.vectors.bundle_cases.stories import OPEN, Story, Vector, vector, written
from scripts.vectors.handmade_log import KG, Change, HandmadeLog, Wire, burnt

UNKNOWN = {"6": "log-key-not-given", "7": "not-anchored", **OPEN}
HELD = {"fossil.imported": "200000007", "fossil.secondary": "100000001", "luc.spend": "11"}


def opened(log: HandmadeLog, change: Change | None = None) -> Lot:
    """Begin a depot's books with a ton of pulp."""
    lot = {
        "balance": {
            "no": "0",
            "quantity": str(1000 * KG),
            "unit": "mg",
            "liability": dict(HELD),
            "gwp": "AR5",
            "primary_share": "0.25",
        },
        "product": {"name": "pulp"},
        "evidence": {"text": "Stock-taking of 31 May and last year's study", "document": "ab" * 32},
    }
    made = log.state("Depot", "opening/1", {"lots": [lot]}, change)
    return log.lot(made, "Depot", "pulp", 1000 * KG, Components.parse(HELD))


def depot(change: Change | None = None, dispatch: Change | None = None) -> Story:
    """Hand 300 of 1,000 kg on that were there as the books began."""
    log = HandmadeLog()
    log.register("Depot", "supplier")
    pulp = opened(log, change)
    return Story(log, pulp, log.dispatch("Depot", pulp, 300 * KG, "outside", change=dispatch))


@vector
def good_opening() -> Vector:
    return written(depot().bundle(), unknown=UNKNOWN)


@vector
def good_opening_behind_a_production() -> Vector:
    log = HandmadeLog()
    log.register("Depot", "supplier")
    pulp = opened(log)
    trays = log.produce("Depot", "trays", 900 * KG, lines=(burnt(7),), inputs=(pulp.offer(700 * KG),))
    return written(log.bundle(log.dispatch("Depot", trays, 400 * KG, "outside").id), unknown=UNKNOWN)


@vector
def conservation_opening_after_the_books_began() -> Vector:
    log = HandmadeLog()
    log.register("Depot", "supplier")
    film = log.produce("Depot", "film", 5 * KG, lines=(burnt(1),))
    pulp = opened(log)
    offered = (film.offer(KG), pulp.offer(700 * KG))
    trays = log.produce("Depot", "trays", 700 * KG, inputs=offered)
    return written(log.bundle(log.dispatch("Depot", trays, KG, "outside").id), 8, "books-begun")


@vector
def conservation_opening_with_a_removal() -> Vector:
    def removed(body: Wire) -> None:
        body["lots"][0]["balance"]["liability"] |= {"land_removal.measured": "5"}

    return written(depot(removed).bundle(), 8, "evidence")


@vector
def conservation_opening_imported_without_its_primary_share() -> Vector:
    def silent(body: Wire) -> None:
        del body["lots"][0]["balance"]["primary_share"]

    return written(depot(silent).bundle(), 8, "evidence")


@vector
def conservation_opening_hands_on_more_than_it_states() -> Vector:
    def less(body: Wire) -> None:
        body["lots"][0]["balance"]["liability"]["luc.spend"] = "10"

    return written(depot(less).bundle(), 8, "stale-lot")


PARTS = {"accepted": 200 * KG, "returned": 60 * KG, "lost": 40 * KG}
"""What became of 300 kg, with a handling on their way."""


def shared(change: Change | None = None) -> tuple[HandmadeLog, Lot, Lot]:
    """Let a shop take a part of a shipment; return its lot and the farm's, to which a part came back."""
    log = HandmadeLog()
    for name, role in (("Farm", "farmer"), ("Carrier", "carrier"), ("Shop", "buyer")):
        log.register(name, role)
    log.attest("Carrier", "carrier")
    harvest = log.produce("Farm", "lychee", 1000 * KG, lines=(burnt(481),))
    shipped = log.dispatch("Farm", harvest, 300 * KG, "Shop", handlers=("Carrier",))
    handling = log.handle("Carrier", (burnt(9),), {"shipment": shipped.id}, "lorry")
    arrived: list[Components] = []

    def divided(body: Wire) -> None:
        whole, start = Components.parse(body["liability"]), 0
        body["quantities"] = {}
        for name, quantity in PARTS.items():
            arrived.append(whole.interval(start, start + quantity, 300 * KG))
            start += quantity
            body["quantities"][name] = {"quantity": str(quantity), "liability": arrived[-1].wire()}
        body["liability"] = arrived[0].wire()
        if change is not None:
            change(body)

    kept = log.receive(shipped, [handling], divided)
    kept = replace(kept, total=arrived[0], given=arrived[0], quantity=PARTS["accepted"])
    receipt = kept.id.partition(".")[0]
    back = replace(
        kept,
        id=lot_id(receipt, 1),
        holder=log.ids["Farm"],
        total=arrived[1],
        given=arrived[1],
        quantity=PARTS["returned"],
    )
    return log, kept, back


def onward(change: Change | None = None) -> Wire:
    """Return the bundle of goods that the shop hands on."""
    log, kept, _ = shared(change)
    return log.bundle(log.dispatch("Shop", kept, 150 * KG, "outside").id)


@vector
def good_accepted_in_part() -> Vector:
    return written(onward(), unknown=UNKNOWN)


@vector
def good_came_back_in_part() -> Vector:
    log, _, back = shared()
    return written(log.bundle(log.dispatch("Farm", back, 60 * KG, "outside").id), unknown=UNKNOWN)


@vector
def good_lost_in_part() -> Vector:
    log, _, _ = shared()
    passport = next(one.digest for one in log.statements if one.kind == "dispatch/1")
    plain = {step: reason for step, reason in UNKNOWN.items() if step != "8"}
    return written(log.bundle(passport), unknown=plain)


@vector
def conservation_part_carries_less() -> Vector:
    def less(body: Wire) -> None:
        amount = body["quantities"]["lost"]["liability"]
        amount["fossil.calculated"] = str(int(amount["fossil.calculated"]) - 1)

    return written(onward(less), 8, "stated-liability")


@vector
def conservation_parts_are_less_than_the_whole() -> Vector:
    def less(body: Wire) -> None:
        body["quantities"]["lost"]["quantity"] = str(PARTS["lost"] - 1)

    return written(onward(less), 8, "arrived-quantity")


@vector
def conservation_parts_with_another_outcome() -> Vector:
    def refused(body: Wire) -> None:
        body["outcome"] = "refused"

    return written(onward(refused), 8, "arrived-outcome")


@vector
def conservation_part_is_the_whole() -> Vector:
    def all_of_it(body: Wire) -> None:
        body["quantities"] = {"accepted": {"quantity": str(300 * KG), "liability": body["liability"]}}

    return written(onward(all_of_it), 8, "undivided-shipment")
