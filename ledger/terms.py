"""A log's terms: what its first entry fixes for ever, and the id that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric import ec
from eth_hash.backends.pycryptodome import keccak256

from ledger import canonical
from ledger.errors import LedgerError
from ledger.interfaces import LogTerms
from ledger.signed import Statement
from ledger.statements import LogOpenBody


@dataclass(eq=False)
class NotALogOpeningError(LedgerError):
    """The first statement of a log is something else than its opening."""

    kind: str
    sentence: ClassVar[str] = "A log begins with log_open/1 signed by the key that it names, not with {kind}."


def log_id_of(body: LogOpenBody) -> str:
    """Return the log's id: SHA-256 of the canonical body of its opening (PROTOCOL, Identity)."""
    return canonical.digest(body.model_dump(mode="json", by_alias=True, exclude_none=True))


def address_of_public_key(compressed: bytes) -> str:
    """Return the address of a secp256k1 public key of 33 bytes.

    Raises:
        ValueError: it is no point of the curve.
    """
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), compressed)
    numbers = key.public_numbers()
    return "0x" + keccak256(numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big"))[12:].hex()


def terms_of(opening: Statement) -> LogTerms:
    """Return what a log's first entry fixes for ever; its id is SHA-256(JCS(body)).

    Raises:
        NotALogOpeningError: it is something else, or signed by another key than it names.
    """
    body = opening.body
    if not isinstance(body, LogOpenBody):
        raise NotALogOpeningError(opening.kind)
    log_id = log_id_of(body)
    try:
        signer = address_of_public_key(bytes.fromhex(body.keys.secp256k1))
    except ValueError:
        raise NotALogOpeningError(opening.kind) from None
    if opening.envelope.log != log_id or opening.signature.key != signer or opening.envelope.issuer:
        raise NotALogOpeningError(opening.kind)
    return LogTerms(
        log_id, body.origin, body.keys.ed25519, body.keys.secp256k1, body.gwp, tuple(body.accreditors)
    )
