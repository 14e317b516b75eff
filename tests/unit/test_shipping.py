from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ledger.accounts import Account, AccountKind
from ledger.components import NOTHING, Components
from ledger.drafting import Wish, prepare
from ledger.forms import FieldFormError
from ledger.identity import UnknownOrganizationError
from ledger.lots import (
    Handled,
    Lot,
    OverdrawnLotError,
    Shipment,
    StaleLotError,
    TakenLiabilityError,
    ZeroQuantityError,
)
from ledger.rules import NotHolderError, StatedLiabilityError, TooEarlyError, UnknownLotError
from ledger.services import BatchError
from ledger.shipping import (
    GoodsMismatchError,
    HandlingTargetError,
    LegCoveredTwiceError,
    NotConsigneeError,
    ShipmentAnsweredError,
    ShipmentClosedError,
    StaleShipmentError,
    TooManyHandlingsError,
    UnknownShipmentError,
)
from ledger.signed import Statement
from tests.builders import JUNE, Line, Party, World, bought, kg, own, take
from tests.unit.refusals import as_stated, plain, refused

NOBODY = "org_" + "b" * 32
MAY = {"from": "2026-05-01", "to": "2026-05-31", "zone": "Asia/Shanghai"}


class Trade:
    """A packhouse with 100 mg on 1,000 kg, a carrier, a port and an importer."""

    def __init__(self) -> None:
        self.world = World()
        self.packhouse = self.world.register("Packhouse", "supplier")
        self.carrier = self.world.register("Carrier", "carrier")
        self.port = self.world.register("Port", "port")
        self.importer = self.world.register("Importer", "buyer")
        self.lot = self.world.produce(self.packhouse, "packed", kg(1000), lines=(own(100),), batch="L1")

    def send(self, *handlers: Party, quantity: int = kg(500), to: Party | None = None) -> str:
        to = to or self.importer
        return self.world.dispatch(self.packhouse, self.lot, quantity, to=to, handlers=handlers)

    def shipment(self, identifier: str) -> Shipment:
        with self.world.store.read() as view:
            found = view.shipment(identifier)
            assert found is not None
            on_its_way = found.total if found.status == "open" else NOTHING
            assert view.balance(Account("shipment", found.sender, found.id)) == dict(on_its_way)
        return found

    def kept(self, lot: str) -> Lot:
        with self.world.store.read() as view:
            found = view.lot(lot)
            assert found is not None
            assert dict(found.balance()) == view.balance(Account("lot", found.holder, lot))
        return found

    def balance(self, kind: AccountKind, party: Party) -> Components:
        with self.world.store.read() as view:
            balance = view.balance(Account(kind, party.id))
        return Components({slot: abs(mg) for slot, mg in balance.items()})

    def signed(self, party: Party, kind: str, body: dict[str, Any], **changes: Any) -> Statement:
        """Sign what a draft gives, with changes."""
        return as_stated(self.world, party, kind, plain(self.world.sign(party, kind, body)) | changes)


@pytest.fixture
def trade() -> Trade:
    return Trade()


def fossil(mg: int, evidence: str = "calculated") -> Components:
    return Components.of(f"fossil.{evidence}", mg)


def handled_by(shipment: Shipment) -> list[tuple[str, int]]:
    return [(handled.handler, handled.components.gross_mg()) for handled in shipment.handlings]


# Dispatch.


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


# Handling.


def test_what_a_listed_carrier_emits_belongs_to_the_shipment_at_once(trade: Trade) -> None:
    shipment = trade.send(trade.carrier)
    trade.world.handle(trade.carrier, (own(7), bought(5)), shipment=shipment)
    after = trade.shipment(shipment)
    assert after.total == fossil(57) + fossil(5, "secondary")
    assert after.dispatched == fossil(50)
    assert trade.balance("handling_unassigned", trade.carrier) == NOTHING
    assert trade.balance("environment", trade.carrier) == fossil(7)


