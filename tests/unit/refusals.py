"""What a refusal leaves behind: nothing. And statements as a stranger would sign them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, TypeVar

import pytest

from ledger import signing
from ledger.errors import LedgerError
from ledger.forms import validated
from ledger.interfaces import LedgerView
from ledger.parts import model_of
from ledger.services import BatchError
from ledger.signed import Statement, draft
from tests.builders import JUNE, Party, World, registration

E = TypeVar("E", bound=LedgerError)


def everything(world: World) -> dict[str, Any]:
    """Return all that the ledger holds: log, tree, books."""
    with world.store.read() as view:
        return _held(view)


def _held(view: LedgerView) -> dict[str, Any]:
    newest = view.checkpoint()
    return {
        "size": view.size(),
        "leaves": [logged.leaf_hash for logged in view.entries(0, view.size())],
        "root": newest.root if newest else None,
        "balances": list(view.balances()),
        "movements": list(view.movements()),
        "organizations": view.organizations(limit=10**6),
        "lots": view.lots(limit=10**6),
        "shipments": view.shipments(limit=10**6),
    }


def refused(world: World, statement: Statement, error: type[E]) -> E:
    """Post a good statement and this one in one batch: refused by this error, nothing is half-written."""
    newcomer = Party("Newcomer", ("buyer",), signing.new_private_key())
    good = as_stated(world, newcomer, "registration/1", registration(newcomer))
    before = everything(world)
    with pytest.raises(BatchError) as caught:
        world.post(good, statement)
    assert caught.value.index == 1
    cause = caught.value.cause
    assert type(cause) is error, repr(cause)
    assert str(cause) in str(caught.value)
    assert everything(world) == before
    return cause


def as_stated(
    world: World,
    party: Party,
    kind: str,
    body: Mapping[str, Any],
    *,
    key: bytes | None = None,
    log: str | None = None,
    issuer: str | None = None,
    id_: str | None = None,
) -> Statement:
    """Sign a whole body as it is, without asking the books."""
    model = validated(model_of(kind), {"occurred": JUNE, "ref": secrets.token_hex(16), **body})
    by = party.id if issuer is None else issuer
    made = draft(kind, model, log=log or world.log_id, issuer=by, identifier=id_, signed_at=world.clock.time)
    return made.sign(key or party.key)


def plain(statement: Statement) -> dict[str, Any]:
    """Return a statement's body as plain values, to be altered."""
    return statement.body.model_dump(mode="json", by_alias=True, exclude_none=True)
