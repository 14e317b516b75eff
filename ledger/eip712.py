"""What a wallet signs for a statement, and a new key for itself: EIP-712 typed data, and its digest.

The primary types and the domain are fixed for protocol version 1. The domain's salt is the log's id; there
is no chain id, because wallets refuse chain ids that aren't active.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Final

from ledger.errors import LedgerError
from ledger.keccak import keccak256

DOMAIN_NAME: Final = "Carbon Passport Ledger"
DOMAIN_VERSION: Final = "1"
DOMAIN_TYPE: Final = "EIP712Domain(string name,string version,bytes32 salt)"
STATEMENT_TYPE: Final = (
    "Statement(string v,bytes32 log,string kind,string id,string issuer,string signedAt,"
    "string summaryTemplate,string summary,bytes32 bodyDigest)"
)
POSSESSION_TYPE: Final = "KeyPossession(bytes32 log,string organization,string key)"

_DOMAIN_TYPE_HASH = keccak256(DOMAIN_TYPE.encode())
_STATEMENT_TYPE_HASH = keccak256(STATEMENT_TYPE.encode())
_POSSESSION_TYPE_HASH = keccak256(POSSESSION_TYPE.encode())


@dataclass(eq=False)
class EnvelopeFormError(LedgerError):
    """An envelope field that can't be signed."""

    sentence: ClassVar[str] = "The envelope's field {field} is {text!a}: {needed}."
    field: str
    text: str
    needed: str


@dataclass(eq=False)
class SummaryDigestError(LedgerError):
    """The line to be shown isn't the one whose digest the envelope holds."""

    sentence: ClassVar[str] = (
        "The summary hashes to {computed}, the envelope says {stated}: show the line as drafted."
    )
    stated: str
    computed: str


def summary_keccak(summary: str) -> str:
    """Return the digest of a summary as it stands in the envelope: Keccak-256, 64 lower-case hex digits."""
    return keccak256(summary.encode()).hex()


def statement_digest(envelope: Mapping[str, Any]) -> bytes:
    """Compute what a statement's signature is over.

    keccak256(0x19 0x01 ‖ domain separator ‖ hashStruct(Statement)) (EIP-712). The summary enters by its
    digest, so the line itself isn't needed.

    Args:
        envelope: `v, log, kind, id, issuer, signed_at, summary_template, summary_keccak, body_digest`.

    Returns:
        32 bytes.

    Raises:
        EnvelopeFormError: a field is missing or not in its form.
    """
    try:
        struct = b"".join(
            (
                _STATEMENT_TYPE_HASH,
                _text_hash(envelope["v"]),
                _word(envelope, "log"),
                _text_hash(envelope["kind"]),
                keccak256(envelope["id"].encode()),
                _text_hash(envelope["issuer"]),
                keccak256(envelope["signed_at"].encode()),
                _text_hash(envelope["summary_template"]),
                _word(envelope, "summary_keccak"),
                _word(envelope, "body_digest"),
            )
        )
    except KeyError as error:
        raise EnvelopeFormError(str(error.args[0]), "", "it must be there") from None
    except (AttributeError, TypeError, UnicodeEncodeError):
        raise _text_refusal(envelope) from None
    return keccak256(b"\x19\x01" + _domain_separator(envelope["log"]) + keccak256(struct))


def typed_data(envelope: Mapping[str, Any], summary: str) -> dict[str, Any]:
    """Make the message that a wallet shows and signs (`eth_signTypedData_v4`).

    Raises:
        SummaryDigestError: the summary isn't the one in the envelope.
        EnvelopeFormError: a field is missing or not in its form.
    """
    statement_digest(envelope)
    if (computed := summary_keccak(summary)) != envelope["summary_keccak"]:
        raise SummaryDigestError(envelope["summary_keccak"], computed)
    log = "0x" + envelope["log"]
    message = {
        "v": envelope["v"],
        "log": log,
        "kind": envelope["kind"],
        "id": envelope["id"],
        "issuer": envelope["issuer"],
        "signedAt": envelope["signed_at"],
        "summaryTemplate": envelope["summary_template"],
        "summary": summary,
        "bodyDigest": "0x" + envelope["body_digest"],
    }
    return _message_of("Statement", STATEMENT_TYPE, message)


def possession_digest(log_id: str, organization: str, address: str) -> bytes:
    """Compute what a new key's proof of possession is over: that it joins an organization in a log.

    keccak256(0x19 0x01 ‖ domain separator ‖ hashStruct(KeyPossession)) (EIP-712).

    Args:
        log_id: 64 lower-case hex digits.
        organization: the id of the organization that the key will speak for.
        address: the new key's, 0x and 40 lower-case hex digits.

    Returns:
        32 bytes.
    """
    texts = keccak256(organization.encode()) + keccak256(address.encode())
    struct = keccak256(_POSSESSION_TYPE_HASH + bytes.fromhex(log_id) + texts)
    return keccak256(b"\x19\x01" + _domain_separator(log_id) + struct)


def possession_typed_data(log_id: str, organization: str, address: str) -> dict[str, Any]:
    """Make the message by which a new key's wallet agrees to join an organization; as `possession_digest`."""
    message = {"log": "0x" + log_id, "organization": organization, "key": address}
    return _message_of("KeyPossession", POSSESSION_TYPE, message)


def _message_of(name: str, struct_type: str, message: dict[str, Any]) -> dict[str, Any]:
    return {
        "types": {"EIP712Domain": _fields(DOMAIN_TYPE), name: _fields(struct_type)},
        "primaryType": name,
        "domain": {"name": DOMAIN_NAME, "version": DOMAIN_VERSION, "salt": message["log"]},
        "message": message,
    }


@lru_cache(maxsize=4096)
def _text_hash(text: str) -> bytes:
    return keccak256(text.encode())


@lru_cache(maxsize=64)
def _domain_separator(log: str) -> bytes:
    name, version = keccak256(DOMAIN_NAME.encode()), keccak256(DOMAIN_VERSION.encode())
    return keccak256(_DOMAIN_TYPE_HASH + name + version + bytes.fromhex(log))


def _word(envelope: Mapping[str, Any], field: str) -> bytes:
    text = envelope[field]
    # Reading and writing again is the quickest way to see that it was lower-case hex without spaces.
    try:
        word = bytes.fromhex(text)
    except (TypeError, ValueError):
        word = b""
    if len(word) != 32 or word.hex() != text:
        raise EnvelopeFormError(field, str(text)[:80], "it must be 64 lower-case hex digits")
    return word


def _text_refusal(envelope: Mapping[str, Any]) -> EnvelopeFormError:
    for field in ("v", "kind", "id", "issuer", "signed_at", "summary_template"):
        text = envelope[field]
        if not isinstance(text, str) or any("\ud800" <= character <= "\udfff" for character in text):
            return EnvelopeFormError(field, str(text)[:80], "it must be a text")
    return EnvelopeFormError("envelope", str(envelope)[:80], "its fields must be texts")


def _fields(struct_type: str) -> list[dict[str, str]]:
    members = struct_type.partition("(")[2].removesuffix(")").split(",")
    return [{"name": name, "type": kind} for kind, name in (member.split(" ") for member in members)]
