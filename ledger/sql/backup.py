"""One file that holds a whole ledger: statements, checkpoints, anchors and the chain's state, never keys.

The file is a zip archive, whose comment is the SHA-256 of all bytes before it: whatever was cut off or
changed is found before anything is read. Inside:

    statements.ndjson    {"entry", "parts"}, a line each in log order, in canonical form
    checkpoints.ndjson   {"at", "note", "root", "size"}, oldest first
    anchors.ndjson       {"block", "chain_id", "contract", …}, oldest first
    extra/NAME           what the caller adds, such as the local chain's state
    manifest.json        format, log, number of statements, SHA-256 of every other member

Restoring replays the statements into an empty ledger, so the books are made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Protocol

from ledger import canonical
from ledger.erasing import kept_parts, read_kept
from ledger.errors import LedgerError
from ledger.interfaces import Anchor, LedgerStore, LedgerView, LedgerWriter, Logged, SignedCheckpoint
from ledger.log.merkle import Frontier, leaf_hash
from ledger.signed import MAX_ENTRY_BYTES, MAX_STATEMENT_BYTES
from ledger.sql.errors import BackupDamagedError, BackupExistsError, ExtraFileError, LedgerNotEmptyError
from ledger.storing import LogNotOpenError

FORMAT: Final = "carbon-passport-backup/1"
STATEMENTS: Final = "statements.ndjson"
CHECKPOINTS: Final = "checkpoints.ndjson"
ANCHORS: Final = "anchors.ndjson"
MANIFEST: Final = "manifest.json"
EXTRA: Final = "extra/"
DIGEST_LENGTH: Final = 64
LINE_LIMIT: Final = MAX_STATEMENT_BYTES + MAX_ENTRY_BYTES + 1024
BLOCK: Final = 1 << 20
EXTRA_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,80}")
SECRETS: Final = (b"PRIVATE KEY", b'"ciphertext"')
"""What PEM files and V3 keystores have in their first lines."""

Replay = Callable[[LedgerWriter, Iterator[Logged]], None]
"""Opens the log in an empty writer by its first entry, then books and appends all, tree included."""


class Writable(Protocol):
    """Where bytes can be written to."""

    def write(self, block: bytes, /) -> int:
        """Write bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds: the log, how many statements, and the names of the extra files."""

    log_id: str
    size: int
    extra: tuple[str, ...]


def export_statements(view: LedgerView, stream: Writable) -> int:
    """Write all statements as lines of JSON in log order, each with entry and parts; return how many.

    Raises:
        CorruptRowError: a stored statement is damaged.
    """
    written = 0
    for logged in view.entries(0, view.size()):
        parts = kept_parts(logged.statement)
        stream.write(canonical.encode({"entry": json.loads(logged.entry), "parts": parts}) + b"\n")
        written += 1
    return written


def backup(
    store: LedgerStore, target: Path, extra_files: Mapping[str, Path], *, overwrite: bool = False
) -> Backup:
    """Write the whole ledger into one file, whole or not at all, as it is at one moment.

    Args:
        store: the ledger.
        target: the file; it appears, or is replaced, at the very end.
        extra_files: what else belongs to it by name, such as the chain's state. Never keys.
        overwrite: whether it may take the place of a file that is there.

    Raises:
        BackupExistsError: the file is there, and may not be replaced.
        ExtraFileError: a name is out of form, a file is missing, or it holds a key.
        LogNotOpenError: there is no ledger yet.
        CorruptRowError: a stored statement is damaged.
    """
    if not overwrite:
        _check_free(target)
    for name, path in extra_files.items():
        _check_extra(name, path)
    with store.read() as view, _replaced(target, overwrite=overwrite) as whole:
        members: dict[str, dict[str, str]] = {}
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            log_id, size = view.terms().log_id, view.size()
            with _member(archive, STATEMENTS, members) as stream:
                export_statements(view, stream)
            with _member(archive, CHECKPOINTS, members) as stream:
                stream.writelines(map(_checkpoint_line, view.checkpoints()))
            with _member(archive, ANCHORS, members) as stream:
                stream.writelines(map(_anchor_line, view.anchors()))
            for name, path in sorted(extra_files.items()):
                with _member(archive, EXTRA + name, members) as stream, path.open("rb") as extra:
                    stream.writelines(_blocks(extra))
            manifest = {"format": FORMAT, "log": log_id, "size": str(size), "members": members}
            archive.writestr(zipfile.ZipInfo(MANIFEST), canonical.encode(manifest))
            archive.comment = b"0" * DIGEST_LENGTH
        whole.seek(-DIGEST_LENGTH, os.SEEK_END)
        end = whole.tell()
        whole.seek(0)
        digest = _digest(_blocks(whole, end))
        whole.seek(end)
        whole.write(digest.encode())
    return Backup(log_id, size, tuple(sorted(extra_files)))


def restore(path: Path, store: LedgerStore, replay: Replay, extra_folder: Path | None = None) -> Backup:
    """Bring a ledger back from a backup into an empty store, whole or not at all.

    1. The file's digest, the manifest, the digest of every member.
    2. Every statement: form, parts, signature; every checkpoint's root over the leaves.
    3. The books, by `replay`; then checkpoints and anchors, in one transaction; then the extra files.

    Raises:
        BackupDamagedError: the file is truncated, changed or none.
        LedgerNotEmptyError: the store holds a log.
        LedgerError: whatever rule a statement breaks when it is replayed.
    """
    with _opened(path) as archive:
        manifest = _manifest(path, archive)
        with store.write() as writer:
            with suppress(LogNotOpenError):
                raise LedgerNotEmptyError(writer.terms().log_id)
            with _parsing(path, CHECKPOINTS):
                checkpoints = [_checkpoint(line) for line in _lines(path, archive, CHECKPOINTS)]
            with _parsing(path, ANCHORS):
                anchors = [_anchor(line) for line in _lines(path, archive, ANCHORS)]
            replay(writer, _entries(path, archive, {one.size: one.root for one in checkpoints}))
            if (writer.size(), writer.terms().log_id) != (manifest.size, manifest.log_id):
                raise BackupDamagedError(str(path), f"it holds {writer.size()} of {manifest.size} statements")
            for checkpoint in checkpoints:
                writer.keep_checkpoint(checkpoint)
            for anchor in anchors:
                writer.keep_anchor(anchor)
        if extra_folder is not None:
            for name in manifest.extra:
                _extract(archive, name, extra_folder)
    return manifest


def _check_extra(name: str, path: Path) -> None:
    if not EXTRA_NAME.fullmatch(name):
        raise ExtraFileError(name, "its name has other characters than a-z, 0-9, dot, dash, underscore")
    try:
        with path.open("rb") as stream:
            start = stream.read(4096)
    except OSError as error:
        raise ExtraFileError(name, error.strerror or str(error)) from error
    if any(secret in start for secret in SECRETS):
        raise ExtraFileError(name, "it holds a key, and a backup never does")


def _check_free(target: Path) -> None:
    if os.path.lexists(target):
        raise BackupExistsError(str(target))


@contextmanager
def _replaced(target: Path, *, overwrite: bool = True) -> Iterator[IO[bytes]]:
    """Open a file that takes its place, whole and on the disk, when all went well."""
    # Bodies and salts are in it: made for its owner only. A name of its own: two may be written at once.
    handle, name = tempfile.mkstemp(".partial", f".{target.name}.", target.parent)
    partial = Path(name)
    try:
        with os.fdopen(handle, "w+b") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if not overwrite:
            _check_free(target)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class _Counted:
    """A stream that knows the digest of what went through."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, block: bytes) -> int:
        """Write a block."""
        self.digest.update(block)
        self.size += len(block)
        return self._stream.write(block)

    def writelines(self, blocks: Iterable[bytes]) -> None:
        """Write blocks in their order."""
        for block in blocks:
            self.write(block)