def test_a_carrier_takes_over_fuel_and_hands_it_on_with_the_goods(trade: Trade) -> None:
    fuel = trade.world.produce(trade.carrier, "biofuel", kg(10), lines=(own(1000),))
    shipment = trade.send(trade.carrier)
    trade.world.handle(trade.carrier, (own(7),), shipment=shipment, inputs=((fuel, kg(3)),))
    assert trade.shipment(shipment).total == fossil(50 + 7 + 300)
    assert trade.kept(fuel).balance() == fossil(700)


def test_what_nobody_listed_is_claimed_and_stays_with_its_handler_until_a_receipt_lists_it(
    trade: Trade,
) -> None:
    shipment = trade.send(trade.carrier)
    claim = trade.world.handle(trade.port, (own(9),), shipment=shipment)
    other = trade.world.handle(trade.port, (own(4),), shipment=shipment)
    before = trade.shipment(shipment)
    assert (before.total, before.handlings) == (fossil(50), ())
    assert [c.statement for c in before.claimed] == [claim.digest, other.digest]
    assert trade.balance("handling_unassigned", trade.port) == fossil(13)
    lot = trade.world.receive(trade.importer, shipment, claims=(claim,))
    after = trade.shipment(shipment)
    assert trade.kept(lot).total == fossil(59)
    assert handled_by(after) == [(trade.port.id, 9)]
    assert [c.statement for c in after.claimed] == [other.digest]
    assert trade.balance("handling_unassigned", trade.port) == fossil(4)


def test_a_receipt_that_lists_no_claim_takes_none_over(trade: Trade) -> None:
    shipment = trade.send()
    trade.world.handle(trade.port, (own(9),), shipment=shipment)
    assert trade.kept(trade.world.receive(trade.importer, shipment)).total == fossil(50)
    assert trade.balance("handling_unassigned", trade.port) == fossil(9)


def test_a_sender_stands_in_for_a_carrier_until_the_carrier_reports_itself(trade: Trade) -> None:
    shipment = trade.send(trade.carrier)
    stand_in = trade.world.handle(trade.packhouse, (bought(80),), shipment=shipment, leg="lorry")
    assert handled_by(trade.shipment(shipment)) == [(trade.packhouse.id, 80)]
    assert trade.shipment(shipment).handlings[0].stand_in
    own_report = trade.world.handle(trade.carrier, (own(60),), shipment=shipment, leg="lorry")
    after = trade.shipment(shipment)
    assert handled_by(after) == [(trade.carrier.id, 60)]
    assert after.total == fossil(110)
    assert trade.balance("outside_taken_over", trade.packhouse) == NOTHING
    lot = trade.world.receive(trade.importer, shipment)
    receipt = trade.world.logged(lot[:64]).statement.body
    assert receipt.takes_over.handlings == (own_report.digest,)  # type: ignore[attr-defined]
    assert stand_in.digest not in str(plain(trade.world.logged(lot[:64]).statement))


def test_a_consignee_may_stand_in_too(trade: Trade) -> None:
    shipment = trade.send()
    trade.world.handle(trade.importer, (bought(80),), shipment=shipment, leg="last mile")
    assert trade.shipment(shipment).total == fossil(50) + fossil(80, "secondary")


@pytest.mark.parametrize(
    ("lines", "leg"), [((own(5),), "lorry"), ((bought(5), own(1)), "lorry"), ((bought(5),), None)]
)
def test_who_is_not_listed_stands_in_with_gap_lines_and_a_leg_only(
    trade: Trade, lines: tuple[Line, ...], leg: str | None
) -> None:
    shipment = trade.send()
    trade.world.handle(trade.packhouse, lines, shipment=shipment, leg=leg)
    after = trade.shipment(shipment)
    assert (len(after.claimed), after.handlings) == (1, ())


def test_a_stand_in_takes_no_lots(trade: Trade) -> None:
    fuel = trade.world.produce(trade.packhouse, "fuel", kg(1), lines=(own(10),))
    shipment = trade.send()
    trade.world.handle(trade.packhouse, (bought(5),), shipment=shipment, leg="x", inputs=((fuel, kg(1)),))
    assert len(trade.shipment(shipment).claimed) == 1


