"""The booked form of a statement: what booking reads of it, as plain values that travel between processes.

The process that reads a logged statement in full, checks its bytes and asks its own rules (`own_rules.py`)
hands this on to the one that keeps the books, which so neither reads JSON nor validates again. It holds
booked parts only (PROTOCOL, Statement), and of lines what the books take of them. Kinds that are rare have
none: they are read from the log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias, TypeVar

from ledger.alone import Alone, BookedLine, Checked
from ledger.body import Body, Occurred
from ledger.components import Components
from ledger.interfaces import Logged
from ledger.lines import Basis, Gap, Line, LineAmount, Take
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
_Whole: TypeAlias = Callable[[], Any]
"""Returns the whole of what is there in parts."""


def has_form(statement: Statement) -> bool:
    """Say whether a statement has a booked form."""
    if statement.hidden:
        return False
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
    return (
        logged.position,
        logged.at,
        statement.kind,
        statement.digest,
        statement.envelope.log,
        statement.issuer,
        statement.signature.alg,
        statement.signature.key,
        (occurred.start, occurred.end, occurred.zone),
        tuple([(dict(line.components.items()), line.gap, line.method) for line in alone.lines]),
        alone.weights,
        _written(body),
    )


class _Partly:
    """A model of which some fields were read; the others are read from the log when they are asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = self.__dict__[name] = self._asked(name)
        return value

    def _asked(self, name: str) -> Any:
        return getattr(self.__dict__["_whole"](), name)


class _Lined(_Partly):
    """A body of which the books have its lines: their amounts are made from what the books take of them."""

    def _asked(self, name: str) -> Any:
        if name != "lines":
            return super()._asked(name)
        whole = self.__dict__["_whole"]
        return tuple([_line(one, at, whole) for at, one in enumerate(self.__dict__["_booked"])])


class _Envelope(_Partly, Envelope):
    """Kind, log and issuer are there."""


class _Signature(_Partly, Signature):
    """How it was signed and the key are there."""


class _Production(_Lined, ProductionBody):
    """Period, inputs, outputs, policy and handlers are there."""


class _Handling(_Lined, HandlingBody):
    """Period, target, inputs and leg are there."""


class _Line(_Partly, Line):
    """Its amount is there."""


class _Amount(_Partly, LineAmount):
    """The components are there, and the gap."""


class _Gap(_Partly, Gap):
    """Its key is there."""


class _Leg(_Partly, Leg):
    """Its key is there."""


class _Dispatch(_Partly, DispatchBody):
    """Period, interval, liability, consignee, handlers, terms and goods are there."""


class _Goods(_Partly, Goods):
    """Product, quantity, unit and batch are there."""


class _Product(_Partly, Product):
    """Name, batch and unit mass are there."""


class _Receipt(_Partly, ReceiptBody):
    """Period, shipment, handlings, outcome, liability and handlers are there."""


def logged_of(form: Form, read: Callable[[int], Logged]) -> Logged:
    """Return the logged statement of a booked form: enough to book it, without its bytes.

    Args:
        form: the booked form.
        read: returns an entry of the log by its position, for whoever asks for more of it.
    """
    position, at, kind, digest, log, issuer, alg, key, occurred, lines, weights, written = form

    def whole() -> Statement:
        return read(position).statement

    booked = tuple([BookedLine(Components.known(vector), gap, method) for vector, gap, method in lines])
    body = _READ[kind](_occurred(*occurred), written, lambda: whole().body)
    if booked:
        body.__dict__["_booked"] = booked
    statement = Checked(
        _made(_Envelope, {"kind": kind, "log": log, "issuer": issuer, "_whole": lambda: whole().envelope}),
        _made(_Signature, {"alg": alg, "key": key, "_whole": lambda: whole().signature}),
        (),
        body,
        digest,
        alone=Alone(booked, weights),
    )
    return Logged(position, at, statement, b"", b"")


@lru_cache(maxsize=1 << 12)
def _occurred(start: str, end: str, zone: str) -> Occurred:
    return _made(Occurred, {"start": start, "end": end, "zone": zone})


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


def _line(booked: BookedLine, number: int, whole: _Whole) -> Line:
    def amount() -> LineAmount:
        found: LineAmount = whole().lines[number].amount
        return found

    gap = None if booked.gap is None else _made(_Gap, {"key": booked.gap, "_whole": lambda: amount().gap})
    stated = {"components": booked.components.wire(), "gap": gap, "_whole": amount}
    return _made(_Line, {"amount": _made(_Amount, stated), "_whole": lambda: whole().lines[number]})


def _read_take(form: Form) -> Take:
    lot, statements, quantity, stood, start, end, liability = form
    basis = _made(Basis, {"statements": statements, "quantity": quantity, "liability": stood})
    values = {"lot": lot, "basis": basis, "start": start, "end": end, "liability": liability}
    return _made(Take, values)


def _read_production(occurred: Occurred, form: Form, whole: _Whole) -> ProductionBody:
    takes, outputs, policy, handlers = form
    values = {
        "occurred": occurred,
        "inputs": tuple([_read_take(one) for one in takes]),
        "outputs": tuple([_read_output(one, at, whole) for at, one in enumerate(outputs)]),
        "policy": _policy(policy),
        "handlers": handlers,
        "_whole": whole,
    }
    return _made(_Production, values)


@lru_cache(maxsize=64)
def _policy(identifier: str) -> Policy:
    return _made(Policy, {"id": identifier, "inputs": None})


def _read_output(form: Form, at: int, whole: _Whole) -> Output:
    no, kind, quantity, unit, weight, liability, name, batch, mass = form
    stated: Mapping[str, Any] = {"no": no, "kind": kind, "quantity": quantity, "unit": unit}
    balance = _made(OutputBalance, {**stated, "weight": weight, "liability": liability})
    product = {"name": name, "batch": batch, "unit_mass_mg": mass}
    made = _made(_Product, {**product, "_whole": lambda: whole().outputs[at].product})
    return _made(Output, {"balance": balance, "product": made})


def _read_handling(occurred: Occurred, form: Form, whole: _Whole) -> HandlingBody:
    shipment, lot, takes, leg = form
    values = {
        "occurred": occurred,
        "target": _made(Target, {"shipment": shipment, "lot": lot}),
        "inputs": tuple([_read_take(one) for one in takes]),
        "leg": None if leg is None else _made(_Leg, {"key": leg, "_whole": lambda: whole().leg}),
        "_whole": whole,
    }
    return _made(_Handling, values)


def _read_dispatch(occurred: Occurred, form: Form, whole: _Whole) -> DispatchBody:
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
        "goods": _made(_Goods, {**goods, "_whole": lambda: whole().goods}),
        "_whole": whole,
    }
    return _made(_Dispatch, values)


def _read_receipt(occurred: Occurred, form: Form, whole: _Whole) -> ReceiptBody:
    shipment, handlings, outcome, liability, handlers = form
    values = {
        "occurred": occurred,
        "takes_over": _made(TakesOver, {"shipment": shipment, "handlings": handlings}),
        "outcome": outcome,
        "liability": liability,
        "quantities": None,
        "handlers": handlers,
        "_whole": whole,
    }
    return _made(_Receipt, values)


_READ: Final[dict[str, Callable[[Occurred, Form, _Whole], Body]]] = {
    "production/1": _read_production,
    "handling/1": _read_handling,
    "dispatch/1": _read_dispatch,
    "receipt/1": _read_receipt,
}
"""How the body of each kind is made again that has a booked form."""
