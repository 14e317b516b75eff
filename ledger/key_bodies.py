"""What an organization states about its keys: the forms; the rules are in `identity.py`."""

from __future__ import annotations

from typing import Literal

from ledger.identifiers import Address, SignatureHex
from ledger.wire import Whole, Wire


class OwnKey(Wire):
    """A signing key of an organization."""

    alg: Literal["eip712-secp256k1"]
    address: Address


class KeyChange(Wire):
    """A key is added, rotated out after a grace in days, or revoked at once.

    `proof` is the new key's own signature that it joins this organization in this log. A revocation may say
    why, and from which log size on the key is not trusted: a thief may have signed before it was logged.
    """

    action: Literal["add", "rotate", "revoke"]
    address: Address
    replaces: Address | None = None
    grace_days: Whole | None = None
    proof: SignatureHex | None = None
    reason: Literal["stolen", "lost", "left", "replaced", "other"] | None = None
    untrusted_from: Whole | None = None
