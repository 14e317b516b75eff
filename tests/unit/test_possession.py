"""A new key's proof that it joins an organization, against vectors that eth-account made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger import eip712, possession, signing

VECTOR: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[1] / "vectors" / "signing" / "possession.json").read_text()
)
FACTS = (VECTOR["log"], VECTOR["organization"], VECTOR["address"])


@pytest.fixture(params=["coincurve", "eth-keys"], autouse=True)
def form(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run a test with the native curve and without it."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "eth-keys":
            patch.setattr(signing, "coincurve", None)
        yield str(request.param)


def test_a_wallet_is_shown_log_organization_and_key() -> None:
    assert eip712.possession_typed_data(*FACTS) == VECTOR["typed_data"]
    assert eip712.possession_digest(*FACTS).hex() == VECTOR["digest"]


def test_a_proof_is_the_one_that_a_wallet_signs() -> None:
    private_key = bytes.fromhex(VECTOR["private_key"])
    assert possession.prove_possession(VECTOR["log"], VECTOR["organization"], private_key) == VECTOR["proof"]
    possession.check_possession(*FACTS, VECTOR["proof"])


@pytest.mark.parametrize("case", VECTOR["refused"], ids=lambda case: case["name"])
def test_a_wrong_proof_is_refused_by_its_cause(case: dict[str, str]) -> None:
    error = getattr(possession, case["error"], None) or getattr(signing, case["error"])
    with pytest.raises(error):
        possession.check_possession(*FACTS, case["proof"])


def test_a_refused_proof_names_key_organization_log_and_who_signed_it() -> None:
    stranger = VECTOR["refused"][0]["proof"]
    with pytest.raises(possession.KeyProofError) as refused:
        possession.check_possession(*FACTS, stranger)
    for fact in (*FACTS, refused.value.recovered):
        assert fact in str(refused.value)


def test_a_proof_is_no_statement_and_a_statement_no_proof() -> None:
    assert "Statement" not in eip712.POSSESSION_TYPE
    assert eip712.POSSESSION_TYPE.partition("(")[0] != eip712.STATEMENT_TYPE.partition("(")[0]


def test_bytes_that_are_no_private_key_prove_nothing() -> None:
    with pytest.raises(signing.PrivateKeyError):
        possession.prove_possession(VECTOR["log"], VECTOR["organization"], b"\0" * 32)
