"""The second program knows passkeys, delegates and revocations as the ledger's own verifier does."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ledger import books, signing
from ledger.delegating import DelegateQuotaError
from ledger.verification import verify
from tests.bundle_worlds import altered, bundle_bytes
from tests.integration.test_second_verifier import NODE, ROOT, failed_step, said, second_says
from tests.unit.test_delegating import QUAY, Terminal
from tests.unit.test_passkeys import GOLDEN, Orchard
from tests.unit.test_revoked import Theft

CHECK = Path(__file__).with_name("second_verifier_passkeys.mjs")


def reason_of(report: dict[str, Any]) -> tuple[int, str] | None:
    return next(((one["step"], one["reason"]) for one in report["verdicts"] if one["value"] == "bad"), None)


def test_both_programs_refuse_the_golden_passkeys_for_the_same_reason() -> None:
    golden = json.dumps(GOLDEN)
    done = subprocess.run([NODE, CHECK], input=golden, capture_output=True, text=True, check=True, cwd=ROOT)
    named = {**GOLDEN["refused"], **GOLDEN["elsewhere"]}
    expected = {name: _code(error) for name, (_, error) in named.items()}
    assert json.loads(done.stdout) == {"value": "good", **expected}


def _code(error: str) -> str:
    words = "".join(f"-{one.lower()}" if one.isupper() else one for one in error.removesuffix("Error"))
    return words.lstrip("-")


def test_both_programs_verify_what_phones_delegates_and_robbed_companies_signed(tmp_path: Path) -> None:
    orchard, terminal, theft = Orchard(), Terminal(sites=["Quay 3"], statements="1"), Theft()
    terminal.world.post(terminal.reading(place=QUAY))
    lot = theft.made(theft.stolen)
    sold = theft.sale(lot)
    theft.revoke(theft.world_size())
    theft.revoke()
    doubted = bundle_bytes(theft.world, sold.digest)
    theft.again(lot.partition(".")[0])
    bundles = [
        bundle_bytes(orchard.world, orchard.sold()),
        bundle_bytes(terminal.world, terminal.open),
        doubted,
        bundle_bytes(theft.world, sold.digest),
    ]
    own, found = [verify(raw) for raw in bundles], second_says(tmp_path, bundles)
    assert [one.failure() for one in own] == [None] * 4
    assert [said(one) for one in found] == [said(one) for one in own]
    assert (4, "revoked keys", "unknown", "key-not-trusted") in said(found[2])


def test_both_programs_find_a_delegate_that_went_too_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many, elsewhere = Terminal(statements="1"), Terminal(sites=["Quay 3"])
    with monkeypatch.context() as lenient:
        lenient.setattr(books, "with_use", lambda organization, _statement: organization)
        lenient.setattr(books, "check_delegate", lambda *_: None)
        for leg in ("a", "b"):
            many.world.post(many.reading(leg=leg))
        elsewhere.world.post(elsewhere.reading(place={"name": "Quay 4"}))
    bundles = [bundle_bytes(one.world, one.open) for one in (many, elsewhere)]
    assert [reason_of(one) for one in second_says(tmp_path, bundles)] == [
        (4, "delegate-quota"),
        (4, "delegate-scope"),
    ]
    assert DelegateQuotaError("", "", "", 0, 0, 0).problem_type() == "delegate-quota"


def test_both_programs_refuse_a_wallet_that_signs_for_a_phone(tmp_path: Path) -> None:
    orchard = Orchard()
    raw = bundle_bytes(orchard.world, orchard.sold())

    def confused(bundle: Any) -> None:
        signature = bundle["statements"][-1]["entry"]["signature"]
        signature |= {"alg": "eip712-secp256k1", "value": signing.sign_digest(bytes(32), b"\x01" * 32)}

    broken = altered(raw, confused)
    failure = verify(broken).failure()
    assert failure is not None
    assert [failed_step(one) for one in second_says(tmp_path, [broken])] == [failure.step]
