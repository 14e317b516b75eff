"""An audit from outside, with bodies, derives what the log says that it holds."""

from __future__ import annotations

from pathlib import Path

from tests.bundle_worlds import play
from tests.served import served
from tests.unit.api.test_remote_bodies import Through, audited
from tests.unit.state.test_operators_who_cheat import stated_falsely


def test_an_auditor_derives_every_state_root_and_names_the_one_that_is_a_lie(tmp_path: Path) -> None:
    with served(tmp_path / "ledger", anchored=True) as running:
        play(running.world)
        running.world.ledger.state(running.world.operator.key)
        through = Through(running)
        assert audited(through, tmp_path / "first").findings == []
        position = stated_falsely(running.world)
        found = audited(through, tmp_path / "second").findings
    assert [(one.part, one.what) for one in found] == [("state", f"state entry {position}")]
