"""A new key's own word that it joins an organization: nobody can occupy an address that isn't theirs.

A key statement is signed by a key in use, so it shows only that the organization wants the new key. The
proof shows that the new key's owner wants it too: typed data under the domain of statements, signed by the
new key over log, organization and address (`eip712.possession_typed_data`). It serves for no other log or
organization, and only once, because an address is added once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.eip712 import possession_digest
from ledger.errors import LedgerError
from ledger.key_bodies import Passkey
from ledger.signing import address_of, recovered_signer, sign_digest
from ledger.webauthn import check_assertion, check_passkey, check_terms


@dataclass(eq=False)
class KeyProofError(LedgerError):
    """A new key's proof is by another key, or for another organization or log."""

    address: str
    organization: str
    log: str
    recovered: str
    sentence: ClassVar[str] = (
        "The field key/proof is not key {address}'s signature that it joins {organization} in log {log}; "
        "over that it is one of {recovered}. Let the new key sign for this organization and log."
    )


def prove_possession(log_id: str, organization: str, private_key: bytes) -> str:
    """Sign with a new key that it joins an organization; return 0x and 130 lower-case hex digits.

    Args:
        log_id: 64 lower-case hex digits.
        organization: its id.
        private_key: the new key, 32 bytes.

    Raises:
        PrivateKeyError: bytes that are no private key.
    """
    return sign_digest(possession_digest(log_id, organization, address_of(private_key)), private_key)


def check_possession(
    log_id: str, organization: str, address: str, proof: str, passkey: Passkey | None = None
) -> None:
    """Check that a new key's owner agreed that it speaks for an organization in a log.

    1. the signature's form; 2. v; 3. r and s in range, s low; 4. the key recovered is the new one. A passkey
    signs as it will sign statements: by `check_assertion` and `check_terms` of `webauthn`.

    Raises:
        LedgerError: any rule for passkeys.
        SignatureFormError: step 1.
        SignatureVError: step 2.
        HighSError: step 3.
        UnrecoverableSignatureError: steps 3 and 4.
        KeyProofError: step 4; another key signed, or for another organization or log.
    """
    if passkey is not None:
        check_passkey(address, passkey)
        digest = possession_digest(log_id, organization, address)
        check_terms(address, passkey, check_assertion(digest, address, proof))
        return
    recovered = recovered_signer(possession_digest(log_id, organization, address), proof)
    if recovered != address:
        raise KeyProofError(address, organization, log_id, recovered)
