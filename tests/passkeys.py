"""A passkey in software: what a phone and its browser make of a challenge, as the standard has it.

passkey = SoftPasskey()
value = passkey.sign(challenge)
statement = signed_by(draft, passkey)
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger.eip712 import possession_digest
from ledger.forms import validated
from ledger.signed import Draft, Statement
from ledger.signing import statement_digest
from ledger.webauthn import ALGORITHM, Assertion, base64url, low_s, passkey_address
from ledger.wire import Signature

RP_ID = "passports.example"
ORIGIN = "https://passports.example"


@dataclass(slots=True)
class SoftPasskey:
    """A key on P-256 with the site that it is for; each thing that it reports can be told otherwise."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    rp_id: str = RP_ID
    origins: tuple[str, ...] = (ORIGIN,)
    user_verification: str = "required"

    @property
    def public_key(self) -> bytes:
        """The compressed point."""
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)

    @property
    def address(self) -> str:
        """What names it."""
        return passkey_address(self.public_key)

    def stated(self) -> dict[str, Any]:
        """Return what a registration or key statement says of it."""
        return {
            "public_key": self.public_key.hex(),
            "rp_id": self.rp_id,
            "origins": list(self.origins),
            "user_verification": self.user_verification,
        }

    def assertion(
        self,
        challenge: bytes,
        *,
        flags: int = 5,
        rp_id: str | None = None,
        origin: str | None = None,
        client: dict[str, Any] | None = None,
        raw_client: bytes | None = None,
        extensions: bytes = b"",
    ) -> Assertion:
        """Return what a phone and its browser make of a challenge."""
        found = {
            "type": "webauthn.get",
            "challenge": base64url(challenge),
            "origin": origin or self.origins[0],
            "crossOrigin": False,
            **(client or {}),
        }
        client_data = json.dumps(found, separators=(",", ":")).encode() if raw_client is None else raw_client
        site = hashlib.sha256((rp_id or self.rp_id).encode()).digest()
        authenticator = site + bytes([flags]) + bytes(4) + extensions
        signed = authenticator + hashlib.sha256(client_data).digest()
        r, s = decode_dss_signature(self.key.sign(signed, ec.ECDSA(hashes.SHA256())))
        signature = low_s(r.to_bytes(32) + s.to_bytes(32))
        return Assertion(self.public_key, authenticator, client_data, signature)

    def sign(self, challenge: bytes, **told: Any) -> str:
        """Return a signature's value."""
        return self.assertion(challenge, **told).value()

    def joining(self, log_id: str, organization: str, **told: Any) -> dict[str, Any]:
        """Return what a key statement says so that it joins an organization."""
        proof = self.sign(possession_digest(log_id, organization, self.address), **told)
        return {"address": self.address, "proof": proof, "passkey": self.stated()}


def signed_by(draft: Draft, passkey: SoftPasskey, **told: Any) -> Statement:
    """Return a draft signed by a passkey."""
    value = passkey.sign(statement_digest(draft.envelope.model_dump()), **told)
    return with_signature(draft, passkey.address, value)


def with_signature(draft: Draft, address: str, value: str, algorithm: str = ALGORITHM) -> Statement:
    """Return a draft with a signature as it is."""
    signature = validated(Signature, {"alg": algorithm, "key": address, "value": value})
    return Statement(draft.envelope, signature, draft.parts, draft.body, draft.digest())
