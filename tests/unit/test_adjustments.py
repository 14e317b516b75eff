"""Corrections that reach goods which were handed on: offers, answers, and what happens by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ledger import adjusting, circles
from ledger.accepting import (
    AcceptanceChoiceError,
    NotReceiverError,
    OfferAnsweredError,
    StaleOfferError,
    TooManyAllowancesError,
    UnbearableDecreaseError,
    UnknownOfferError,
)
from ledger.accounts import SOURCES
from ledger.adjusting import AdjustmentTooWideError
from ledger.audit import audit
from ledger.circles import CircularProductionError, TooFarBehindError
from ledger.components import Components
from ledger.correcting import NotCorrectableError, StandInChangeError
from ledger.drafting import Wish, prepare
from ledger.forms import MissingFieldError
from ledger.identifiers import lot_id
from ledger.in_memory import InMemoryStore
from ledger.rules import DateOrderError
from scripts.vectors.handmade_log import supplied
from tests.adjusted import UNIT_MG, Chain, allow, answer, metered, offer_of
from tests.builders import JUNE, Party, World, kg, output
from tests.opening_books import close
from tests.unit.balances import fossil, held, kept
from tests.unit.refusals import as_stated, refused


def units(count: int, evidence: str = "measured") -> Components:
    return fossil(count * UNIT_MG, evidence)


@pytest.fixture
def chain() -> Chain:
    return Chain()


def refusal_of(chain: Chain, party: Party, kind: str, body: dict[str, Any], error: type) -> Any:
    return refused(chain.world, as_stated(chain.world, party, kind, body), error)


def answered(cause: str, target: str, outcome: str = "accepted", **stated: Any) -> dict[str, Any]:
    body = {"cause": cause, "target": target, "outcome": outcome, "increase": {}, "decrease": {}, **stated}
    return {"answer": body}


def test_an_estimate_replaced_upstream_reaches_the_importer_hop_by_hop(chain: Chain) -> None:
    corrected = chain.less()
    rest = kept(chain.world, lot_id(chain.harvest.digest, 0)).balance()
    assert rest == units(30, "secondary") + units(1, "measured")
    offer = offer_of(chain.world, corrected.digest, chain.first)
    assert offer.open == {slot: -mg for slot, mg in units(140, "secondary").items()}
    assert (offer.sender, offer.receiver) == (chain.grower.id, chain.packhouse.id)
    before = kept(chain.world, chain.packed).balance()
    answer(chain.world, chain.packhouse, corrected.digest, chain.first)
    assert before - kept(chain.world, chain.packed).balance() == units(70, "secondary")
    onward = offer_of(chain.world, corrected.digest, chain.second)
    assert onward.open == {slot: -mg for slot, mg in units(70, "secondary").items()}
    answer(chain.world, chain.importer, corrected.digest, chain.second)
    assert kept(chain.world, chain.stored).balance() == units(30, "secondary") + units(6, "measured")
    assert offer_of(chain.world, corrected.digest, chain.second).open == {}


def test_what_nobody_answers_stays_offered_and_changes_nothing_of_the_receivers(chain: Chain) -> None:
    before = kept(chain.world, chain.bulk)
    corrected = chain.correct(add=(metered(30),))
    assert kept(chain.world, chain.bulk) == before
    offer = offer_of(chain.world, corrected.digest, chain.first)
    assert Components(offer.open) == units(20, "measured")
    with chain.world.store.read() as view:
        assert view.balance(offer.account()) == offer.open
        assert view.offers(chain.packhouse.id) == view.offers(chain.grower.id) == [offer]
        assert view.offers(chain.importer.id) == []
        assert view.offers_on(chain.first) == [offer]


def test_a_decrease_after_everything_was_sold_is_offered_and_takes_nothing_back_by_itself(
    chain: Chain,
) -> None:
    rest = lot_id(chain.harvest.digest, 0)
    chain.world.dispatch(chain.grower, rest, kg(1), to=None)
    before = kept(chain.world, chain.bulk)
    corrected = chain.less()
    assert kept(chain.world, rest).balance() == Components()
    assert kept(chain.world, chain.bulk) == before
    offer = offer_of(chain.world, corrected.digest, chain.first)
    less = {slot: -mg for slot, mg in units(140, "secondary").items()}
    with chain.world.store.read() as view:
        negative = [account for account, held in view.balances() if any(mg < 0 for mg in held.values())]
        assert view.balance(offer.account()) == offer.open == less
    assert {account.kind for account in negative if account.kind not in SOURCES} == {"adjustment_offered"}


@pytest.mark.parametrize("up", [True, False])
def test_what_is_refused_returns_to_its_author(chain: Chain, up: bool) -> None:
    corrected = chain.correct(add=(metered(30),)) if up else chain.less()
    before = kept(chain.world, chain.bulk)
    answer(chain.world, chain.packhouse, corrected.digest, chain.first, accepted=False)
    offer = offer_of(chain.world, corrected.digest, chain.first)
    assert (offer.open, offer.accepted) == ({}, {})
    assert kept(chain.world, chain.bulk) == before
    lost = held(chain.world, "abnormal_loss", chain.grower)
    with chain.world.store.read() as view:
        assert view.balance(offer.account()) == {}
        kept_back = view.balance(offer.account()._replace(ref=corrected.digest))
    assert lost == (units(20, "measured") if up else Components())
    assert kept_back == ({} if up else {slot: -mg for slot, mg in units(140, "secondary").items()})


def test_goods_on_their_way_or_sold_outside_or_disposed_of_take_adjustments_over_by_themselves() -> None:
    world = World()
    grower, buyer = world.register("Grower", "farmer"), world.register("Buyer", "buyer")
    made = world.production(grower, (output("tea", kg(4)),), lines=(metered(40),))
    lot = lot_id(made.digest, 0)
    on_its_way = world.dispatch(grower, lot, kg(1), to=buyer)
    outside = world.dispatch(grower, lot, kg(1), to=None)
    refused_one = world.dispatch(grower, lot, kg(1), to=buyer)
    returned = world.receive(buyer, refused_one, accepted=False)
    world.dispose(grower, lot, kg(1))
    corrected = world.correct(grower, made.digest, add=(metered(4),))
    with world.store.read() as view:
        shipments = [view.shipment(one) for one in (on_its_way, outside)]
        offers = [view.offer(f"{corrected.digest}.{one}") for one in (on_its_way, outside, refused_one)]
    assert [one.total for one in shipments if one] == [units(11, "measured")] * 2
    assert [Components(one.automatic) for one in offers if one] == [units(1, "measured")] * 3
    assert kept(world, returned).balance() == units(11, "measured")
    assert held(world, "waste_sink", grower) == units(11, "measured")
    assert world.receive(buyer, on_its_way)


def test_a_standing_acceptance_takes_over_up_to_its_limit(chain: Chain) -> None:
    allow(chain.world, chain.packhouse, 30 * UNIT_MG)
    allow(chain.world, chain.packhouse, 20 * UNIT_MG, chain.grower)
    within = chain.correct(add=(metered(30),))
    assert Components(offer_of(chain.world, within.digest, chain.first).automatic) == units(20, "measured")
    assert Components(offer_of(chain.world, within.digest, chain.second).open) == units(10, "measured")
    beyond = chain.correct(add=(metered(33),))
    assert Components(offer_of(chain.world, beyond.digest, chain.first).open) == units(22, "measured")
    allow(chain.world, chain.packhouse, 0, chain.grower)
    none = chain.correct(add=(metered(3),))
    assert Components(offer_of(chain.world, none.digest, chain.first).open) == units(2, "measured")


def test_a_late_handling_is_offered_and_an_allowance_never_takes_over_beyond_a_fifth(chain: Chain) -> None:
    carrier = chain.world.register("Carrier", "carrier")
    late = chain.world.handle(carrier, (metered(3),), shipment=chain.second)
    offer = offer_of(chain.world, late.digest, late.digest)
    assert (offer.late, Components(offer.open), offer.receiver) == (
        True,
        units(3, "measured"),
        chain.importer.id,
    )
    assert held(chain.world, "handling_unassigned", carrier) == Components()
    answer(chain.world, chain.importer, late.digest, late.digest)
    assert kept(chain.world, chain.stored).balance() == units(100, "secondary") + units(9, "measured")
    allow(chain.world, chain.importer, 10**15)
    small = chain.world.handle(carrier, (metered(2),), shipment=chain.second)
    assert Components(offer_of(chain.world, small.digest, small.digest).automatic) == units(2, "measured")
    large = chain.world.handle(carrier, (metered(50),), shipment=chain.second)
    assert Components(offer_of(chain.world, large.digest, large.digest).open) == units(50, "measured")
    answer(chain.world, chain.importer, large.digest, large.digest, accepted=False)
    assert held(chain.world, "handling_unassigned", carrier) == units(50, "measured")


def test_a_carriers_true_up_reaches_whoever_holds_the_goods(chain: Chain) -> None:
    carrier = chain.world.register("Carrier", "carrier")
    sent = chain.world.dispatch(chain.packhouse, chain.packed, kg(1), to=chain.importer, handlers=(carrier,))
    average = chain.world.handle(carrier, (metered(30),), shipment=sent)
    lot = chain.world.receive(chain.importer, sent)
    actual = chain.world.correct(carrier, average.digest, drop=(0,), add=(metered(24),))
    offer = offer_of(chain.world, actual.digest, average.digest)
    assert offer.open == {slot: -mg for slot, mg in units(6, "measured").items()}
    before = kept(chain.world, lot).balance()
    answer(chain.world, chain.importer, actual.digest, average.digest)
    assert before - kept(chain.world, lot).balance() == units(6, "measured")


def test_what_others_did_with_a_lot_unasked_can_be_taken_over(chain: Chain) -> None:
    store = chain.world.register("Store", "supplier")
    cooled = chain.world.handle(store, (metered(8),), lot=chain.stored)
    before = kept(chain.world, chain.stored).balance()
    answer(chain.world, chain.importer, cooled.digest, cooled.digest)
    assert kept(chain.world, chain.stored).balance() - before == units(8, "measured")
    assert kept(chain.world, chain.stored).claimed == ()
    chain.world.correct(store, cooled.digest, drop=(0,), add=(metered(5),))
    assert kept(chain.world, chain.stored).balance() - before == units(5, "measured")
    again = chain.world.handle(store, (metered(8),), lot=chain.stored)
    chain.world.dispose(chain.importer, chain.stored, kg(1))
    answer(chain.world, chain.importer, again.digest, again.digest)
    assert kept(chain.world, chain.stored).balance() == Components()
    chain.world.correct(store, again.digest, drop=(0,), add=(metered(9),))
    assert held(chain.world, "handling_unassigned", store) == Components()


def test_a_second_correction_adds_to_what_is_offered_and_can_undo_it(chain: Chain) -> None:
    first = chain.correct(add=(metered(30),))
    second = chain.correct(drop=(2,), add=(metered(3),))
    less = offer_of(chain.world, second.digest, chain.first)
    assert less.open == {slot: -mg for slot, mg in units(18, "measured").items()}
    body = answered(second.digest, chain.first, decrease=units(18, "measured").wire())
    error = refusal_of(chain, chain.packhouse, "acceptance/1", body, UnbearableDecreaseError)
    carried, taken = 2 * UNIT_MG, 18 * UNIT_MG
    assert (error.component, error.held, error.taken) == ("fossil.measured", carried, taken)
    assert str(carried) in str(error)
    assert str(taken) in str(error)
    answer(chain.world, chain.packhouse, first.digest, chain.first)
    answer(chain.world, chain.packhouse, second.digest, chain.first)
    assert kept(chain.world, chain.bulk).given == units(200, "secondary") + units(4, "measured")


def test_an_answer_that_answers_nothing_is_refused(chain: Chain) -> None:
    corrected = chain.correct(add=(metered(30),))
    right = answered(corrected.digest, chain.first, increase=units(20, "measured").wire())
    refusal_of(chain, chain.importer, "acceptance/1", right, NotReceiverError)
    stale = answered(corrected.digest, chain.first, increase=units(19, "measured").wire())
    error = refusal_of(chain, chain.packhouse, "acceptance/1", stale, StaleOfferError)
    assert error.expected == {"increase": units(20, "measured").wire(), "decrease": {}}
    refusal_of(chain, chain.packhouse, "acceptance/1", answered("0" * 64, chain.first), UnknownOfferError)
    refusal_of(chain, chain.packhouse, "acceptance/1", answered("0" * 64, "0" * 64), UnknownOfferError)
    for body in (answered(chain.harvest.digest, chain.harvest.digest), answered(chain.first, chain.first)):
        refusal_of(chain, chain.packhouse, "acceptance/1", body, UnknownOfferError)
    refusal_of(chain, chain.packhouse, "acceptance/1", {}, AcceptanceChoiceError)
    standing = {"from": "any", "limit_mg": "1", "validity": {"from": "2026-01-01", "to": "2026-12-31"}}
    both = {**right, "standing": standing}
    refusal_of(chain, chain.packhouse, "acceptance/1", both, AcceptanceChoiceError)
    backwards = {**standing, "validity": {"from": "2026-12-31", "to": "2026-01-01"}}
    refusal_of(chain, chain.packhouse, "acceptance/1", {"standing": backwards}, DateOrderError)
    answer(chain.world, chain.packhouse, corrected.digest, chain.first)
    refusal_of(chain, chain.packhouse, "acceptance/1", right, OfferAnsweredError)


def test_an_organization_states_two_hundred_standing_acceptances_at_most(chain: Chain) -> None:
    for _ in range(200):
        allow(chain.world, chain.packhouse, 1)
    standing = {"from": "any", "limit_mg": "1", "validity": {"from": "2026-01-01", "to": "2026-12-31"}}
    refusal_of(chain, chain.packhouse, "acceptance/1", {"standing": standing}, TooManyAllowancesError)


def test_goods_are_never_made_of_themselves(chain: Chain) -> None:
    back = chain.world.dispatch(chain.importer, chain.stored, kg(1), to=chain.grower)
    received = chain.world.receive(chain.grower, back)
    with chain.world.store.read() as view:
        lot = view.lot(received)
    assert lot is not None
    change = {"drop_lines": [], "add_lines": [], "add_inputs": [lot.offer(1)]}
    body = {"occurred": JUNE, "corrects": chain.harvest.digest, "change": change}
    error = refusal_of(chain, chain.grower, "correction/1", body, CircularProductionError)
    assert (error.corrects, error.lot) == (chain.harvest.digest, received)


def test_a_stand_in_that_was_replaced_is_not_corrected(chain: Chain) -> None:
    carrier = chain.world.register("Carrier", "carrier")
    sent = chain.world.dispatch(chain.packhouse, chain.packed, kg(1), to=chain.importer, handlers=(carrier,))
    stand_in = chain.world.handle(chain.packhouse, (supplied(9, "stand-in"),), shipment=sent, leg="lorry")
    chain.world.handle(carrier, (metered(5),), shipment=sent, leg="lorry")
    change = {"drop_lines": ["0"], "add_lines": [], "add_inputs": []}
    body = {"occurred": JUNE, "corrects": stand_in.digest, "change": change}
    refusal_of(chain, chain.packhouse, "correction/1", body, NotCorrectableError)


def test_a_stand_in_stays_one(chain: Chain) -> None:
    sent = chain.world.dispatch(chain.packhouse, chain.packed, kg(1), to=chain.importer)
    stand_in = chain.world.handle(chain.packhouse, (supplied(9, "lorry"),), shipment=sent, leg="lorry")
    chain.world.correct(chain.packhouse, stand_in.digest, drop=(0,), add=(supplied(7, "lorry-2"),))
    change = {"drop_lines": [], "add_lines": [metered(1)], "add_inputs": []}
    body = {"occurred": JUNE, "corrects": stand_in.digest, "change": change}
    refusal_of(chain, chain.packhouse, "correction/1", body, StandInChangeError)


def test_a_late_carrier_takes_the_place_of_a_stand_in(chain: Chain) -> None:
    carrier = chain.world.register("Carrier", "carrier")
    sent = chain.world.dispatch(chain.packhouse, chain.packed, kg(1), to=chain.importer)
    chain.world.handle(chain.packhouse, (supplied(9, "stand-in"),), shipment=sent, leg="lorry")
    lot = chain.world.receive(chain.importer, sent)
    before = kept(chain.world, lot).balance()
    late = chain.world.handle(carrier, (metered(5),), shipment=sent, leg="lorry")
    answer(chain.world, chain.importer, late.digest, late.digest)
    after = before - units(9, "secondary") + units(5, "measured")
    assert kept(chain.world, lot).balance() == after


def test_a_correction_that_reaches_too_far_is_refused_whole(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adjusting, "MAX_HOPS", 2)
    change = {"drop_lines": ["0"], "add_lines": [], "add_inputs": []}
    body = {"corrects": chain.harvest.digest, "change": change}
    error = refusal_of(chain, chain.grower, "correction/1", body, AdjustmentTooWideError)
    assert error.count == 3


def test_adjusted_books_replay_to_the_same_bytes(chain: Chain) -> None:
    allow(chain.world, chain.packhouse, 10**15)
    chain.less()
    corrected = chain.correct(add=(metered(31),))
    answer(chain.world, chain.importer, corrected.digest, chain.second)
    with chain.world.store.read() as view:
        assert audit(view, InMemoryStore(), None).findings == []


def test_what_the_goods_carry_already_is_not_answered_again(chain: Chain) -> None:
    own_handling = chain.world.handle(chain.importer, (metered(1),), lot=chain.stored)
    refusal_of(
        chain,
        chain.importer,
        "acceptance/1",
        answered(own_handling.digest, own_handling.digest),
        UnknownOfferError,
    )
    carrier = chain.world.register("Carrier", "carrier")
    sent = chain.world.dispatch(chain.packhouse, chain.packed, kg(1), to=chain.importer, handlers=(carrier,))
    listed = chain.world.handle(carrier, (metered(3),), shipment=sent)
    chain.world.receive(chain.importer, sent)
    refusal_of(
        chain, chain.importer, "acceptance/1", answered(listed.digest, listed.digest), UnknownOfferError
    )


def test_a_standing_acceptance_changes_no_closed_period(chain: Chain) -> None:
    allow(chain.world, chain.packhouse, 10**15)
    chain.world.clock.time += timedelta(days=40)
    close(chain.world, chain.packhouse, "2026-06-01", "2026-06-30")
    within = chain.correct(add=(metered(30),))
    assert Components(offer_of(chain.world, within.digest, chain.first).open) == units(20)


def test_a_circle_is_sought_only_so_far(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    bought_in = chain.world.produce(chain.packhouse, "lime", kg(1), lines=(metered(1),))
    sent = chain.world.dispatch(chain.packhouse, bought_in, kg(1), to=chain.grower)
    received = chain.world.receive(chain.grower, sent)
    monkeypatch.setattr(circles, "MAX_BEHIND", 2)
    with chain.world.store.read() as view:
        lot = view.lot(received)
    assert lot is not None
    change = {"drop_lines": [], "add_lines": [], "add_inputs": [lot.offer(1)]}
    body = {"occurred": JUNE, "corrects": chain.harvest.digest, "change": change}
    error = refusal_of(chain, chain.grower, "correction/1", body, TooFarBehindError)
    assert error.lot == received


@pytest.mark.parametrize("missing", ["cause", "target"])
def test_a_draft_of_an_answer_names_what_it_answers(chain: Chain, missing: str) -> None:
    answer_to = {"cause": "0" * 64, "target": "0" * 64, "outcome": "accepted"}
    del answer_to[missing]
    wish = Wish("acceptance/1", chain.packhouse.id, {"occurred": JUNE, "answer": answer_to})
    with chain.world.store.read() as view, pytest.raises(MissingFieldError) as caught:
        prepare(wish, view, chain.world.clock.now())
    assert caught.value.field == f"answer/{missing}"


def test_a_draft_of_a_new_estimate_names_the_asset(chain: Chain) -> None:
    wish = Wish("reestimate/1", chain.packhouse.id, {"occurred": JUNE, "quantity_left": "1"})
    with chain.world.store.read() as view, pytest.raises(MissingFieldError) as caught:
        prepare(wish, view, chain.world.clock.now())
    assert caught.value.field == "asset"
