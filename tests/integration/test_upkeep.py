"""Audit, repair, backup and restore of a ledger in a folder, tampered with behind its back."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from api import upkeep
from api.settings import Settings
from api.upkeep import (
    BooksNotDerivedError,
    audit_chain,
    opened_store,
    run_audit,
    run_backup,
    run_export,
    run_restore,
)
from ledger import canonical
from ledger.audit import Audit, audit
from ledger.bundle import build, to_bytes
from ledger.chain.anchor import EvmAnchorChain
from ledger.chain.local_node import LocalNode
from ledger.chain.reader import read_anchor
from ledger.chain.settings import ChainSettings
from ledger.errors import LedgerError
from ledger.interfaces import LedgerView
from ledger.log import merkle
from ledger.replaying import replay
from ledger.sql.errors import BackupDamagedError, LedgerNotEmptyError
from ledger.sql.stores import SqlStore
from ledger.storing import LogNotOpenError
from ledger.verification import verify
from scripts.vectors.handmade_log import LIBRARY
from tests.builders import World
from tests.bundle_worlds import Rebuilt, play
from tests.integration.conftest import Run
from tests.kept import Kept, tamper, value


def settings(folder: Path, chain: str = "none", **more: str) -> Settings:
    return Settings.from_environment({"PASSPORT_FOLDER": str(folder), "PASSPORT_CHAIN": chain, **more})


def audited(folder: Path, chain: str = "none", *, repair: bool = False) -> Audit:
    here = settings(folder, chain)
    with audit_chain(here, None) as events:
        return run_audit(here, events, repair=repair)


def named(report: Audit) -> set[tuple[str, str]]:
    return {(finding.part, finding.what) for finding in report.findings}


def bundles(folder: Path, kept: Kept) -> dict[str, bytes]:
    with opened_store(settings(folder)) as store, store.read() as view:
        return {one: to_bytes(build(view, one, LIBRARY.get)) for one in kept.shipments}


def test_a_healthy_ledger_is_good_with_the_anchors_read_again_from_events(kept: Kept, passport: Run) -> None:
    ran = passport("audit", "--json", PASSPORT_CHAIN="local")
    found = json.loads(ran.out)
    assert (ran.code, found["good"], found["findings"]) == (0, True, [])
    assert found["anchors"] == 2
    assert found["checkpoints"] == found["size"]
    shown = passport("audit", PASSPORT_CHAIN="none")
    assert shown.code == 0
    assert "byte for byte" in shown.out
    assert "anchors not asked" in shown.out
    assert "can't see what was never logged" in shown.out
    with LocalNode(kept.folder / "chain") as node:
        by_address = passport("audit", "--json", "--rpc", node.rpc_url)
        # A running ledger's own chain is asked where it runs.
        running = audited(kept.folder, "local")
    assert (by_address.code, json.loads(by_address.out)["anchors"]) == (0, 2)
    assert (running.good, running.anchors) == (True, 2)


SHORT = {
    "LOT": "(SELECT id FROM lot ORDER BY id LIMIT 1)",
    "DIRECT": "(SELECT id FROM account WHERE kind = 'environment' LIMIT 1)",
    "GAPS": "(SELECT balance FROM account WHERE kind = 'outside_taken_over' LIMIT 1)",
    "LAST": "(SELECT max(position) FROM posting)",
    "ORGANIZATION": "(SELECT max(id) FROM organization)",
    "NEWEST": "(SELECT max(size) FROM checkpoint)",
}
GOLD = "UPDATE lot SET product = 'gold' WHERE id = LOT"
CHANGES = """
a balance: books: account environment/
  UPDATE account SET balance = GAPS WHERE id = DIRECT
a damaged balance: books: account
  UPDATE account SET balance = x'00' WHERE id = DIRECT
a posting: books: posting
  UPDATE posting SET mg = mg + 1 WHERE position = LAST AND number = 0
a removed posting: books: posting
  DELETE FROM posting WHERE position = LAST
a damaged posting: books: posting
  UPDATE posting SET slot = 99 WHERE position = LAST AND number = 0
a body part: statements: statement 11
  UPDATE statement SET parts = CAST(replace(parts, 'lychee', 'longan') AS BLOB) WHERE position = 11
an entry: statements: statement 12
  UPDATE statement SET entry = CAST(replace(entry, '7-01T', '7-02T') AS BLOB) WHERE position = 12
