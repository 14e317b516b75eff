"""Write the golden vectors of byte form, signatures and log, from other implementations than the product's.

Canonical bytes come from `rfc8785`, EIP-712 digests and signatures from `eth-account`, trees from the
recursive definitions of RFC 9162. Run it again and nothing changes:

    python scripts/vectors/crypto_vectors.py
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "vectors"
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # SEC 2, section 2.4.1
LOG = hashlib.sha256(b"the log of the vectors").hexdigest()
ORIGIN = "vectors.example/ledger"
FIELDS = {
    "Statement": (
        ("v", "string"),
        ("log", "bytes32"),
        ("kind", "string"),
        ("id", "string"),
        ("issuer", "string"),
        ("signedAt", "string"),
        ("summaryTemplate", "string"),
        ("summary", "string"),
        ("bodyDigest", "bytes32"),
    ),
    "EIP712Domain": (("name", "string"), ("version", "string"), ("salt", "bytes32")),
}
POSSESSION_FIELDS = (("log", "bytes32"), ("organization", "string"), ("key", "string"))

VALUES: dict[str, Any] = {
    "an empty object": {},
    "an empty list": [],
    "a text": "lychee",
    "Chinese text": {"name": "荔枝", "grower": "廣東果園"},
    "characters beyond the first plane": {"mark": "𠮷🍒"},
    "quotation marks and backslashes": {"text": 'a "b" \\ c / d'},
    "keys out of order": {"b": "2", "a": "1", "B": "0", "_": "x", "a0": "y"},
    "counts at the limits": [0, 1, -1, 9007199254740991, -9007199254740991],
    "true, false and nothing": [True, False, None],
    "nested": {"lines": [{"no": 1, "amount": {"fossil/measured": "1200000000"}}, {"no": 2, "amount": {}}]},
}

REFUSED: dict[str, tuple[bytes, str]] = {
    "a key twice": (b'{"a":"1","a":"1"}', "DuplicateKeyError"),
    "a key twice, once escaped": (b'{"a":1,"\\u0061":2}', "DuplicateKeyError"),
    "a key twice, deep": (b'{"x":[{"y":{"a":1,"b":2,"a":3}}]}', "DuplicateKeyError"),
    "a Chinese key": ('{"数量":"1"}'.encode(), "NonAsciiKeyError"),
    "a fraction": (b'{"kg":12.5}', "FractionalNumberError"),
    "a whole number with point": (b"[4.0]", "FractionalNumberError"),
    "an exponent": (b"[1e3]", "FractionalNumberError"),
    "a capital exponent": (b"[1E3]", "FractionalNumberError"),
    "ten to the four hundredth": (b"[1e400]", "FractionalNumberError"),
    "four hundred digits": (b"[" + b"9" * 400 + b"]", "NumberTooLargeError"),
    "2^53": (b"[9007199254740992]", "NumberTooLargeError"),
    "minus 2^53": (b"[-9007199254740992]", "NumberTooLargeError"),
    "NaN": (b"[NaN]", "NonFiniteNumberError"),
    "infinity": (b"[Infinity]", "NonFiniteNumberError"),
    "minus infinity": (b"[-Infinity]", "NonFiniteNumberError"),
    "minus zero": (b"[-0]", "NegativeZeroError"),
    "a leading zero": (b"[042]", "JsonSyntaxError"),
    "a plus sign": (b"[+4]", "JsonSyntaxError"),
    "an underscore": (b"[4_2]", "JsonSyntaxError"),
    "Arabic digits": ("[٤٢]".encode(), "JsonSyntaxError"),
    "a comma too many": (b"[1,]", "JsonSyntaxError"),
    "single quotation marks": (b"{'a':1}", "JsonSyntaxError"),
    "a comment": (b"[1] // one", "JsonSyntaxError"),
    "two documents": (b"{}{}", "JsonSyntaxError"),
    "nothing": (b"", "JsonSyntaxError"),
    "a raw line break in a text": (b'["a\nb"]', "JsonSyntaxError"),
    "an unfinished text": (b'["a', "JsonSyntaxError"),
    "brackets that don't match": (b'{"a":[1}]', "JsonSyntaxError"),
    "half a character": (b'["\\ud800"]', "LoneSurrogateError"),
    "the other half": (b'["\\udc00 \\ud83c\\udf52"]', "LoneSurrogateError"),
    "halves in the wrong order": (b'["\\udc00\\ud800"]', "LoneSurrogateError"),
    "half a character as bytes": (b'["\xed\xa0\x80"]', "InvalidUtf8Error"),
    "a byte that is no UTF-8": (b'["\xff"]', "InvalidUtf8Error"),
    "a long form of a slash": (b'["\xc0\xaf"]', "InvalidUtf8Error"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "ByteOrderMarkError"),
    "a letter and its accent apart": ('["e\u0301"]'.encode(), "NotNormalizedTextError"),
    "a letter and its accent apart, escaped": (b'["e\\u0301"]', "NotNormalizedTextError"),
    "a compatibility ideograph": ('["\uf900"]'.encode(), "NotNormalizedTextError"),
    "a null character": (b'["a\\u0000b"]', "ControlCharacterError"),
    "a line break": (b'["a\\nb"]', "ControlCharacterError"),
    "a delete character": (b'["a\x7fb"]', "ControlCharacterError"),
    "a next-line character": ('["a\u0085b"]'.encode(), "ControlCharacterError"),
    "a line separator": ('["a\u2028b"]'.encode(), "ControlCharacterError"),
    "a right-to-left override": ('["\u202egnp.exe"]'.encode(), "BidiCharacterError"),
    "an isolate": ('["a\u2066b"]'.encode(), "BidiCharacterError"),
    "an Arabic letter mark": (b'["a\\u061cb"]', "BidiCharacterError"),
    "a zero-width space": ('["ly\u200bchee"]'.encode(), "ZeroWidthCharacterError"),
    "a zero-width joiner": ('["a\u200db"]'.encode(), "ZeroWidthCharacterError"),
    "a byte order mark inside": ('["a\ufeffb"]'.encode(), "ZeroWidthCharacterError"),
    "a soft hyphen": ('["a\u00adb"]'.encode(), "ZeroWidthCharacterError"),
    "a variation selector": ('["a\ufe0f"]'.encode(), "ZeroWidthCharacterError"),
    "a tag character": ('["a\U000e0041"]'.encode(), "ZeroWidthCharacterError"),
    "a control character in a key": (b'{"a\\tb":1}', "ControlCharacterError"),
    "seventeen levels": (b"[" * 17 + b"]" * 17, "JsonTooDeepError"),
}


def canonical_vectors() -> dict[str, Any]:
    """Byte form: what is written, what is refused, and how a body is committed to."""
    written = [
        {"name": name, "value": value, "bytes": (raw := rfc8785.dumps(value)).hex(), "sha256": _sha256(raw)}
        for name, value in VALUES.items()
    ]
    refused = [
        {"name": name, "document": base64.b64encode(raw).decode(), "error": error}
        for name, (raw, error) in REFUSED.items()
    ]
    parts: list[dict[str, Any]] = []
    bodies: list[tuple[str, Any]] = [
        ("/occurred", {"from": "2026-06-01", "to": "2026-06-30", "zone": "Asia/Shanghai"}),
        ("/lines/0/amount", {"components": {"fossil/calculated": "1739412500"}}),
        ("/outputs/0/product", {"name": "荔枝", "quantity": "3000000000"}),
        ("/note", None),
    ]
    for at, (place, value) in enumerate(bodies):
        salt = hashlib.sha256(f"salt {at}".encode()).hexdigest()[:32]
        digest = _sha256(rfc8785.dumps([salt, place, value]))
        parts.append({"salt": salt, "path": place, "value": value, "digest": digest})
    body = _sha256(rfc8785.dumps(sorted(part["digest"] for part in parts)))
    return {"written": written, "refused": refused, "parts": parts, "body_digest": body}


def signing_vectors() -> dict[str, Any]:
    """Statements signed by eth-account, and signatures that must be refused."""
    statements = []
    for at, summary in enumerate(
        ("Production of 3,000 kg lychee", "移交 1,000 kg 荔枝 · 488.888890 kg CO2e", "")
    ):
        key = hashlib.sha256(f"key of the vectors {at}".encode()).digest()
        envelope = {
            "v": "1",
            "log": LOG,
            "kind": ("production/1", "dispatch/1", "registration/1")[at],
            "id": f"01978c3a-0000-7000-8000-00000000000{at}",
            "issuer": ("org_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "org_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "")[
                at
            ],
            "signed_at": f"2026-06-0{at + 1}T08:00:00Z",
            "summary_template": ("production/1/en", "dispatch/1/zh-Hans", "registration/1/en")[at],
            "summary_keccak": keccak(text=summary).hex(),
            "body_digest": hashlib.sha256(f"body {at}".encode()).hexdigest(),
        }
        message = _typed_data(envelope, summary)
        signable = encode_typed_data(full_message=message)
        account = Account.from_key(key)
        value = "0x" + bytes(account.sign_message(signable).signature).hex()
        statements.append(
            {
                "private_key": key.hex(),
                "envelope": envelope,
                "summary": summary,
                "typed_data": message,
                "digest": keccak(b"\x19" + signable.version + signable.header + signable.body).hex(),
                "signature": {"alg": "eip712-secp256k1", "key": account.address.lower(), "value": value},
            }
        )
    return {"statements": statements, "refused": _refused_signatures(statements)}


def _refused_signatures(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    good, other = statements[0]["signature"], statements[1]["signature"]
    value = good["value"]
    r, s, v = value[2:66], int(value[66:130], 16), int(value[130:], 16)
    high = f"0x{r}{ORDER - s:064x}{55 - v:02x}"
    changes: dict[str, tuple[dict[str, str], str]] = {
        "a high s": ({"value": high}, "HighSError"),
        "v 0": ({"value": value[:-2] + "00"}, "SignatureVError"),
        "v 29": ({"value": value[:-2] + "1d"}, "SignatureVError"),
        "the other v": ({"value": f"{value[:-2]}{55 - v:02x}"}, "WrongKeyError"),
        "another key named": ({"key": other["key"]}, "WrongKeyError"),
        "another statement's signature": ({"value": other["value"]}, "WrongKeyError"),
        "r 0": ({"value": "0x" + "0" * 64 + value[66:]}, "UnrecoverableSignatureError"),
        "r that is n": ({"value": f"0x{ORDER:064x}{value[66:]}"}, "UnrecoverableSignatureError"),
        "r that is no point": ({"value": f"0x{5:064x}{value[66:]}"}, "UnrecoverableSignatureError"),
        "s 0": ({"value": value[:66] + "0" * 64 + value[130:]}, "UnrecoverableSignatureError"),
        "a capital digit": ({"value": value.upper().replace("0X", "0x")}, "SignatureFormError"),
        "a byte too few": ({"value": value[:-2]}, "SignatureFormError"),
        "no prefix": ({"value": value[2:]}, "SignatureFormError"),
        "a key in capitals": ({"key": good["key"].upper().replace("0X", "0x")}, "SignatureFormError"),
        "another algorithm": ({"alg": "eip191-secp256k1"}, "UnknownAlgorithmError"),
    }
    return [
        {"name": name, "signature": {**good, **change}, "error": error}
        for name, (change, error) in changes.items()
    ]


def possession_vectors() -> dict[str, Any]:
    """A new key's proof that it joins an organization, signed by eth-account, and proofs to be refused."""
    private_key = hashlib.sha256(b"a new key of the vectors").digest()
    account = Account.from_key(private_key)
    organization, address = "org_" + "a" * 32, account.address.lower()
    good = _possession(LOG, organization, address)
    value = _signed(good, private_key)
    stranger = hashlib.sha256(b"a stranger of the vectors").digest()
    elsewhere = _possession(LOG, "org_" + "b" * 32, address)
    foreign = _possession(hashlib.sha256(b"another log of the vectors").hexdigest(), organization, address)
    r, s, v = value[2:66], int(value[66:130], 16), int(value[130:], 16)
    refused = {
        "by a stranger": (_signed(good, stranger), "KeyProofError"),
        "for another organization": (_signed(elsewhere, private_key), "KeyProofError"),
        "for another log": (_signed(foreign, private_key), "KeyProofError"),
        "a high s": (f"0x{r}{ORDER - s:064x}{55 - v:02x}", "HighSError"),
        "v 0": (value[:-2] + "00", "SignatureVError"),
        "r 0": ("0x" + "0" * 64 + value[66:], "UnrecoverableSignatureError"),
        "a byte too few": (value[:-2], "SignatureFormError"),
    }
    signable = encode_typed_data(full_message=good)
    return {
        "private_key": private_key.hex(),
        "log": LOG,
        "organization": organization,
        "address": address,
        "typed_data": good,
        "digest": keccak(b"\x19" + signable.version + signable.header + signable.body).hex(),
        "proof": value,
        "refused": [
            {"name": name, "proof": proof, "error": error} for name, (proof, error) in refused.items()
        ],
    }


