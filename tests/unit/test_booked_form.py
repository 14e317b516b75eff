"""What another process hands on of a statement is what it says, and the rest is read from the log."""

from __future__ import annotations

import marshal
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from pydantic import BaseModel

from ledger.alone import Alone, Checked
from ledger.booked_form import form_of, has_form, logged_of
from ledger.interfaces import Logged
from ledger.own_rules import alone
from ledger.statements import ProductionBody
from tests.builders import World, a_season
from tests.unit.stocked import stocked


@pytest.fixture(scope="module")
def log() -> list[Logged]:
    """A season of all kinds, as it was logged."""
    world = World()
    a_season(world)
    stocked(world)
    with world.store.read() as view:
        return list(view.entries(0, view.size()))


def handed_on(logged: Logged, log: list[Logged]) -> Checked:
    """Return a statement after its booked form has travelled to another process."""
    found = alone(logged.statement, datetime.fromisoformat(logged.at), logged.statement.envelope.log)
    form = marshal.loads(marshal.dumps(form_of(logged, found)))  # noqa: S302 - written just here
    again = logged_of(form, lambda position: log[position])
    assert (again.position, again.at) == (logged.position, logged.at)
    assert isinstance(again.statement, Checked)
    return again.statement


def check_same(ours: Any, theirs: Any) -> None:
    """Check field by field, all the way down."""
    if isinstance(theirs, BaseModel):
        assert isinstance(ours, type(theirs))
        for name in type(theirs).model_fields:
            check_same(getattr(ours, name), getattr(theirs, name))
    elif isinstance(theirs, tuple):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            check_same(one, other)
    else:
        assert ours == theirs


def test_a_statement_says_the_same_after_its_form_has_travelled(log: list[Logged]) -> None:
    formed = [logged for logged in log if has_form(logged.statement)]
    kinds = {logged.statement.kind for logged in formed}
    assert kinds == {"production/1", "handling/1", "dispatch/1", "receipt/1"}
    for logged in formed:
        again, whole = handed_on(logged, log), logged.statement
        assert (again.kind, again.issuer, again.digest) == (whole.kind, whole.issuer, whole.digest)
        check_same(again.envelope, whole.envelope)
        check_same(again.signature, whole.signature)
        check_same(again.body, whole.body)


def test_what_booking_reads_needs_no_look_into_the_log(log: list[Logged]) -> None:
    logged = next(one for one in log if one.statement.kind == "production/1" and has_form(one.statement))
    again, whole = handed_on(logged, []), logged.statement.body
    assert isinstance(again.body, ProductionBody)
    assert isinstance(whole, ProductionBody)
    stated = [line.amount.components for line in whole.lines]
    assert [line.components.wire() for line in again.alone.lines] == stated
    assert [line.amount.components for line in again.body.lines] == stated
    assert not hasattr(again.body, "_nothing")
    with pytest.raises(IndexError):
        _ = again.body.note


def test_what_is_stated_in_parts_of_its_own_is_read_whole(log: list[Logged]) -> None:
    whole = {logged.statement.kind for logged in log if not has_form(logged.statement)}
    assert {"correction/1", "disposal/1", "registration/1", "log_open/1"} <= whole
    disposal = next(logged for logged in log if logged.statement.kind == "disposal/1")
    log_id = log[0].statement.envelope.log
    assert alone(disposal.statement, datetime.fromisoformat(disposal.at), log_id) == Alone()


def test_what_is_partly_hidden_is_read_whole(log: list[Logged]) -> None:
    statement = next(logged.statement for logged in log if has_form(logged.statement))
    assert not has_form(replace(statement, hidden=("00" * 32,)))