a leaf hash: statements: statement 13
  UPDATE statement SET leaf_hash = zeroblob(32) WHERE position = 13
a tile: log: tile 0 of level 0: hash 0
  UPDATE tile SET hashes = zeroblob(length(hashes)) WHERE level = 0
a short tile: log: tile 0 of level 0
  UPDATE tile SET hashes = zeroblob(7) WHERE level = 0
a note: checkpoints: checkpoint of 9
  UPDATE checkpoint SET note = replace(note, 'ledger', 'leger') WHERE size = 9
a root: checkpoints: checkpoint of 9
  UPDATE checkpoint SET root = zeroblob(32) WHERE size = 9
the newest checkpoint: checkpoints: the newest checkpoint
  DELETE FROM checkpoint WHERE size = NEWEST
a lot: books: lot
  UPDATE lot SET holder = ORGANIZATION, product = 'gold' WHERE id = LOT
a removed lot: books: lot
  DELETE FROM lot WHERE id = LOT
a shipment: books: shipment
  UPDATE shipment SET status = 'returned' WHERE status = 'received'
a gap: books: gap
  DELETE FROM gap WHERE key = 'urea-1'
a key: books: key 0x
  UPDATE signing_key SET organization = ORGANIZATION
an organization: books: organization
  UPDATE organization SET state = x'00' WHERE id = ORGANIZATION
the terms: log: terms
  UPDATE log SET gwp = 'AR6'
"""
BEHIND = [
    (*header.split(": ", 2), sql.strip())
    for header, sql in zip(*[iter(CHANGES.strip().splitlines())] * 2, strict=True)
]


def spelled(sql: str) -> str:
    """Write the short names of a change out."""
    for name, meaning in SHORT.items():
        sql = sql.replace(name, meaning)
    return sql


@pytest.mark.parametrize(
    ("part", "what", "sql"), [case[1:] for case in BEHIND], ids=[case[0] for case in BEHIND]
)
def test_what_was_changed_behind_the_ledgers_back_is_named(
    kept: Kept, part: str, what: str, sql: str
) -> None:
    tamper(kept.folder, spelled(sql))
    report = audited(kept.folder)
    assert any(p == part and w.startswith(what) for p, w in named(report)), report.findings
    assert {p for p, _ in named(report)} <= {part, "books"}
    books_only = all(p == "books" for p, _ in named(report))
    if books_only:
        repaired = audited(kept.folder, repair=True)
        assert not repaired.good
        assert audited(kept.folder).good
    assert not report.good


def test_a_finding_ends_the_command_with_1_and_is_printed_with_both_sides(kept: Kept, passport: Run) -> None:
    tamper(kept.folder, spelled(GOLD))
    ran = passport("audit")
    assert ran.code == 1
    assert "✗ books: lot " in ran.out
    assert "product gold" in ran.out
    found = json.loads(passport("audit", "--json").out)
    assert found["good"] is False
    assert found["anchors"] is None
    assert found["findings"][0].keys() == {"part", "what", "stored", "derived"}
    assert passport("audit", "--repair").code == 1
    assert passport("audit").code == 0


def test_books_are_not_repaired_from_a_log_that_is_damaged(kept: Kept, passport: Run) -> None:
    tamper(kept.folder, "UPDATE statement SET parts = CAST('[]' AS BLOB) WHERE position = 11")
    before = value(kept.folder, "SELECT count(*) FROM posting")
    with pytest.raises(BooksNotDerivedError) as caught:
        audited(kept.folder, repair=True)
    assert caught.value.replayed == 11
    assert value(kept.folder, "SELECT count(*) FROM posting") == before
    ran = passport("audit", "--repair")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("passport: Books follow from 11 of")


def test_a_repair_keeps_what_was_stated_while_the_audit_ran(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server goes on posting between the audit's snapshot and the swap."""
    tamper(kept.folder, spelled(GOLD))
    held_back = 3
    honest = audit

    def slow(view: LedgerView, scratch: SqlStore, *more: Any) -> Audit:
        size = view.size() - held_back
        monkeypatch.setattr(type(view), "size", lambda _: size)
        try:
            return honest(view, scratch, *more)
        finally:
            monkeypatch.undo()
            monkeypatch.setenv("PASSPORT_FOLDER", str(kept.folder))

    monkeypatch.setattr(upkeep, "audit", slow)
    report = run_audit(settings(kept.folder), None, repair=True)
    assert report.size == report.replayed
    assert audited(kept.folder).good


