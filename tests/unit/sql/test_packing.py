"""Vectors and lists in one column come back as they were, and nothing else is taken for one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.components import NAMES, Components
from ledger.identity import KeyRecord, Organization, RoleRecord
from ledger.lots import Handled
from ledger.quantities import MAX_AMOUNT, AmountTooLargeError
from ledger.sql.packing import (
    pack_handled,
    pack_organization,
    pack_vector,
    unpack_components,
    unpack_handled,
    unpack_organization,
    unpack_vector,
)

VECTORS = st.dictionaries(
    st.integers(0, len(NAMES) - 1), st.integers(-MAX_AMOUNT, MAX_AMOUNT).filter(bool), max_size=len(NAMES)
)


@given(VECTORS)
def test_a_vector_comes_back_as_it_was(amounts: dict[int, int]) -> None:
    packed = pack_vector(amounts)
    assert unpack_vector(packed) == amounts
    assert list(unpack_vector(packed)) == sorted(amounts)
    assert len(packed) == 10 * len(amounts)


@given(st.binary(max_size=60))
def test_what_unpacks_is_in_the_one_form(packed: bytes) -> None:
    try:
        amounts = unpack_vector(packed)
        assert pack_vector(amounts) == packed
    except (ValueError, AmountTooLargeError):
        return


def test_zeros_are_left_out_and_order_doesnt_matter() -> None:
    assert pack_vector({5: 1, 2: 0, 1: 7}) == pack_vector({1: 7, 5: 1})
    assert pack_vector({}) == b""


def test_more_than_the_books_hold_is_not_packed() -> None:
    with pytest.raises(AmountTooLargeError, match=r"fossil\.calculated"):
        pack_vector({1: MAX_AMOUNT + 1})
    with pytest.raises(AmountTooLargeError):
        pack_vector({1: -MAX_AMOUNT - 1})


@pytest.mark.parametrize(
    "packed",
    [
        b"123",
        pack_vector({1: 7}) * 2,
        pack_vector({5: 1}) + pack_vector({1: 1}),
        b"\x01\x00" + bytes(8),
        b"\xff\x00" + (7).to_bytes(8, "little"),
        pack_vector({1: 1}) * 99,
    ],
)
def test_other_bytes_are_no_vector(packed: bytes) -> None:
    with pytest.raises(ValueError, match="vector"):
        unpack_vector(packed)


def test_a_lot_holds_no_negative_component() -> None:
    assert unpack_components(pack_vector({1: 7})) == Components({1: 7})
    assert unpack_components(b"") == Components()
    with pytest.raises(ValueError, match="below 0"):
        unpack_components(pack_vector({1: -7}))


def test_an_organization_comes_back_with_keys_and_roles() -> None:
    until = datetime(2026, 7, 8, 9, 10, 11, tzinfo=UTC)
    organization = Organization(
        "org_a",
        "果园",
        ("farmer", "carrier"),
        7,
        (KeyRecord("0x1", 6, "rotated", 9, until), KeyRecord("0x2", 9), KeyRecord("0x3", 9, "revoked", 12)),
        (RoleRecord("carrier", "2026-01-01", "2026-12-31", "d" * 64),),
    )
    assert unpack_organization("org_a", pack_organization(organization)) == organization


def test_handlings_come_back_in_their_order() -> None:
    handlings = (
        Handled("a" * 64, "org_a", Components({1: 7, 3: 8}), "lorry", stand_in=True),
        Handled("b" * 64, "org_b", Components()),
    )
    assert unpack_handled(pack_handled(handlings)) == handlings
    assert unpack_handled(pack_handled(())) == ()
