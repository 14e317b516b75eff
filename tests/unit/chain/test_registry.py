from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain.errors import UnknownRoleError
from ledger.chain.registrations import organization_bytes, organization_text, proof_of
from ledger.chain.registry import (
    ROLES,
    MirroredKey,
    MirroredOrganization,
    compare,
    mirrored,
    role_bits,
    role_names,
)
from ledger.errors import LedgerError
from ledger.identity import KeyRecord, Organization, RoleRecord
from ledger.key_bodies import Delegation, Passkey
from tests.builders import World
from tests.passkeys import SoftPasskey

PACKHOUSE = "org_" + "a" * 32
FIRST, SECOND = "0x" + "11" * 20, "0x" + "22" * 20
DAY = "2026-06-01"


def organization(*keys: KeyRecord) -> Organization:
    return Organization(
        id=PACKHOUSE,
        name="Packhouse",
        roles_claimed=("supplier", "port"),
        registered_at=5,
        keys=keys,
        roles=(RoleRecord("port", "2026-01-01", "2026-12-31", "0" * 64),),
    )


@given(st.sets(st.sampled_from(ROLES)))
def test_roles_come_back_from_the_chain_as_they_went(roles: set[str]) -> None:
    assert role_names(role_bits(roles)) == roles


def test_a_role_that_the_chain_has_no_number_for_is_refused() -> None:
    with pytest.raises(UnknownRoleError, match="'smuggler'"):
        role_bits(["smuggler"])


def test_a_bit_without_a_role_is_shown_and_not_dropped() -> None:
    assert role_names(1 << len(ROLES)) == {f"role {len(ROLES)}"}


def test_only_roles_that_count_on_the_day_are_mirrored() -> None:
    assert mirrored(organization(KeyRecord(FIRST, 4)), DAY).roles == {"supplier", "port"}
    assert mirrored(organization(KeyRecord(FIRST, 4)), "2027-06-01").roles == {"supplier"}


@given(
    start=st.integers(min_value=0, max_value=20),
    revoked=st.none() | st.integers(min_value=1, max_value=20),
    expires=st.none() | st.integers(min_value=0, max_value=20),
    position=st.integers(min_value=1, max_value=50),
    second=st.integers(min_value=0, max_value=40),
)
def test_the_mirror_lets_a_key_sign_exactly_when_the_log_does(
    start: int, revoked: int | None, expires: int | None, position: int, second: int
) -> None:
    until_position = None if revoked is None else start + revoked
    until = None if expires is None else datetime.fromtimestamp(expires, UTC)
    state = "revoked" if revoked is not None else "rotated" if expires is not None else "active"
    in_log = organization(
        KeyRecord(FIRST, start, state=state, until_position=until_position, until=until)  # type: ignore[arg-type]
    )
    key = mirrored(in_log, DAY).keys[0]
    on_chain = (
        position >= key.valid_from
        and (key.valid_until is None or position < key.valid_until)
        and (key.expires_at is None or second <= key.expires_at)
    )
    try:
        in_log.check_key(FIRST, position, datetime.fromtimestamp(second, UTC))
    except LedgerError:
        assert not on_chain
    else:
        assert on_chain


def test_every_difference_between_log_and_chain_is_named() -> None:
    in_log = MirroredOrganization(
        PACKHOUSE, frozenset({"port"}), (MirroredKey(FIRST, 5, 9), MirroredKey(SECOND, 7))
    )
    on_chain = MirroredOrganization(PACKHOUSE, frozenset(), (MirroredKey(FIRST, 5),))
    found = {
        difference.fact: (difference.in_log, difference.on_chain) for difference in compare(in_log, on_chain)
    }
    assert found == {
        "roles": (["port"], []),
        f"key {FIRST}": (MirroredKey(FIRST, 5, 9), MirroredKey(FIRST, 5)),
        f"key {SECOND}": (MirroredKey(SECOND, 7), None),
    }
    assert compare(in_log, in_log) == []


def test_an_organization_on_one_side_only_is_a_difference() -> None:
    known = MirroredOrganization(PACKHOUSE, frozenset(), (MirroredKey(FIRST, 5),))
    (missing,) = compare(known, None)
    assert (missing.fact, missing.in_log, missing.on_chain) == ("organization", PACKHOUSE, None)
    (invented,) = compare(None, known)
    assert (invented.fact, invented.in_log, invented.on_chain) == ("organization", None, PACKHOUSE)
    assert compare(None, None) == []


def test_passkeys_are_not_mirrored() -> None:
    phone = SoftPasskey()
    passkey = KeyRecord(phone.address, 4, passkey=Passkey.model_validate(phone.stated()))
    assert [key.address for key in mirrored(organization(KeyRecord(FIRST, 4), passkey), DAY).keys] == [FIRST]
    assert compare(mirrored(organization(passkey), DAY), None) == []


def test_a_delegate_need_not_be_on_the_chain_but_not_otherwise_than_in_the_log() -> None:
    first, gateway = MirroredKey(FIRST, 5), MirroredKey(SECOND, 7, None, 99, "readings")
    in_log = MirroredOrganization(PACKHOUSE, frozenset(), (first, gateway))
    assert compare(in_log, replace(in_log, keys=(first,))) == []
    (longer,) = compare(in_log, replace(in_log, keys=(first, replace(gateway, expires_at=100))))
    assert longer.fact == f"key {SECOND}"
    (unknown,) = compare(replace(in_log, keys=(first,)), in_log)
    assert (unknown.in_log, unknown.on_chain) == (None, gateway)


def test_a_delegate_is_mirrored_as_one_with_its_end_and_a_revoked_key_with_its_reason() -> None:
    scope = Delegation.model_validate(
        {"kinds": ("handling/1",), "from": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}
    )
    end = datetime(2026, 2, 1, tzinfo=UTC)
    gateway, earlier = (
        KeyRecord(SECOND, 6, delegation=scope, until=until) for until in (None, end.replace(day=1, month=1))
    )
    lost = KeyRecord(FIRST, 4, state="revoked", until_position=9, reason="replaced")
    left = KeyRecord(FIRST, 4, state="revoked", until_position=9, reason="other")
    assert mirrored(organization(lost, gateway), DAY).keys == (
        MirroredKey(FIRST, 5, 10, reason="superseded"),
        MirroredKey(SECOND, 7, None, int(end.timestamp()), "readings"),
    )
    assert mirrored(organization(left, earlier), DAY).keys == (
        MirroredKey(FIRST, 5, 10),
        MirroredKey(SECOND, 7, None, int(end.replace(day=1, month=1).timestamp()), "readings"),
    )


def test_a_registration_shows_whose_its_id_is_unless_its_key_lives_in_a_phone() -> None:
    world = World()
    farm = world.register("Farm")
    with world.store.read() as view:
        statement = view.identity_statements(farm.id)[0].statement
    proof = proof_of(statement)
    assert proof is not None
    assert organization_text(hashlib.sha256(proof.envelope).digest()[:20]) == farm.id
    assert organization_bytes(farm.id) == hashlib.sha256(proof.envelope).digest()[:20]
    assert list(proof.part_digests) == sorted(proof.part_digests)
    phone = tuple(
        part.model_copy(update={"value": {**part.value, "alg": "webauthn-es256"}})
        if part.path == "/key"
        else part
        for part in statement.parts
    )
    assert proof_of(replace(statement, parts=phone)) is None
