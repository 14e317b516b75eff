"""Erased parts in a ledger's own file, its backup and its commands."""

from __future__ import annotations

import json
from pathlib import Path

from ledger.bundle import build, opened, to_bytes
from ledger.erasing import erase
from ledger.replaying import replay
from ledger.sql.backup import backup, restore
from ledger.sql.stores import SqlStore
from ledger.verification import verify
from scripts.vectors.handmade_log import LIBRARY, burnt
from tests.builders import Party, World, kg, take

NAME = "Farmer Chen of the Seventh Terrace"


def sold(store: SqlStore) -> tuple[World, str, Party]:
    world = World(store)
    farm = world.register("Farm", "farmer")
    lot = world.produce(farm, "lychee", kg(10), lines=(burnt(4),))
    there = {"from": {"name": NAME}, "to": {"name": NAME}}
    sent = world.state(
        farm, "dispatch/1", {"take": take(lot, kg(4)), "consignee": "outside", "places": there, "note": NAME}
    )
    return world, sent.digest, farm


def test_nothing_of_an_erased_part_is_left_in_the_database_file_or_a_new_backup(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    with SqlStore(f"sqlite:///{file}") as store:
        store.migrate()
        _, digest, _ = sold(store)
        with store.write() as writer:
            erase(writer, digest, "/note")
            erase(writer, digest, "/places")
        store.forget_deleted()
        for path in tmp_path.iterdir():
            assert NAME.encode() not in path.read_bytes(), path
        target = tmp_path / "ledger.backup"
        backup(store, target, {})
        with store.read() as view:
            raw = to_bytes(build(view, digest, LIBRARY.get))
    assert NAME.encode() not in target.read_bytes()
    with SqlStore(f"sqlite:///{tmp_path / 'again.db'}") as fresh:
        fresh.migrate()
        restore(target, fresh, replay)
        with fresh.read() as view:
            found = view.statement(digest)
            assert found is not None
            assert set(found.erased) == {"/note", "/places"}
            assert to_bytes(build(view, digest, LIBRARY.get)) == raw
    report = verify(raw)
    assert report.ok
    assert {one.value for one in report.verdicts if one.step == 8} == {"good"}
    bundled = next(one for one in opened(raw).bundle.statements if one.hidden)
    assert len(bundled.hidden or ()) == 2
    assert "erased" not in json.dumps([one.wire() for one in opened(raw).bundle.statements])
