"""A backup brings the whole ledger back, or says what is wrong with it and writes nothing."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.comparison import check_postings, compare_books
from ledger.in_memory import InMemoryStore
from ledger.interfaces import Anchor, LedgerView
from ledger.sql.backup import Backup, backup, export_statements, restore
from ledger.sql.errors import BackupDamagedError, BackupExistsError, ExtraFileError, LedgerNotEmptyError
from ledger.sql.stores import SqlStore
from ledger.storing import LogNotOpenError
from tests.builders import World, a_season, kg, own
from tests.replaying import replay

ANCHOR = Anchor(31337, "0x" + "a" * 40, "0x" + "b" * 40, 7, b"r" * 32, "0x" + "c" * 64, 12, 45000)
Edit = Callable[[dict[str, bytes]], None]


@pytest.fixture(scope="module")
def world() -> World:
    made = World()
    a_season(made)
    with made.store.write() as writer:
        writer.keep_anchor(ANCHOR)
    return made


@pytest.fixture(scope="module")
def saved(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backup")
    (folder / "state").write_bytes(b"the chain's state" * 100_000)
    backup(world.store, folder / "ledger.backup", {"anvil.json": folder / "state"})
    return folder / "ledger.backup"


def size_of(world: World) -> int:
    with world.store.read() as view:
        return view.size()


def test_a_ledger_comes_back_whole(world: World, saved: Path, tmp_path: Path) -> None:
    with SqlStore(f"sqlite:///{tmp_path}/ledger.db") as store:
        store.migrate()
        found = restore(saved, store, replay, tmp_path / "extra")
        assert found == Backup(world.log_id, size_of(world), ("anvil.json",))
        with world.store.read() as before, store.read() as after:
            assert list(before.entries(0, 99)) == list(after.entries(0, 99))
            assert list(before.checkpoints()) == list(after.checkpoints())
            assert before.anchors() == after.anchors() == [ANCHOR]
            assert compare_books(before, after) == check_postings(after) == []
        assert (tmp_path / "extra" / "anvil.json").read_bytes() == b"the chain's state" * 100_000
        assert sorted(path.name for path in (tmp_path / "extra").iterdir()) == ["anvil.json"]


def test_the_extra_files_can_stay_in_the_backup(world: World, saved: Path) -> None:
    store = InMemoryStore()
    assert restore(saved, store, replay).extra == ("anvil.json",)
    with store.read() as view:
        assert (view.size(), view.terms().log_id) == (size_of(world), world.log_id)


def test_a_backup_is_for_its_owner_only_and_appears_at_once(saved: Path) -> None:
    assert saved.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in saved.parent.iterdir()) == ["ledger.backup", "state"]
    with zipfile.ZipFile(saved) as archive:
        assert archive.testzip() is None


def test_a_backup_is_restored_into_an_empty_ledger_only(saved: Path) -> None:
    other = World()
    with pytest.raises(LedgerNotEmptyError, match=other.log_id):
        restore(saved, other.store, replay)
    with other.store.read() as view:
        assert view.size() == 2


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_backup_with_any_byte_changed_or_cut_off_is_refused(saved: Path, data: st.DataObject) -> None:
    raw = bytearray(saved.read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    if data.draw(st.booleans()):
        raw[at] ^= data.draw(st.integers(1, 255))
    else:
        del raw[at:]
    broken = saved.with_name("broken")
    broken.write_bytes(raw)
    empty = InMemoryStore()
    try:
        with pytest.raises(BackupDamagedError, match="Nothing was written"):
            restore(broken, empty, replay)
    finally:
        broken.unlink()
    with empty.read() as view:
        assert view.size() == 0


def _edited(saved: Path, target: Path, edit: Edit, *, honest: bool = True) -> Path:
    """Write a backup again with other members, and with digests that match if it is honest."""
    with zipfile.ZipFile(saved) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    edit(members)
    if honest and "manifest.json" in members and members["manifest.json"].startswith(b"{"):
        manifest = json.loads(members["manifest.json"])
        for name, stated in manifest["members"].items():
            if stated:
                stated["sha256"] = hashlib.sha256(members.get(name, b"")).hexdigest()
        members["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(target, "w") as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
        archive.comment = b"0" * 64
    raw = target.read_bytes()[:-64]
    target.write_bytes(raw + hashlib.sha256(raw).hexdigest().encode())
    return target


def _manifest(**changes: Any) -> Edit:
    def edit(members: dict[str, bytes]) -> None:
        members["manifest.json"] = json.dumps({**json.loads(members["manifest.json"]), **changes}).encode()

    return edit


def _statement(number: int, old: bytes, new: bytes) -> Edit:
    def edit(members: dict[str, bytes]) -> None:
        lines = members["statements.ndjson"].splitlines(keepends=True)
        at = number if number >= 0 else next(n for n, line in enumerate(lines) if old in line)
        assert old in lines[at]
        lines[at] = lines[at].replace(old, new)
        members["statements.ndjson"] = b"".join(lines)

    return edit


def _without_the_last(members: dict[str, bytes]) -> None:
    lines = members["statements.ndjson"].splitlines(keepends=True)
    members["statements.ndjson"] = b"".join(lines[:-1])


def _without_manifest(members: dict[str, bytes]) -> None:
    del members["manifest.json"]


def _set(name: str, raw: bytes) -> Edit:
    return lambda members: members.__setitem__(name, raw)


ALTERED: dict[str, tuple[Edit, str]] = {
    "another format": (_manifest(format="zip/1"), "its format is 'zip/1'"),
    "another log": (_manifest(log="0" * 64), "{0} of {0} statements"),
    "another size": (_manifest(size="999"), "{0} of 999 statements"),
    "a size in words": (_manifest(size="many"), "manifest.json"),
    "a member that is a list": (_manifest(members={"statements.ndjson": []}), "manifest.json"),
    "no manifest": (_without_manifest, "manifest.json"),
    "a manifest that is no JSON": (_set("manifest.json", b"-"), "manifest.json"),
    "another member": (_set("extra/more", b"more"), "its members"),
    "a changed salt": (_statement(9, b'"salt":"', b'"salt":"0'), "statement 9: "),
    "a changed product": (_statement(-1, b'"lychee"', b'"litchi"'), "statement "),
    "no JSON": (_statement(3, b"{", b"["), "statement 3: "),
    "no end of a line": (_set("statements.ndjson", b"{}"), "too long or has no end"),
    "an entry that is no object": (_set("statements.ndjson", b"[]\n"), "statement 0: "),
    "a statement less": (_without_the_last, "{1} of {0} statements"),
    "another time": (_statement(2, b'"at":"2026-07-01T08:00', b'"at":"2026-07-01T07:00'), "checkpoint of 3"),
    "a checkpoint that is none": (_set("checkpoints.ndjson", b"{}\n"), "checkpoints.ndjson"),
    "an anchor that is none": (_set("anchors.ndjson", b"{}\n"), "anchors.ndjson"),
}


@pytest.mark.parametrize("what", ALTERED)
def test_an_altered_backup_with_digests_made_to_match_is_refused(
    world: World, saved: Path, tmp_path: Path, what: str
) -> None:
    edit, problem = ALTERED[what]
    altered = _edited(saved, tmp_path / "altered", edit)
    empty = InMemoryStore()
    with pytest.raises(BackupDamagedError) as refused:
        restore(altered, empty, replay, tmp_path / "extra")
    size = size_of(world)
    assert problem.format(size, size - 1) in str(refused.value)
    with empty.read() as view:
        assert view.size() == 0
        assert view.checkpoint() is None
    assert not (tmp_path / "extra").exists()


def test_a_member_that_its_manifest_doesnt_know_is_refused(saved: Path, tmp_path: Path) -> None:
    altered = _edited(saved, tmp_path / "altered", _set("anchors.ndjson", b""), honest=False)
    with pytest.raises(BackupDamagedError, match=r"anchors\.ndjson is not what its manifest says"):
        restore(altered, InMemoryStore(), replay)


def test_a_file_name_that_leads_elsewhere_is_refused(saved: Path, tmp_path: Path) -> None:
    def edit(members: dict[str, bytes]) -> None:
        members["extra/../../elsewhere"] = b"x"
        manifest = json.loads(members["manifest.json"])
        manifest["members"]["extra/../../elsewhere"] = {"sha256": "", "size": "1"}
        members["manifest.json"] = json.dumps(manifest).encode()

    altered = _edited(saved, tmp_path / "altered", edit)
    with pytest.raises(BackupDamagedError, match="is no name of a file"):
        restore(altered, InMemoryStore(), replay, tmp_path / "extra")


def test_what_is_no_archive_is_refused_even_with_a_matching_digest(tmp_path: Path) -> None:
    raw = b"no archive"
    (tmp_path / "some").write_bytes(raw + hashlib.sha256(raw).hexdigest().encode())
    for name in ("some", "missing"):
        with pytest.raises(BackupDamagedError, match="use another copy"):
            restore(tmp_path / name, InMemoryStore(), replay)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("../state", b"{}", "its name"),
        ("Anvil", b"{}", "its name"),
        ("state", None, "No such file"),
        ("pem", b"-----BEGIN ENCRYPTED PRIVATE KEY-----", "it holds a key"),
        ("keystore", b'{"crypto": {"cipher": "aes-128-ctr", "ciphertext": "00"}}', "it holds a key"),
    ],
)
def test_keys_and_strange_names_stay_out_of_a_backup(
    world: World, tmp_path: Path, name: str, content: bytes | None, problem: str
) -> None:
    if content is not None:
        (tmp_path / "source").write_bytes(content)
    with pytest.raises(ExtraFileError, match=problem):
        backup(world.store, tmp_path / "target", {name: tmp_path / "source"})
    assert not (tmp_path / "target").exists()


def test_a_backup_that_fails_leaves_the_older_one(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"older")
    with pytest.raises(LogNotOpenError):
        backup(InMemoryStore(), tmp_path / "target", {}, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["target"]
    assert (tmp_path / "target").read_bytes() == b"older"


def test_a_backup_does_not_take_the_place_of_another_unless_told_to(world: World, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"older")
    with pytest.raises(BackupExistsError, match="--force") as refused:
        backup(world.store, target, {})
    assert refused.value.path == str(target)
    assert target.read_bytes() == b"older"
    assert backup(world.store, target, {}, overwrite=True).log_id == world.log_id
    assert target.read_bytes() != b"older"
    assert [path.name for path in tmp_path.iterdir()] == ["target"]
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_file_that_appears_while_a_backup_is_written_stays(world: World, tmp_path: Path) -> None:
    target, extra = tmp_path / "target", tmp_path / "state"
    extra.write_bytes(b"state")

    class Meanwhile:
        """A store in whose reading somebody else writes the same file."""

        write = world.store.write

        @contextmanager
        def read(self) -> Iterator[LedgerView]:
            with world.store.read() as view:
                target.write_bytes(b"somebody else's")
                yield view

    with pytest.raises(BackupExistsError):
        backup(Meanwhile(), target, {"state": extra})
    assert target.read_bytes() == b"somebody else's"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["state", "target"]


def test_an_export_is_of_one_moment() -> None:
    world = World()
    farm = world.register("Late farm", "farmer")
    with world.store.read() as view:
        world.produce(farm, "lychee", kg(1), lines=(own(1),))
        stream = io.BytesIO()
        count = export_statements(view, stream)
    lines = stream.getvalue().splitlines()
    assert count == len(lines) == view.size()
    kinds = [json.loads(line)["entry"]["envelope"]["kind"] for line in lines]
    assert kinds == ["log_open/1", "registration/1", "registration/1"]
    assert len({json.dumps(json.loads(line)["parts"]) for line in lines}) == count
