"""The second program passes the published vectors of RFC 9162 and of Web Authentication too."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

from ledger.webauthn import low_s
from tests.integration.test_second_verifier import NODE, ROOT
from tests.unit.log.test_merkle import PUBLISHED
from tests.unit.test_webauthn import assertion_of, published

CHECK = Path(__file__).with_name("second_verifier_published.mjs")


def test_the_second_program_passes_what_others_published() -> None:
    passkeys, expected = [], []
    for vector in published():
        assertion, address = assertion_of(vector)
        for one in (assertion, replace(assertion, signature=low_s(assertion.signature))):
            passkeys.append((f"0x{vector['challenge']}", address, one.value()))
            high = one is assertion and vector["high_s"]
            expected.append(
                "passkey-ceremony" if vector["embedded"] else "passkey-high-s" if high else "good"
            )
    given = json.dumps({"tree": PUBLISHED, "passkeys": passkeys})
    done = subprocess.run([NODE, CHECK], input=given, capture_output=True, text=True, check=True, cwd=ROOT)
    found = json.loads(done.stdout)
    assert found["signed"] == expected
    inclusion, consistency = found["inclusion"], found["consistency"]
    assert len(inclusion) == 4 * len(PUBLISHED["inclusion"])
    assert set(inclusion[::4]) == set(consistency[::2]) == {"good"}
    assert "good" not in {*inclusion[1::4], *inclusion[2::4], *inclusion[3::4], *consistency[1::2]}
