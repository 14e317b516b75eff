from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.body import Occurred
from ledger.errors import LedgerError
from ledger.forms import (
    CheckDigitError,
    FieldFormError,
    MissingFieldError,
    TooManyItemsError,
    UnknownFieldError,
    named_from,
    validated,
)
from ledger.lines import Basis, Gap, LinePrice, LineSource
from ledger.quantities import AmountFormError, AmountTooLargeError
from ledger.statements import Goods, LogKeys, OutputBalance, Target
from ledger.wire import Envelope, Signature
from tests.unit.test_quantities import NOT_DECIMAL, NOT_WHOLE

BALANCE: dict[str, Any] = {"no": "0", "quantity": "1", "unit": "mg", "weight": "1", "liability": {}}
ENVELOPE: dict[str, Any] = {
    "v": "1",
    "log": "0" * 64,
    "kind": "key/1",
    "id": "01985c6c-0000-7000-8000-000000000000",
    "issuer": "org_" + "a" * 32,
    "signed_at": "2026-07-01T00:00:00Z",
    "summary_template": "key/1/zh-Hans",
    "summary_keccak": "0" * 64,
    "body_digest": "0" * 64,
}
DAY = {"from": "2026-06-01", "to": "2026-06-01", "zone": "Asia/Shanghai"}


def refused(model: Any, value: Any, where: str = "") -> LedgerError:
    with pytest.raises(LedgerError) as caught:
        validated(model, value, where)
    return caught.value


@pytest.mark.parametrize("text", NOT_WHOLE)
def test_a_quantity_on_the_wire_has_one_written_form(text: str) -> None:
    error = refused(OutputBalance, BALANCE | {"quantity": text}, "outputs/0/balance")
    assert isinstance(error, AmountFormError)
    assert (error.field, error.form) == ("outputs/0/balance/quantity", "a whole number")
    error = refused(OutputBalance, BALANCE | {"liability": {"fossil.measured": text}})
    assert isinstance(error, AmountFormError)


@pytest.mark.parametrize("text", NOT_DECIMAL)
def test_an_activity_on_the_wire_has_one_written_form(text: str) -> None:
    tags = {"scope": "1", "stage": "operation"}
    error = refused(LineSource, {"activity": "diesel", "quantity": text, "unit": "L", "tags": tags})
    assert isinstance(error, AmountFormError)
    assert (error.field, error.form) == ("/quantity", "a decimal number")


@pytest.mark.parametrize("value", [1, 1.5, float("nan"), float("inf"), 10**400, None, True, [], {}])
def test_an_amount_on_the_wire_is_a_text(value: object) -> None:
    error = refused(OutputBalance, BALANCE | {"quantity": value})
    assert isinstance(error, FieldFormError)
    assert error.field == "/quantity"
    assert len(error.value) <= 80


def test_an_amount_beyond_the_limit_is_refused_with_both_numbers() -> None:
    assert validated(OutputBalance, BALANCE | {"quantity": str(10**17)}).quantity == str(10**17)
    error = refused(OutputBalance, BALANCE | {"quantity": str(10**17 + 1)})
    assert isinstance(error, AmountTooLargeError)
    assert (error.field, error.value, error.limit) == ("/quantity", 10**17 + 1, 10**17)
    price = {"minor_units": "1", "currency": "CNY", "year": "2026", "price_type": "basic"}
    error = refused(LinePrice, price | {"vat_percent": "100000000000000000.5"})
    assert isinstance(error, AmountTooLargeError)


def test_a_field_that_the_form_lacks_is_named() -> None:
    error = refused(OutputBalance, BALANCE | {"colour": "red"}, "outputs/3/balance")
    assert isinstance(error, UnknownFieldError)
    assert str(error) == "outputs/3/balance/colour is no field of this form. Remove it or correct its name."


def test_a_field_that_is_absent_is_named() -> None:
    error = refused(OutputBalance, {name: BALANCE[name] for name in BALANCE if name != "unit"})
    assert isinstance(error, MissingFieldError)
    assert str(error) == "/unit is missing. Add it."


def test_something_that_is_no_object_at_all_is_refused() -> None:
    error = refused(OutputBalance, ["0"])
    assert isinstance(error, FieldFormError)
    assert error.field == "/"


def test_a_list_longer_than_its_limit_is_refused_with_both_counts() -> None:
    basis = {"quantity": "1", "liability": {}}
    assert len(validated(Basis, basis | {"statements": ["0" * 64] * 200}).statements) == 200
    error = refused(Basis, basis | {"statements": ["0" * 64] * 201}, "take/basis")
    assert isinstance(error, TooManyItemsError)
    assert (error.field, error.count, error.limit) == ("take/basis/statements", 201, 200)


def test_more_components_than_there_are_is_refused() -> None:
    error = refused(Basis, {"quantity": "1", "liability": {f"x{n}": "1" for n in range(67)}})
    assert isinstance(error, TooManyItemsError)
    assert (error.count, error.limit) == (67, 66)


def test_a_complaint_without_a_count_names_the_limit_all_the_same() -> None:
    context = {"actual_length": None, "max_length": 200}
    error = named_from(
        {"type": "too_long", "loc": ("lines",), "ctx": context, "input": [], "msg": "Too long"}
    )
    assert isinstance(error, TooManyItemsError)
    assert error.limit == 200
    assert isinstance(
        named_from({"type": "too_long", "loc": (), "input": "", "msg": "Too long"}), FieldFormError
    )


