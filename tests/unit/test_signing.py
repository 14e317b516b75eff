"""Who signed what: EIP-712 statements by users, acknowledgements by the log."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import eip712, encodings, signing
from ledger.errors import LedgerError

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "signing"
STATEMENTS = json.loads((VECTORS / "statements.json").read_text())
ACKNOWLEDGEMENT = json.loads((VECTORS / "acknowledgement.json").read_text())
FIRST = STATEMENTS["statements"][0]
ENVELOPE: dict[str, Any] = FIRST["envelope"]
SIGNATURE: dict[str, Any] = FIRST["signature"]


@pytest.fixture(params=["coincurve", "eth-keys"], scope="module")
def form(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run a test with the native curve and without it."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "eth-keys":
            patch.setattr(signing, "coincurve", None)
        yield str(request.param)


def random_envelope(chance: random.Random) -> tuple[dict[str, str], str]:
    pool = "abcXYZ 0123/-:\"'\\荔枝é🍒"
    text = ["".join(chance.choices(pool, k=chance.randrange(20))) for _ in range(6)]
    envelope = {
        "v": chance.choice(["1", "2", text[5]]),
        "log": chance.randbytes(32).hex(),
        "kind": text[0],
        "id": text[1],
        "issuer": text[2],
        "signed_at": text[3],
        "summary_template": text[4],
        "summary_keccak": signing.summary_keccak(text[5]),
        "body_digest": chance.randbytes(32).hex(),
    }
    return envelope, text[5]


def test_ten_thousand_random_statements_have_the_digest_that_eth_account_gives_them() -> None:
    chance = random.Random(712)  # noqa: S311 - the same statements every time
    for _ in range(10_000):
        envelope, summary = random_envelope(chance)
        signable = encode_typed_data(full_message=signing.typed_data(envelope, summary))
        expected = keccak(b"\x19" + signable.version + signable.header + signable.body)
        assert signing.statement_digest(envelope) == expected


@pytest.mark.usefixtures("form")
def test_both_curves_sign_alike_and_name_the_same_signer() -> None:
    chance = random.Random(256)  # noqa: S311 - the same statements every time
    for _ in range(60):
        envelope, summary = random_envelope(chance)
        key = chance.randbytes(32)
        signature = signing.sign(envelope, key)
        signable = encode_typed_data(full_message=signing.typed_data(envelope, summary))
        assert signature["value"] == "0x" + bytes(Account.sign_message(signable, key).signature).hex()
        assert signing.check_signature(envelope, signature) == signing.address_of(key) == signature["key"]
        assert signature["key"] == Account.from_key(key).address.lower()


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("vector", STATEMENTS["statements"], ids=lambda vector: vector["envelope"]["kind"])
def test_a_statement_is_signed_as_a_wallet_would(vector: dict[str, Any]) -> None:
    envelope = vector["envelope"]
    assert signing.summary_keccak(vector["summary"]) == envelope["summary_keccak"]
    assert signing.typed_data(envelope, vector["summary"]) == vector["typed_data"]
    assert signing.statement_digest(envelope).hex() == vector["digest"]
    assert signing.sign(envelope, bytes.fromhex(vector["private_key"])) == vector["signature"]
    assert signing.check_signature(envelope, vector["signature"]) == vector["signature"]["key"]


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("vector", STATEMENTS["refused"], ids=lambda vector: vector["name"])
def test_a_signature_that_does_not_hold_is_refused_by_name(vector: dict[str, Any]) -> None:
    with pytest.raises(LedgerError) as refused:
        signing.check_signature(ENVELOPE, vector["signature"])
    assert type(refused.value).__name__ == vector["error"]
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    "signature",
    [
        {},
        {**SIGNATURE, "extra": ""},
        {"alg": SIGNATURE["alg"], "key": SIGNATURE["key"]},
        {**SIGNATURE, "key": None},
        {**SIGNATURE, "value": 5},
        {**SIGNATURE, "value": SIGNATURE["value"] + "\n"},
        {**SIGNATURE, "key": SIGNATURE["key"][:-1]},
    ],
    ids=repr,
)
def test_a_signature_has_exactly_its_three_fields_in_their_form(signature: dict[str, Any]) -> None:
    with pytest.raises(signing.SignatureFormError):
        signing.check_signature(ENVELOPE, signature)


@pytest.mark.parametrize("algorithm", ["", None, "EIP712-SECP256K1", "webauthn-es384"])
def test_an_algorithm_of_another_version_is_named(algorithm: Any) -> None:
    with pytest.raises(signing.UnknownAlgorithmError):
        signing.check_signature(ENVELOPE, {**SIGNATURE, "alg": algorithm})


@pytest.mark.usefixtures("form")
def test_a_signature_over_a_point_that_gives_no_key_is_refused() -> None:
    # s·R = z·G gives the point at infinity: R = G, s = z.
    x = 0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798  # SEC 2, section 2.4.1
    for tries in range(100):
        envelope = {**ENVELOPE, "id": str(tries)}
        s = int.from_bytes(signing.statement_digest(envelope)) % signing.ORDER
        if s <= signing.ORDER // 2:
            break
    with pytest.raises(signing.UnrecoverableSignatureError):
        signing.check_signature(envelope, {**SIGNATURE, "value": f"0x{x:064x}{s:064x}1b"})


@pytest.mark.usefixtures("form")
@given(st.sampled_from(sorted(ENVELOPE)), st.integers(0, 10_000), st.integers(1, 255))
@settings(max_examples=40)
def test_any_changed_character_of_an_envelope_breaks_its_signature(field: str, at: int, change: int) -> None:
    raw = bytearray(ENVELOPE[field].encode())
    raw[at % len(raw)] ^= change
    changed = {**ENVELOPE, field: raw.decode("latin-1")}
    with pytest.raises(
        (signing.WrongKeyError, signing.EnvelopeFormError, signing.UnrecoverableSignatureError)
    ):
        signing.check_signature(changed, SIGNATURE)


@pytest.mark.parametrize("field", ["log", "summary_keccak", "body_digest"])
@pytest.mark.parametrize(
    "value", ["", "0x" + "a" * 64, "A" * 64, "a" * 63, " " + "a" * 63, "é" * 64, None, 5]
)
def test_digests_in_an_envelope_have_one_form(field: str, value: Any) -> None:
    with pytest.raises(signing.EnvelopeFormError) as refused:
        signing.statement_digest({**ENVELOPE, field: value})
    assert refused.value.field == field


@pytest.mark.parametrize("field", ["v", "kind", "id", "issuer", "signed_at", "summary_template"])
@pytest.mark.parametrize("value", [None, 5, ["a"], "\ud800"], ids=ascii)
def test_texts_in_an_envelope_are_texts(field: str, value: Any) -> None:
    with pytest.raises(signing.EnvelopeFormError) as refused:
        signing.statement_digest({**ENVELOPE, field: value})
    assert refused.value.field == field


@pytest.mark.parametrize("field", sorted(ENVELOPE))
def test_a_missing_field_of_an_envelope_is_named(field: str) -> None:
    with pytest.raises(signing.EnvelopeFormError) as refused:
        signing.statement_digest({name: value for name, value in ENVELOPE.items() if name != field})
    assert refused.value.field == field


def test_a_wallet_never_shows_another_line_than_the_one_drafted() -> None:
    with pytest.raises(signing.SummaryDigestError) as refused:
        signing.typed_data(ENVELOPE, FIRST["summary"] + "0")
    assert refused.value.stated == ENVELOPE["summary_keccak"]


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("key", [b"", b"\0" * 32, b"\xff" * 32, b"\1" * 31, signing.ORDER.to_bytes(32)])
def test_bytes_that_are_no_private_key_sign_nothing(key: bytes) -> None:
    with pytest.raises(signing.PrivateKeyError):
        signing.sign(ENVELOPE, key)


@pytest.mark.usefixtures("form")
def test_new_keys_differ_and_sign() -> None:
    keys = {signing.new_private_key() for _ in range(5)}
    assert len(keys) == 5
    for key in keys:
        assert signing.check_signature(ENVELOPE, signing.sign(ENVELOPE, key)) == signing.address_of(key)


def test_a_locked_key_opens_with_its_passphrase_only() -> None:
    key = signing.new_private_key()
    locked = signing.lock_key(key, "orchard", scrypt_cost=2)
    assert key.hex() not in json.dumps(locked)
    assert signing.unlock_key(locked, "orchard", "grower") == key
    with pytest.raises(signing.WrongPassphraseError, match="grower"):
        signing.unlock_key(locked, "Orchard", "grower")


def test_an_acknowledgement_is_the_logs_word_on_exactly_its_fields() -> None:
    fields, public_key = ACKNOWLEDGEMENT["fields"], ACKNOWLEDGEMENT["public_key"]
    signing.check_acknowledgement(fields, ACKNOWLEDGEMENT["signature"], public_key)
    with pytest.raises(signing.AcknowledgementSignatureError, match=public_key):
        signing.check_acknowledgement({**fields, "index": 8}, ACKNOWLEDGEMENT["signature"], public_key)
    with pytest.raises(encodings.Base64FormError):
        signing.check_acknowledgement(fields, ACKNOWLEDGEMENT["signature"].rstrip("="), public_key)
    with pytest.raises(encodings.HexFormError):
        signing.check_acknowledgement(fields, ACKNOWLEDGEMENT["signature"], public_key.upper())


def test_another_logs_key_acknowledges_nothing_here() -> None:
    key = Ed25519PrivateKey.generate()
    fields = ACKNOWLEDGEMENT["fields"]
    signature = signing.sign_acknowledgement(fields, key)
    signing.check_acknowledgement(fields, signature, key.public_key().public_bytes_raw().hex())
    with pytest.raises(signing.AcknowledgementSignatureError):
        signing.check_acknowledgement(fields, signature, ACKNOWLEDGEMENT["public_key"])


def test_what_the_log_signs_as_an_acknowledgement_is_no_bare_document() -> None:
    key = Ed25519PrivateKey.generate()
    public_key = key.public_key().public_bytes_raw().hex()
    bare = encodings.base64_text(key.sign(b'{"index":1}'))
    with pytest.raises(signing.AcknowledgementSignatureError):
        signing.check_acknowledgement({"index": 1}, bare, public_key)


def test_a_curve_that_is_not_installed_is_done_without() -> None:
    assert signing._optional("no_such_curve") is None


def test_a_refusal_without_a_culprit_names_the_envelope() -> None:
    assert eip712._text_refusal(ENVELOPE).field == "envelope"
