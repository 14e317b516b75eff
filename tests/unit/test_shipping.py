from __future__ import annotations

import pytest

from ledger.drafting import Wish, prepare
from ledger.forms import FieldFormError
from ledger.handling import UnknownShipmentError
from ledger.identity import UnknownOrganizationError
from ledger.lots import (
    OverdrawnLotError,
    StaleLotError,
    TakenLiabilityError,
    ZeroQuantityError,
)
from ledger.rules import NotHolderError, StatedLiabilityError, TooEarlyError, UnknownLotError
from ledger.services import BatchError
from ledger.shipping import (
    GoodsMismatchError,
    NotConsigneeError,
    ShipmentAnsweredError,
    StaleShipmentError,
)
from tests.builders import JUNE, bought, kg, own, take
from tests.unit.refusals import as_stated, plain, refused
from tests.unit.trade import Trade, fossil

NOBODY = "org_" + "b" * 32
MAY = {"from": "2026-05-01", "to": "2026-05-31", "zone": "Asia/Shanghai"}


@pytest.fixture
def trade() -> Trade:
    return Trade()


def test_handing_on_relieves_the_seller_of_what_goes_along(trade: Trade) -> None:
    shipment = trade.shipment(trade.send(quantity=kg(300)))
    assert (shipment.total, shipment.status, shipment.batch) == (fossil(30), "open", "L1")
    assert trade.kept(trade.lot).balance() == fossil(70)
    assert trade.kept(trade.lot).left == kg(700)


def test_one_milligram_more_than_is_left_cannot_be_handed_on(trade: Trade) -> None:
    trade.send()
    body = {"take": take(trade.lot, kg(500)), "consignee": "outside"}
    whole = plain(trade.world.sign(trade.packhouse, "dispatch/1", body))
    for too_much in (1, 1000):
        whole["take"] = {**whole["take"], "to": str(kg(1000) + too_much)}
        error = refused(
            trade.world, as_stated(trade.world, trade.packhouse, "dispatch/1", whole), OverdrawnLotError
        )
        assert (error.held, error.asked) == (kg(500), kg(500) + too_much)
    with pytest.raises(OverdrawnLotError):
        trade.send(quantity=kg(500) + 1)


def test_what_is_handed_on_to_somebody_outside_leaves_the_books_at_once(trade: Trade) -> None:
    shipment = trade.world.dispatch(trade.packhouse, trade.lot, kg(500), to=None, handlers=(trade.carrier,))
    assert trade.shipment(shipment).status == "outside"
    assert trade.balance("outside_handed_on", trade.packhouse) == fossil(50)
    trade.world.handle(trade.carrier, (own(7),), shipment=shipment)
    assert trade.shipment(shipment).total == fossil(57)
    assert trade.balance("outside_handed_on", trade.packhouse) == fossil(57)


def test_of_two_dispatches_that_race_the_second_is_stale_and_a_fresh_draft_works(trade: Trade) -> None:
    body = {"take": take(trade.lot, kg(100)), "consignee": trade.importer.id}
    first = trade.world.sign(trade.packhouse, "dispatch/1", body)
    second = trade.world.sign(trade.packhouse, "dispatch/1", body)
    trade.world.post(first)
    error = refused(trade.world, second, StaleLotError)
    assert (error.lot, error.signed, error.expected) == (trade.lot, "from 0", f"from {kg(100)}")
    trade.world.state(trade.packhouse, "dispatch/1", body)
    assert trade.kept(trade.lot).left == kg(800)


def test_one_batch_cannot_hand_a_lot_on_twice_either(trade: Trade) -> None:
    body = {"take": take(trade.lot, kg(1000)), "consignee": trade.importer.id}
    statements = [trade.world.sign(trade.packhouse, "dispatch/1", body) for _ in range(2)]
    with pytest.raises(BatchError) as caught:
        trade.world.post(*statements)
    assert caught.value.index == 1
    assert type(caught.value.cause) is StaleLotError
    assert trade.kept(trade.lot).untouched()


def test_a_dispatch_drafted_before_a_handling_is_stale(trade: Trade) -> None:
    body = {"take": take(trade.lot, kg(100)), "consignee": trade.importer.id}
    before = trade.world.sign(trade.packhouse, "dispatch/1", body)
    trade.world.handle(trade.packhouse, (own(900),), lot=trade.lot)
    assert "after 1 changes" in refused(trade.world, before, StaleLotError).expected
    assert trade.shipment(trade.send(quantity=kg(100))).total == fossil(100)


