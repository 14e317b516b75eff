"""Passkeys: a phone's fingerprint signs, by Web Authentication (W3C, Level 3); only bytes are checked.

What the phone signs is its own report (authenticator data) and the digest of the browser's (client data);
the challenge in it is the same EIP-712 digest that any other key signs. A signature's value is four parts
in base64url, joined by dots: public key (compressed point of P-256, 33 bytes), authenticator data, client
data, r ‖ s (64 bytes, s low). A passkey is named like any key: 0x and the last 20 bytes of the Keccak-256
of its point. Where and how it may sign (`Passkey`) stands under a signature since it was registered.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger.errors import LedgerError
from ledger.keccak import keccak256
from ledger.key_bodies import Passkey

ALGORITHM: Final = "webauthn-es256"
CEREMONY: Final = "webauthn.get"
P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of P-256's base point (NIST SP 800-186, 3.2.1.3)."""
SIZES: Final = {
    "public key": (33, 33),
    "authenticator data": (37, 512),
    "client data": (2, 1024),
    "signature": (64, 64),
}
"""Bytes of each part, from and to; authenticator data begins with 32 + 1 + 4 bytes (Level 3, 6.1)."""
USER_PRESENT, USER_VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED, EXTENDED = 1, 4, 8, 16, 64, 128
"""The flags of authenticator data (Level 3, 6.1)."""
_LOOPBACK: Final = re.compile(r"http://localhost(:[0-9]{1,5})?")


@dataclass(eq=False)
class PasskeyFormError(LedgerError):
    """A passkey's signature doesn't have its one form."""

    part: str
    problem: str
    sentence: ClassVar[str] = "The passkey's {part} is refused: {problem}. Let the browser sign again."


@dataclass(eq=False)
class PasskeyAddressError(LedgerError):
    """A passkey's public key is not the one that its address names."""

    named: str
    computed: str
    sentence: ClassVar[str] = "The signature names key {named}, but its public key is that of {computed}."


@dataclass(eq=False)
class ClientDataError(LedgerError):
    """What the browser reported is no JSON object with each name once."""

    problem: str
    sentence: ClassVar[str] = "The passkey's client data is refused: {problem}. Let the browser sign again."


@dataclass(eq=False)
class PasskeyCeremonyError(LedgerError):
    """The browser did something else than let a passkey sign, or did it for another page's frame."""

    field: str
    value: str
    needed: str
    sentence: ClassVar[str] = "The passkey's client data has {field} {value}; it must be {needed}."


@dataclass(eq=False)
class PasskeyChallengeError(LedgerError):
    """A passkey signed another statement, or one of another log."""

    signed: str
    expected: str
    sentence: ClassVar[str] = (
        "The passkey signed challenge {signed}, this statement's is {expected}. Sign this statement itself."
    )


@dataclass(eq=False)
class AuthenticatorDataError(LedgerError):
    """What the phone reported contradicts itself."""

    problem: str
    sentence: ClassVar[str] = "The passkey's authenticator data is refused: {problem}."


@dataclass(eq=False)
class UserPresenceError(LedgerError):
    """A passkey signed although nobody touched it."""

    address: str
    sentence: ClassVar[str] = "Passkey {address} signed without anybody there. Touch it and sign again."


@dataclass(eq=False)
class PasskeyHighSError(LedgerError):
    """A passkey's signature is in the form that anybody could make of it."""

    address: str
    sentence: ClassVar[str] = (
        "The signature of passkey {address} has a high s. Write n - s in its place, as the page does."
    )


@dataclass(eq=False)
class PasskeySignatureError(LedgerError):
    """The passkey didn't sign this."""

    address: str
    sentence: ClassVar[str] = "The signature is not by passkey {address} over what it reports. Sign again."


@dataclass(eq=False)
class PasskeyTermsError(LedgerError):
    """Where and how a passkey may sign is not stated as it must be."""

    field: str
    problem: str
    sentence: ClassVar[str] = "The passkey's {field} is refused: {problem}."


@dataclass(eq=False)
class RelyingPartyError(LedgerError):
    """A passkey signed for another site than it is registered for."""

    address: str
    rp_id: str
    sentence: ClassVar[str] = "Passkey {address} is for {rp_id}, but signed for another site. Sign there."


