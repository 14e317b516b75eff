from __future__ import annotations

import hashlib

import pytest

from ledger.identifiers import container_check_digit, gs1_check_digit, lot_id, lot_parts, organization_id


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


@pytest.mark.parametrize(("prefix", "check"), [("MWCU605978", "4"), ("CSQU305438", "3"), ("CBHU320273", "2")])
def test_a_container_number_ends_with_its_check_digit(prefix: str, check: str) -> None:
    assert container_check_digit(prefix) == check


def test_a_container_whose_remainder_is_ten_ends_with_zero() -> None:
    ten = [f"MWCU{number:06}" for number in range(40) if _sum(f"MWCU{number:06}") % 11 == 10]
    assert ten
    assert {container_check_digit(prefix) for prefix in ten} == {"0"}


def _sum(prefix: str) -> int:
    values = {"M": 24, "W": 35, "C": 13, "U": 32}
    return sum((values.get(sign) or int(sign)) * 2**i for i, sign in enumerate(prefix))
