"""Names of things: one written form each, checked once.

A statement is named by its digest, an organization by the digest of its registration, a lot by the
statement that made it and the output's number, a shipment and its passport by the digest of the
dispatch (PROTOCOL, Identity).
"""

from __future__ import annotations

import base64
from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

CHECK_DIGIT: Final = "check_digit"
"""The name of a model's complaint about a number whose last digit doesn't follow from the others."""
_LETTERS: Final = "0123456789A_BCDEFGHIJK_LMNOPQRSTU_VWXYZ"
"""ISO 6346: digits are worth themselves, letters 10 to 38 without the multiples of 11."""


def gs1_check_digit(digits: str) -> str:
    """Return the check digit of a GS1 key: GTIN, SSCC, GLN (GS1 General Specifications, 7.9)."""
    total = sum(int(digit) * (3 if i % 2 == 0 else 1) for i, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def container_check_digit(prefix: str) -> str:
    """Return the check digit of a freight container's number from its four letters and six digits.

    Each character's value counts twice as much as the one before it; the sum's remainder by 11 is the check
    digit, 0 where it is 10 (ISO 6346; MWCU 605978 ends in 4).
    """
    total = sum(_LETTERS.index(character) << i for i, character in enumerate(prefix))
    return str(total % 11 % 10)


def _checked(value: str, expected: str) -> str:
    if value[-1] != expected:
        raise PydanticCustomError(CHECK_DIGIT, "should end in {expected}", {"expected": expected})
    return value


def _gs1_checked(value: str) -> str:
    return _checked(value, gs1_check_digit(value[:-1]))


def _container_checked(value: str) -> str:
    return _checked(value, container_check_digit(value[:-1]))


Hex32 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Address = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{40}$")]
Ed25519Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Secp256k1Hex = Annotated[str, StringConstraints(pattern=r"^0[23][0-9a-f]{64}$")]
SignatureHex = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{130}$")]
SignatureValue = Annotated[
    str,
    StringConstraints(pattern=r"^(0x[0-9a-f]{130}|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){3})$", max_length=2400),
]
"""65 bytes of an EIP-712 signature, or the four parts of a passkey's (`webauthn.py`)."""
P256Hex = Annotated[str, StringConstraints(pattern=r"^0[23][0-9a-f]{64}$")]
RpId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]
Origin = Annotated[
    str, StringConstraints(pattern=r"^https?://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[1-9][0-9]{0,4})?$")
]
OrganizationId = Annotated[str, StringConstraints(pattern=r"^org_[a-z2-7]{32}$")]
LotId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}\.(0|[1-9][0-9]{0,2})$")]
Uuid7 = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"),
]
Gtin = Annotated[str, StringConstraints(pattern=r"^[0-9]{14}$"), AfterValidator(_gs1_checked)]
Sscc = Annotated[str, StringConstraints(pattern=r"^[0-9]{18}$"), AfterValidator(_gs1_checked)]
Container = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{4}[0-9]{7}$"), AfterValidator(_container_checked)
]


def organization_id(registration_digest: str) -> str:
    """Return the organization's id: `org_` and base32 of the first 20 bytes of the digest."""
    encoded = base64.b32encode(bytes.fromhex(registration_digest)[:20]).decode("ascii")
    return "org_" + encoded.rstrip("=").lower()


def lot_id(statement_digest: str, output: int) -> str:
    """Return the lot's id: the digest of the statement that made it, and the output's number."""
    return f"{statement_digest}.{output}"


def lot_parts(identifier: str) -> tuple[str, int]:
    """Return the statement that made a lot and the output's number."""
    digest, _, number = identifier.partition(".")
    return digest, int(number)
