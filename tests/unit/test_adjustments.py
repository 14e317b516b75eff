"""Corrections that reach goods which were handed on: offers, answers, and what happens by itself."""

from __future__ import annotations

from typing import Any

import pytest

from ledger import adjusting
from ledger.accepting import (
    AcceptanceChoiceError,
    NotReceiverError,
    OfferAnsweredError,
    StaleOfferError,
    TooManyAllowancesError,
    UnbearableDecreaseError,
    UnknownOfferError,
)
from ledger.adjusting import AdjustmentTooWideError
from ledger.audit import audit
from ledger.components import Components
from ledger.correcting import CircularProductionError, NotCorrectableError
from ledger.identifiers import lot_id
from ledger.in_memory import InMemoryStore
from ledger.rules import DateOrderError
from ledger.signed import Statement
from tests.adjusted import allow, answer, offer_of
from tests.builders import JUNE, Party, World, bought, kg, output, own
from tests.unit.balances import fossil, held, kept
from tests.unit.refusals import as_stated, refused


class Chain:
    """A grower, a packhouse and an importer; the grower's lot goes through both."""

    def __init__(self) -> None:
        self.world = World()
        self.grower = self.world.register("Grower", "farmer")
        self.packhouse = self.world.register("Packhouse", "supplier")
        self.importer = self.world.register("Importer", "buyer")
        self.harvest = self.world.production(
            self.grower, (output("lychee", kg(3)),), lines=(bought(300, "urea"), own(3, "fossil.measured"))
        )
        self.first = self.world.dispatch(
            self.grower, lot_id(self.harvest.digest, 0), kg(2), to=self.packhouse
        )
        self.bulk = self.world.receive(self.packhouse, self.first)
        self.packed = self.world.produce(
            self.packhouse, "packed", kg(2), inputs=((self.bulk, kg(2)),), lines=(own(10, "fossil.measured"),)
        )
        self.second = self.world.dispatch(self.packhouse, self.packed, kg(1), to=self.importer)
        self.stored = self.world.receive(self.importer, self.second)

    def correct(self, **change: Any) -> Statement:
        return self.world.correct(self.grower, self.harvest.digest, **change)

    def less(self) -> Statement:
        """Replace the estimate of 300 by a passport's 90, as it were."""
        return self.correct(drop=(0,), add=(bought(90, "urea-2"),))


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
    assert rest == fossil(30, "secondary") + fossil(1, "measured")
    offer = offer_of(chain.world, corrected.digest, chain.first)
    assert offer.open == {slot: -mg for slot, mg in fossil(140, "secondary").items()}
    assert (offer.sender, offer.receiver) == (chain.grower.id, chain.packhouse.id)
    before = kept(chain.world, chain.packed).balance()
    answer(chain.world, chain.packhouse, corrected.digest, chain.first)
    assert before - kept(chain.world, chain.packed).balance() == fossil(70, "secondary")
    onward = offer_of(chain.world, corrected.digest, chain.second)
    assert onward.open == {slot: -mg for slot, mg in fossil(70, "secondary").items()}
    answer(chain.world, chain.importer, corrected.digest, chain.second)
    assert kept(chain.world, chain.stored).balance() == fossil(30, "secondary") + fossil(6, "measured")
    assert offer_of(chain.world, corrected.digest, chain.second).open == {}


def test_what_nobody_answers_stays_offered_and_changes_nothing_of_the_receivers(chain: Chain) -> None:
    before = kept(chain.world, chain.bulk)
    corrected = chain.correct(add=(own(30, "fossil.measured"),))
    assert kept(chain.world, chain.bulk) == before
    offer = offer_of(chain.world, corrected.digest, chain.first)
    assert Components(offer.open) == fossil(20, "measured")
    with chain.world.store.read() as view:
        assert view.balance(offer.account()) == offer.open
        assert view.offers(chain.packhouse.id) == view.offers(chain.grower.id) == [offer]
        assert view.offers(chain.importer.id) == []
        assert view.offers_on(chain.first) == [offer]


@pytest.mark.parametrize("up", [True, False])
def test_what_is_refused_returns_to_its_author(chain: Chain, up: bool) -> None:
    corrected = chain.correct(add=(own(30, "fossil.measured"),)) if up else chain.less()
    before = kept(chain.world, chain.bulk)
    answer(chain.world, chain.packhouse, corrected.digest, chain.first, accepted=False)
    offer = offer_of(chain.world, corrected.digest, chain.first)
    assert (offer.open, offer.accepted) == ({}, {})
    assert kept(chain.world, chain.bulk) == before
    lost = held(chain.world, "abnormal_loss", chain.grower)
    with chain.world.store.read() as view:
        assert view.balance(offer.account()) == {}
        kept_back = view.balance(offer.account()._replace(ref=corrected.digest))
    assert lost == (fossil(20, "measured") if up else Components())
    assert kept_back == ({} if up else {slot: -mg for slot, mg in fossil(140, "secondary").items()})


