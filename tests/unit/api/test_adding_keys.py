"""What a command says of a key that speaks in some things only, as the statement has it."""

from __future__ import annotations

import pytest

from api.adding_keys import Joining, Scope, delegation

GATEWAY = Joining("0x" + "ab" * 20, "0x" + "cd" * 65)


@pytest.mark.parametrize(
    ("start", "until"),
    [("2026-07-01", "2026-07-31"), ("2026-07-01T00:00:00Z", "2026-07-31T23:59:59Z")],
)
def test_a_gateways_time_is_typed_as_days_or_as_moments(start: str, until: str) -> None:
    stated = delegation(GATEWAY, Scope(("handling",), until, start, None, None, None, None))["delegation"]
    assert (stated["from"], stated["until"]) == ("2026-07-01T00:00:00Z", "2026-07-31T23:59:59Z")
    assert stated["kinds"] == ["handling/1"]
