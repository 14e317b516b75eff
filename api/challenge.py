"""The sign-in challenge as EIP-712 typed data: what the server gives and the client signs.

Its domain and type are its own, so that a signed challenge can never pass for a statement. A client makes
the typed data itself from the few values that the server gave, and signs nothing else.
"""

from __future__ import annotations

from typing import Any, Final

from eth_account import Account
from eth_account.messages import encode_typed_data

from ledger.keccak import keccak256

DOMAIN: Final = "Carbon Passport Ledger sign-in"
FIELDS: Final = ("host", "key", "nonce", "expires")


def challenge_typed_data(log_id: str, host: str, key: str, nonce: str, expires: int) -> dict[str, Any]:
    """Return the typed data of a challenge; `expires` is in seconds of Unix time, `log_id` 64 hex digits."""
    text = {"type": "string"}
    return {
        "types": {
            "EIP712Domain": [
                {"name": "name", **text},
                {"name": "version", **text},
                {"name": "salt", "type": "bytes32"},
            ],
            "SignIn": [{"name": name, **text} for name in FIELDS],
        },
        "primaryType": "SignIn",
        "domain": {"name": DOMAIN, "version": "1", "salt": "0x" + log_id},
        "message": {"host": host, "key": key, "nonce": nonce, "expires": str(expires)},
    }


def challenge_digest(typed_data: dict[str, Any]) -> bytes:
    """Return what a signed challenge is over, 32 bytes: a passkey's challenge."""
    message = encode_typed_data(full_message=typed_data)
    return keccak256(b"\x19" + message.version + message.header + message.body)


def sign_challenge(typed_data: dict[str, Any], private_key: bytes) -> str:
    """Sign a challenge with a key of 32 bytes and return the signature, 0x and 130 hex digits."""
    signed = Account.sign_message(encode_typed_data(full_message=typed_data), private_key)
    return "0x" + bytes(signed.signature).hex()
