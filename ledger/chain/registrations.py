"""Whose an organization's id is, shown to the registry: its registration names its first key.

The id is the first 20 bytes of the registration's digest, so what is checked here needs nobody's word,
and nobody can take an id in the registry before its organization does.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Final

from ledger import canonical
from ledger.signed import Statement

KEY_PART: Final = "/key"
ALGORITHM: Final = "eip712-secp256k1"
ID_PREFIX: Final = "org_"


@dataclass(frozen=True, slots=True)
class RegistrationProof:
    """What of a registration shows which key makes an organization's id.

    `envelope` is its canonical form, `part_digests` are those of all parts (32 bytes each, sorted), `salt`
    (16 bytes) is that of the part `/key`.
    """

    envelope: bytes
    part_digests: tuple[bytes, ...]
    salt: bytes

    def arguments(self) -> tuple[bytes, list[bytes], bytes]:
        """Return the proof as the contract takes it."""
        return self.envelope, list(self.part_digests), self.salt


def proof_of(registration: Statement) -> RegistrationProof | None:
    """Return the proof of a registration of the log; None if its key has no address on a chain."""
    digests = [*registration.hidden]
    salt = b""
    for part in registration.parts:
        digests.append(canonical.part_digest(part.salt, part.path, part.value))
        if part.path == KEY_PART and part.value.get("alg") == ALGORITHM:
            salt = bytes.fromhex(part.salt)
    if not salt:
        return None
    envelope = canonical.encode(registration.envelope.model_dump())
    return RegistrationProof(envelope, tuple(bytes.fromhex(digest) for digest in sorted(digests)), salt)


def organization_bytes(organization: str) -> bytes:
    """Return an organization's id (`org_…`) as contracts have it: 20 bytes."""
    return base64.b32decode(organization.removeprefix(ID_PREFIX).upper())


def organization_text(identifier: bytes) -> str:
    """Return an organization's id as the log has it, `org_…`."""
    return ID_PREFIX + base64.b32encode(identifier).decode("ascii").lower()