def test_a_claim_that_a_receipt_accepts_takes_the_place_of_a_stand_in_on_the_same_leg(trade: Trade) -> None:
    shipment = trade.send()
    kept = trade.world.handle(trade.packhouse, (bought(30),), shipment=shipment, leg="to the port")
    trade.world.handle(trade.packhouse, (bought(80),), shipment=shipment, leg="lorry")
    claim = trade.world.handle(trade.carrier, (own(60),), shipment=shipment, leg="lorry")
    lot = trade.world.receive(trade.importer, shipment, claims=(claim,))
    assert trade.kept(lot).total == fossil(110) + fossil(30, "secondary")
    receipt = trade.world.logged(lot[:64]).statement.body
    assert receipt.takes_over.handlings == (kept.digest, claim.digest)  # type: ignore[attr-defined]
    assert trade.balance("outside_taken_over", trade.packhouse) == fossil(30, "secondary")
    assert trade.balance("handling_unassigned", trade.carrier) == NOTHING


def test_a_leg_is_covered_once(trade: Trade) -> None:
    shipment = trade.send(trade.carrier, trade.port)
    first = trade.world.handle(trade.carrier, (own(60),), shipment=shipment, leg="lorry")
    leg = {"key": "lorry", "mode": "road", "mass_mg": "1"}
    again = {"target": {"shipment": shipment}, "lines": [own(1)], "leg": leg}
    error = refused(
        trade.world, as_stated(trade.world, trade.port, "handling/1", again), LegCoveredTwiceError
    )
    assert (error.leg, error.statement) == ("lorry", first.digest)
    late = {"target": {"shipment": shipment}, "lines": [bought(1)], "leg": leg}
    refused(trade.world, as_stated(trade.world, trade.packhouse, "handling/1", late), LegCoveredTwiceError)


def test_two_stand_ins_cannot_cover_one_leg(trade: Trade) -> None:
    shipment = trade.send()
    first = trade.world.handle(trade.packhouse, (bought(60),), shipment=shipment, leg="lorry")
    leg = {"key": "lorry", "mode": "road", "mass_mg": "1"}
    body = {"target": {"shipment": shipment}, "lines": [bought(1)], "leg": leg}
    statement = as_stated(trade.world, trade.importer, "handling/1", body)
    assert refused(trade.world, statement, LegCoveredTwiceError).statement == first.digest


def test_a_receipt_cannot_accept_two_claims_for_one_leg(trade: Trade) -> None:
    shipment = trade.send()
    claims = [
        trade.world.handle(party, (own(60),), shipment=shipment, leg="lorry")
        for party in (trade.carrier, trade.port)
    ]
    with pytest.raises(LegCoveredTwiceError) as caught:
        trade.world.receive(trade.importer, shipment, claims=claims)
    assert caught.value.statement == claims[0].digest
    listed = {"shipment": shipment, "handlings": [claim.digest for claim in claims]}
    body = {"takes_over": listed, "outcome": "accepted", "liability": fossil(170).wire()}
    refused(trade.world, as_stated(trade.world, trade.importer, "receipt/1", body), LegCoveredTwiceError)


def test_handlings_without_a_leg_do_not_cover_each_other(trade: Trade) -> None:
    shipment = trade.send(trade.carrier)
    for _ in range(2):
        trade.world.handle(trade.carrier, (own(5),), shipment=shipment)
    assert trade.shipment(shipment).total == fossil(60)


@pytest.mark.parametrize("accepted", [True, False])
def test_nothing_is_added_to_a_shipment_after_its_receipt(trade: Trade, accepted: bool) -> None:
    shipment = trade.send(trade.carrier)
    receipt = trade.world.receive(trade.importer, shipment, accepted=accepted)[:64]
    body = {"target": {"shipment": shipment}, "lines": [own(1)]}
    error = refused(
        trade.world, as_stated(trade.world, trade.carrier, "handling/1", body), ShipmentClosedError
    )
    assert (error.shipment, error.receipt) == (shipment, receipt)


