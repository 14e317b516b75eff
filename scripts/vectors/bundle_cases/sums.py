"""Bundles that fail at step 8: what was signed doesn't add up."""

# ruff: noqa: D103 - a vector's name says what it is

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ledger.components import Components
from ledger.factor import factor_digest
from ledger.lots import Lot
from ledger.segments import Change
from scripts.vectors.bundle_cases.stories import (
    Vector,
    carried,
    short,
    vector,
    written,
)
from scripts.vectors.handmade_log import (
    DIESEL_AR6,
    KG,
    LEAK,
    HandmadeLog,
    Wire,
    burnt,
    supplied,
)

# 8. Conservation.


def unbalanced(reason: str, **changes: Any) -> Vector:
    """Return the vector of a story that its signers tell and the log takes, but no books would."""
    return written(short(**changes).bundle(), 8, reason)


@vector
def conservation_output_too_small() -> Vector:
    def change(body: Wire) -> None:
        body["outputs"][0]["balance"]["liability"]["fossil.calculated"] = "1199999999"

    return unbalanced("output-liability", production=change)


@vector
def conservation_take_too_small() -> Vector:
    def change(body: Wire) -> None:
        body["take"]["liability"] = {"fossil.calculated": "1"}
        body["liability"] = {"fossil.calculated": "1"}

    return unbalanced("taken-liability", dispatch=change)


@vector
def conservation_dispatch_states_less() -> Vector:
    return unbalanced("stated-liability", dispatch=lambda body: body.update(liability={}))


@vector
def conservation_basis_too_small() -> Vector:
    def change(body: Wire) -> None:
        body["take"]["basis"]["liability"] = {"fossil.calculated": "1000"}

    return unbalanced("stale-lot", dispatch=change)


@vector
def conservation_more_than_there_is() -> Vector:
    def change(body: Wire) -> None:
        body["take"].update(to=str(1001 * KG))
        body["goods"]["quantity"] = str(1001 * KG)

    return unbalanced("overdrawn-lot", dispatch=change)


@vector
def conservation_other_goods() -> Vector:
    return unbalanced("goods-mismatch", dispatch=lambda body: body["goods"].update(product="longan"))


@vector
def conservation_goods_of_somebody_else() -> Vector:
    def between(log: HandmadeLog, harvest: Lot) -> Lot:
        log.ids["Shop"] = log.register("Shop", "buyer")
        return harvest

    story = short(between=between)
    shipped = story.log.dispatch("Shop", story.harvest, 1 * KG, "outside")
    return written(story.log.bundle(shipped.id, without=[story.shipped.id]), 8, "not-holder")


@vector
def conservation_weight_out_of_policy() -> Vector:
    def change(body: Wire) -> None:
        body["outputs"][0]["balance"]["weight"] = "7"

    return unbalanced("policy-weight", production=change)


@vector
def conservation_line_amount() -> Vector:
    line = burnt(480)
    line["amount"]["components"]["fossil.calculated"] = "1199999999"
    return unbalanced("line-amount", lines=(line,))


@vector
def conservation_line_of_another_kind() -> Vector:
    line = burnt(480)
    line["amount"]["components"] = {"luc.calculated": "1200000000"}
    return unbalanced("factor-channel", lines=(line,))


@vector
def conservation_removal_without_terms() -> Vector:
    line = burnt(480)
    line["amount"]["components"] = {"land_removal.calculated": "1200000000"}
    return unbalanced("removal-not-stated", lines=(line,))


@vector
def conservation_average_as_calculated() -> Vector:
    line = supplied(640, "urea-1")
    del line["amount"]["gap"]
    line["amount"]["components"] = {"fossil.calculated": str(640 * 1_251_000)}
    line["source"]["tags"] = {"scope": "1", "stage": "operation"}
    return unbalanced("factor-channel", lines=(line,))


@vector
def conservation_bought_as_own() -> Vector:
    line = burnt(480)
    line["source"]["tags"]["scope"] = "2"
    return unbalanced("evidence", lines=(line,))


@vector
def conservation_line_gwp() -> Vector:
    return unbalanced("factor-gwp", lines=(burnt(480, DIESEL_AR6),))


@vector
def conservation_line_not_in_preferred_gwp() -> Vector:
    line = burnt(480, LEAK)
    line["amount"]["gwp"] = "AR6"
    return unbalanced("preferred-gwp", lines=(line,))


