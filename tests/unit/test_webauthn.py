"""Passkeys: the standard's own vectors, and every way in which a phone's signature is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from ledger import webauthn
from ledger.errors import LedgerError
from ledger.forms import FieldFormError, validated
from ledger.key_bodies import Passkey
from ledger.webauthn import (
    P256_ORDER,
    Assertion,
    AuthenticatorDataError,
    ClientDataError,
    PasskeyAddressError,
    PasskeyCeremonyError,
    PasskeyChallengeError,
    PasskeyFormError,
    PasskeyHighSError,
    PasskeyOriginError,
    PasskeySignatureError,
    PasskeyTermsError,
    RelyingPartyError,
    UserPresenceError,
    UserVerificationError,
    base64url,
    check_assertion,
    check_passkey,
    check_terms,
    client_data,
    low_s,
    passkey_address,
    read_assertion,
)
from tests.passkeys import SoftPasskey

VECTORS = Path(__file__).parents[1] / "vectors" / "signing" / "webauthn_level_3.json"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
CHALLENGE = bytes(range(32))


def published() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(VECTORS.read_bytes())["vectors"]
    return found


def assertion_of(vector: dict[str, Any]) -> tuple[Assertion, str]:
    r, s = decode_dss_signature(bytes.fromhex(vector["signature_der"]))
    x, y = bytes.fromhex(vector["x"]), bytes.fromhex(vector["y"])
    public_key = bytes([2 + y[-1] % 2]) + x
    authenticator = bytes.fromhex(vector["authenticator_data"])
    client = bytes.fromhex(vector["client_data"])
    raw = r.to_bytes(32) + s.to_bytes(32)
    return Assertion(public_key, authenticator, client, raw), passkey_address(public_key)


@pytest.mark.parametrize("vector", published(), ids=lambda vector: str(vector["section"]))
def test_the_vectors_of_web_authentication_level_3_verify(vector: dict[str, Any]) -> None:
    assertion, address = assertion_of(vector)
    challenge = bytes.fromhex(vector["challenge"])
    value = replace(assertion, signature=low_s(assertion.signature)).value()
    terms = validated(
        Passkey,
        {
            "public_key": assertion.public_key.hex(),
            "rp_id": "example.org",
            "origins": ["https://example.org"],
            "user_verification": "preferred",
        },
    )
    if vector["embedded"]:
        # The standard leaves it to us if another site may show the page: it may not.
        with pytest.raises(PasskeyCeremonyError):
            check_assertion(challenge, address, value)
        webauthn._check_es256(read_assertion(value), address)
        return
    read = check_assertion(challenge, address, value)
    check_terms(address, terms, read)
    assert client_data(read)["origin"] == "https://example.org"


@pytest.mark.parametrize("vector", published(), ids=lambda vector: str(vector["section"]))
def test_a_vector_with_a_high_s_is_refused_as_it_stands(vector: dict[str, Any]) -> None:
    assertion, address = assertion_of(vector)
    high = int.from_bytes(assertion.signature[32:]) > P256_ORDER // 2
    assert high == vector["high_s"]
    if high and not vector["embedded"]:
        with pytest.raises(PasskeyHighSError):
            check_assertion(bytes.fromhex(vector["challenge"]), address, assertion.value())


def test_a_signature_has_one_value() -> None:
    passkey = SoftPasskey()
    value = passkey.sign(CHALLENGE)
    assert read_assertion(value).value() == value
    assert check_assertion(CHALLENGE, passkey.address, value).value() == value


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("change", ["padding", "short", "long", "alphabet", "loose bits"])
def test_a_part_in_another_form_is_refused(number: int, change: str) -> None:
    passkey = SoftPasskey()
    parts = passkey.sign(CHALLENGE).split(".")
    text = parts[number]
    parts[number] = {
        "padding": text + "=",
        "short": base64url(b"{"),
        "long": base64url(bytes(2000)),
        "alphabet": "+" + text[1:],
        "loose bits": text[:-1] + LETTERS[LETTERS.index(text[-1]) + 1] if len(text) % 4 else text + "A",
    }[change]
    with pytest.raises(PasskeyFormError):
        read_assertion(".".join(parts))


@pytest.mark.parametrize("value", ["", "a.b.c", "0x" + "00" * 65, "a.b.c.d.e"])
def test_a_value_of_other_parts_is_refused(value: str) -> None:
    with pytest.raises(PasskeyFormError):
        read_assertion(value)


def test_a_public_key_that_is_no_point_is_refused() -> None:
    with pytest.raises(PasskeyFormError, match="no point of P-256"):
        passkey_address(b"\x02" + b"\xff" * 32)


def refusal(error: type[LedgerError], passkey: SoftPasskey | None = None, **told: Any) -> LedgerError:
    """Return why a signature is refused that reports something otherwise."""
    passkey = passkey or SoftPasskey()
    value = passkey.sign(CHALLENGE, **told)
    with pytest.raises(error) as caught:
        check_assertion(CHALLENGE, passkey.address, value)
    assert type(caught.value) is error
    return caught.value


def test_another_key_than_the_named_one_is_refused() -> None:
    first, second = SoftPasskey(), SoftPasskey()
    with pytest.raises(PasskeyAddressError) as caught:
        check_assertion(CHALLENGE, first.address, second.sign(CHALLENGE))
    assert (caught.value.named, caught.value.computed) == (first.address, second.address)


@pytest.mark.parametrize(
    "raw",
    [
        b"[]",
        b"\xff\xfe",
        b'{"',
        b'\xef\xbb\xbf{"type":"webauthn.get"}',
        b'{"type":"webauthn.get","type":"webauthn.get"}',
        b'{"type":NaN}',
        b'{"a":{"b":1,"b":1}}',
        b"[" * 1024,
    ],
)
def test_client_data_that_is_no_object_with_each_name_once_is_refused(raw: bytes) -> None:
    refusal(ClientDataError, raw_client=raw)


def test_members_that_are_not_known_are_left_alone() -> None:
    passkey = SoftPasskey()
    more = {"other_keys_can_be_added_here": {"a": [1.5, None, "ü"]}, "tokenBinding": {"status": "supported"}}
    check_assertion(CHALLENGE, passkey.address, passkey.sign(CHALLENGE, client=more))


@pytest.mark.parametrize(
    ("client", "name"),
    [
        ({"type": "webauthn.create"}, "type"),
        ({"type": 5}, "type"),
        ({"crossOrigin": True}, "crossOrigin"),
        ({"crossOrigin": 0}, "crossOrigin"),
        ({"topOrigin": "https://evil.example"}, "topOrigin"),
    ],
)
def test_another_ceremony_or_one_in_another_page_is_refused(client: dict[str, Any], name: str) -> None:
    error = refusal(PasskeyCeremonyError, client=client)
    assert isinstance(error, PasskeyCeremonyError)
    assert error.field == name


@pytest.mark.parametrize("challenge", [base64url(bytes(32)), base64url(CHALLENGE) + "=", 5, None])
def test_a_signature_over_another_challenge_is_refused(challenge: Any) -> None:
    refusal(PasskeyChallengeError, client={"challenge": challenge})


@pytest.mark.parametrize(
    ("flags", "extensions"),
    [(5 | 64, b""), (5 | 128, b""), (5, b"\xa0"), (5 | 16, b"")],
)
def test_authenticator_data_that_contradicts_itself_is_refused(flags: int, extensions: bytes) -> None:
    refusal(AuthenticatorDataError, flags=flags, extensions=extensions)


def test_extensions_and_a_backup_are_nothing_to_refuse() -> None:
    passkey = SoftPasskey()
    value = passkey.sign(CHALLENGE, flags=5 | 8 | 16 | 128, extensions=b"\xa1aa\x01")
    check_assertion(CHALLENGE, passkey.address, value)


def test_authenticator_data_that_is_cut_off_is_refused() -> None:
    passkey = SoftPasskey()
    whole = passkey.assertion(CHALLENGE)
    cut = replace(whole, authenticator_data=whole.authenticator_data[:36])
    with pytest.raises(PasskeyFormError, match="36 bytes"):
        check_assertion(CHALLENGE, passkey.address, cut.value())


def test_a_signature_without_anybody_there_is_refused() -> None:
    refusal(UserPresenceError, flags=4)


def test_the_other_value_of_s_that_verifies_is_refused() -> None:
    passkey = SoftPasskey()
    whole = passkey.assertion(CHALLENGE)
    s = P256_ORDER - int.from_bytes(whole.signature[32:])
    high = replace(whole, signature=whole.signature[:32] + s.to_bytes(32))
    with pytest.raises(PasskeyHighSError):
        check_assertion(CHALLENGE, passkey.address, high.value())


@pytest.mark.parametrize("half", [0, P256_ORDER, 2**256 - 1])
@pytest.mark.parametrize("first", [True, False])
def test_r_and_s_lie_in_range(half: int, *, first: bool) -> None:
    passkey = SoftPasskey()
    whole = passkey.assertion(CHALLENGE)
    raw = half.to_bytes(32)
    signature = raw + whole.signature[32:] if first else whole.signature[:32] + raw
    with pytest.raises(PasskeySignatureError):
        check_assertion(CHALLENGE, passkey.address, replace(whole, signature=signature).value())


def test_a_report_that_was_changed_after_signing_is_refused() -> None:
    passkey = SoftPasskey()
    whole = passkey.assertion(CHALLENGE, flags=1)
    claimed = replace(whole, authenticator_data=whole.authenticator_data[:32] + b"\x05" + bytes(4))
    with pytest.raises(PasskeySignatureError):
        check_assertion(CHALLENGE, passkey.address, claimed.value())


def terms(passkey: SoftPasskey) -> Passkey:
    return validated(Passkey, passkey.stated())


def test_a_signature_for_another_site_or_page_is_refused() -> None:
    passkey = SoftPasskey()
    with pytest.raises(RelyingPartyError) as elsewhere:
        check_terms(passkey.address, terms(passkey), passkey.assertion(CHALLENGE, rp_id="evil.example"))
    assert elsewhere.value.rp_id == passkey.rp_id
    with pytest.raises(PasskeyOriginError) as page:
        check_terms(
            passkey.address, terms(passkey), passkey.assertion(CHALLENGE, origin="https://evil.example")
        )
    assert (page.value.origin, page.value.allowed) == ("https://evil.example", passkey.origins)


def test_a_page_of_the_same_site_counts_only_where_it_is_named() -> None:
    passkey = SoftPasskey(origins=("https://passports.example", "https://farm.passports.example"))
    for origin in passkey.origins:
        check_terms(passkey.address, terms(passkey), passkey.assertion(CHALLENGE, origin=origin))
    for origin in (
        "https://x.passports.example",
        "https://passports.example:444",
        "http://passports.example",
    ):
        with pytest.raises(PasskeyOriginError):
            check_terms(passkey.address, terms(passkey), passkey.assertion(CHALLENGE, origin=origin))


def test_who_asks_for_a_fingerprint_gets_no_signature_without() -> None:
    passkey = SoftPasskey()
    touched = passkey.assertion(CHALLENGE, flags=1)
    with pytest.raises(UserVerificationError):
        check_terms(passkey.address, terms(passkey), touched)
    passkey.user_verification = "preferred"
    check_terms(passkey.address, terms(passkey), touched)


@pytest.mark.parametrize(
    ("origins", "problem"),
    [
        (("http://passports.example",), "is not https"),
        (("https://evil.example",), "no page of"),
        (("https://evilpassports.example",), "no page of"),
        (("https://passports.example", "https://passports.example"), "twice"),
    ],
)
def test_pages_that_are_not_of_the_site_or_not_safe_are_not_registered(
    origins: tuple[str, ...], problem: str
) -> None:
    passkey = SoftPasskey(origins=origins)
    with pytest.raises(PasskeyTermsError, match=problem):
        check_passkey(passkey.address, terms(passkey))


def test_this_machine_itself_is_safe_without_https() -> None:
    passkey = SoftPasskey(rp_id="localhost", origins=("http://localhost:8000",))
    check_passkey(passkey.address, terms(passkey))
    with pytest.raises(PasskeyAddressError):
        check_passkey(SoftPasskey().address, terms(passkey))


@pytest.mark.parametrize(
    "change",
    [
        {"origins": []},
        {"origins": ["https://passports.example/"]},
        {"origins": ["passports.example"]},
        {"rp_id": "Passports.example"},
        {"public_key": "04" + "ab" * 32},
        {"user_verification": "discouraged"},
    ],
)
def test_what_is_registered_of_a_passkey_has_its_form(change: dict[str, Any]) -> None:
    with pytest.raises((FieldFormError, LedgerError)):
        validated(Passkey, {**SoftPasskey().stated(), **change})
