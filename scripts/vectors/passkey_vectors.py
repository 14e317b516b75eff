"""Write the golden vectors of passkeys, and those that the standard publishes stay as they are.

Keys and signatures come from `cryptography` (nonces by RFC 6979), the typed data's digest from `eth-account`,
form and name of the signature from the plain text of the decision on keys. Run it again and nothing changes:

    python scripts/vectors/passkey_vectors.py
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from scripts.vectors.crypto_vectors import FOLDER, LOG, _typed_data, written

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # NIST SP 800-186, 3.2.1.3
RP_ID, ORIGIN = "passports.example", "https://passports.example"
TARGET = FOLDER / "signing" / "passkeys.json"
SUMMARY = "Dispatch of 12 kg lychee"


def _key() -> ec.EllipticCurvePrivateKey:
    seed = int.from_bytes(hashlib.sha256(b"a phone of the vectors").digest())
    return ec.derive_private_key(seed % ORDER, ec.SECP256R1())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _envelope() -> dict[str, str]:
    return {
        "v": "1",
        "log": LOG,
        "kind": "dispatch/1",
        "id": "01978c3a-0000-7000-8000-00000000000a",
        "issuer": "org_" + "a" * 32,
        "signed_at": "2026-06-04T08:00:00Z",
        "summary_template": "dispatch/1/en",
        "summary_keccak": keccak(text=SUMMARY).hex(),
        "body_digest": hashlib.sha256(b"body of the passkey").hexdigest(),
    }


def _digest(envelope: dict[str, str]) -> bytes:
    signable = encode_typed_data(full_message=_typed_data(envelope, SUMMARY))
    return bytes(keccak(b"\x19" + signable.version + signable.header + signable.body))


def _value(challenge: bytes, *, flags: int = 5, high: bool = False, **changed: Any) -> str:
    """Sign a challenge as a phone would, reporting something otherwise where it is asked to."""
    key = _key()
    client = {
        "type": "webauthn.get",
        "challenge": _base64url(challenge),
        "origin": ORIGIN,
        "crossOrigin": False,
    }
    told = json.dumps({**client, **changed}, separators=(",", ":")).encode()
    report = hashlib.sha256(RP_ID.encode()).digest() + bytes([flags]) + bytes(4)
    algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    r, s = decode_dss_signature(key.sign(report + hashlib.sha256(told).digest(), algorithm))
    low = min(s, ORDER - s)
    signature = r.to_bytes(32) + (ORDER - low if high else low).to_bytes(32)
    numbers = key.public_key().public_numbers()
    point = bytes([2 + numbers.y % 2]) + numbers.x.to_bytes(32)
    return ".".join(map(_base64url, (point, report, told, signature)))


def document() -> dict[str, Any]:
    """Return a statement that a passkey signed, and signatures that must be refused."""
    envelope = _envelope()
    digest = _digest(envelope)
    other_log = _digest({**envelope, "log": hashlib.sha256(b"another log of the vectors").hexdigest()})
    numbers = _key().public_key().public_numbers()
    point = numbers.x.to_bytes(32) + numbers.y.to_bytes(32)
    good = _value(digest)
    refused = {
        "another statement": (_value(_digest({**envelope, "kind": "disposal/1"})), "PasskeyChallengeError"),
        "another log": (_value(other_log), "PasskeyChallengeError"),
        "nobody there": (_value(digest, flags=4), "UserPresenceError"),
        "a new credential": (_value(digest, flags=5 | 64), "AuthenticatorDataError"),
        "made, not signed": (_value(digest, type="webauthn.create"), "PasskeyCeremonyError"),
        "in another site's page": (_value(digest, crossOrigin=True), "PasskeyCeremonyError"),
        "a high s": (_value(digest, high=True), "PasskeyHighSError"),
        "three parts": (good.rpartition(".")[0], "PasskeyFormError"),
        "padding": (good + "=", "PasskeyFormError"),
        "a wallet's form": ("0x" + "11" * 65, "PasskeyFormError"),
        "another report": (
            ".".join((*good.split(".")[:3], _value(digest, x=1).split(".")[3])),
            "PasskeySignatureError",
        ),
    }
    return {
        "envelope": envelope,
        "summary": SUMMARY,
        "digest": digest.hex(),
        "passkey": {
            "public_key": f"{2 + numbers.y % 2:02x}" + numbers.x.to_bytes(32).hex(),
            "rp_id": RP_ID,
            "origins": [ORIGIN],
            "user_verification": "required",
        },
        "address": "0x" + keccak(point)[12:].hex(),
        "value": good,
        "elsewhere": {
            "another page": (_value(digest, origin="https://evil.example"), "PasskeyOriginError"),
            "no fingerprint": (_value(digest, flags=1), "UserVerificationError"),
        },
        "refused": refused,
    }


def main() -> None:
    """Write the vectors."""
    TARGET.write_text(written(document()), encoding="ascii")
    print(TARGET.relative_to(FOLDER.parents[1]))


if __name__ == "__main__":
    main()