def test_an_anchor_that_was_changed_removed_or_made_up_is_named(kept: Kept) -> None:
    tamper(kept.folder, "UPDATE anchor SET gas = 1 WHERE size = (SELECT min(size) FROM anchor)")
    changed = audited(kept.folder, "local")
    assert {part for part, _ in named(changed)} == {"anchors"}
    tamper(kept.folder, "DELETE FROM anchor WHERE size = (SELECT min(size) FROM anchor)")
    removed = audited(kept.folder, "local")
    assert [(f.part, f.stored) for f in removed.findings] == [("anchors", "missing")]
    tamper(kept.folder, "UPDATE anchor SET root = zeroblob(32)")
    assert {part for part, _ in named(audited(kept.folder, "local"))} == {"anchors"}


@pytest.mark.usefixtures("kept")
def test_a_chain_that_is_away_is_a_finding(passport: Run) -> None:
    ran = passport("audit", "--json", "--rpc", "http://127.0.0.1:9")
    assert ran.code == 1
    assert [finding["part"] for finding in json.loads(ran.out)["findings"]] == ["anchors"]


def test_a_whole_database_rebuilt_with_an_altered_record_is_found_against_the_anchors(tmp_path: Path) -> None:
    """The operator starts anew with its own keys, and an honest-looking history with other numbers."""
    true, altered = tmp_path / "true", tmp_path / "altered"
    with ExitStack() as stack:
        node = stack.enter_context(LocalNode(true / "chain"))
        store = stack.enter_context(SqlStore(f"sqlite:///{true / 'ledger.db'}"))
        store.migrate()
        world = World(store)
        play(world)
        deployments = ChainSettings(deployments=true / "chain" / "deployments.json")
        chain = EvmAnchorChain(node.rpc_url, world.operator.key, None, deployments, node.save)
        stack.callback(chain.close)
        anchor = world.ledger.anchor_newest(chain)
        assert anchor is not None
        altered.mkdir()
        other = stack.enter_context(SqlStore(f"sqlite:///{altered / 'ledger.db'}"))
        other.migrate()
        rebuilt = RebuiltIn(other, world)
        play(rebuilt, litres=48)
        with other.write() as writer:
            writer.keep_anchor(anchor)
        rpc = node.rpc_url
        assert run_audit(settings(altered), None).good
        with audit_chain(settings(altered), rpc) as events:
            report = run_audit(settings(altered), events)
    assert [(f.part, f.what) for f in report.findings] == [
        ("anchors", f"anchor of {anchor.size} in block {anchor.block}")
    ]


class RebuiltIn(Rebuilt):
    """A rebuilt world in a store of its own."""

    def __init__(self, store: SqlStore, model: World) -> None:
        self._model = model
        World.__init__(self, store)


def test_after_a_backup_and_the_loss_of_everything_every_passport_verifies_again(
    kept: Kept, passport: Run, tmp_path: Path
) -> None:
    target = tmp_path / "ledger.backup"
    before = bundles(kept.folder, kept)
    ran = passport("backup", target)
    assert ran.code == 0
    assert "Keys are not" in ran.out
    assert target.stat().st_mode & 0o777 == 0o600
    shutil.rmtree(kept.folder)
    assert passport("restore", target).code == 0
    assert audited(kept.folder, "local").good
    assert bundles(kept.folder, kept) == before
    with LocalNode(kept.folder / "chain") as node:
        for number, (shipment, raw) in enumerate(before.items()):
            report = verify(
                raw, trusted_log_key=kept.log_key, anchor_reader=partial(read_anchor, node.rpc_url)
            )
            assert report.ok
            assert report.passport == shipment
            anchor = [verdict for verdict in report.verdicts if verdict.name == "anchor"]
            assert [verdict.value for verdict in anchor] == ["good"], anchor
            bundle = tmp_path / f"bundle-{number}.json"
            bundle.write_bytes(raw)
            ran = passport("verify", bundle, "--rpc", node.rpc_url, "--log-key", kept.log_key)
            assert ran.code == 0


