"""What is signed for a contract, so that anybody may bring it there and pay: EIP-712, a domain per contract.

The domain names the chain and the contract, so a signature counts nowhere else. It is another domain
than that of statements, which name a log and no chain (PROTOCOL, Statement).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from eth_abi.abi import encode

from ledger.keccak import keccak256
from ledger.signing import address_of, recovered_signer, sign_digest

DOMAIN_TYPE: Final = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
ANCHOR_TYPE: Final = "Anchor(address log,uint64 size,bytes32 root)"
RECOVERY_KEY_TYPE: Final = "RecoveryKey(address log,address recoveryKey)"
SUCCESSOR_TYPE: Final = "Successor(address log,address successor)"
_MEMBER: Final = re.compile(r"([A-Za-z0-9]+) [A-Za-z0-9]+")
_WORD: Final = re.compile(r"(address|bool|bytes([1-9]|[12][0-9]|3[0-2])|uint[0-9]+)")


def struct_hash(type_text: str, *values: object) -> bytes:
    """Hash what a message says: keccak256(typeHash ‖ encodeData) (EIP-712, definition of hashStruct).

    Args:
        type_text: as `Anchor(address log,uint64 size,bytes32 root)`, other structs it names after it.
        values: one for each member, in order; of another struct its hash, 32 bytes.

    Returns:
        32 bytes.
    """
    members = _MEMBER.findall(type_text.partition("(")[2].partition(")")[0])
    types: list[str] = ["bytes32"]
    words: list[object] = [keccak256(type_text.encode())]
    for member, value in zip(members, values, strict=True):
        types.append(member if _WORD.fullmatch(member) else "bytes32")
        words.append(keccak256(str(value).encode()) if member == "string" else value)
    return keccak256(encode(types, words))


@dataclass(frozen=True, slots=True)
class CallDomain:
    """The contract that a signature is meant for: its name, the chain's id, its address there."""

    name: str
    chain_id: int
    contract: str
    version: str = "1"

    def separator(self) -> bytes:
        """Return the hash of the domain, 32 bytes."""
        return struct_hash(DOMAIN_TYPE, self.name, self.version, self.chain_id, self.contract)

    def digest(self, type_text: str, *values: object) -> bytes:
        """Return what is signed, 32 bytes: keccak256(0x19 0x01 ‖ domain ‖ message)."""
        return keccak256(b"\x19\x01" + self.separator() + struct_hash(type_text, *values))


def anchor_domain(chain_id: int, contract: str) -> CallDomain:
    """Return the domain of a contract that keeps checkpoints."""
    return CallDomain("Passport Anchor", chain_id, contract)


def split(signature: str) -> tuple[int, bytes, bytes]:
    """Return v, r and s of a signature (0x and 130 hex digits), as contracts take them."""
    value = bytes.fromhex(signature.removeprefix("0x"))
    return value[64], value[:32], value[32:64]


@dataclass(frozen=True, slots=True)
class SignedAnchor:
    """A checkpoint as its log signed it for one contract: whoever has this can bring it there.

    `root` has 32 bytes, `signature` is 0x and 130 hex digits.
    """

    domain: CallDomain
    log_address: str
    size: int
    root: bytes
    signature: str

    def signer(self) -> str:
        """Return the address of the key that signed; the log's, or the anchor is worth nothing.

        Raises:
            SignatureFormError, SignatureVError, HighSError, UnrecoverableSignatureError: No signature.
        """
        digest = self.domain.digest(ANCHOR_TYPE, self.log_address, self.size, self.root)
        return recovered_signer(digest, self.signature)

    def arguments(self) -> tuple[object, ...]:
        """Return what the contract's `anchor` takes."""
        return (self.log_address, self.size, self.root, *split(self.signature))


def sign_anchor(domain: CallDomain, size: int, root: bytes, private_key: bytes) -> SignedAnchor:
    """Sign a checkpoint for a contract with the log's key (32 bytes).

    Raises:
        PrivateKeyError: Bytes that are no private key.
    """
    log_address = address_of(private_key)
    signature = sign_digest(domain.digest(ANCHOR_TYPE, log_address, size, root), private_key)
    return SignedAnchor(domain, log_address, size, root, signature)