@contextmanager
def _member(archive: zipfile.ZipFile, name: str, members: dict[str, dict[str, str]]) -> Iterator[_Counted]:
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(entry, "w", force_zip64=True) as stream:
        counted = _Counted(stream)
        yield counted
    members[name] = {"sha256": counted.digest.hexdigest(), "size": str(counted.size)}


def _checkpoint_line(checkpoint: SignedCheckpoint) -> bytes:
    plain = {"size": str(checkpoint.size), "root": checkpoint.root.hex()}
    return canonical.encode({**plain, "note": checkpoint.note, "at": checkpoint.at}) + b"\n"


def _checkpoint(line: bytes) -> SignedCheckpoint:
    plain = json.loads(line)
    return SignedCheckpoint(int(plain["size"]), bytes.fromhex(plain["root"]), plain["note"], plain["at"])


def _anchor_line(anchor: Anchor) -> bytes:
    texts = {name: str(getattr(anchor, name)) for name in Anchor.__slots__}
    return canonical.encode({**texts, "root": anchor.root.hex()}) + b"\n"


def _anchor(line: bytes) -> Anchor:
    plain = json.loads(line)
    numbers = {name: int(plain[name]) for name in ("chain_id", "size", "block", "gas")}
    return Anchor(**{**plain, **numbers, "root": bytes.fromhex(plain["root"])})


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a backup whose bytes are all as they were written."""
    try:
        whole = path.open("rb")
    except OSError as error:
        raise BackupDamagedError(str(path), error.strerror or str(error)) from error
    with whole:
        end = whole.seek(0, os.SEEK_END) - DIGEST_LENGTH
        whole.seek(max(0, end))
        written = whole.read(DIGEST_LENGTH)
        whole.seek(0)
        if end < 0 or _digest(_blocks(whole, end)).encode() != written:
            raise BackupDamagedError(str(path), "it was cut off or changed, its digest doesn't match")
        try:
            with zipfile.ZipFile(whole) as archive:
                yield archive
        except (zipfile.BadZipFile, zlib.error) as error:
            raise BackupDamagedError(str(path), str(error)) from error


def _manifest(path: Path, archive: zipfile.ZipFile) -> Backup:
    """Read the manifest and check every member against it."""
    with _parsing(path, MANIFEST):
        with archive.open(MANIFEST) as stream:
            manifest = json.loads(stream.read(BLOCK))
        members = {name: stated["sha256"] for name, stated in manifest["members"].items()}
        extra = tuple(name.removeprefix(EXTRA) for name in sorted(members) if name.startswith(EXTRA))
        found = Backup(manifest["log"], int(manifest["size"]), extra)
        if manifest["format"] != FORMAT:
            raise BackupDamagedError(str(path), f"its format is {manifest['format']!r}, not {FORMAT}")
    if sorted(archive.namelist()) != sorted((*members, MANIFEST)):
        raise BackupDamagedError(str(path), "its members are not those of its manifest")
    for name in extra:
        if not EXTRA_NAME.fullmatch(name):
            raise BackupDamagedError(str(path), f"{name!r} is no name of a file")
    for name, stated in members.items():
        with archive.open(name) as stream:
            if _digest(_blocks(stream)) != stated:
                raise BackupDamagedError(str(path), f"{name} is not what its manifest says")
    return found


@contextmanager
def _parsing(path: Path, name: str) -> Iterator[None]:
    """Name what is damaged when a member can't be read."""
    try:
        yield
    except BackupDamagedError:
        raise
    except (LedgerError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupDamagedError(str(path), f"{name}: {error}") from error


def _lines(path: Path, archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(name) as stream:
        while line := stream.readline(LINE_LIMIT):
            if not line.endswith(b"\n"):
                raise BackupDamagedError(str(path), f"a line of {name} is too long or has no end")
            yield line


def _entries(path: Path, archive: zipfile.ZipFile, roots: Mapping[int, bytes]) -> Iterator[Logged]:
    """Return the statements in log order, each checked, and every checkpoint's root on the way."""
    frontier = Frontier()
    for position, line in enumerate(_lines(path, archive, STATEMENTS)):
        with _parsing(path, f"statement {position}"):
            logged = _logged(position, json.loads(line))
        frontier.append(logged.leaf_hash)
        if frontier.root() != roots.get(position + 1, frontier.root()):
            raise BackupDamagedError(str(path), f"the checkpoint of {position + 1} has another root")
        yield logged


def _logged(position: int, plain: dict[str, Any]) -> Logged:
    entry = plain["entry"]
    written = canonical.encode(entry)
    wire = {"envelope": entry["envelope"], "signature": entry["signature"], "parts": plain["parts"]}
    return Logged(position, entry["at"], read_kept(wire), written, leaf_hash(written))


def _extract(archive: zipfile.ZipFile, name: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with archive.open(EXTRA + name) as stream, _replaced(folder / name) as target:
        target.writelines(_blocks(stream))


def _blocks(stream: IO[bytes], size: int | None = None) -> Iterator[bytes]:
    """Read a stream to its end, or so many bytes, without holding the whole of it."""
    left = BLOCK if size is None else size
    while left > 0 and (block := stream.read(min(BLOCK, left))):
        left -= 0 if size is None else len(block)
        yield block


def _digest(blocks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()
