"""The booked form of a statement: what booking reads of it, as plain values that travel between processes.

The process that reads a logged statement in full, checks its bytes and asks its own rules (`own_rules.py`)
hands this on to the one that keeps the books, which so neither reads JSON nor validates again. It holds
booked parts only (PROTOCOL, Statement), and of lines what the books take of them. Kinds that are rare have
none: they are read from the log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, TypeVar

from ledger.alone import Alone, BookedLine, Checked
from ledger.body import Body, Occurred
from ledger.components import Components
from ledger.interfaces import Logged
from ledger.lines import Basis, Take
from ledger.product import Product
from ledger.signed import Statement
from ledger.statements import (
    DispatchBody,
    Goods,
    HandlingBody,
    Leg,
    Output,
    OutputBalance,
    Policy,
    ProductionBody,
    ReceiptBody,
    TakesOver,
    Target,
    Terms,
)
from ledger.wire import Envelope, Signature, Wire

Form: TypeAlias = tuple[Any, ...]
"""Texts, whole numbers, None, and tuples and dicts of them: what `marshal` writes."""
M = TypeVar("M", bound=Wire)


def has_form(statement: Statement) -> bool:
    """Say whether a statement has a booked form."""
    match statement.body:
        case ProductionBody() as body:
            return body.policy.inputs is None
        case ReceiptBody() as body:
            return body.quantities is None
        case HandlingBody() | DispatchBody():
            return True
        case _:
            return False


def form_of(logged: Logged, alone: Alone) -> Form:
    """Return the booked form of a logged statement that breaks no rule by itself and has such a form."""
    statement, body = logged.statement, logged.statement.body
    occurred = body.occurred
    lines = [(dict(line.components.items()), line.gap, line.method) for line in alone.lines]
    return (
        *(logged.position, logged.at, statement.kind, statement.digest),
        *(statement.envelope.log, statement.issuer, statement.signature.key),
        *(occurred.start, occurred.end, occurred.zone),
        *(tuple(lines), alone.weights, _written(body)),
    )


def logged_of(form: Form) -> Logged:
    """Return the logged statement of a booked form: enough to book it, without its bytes."""
    position, at, kind, digest, log, issuer, key, start, end, zone, lines, weights, written = form
    occurred = _made(Occurred, {"start": start, "end": end, "zone": zone})
    envelope = _made(Envelope, {"kind": kind, "log": log, "issuer": issuer})
    body = _READ[kind](occurred, written)
    booked = [BookedLine(Components.known(vector), gap, method) for vector, gap, method in lines]
    signature = _made(Signature, {"key": key})
    alone = Alone(tuple(booked), weights)
    statement = Checked(envelope, signature, (), body, digest, alone=alone)
    return Logged(position, at, statement, b"", b"")


def _made(model: type[M], values: dict[str, Any]) -> M:
    """Return a model of values that this model has read before, in the other process."""
    made = model.__new__(model)
    made.__dict__.update(values)
    return made


def _written(body: Body) -> Form:
    match body:
        case ProductionBody():
            return _production(body)
        case HandlingBody():
            leg = None if body.leg is None else body.leg.key
            return (body.target.shipment, body.target.lot, _takes(body.inputs), leg)
        case DispatchBody():
            goods = body.goods
            stated = (goods.product, goods.quantity, goods.unit, goods.batch)
            incoterm = None if body.terms is None else body.terms.incoterm
            return (*_take(body.take), body.liability, body.consignee, body.handlers, stated, incoterm)
        case _:
            assert isinstance(body, ReceiptBody)  # noqa: S101 - no other kind has a form
            over = body.takes_over
            return (over.shipment, over.handlings, body.outcome, body.liability, body.handlers)


def _production(body: ProductionBody) -> Form:
    outputs = [
        (
            *(one.balance.no, one.balance.kind, one.balance.quantity, one.balance.unit),
            *(one.balance.weight, one.balance.liability),
            *(one.product.name, one.product.batch, one.product.unit_mass_mg),
        )
        for one in body.outputs
    ]
    return (_takes(body.inputs), tuple(outputs), body.policy.id, body.handlers)


def _takes(takes: tuple[Take, ...]) -> tuple[Form, ...]:
    return tuple([_take(one) for one in takes])


def _take(taken: Take) -> Form:
    basis = taken.basis
    stood = (basis.statements, basis.quantity, basis.liability)
    return (taken.lot, *stood, taken.start, taken.end, taken.liability)


def _read_take(form: Form) -> Take:
    lot, statements, quantity, stood, start, end, liability = form
    basis = _made(Basis, {"statements": statements, "quantity": quantity, "liability": stood})
    values = {"lot": lot, "basis": basis, "start": start, "end": end, "liability": liability}
    return _made(Take, values)


def _read_production(occurred: Occurred, form: Form) -> ProductionBody:
    takes, outputs, policy, handlers = form
    values = {
        "occurred": occurred,
        "inputs": tuple([_read_take(one) for one in takes]),
        "outputs": tuple([_read_output(one) for one in outputs]),
        "policy": _made(Policy, {"id": policy, "inputs": None}),
        "handlers": handlers,
    }
    return _made(ProductionBody, values)


def _read_output(form: Form) -> Output:
    no, kind, quantity, unit, weight, liability, name, batch, mass = form
    stated: Mapping[str, Any] = {"no": no, "kind": kind, "quantity": quantity, "unit": unit}
    balance = _made(OutputBalance, {**stated, "weight": weight, "liability": liability})
    product = _made(Product, {"name": name, "batch": batch, "unit_mass_mg": mass})
    return _made(Output, {"balance": balance, "product": product})


def _read_handling(occurred: Occurred, form: Form) -> HandlingBody:
    shipment, lot, takes, leg = form
    values = {
        "occurred": occurred,
        "target": _made(Target, {"shipment": shipment, "lot": lot}),
        "inputs": tuple([_read_take(one) for one in takes]),
        "leg": None if leg is None else _made(Leg, {"key": leg}),
    }
    return _made(HandlingBody, values)


def _read_dispatch(occurred: Occurred, form: Form) -> DispatchBody:
    *taken, liability, consignee, handlers, stated, incoterm = form
    product, quantity, unit, batch = stated
    goods = {"product": product, "quantity": quantity, "unit": unit, "batch": batch}
    values = {
        "occurred": occurred,
        "take": _read_take(tuple(taken)),
        "liability": liability,
        "consignee": consignee,
        "handlers": handlers,
        "terms": None if incoterm is None else _made(Terms, {"incoterm": incoterm}),
        "goods": _made(Goods, goods),
    }
    return _made(DispatchBody, values)


def _read_receipt(occurred: Occurred, form: Form) -> ReceiptBody:
    shipment, handlings, outcome, liability, handlers = form
    values = {
        "occurred": occurred,
        "takes_over": _made(TakesOver, {"shipment": shipment, "handlings": handlings}),
        "outcome": outcome,
        "liability": liability,
        "quantities": None,
        "handlers": handlers,
    }
    return _made(ReceiptBody, values)


_READ: Final[dict[str, Callable[[Occurred, Form], Body]]] = {
    "production/1": _read_production,
    "handling/1": _read_handling,
    "dispatch/1": _read_dispatch,
    "receipt/1": _read_receipt,
}
"""How the body of each kind is made again that has a booked form."""