@pytest.mark.parametrize(("target", "given"), [({}, 0), ({"lot": "", "shipment": ""}, 2)])
def test_a_handling_names_one_shipment_or_one_lot(trade: Trade, target: dict[str, str], given: int) -> None:
    named = {name: {"lot": trade.lot, "shipment": trade.send()}[name] for name in target}
    body = {"target": named, "lines": [own(1)]}
    error = refused(
        trade.world, as_stated(trade.world, trade.carrier, "handling/1", body), HandlingTargetError
    )
    assert error.given == given


def test_a_handling_names_something_that_exists(trade: Trade) -> None:
    body: dict[str, Any] = {"target": {"shipment": "0" * 64}, "lines": [own(1)]}
    statement = as_stated(trade.world, trade.carrier, "handling/1", body)
    assert refused(trade.world, statement, UnknownShipmentError).shipment == "0" * 64
    body = {"target": {"lot": "0" * 64 + ".1"}, "lines": [own(1)]}
    statement = as_stated(trade.world, trade.carrier, "handling/1", body)
    assert refused(trade.world, statement, UnknownLotError).lot == "0" * 64 + ".1"


def test_cooling_ones_own_lot_adds_to_what_is_left_of_it(trade: Trade) -> None:
    trade.send(quantity=kg(500))
    trade.world.handle(trade.packhouse, (own(11),), lot=trade.lot)
    lot = trade.kept(trade.lot)
    assert (lot.balance(), lot.quantity, lot.taken) == (fossil(61), kg(500), 0)
    assert trade.shipment(trade.send(quantity=kg(500))).total == fossil(61)


def test_what_is_claimed_on_somebody_elses_lot_stays_unassigned(trade: Trade) -> None:
    trade.world.handle(trade.port, (own(11),), lot=trade.lot)
    assert trade.kept(trade.lot).total == fossil(100)
    assert trade.balance("handling_unassigned", trade.port) == fossil(11)


def test_nothing_is_added_to_an_empty_lot(trade: Trade) -> None:
    trade.send(quantity=kg(1000))
    body = {"target": {"lot": trade.lot}, "lines": [own(1)]}
    statement = as_stated(trade.world, trade.packhouse, "handling/1", body)
    assert refused(trade.world, statement, ZeroQuantityError).field == "target/lot"


def test_a_lot_is_not_handled_before_it_begins(trade: Trade) -> None:
    body = {"occurred": MAY, "target": {"lot": trade.lot}, "lines": [own(1)]}
    error = refused(trade.world, as_stated(trade.world, trade.packhouse, "handling/1", body), TooEarlyError)
    assert error.what == "the handling"


def test_more_than_a_fifth_added_on_the_way_is_flagged(trade: Trade) -> None:
    shipment = trade.send(trade.carrier)
    trade.world.handle(trade.carrier, (own(10),), shipment=shipment)
    assert not trade.shipment(shipment).beyond_a_fifth()
    trade.world.handle(trade.carrier, (own(1),), shipment=shipment)
    assert trade.shipment(shipment).beyond_a_fifth()


def test_no_more_is_added_to_a_shipment_than_one_receipt_can_list(trade: Trade) -> None:
    shipment = trade.send(trade.carrier)
    many = tuple(Handled(f"{number:064x}", trade.carrier.id, NOTHING) for number in range(200))
    with trade.world.store.write() as writer:
        writer.keep_shipment(replace(trade.shipment(shipment), handlings=many, claimed=many))
    body = {"target": {"shipment": shipment}, "lines": [own(1)]}
    error = refused(
        trade.world, as_stated(trade.world, trade.carrier, "handling/1", body), TooManyHandlingsError
    )
    assert (error.shipment, error.count, error.limit) == (shipment, 200, 200)
    error = refused(
        trade.world, as_stated(trade.world, trade.port, "handling/1", body), TooManyHandlingsError
    )
    assert error.count == 200


# Receipt.


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