def test_goods_on_their_way_or_sold_outside_or_disposed_of_take_adjustments_over_by_themselves() -> None:
    world = World()
    grower, buyer = world.register("Grower", "farmer"), world.register("Buyer", "buyer")
    made = world.production(grower, (output("tea", kg(4)),), lines=(own(40, "fossil.measured"),))
    lot = lot_id(made.digest, 0)
    on_its_way = world.dispatch(grower, lot, kg(1), to=buyer)
    outside = world.dispatch(grower, lot, kg(1), to=None)
    refused_one = world.dispatch(grower, lot, kg(1), to=buyer)
    returned = world.receive(buyer, refused_one, accepted=False)
    world.dispose(grower, lot, kg(1))
    corrected = world.correct(grower, made.digest, add=(own(4, "fossil.measured"),))
    with world.store.read() as view:
        shipments = [view.shipment(one) for one in (on_its_way, outside)]
        offers = [view.offer(f"{corrected.digest}.{one}") for one in (on_its_way, outside, refused_one)]
    assert [one.total for one in shipments if one] == [fossil(11, "measured")] * 2
    assert [Components(one.automatic) for one in offers if one] == [fossil(1, "measured")] * 3
    assert kept(world, returned).balance() == fossil(11, "measured")
    assert held(world, "waste_sink", grower) == fossil(11, "measured")
    assert world.receive(buyer, on_its_way)


def test_a_standing_acceptance_takes_over_up_to_its_limit(chain: Chain) -> None:
    allow(chain.world, chain.packhouse, 30)
    allow(chain.world, chain.packhouse, 20, chain.grower)
    within = chain.correct(add=(own(30, "fossil.measured"),))
    assert Components(offer_of(chain.world, within.digest, chain.first).automatic) == fossil(20, "measured")
    assert Components(offer_of(chain.world, within.digest, chain.second).open) == fossil(10, "measured")
    beyond = chain.correct(add=(own(33, "fossil.measured"),))
    assert Components(offer_of(chain.world, beyond.digest, chain.first).open) == fossil(22, "measured")
    allow(chain.world, chain.packhouse, 0, chain.grower)
    none = chain.correct(add=(own(3, "fossil.measured"),))
    assert Components(offer_of(chain.world, none.digest, chain.first).open) == fossil(2, "measured")


def test_a_late_handling_is_offered_and_an_allowance_never_takes_over_beyond_a_fifth(chain: Chain) -> None:
    carrier = chain.world.register("Carrier", "carrier")
    late = chain.world.handle(carrier, (own(3, "fossil.measured"),), shipment=chain.second)
    offer = offer_of(chain.world, late.digest, late.digest)
    assert (offer.late, Components(offer.open), offer.receiver) == (
        True,
        fossil(3, "measured"),
        chain.importer.id,
    )
    assert held(chain.world, "handling_unassigned", carrier) == Components()
    answer(chain.world, chain.importer, late.digest, late.digest)
    assert kept(chain.world, chain.stored).balance() == fossil(100, "secondary") + fossil(9, "measured")
    allow(chain.world, chain.importer, 10**9)
    small = chain.world.handle(carrier, (own(2, "fossil.measured"),), shipment=chain.second)
    assert Components(offer_of(chain.world, small.digest, small.digest).automatic) == fossil(2, "measured")
    large = chain.world.handle(carrier, (own(50, "fossil.measured"),), shipment=chain.second)
    assert Components(offer_of(chain.world, large.digest, large.digest).open) == fossil(50, "measured")
    answer(chain.world, chain.importer, large.digest, large.digest, accepted=False)
    assert held(chain.world, "handling_unassigned", carrier) == fossil(50, "measured")


def test_a_carriers_true_up_reaches_whoever_holds_the_goods(chain: Chain) -> None:
    carrier = chain.world.register("Carrier", "carrier")
    sent = chain.world.dispatch(chain.packhouse, chain.packed, kg(1), to=chain.importer, handlers=(carrier,))
    average = chain.world.handle(carrier, (own(30, "fossil.measured"),), shipment=sent)
    lot = chain.world.receive(chain.importer, sent)
    actual = chain.world.correct(carrier, average.digest, drop=(0,), add=(own(24, "fossil.measured"),))
    offer = offer_of(chain.world, actual.digest, average.digest)
    assert offer.open == {slot: -mg for slot, mg in fossil(6, "measured").items()}
    before = kept(chain.world, lot).balance()
    answer(chain.world, chain.importer, actual.digest, average.digest)
    assert before - kept(chain.world, lot).balance() == fossil(6, "measured")


