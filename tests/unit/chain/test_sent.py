"""What was sent and isn't confirmed is remembered, and a damaged memory is never guessed at."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.chain.errors import SentFileDamagedError
from ledger.chain.sent import Sent, SentFile

ADDRESS = "0x" + "a1" * 20
SENT = Sent(5, 22, 2, ("0x" + "11" * 32, "0x" + "22" * 32))


@pytest.mark.parametrize("on_disk", [True, False])
def test_each_account_on_each_chain_has_what_waits_for_it(tmp_path: Path, on_disk: bool) -> None:
    file = SentFile(tmp_path / "new" / "sent.json" if on_disk else None)
    assert file.find(1, ADDRESS) is None
    file.keep(1, ADDRESS, SENT)
    file.keep(2, ADDRESS, Sent(0, 7, None, ()))
    again = SentFile(tmp_path / "new" / "sent.json") if on_disk else file
    assert again.find(1, ADDRESS) == SENT
    assert again.find(2, ADDRESS) == Sent(0, 7, None, ())
    again.keep(1, ADDRESS, None)
    again.keep(1, ADDRESS, None)
    assert file.find(1, ADDRESS) is None
    assert file.find(2, ADDRESS) is not None


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"1 %s": {"nonce": 1}}', '{"1 %s": 5}', '{"1 %s": {"nonce": "x"}}']
)
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "sent.json"
    path.write_text(text.replace("%s", ADDRESS))
    with pytest.raises(SentFileDamagedError, match=r"sent\.json"):
        SentFile(path).find(1, ADDRESS)
