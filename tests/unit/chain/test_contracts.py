from __future__ import annotations

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from ledger.chain.contracts import compiled_contract


def test_a_refusal_is_told_with_its_name_and_both_numbers() -> None:
    revert = keccak(text="CheckpointNotNewer(uint64,uint64)")[:4] + encode(["uint64", "uint64"], [2000, 1000])
    refusal = compiled_contract("PassportAnchor").refusal(revert)
    assert refusal is not None
    assert refusal.name == "CheckpointNotNewer"
    assert refusal.values == {"newestSize": 2000, "offeredSize": 1000}
    assert str(refusal) == "CheckpointNotNewer(newestSize=2000, offeredSize=1000)"


@pytest.mark.parametrize(
    "revert",
    [
        b"",
        b"\x01",
        b"\xde\xad\xbe\xef" + bytes(64),
        keccak(text="CheckpointNotNewer(uint64,uint64)")[:4] + b"\x01",
    ],
    ids=["nothing", "too short", "another contract's", "cut off"],
)
def test_a_foreign_or_cut_off_refusal_is_not_guessed_at(revert: bytes) -> None:
    assert compiled_contract("PassportAnchor").refusal(revert) is None
