"""What is signed for a contract: the published example, and signatures that count for one contract only."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from ledger.chain.signed_calls import CallDomain, anchor_domain, sign_anchor, split, struct_hash
from ledger.signing import address_of, recovered_signer, sign_digest

PUBLISHED = json.loads(
    (Path(__file__).parents[2] / "vectors" / "signing" / "eip712-published.json").read_text()
)
HERE = anchor_domain(31337, "0x" + "c0" * 20)
KEY = b"\x31" * 32
ROOT = b"\x07" * 32


def test_the_published_example_of_typed_data_is_hashed_and_signed_to_the_same_byte() -> None:
    domain = CallDomain(**PUBLISHED["domain"])
    sender, receiver = (
        struct_hash(PUBLISHED["person_type"], *PUBLISHED[who].values()) for who in ("from", "to")
    )
    message = (PUBLISHED["mail_type"], sender, receiver, PUBLISHED["contents"])
    assert domain.separator().hex() == PUBLISHED["domain_separator"]
    assert struct_hash(*message).hex() == PUBLISHED["message_hash"]
    assert domain.digest(*message).hex() == PUBLISHED["digest"]
    key = keccak(text=PUBLISHED["private_key_of"])
    assert address_of(key) == PUBLISHED["from"]["wallet"]
    signature = sign_digest(domain.digest(*message), key)
    assert signature == "0x" + PUBLISHED["signature"]
    assert recovered_signer(domain.digest(*message), signature) == PUBLISHED["from"]["wallet"]


def test_an_anchor_is_signed_by_its_log_for_one_contract_on_one_chain() -> None:
    signed = sign_anchor(HERE, 1000, ROOT, KEY)
    assert signed.signer() == signed.log_address == address_of(KEY)
    v, r, s = split(signed.signature)
    assert signed.arguments() == (address_of(KEY), 1000, ROOT, v, r, s)
    assert (v in {27, 28}, len(r), len(s)) == (True, 32, 32)
    others = {
        sign_anchor(domain, size, root, KEY).signature
        for domain, size, root in (
            (HERE, 1000, ROOT),
            (anchor_domain(1, HERE.contract), 1000, ROOT),
            (anchor_domain(31337, "0x" + "c1" * 20), 1000, ROOT),
            (HERE, 1001, ROOT),
            (HERE, 1000, bytes(32)),
        )
    }
    assert len(others) == 5


def test_a_message_says_a_value_for_each_of_its_members() -> None:
    with pytest.raises(ValueError, match="shorter"):
        struct_hash("Anchor(address log,uint64 size,bytes32 root)", "0x" + "c0" * 20, 1000)