def _possession(log: str, organization: str, address: str) -> dict[str, Any]:
    types = {"EIP712Domain": FIELDS["EIP712Domain"], "KeyPossession": POSSESSION_FIELDS}
    return {
        "types": {
            struct: [{"name": name, "type": kind} for name, kind in members]
            for struct, members in types.items()
        },
        "primaryType": "KeyPossession",
        "domain": {"name": "Carbon Passport Ledger", "version": "1", "salt": "0x" + log},
        "message": {"log": "0x" + log, "organization": organization, "key": address},
    }


def _signed(message: dict[str, Any], private_key: bytes) -> str:
    signature = Account.sign_message(encode_typed_data(full_message=message), private_key).signature
    return "0x" + bytes(signature).hex()


def acknowledgement_vectors() -> dict[str, Any]:
    """An acknowledgement signed with Ed25519 over its prefix and canonical fields."""
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"the log's key").digest())
    fields: dict[str, Any] = {
        "leaf": hashlib.sha256(b"leaf").hexdigest(),
        "index": 7,
        "under_checkpoint_by": "2026-06-01T08:01:00Z",
    }
    raw = b"Carbon Passport Ledger acknowledgement/1\n" + rfc8785.dumps(fields)
    public = key.public_key().public_bytes_raw().hex()
    return {"public_key": public, "fields": fields, "signature": base64.b64encode(key.sign(raw)).decode()}


