from __future__ import annotations

import hashlib

import pytest

from ledger.identifiers import gs1_check_digit, lot_id, lot_parts, organization_id


def test_an_organization_is_named_by_the_digest_of_its_registration() -> None:
    digest = hashlib.sha256(b"registration").hexdigest()
    name = organization_id(digest)
    assert name.startswith("org_")
    assert len(name) == 36
    assert name == name.lower()
    assert organization_id("00" * 32) == "org_" + "a" * 32
    assert organization_id("ff" * 32) == "org_" + "7" * 32


def test_a_lot_is_named_by_the_statement_that_made_it_and_the_outputs_number() -> None:
    assert lot_parts(lot_id("ab" * 32, 17)) == ("ab" * 32, 17)


@pytest.mark.parametrize(
    ("digits", "check"),
    [("629104150021", "3"), ("00000000000000000", "0"), ("0952100000012", "4"), ("00614141123456789", "0")],
)
def test_a_gs1_key_ends_with_its_check_digit(digits: str, check: str) -> None:
    assert gs1_check_digit(digits) == check