def test_what_others_did_with_a_lot_unasked_can_be_taken_over(chain: Chain) -> None:
    store = chain.world.register("Store", "supplier")
    cooled = chain.world.handle(store, (own(8, "fossil.measured"),), lot=chain.stored)
    before = kept(chain.world, chain.stored).balance()
    answer(chain.world, chain.importer, cooled.digest, cooled.digest)
    assert kept(chain.world, chain.stored).balance() - before == fossil(8, "measured")
    assert kept(chain.world, chain.stored).claimed == ()
    chain.world.correct(store, cooled.digest, drop=(0,), add=(own(5, "fossil.measured"),))
    assert kept(chain.world, chain.stored).balance() - before == fossil(5, "measured")
    again = chain.world.handle(store, (own(8, "fossil.measured"),), lot=chain.stored)
    chain.world.dispose(chain.importer, chain.stored, kg(1))
    answer(chain.world, chain.importer, again.digest, again.digest)
    assert kept(chain.world, chain.stored).balance() == Components()
    chain.world.correct(store, again.digest, drop=(0,), add=(own(9, "fossil.measured"),))
    assert held(chain.world, "handling_unassigned", store) == Components()


def test_a_second_correction_adds_to_what_is_offered_and_can_undo_it(chain: Chain) -> None:
    first = chain.correct(add=(own(30, "fossil.measured"),))
    second = chain.correct(drop=(2,), add=(own(3, "fossil.measured"),))
    less = offer_of(chain.world, second.digest, chain.first)
    assert less.open == {slot: -mg for slot, mg in fossil(18, "measured").items()}
    body = answered(second.digest, chain.first, decrease=fossil(18, "measured").wire())
    refusal_of(chain, chain.packhouse, "acceptance/1", body, UnbearableDecreaseError)
    answer(chain.world, chain.packhouse, first.digest, chain.first)
    answer(chain.world, chain.packhouse, second.digest, chain.first)
    assert kept(chain.world, chain.bulk).given == fossil(200, "secondary") + fossil(4, "measured")


def test_an_answer_that_answers_nothing_is_refused(chain: Chain) -> None:
    corrected = chain.correct(add=(own(30, "fossil.measured"),))
    right = answered(corrected.digest, chain.first, increase=fossil(20, "measured").wire())
    refusal_of(chain, chain.importer, "acceptance/1", right, NotReceiverError)
    stale = answered(corrected.digest, chain.first, increase=fossil(19, "measured").wire())
    error = refusal_of(chain, chain.packhouse, "acceptance/1", stale, StaleOfferError)
    assert error.expected == {"increase": fossil(20, "measured").wire(), "decrease": {}}
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
    stand_in = chain.world.handle(chain.packhouse, (bought(9),), shipment=sent, leg="lorry")
    chain.world.handle(carrier, (own(5),), shipment=sent, leg="lorry")
    change = {"drop_lines": ["0"], "add_lines": [], "add_inputs": []}
    body = {"occurred": JUNE, "corrects": stand_in.digest, "change": change}
    refusal_of(chain, chain.packhouse, "correction/1", body, NotCorrectableError)


def test_a_late_carrier_takes_the_place_of_a_stand_in(chain: Chain) -> None:
    carrier = chain.world.register("Carrier", "carrier")
    sent = chain.world.dispatch(chain.packhouse, chain.packed, kg(1), to=chain.importer)
    chain.world.handle(chain.packhouse, (bought(9),), shipment=sent, leg="lorry")
    lot = chain.world.receive(chain.importer, sent)
    before = kept(chain.world, lot).balance()
    late = chain.world.handle(carrier, (own(5, "fossil.measured"),), shipment=sent, leg="lorry")
    answer(chain.world, chain.importer, late.digest, late.digest)
    after = before - fossil(9, "secondary") + fossil(5, "measured")
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
    allow(chain.world, chain.packhouse, 10**6)
    chain.less()
    corrected = chain.correct(add=(own(31, "fossil.measured"),))
    answer(chain.world, chain.importer, corrected.digest, chain.second)
    with chain.world.store.read() as view:
        assert audit(view, InMemoryStore(), None).findings == []
