from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger import signing
from ledger.forms import validated
from ledger.signed import Statement, draft
from ledger.statements import LogOpenBody
from ledger.terms import NotALogOpeningError, address_of_public_key, log_id_of, terms_of
from tests.builders import JUNE, Party, World, registration
from tests.unit.refusals import as_stated


def test_an_address_follows_from_the_public_key() -> None:
    key = signing.new_private_key()
    public = ec.derive_private_key(int.from_bytes(key), ec.SECP256K1()).public_key()
    compressed = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    assert address_of_public_key(compressed) == signing.address_of(key)
    with pytest.raises(ValueError, match="Invalid EC key"):
        address_of_public_key(b"\x02" + b"\xff" * 32)


def opening(world: World, *, key: bytes | None = None, log: str | None = None, **changes: Any) -> Statement:
    plain = world.opening.body.model_dump(by_alias=True, exclude_none=True) | changes
    body = validated(LogOpenBody, plain)
    return draft("log_open/1", body, log=log or log_id_of(body), issuer="").sign(key or world.operator.key)


def test_a_log_is_what_its_first_entry_says_for_ever() -> None:
    world = World()
    terms = terms_of(world.opening)
    assert terms == world.ledger.terms
    assert terms.accreditors == (world.accreditor.address,)
    assert (terms.gwp, terms.origin) == ("AR5", "ledger.example/test")
    assert terms_of(opening(world)) == terms
    assert terms_of(opening(world, ref=secrets.token_hex(16))).log_id != terms.log_id
    assert terms_of(opening(world, occurred=JUNE | {"to": "2026-06-29"})).log_id != terms.log_id


def test_a_log_is_opened_with_its_own_key_under_its_own_id() -> None:
    world = World()
    point = {"ed25519": "00" * 32, "secp256k1": "02" + "ff" * 32}
    party = Party("New")
    wrong = (
        opening(world, key=signing.new_private_key()),
        opening(world, log="0" * 64),
        opening(world, keys=point),
        replace(
            world.opening, envelope=world.opening.envelope.model_copy(update={"issuer": "org_" + "a" * 32})
        ),
        as_stated(world, party, "registration/1", registration(party)),
    )
    for statement in wrong:
        with pytest.raises(NotALogOpeningError) as caught:
            terms_of(statement)
        assert caught.value.kind == statement.kind
        assert "signed by the key that it names" in str(caught.value)