@pytest.mark.parametrize(
    "date",
    ["2026-02-30", "2026-13-01", "2026-6-1", "20260601", "0000-01-01", "2026-06-01T00:00:00", "٢٠٢٦-٠٦-٠١"],
)
def test_a_day_that_is_in_no_calendar_is_refused(date: str) -> None:
    error = refused(Occurred, DAY | {"to": date}, "occurred")
    assert isinstance(error, FieldFormError)
    assert error.field == "occurred/to"


@pytest.mark.parametrize(
    "zone", ["", "Shanghai", "UTC+8", "localtime", "Factory", "asia/shanghai", "../etc/passwd", "Z" * 100]
)
def test_a_period_is_in_an_iana_zone(zone: str) -> None:
    error = refused(Occurred, DAY | {"zone": zone})
    assert isinstance(error, FieldFormError)
    assert error.field == "/zone"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("v", "2"),
        ("log", "0" * 63),
        ("log", "A" * 64),
        ("log", "0" * 64 + "\n"),
        ("kind", "dispatch"),
        ("kind", "dispatch/0"),
        ("kind", "dispatch/01"),
        ("kind", "dispatch/1000"),
        ("kind", "Dispatch/2"),
        ("kind", "_dispatch/2"),
        ("kind", "dis__patch/2"),
        ("kind", "dispatch/2 "),
        ("kind", "dispatch/٢"),
        ("kind", "a" * 39 + "/1"),
        ("summary_template", "dispatch/2"),
        ("summary_template", "dispatch/2/fr"),
        ("id", "01985c6c-0000-4000-8000-000000000000"),
        ("id", "01985C6C-0000-7000-8000-000000000000"),
        ("issuer", "org_" + "1" * 32),
        ("issuer", None),
        ("signed_at", "2026-13-45T99:99:99Z"),
        ("signed_at", "2026-07-01T00:00:00+00:00"),
        ("summary_template", "key/1/fr"),
        ("body_digest", 0),
    ],
)
def test_an_envelope_is_written_in_one_form(field: str, value: object) -> None:
    assert validated(Envelope, ENVELOPE).model_dump() == ENVELOPE
    error = refused(Envelope, ENVELOPE | {field: value}, "envelope")
    assert isinstance(error, FieldFormError)
    assert error.field.startswith(f"envelope/{field}")


def test_a_signature_is_written_in_one_form() -> None:
    good = {"alg": "eip712-secp256k1", "key": "0x" + "a" * 40, "value": "0x" + "0" * 130}
    assert validated(Signature, good).model_dump() == good
    for wrong in ({"alg": "none"}, {"key": "0x" + "A" * 40}, {"value": "0x" + "0" * 128}):
        assert isinstance(refused(Signature, good | wrong), FieldFormError)


def test_what_was_read_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        validated(OutputBalance, BALANCE).quantity = "2"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("gtin", "123"),
        ("sscc", "٠" * 18),
        ("container", "abcd1234567"),
        ("batch", "with space"),
        ("unit", "kg"),
    ],
)
def test_what_names_goods_has_its_own_form(field: str, value: str) -> None:
    goods = {"product": "lychee", "quantity": "1", "unit": "mg"}
    assert isinstance(refused(Goods, goods | {field: value}), FieldFormError)


@pytest.mark.parametrize(
    ("field", "good", "typed", "right"),
    [
        ("gtin", "06901234567892", "06901234567893", "2"),
        ("gtin", "06901234567892", "06901234657892", "0"),
        ("sscc", "069012340000000016", "069012340000000010", "6"),
        ("container", "MSKU1234565", "MSKU1234566", "5"),
        ("container", "CSQU3054383", "CSQU3045383", "1"),
    ],
)
def test_a_mistyped_number_on_a_label_is_named_with_its_right_check_digit(
    field: str, good: str, typed: str, right: str
) -> None:
    goods = {"product": "lychee", "quantity": "1", "unit": "mg"}
    assert validated(Goods, goods | {field: good}).model_dump()[field] == good
    error = refused(Goods, goods | {field: typed})
    assert isinstance(error, CheckDigitError)
    assert (error.field, error.value, error.expected) == (f"/{field}", typed, right)
    assert f"/{field}: {typed} should end in {right}" in str(error)


def test_the_keys_of_a_log_have_their_own_lengths() -> None:
    assert validated(LogKeys, {"ed25519": "a" * 64, "secp256k1": "02" + "a" * 64}).ed25519 == "a" * 64
    for ed25519, secp256k1 in (
        ("a" * 66, "02" + "a" * 64),
        ("a" * 64, "04" + "a" * 64),
        ("a" * 64, "a" * 64),
    ):
        assert isinstance(refused(LogKeys, {"ed25519": ed25519, "secp256k1": secp256k1}), FieldFormError)


def test_a_gap_has_a_key_a_reason_and_a_factor() -> None:
    assert isinstance(refused(Gap, {"key": "", "reason": "no-passport", "factor": "0" * 64}), FieldFormError)
    assert isinstance(refused(Gap, {"key": "a", "reason": "No Passport", "factor": "0" * 64}), FieldFormError)
    assert isinstance(refused(Gap, {"key": "a", "reason": "no-passport"}), MissingFieldError)


@given(
    st.dictionaries(st.sampled_from(["shipment", "lot", "x"]), st.none() | st.text(max_size=5), max_size=3)
)
def test_no_form_falls_over_what_a_stranger_writes(value: dict[str, Any]) -> None:
    # Anything but a named refusal fails the test.
    with contextlib.suppress(LedgerError):
        validated(Target, value)
