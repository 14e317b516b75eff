"""What an organization states about its keys: the forms; the rules are in `identity.py`."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from ledger.identifiers import Address, Origin, P256Hex, RpId, SignatureValue
from ledger.wire import Code, Many, Name, UtcTime, Whole, Wire

MAX_ALLOWED: Final = 50
"""Kinds, sites or activities that one delegation names."""
Delegable = Literal[
    "production/1",
    "handling/1",
    "dispatch/1",
    "receipt/1",
    "disposal/1",
    "correction/1",
    "acceptance/1",
    "reversal/1",
    "impairment/1",
    "reestimate/1",
]
"""The kinds that may be delegated: about goods, never about keys, policies, roles, consent or closing."""


class Passkey(Wire):
    """A passkey of a phone or security key: its public key, and where and how it may sign.

    `public_key` is the compressed point on P-256; `rp_id` the site that it was made for, `origins` the pages
    on which it may sign. Fingerprint, face or code are `required`, or `preferred`: taken where there are any.
    """

    public_key: P256Hex
    rp_id: RpId
    origins: Annotated[Many[Origin], Field(min_length=1, max_length=8)]
    user_verification: Literal["required", "preferred"]


class OwnKey(Wire):
    """A signing key of an organization; a passkey says what it is."""

    alg: Literal["eip712-secp256k1", "webauthn-es256"]
    address: Address
    passkey: Passkey | None = None


class Delegation(Wire):
    """What a delegate may state: kinds, where and about what, how much in all, from when to when.

    `sites` are the names of places, `activities` the codes of lines; without them any will do. `statements`
    and `co2e_mg` (gross mg CO2e of the lines, or of what is handed on) are what it may state in all. The
    times are the log's, both included.
    """

    kinds: Annotated[Many[Delegable], Field(min_length=1, max_length=MAX_ALLOWED)]
    start: UtcTime = Field(alias="from")
    end: UtcTime = Field(alias="until")
    sites: Annotated[Many[Name], Field(min_length=1, max_length=MAX_ALLOWED)] | None = None
    activities: Annotated[Many[Code], Field(min_length=1, max_length=MAX_ALLOWED)] | None = None
    statements: Whole | None = None
    co2e_mg: Whole | None = None


class KeyChange(Wire):
    """A key is added, rotated out after a grace in days, revoked at once, or made a delegate.

    `proof` is the new key's own signature that it joins this organization in this log; a `passkey` says what
    it is. A revocation may say
    why, and from which log size on the key is not trusted: a thief may have signed before it was logged.
    """

    action: Literal["add", "rotate", "revoke", "delegate"]
    address: Address
    replaces: Address | None = None
    grace_days: Whole | None = None
    proof: SignatureValue | None = None
    passkey: Passkey | None = None
    reason: Literal["stolen", "lost", "left", "replaced", "other"] | None = None
    untrusted_from: Whole | None = None
    delegation: Delegation | None = None
