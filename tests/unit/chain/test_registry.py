from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain.errors import UnknownRoleError
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


def test_delegates_and_passkeys_are_not_mirrored() -> None:
    scope = {"kinds": ("handling/1",), "from": "2026-01-01T00:00:00Z", "until": "2026-12-31T00:00:00Z"}
    delegate = replace(KeyRecord(SECOND, 4), delegation=Delegation.model_validate(scope))
    phone = SoftPasskey()
    passkey = KeyRecord(phone.address, 4, passkey=Passkey.model_validate(phone.stated()))
    found = mirrored(organization(KeyRecord(FIRST, 4), delegate, passkey), DAY)
    assert [key.address for key in found.keys] == [FIRST]