def test_a_backup_that_is_cut_off_or_changed_is_refused_and_nothing_is_half_written(
    kept: Kept, tmp_path: Path, passport: Run
) -> None:
    target = tmp_path / "ledger.backup"
    run_backup(settings(kept.folder), target)
    raw = target.read_bytes()
    empty = tmp_path / "empty"
    for number, damaged in enumerate(
        (
            b"",
            raw[:100],
            raw[: len(raw) // 2],
            raw[:-1],
            raw[:2000] + bytes([raw[2000] ^ 1]) + raw[2001:],
            raw + b"x",
        )
    ):
        target.write_bytes(damaged)
        with pytest.raises(BackupDamagedError):
            run_restore(settings(empty), target)
        assert value(empty, "SELECT count(*) FROM statement") == 0, number
        assert value(empty, "SELECT count(*) FROM log") == 0
        assert [*(empty / "chain").iterdir()] == []
    ran = passport("restore", target, PASSPORT_FOLDER=str(empty))
    assert ran.code == 1
    assert ran.err.startswith("passport: ")
    assert ran.err.count("\n") == 1
    target.write_bytes(raw)
    assert run_restore(settings(empty), target) > 0
    with pytest.raises(LedgerNotEmptyError):
        run_restore(settings(empty), target)


def test_a_backup_that_was_sealed_again_with_another_statement_is_refused(kept: Kept, tmp_path: Path) -> None:
    """Somebody alters a body and makes all digests of the archive again: the signature still tells."""
    tamper(kept.folder, "UPDATE checkpoint SET root = zeroblob(32) WHERE size = 9")
    target, empty = tmp_path / "ledger.backup", tmp_path / "empty"
    run_backup(settings(kept.folder), target)
    with pytest.raises(BackupDamagedError):
        run_restore(settings(empty), target)
    assert value(empty, "SELECT count(*) FROM statement") == 0


def test_a_backup_takes_no_passing_files_of_the_chain(kept: Kept, tmp_path: Path) -> None:
    chain = kept.folder / "chain"
    for name in ("chain-state.new", "chain-state.loading.json", "chain-state.json.gz.damaged"):
        (chain / name).write_bytes(b"{}")
    run_backup(settings(kept.folder), tmp_path / "b")
    run_restore(settings(tmp_path / "again"), tmp_path / "b")
    restored = sorted(file.name for file in (tmp_path / "again" / "chain").iterdir())
    assert restored == ["chain-state.json.gz", "chain-state.previous.json.gz", "deployments.json"]


def test_all_statements_are_exported_in_log_order(kept: Kept, passport: Run, tmp_path: Path) -> None:
    stream = io.BytesIO()
    count = run_export(settings(kept.folder), stream)
    lines = stream.getvalue().splitlines()
    assert len(lines) == count
    root = merkle.root_of(merkle.leaf_hash(_entry(line)) for line in lines)
    assert root.hex() == audited(kept.folder).root
    assert passport("statements", "export").out.encode() == stream.getvalue()
    target = tmp_path / "statements.ndjson"
    assert f"{count} statements" in passport("statements", "export", target).out
    assert hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(stream.getvalue()).digest()


def _entry(line: bytes) -> bytes:
    return canonical.encode(json.loads(line)["entry"])


def test_where_there_is_no_ledger_every_command_says_so(tmp_path: Path, passport: Run) -> None:
    nowhere = {"PASSPORT_FOLDER": str(tmp_path / "nothing"), "PASSPORT_CHAIN": "none"}
    for command in (("audit",), ("backup", tmp_path / "b")):
        ran = passport(*command, **nowhere)
        assert ran.code == 1
        assert "No log was opened" in ran.err
    assert not (tmp_path / "b").exists()
    with pytest.raises(LogNotOpenError):
        run_audit(settings(tmp_path / "nothing"), None)


def test_a_backup_of_a_database_that_is_none_says_so(tmp_path: Path, passport: Run) -> None:
    (tmp_path / "ledger.db").write_bytes(b"no database at all, but long enough to be read as one" * 40)
    ran = passport("backup", tmp_path / "b", PASSPORT_FOLDER=str(tmp_path), PASSPORT_CHAIN="none")
    assert ran.code == 1
    assert ran.err.startswith("passport: ")
    assert "Traceback" not in ran.err


def test_a_replay_refuses_a_statement_that_breaks_a_rule(kept: Kept, tmp_path: Path) -> None:
    with (
        opened_store(settings(kept.folder)) as store,
        store.read() as view,
        opened_store(settings(tmp_path / "scratch")) as scratch,
    ):
        entries = [one for one in view.entries(0, view.size()) if one.position != 3]
        with pytest.raises(LedgerError), scratch.write() as writer:
            replay(writer, entries)
    assert value(tmp_path / "scratch", "SELECT count(*) FROM statement") == 0