@vector
def conservation_line_gas_masses() -> Vector:
    line = burnt(480)
    line["source"]["tags"]["gases_ug"] = {"co2_fossil": "1200000000000"}
    return unbalanced("gas-mass", lines=(line,))


@vector
def conservation_calculated_without_factor() -> Vector:
    line = burnt(480)
    del line["source"]["factor"]
    return unbalanced("evidence", lines=(line,))


@vector
def conservation_empty_memo() -> Vector:
    return unbalanced("empty-memo", lines=({**burnt(480), "memo": {}},))


@vector
def conservation_line_unit() -> Vector:
    line = burnt(480)
    line["source"]["unit"] = "kWh"
    return unbalanced("unit-mismatch", lines=(line,))


@vector
def conservation_estimate_without_gap() -> Vector:
    line = supplied(640, "urea-1")
    del line["amount"]["gap"]
    return unbalanced("evidence", lines=(line,))


@vector
def conservation_gap_twice() -> Vector:
    return unbalanced("gap-covered-twice", lines=(supplied(1, "urea-1"), supplied(2, "urea-1")))


@vector
def conservation_receipt_too_small() -> Vector:
    def change(body: Wire) -> None:
        body["liability"] = {"fossil.calculated": "1"}

    story, _ = carried(receipt=change)
    return written(story.bundle(), 8, "stated-liability")


@vector
def conservation_own_emission_as_gap() -> Vector:
    story = short(lines=(burnt(480),), production=lambda body: body["lines"][0]["amount"].update(gap=gap()))
    return written(story.bundle(), 8, "evidence")


def gap() -> Wire:
    """Return a gap that its line may not have."""
    return {"key": "x", "reason": "no-passport", "factor": factor_digest(DIESEL_AR6)}


@vector
def conservation_interval_taken_twice() -> Vector:
    log = HandmadeLog()
    log.register("Farm", "farmer")
    harvest = log.produce("Farm", "lychee", 1000 * KG, lines=(burnt(480),))
    juice = log.produce("Farm", "juice", 300 * KG, inputs=(harvest.offer(300 * KG),))
    mixed = log.produce("Farm", "mix", 500 * KG, inputs=(juice.offer(300 * KG), harvest.offer(200 * KG)))
    shipped = log.dispatch("Farm", mixed, 500 * KG, "outside")
    return written(log.bundle(shipped.id), 8, "interval-taken-twice")


@vector
def conservation_segment_too_large() -> Vector:
    def between(log: HandmadeLog, harvest: Lot) -> Lot:
        """Handle the lot twice, with goods leaving in between, and begin with too much."""
        first = log.handle("Farm", (burnt(3),), {"lot": harvest.id})
        second = log.handle("Farm", (burnt(3),), {"lot": harvest.id})
        changes = tuple(Change(one.digest, 900 * KG) for one in (first, second))
        return replace(harvest, quantity=900 * KG, total=harvest.total + harvest.total, changes=changes)

    return unbalanced("segment-too-large", between=between)


@vector
def conservation_segment_too_small() -> Vector:
    def between(log: HandmadeLog, harvest: Lot) -> Lot:
        """Handle the lot twice, with goods leaving in between that carry more than their part."""
        first = log.handle("Farm", (burnt(3),), {"lot": harvest.id})
        second = log.handle("Farm", (burnt(3),), {"lot": harvest.id})
        changes = tuple(Change(one.digest, 900 * KG) for one in (first, second))
        return replace(
            harvest, quantity=900 * KG, total=Components.of("fossil.calculated", 1), changes=changes
        )

    return unbalanced("segment-too-small", between=between)


@vector
def conservation_handling_left_out_of_basis() -> Vector:
    def between(log: HandmadeLog, harvest: Lot) -> Lot:
        handling = log.handle("Farm", (burnt(3),), {"lot": harvest.id})
        added = Components.of("fossil.calculated", 7_500_000)
        after = harvest.changed(handling.digest, added)
        juice = log.produce("Farm", "juice", 1 * KG, inputs=(after.offer(1 * KG),))
        offers = (juice.offer(1 * KG), harvest.offer(5 * KG))
        return log.produce("Farm", "mix", 1000 * KG, inputs=offers)

    return unbalanced("stale-lot", between=between)


@vector
def conservation_future_harvest() -> Vector:
    later = {"from": "2026-06-01", "to": "2027-06-30", "zone": "Asia/Shanghai"}
    return unbalanced("future-date", production=lambda body: body.update(occurred=later))
