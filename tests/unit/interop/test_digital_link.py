"""The address in a passport's QR code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.identifiers import gs1_check_digit
from ledger.interop.digital_link import (
    DigitalLink,
    DigitalLinkFormError,
    Gs1BatchError,
    Gs1CheckDigitError,
    Gs1KeyFormError,
    parse_path,
    passport_address,
    passport_path,
    resolve,
)
from ledger.statements import Goods
from tests.builders import World, kg, own, take

ID = "0123456789abcdef" * 4
SERIAL = ID[:20]
GTIN = "06901234567892"
SSCC = "069012340000000016"


def goods(**keys: Any) -> Goods:
    """Return goods as they are stated, without the checks of the wire: a wrong key is the point."""
    none = dict.fromkeys(("gtin", "batch", "sscc", "container"))
    return Goods.model_construct(product="lychee", quantity="1", unit="mg", **{**none, **keys})


def test_the_keys_of_these_tests_have_right_check_digits() -> None:
    assert gs1_check_digit(GTIN[:-1]) == GTIN[-1]
    assert gs1_check_digit(SSCC[:-1]) == SSCC[-1]


def test_goods_with_gtin_and_batch_are_named_by_both_and_a_serial_of_twenty_characters() -> None:
    path = passport_path(ID, goods(gtin=GTIN, batch="L/7"))
    assert path == f"/01/{GTIN}/10/L%2F7/21/{SERIAL}"
    assert parse_path(path) == DigitalLink(gtin=GTIN, batch="L/7", serial=SERIAL)


def test_goods_without_batch_are_named_by_gtin_and_serial() -> None:
    path = passport_path(ID, goods(gtin=GTIN))
    assert path == f"/01/{GTIN}/21/{SERIAL}"
    assert parse_path(path) == DigitalLink(gtin=GTIN, serial=SERIAL)


def test_a_logistic_unit_is_named_by_its_sscc() -> None:
    path = passport_path(ID, goods(sscc=SSCC), {"link": "secret"})
    assert path == f"/00/{SSCC}?p={SERIAL}&link=secret"
    assert parse_path(f"/00/{SSCC}", {"p": SERIAL}) == DigitalLink(sscc=SSCC, serial=SERIAL)


def test_other_goods_are_named_by_the_passport_itself() -> None:
    assert passport_path(ID, goods(batch="L7")) == f"/p/{ID}"
    assert passport_path(ID, goods(), {"link": "x"}) == f"/p/{ID}?link=x"


def test_an_address_has_the_ledgers_origin_and_falls_back_to_the_plain_page() -> None:
    assert passport_address("https://ledger.example/", ID, goods(gtin=GTIN)).startswith(
        f"https://ledger.example/01/{GTIN}/"
    )
    wrong = goods(gtin="06901234567890")
    assert passport_address("https://ledger.example", ID, wrong) == f"https://ledger.example/p/{ID}"
    assert passport_address("", ID, wrong, {"link": "x"}) == f"/p/{ID}?link=x"


@pytest.mark.parametrize(("key", "value"), [("gtin", "06901234567890"), ("sscc", "069012340000000010")])
def test_a_wrong_check_digit_is_named_with_the_right_one(key: str, value: str) -> None:
    with pytest.raises(Gs1CheckDigitError) as refused:
        passport_path(ID, goods(**{key: value}))
    assert refused.value.expected in {GTIN[-1], SSCC[-1]}


@given(st.text("0123456789", min_size=13, max_size=13), st.integers(1, 9))
def test_every_other_last_digit_is_refused(digits: str, off: int) -> None:
    right = gs1_check_digit(digits)
    assert parse_path(f"/01/{digits}{right}/21/{SERIAL}").gtin == digits + right
    wrong = str((int(right) + off) % 10)
    with pytest.raises(Gs1CheckDigitError):
        parse_path(f"/01/{digits}{wrong}/21/{SERIAL}")


@pytest.mark.parametrize("value", ["123", "٠٦٩٠١٢٣٤٥٦٧٨٩٢", GTIN + "0", "0690123456789x"])
def test_a_gtin_of_other_length_or_characters_is_refused(value: str) -> None:
    with pytest.raises(Gs1KeyFormError):
        parse_path(f"/01/{value}/21/{SERIAL}")


@pytest.mark.parametrize("batch", ["L#7", "L~7", "荔枝", "x" * 21])
def test_a_batch_that_no_label_can_carry_is_refused(batch: str) -> None:
    with pytest.raises(Gs1BatchError):
        parse_path(f"/01/{GTIN}/10/{batch}/21/{SERIAL}")
    if batch.isascii() and len(batch) < 20:
        with pytest.raises(Gs1BatchError):
            passport_path(ID, goods(gtin=GTIN, batch=batch))


@pytest.mark.parametrize(
    "path",
    [
        "/",
        f"/01/{GTIN}",
        f"/01/{GTIN}/10/L7",
        f"/01/{GTIN}/21/short",
        f"/01/{GTIN}/21/{SERIAL.upper()}",
        f"/01/{GTIN}/21",
        f"/01/{GTIN}/17/260101/21/{SERIAL}",
        f"/01/{GTIN}/01/{GTIN}/21/{SERIAL}",
        f"/00/{SSCC}/21/{SERIAL}",
        f"/414/0690123456789/21/{SERIAL}",
        f"/01/{GTIN}/10/{'%41' * 80}/21/{SERIAL}",
    ],
)
def test_other_paths_lead_to_no_passport(path: str) -> None:
    with pytest.raises(DigitalLinkFormError):
        parse_path(path)


def test_a_link_leads_to_the_passport_whose_goods_it_names() -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    lot = world.produce(farm, "lychee", kg(20), lines=(own(8),), batch="L7")
    body = {"take": take(lot, kg(1)), "consignee": "outside"}
    keyed = {"product": "lychee", "quantity": str(kg(1)), "unit": "mg", "gtin": GTIN, "batch": "L7"}
    passport = world.state(farm, "dispatch/1", {**body, "goods": keyed}).digest
    serial = passport[:20]
    with world.store.read() as view:
        shipment = view.shipment(passport)
        assert shipment is not None
        view.keep_shipment(replace(shipment, id=lot.split(".")[0]))
        assert resolve(DigitalLink(serial=lot[:20]), view) is None
        assert resolve(DigitalLink(gtin=GTIN, batch="L7", serial=serial), view) == passport
        assert resolve(DigitalLink(gtin=GTIN, batch="L8", serial=serial), view) is None
        assert resolve(DigitalLink(sscc=SSCC, serial=serial), view) is None
        assert resolve(DigitalLink(gtin=GTIN, serial="f" * 20), view) is None
        assert resolve(DigitalLink(sscc=SSCC), view) is None
