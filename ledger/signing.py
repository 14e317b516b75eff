"""Signatures: EIP-712 by whoever states something, Ed25519 by the log.

A statement is signed as typed data (EIP-712), so any wallet can show what it signs. The digest is built
here on a C keccak; `coincurve` recovers keys when it is installed, the plain Python of `eth-keys`
otherwise, with the same verdicts.
"""

from __future__ import annotations

import importlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Final, TypedDict

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger import webauthn
from ledger.canonical import encode
from ledger.eip712 import EnvelopeFormError, SummaryDigestError, statement_digest, summary_keccak, typed_data
from ledger.encodings import base64_bytes, base64_text, hex_bytes
from ledger.errors import LedgerError
from ledger.keccak import keccak256

__all__ = [
    "ACKNOWLEDGEMENT_PREFIX",
    "ALGORITHM",
    "ORDER",
    "AcknowledgementSignatureError",
    "EnvelopeFormError",
    "HighSError",
    "PrivateKeyError",
    "Signature",
    "SignatureFormError",
    "SignatureVError",
    "SummaryDigestError",
    "UnknownAlgorithmError",
    "UnrecoverableSignatureError",
    "WrongKeyError",
    "WrongPassphraseError",
    "address_of",
    "check_acknowledgement",
    "check_signature",
    "lock_key",
    "new_private_key",
    "recovered_signer",
    "sign",
    "sign_acknowledgement",
    "sign_digest",
    "statement_digest",
    "summary_keccak",
    "typed_data",
    "unlock_key",
]


def _optional(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:  # a speed-up; without it eth-keys recovers
        return None


coincurve = _optional("coincurve")

ALGORITHM: Final = "eip712-secp256k1"
ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""The order n of the secp256k1 group (SEC 2, version 2, section 2.4.1)."""

ACKNOWLEDGEMENT_PREFIX: Final = b"Carbon Passport Ledger acknowledgement/1\n"
"""What the log's key signs begins with its purpose, so that it can't pass for a checkpoint."""

_SIGNATURE_VALUE = re.compile(r"0x[0-9a-f]{130}")
_ADDRESS = re.compile(r"0x[0-9a-f]{40}")
_FIELDS = {"alg", "key", "value"}


class Signature(TypedDict):
    """A signature as it travels: `alg`, the signer's address `key`, and r, s, v as `value`."""

    alg: str
    key: str
    value: str


@dataclass(eq=False)
class PrivateKeyError(LedgerError):
    """Bytes that are no private key."""

    sentence: ClassVar[str] = (
        "A private key has 32 bytes and lies between 1 and n - 1; got {size_bytes} bytes."
    )
    size_bytes: int


@dataclass(eq=False)
class SignatureFormError(LedgerError):
    """A signature that isn't in its one form."""

    sentence: ClassVar[str] = "The signature's field {field} is {text!a}: {needed}."
    field: str
    text: str
    needed: str


@dataclass(eq=False)
class UnknownAlgorithmError(LedgerError):
    """A signature of a kind that this version can't check."""

    sentence: ClassVar[str] = (
        "The signature's algorithm {algorithm!a} isn't known: sign with eip712-secp256k1."
    )
    algorithm: str


@dataclass(eq=False)
class SignatureVError(LedgerError):
    """A recovery number other than 27 or 28."""

    sentence: ClassVar[str] = "The signature ends with v = {v}: it must be 27 or 28."
    v: int


@dataclass(eq=False)
class HighSError(LedgerError):
    """The second form of a signature, which anybody can make from the first."""

    sentence: ClassVar[str] = (
        "The signature's s is above n / 2 (EIP-2): sign again with a wallet that writes low s."
    )


@dataclass(eq=False)
class UnrecoverableSignatureError(LedgerError):
    """Numbers that no key can have signed with."""

    sentence: ClassVar[str] = (
        "No key can have made this signature: r is no point of the curve, or r or s is out of range."
    )


@dataclass(eq=False)
class WrongKeyError(LedgerError):
    """Another key signed, or another text was signed."""

    sentence: ClassVar[str] = (
        "The signature names key {declared}, but over this text it is one of {recovered}."
    )
    declared: str
    recovered: str


@dataclass(eq=False)
class AcknowledgementSignatureError(LedgerError):
    """An acknowledgement that the log's key didn't sign."""

    sentence: ClassVar[str] = "The acknowledgement isn't signed by the log's key {public_key}."
    public_key: str


@dataclass(eq=False)
class WrongPassphraseError(LedgerError):
    """A passphrase that doesn't open the key."""

    sentence: ClassVar[str] = "The passphrase doesn't open the key {name}."
    name: str


def sign(envelope: Mapping[str, Any], private_key: bytes) -> Signature:
    """Sign a statement with a user's key.

    Args:
        envelope: as `statement_digest`.
        private_key: 32 bytes.

    Returns:
        The signature: deterministic (RFC 6979), low s, v 27 or 28.

    Raises:
        EnvelopeFormError: a field is missing or not in its form.
        PrivateKeyError: bytes that are no private key.
    """
    value = sign_digest(statement_digest(envelope), private_key)
    return {"alg": ALGORITHM, "key": address_of(private_key), "value": value}


def sign_digest(digest: bytes, private_key: bytes) -> str:
    """Sign an EIP-712 digest of 32 bytes; return r, s, v as 0x and 130 lower-case hex digits, s low.

    Raises:
        PrivateKeyError: bytes that are no private key.
    """
    address_of(private_key)
    value: bytes
    if coincurve is not None:
        value = coincurve.PrivateKey(private_key).sign_recoverable(digest, hasher=None)
    else:
        value = _eth_keys().PrivateKey(private_key, backend=_plain()).sign_msg_hash(digest).to_bytes()
    return "0x" + value[:64].hex() + f"{value[64] + 27:02x}"


def check_signature(envelope: Mapping[str, Any], signature: Mapping[str, Any]) -> str:
    """Check that the named key signed this statement.

    1. form; 2. algorithm; 3. v; 4. r and s in range, s low; 5. the key recovered is the one named.

    Returns:
        The signer's address, 0x and 40 lower-case hex digits.

    A passkey's is checked by `webauthn.check_assertion`, with the same digest as its challenge.

    Raises:
        SignatureFormError: step 1.
        UnknownAlgorithmError: step 2.
        SignatureVError: step 3.
        HighSError: step 4.
        UnrecoverableSignatureError: steps 4 and 5.
        WrongKeyError: step 5.
        LedgerError: any rule of `webauthn.check_assertion`.
        EnvelopeFormError: a field of the envelope is missing or not in its form.
    """
    if signature.get("alg") == webauthn.ALGORITHM and set(signature) == _FIELDS:
        return _check_passkey(envelope, signature)
    declared, value = _signature_fields(signature)
    _check_numbers(value)
    recovered = _address(_recover(statement_digest(envelope), value[:64] + bytes([value[64] - 27])))
    if recovered != declared:
        raise WrongKeyError(declared, recovered)
    return recovered


def _check_passkey(envelope: Mapping[str, Any], signature: Mapping[str, Any]) -> str:
    address, value = signature["key"], signature["value"]
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address) or not isinstance(value, str):
        raise SignatureFormError("key", str(address)[:80], "it must be 0x and 40 lower-case hex digits")
    webauthn.check_assertion(statement_digest(envelope), address, value)
    return address


