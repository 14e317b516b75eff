"""The graph behind a passport: lots as far as a bundle shows them, diamonds, long rows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import canonical
from ledger.behind import goods_behind, tier_count
from ledger.closure import references
from ledger.components import Components
from ledger.identifiers import lot_id
from ledger.log import merkle
from ledger.segments import Change
from ledger.signed import Statement
from ledger.verification import Report, verify
from scripts.vectors.bundle_cases.stories import short
from scripts.vectors.handmade_log import KG, HandmadeLog, burnt, supplied
from tests.builders import Party, World, by_value, kg, output
from tests.bundle_worlds import (
    Story,
    altered,
    bundle_bytes,
    failure,
    played,
)
from tests.removing import KEPT

FARM = HandmadeLog().register("Farm", "farmer")
"""The id that the farm has in every story of the vectors."""


@pytest.fixture
def story() -> Story:
    return played()[0]


@pytest.fixture
def raw() -> bytes:
    return played()[1]


# Lots as far as a bundle shows them.


def test_what_others_took_before_a_handling_is_computed_exactly() -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    lot = world.produce(farm, "lychee", kg(7), lines=(burnt(3), supplied(1, "urea-1")))
    world.dispose(farm, lot, 1_234_567)
    world.handle(farm, (burnt(1),), lot=lot)
    world.dispose(farm, lot, 765_433)
    report = verify(bundle_bytes(world, world.dispatch(farm, lot, kg(2), to=None)))
    assert report.ok
    assert "limited" not in next(one.detail for one in report.verdicts if one.step == 8)


def test_a_segment_after_two_handlings_with_leaving_goods_is_limited_and_says_so() -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    lot = world.produce(farm, "lychee", kg(7), lines=(burnt(3),))
    for _ in range(3):
        world.dispose(farm, lot, 1_111_111)
        world.handle(farm, (burnt(1),), lot=lot)
    report = verify(bundle_bytes(world, world.dispatch(farm, lot, kg(2), to=None)))
    assert report.ok
    assert "1 segments could only be limited" in next(o.detail for o in report.verdicts if o.step == 8)


def test_two_handlings_with_nothing_leaving_are_computed_exactly() -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    lot = world.produce(farm, "lychee", kg(7), lines=(burnt(3),))
    world.handle(farm, (burnt(1),), lot=lot)
    world.handle(farm, (burnt(2),), lot=lot)
    report = verify(bundle_bytes(world, world.dispatch(farm, lot, kg(2), to=None)))
    assert report.ok
    assert "limited" not in next(one.detail for one in report.verdicts if one.step == 8)


def twice_handled(quantity: int, mg: int) -> Report:
    """Verify a take after two handlings whose segment begins with a quantity and an amount."""

    def between(log: HandmadeLog, harvest: Any) -> Any:
        handlings = [log.handle("Farm", (burnt(3),), {"lot": harvest.id}) for _ in range(2)]
        stated = Components.of("fossil.calculated", mg)
        changes = tuple(Change(handling.digest, quantity) for handling in handlings)
        return replace(harvest, quantity=quantity, total=stated, changes=changes)

    return verify(canonical.encode(short(lines=(burnt(480),), between=between).bundle()))


def test_a_limited_segment_can_not_leave_carbon_behind() -> None:
    # 900 of 1,000 kg carry at least 9/10 of harvest and first handling, and all of the second.
    least = (1_200_000_000 + 7_500_000) * 9 // 10 + 7_500_000
    most = 1_200_000_000 + 15_000_000
    for stated in (least - 1, least, most):  # one mg may be lost to rounding
        assert twice_handled(900 * KG, stated).ok
    assert failure(twice_handled(900 * KG, least - 2)) == (8, "segment-too-small")
    assert failure(twice_handled(900 * KG, 1)) == (8, "segment-too-small")
    assert failure(twice_handled(900 * KG, most + 1)) == (8, "segment-too-large")


def test_goods_may_leave_between_two_handlings_and_a_correction() -> None:
    def between(log: HandmadeLog, harvest: Any) -> Any:
        handlings = [log.handle("Farm", (burnt(3),), {"lot": harvest.id}) for _ in range(2)]
        maker = harvest.id.partition(".")[0]
        change = {"drop_lines": [], "add_lines": [burnt(1)], "add_inputs": []}
        made = log.state("Farm", "correction/1", {"corrects": maker, "change": change})
        changes = tuple(Change(one.digest, 900 * KG) for one in (*handlings, made))
        total = Components.of("fossil.calculated", (480 + 3 + 3 + 1) * 2_500_000 * 9 // 10)
        return replace(harvest, quantity=900 * KG, total=total, changes=changes)

    report = verify(canonical.encode(short(lines=(burnt(480),), between=between).bundle()))
    assert report.ok


@given(st.lists(st.one_of(st.none(), st.integers(1, 700_000)), min_size=2, max_size=9), st.integers(1, 7))
@settings(max_examples=25, deadline=None)
def test_goods_that_leave_between_handlings_never_make_a_true_passport_bad(
    steps: list[int | None], litres: int
) -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    lot = world.produce(farm, "lychee", kg(7), lines=(burnt(litres), supplied(3, "urea-1")))
    for step in steps:
        if step is None:
            world.handle(farm, (burnt(1),), lot=lot)
        else:
            world.dispose(farm, lot, step)
    report = verify(bundle_bytes(world, world.dispatch(farm, lot, 600_000, to=None)))
    assert report.ok, report.failure()


def forged_segment(quantity: int, mg: int) -> Report:
    """Verify a take after one handling whose segment begins with a quantity and an amount."""

    def between(log: HandmadeLog, harvest: Any) -> Any:
        handling = log.handle("Farm", (burnt(3),), {"lot": harvest.id})
        stated = Components.of("fossil.calculated", mg)
        return replace(harvest, quantity=quantity, total=stated, changes=(Change(handling.digest, quantity),))

    return verify(canonical.encode(short(lines=(burnt(480),), between=between).bundle()))


def test_a_segment_after_one_handling_must_begin_with_exactly_what_was_left() -> None:
    left = 1_200_000_000 * 9 // 10 + 7_500_000
    assert forged_segment(900 * KG, left).ok
    for wrong in (left - 1, left + 1):
        assert failure(forged_segment(900 * KG, wrong)) == (8, "stale-lot")
    assert failure(forged_segment(1001 * KG, left)) == (8, "stale-lot")


@pytest.mark.parametrize("wrong_mg", [0, -1, 1])
def test_goods_that_leave_before_a_correction_take_their_part_of_it_along(wrong_mg: int) -> None:
    def between(log: HandmadeLog, harvest: Any) -> Any:
        maker = harvest.id.partition(".")[0]
        change = {"drop_lines": [], "add_lines": [burnt(1)], "add_inputs": []}
        made = log.state("Farm", "correction/1", {"corrects": maker, "change": change})
        total = Components.of("fossil.calculated", 481 * 2_500_000 * 9 // 10 + wrong_mg)
        changes = (Change(made.digest, 900 * KG),)
        return replace(harvest, quantity=900 * KG, total=total, changes=changes)

    report = verify(canonical.encode(short(lines=(burnt(480),), between=between).bundle()))
    assert report.ok is (wrong_mg == 0)
    if wrong_mg:
        assert failure(report) == (8, "stale-lot")


def test_an_interval_may_begin_later_than_the_last_one_shown() -> None:
    def between(_: HandmadeLog, harvest: Any) -> Any:
        return replace(harvest, taken=123 * KG)

    assert verify(canonical.encode(short(between=between).bundle())).ok


# The graph.


def diamond(layers: int) -> tuple[World, Party, str]:
    """Return layers of two lots each, every one made of both before it, and one lot of the last two."""
    world = World()
    mill = world.register("Mill", "supplier")
    pair = [world.produce(mill, "flour", kg(4), lines=(burnt(1),)) for _ in range(2)]
    for _ in range(layers - 1):
        inputs = [(lot, kg(2)) for lot in pair]
        pair = [world.produce(mill, "mixed", kg(4), inputs=inputs) for _ in range(2)]
    return world, mill, world.produce(mill, "all", kg(4), inputs=[(lot, kg(2)) for lot in pair])


class Counted(dict[str, Statement]):
    """Statements that count how often each is visited."""

    visits = 0

    def get(self, digest: str, default: Any = None) -> Any:
        self.visits += 1
        return super().get(digest, default)


def test_a_diamond_of_20_layers_is_41_visits() -> None:
    world, mill, top = diamond(20)
    passport = world.dispatch(mill, top, kg(4), to=None)
    raw = bundle_bytes(world, passport)
    report = verify(raw)
    assert report.ok
    with world.store.read() as view:
        found = Counted(
            {logged.statement.digest: logged.statement for logged in view.entries(0, view.size())}
        )
    goods = goods_behind(found, passport)
    assert found.visits == len(goods) == 41 + 1, "41 productions and the dispatch"
    assert tier_count(found, goods) == 1
    assert all(set(references(found[digest])) <= set(goods) for digest in goods)


def test_a_row_of_100_hand_overs_verifies_and_101_are_refused() -> None:
    log = HandmadeLog()
    log.register("Farm", "farmer")
    lot = log.produce("Farm", "lychee", 1000 * KG, lines=(burnt(480),))
    for _ in range(99):
        lot = log.receive(log.dispatch("Farm", lot, 1000 * KG, "Farm"))
    last = log.dispatch("Farm", lot, 1000 * KG, "Farm")
    report = verify(canonical.encode(log.bundle(last.id)))
    assert report.ok
    assert report.figures is not None
    assert report.figures.tiers == 100
    further = log.dispatch("Farm", log.receive(last), 1000 * KG, "Farm")
    assert failure(verify(canonical.encode(log.bundle(further.id)))) == (2, "bundle-too-large")


def test_a_diamond_of_hand_overs_counts_its_longest_row() -> None:
    graph = {
        "top": ("left", "right"),
        "left": ("base",),
        "right": ("longer",),
        "longer": ("base",),
        "base": (),
    }
    dispatch = next(s for s in short().log.statements if s.kind == "dispatch/1")
    assert tier_count(dict.fromkeys(graph, dispatch), graph) == 4


def test_leaves_of_the_log_hash_as_the_bundle_has_them(story: Story, raw: bytes) -> None:
    for bundled in json.loads(raw)["statements"]:
        with story.world.store.read() as view:
            logged = next(view.entries(bundled["position"], bundled["position"] + 1))
        assert merkle.leaf_hash(canonical.encode(bundled["entry"])) == logged.leaf_hash


def test_time_may_stand_still_in_the_log_but_not_run_backwards(raw: bytes) -> None:
    entries = json.loads(raw)["statements"]
    before = datetime.fromisoformat(entries[3]["entry"]["at"]) - timedelta(days=1)

    def change(wire: Any) -> None:
        wire["statements"][-1]["entry"]["at"] = before.strftime("%Y-%m-%dT%H:%M:%SZ")

    assert failure(verify(altered(raw, change)))[0] in {4, 5}


# Lines.


def test_a_line_without_a_factor_is_counted_as_not_computed_and_refused_if_it_claims_one() -> None:
    line = burnt(3)
    del line["source"]["factor"]
    (milligrams,) = line["amount"]["components"].values()
    line["amount"]["components"] = {"fossil.measured": milligrams}
    report = verify(canonical.encode(short(lines=(line, burnt(4))).bundle()))
    assert "1 of 2 lines" in next(one.detail for one in report.verdicts if one.step == 8)
    line["amount"]["components"] = {"fossil.calculated": milligrams}
    assert failure(verify(canonical.encode(short(lines=(line, burnt(4))).bundle()))) == (8, "evidence")


def test_a_measured_line_of_another_gwp_set_is_left_open_without_tables() -> None:
    line = burnt(3)
    del line["source"]["factor"]
    line["amount"] = {"components": {"fossil.measured": "265"}, "gwp": "AR4"}
    line["source"]["tags"]["gases_ug"] = {"n2o": "1000"}
    raw = canonical.encode(short(lines=(line,)).bundle())
    (step,) = (one for one in verify(raw).verdicts if one.step == 8)
    assert (step.value, step.reason) == ("unknown", "restated-not-computed")
    assert "0 of 1 lines were computed" in step.detail
    assert "1 lines have gases of another GWP set" in step.detail
    assert failure(verify(raw, gwp_tables=lambda _: {"n2o": "265"})) == (8, "preferred-gwp")


def test_biogenic_co2_may_stand_beside_what_a_factor_gives_and_hides_nothing() -> None:
    line = burnt(3)
    line["amount"]["components"]["biogenic_co2_out.calculated"] = "7"
    report = verify(canonical.encode(short(lines=(line,)).bundle()))
    assert report.ok
    assert "1 of 1 lines" in next(one.detail for one in report.verdicts if one.step == 8)
    line["amount"]["components"]["fossil.calculated"] = "1"
    assert failure(verify(canonical.encode(short(lines=(line,)).bundle()))) == (8, "line-amount")


def test_verifier_and_passport_speak_of_a_service_by_the_hour() -> None:
    world = World()
    store = world.register("Cold store", "supplier")
    balance = {"quantity": "7200", "unit": "s", "weight": "1"}
    hours = {"balance": balance, "product": {"name": "cold storage"}}
    made = world.production(store, (hours,), lines=(burnt(3),), policy=by_value(1))
    sold = world.dispatch(store, lot_id(made.digest, 0), 3600, to=None)
    figures = verify(bundle_bytes(world, sold)).figures
    assert figures is not None
    assert (figures.declared_unit, figures.gross_kg_per_unit) == ("h", "3.750000")


def test_goods_that_carry_nothing_because_scrap_took_it_all_say_so() -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    outputs = (output("lychee", kg(1000), 0), output("culls", 1))
    made = world.production(farm, outputs, lines=(burnt(480),))
    sold = [world.dispatch(farm, lot_id(made.digest, no), size, to=None) for no, size in ((0, kg(9)), (1, 1))]
    empty, full = (verify(bundle_bytes(world, shipment)) for shipment in sold)
    assert empty.figures is not None
    assert empty.figures.gross_kg_per_unit == "0.000000"
    (step,) = (one for one in empty.verdicts if one.step == 8)
    assert (step.value, step.reason) == ("good", "no-share-by-policy")
    assert lot_id(made.digest, 0) in step.detail
    assert "no-share-by-policy" not in {one.reason for one in full.verdicts}


def test_removals_are_shown_beside_gross_never_inside_it() -> None:
    removal = burnt(3)
    del removal["source"]["factor"]
    removal["amount"]["components"] = {"land_removal.measured": str(2 * 10**9)}
    removal["removal"] = {**KEPT, "owner": FARM}
    figures = verify(canonical.encode(short(lines=(burnt(480), removal)).bundle())).figures
    assert figures is not None
    assert (figures.gross_mg, figures.net_mg) == (360_000_000, -240_000_000)
    assert (figures.gross_kg_per_unit, figures.net_kg_per_unit) == ("1.200000", "-0.800000")
    assert figures.primary_share == "1.000000"


def test_goods_without_any_emission_have_no_primary_share() -> None:
    removal = burnt(3)
    del removal["source"]["factor"]
    removal["amount"]["components"] = {"land_removal.measured": "2000"}
    removal["removal"] = {**KEPT, "owner": FARM}
    figures = verify(canonical.encode(short(lines=(removal,)).bundle())).figures
    assert figures is not None
    assert figures.primary_share is None