def log_vectors() -> dict[str, Any]:
    """Trees by the recursive definitions of RFC 9162 section 2.1 over the leaves "entry 0", "entry 1" ..."""
    leaves = [hashlib.sha256(b"\x00entry %d" % at).digest() for at in range(70)]
    roots = [
        {"size": size, "root": tree_hash(leaves[:size]).hex()}
        for size in (0, 1, 2, 3, 4, 5, 7, 8, 33, 64, 70)
    ]
    inclusion = [
        {"index": index, "size": size, "leaf": leaves[index].hex(), "proof": _hex(path(index, leaves[:size]))}
        for index, size in ((0, 1), (0, 2), (1, 3), (4, 5), (6, 7), (32, 33), (0, 64), (63, 70), (69, 70))
    ]
    consistency = [
        {"old": old, "new": new, "proof": _hex(subproof(old, leaves[:new], whole=True))}
        for old, new in ((1, 1), (1, 2), (2, 3), (3, 4), (4, 7), (6, 7), (7, 8), (32, 33), (33, 70), (64, 70))
    ]
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"the log's key").digest())
    public = key.public_key().public_bytes_raw()
    key_id = hashlib.sha256(ORIGIN.encode() + b"\n\x01" + public).digest()[:4]
    notes = []
    for size in (0, 1, 70):
        text = f"{ORIGIN}\n{size}\n{base64.b64encode(tree_hash(leaves[:size])).decode()}\n"
        line = base64.b64encode(key_id + key.sign(text.encode())).decode()
        notes.append({"size": size, "note": f"{text}\n— {ORIGIN} {line}\n"})
    verifier = f"{ORIGIN}+{key_id.hex()}+" + base64.b64encode(b"\x01" + public).decode()
    return {
        "roots": roots,
        "inclusion": inclusion,
        "consistency": consistency,
        "verifier_key": verifier,
        "checkpoints": notes,
    }


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """Compute MTH of RFC 9162 section 2.1.1, from leaf hashes."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    k = _split(len(leaves))
    return hashlib.sha256(b"\x01" + tree_hash(leaves[:k]) + tree_hash(leaves[k:])).digest()


def path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Compute PATH of RFC 9162 section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if index < k:
        return [*path(index, leaves[:k]), tree_hash(leaves[k:])]
    return [*path(index - k, leaves[k:]), tree_hash(leaves[:k])]


def subproof(old: int, leaves: Sequence[bytes], *, whole: bool) -> list[bytes]:
    """Compute SUBPROOF of RFC 9162 section 2.1.4.1."""
    if old == len(leaves):
        return [] if whole else [tree_hash(leaves)]
    k = _split(len(leaves))
    if old <= k:
        return [*subproof(old, leaves[:k], whole=whole), tree_hash(leaves[k:])]
    return [*subproof(old - k, leaves[k:], whole=False), tree_hash(leaves[:k])]


def _split(size: int) -> int:
    k = 1
    while 2 * k < size:
        k *= 2
    return k


def _hex(hashes: list[bytes]) -> list[str]:
    return [value.hex() for value in hashes]


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _typed_data(envelope: dict[str, str], summary: str) -> dict[str, Any]:
    return {
        "types": {
            struct: [{"name": name, "type": kind} for name, kind in members]
            for struct, members in FIELDS.items()
        },
        "primaryType": "Statement",
        "domain": {"name": "Carbon Passport Ledger", "version": "1", "salt": "0x" + envelope["log"]},
        "message": {
            "v": envelope["v"],
            "log": "0x" + envelope["log"],
            "kind": envelope["kind"],
            "id": envelope["id"],
            "issuer": envelope["issuer"],
            "signedAt": envelope["signed_at"],
            "summaryTemplate": envelope["summary_template"],
            "summary": summary,
            "bodyDigest": "0x" + envelope["body_digest"],
        },
    }


def documents() -> dict[str, Any]:
    """Return every vector document by its path under tests/vectors."""
    return {
        "canonical/forms.json": canonical_vectors(),
        "signing/statements.json": signing_vectors(),
        "signing/possession.json": possession_vectors(),
        "signing/acknowledgement.json": acknowledgement_vectors(),
        "log/tree.json": log_vectors(),
    }


def written(document: Any) -> str:
    """Write a vector document as it is checked in."""
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"


def main() -> None:
    """Write all vectors."""
    for name, document in documents().items():
        target = FOLDER / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(written(document), encoding="ascii")
        print(target.relative_to(FOLDER.parents[1]))


if __name__ == "__main__":
    main()
