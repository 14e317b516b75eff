"""Shipments of which a part was accepted, a part went back, and a part never arrived."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.audit import audit
from ledger.closure import closure
from ledger.components import Components
from ledger.drafting import Wish, prepare
from ledger.forms import FieldFormError
from ledger.identifiers import lot_id
from ledger.in_memory import InMemoryStore
from ledger.lots import Shipment, ZeroQuantityError
from ledger.origins import trace
from ledger.periods import CivilDay
from ledger.quantities import AmountFormError
from ledger.reports import conservation
from ledger.rules import StatedLiabilityError
from ledger.shipping import (
    ArrivedOutcomeError,
    ArrivedQuantityError,
    RefusedGoodsHandlersError,
    UndividedShipmentError,
)
from ledger.signed import Statement
from ledger.statements import Terms
from ledger.verification import verify
from scripts.vectors.handmade_log import burnt
from tests.adjusted import answer, offer_of
from tests.builders import JUNE, Party, World, bought, kg, output, own, take
from tests.bundle_worlds import bundle_bytes
from tests.unit.refusals import as_stated, plain, refused
from tests.unit.trade import Trade, fossil

INCOTERMS = get_args(Terms.model_fields["incoterm"].annotation)
SPLIT = {"accepted": str(kg(300)), "returned": str(kg(150)), "lost": str(kg(50))}


@pytest.fixture
def trade() -> Trade:
    return Trade()


def sent(trade: Trade, incoterm: str | None = None, *handlers: Party) -> str:
    """Send half of the lot, 500 kg with 50 mg, by these terms."""
    body: dict[str, Any] = {"take": take(trade.lot, kg(500)), "consignee": trade.importer.id}
    body["handlers"] = [one.id for one in handlers]
    if incoterm:
        body["terms"] = {"incoterm": incoterm}
    return trade.world.state(trade.packhouse, "dispatch/1", body).digest


def shared(trade: Trade, shipment: str, **quantities: str) -> Statement:
    body = {"takes_over": {"shipment": shipment}, "quantities": quantities}
    return trade.world.state(trade.importer, "receipt/1", body)


def share(trade: Trade, shipment: str, **quantities: int) -> Statement:
    return shared(trade, shipment, **{name: str(kg(count)) for name, count in quantities.items()})


def answer_of(trade: Trade, shipment: str, **changes: Any) -> Statement:
    """Sign a good receipt in three parts, with changes."""
    wish = {"takes_over": {"shipment": shipment}, "quantities": dict(SPLIT)}
    signed = plain(trade.world.sign(trade.importer, "receipt/1", wish))
    return as_stated(trade.world, trade.importer, "receipt/1", signed | changes)


def test_a_shipment_is_shared_into_what_is_kept_what_goes_back_and_what_was_lost(trade: Trade) -> None:
    shipment = sent(trade, "FOB", trade.carrier)
    trade.world.handle(trade.carrier, (own(7),), shipment=shipment)
    made = share(trade, shipment, accepted=300, returned=150, lost=50)
    kept, back = (trade.kept(lot_id(made.digest, number)) for number in (0, 1))
    assert (kept.holder, kept.quantity, kept.handlers) == (trade.importer.id, kg(300), ())
    assert (back.holder, back.quantity, back.handlers) == (
        trade.packhouse.id,
        kg(150),
        (trade.carrier.id,),
    )
    assert kept.balance() == fossil(34)  # floor(57 x 300 / 500)
    assert back.balance() == fossil(17)  # floor(57 x 450 / 500) - 34
    assert trade.balance("abnormal_loss", trade.importer) == fossil(6)
    found = trade.shipment(shipment)
    assert (found.status, found.accepted, found.returned, found.lost) == (
        "received",
        kg(300),
        kg(150),
        kg(50),
    )
    assert trade.world.produce(trade.packhouse, "juice", kg(9), inputs=((back.id, kg(150)),))


@pytest.mark.parametrize("incoterm", [None, *INCOTERMS])
def test_a_loss_on_the_way_is_borne_by_whom_the_terms_name(trade: Trade, incoterm: str | None) -> None:
    share(trade, sent(trade, incoterm), accepted=450, lost=50)
    buyers = {"EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP"}
    assert len(INCOTERMS) == 11
    bears, other = trade.packhouse, trade.importer
    if incoterm in buyers:
        bears, other = other, bears
    assert trade.balance("abnormal_loss", bears) == fossil(5)
    assert trade.balance("abnormal_loss", other) == Components()


@pytest.mark.parametrize(
    ("quantities", "outcome", "status", "lots"),
    [
        ({"accepted": 500}, "accepted", "received", 1),
        ({"returned": 500, "accepted": 0}, "refused", "refused", 1),
        ({"lost": 500}, "lost", "lost", 0),
        ({"returned": 400, "lost": 100}, "refused", "refused", 1),
        ({"accepted": 1, "lost": 499}, "accepted", "received", 1),
        ({"accepted": 1, "returned": 499}, "accepted", "received", 2),
    ],
)
def test_a_receipt_says_in_one_form_what_became_of_the_shipment(
    trade: Trade, quantities: dict[str, int], outcome: str, status: str, lots: int
) -> None:
    shipment = sent(trade)
    made = share(trade, shipment, **quantities)
    body = plain(made)
    assert body["outcome"] == outcome
    parted = {name for name, count in quantities.items() if count}
    assert set(body.get("quantities", {})) == (parted if len(parted) > 1 else set())
    found = trade.shipment(shipment)
    assert found.status == status
    assert [lot.id for lot in _lots(trade, made)] == [lot_id(made.digest, n) for n in range(lots)]


def _lots(trade: Trade, made: Statement) -> list[Any]:
    with trade.world.store.read() as view:
        found = (view.lot(lot_id(made.digest, number)) for number in range(3))
        return [lot for lot in found if lot]


def test_who_answers_for_goods_on_their_way_is_who_bears_what_became_of_them(trade: Trade) -> None:
    assert trade.shipment(sent(trade)).receiver == trade.importer.id
    lost = sent(trade, "DAP")
    share(trade, lost, lost=500)
    found = trade.shipment(lost)
    assert (found.receiver, found.accepted) == (trade.packhouse.id, 0)


@given(
    total=st.dictionaries(st.integers(0, 30), st.integers(1, 10**12), max_size=4),
    parts=st.tuples(*[st.integers(0, 10**9)] * 3).filter(any),
    more=st.dictionaries(st.integers(0, 30), st.integers(-(10**6), 10**6).filter(bool), max_size=4),
)
@settings(max_examples=60)
def test_any_sharing_of_any_shipment_conserves_every_component_and_so_does_what_comes_after(
    total: dict[int, int], parts: tuple[int, int, int], more: dict[int, int]
) -> None:
    day = CivilDay("2026-06-30", "Asia/Shanghai")
    carried = Components(total)
    way = Shipment(
        "d" * 64, "l", "org_a", "org_b", (), "tea", "mg", sum(parts), carried, carried, day, incoterm="CIF"
    )
    assert way.parts() == ()
    assert way.shared(carried) == []
    answered = way.answered("a" * 64, parts[1], parts[2])
    found = answered.shared(carried)
    assert [part.end - part.start for part, _ in found] == [one for one in parts if one]
    assert Components.total_of(one for _, one in found) == carried
    difference = {slot: mg for slot, mg in more.items() if carried[slot] + mg >= 0}
    changes = [change for _, change in answered.share_differences(difference)]
    slots = {slot for change in changes for slot in change}
    assert {slot: mg for slot in slots if (mg := sum(one.get(slot, 0) for one in changes))} == difference
    for (_, share), change in zip(found, changes, strict=True):
        assert all(share[slot] + mg >= 0 for slot, mg in change.items())


def test_a_later_adjustment_reaches_each_part_by_its_own_share(trade: Trade) -> None:
    world = trade.world
    shipment = sent(trade, "FOB")
    made = share(trade, shipment, accepted=300, returned=150, lost=50)
    corrected = world.correct(trade.packhouse, trade.lot.partition(".")[0], add=(own(61),))
    before = trade.kept(lot_id(made.digest, 0))
    assert before.balance() == fossil(30)
    offer = offer_of(world, corrected.digest, shipment)
    assert sum(offer.open.values()) == 30
    answer(world, trade.importer, corrected.digest, shipment)
    assert trade.shipment(shipment).total == fossil(80)
    assert trade.kept(lot_id(made.digest, 0)).balance() == fossil(48)
    assert trade.kept(lot_id(made.digest, 1)).balance() == fossil(24)
    assert trade.balance("abnormal_loss", trade.importer) == fossil(8)
    late = world.handle(trade.port, (own(10),), shipment=shipment)
    answer(world, trade.importer, late.digest, late.digest)
    assert trade.balance("abnormal_loss", trade.importer) == fossil(9)
    with world.store.read() as view:
        assert conservation(view.balances()).holds
        assert audit(view, InMemoryStore(), None).findings == []


@pytest.mark.parametrize(
    ("quantities", "bearer"), [({"lost": 500}, "importer"), ({"returned": 499, "lost": 1}, "")]
)
def test_where_nothing_was_accepted_nobody_is_asked_about_adjustments(
    trade: Trade, quantities: dict[str, int], bearer: str
) -> None:
    shipment = sent(trade, "CIF")
    share(trade, shipment, **quantities)
    corrected = trade.world.correct(trade.packhouse, trade.lot.partition(".")[0], add=(own(100),))
    assert offer_of(trade.world, corrected.digest, shipment).open == {}
    lost = trade.balance("abnormal_loss", trade.importer)
    assert lost == (fossil(100) if bearer else fossil(1))


def test_what_is_claimed_on_goods_that_never_arrived_is_for_who_bears_their_loss(trade: Trade) -> None:
    shipment = sent(trade, "CIF")
    claim = trade.world.handle(trade.port, (own(3),), shipment=shipment)
    share(trade, shipment, lost=500)
    answer(trade.world, trade.importer, claim.digest, claim.digest)
    assert trade.balance("abnormal_loss", trade.importer) == fossil(53)


# What is refused.


def test_quantities_that_do_not_add_up_are_refused_with_both_numbers(trade: Trade) -> None:
    shipment = sent(trade)
    with pytest.raises(ArrivedQuantityError) as caught:
        share(trade, shipment, accepted=400, lost=99)
    assert (caught.value.stated, caught.value.shipped) == (kg(499), kg(500))
    assert all(str(number) in str(caught.value) for number in (kg(499), kg(500)))
    with pytest.raises(ArrivedQuantityError):
        share(trade, shipment, accepted=400, returned=200)
    with pytest.raises(ArrivedQuantityError):
        share(trade, shipment, accepted=0)
    good = plain(answer_of(trade, shipment))["quantities"]
    more = {**good, "lost": {**good["lost"], "quantity": str(kg(50) + 1)}}
    refused(trade.world, answer_of(trade, shipment, quantities=more), ArrivedQuantityError)


@pytest.mark.parametrize("part", ["accepted", "returned", "lost"])
def test_a_part_that_carries_another_share_than_its_interval_is_refused(trade: Trade, part: str) -> None:
    shipment = sent(trade)
    good = plain(answer_of(trade, shipment))["quantities"]
    wrong = {**good, part: {**good[part], "liability": {"fossil.calculated": "1"}}}
    error = refused(trade.world, answer_of(trade, shipment, quantities=wrong), StatedLiabilityError)
    assert error.field == f"quantities/{part}/liability"


def test_a_receipts_liability_is_of_what_the_consignee_takes_over(trade: Trade) -> None:
    whole = {"fossil.calculated": "50"}
    error = refused(trade.world, answer_of(trade, sent(trade), liability=whole), StatedLiabilityError)
    assert (error.field, error.expected) == ("liability", {"fossil.calculated": "30"})


def test_a_part_of_nothing_is_left_out(trade: Trade) -> None:
    shipment = sent(trade)
    parts = {name: {"quantity": count, "liability": {}} for name, count in (("accepted", "0"), ("lost", "9"))}
    error = refused(trade.world, answer_of(trade, shipment, quantities=parts), ZeroQuantityError)
    assert error.field == "quantities/accepted/quantity"


def test_a_shipment_that_is_one_part_is_answered_as_a_whole(trade: Trade) -> None:
    shipment = sent(trade)
    one = {"lost": {"quantity": str(kg(500)), "liability": {"fossil.calculated": "50"}}}
    error = refused(trade.world, answer_of(trade, shipment, quantities=one), UndividedShipmentError)
    assert error.part == "lost"


@pytest.mark.parametrize("outcome", ["refused", "lost"])
def test_an_outcome_that_contradicts_the_quantities_is_refused(trade: Trade, outcome: str) -> None:
    error = refused(trade.world, answer_of(trade, sent(trade), outcome=outcome), ArrivedOutcomeError)
    assert (error.stated, error.expected) == (outcome, "accepted")
    body = {
        "takes_over": {"shipment": sent(trade)},
        "outcome": outcome,
        "quantities": {"accepted": str(kg(500))},
    }
    with pytest.raises(ArrivedOutcomeError), trade.world.store.read() as view:
        prepare(Wish("receipt/1", trade.importer.id, {"occurred": JUNE, **body}), view)


def test_whoever_accepts_nothing_names_no_handlers(trade: Trade) -> None:
    shipment = sent(trade)
    for quantities in ({"lost": str(kg(500))}, {"returned": str(kg(499)), "lost": str(kg(1))}):
        wish = {"takes_over": {"shipment": shipment}, "quantities": quantities}
        signed = plain(trade.world.sign(trade.importer, "receipt/1", wish))
        statement = as_stated(
            trade.world, trade.importer, "receipt/1", {**signed, "handlers": [trade.port.id]}
        )
        refused(trade.world, statement, RefusedGoodsHandlersError)


@pytest.mark.parametrize("quantities", [None, {}, [], {"arrived": "1"}])
def test_a_draft_asks_for_the_three_quantities_by_name(trade: Trade, quantities: Any) -> None:
    body = {"occurred": JUNE, "takes_over": {"shipment": sent(trade)}, "quantities": quantities}
    with pytest.raises(FieldFormError) as caught, trade.world.store.read() as view:
        prepare(Wish("receipt/1", trade.importer.id, body), view)
    assert caught.value.field == "quantities"


def test_a_draft_reads_quantities_as_whole_amounts(trade: Trade) -> None:
    body = {"occurred": JUNE, "takes_over": {"shipment": sent(trade)}, "quantities": {"lost": "1.5"}}
    with pytest.raises(AmountFormError) as caught, trade.world.store.read() as view:
        prepare(Wish("receipt/1", trade.importer.id, body), view)
    assert caught.value.field == "quantities/lost"


# What stands behind goods that came in parts.


def both_lots_again() -> tuple[World, str, Statement, str]:
    """Send goods, get a part back, and send both parts on: the kept one outside, the returned one too."""
    trade = Trade()
    world = trade.world
    lot = world.produce(trade.packhouse, "packed", kg(10), lines=(burnt(10), bought(3)))
    body = {"take": take(lot, kg(10)), "consignee": trade.importer.id, "terms": {"incoterm": "DAP"}}
    shipment = world.state(trade.packhouse, "dispatch/1", body).digest
    quantities = {"accepted": str(kg(5)), "returned": str(kg(4)), "lost": str(kg(1))}
    wish = {"takes_over": {"shipment": shipment}, "quantities": quantities}
    made = world.state(trade.importer, "receipt/1", wish)
    kept = world.dispatch(trade.importer, lot_id(made.digest, 0), kg(5), to=None)
    back = world.dispatch(trade.packhouse, lot_id(made.digest, 1), kg(4), to=None)
    assert kept != back
    return world, kept, made, back


def test_goods_taken_over_in_part_lie_a_tier_further_and_goods_that_came_back_do_not() -> None:
    world, kept, made, back = both_lots_again()
    for passport, tier in ((kept, 2), (back, 1)):
        with world.store.read() as view:
            found = trace([one.statement for one in closure(view, passport)], passport)
        assert Components.total_of(one.reaches for one in found.origins) == found.total
        dispatched = plain(made)["takes_over"]["shipment"]
        assert found.tiers[dispatched] == tier
        way = next(edge for edge in found.edges if edge.kind == "shipment")
        assert way.liability == way.reaches == found.total


def test_passports_of_both_parts_verify_offline() -> None:
    trade = Trade()
    world = trade.world
    made = world.production(trade.packhouse, (output("tea", kg(10)),), lines=(burnt(10),))
    body = {"take": take(lot_id(made.digest, 0), kg(10)), "consignee": trade.importer.id}
    shipment = world.state(trade.packhouse, "dispatch/1", body).digest
    wish = {
        "takes_over": {"shipment": shipment},
        "quantities": {"accepted": str(kg(7)), "returned": str(kg(3))},
    }
    receipt = world.state(trade.importer, "receipt/1", wish)
    onward = world.dispatch(trade.importer, lot_id(receipt.digest, 0), kg(7), to=None)
    again = world.dispatch(trade.packhouse, lot_id(receipt.digest, 1), kg(3), to=None)
    for passport in (shipment, onward, again):
        report = verify(bundle_bytes(world, passport))
        assert report.ok, report
