"""Names of things: one written form each, checked once.

A statement is named by its digest, an organization by the digest of its registration, a lot by the
statement that made it and the output's number, a shipment and its passport by the digest of the
dispatch (PROTOCOL, Identity).
"""

from __future__ import annotations

import base64
from typing import Annotated

from pydantic import StringConstraints

Hex32 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Address = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{40}$")]
Ed25519Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Secp256k1Hex = Annotated[str, StringConstraints(pattern=r"^0[23][0-9a-f]{64}$")]
SignatureHex = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{130}$")]
OrganizationId = Annotated[str, StringConstraints(pattern=r"^org_[a-z2-7]{32}$")]
LotId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}\.(0|[1-9][0-9]{0,2})$")]
Uuid7 = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"),
]
Gtin = Annotated[str, StringConstraints(pattern=r"^[0-9]{14}$")]
Sscc = Annotated[str, StringConstraints(pattern=r"^[0-9]{18}$")]


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


def gs1_check_digit(digits: str) -> str:
    """Return the check digit of a GS1 key: GTIN, SSCC, GLN (GS1 General Specifications, 7.9)."""
    total = sum(int(digit) * (3 if i % 2 == 0 else 1) for i, digit in enumerate(reversed(digits)))
    return str(-total % 10)