@dataclass(eq=False)
class PasskeyOriginError(LedgerError):
    """A passkey signed on another page than those it is registered for."""

    address: str
    origin: str
    allowed: tuple[str, ...]
    sentence: ClassVar[str] = (
        "Passkey {address} signed on {origin}, but is registered for {allowed} only. Sign there."
    )


@dataclass(eq=False)
class UserVerificationError(LedgerError):
    """A passkey signed without fingerprint, face or code, and is registered to ask for one."""

    address: str
    sentence: ClassVar[str] = (
        "Passkey {address} signed without fingerprint, face or code, which it is registered to ask for."
    )


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a passkey signed: its public key, the phone's and the browser's report, r ‖ s."""

    public_key: bytes
    authenticator_data: bytes
    client_data: bytes
    signature: bytes

    @property
    def flags(self) -> int:
        """The flags that the phone set."""
        return self.authenticator_data[32]

    def value(self) -> str:
        """Return its one form as a signature's value."""
        parts = (self.public_key, self.authenticator_data, self.client_data, self.signature)
        return ".".join(map(base64url, parts))


def base64url(raw: bytes) -> str:
    """Write bytes as base64url without padding (RFC 4648, 5)."""
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def passkey_address(public_key: bytes) -> str:
    """Return the address that names a passkey, from its compressed point of 33 bytes.

    Raises:
        PasskeyFormError: it is no point of P-256.
    """
    try:
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    except ValueError:
        raise PasskeyFormError("public key", "it is no point of P-256") from None
    whole = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return "0x" + keccak256(whole[1:])[12:].hex()


def low_s(signature: bytes) -> bytes:
    """Return r ‖ s of 64 bytes with the lower of the two values of s that verify."""
    s = int.from_bytes(signature[32:])
    return signature[:32] + min(s, P256_ORDER - s).to_bytes(32)


def read_assertion(value: str) -> Assertion:
    """Read a signature's value: four parts in base64url, each of its size, in their one form.

    Raises:
        PasskeyFormError: a part is missing, too much, too long, or not in its form.
    """
    pieces = value.split(".")
    if len(pieces) != len(SIZES):
        raise PasskeyFormError("signature", f"it has {len(pieces)} parts, not {len(SIZES)}")
    read = [_bytes(text, part) for text, part in zip(pieces, SIZES, strict=True)]
    return Assertion(*read)


def check_assertion(challenge: bytes, address: str, value: str) -> Assertion:
    """Check that the passkey of an address signed a challenge of 32 bytes.

    1. the form; 2. the public key is the address's; 3. the client data: an object, each name once;
    4. a signing ceremony, in no other page's frame; 5. the challenge; 6. the authenticator data: whole,
    its flags agree, somebody was there; 7. r and s in range, s low; 8. ES256 over authenticator data ‖
    SHA-256(client data) (Level 3, 7.2). Members of the client data that aren't known are left alone.

    Raises:
        PasskeyFormError: steps 1 and 2.
        PasskeyAddressError: step 2.
        ClientDataError: step 3.
        PasskeyCeremonyError: step 4.
        PasskeyChallengeError: step 5.
        AuthenticatorDataError, UserPresenceError: step 6.
        PasskeyHighSError: step 7.
        PasskeySignatureError: steps 7 and 8.
    """
    assertion = read_assertion(value)
    computed = passkey_address(assertion.public_key)
    if computed != address:
        raise PasskeyAddressError(address, computed)
    _check_client_data(client_data(assertion), base64url(challenge))
    _check_authenticator_data(assertion, address)
    _check_es256(assertion, address)
    return assertion


def check_terms(address: str, passkey: Passkey, assertion: Assertion) -> None:
    """Check that a passkey signed where and how it is registered to.

    1. for its site; 2. on one of its pages; 3. with fingerprint, face or code where it asks for one.

    Raises:
        RelyingPartyError: step 1.
        ClientDataError, PasskeyOriginError: step 2.
        UserVerificationError: step 3.
    """
    if assertion.authenticator_data[:32] != hashlib.sha256(passkey.rp_id.encode("ascii")).digest():
        raise RelyingPartyError(address, passkey.rp_id)
    origin = client_data(assertion).get("origin")
    if origin not in passkey.origins:
        raise PasskeyOriginError(address, str(origin)[:120], passkey.origins)
    if passkey.user_verification == "required" and not assertion.flags & USER_VERIFIED:
        raise UserVerificationError(address)


