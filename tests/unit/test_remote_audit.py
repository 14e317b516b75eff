"""A foreign log derived again from its files, while its operator, with the real key, tries to cheat."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ledger import canonical, remote_audit, signing
from ledger.audit_memory import AuditMemoryError, FileMemory
from ledger.interfaces import Anchor
from ledger.log import checkpoint, merkle, resources, tiles
from ledger.log.checkpoint import Checkpoint
from ledger.log.static_files import publish
from ledger.remote_audit import MissingLogFileError, RemoteAudit, audit_remote
from ledger.services import tile_reader
from tests.builders import Party, World, registration


class Folder:
    """A log's files in a folder, counted as they are read."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.asked = folder, list[str]()

    def file(self, path: str, limit: int) -> bytes:
        self.asked.append(path)
        try:
            raw = (self.folder / path).read_bytes()
        except FileNotFoundError:
            raise MissingLogFileError(path, "it is not there") from None
        if len(raw) > limit:
            raise MissingLogFileError(path, f"it is longer than {limit} bytes")
        return raw


class Operator:
    """Whoever runs a log: publishes it, or publishes what never was, signed by the log's real key."""

    def __init__(self, folder: Path) -> None:
        self.world, self.folder = World(), folder / "log"
        self.log = Folder(self.folder)
        self.key = self.world.signer.verifier
        self.memory_path = folder / "seen.json"

    def entries(self) -> list[bytes]:
        with self.world.store.read() as view:
            return [logged.entry for logged in view.entries(0, view.size())]

    def publish(self) -> None:
        with self.world.store.read() as view:
            newest = view.checkpoint()
            assert newest is not None
            publish(
                self.folder,
                newest.note,
                tile_reader(view),
                lambda start, end: (logged.entry for logged in view.entries(start, end)),
            )

    def publish_instead(self, entries: list[bytes]) -> None:
        """Publish another history, complete and well signed."""
        for path in sorted(self.folder.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        leaves = list(map(merkle.leaf_hash, entries))
        grown = tiles.appended_tiles(lambda _level, _index: b"", 0, leaves)
        head = Checkpoint(self.key.name, len(entries), merkle.root_of(leaves))
        note = checkpoint.sign(head, self.world.signer)
        publish(
            self.folder,
            note,
            lambda level, index: grown.get((level, index), b""),
            lambda start, end: entries[start:end],
        )

    def change(self, path: str, change: Callable[[bytes], bytes]) -> None:
        file = self.folder / path
        file.write_bytes(change(file.read_bytes()))

    def memory(self) -> FileMemory:
        return FileMemory(self.memory_path, self.key.text())

    def audited(self, anchors: list[Anchor] | None = None) -> RemoteAudit:
        return audit_remote(self.log, self.key, self.memory(), anchors)

    def grow(self, count: int) -> None:
        parties = [Party(f"Farm {number} {len(self.entries())}") for number in range(count)]
        self.world.post(*(self.world.sign(one, "registration/1", registration(one)) for one in parties))

    def signed_again(self, entry: bytes, private_key: bytes, **changed: str) -> bytes:
        """Return an entry with a changed envelope, signed by somebody."""
        plain = json.loads(entry)
        plain["envelope"] |= changed
        plain["signature"] = signing.sign(plain["envelope"], private_key)
        return canonical.encode(plain)


@pytest.fixture
def here(tmp_path: Path) -> Operator:
    operator = Operator(tmp_path)
    farm = operator.world.register("Farm", "farmer")
    operator.world.rotate(farm)
    operator.world.attest(farm, "carrier")
    operator.publish()
    return operator


def parts(found: RemoteAudit) -> list[str]:
    return [finding.part for finding in found.findings]


def test_an_honest_log_is_derived_once_and_then_only_what_is_new(here: Operator) -> None:
    first = here.audited()
    assert (first.findings, first.size, first.checked, first.before) == ([], 5, 5, 0)
    assert first.root == merkle.root_of(map(merkle.leaf_hash, here.entries())).hex()
    here.grow(300)
    here.publish()
    here.log.asked.clear()
    second = here.audited()
    assert (second.findings, second.size, second.checked, second.before) == ([], 305, 300, 5)
    here.log.asked.clear()
    again = here.audited()
    assert (again.findings, again.checked, again.before) == ([], 0, 305)
    assert [path for path in here.log.asked if "entries" in path] == ["tile/entries/001.p/49"]


def test_a_statement_by_a_key_that_a_body_added_is_counted_as_not_known(here: Operator) -> None:
    farm = Party("Mill")
    here.world._register(farm)
    here.world.rotate(farm)
    here.world.produce(farm, "flour", 1000)
    here.publish()
    found = here.audited()
    assert (found.findings, found.later_keys) == ([], 1)


def test_an_operator_that_rewrites_history_is_caught_by_who_saw_it_before(here: Operator) -> None:
    assert here.audited().good
    rewritten = here.entries()
    farm_again = here.signed_again(rewritten[2], signing.new_private_key(), signed_at="2026-07-01T00:00:00Z")
    rewritten[2] = farm_again
    here.publish_instead(rewritten)
    found = here.audited()
    assert "checkpoint" in parts(found)
    assert "root" in parts(found)
    here.publish_instead([*rewritten, *here.entries()[3:4]])
    assert "checkpoint" in parts(here.audited())
    here.publish_instead(here.entries())
    assert here.audited().good  # the memory of the true history stays


def test_a_log_that_was_cut_back_is_caught(here: Operator) -> None:
    assert here.audited().good
    here.publish_instead(here.entries()[:3])
    found = here.audited()
    assert [(one.part, one.shown) for one in found.findings] == [("checkpoint", "3 entries now")]


def test_an_operator_that_drops_an_entry_is_caught_by_the_signed_root(here: Operator) -> None:
    dropped = here.entries()
    del dropped[2]
    here.change("tile/entries/000.p/5", lambda _: resources.pack(dropped))
    found = here.audited()
    assert parts(found) == ["entries"]
    assert "4 entries" in found.findings[0].shown
    here.change("tile/entries/000.p/5", lambda _: resources.pack([*dropped, dropped[-1]]))
    found = here.audited()
    assert {"tiles", "root"} <= set(parts(found))


def test_a_swapped_tile_is_named_with_the_first_wrong_hash(here: Operator) -> None:
    here.grow(300)
    here.publish()
    here.change("tile/0/000", lambda raw: raw[:64] + raw[96:128] + raw[64:96] + raw[128:])
    found = here.audited()
    assert [(one.part, one.what) for one in found.findings] == [("tiles", "tile/0/000: hash 2")]
    here.publish_instead(here.entries())
    here.change("tile/1/000.p/1", lambda _: bytes(32))
    assert [one.what for one in here.audited().findings] == ["tile/1/000.p/1: hash 0"]
    here.change("tile/1/000.p/1", lambda _: b"")
    assert [one.shown for one in here.audited().findings] == ["nothing"]
    here.change("tile/1/000.p/1", lambda _: merkle.root_of(map(merkle.leaf_hash, here.entries()[:256])) * 2)
    assert [one.derived for one in here.audited().findings] == ["nothing"]
    (here.folder / "tile/1/000.p/1").unlink()
    assert [one.part for one in here.audited().findings] == ["tiles"]


def test_a_checkpoint_of_another_key_or_none_is_no_log(here: Operator) -> None:
    other = Operator(here.folder.parent / "other")
    here.change("checkpoint", lambda raw: raw.replace(b"\n5\n", b"\n6\n"))
    assert parts(here.audited()) == ["checkpoint"]
    here.key = replace(other.key, name=here.key.name)
    assert parts(here.audited()) == ["checkpoint"]
    (here.folder / "checkpoint").unlink()
    with pytest.raises(MissingLogFileError, match="checkpoint"):
        here.audited()


def test_entries_that_are_missing_or_cut_off_end_the_derivation(here: Operator) -> None:
    here.change("tile/entries/000.p/5", lambda raw: raw[:-1])
    assert parts(here.audited()) == ["entries"]
    (here.folder / "tile/entries/000.p/5").unlink()
    assert parts(here.audited()) == ["entries"]


def test_what_an_operator_writes_into_entries_is_checked_one_by_one(here: Operator) -> None:
    true, thief = here.entries(), signing.new_private_key()
    plain = json.loads(true[2])
    cases: dict[str, tuple[list[bytes], str]] = {
        "another's signature": (
            [*true[:4], canonical.encode({**json.loads(true[4]), "signature": plain["signature"]})],
            "signatures",
        ),
        "a key that nobody stated": ([*true[:4], here.signed_again(true[4], thief)], "keys"),
        "an issuer that nobody registered": (
            [*true[:2], here.signed_again(true[3], thief)],
            "keys",
        ),
        "no JSON": ([*true, b"not an entry"], "entries"),
        "no canonical JSON": ([*true, json.dumps(plain).encode()], "entries"),
        "a field too many": ([*true, canonical.encode({**plain, "note": "x"})], "entries"),
        "a second opening": ([*true, true[0]], "entries"),
        "no opening": (true[1:], "entries"),
        "time that runs back": (
            [*true, canonical.encode({**plain, "at": "2026-01-01T00:00:00Z"})],
            "entries",
        ),
        "another log": ([*true, here.signed_again(true[2], thief, log="0" * 64)], "entries"),
        "a state of somebody else": (
            [*true, here.signed_again(true[2], thief, kind="state/1", issuer="")],
            "keys",
        ),
    }
    for name, (entries, part) in cases.items():
        here.publish_instead(entries)
        found = here.audited()
        assert part in parts(found), (name, found.findings)
        assert "root" not in parts(found), name


def test_anchors_lie_on_the_history_or_are_named(here: Operator) -> None:
    head = merkle.root_of(map(merkle.leaf_hash, here.entries()[:3]))
    good = Anchor(31337, "0x" + "1" * 40, "0x" + "2" * 40, 3, head, "0x" + "3" * 64, 7, 1)
    assert here.audited([good]).anchors == 1
    assert here.audited([]).anchors == 0
    for wrong in (replace(good, root=bytes(32)), replace(good, size=9), replace(good, size=5)):
        found = here.audited([good, wrong])
        assert parts(found) == ["anchors"]
        assert "block 7" in found.findings[0].what


def test_a_log_that_shows_others_another_history_is_caught_by_their_checkpoint(here: Operator) -> None:
    note = (here.folder / "checkpoint").read_bytes()
    size, root = 5, bytes(32)
    face = checkpoint.sign(Checkpoint(here.key.name, size, root), here.world.signer).encode()
    ahead = checkpoint.sign(Checkpoint(here.key.name, size + 1, root), here.world.signer).encode()
    assert audit_remote(here.log, here.key, here.memory(), seen=[note]).good
    for other, shown in ((face, "isn't proved"), (ahead, "5 entries here"), (b"no note", "three lines")):
        found = audit_remote(here.log, here.key, here.memory(), seen=[note, other])
        assert parts(found) == ["checkpoint"]
        assert shown in found.findings[0].shown


def test_an_audit_that_was_broken_off_goes_on_where_it_was(
    here: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_audit, "SAVE_EVERY", 1)
    here.grow(600)
    here.publish()

    def stops(done: int, of: int) -> None:
        assert of == 605
        if done == 512:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        audit_remote(here.log, here.key, here.memory(), progress=stops)
    here.log.asked.clear()
    found = here.audited()
    assert (found.findings, found.before, found.checked) == ([], 256, 349)
    assert "tile/entries/000" not in here.log.asked


def test_what_was_under_way_on_a_false_history_is_forgotten(
    here: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_audit, "SAVE_EVERY", 1)
    here.grow(300)
    forged = here.entries()
    forged[100] = here.signed_again(forged[100], signing.new_private_key())
    here.publish()
    here.change("tile/entries/000", lambda _: resources.pack(forged[:256]))
    here.change("tile/0/000", lambda _: b"".join(map(merkle.leaf_hash, forged[:256])))
    assert "root" in parts(here.audited())
    assert here.memory().under_way() is None
    here.publish_instead(here.entries())
    assert here.audited().good


def test_an_entry_that_changed_since_it_was_seen_is_named(here: Operator) -> None:
    assert here.audited().good
    here.grow(2)
    here.publish()
    entries = here.entries()
    entries[3] = here.signed_again(entries[3], signing.new_private_key())
    here.change("tile/entries/000.p/7", lambda _: resources.pack(entries))
    found = here.audited()
    assert [(one.part, one.what) for one in found.findings] == [("entries", "entry 3, seen before")]


def test_only_so_many_differences_are_listed(here: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_audit, "MAX_FINDINGS", 2)
    here.publish_instead([b"x"] * 5)
    assert len(here.audited().findings) == 2


def test_a_memory_is_of_one_log_and_in_one_form(here: Operator) -> None:
    assert here.audited().good
    assert FileMemory.key_in(here.memory_path) == here.key.text()
    assert FileMemory.key_in(here.memory_path.with_name("none.json")) is None
    with pytest.raises(AuditMemoryError, match="it is of"):
        FileMemory(here.memory_path, "another+key")
    kept = json.loads(here.memory_path.read_text("utf-8"))
    kept["proved"]["edge"] = "00"
    here.memory_path.write_text(json.dumps(kept), "utf-8")
    with pytest.raises(AuditMemoryError):
        here.audited()
    for content in ("", "[]", "{}"):
        here.memory_path.write_text(content, "utf-8")
        with pytest.raises(AuditMemoryError, match="form"):
            here.memory()
        with pytest.raises(AuditMemoryError, match="form"):
            FileMemory.key_in(here.memory_path)
