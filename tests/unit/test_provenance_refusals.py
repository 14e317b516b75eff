"""What can't be traced is refused, with the statement and what is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ledger.closure import BundleTooLargeError, UnknownPassportError
from ledger.composition import UnexplainedLiabilityError, UntraceableReferenceError
from ledger.origins import TooManyTiersError, trace
from ledger.provenance import provenance
from ledger.signed import Statement
from ledger.statements import DispatchBody, HandlingBody, ReceiptBody
from tests.builders import World, kg, own
from tests.unit.test_provenance import behind


@pytest.fixture
def world() -> World:
    return World()


def test_more_than_a_hundred_tiers_are_refused(world: World) -> None:
    traders = [world.register(name, "supplier") for name in ("A", "B")]
    lot = world.produce(traders[0], "lychee", kg(1), lines=(own(1000),))
    shipment = ""
    for number in range(101):
        sender, buyer = traders[number % 2], traders[1 - number % 2]
        shipment = world.dispatch(sender, lot, kg(1), to=buyer)
        if number == 99:
            assert provenance(behind(world, shipment), shipment).tiers == 100
        lot = world.receive(buyer, shipment)
    with pytest.raises(TooManyTiersError) as refused:
        trace(behind(world, shipment), shipment)
    assert refused.value.limit == 100


def test_more_than_ten_thousand_statements_are_refused(world: World) -> None:
    with pytest.raises(BundleTooLargeError):
        trace([world.opening] * 10_001, "0" * 64)


def test_a_passport_that_is_not_among_the_statements_is_unknown(world: World) -> None:
    with pytest.raises(UnknownPassportError):
        trace([world.opening], "0" * 64)
    with pytest.raises(UnknownPassportError):
        trace([world.opening], world.opening.digest)


class Forger:
    """Changes a closure as a stranger would."""

    def __init__(self, world: World) -> None:
        self.packhouse, self.carrier = (
            world.register("Packhouse", "supplier"),
            world.register("Carrier", "carrier"),
        )
        lot = world.produce(self.packhouse, "lychee", kg(10), lines=(own(1000),))
        world.handle(self.packhouse, (own(100),), lot=lot)
        first = world.dispatch(self.packhouse, lot, kg(10), to=self.packhouse, handlers=(self.carrier,))
        world.handle(self.carrier, (own(10),), shipment=first)
        received = world.receive(self.packhouse, first)
        self.passport = world.dispatch(self.packhouse, received, kg(10), to=None)
        self.statements = behind(world, self.passport)

    def kind(self, kind: str) -> Statement:
        return next(s for s in self.statements if s.kind == kind)

    def change(self, statement: Statement, **fields: Any) -> None:
        body = statement.body.model_copy(update=fields)
        place = self.statements.index(statement)
        self.statements[place] = replace(statement, body=body)

    def retake(self, statement: Statement, **fields: Any) -> None:
        assert isinstance(statement.body, DispatchBody)
        self.change(statement, take=statement.body.take.model_copy(update=fields))


@pytest.fixture
def forger(world: World) -> Forger:
    return Forger(world)


def refused(forger: Forger, problem: str) -> None:
    with pytest.raises(UntraceableReferenceError) as error:
        trace(forger.statements, forger.passport)
    assert error.value.problem == problem


@pytest.mark.parametrize("kind", ["production/1", "handling/1", "receipt/1"])
def test_a_missing_statement_is_named(forger: Forger, kind: str) -> None:
    forger.statements.remove(forger.kind(kind))
    refused(forger, "is missing")


def test_a_missing_handling_of_the_passport_itself_is_named(forger: Forger, world: World) -> None:
    first = next(s for s in forger.statements if s.kind == "dispatch/1").digest
    statements = behind(world, first)
    handling = next(
        s for s in statements if isinstance(s.body, HandlingBody) and s.body.target.shipment == first
    )
    statements.remove(handling)
    with pytest.raises(UntraceableReferenceError):
        trace(statements, first)


def test_a_closure_out_of_order_is_refused(forger: Forger) -> None:
    forger.statements.reverse()
    refused(forger, "comes after it")


def test_goods_that_come_from_a_registration_are_refused(forger: Forger) -> None:
    registration = forger.kind("registration/1").digest
    dispatch = next(s for s in forger.statements if s.digest == forger.passport)
    forger.retake(dispatch, lot=f"{registration}.0")
    refused(forger, "is no lot")


def test_an_output_that_was_never_made_is_refused(forger: Forger) -> None:
    first = forger.kind("dispatch/1")
    assert isinstance(first.body, DispatchBody)
    forger.retake(first, lot=first.body.take.lot.replace(".0", ".7"))
    refused(forger, "is no lot")


def test_a_basis_that_is_no_addition_is_refused(forger: Forger) -> None:
    first = forger.kind("dispatch/1")
    assert isinstance(first.body, DispatchBody)
    wrong = (forger.kind("production/1").digest,)
    forger.retake(first, basis=first.body.take.basis.model_copy(update={"statements": wrong}))
    refused(forger, "is no addition")


def test_a_statement_that_takes_from_itself_is_refused(forger: Forger) -> None:
    dispatch = next(s for s in forger.statements if s.digest == forger.passport)
    forger.retake(dispatch, lot=f"{forger.passport}.0")
    refused(forger, "is itself")


def test_a_receipt_of_something_else_than_a_shipment_is_refused(forger: Forger) -> None:
    receipt = forger.kind("receipt/1")
    assert isinstance(receipt.body, ReceiptBody)
    wrong = receipt.body.takes_over.model_copy(update={"shipment": forger.kind("production/1").digest})
    forger.change(receipt, takes_over=wrong)
    refused(forger, "is no dispatch")


def test_carbon_out_of_nothing_is_refused(forger: Forger) -> None:
    forger.change(forger.kind("production/1"), lines=())
    with pytest.raises(UnexplainedLiabilityError) as error:
        trace(forger.statements, forger.passport)
    assert error.value.component == "fossil.calculated"


def test_a_handling_larger_than_the_segment_that_holds_it_is_refused(forger: Forger) -> None:
    handling = forger.kind("handling/1")
    assert isinstance(handling.body, HandlingBody)
    line = handling.body.lines[0]
    amount = line.amount.model_copy(update={"components": {"fossil.calculated": "999999"}})
    forger.change(handling, lines=(line.model_copy(update={"amount": amount}),))
    with pytest.raises(UnexplainedLiabilityError):
        trace(forger.statements, forger.passport)


def test_a_receipt_that_lists_something_else_than_a_handling_is_refused(forger: Forger) -> None:
    receipt = forger.kind("receipt/1")
    assert isinstance(receipt.body, ReceiptBody)
    wrong = receipt.body.takes_over.model_copy(update={"handlings": (forger.kind("production/1").digest,)})
    forger.change(receipt, takes_over=wrong)
    refused(forger, "is no handling")