def recovered_signer(digest: bytes, signature: str) -> str:
    """Return the address of the one key that can have signed an EIP-712 digest of 32 bytes so.

    Raises:
        SignatureFormError: the signature isn't 0x and 130 lower-case hex digits.
        SignatureVError: v is neither 27 nor 28.
        HighSError: s isn't low.
        UnrecoverableSignatureError: no key can have signed so.
    """
    value = _value_bytes(signature)
    _check_numbers(value)
    return _address(_recover(digest, value[:64] + bytes([value[64] - 27])))


def new_private_key() -> bytes:
    """Make a fresh secp256k1 private key, 32 bytes from the system's randomness."""
    return (secrets.randbelow(ORDER - 1) + 1).to_bytes(32)


def address_of(private_key: bytes) -> str:
    """Return the address that a private key signs for, 0x and 40 lower-case hex digits.

    Raises:
        PrivateKeyError: bytes that are no private key.
    """
    if len(private_key) != 32 or not 0 < int.from_bytes(private_key) < ORDER:
        raise PrivateKeyError(len(private_key))
    if coincurve is not None:
        return _address(coincurve.PublicKey.from_valid_secret(private_key).format(compressed=False)[1:])
    return _address(_eth_keys().PrivateKey(private_key, backend=_plain()).public_key.to_bytes())


