"""What an organization signs for the registry on the chain; whoever relays it pays, so it needs no ether.

A call counts once, on one chain, for one contract, until its deadline. The log alone decides who spoke:
these calls only bring the registry to the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from ledger.chain.registrations import RegistrationProof, organization_bytes
from ledger.chain.rpc import checksum
from ledger.chain.signed_calls import CallDomain
from ledger.signing import address_of, sign_digest

Purpose: TypeAlias = Literal["statements", "control", "readings"]
Reason: TypeAlias = Literal["unspecified", "lost", "stolen", "superseded", "closed"]
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
_REGISTER: Final = "Register(bytes20 organization,address key,uint64 validFrom,uint64 deadline)"
_ADD_KEY: Final = (
    "AddKey(bytes20 organization,address key,uint8 purpose,uint64 validFrom,uint64 expiresAt,"
    "uint256 nonce,uint64 deadline)"
)
_ROTATE_KEY: Final = (
    "RotateKey(bytes20 organization,address oldKey,address newKey,uint64 validFrom,uint64 graceEndsAt,"
    "uint256 nonce,uint64 deadline)"
)
_REVOKE_KEY: Final = (
    "RevokeKey(bytes20 organization,address key,uint64 validUntil,uint8 reason,uint256 nonce,uint64 deadline)"
)
_OBJECT: Final = "Object(bytes20 organization,address key,uint256 nonce,uint64 deadline)"


@dataclass(frozen=True, slots=True)
class SignedCall:
    """A call of the registry with everything that it needs: whoever has this can bring it there."""

    function: str
    arguments: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Grant:
    """A key to be added: from log position `valid_from` on, until the second `expires_at` (0: no end).

    A delegate (`readings`) has an end; a contract wallet is for `control` only.
    """

    key: str
    purpose: Purpose
    valid_from: int
    expires_at: int = 0


def registry_domain(chain_id: int, contract: str) -> CallDomain:
    """Return the domain of a registry."""
    return CallDomain("Organization Registry", chain_id, contract)


@dataclass(frozen=True, slots=True)
class RegistryCalls:
    """The calls of one organization, signed with one of its keys (32 bytes) for one registry.

    `nonce` is how many signed calls of the organization there were (`EvmOrganizationRegistry.nonce`), and
    `deadline` the last second since 1970 at which the calls count.
    """

    domain: CallDomain
    organization: str
    private_key: bytes
    nonce: int
    deadline: int

    def register(self, valid_from: int, proof: RegistrationProof) -> SignedCall:
        """Register the organization with this key, which its registration names."""
        key = checksum(address_of(self.private_key))
        identifier = organization_bytes(self.organization)
        signature = self._signature(_REGISTER, identifier, key, valid_from, self.deadline)
        arguments = (identifier, key, valid_from, proof.arguments(), self.deadline, signature)
        return SignedCall("register", arguments)

    def add_key(self, grant: Grant) -> SignedCall:
        """Add a key, a contract wallet or a delegate."""
        granted = (checksum(grant.key), PURPOSES.index(grant.purpose), grant.valid_from, grant.expires_at)
        return self._call("addKey", _ADD_KEY, granted, (granted,))

    def rotate_key(self, old: str, new: str, valid_from: int, grace_ends_at: int) -> SignedCall:
        """Put a new key in an old one's place, which signs on until a second since 1970."""
        said = (checksum(old), checksum(new), valid_from, grace_ends_at)
        return self._call("rotateKey", _ROTATE_KEY, said, said)

    def revoke_key(self, key: str, valid_until: int, reason: Reason) -> SignedCall:
        """Revoke a key: it signs before the log position `valid_until` only."""
        said = (checksum(key), valid_until, REASONS.index(reason))
        return self._call("revokeKey", _REVOKE_KEY, said, said)

    def object_to_recovery(self, proposed: str) -> SignedCall:
        """Stop a recovery that the organization did not ask for."""
        return self._call("objectToRecovery", _OBJECT, (checksum(proposed),), ())

    def _call(
        self, function: str, type_text: str, said: tuple[object, ...], passed: tuple[object, ...]
    ) -> SignedCall:
        identifier = organization_bytes(self.organization)
        signature = self._signature(type_text, identifier, *said, self.nonce, self.deadline)
        signer = checksum(address_of(self.private_key))
        return SignedCall(function, (identifier, *passed, (signer, self.nonce, self.deadline, signature)))

    def _signature(self, type_text: str, *values: object) -> bytes:
        return bytes.fromhex(sign_digest(self.domain.digest(type_text, *values), self.private_key)[2:])