def test_only_its_holder_hands_a_lot_on(trade: Trade) -> None:
    body = {"take": take(trade.lot, kg(1)), "consignee": "outside"}
    whole = plain(trade.world.sign(trade.packhouse, "dispatch/1", body))
    error = refused(trade.world, as_stated(trade.world, trade.importer, "dispatch/1", whole), NotHolderError)
    assert (error.lot, error.holder, error.issuer) == (trade.lot, trade.packhouse.id, trade.importer.id)
    whole["take"] = {**whole["take"], "lot": "0" * 64 + ".0"}
    unknown = refused(
        trade.world, as_stated(trade.world, trade.packhouse, "dispatch/1", whole), UnknownLotError
    )
    assert unknown.lot == "0" * 64 + ".0"


@pytest.mark.parametrize("field", ["consignee", "handlers"])
def test_goods_go_to_and_through_registered_organizations(trade: Trade, field: str) -> None:
    value = NOBODY if field == "consignee" else [NOBODY]
    body = {"take": take(trade.lot, kg(1)), "consignee": "outside"}
    statement = trade.signed(trade.packhouse, "dispatch/1", body, **{field: value})
    assert refused(trade.world, statement, UnknownOrganizationError).organization == NOBODY


@pytest.mark.parametrize(
    ("change", "field", "stated", "expected"),
    [
        ({"product": "durian"}, "goods/product", "durian", "packed"),
        ({"unit": "mL"}, "goods/unit", "mL", "mg"),
        ({"quantity": "999999"}, "goods/quantity", "999999", "1000000"),
        ({"batch": "L2"}, "goods/batch", "L2", "L1"),
    ],
)
def test_a_passport_says_of_the_goods_what_the_lot_says(
    trade: Trade, change: dict[str, str], field: str, stated: str, expected: str
) -> None:
    body = {"take": take(trade.lot, kg(1)), "consignee": "outside"}
    goods = {"product": "packed", "unit": "mg", "quantity": "1000000", "batch": "L1"} | change
    statement = trade.signed(trade.packhouse, "dispatch/1", body, goods=goods)
    error = refused(trade.world, statement, GoodsMismatchError)
    assert (error.field, error.stated, error.expected) == (field, stated, expected)


def test_a_passport_need_not_name_the_batch(trade: Trade) -> None:
    body = {"take": take(trade.lot, kg(1)), "consignee": "outside"}
    goods = {"product": "packed", "unit": "mg", "quantity": "1000000"}
    trade.world.post(trade.signed(trade.packhouse, "dispatch/1", body, goods=goods))


def test_a_passport_states_the_liability_that_moves(trade: Trade) -> None:
    body = {"take": take(trade.lot, kg(100)), "consignee": "outside"}
    less = {"fossil.calculated": "9"}
    error = refused(
        trade.world, trade.signed(trade.packhouse, "dispatch/1", body, liability=less), StatedLiabilityError
    )
    assert (error.field, error.stated, error.expected) == ("liability", less, {"fossil.calculated": "10"})
    whole = plain(trade.world.sign(trade.packhouse, "dispatch/1", body))
    whole["take"] = {**whole["take"], "liability": less}
    refused(trade.world, as_stated(trade.world, trade.packhouse, "dispatch/1", whole), TakenLiabilityError)


def test_nothing_at_all_cannot_be_handed_on(trade: Trade) -> None:
    body = {"take": take(trade.lot, kg(100)), "consignee": "outside"}
    whole = plain(trade.world.sign(trade.packhouse, "dispatch/1", body))
    whole["take"] = {**whole["take"], "to": "0"}
    refused(trade.world, as_stated(trade.world, trade.packhouse, "dispatch/1", whole), ZeroQuantityError)


def test_a_dispatch_does_not_end_before_its_lot_begins(trade: Trade) -> None:
    body = {"take": take(trade.lot, kg(100)), "consignee": "outside"}
    error = refused(
        trade.world, trade.signed(trade.packhouse, "dispatch/1", body, occurred=MAY), TooEarlyError
    )
    assert (error.date, error.before_date) == ("2026-05-31", "2026-06-01")
    assert "before the lot's beginning on 2026-06-01" in str(error)