def check_passkey(address: str, passkey: Passkey) -> None:
    """Check what a registration or key statement says of a passkey.

    Its pages must be of its site, by https, or by http on this machine itself (Level 3, 5.1.4).

    Raises:
        PasskeyFormError: its public key is no point of P-256.
        PasskeyAddressError: its address is not that of its public key.
        PasskeyTermsError: a page is not of its site, is not safe, or is named twice.
    """
    computed = passkey_address(bytes.fromhex(passkey.public_key))
    if computed != address:
        raise PasskeyAddressError(address, computed)
    if len(set(passkey.origins)) != len(passkey.origins):
        raise PasskeyTermsError("origins", "an origin is named twice; name each once")
    for origin in passkey.origins:
        scheme, _, host = origin.partition("://")
        host = host.partition(":")[0]
        if scheme != "https" and not _LOOPBACK.fullmatch(origin):
            raise PasskeyTermsError("origins", f"{origin} is not https")
        if host != passkey.rp_id and not host.endswith("." + passkey.rp_id):
            raise PasskeyTermsError("origins", f"{origin} is no page of {passkey.rp_id}")


def client_data(assertion: Assertion) -> Mapping[str, Any]:
    """Return what the browser reported, by name.

    Raises:
        ClientDataError: it is no UTF-8, no JSON, no object, or has a name twice.
    """
    try:
        found = json.loads(
            assertion.client_data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number
        )
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise ClientDataError("it is no JSON in UTF-8") from None
    if not isinstance(found, dict):
        raise ClientDataError("it is no JSON object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ClientDataError("a name occurs twice in one object")
    return found


def _no_number(text: str) -> None:
    raise ClientDataError(f"{text} is no JSON")


def _bytes(text: str, part: str) -> bytes:
    least, most = SIZES[part]
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise PasskeyFormError(part, "it is no base64url") from None
    if base64url(raw) != text:
        raise PasskeyFormError(part, "it is not in the one form of base64url, without padding")
    if not least <= len(raw) <= most:
        expected = str(least) if least == most else f"{least} to {most}"
        raise PasskeyFormError(part, f"it has {len(raw)} bytes, not {expected}")
    return raw


def _check_client_data(found: Mapping[str, Any], challenge: str) -> None:
    if found.get("type") != CEREMONY:
        raise PasskeyCeremonyError("type", repr(found.get("type"))[:60], repr(CEREMONY))
    if found.get("crossOrigin", False) is not False:
        raise PasskeyCeremonyError("crossOrigin", repr(found["crossOrigin"])[:60], "false or absent")
    if "topOrigin" in found:
        raise PasskeyCeremonyError("topOrigin", repr(found["topOrigin"])[:60], "absent")
    if found.get("challenge") != challenge:
        raise PasskeyChallengeError(str(found.get("challenge"))[:80], challenge)


def _check_authenticator_data(assertion: Assertion, address: str) -> None:
    flags, more = assertion.flags, len(assertion.authenticator_data) - SIZES["authenticator data"][0]
    if flags & ATTESTED:
        raise AuthenticatorDataError("it carries a new credential, which no signature does")
    if bool(flags & EXTENDED) != bool(more):
        raise AuthenticatorDataError(f"{more} bytes of extensions follow, and its flags say otherwise")
    if flags & BACKED_UP and not flags & BACKUP_ELIGIBLE:
        raise AuthenticatorDataError("it is backed up, but says that it can't be")
    if not flags & USER_PRESENT:
        raise UserPresenceError(address)


def _check_es256(assertion: Assertion, address: str) -> None:
    r, s = int.from_bytes(assertion.signature[:32]), int.from_bytes(assertion.signature[32:])
    if not (0 < r < P256_ORDER and 0 < s < P256_ORDER):
        raise PasskeySignatureError(address)
    if s > P256_ORDER // 2:
        raise PasskeyHighSError(address)
    signed = assertion.authenticator_data + hashlib.sha256(assertion.client_data).digest()
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), assertion.public_key)
    try:
        key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise PasskeySignatureError(address) from None