def lock_key(private_key: bytes, passphrase: str, scrypt_cost: int | None = None) -> dict[str, Any]:
    """Encrypt a private key as a V3 keystore.

    Args:
        private_key: 32 bytes.
        passphrase: what opens it again.
        scrypt_cost: scrypt's N, a power of two; None takes the library's default.

    Raises:
        PrivateKeyError: bytes that are no private key.
    """
    address_of(private_key)
    account = importlib.import_module("eth_account").Account
    locked: dict[str, Any] = account.encrypt(private_key, passphrase, kdf="scrypt", iterations=scrypt_cost)
    return locked


def unlock_key(locked: Mapping[str, Any], passphrase: str, name: str) -> bytes:
    """Decrypt a V3 keystore.

    Raises:
        WrongPassphraseError: the passphrase doesn't open it.
    """
    account = importlib.import_module("eth_account").Account
    try:
        return bytes(account.decrypt(dict(locked), passphrase))
    except ValueError:  # "MAC mismatch"
        raise WrongPassphraseError(name) from None


def sign_acknowledgement(fields: Mapping[str, Any], key: Ed25519PrivateKey) -> str:
    """Sign the log's answer to a statement: Ed25519 over a prefix and the canonical fields.

    Returns:
        64 bytes as base64.

    Raises:
        UnencodableValueError: fields without a canonical form.
    """
    return base64_text(key.sign(ACKNOWLEDGEMENT_PREFIX + encode(dict(fields))))


def check_acknowledgement(fields: Mapping[str, Any], signature: str, public_key: str) -> None:
    """Check that the log signed an acknowledgement.

    Args:
        fields: what was acknowledged, without the signature.
        signature: 64 bytes as base64.
        public_key: the log's Ed25519 key, 64 lower-case hex digits.

    Raises:
        HexFormError: the key isn't in its form.
        Base64FormError: the signature isn't in its form.
        AcknowledgementSignatureError: another key signed, or another text.
    """
    key = hex_bytes(public_key, 32, "log key")
    value = base64_bytes(signature, 64, "acknowledgement signature")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(value, ACKNOWLEDGEMENT_PREFIX + encode(dict(fields)))
    except InvalidSignature:
        raise AcknowledgementSignatureError(public_key) from None


def _signature_fields(signature: Mapping[str, Any]) -> tuple[str, bytes]:
    if set(signature) != _FIELDS:
        raise SignatureFormError("signature", str(signature)[:80], "it has exactly alg, key and value")
    algorithm, key, value = signature["alg"], signature["key"], signature["value"]
    if algorithm != ALGORITHM:
        raise UnknownAlgorithmError(str(algorithm)[:80])
    if not isinstance(key, str) or not _ADDRESS.fullmatch(key):
        raise SignatureFormError("key", str(key)[:80], "it must be 0x and 40 lower-case hex digits")
    return key, _value_bytes(value)


def _value_bytes(value: Any) -> bytes:
    if not isinstance(value, str) or not _SIGNATURE_VALUE.fullmatch(value):
        raise SignatureFormError("value", str(value)[:150], "it must be 0x and 130 lower-case hex digits")
    return bytes.fromhex(value[2:])


def _check_numbers(value: bytes) -> None:
    """Check v, and that r and s are in range with s low."""
    if value[64] not in {27, 28}:
        raise SignatureVError(value[64])
    r, s = int.from_bytes(value[:32]), int.from_bytes(value[32:64])
    if not (0 < r < ORDER and 0 < s < ORDER):
        raise UnrecoverableSignatureError
    if s > ORDER // 2:
        raise HighSError


def _address(public_key: bytes) -> str:
    return "0x" + keccak256(public_key)[12:].hex()


def _recover(digest: bytes, value: bytes) -> bytes:
    """Return the public key, 64 bytes x ‖ y, that made r ‖ s ‖ recovery number over a digest."""
    if coincurve is not None:
        try:
            key = coincurve.PublicKey.from_signature_and_message(value, digest, hasher=None)
        except ValueError:
            raise UnrecoverableSignatureError from None
        point: bytes = key.format(compressed=False)[1:]
        return point
    try:
        recovered: bytes = _plain().ecdsa_recover(digest, _eth_keys().Signature(value)).to_bytes()
    except importlib.import_module("eth_keys.exceptions").BadSignature:
        raise UnrecoverableSignatureError from None
    return recovered


@lru_cache(maxsize=1)
def _eth_keys() -> Any:
    # Loaded when first needed: a verifier with coincurve starts without it.
    return importlib.import_module("eth_keys.datatypes")


@lru_cache(maxsize=1)
def _plain() -> Any:
    return importlib.import_module("eth_keys.backends.native").NativeECCBackend()