def test_taking_over_moves_everything_into_a_lot_of_the_consignee(trade: Trade) -> None:
    shipment = trade.send(trade.carrier)
    trade.world.handle(trade.carrier, (own(7),), shipment=shipment)
    lot = trade.kept(trade.world.receive(trade.importer, shipment))
    assert (lot.holder, lot.total, lot.quantity, lot.batch) == (trade.importer.id, fossil(57), kg(500), "L1")
    assert (lot.product, lot.unit, lot.made) == ("packed", "mg", "receipt")
    assert trade.shipment(shipment).status == "received"
    trade.world.dispatch(trade.importer, lot.id, kg(500), to=None)


def test_refused_goods_return_to_the_sender_with_all_that_their_way_emitted(trade: Trade) -> None:
    shipment = trade.send(trade.carrier)
    trade.world.handle(trade.carrier, (own(7),), shipment=shipment, leg="lorry")
    trade.world.handle(trade.packhouse, (bought(3),), shipment=shipment, leg="ship")
    claim = trade.world.handle(trade.port, (own(2),), shipment=shipment)
    lot = trade.kept(trade.world.receive(trade.importer, shipment, accepted=False, claims=(claim,)))
    assert (lot.holder, lot.quantity) == (trade.packhouse.id, kg(500))
    assert lot.total == fossil(50 + 7 + 2) + fossil(3, "secondary")
    assert trade.shipment(shipment).status == "refused"
    assert trade.kept(trade.lot).balance() == fossil(50)
    trade.world.dispose(trade.packhouse, lot.id, kg(500))
    assert trade.balance("waste_sink", trade.packhouse) == lot.total


def test_the_lot_of_a_refused_shipment_is_a_new_one_and_the_old_interval_stays_taken(trade: Trade) -> None:
    body = {"take": take(trade.lot, kg(1000)), "consignee": trade.importer.id}
    sent = trade.world.state(trade.packhouse, "dispatch/1", body)
    returned = trade.world.receive(trade.importer, sent.digest, accepted=False)
    again = as_stated(trade.world, trade.packhouse, "dispatch/1", plain(sent) | {"ref": "0" * 32})
    error = refused(trade.world, again, StaleLotError)
    assert (error.lot, error.signed, error.expected) == (trade.lot, "from 0", f"from {kg(1000)}")
    with pytest.raises(OverdrawnLotError):
        trade.send(quantity=1)
    trade.world.dispatch(trade.packhouse, returned, kg(1000), to=trade.importer)


def test_who_refused_goods_can_not_hand_them_on(trade: Trade) -> None:
    shipment = trade.send()
    returned = trade.world.receive(trade.importer, shipment, accepted=False)
    for lot, quantity in ((returned, kg(500)), (trade.lot, kg(500))):
        body = {"take": take(lot, quantity), "consignee": "outside"}
        whole = plain(trade.world.sign(trade.packhouse, "dispatch/1", body))
        error = refused(
            trade.world, as_stated(trade.world, trade.importer, "dispatch/1", whole), NotHolderError
        )
        assert (error.holder, error.issuer) == (trade.packhouse.id, trade.importer.id)


@pytest.mark.parametrize("accepted", [True, False])
def test_a_shipment_is_answered_once(trade: Trade, accepted: bool) -> None:
    shipment = trade.send()
    body = {"takes_over": {"shipment": shipment}, "outcome": "accepted"}
    twice = trade.world.sign(trade.importer, "receipt/1", body)
    answered = trade.world.receive(trade.importer, shipment, accepted=accepted)[:64]
    error = refused(trade.world, twice, ShipmentAnsweredError)
    assert error.status == ("received" if accepted else "refused")
    assert (error.shipment, error.answered_by) == (shipment, answered)


def test_only_the_consignee_answers_a_shipment(trade: Trade) -> None:
    shipment = trade.send()
    body = {"takes_over": {"shipment": shipment}, "outcome": "accepted"}
    whole = plain(trade.world.sign(trade.importer, "receipt/1", body))
    error = refused(trade.world, as_stated(trade.world, trade.carrier, "receipt/1", whole), NotConsigneeError)
    assert (error.shipment, error.consignee, error.issuer) == (shipment, trade.importer.id, trade.carrier.id)
    outside = trade.world.dispatch(trade.packhouse, trade.lot, kg(1), to=None)
    whole["takes_over"] = {"shipment": outside, "handlings": []}
    error = refused(trade.world, as_stated(trade.world, trade.carrier, "receipt/1", whole), NotConsigneeError)
    assert error.consignee == "outside"


