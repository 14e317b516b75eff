"""Passports of goods that were adjusted after they were handed on: old and new figures, verified offline."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.adjusted_lines import LogOpeningMissingError
from ledger.adjustments_shown import Adjusted
from ledger.closure import closure
from ledger.identifiers import lot_id
from ledger.passport import Passport, passport
from ledger.provenance import provenance
from ledger.verification import Report, verify
from scripts.vectors.handmade_log import supplied
from tests.adjusted import UNIT_MG, Chain, allow, answer, metered
from tests.builders import kg, output
from tests.bundle_worlds import altered, bundle_bytes


def mg(units: int) -> str:
    return str(units * UNIT_MG)


def shown(chain: Chain, identifier: str) -> Passport:
    with chain.world.store.read() as view:
        shipment = view.shipment(identifier)
        assert shipment is not None
        found = provenance([one.statement for one in closure(view, identifier)], identifier)
        return passport(shipment, found, offers=view.offers_on(identifier))


def verified(chain: Chain, identifier: str) -> Report:
    report = verify(bundle_bytes(chain.world, identifier))
    assert report.ok, report.failure()
    return report


def adjusted_of(report: Report) -> Adjusted | None:
    assert report.figures is not None
    return report.figures.adjusted


@pytest.fixture
def chain() -> Chain:
    return Chain()


def test_a_passport_that_was_never_adjusted_has_one_version(chain: Chain) -> None:
    page = shown(chain, chain.second)
    assert (page.version, page.adjusted) == ("1", None)
    assert adjusted_of(verified(chain, chain.second)) is None


def test_an_estimate_replaced_upstream_shows_as_old_and_new_and_verifies_offline(chain: Chain) -> None:
    corrected = chain.less()
    answer(chain.world, chain.packhouse, corrected.digest, chain.first)
    offered = shown(chain, chain.second)
    assert offered.footprint.gross_mg == mg(106)
    assert offered.adjusted is not None
    assert (offered.adjusted.accepted_mg, offered.adjusted.offered_mg) == ("0", mg(-70))
    assert (offered.version, offered.adjusted.now.gross_mg) == ("1", mg(106))
    assert adjusted_of(verified(chain, chain.second)) == offered.adjusted
    answer(chain.world, chain.importer, corrected.digest, chain.second)
    accepted = shown(chain, chain.second)
    assert accepted.adjusted is not None
    assert (accepted.footprint.gross_mg, accepted.adjusted.now.gross_mg) == (mg(106), mg(36))
    assert (accepted.version, accepted.adjusted.accepted_mg, accepted.adjusted.offered_mg) == (
        "2",
        mg(-70),
        "0",
    )
    report = verified(chain, chain.second)
    assert adjusted_of(report) == accepted.adjusted
    assert report.figures is not None
    assert report.figures.gross_mg == 106 * UNIT_MG


def test_a_refused_adjustment_stays_readable(chain: Chain) -> None:
    corrected = chain.correct(add=(metered(30),))
    answer(chain.world, chain.packhouse, corrected.digest, chain.first, accepted=False)
    page = shown(chain, chain.first)
    assert page.adjusted is not None
    assert (page.adjusted.refused_mg, page.adjusted.now.gross_mg) == (mg(20), page.footprint.gross_mg)
    assert adjusted_of(verified(chain, chain.first)) == page.adjusted
    assert shown(chain, chain.second).adjusted is None


def test_a_bundle_without_the_answer_shows_the_figure_as_it_was(chain: Chain) -> None:
    corrected = chain.less()
    answer(chain.world, chain.packhouse, corrected.digest, chain.first)
    raw = bundle_bytes(chain.world, chain.second)
    kinds = [one["entry"]["envelope"]["kind"] for one in json.loads(raw)["statements"]]
    assert {"correction/1", "acceptance/1"} <= set(kinds)

    def drop(bundle: dict[str, Any]) -> None:
        bundle["statements"] = [
            one for one in bundle["statements"] if one["entry"]["envelope"]["kind"] != "acceptance/1"
        ]

    without = verify(altered(raw, drop))
    assert without.ok
    assert adjusted_of(without) is None


def test_goods_made_after_an_adjustment_carry_it_and_say_that_they_do(chain: Chain) -> None:
    corrected = chain.less()
    answer(chain.world, chain.packhouse, corrected.digest, chain.first)
    later = chain.world.dispatch(chain.packhouse, chain.packed, kg(1), to=chain.importer)
    page = shown(chain, later)
    assert (page.footprint.gross_mg, page.adjusted) == (mg(36), None)
    verified(chain, later)
    more = chain.world.produce(chain.importer, "boxed", kg(1), inputs=((chain.stored, kg(1)),))
    boxed = chain.world.dispatch(chain.importer, more, kg(1), to=None)
    assert shown(chain, boxed).footprint.gross_mg == mg(106)
    answer(chain.world, chain.importer, corrected.digest, chain.second)
    outside = shown(chain, boxed)
    assert outside.adjusted is not None
    assert (outside.adjusted.now.gross_mg, outside.adjusted.offered_mg) == (mg(36), "0")
    assert adjusted_of(verified(chain, boxed)) == outside.adjusted


def test_a_component_that_only_an_adjustment_brought_is_shown_as_adjusted(chain: Chain) -> None:
    corrected = chain.correct(drop=(0,), add=(metered(600, "luc.measured"),))
    answer(chain.world, chain.packhouse, corrected.digest, chain.first)
    later = chain.world.dispatch(chain.packhouse, chain.packed, kg(1), to=chain.importer)
    page = shown(chain, later)
    assert page.footprint.components == {"fossil.measured": mg(6), "luc.measured": mg(200)}
    assert [share.name for share in page.flags] == ["adjusted"]
    verified(chain, later)


def test_what_came_by_an_adjustment_is_of_no_known_scope_and_in_the_gwp_set_of_the_log(chain: Chain) -> None:
    corrected = chain.correct(drop=(0,), add=(metered(600, "luc.measured"),))
    answer(chain.world, chain.packhouse, corrected.digest, chain.first)
    later = chain.world.dispatch(chain.packhouse, chain.packed, kg(1), to=chain.importer)
    with chain.world.store.read() as view:
        statements = [one.statement for one in closure(view, later)]
    found = provenance(statements, later)
    assert {scope: mg for scope, mg in found.by_scope().items() if mg} == {
        "1": 6 * UNIT_MG,
        "not_stated": 200 * UNIT_MG,
    }
    assert found.by_stage() == {"not_stated": 200 * UNIT_MG, "operation": 6 * UNIT_MG}
    assert found.by_gwp() == {"AR5": 206 * UNIT_MG}
    without = [one for one in statements if one.kind != "log_open/1"]
    with pytest.raises(LogOpeningMissingError) as refusal:
        provenance(without, later)
    assert refusal.value.statement in {one.digest for one in statements}


def test_what_came_late_is_offered_and_then_part_of_the_figure(chain: Chain) -> None:
    carrier = chain.world.register("Carrier", "carrier")
    late = chain.world.handle(carrier, (metered(4),), shipment=chain.second)
    page = shown(chain, chain.second)
    assert page.adjusted is not None
    assert [(one.late, one.offered_mg) for one in page.adjusted.adjustments] == [(True, mg(4))]
    assert adjusted_of(verified(chain, chain.second)) == page.adjusted
    answer(chain.world, chain.importer, late.digest, late.digest)
    after = shown(chain, chain.second)
    assert after.adjusted is not None
    assert (after.adjusted.now.gross_mg, after.version) == (mg(110), "2")
    assert adjusted_of(verified(chain, chain.second)) == after.adjusted
    onward = chain.world.dispatch(chain.importer, chain.stored, kg(1), to=None)
    assert shown(chain, onward).footprint.gross_mg == mg(110)
    verified(chain, onward)


def test_standing_acceptances_travel_with_the_bundle(chain: Chain) -> None:
    allow(chain.world, chain.packhouse, 10**15)
    allow(chain.world, chain.importer, 10**15)
    chain.correct(add=(metered(30),))
    page = shown(chain, chain.second)
    assert page.adjusted is not None
    assert (page.adjusted.now.gross_mg, page.version) == (mg(116), "2")
    assert adjusted_of(verified(chain, chain.second)) == page.adjusted
    again = chain.world.dispatch(chain.importer, chain.stored, kg(1), to=None)
    assert shown(chain, again).footprint.gross_mg == mg(116)
    verified(chain, again)


def test_goods_that_left_in_between_do_not_make_an_adjusted_passport_bad(chain: Chain) -> None:
    harvest = chain.world.production(
        chain.grower, (output("lychee", kg(7)),), lines=(supplied(700, "lime"), metered(7))
    )
    lot = lot_id(harvest.digest, 0)
    chain.world.dispose(chain.grower, lot, kg(1))
    chain.world.handle(chain.grower, (metered(6),), lot=lot)
    chain.world.dispose(chain.grower, lot, kg(2))
    sent = chain.world.dispatch(chain.grower, lot, kg(3), to=chain.packhouse)
    chain.world.receive(chain.packhouse, sent)
    corrected = chain.world.correct(chain.grower, harvest.digest, add=(metered(70),))
    answer(chain.world, chain.packhouse, corrected.digest, sent)
    page = shown(chain, sent)
    assert page.adjusted is not None
    assert page.adjusted.accepted_mg == mg(30)
    assert adjusted_of(verified(chain, sent)) == page.adjusted
    rest = chain.world.dispatch(chain.grower, lot, kg(1), to=None)
    verified(chain, rest)


def test_where_goods_left_between_two_changes_the_signed_answer_stands(chain: Chain) -> None:
    harvest = chain.world.production(chain.grower, (output("lychee", kg(7)),), lines=(metered(7),))
    lot = lot_id(harvest.digest, 0)
    for _ in range(2):
        chain.world.dispose(chain.grower, lot, kg(1))
        chain.world.handle(chain.grower, (metered(6),), lot=lot)
    chain.world.dispose(chain.grower, lot, kg(1))
    sent = chain.world.dispatch(chain.grower, lot, kg(3), to=chain.packhouse)
    chain.world.receive(chain.packhouse, sent)
    corrected = chain.world.correct(chain.grower, harvest.digest, add=(metered(70),))
    answer(chain.world, chain.packhouse, corrected.digest, sent)
    page = shown(chain, sent)
    assert page.adjusted is not None
    assert page.adjusted.accepted_mg == mg(30)
    report = verified(chain, sent)
    assert "could only be limited" in next(v.detail for v in report.verdicts if v.step == 8)
    assert adjusted_of(report) == page.adjusted