def test_a_receipt_of_a_shipment_that_nobody_sent_is_refused(trade: Trade) -> None:
    listed = {"shipment": "0" * 64, "handlings": []}
    body = {"takes_over": listed, "outcome": "accepted", "liability": {}}
    statement = as_stated(trade.world, trade.importer, "receipt/1", body)
    assert refused(trade.world, statement, UnknownShipmentError).shipment == "0" * 64


def test_a_receipt_does_not_end_before_its_dispatch(trade: Trade) -> None:
    shipment = trade.send()
    body = {"takes_over": {"shipment": shipment}, "outcome": "accepted"}
    early = {"from": "2026-06-01", "to": "2026-06-29", "zone": "Asia/Shanghai"}
    error = refused(
        trade.world, trade.signed(trade.importer, "receipt/1", body, occurred=early), TooEarlyError
    )
    assert (error.date, error.before_date) == ("2026-06-29", "2026-06-30")


def test_a_receipt_signed_before_a_handling_is_stale_and_a_fresh_draft_works(trade: Trade) -> None:
    shipment = trade.send(trade.carrier)
    body = {"takes_over": {"shipment": shipment}, "outcome": "accepted"}
    before = trade.world.sign(trade.importer, "receipt/1", body)
    handling = trade.world.handle(trade.carrier, (own(7),), shipment=shipment)
    error = refused(trade.world, before, StaleShipmentError)
    assert (error.signed, error.expected) == ((), (handling.digest,))
    trade.world.receive(trade.importer, shipment)


def test_a_receipt_lists_each_handling_once_and_in_log_order(trade: Trade) -> None:
    shipment = trade.send(trade.carrier)
    one = trade.world.handle(trade.carrier, (own(7),), shipment=shipment).digest
    two = trade.world.handle(trade.carrier, (own(8),), shipment=shipment).digest
    claim = trade.world.handle(trade.port, (own(9),), shipment=shipment).digest
    for wrong in (
        [one],
        [two, one],
        [one, one, two],
        [one, two, "0" * 64],
        [one, two, claim, claim],
        [claim, one, two],
    ):
        body = {
            "takes_over": {"shipment": shipment, "handlings": wrong},
            "outcome": "accepted",
            "liability": fossil(65).wire(),
        }
        refused(trade.world, as_stated(trade.world, trade.importer, "receipt/1", body), StaleShipmentError)


def test_a_receipt_does_not_list_a_stand_in_that_was_replaced(trade: Trade) -> None:
    shipment = trade.send(trade.carrier)
    stand_in = trade.world.handle(trade.packhouse, (bought(80),), shipment=shipment, leg="lorry").digest
    reported = trade.world.handle(trade.carrier, (own(60),), shipment=shipment, leg="lorry").digest
    listed = {"shipment": shipment, "handlings": [stand_in, reported]}
    body = {"takes_over": listed, "outcome": "accepted", "liability": fossil(110).wire()}
    error = refused(
        trade.world, as_stated(trade.world, trade.importer, "receipt/1", body), StaleShipmentError
    )
    assert error.expected == (reported,)


def test_a_receipt_states_the_liability_that_it_takes_over(trade: Trade) -> None:
    shipment = trade.send()
    body = {"takes_over": {"shipment": shipment}, "outcome": "accepted"}
    statement = trade.signed(trade.importer, "receipt/1", body, liability=fossil(49).wire())
    error = refused(trade.world, statement, StatedLiabilityError)
    assert (error.stated, error.expected) == (fossil(49).wire(), fossil(50).wire())


def test_goods_can_be_sent_on_within_one_company(trade: Trade) -> None:
    shipment = trade.send(to=trade.packhouse)
    lot = trade.kept(trade.world.receive(trade.packhouse, shipment))
    assert (lot.holder, lot.total) == (trade.packhouse.id, fossil(50))


def test_a_draft_names_claims_that_exist(trade: Trade) -> None:
    shipment = trade.send()
    meant = {
        "occurred": JUNE,
        "takes_over": {"shipment": shipment, "claims": ["0" * 64]},
        "outcome": "accepted",
    }
    with trade.world.store.read() as view, pytest.raises(FieldFormError) as caught:
        prepare(Wish("receipt/1", trade.importer.id, meant), view, trade.world.clock.now())
    assert caught.value.field == "takes_over/claims"
