"""A company's own references and the ledger's ids: the register that remembers which stands for which.

The register is one small JSON file beside the company's keys: `batch:orchard/L-2025` stands for a lot,
`shipment:DN-7` for a dispatch. Batches, records and purchases belong to one company; delivery notes and
companies are known to all who trade.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from ledger.records.errors import RegisterConflictError, RegisterFileError, UnresolvedReferenceError

ReferenceKind = Literal[
    "organization", "address", "timezone", "batch", "returned", "shipment", "record", "line"
]
_SHARED: Final = ("organization", "address", "timezone", "shipment", "returned")
_PRECISE: Final = {
    "organization": re.compile(r"org_[a-z2-7]{32}\Z|outside\Z"),
    "batch": re.compile(r"[0-9a-f]{64}\.(0|[1-9][0-9]{0,2})\Z"),
    "shipment": re.compile(r"[0-9a-f]{64}\Z"),
    "record": re.compile(r"[0-9a-f]{64}\Z"),
}
MAX_REGISTER_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference of a company, as it stands in a draft until the register knows its id."""

    kind: ReferenceKind
    owner: str
    name: str

    @property
    def key(self) -> str:
        """The register's key: the kind, the company where it is the company's own, the reference."""
        scope = "" if self.kind in _SHARED else f"{self.owner}/"
        return f"{self.kind}:{scope}{self.name}"

    def precise(self) -> bool:
        """Say whether it is an id of the ledger already."""
        pattern = _PRECISE.get(self.kind)
        return pattern is not None and pattern.match(self.name) is not None


class Register(Mapping[str, str]):
    """Which id each reference stands for; kept in a file if one is named.

    Raises:
        RegisterFileError: the file is no register.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._ids: dict[str, str] = {} if path is None or not path.exists() else _read(path)

    def __getitem__(self, key: str) -> str:
        return self._ids[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def keep(self, found: Mapping[str, str]) -> None:
        """Remember ids, and write the file whole before answering; what another command kept since stays.

        Raises:
            RegisterConflictError: a reference stands for something else already; nothing is kept.
            RegisterFileError: the file is no register any more.
        """
        if self._path is None:
            self._ids = _joined(self._ids, found)
            return
        with _alone(self._path):
            written = _read(self._path) if self._path.exists() else {}
            self._ids = _joined(_joined(written, self._ids), found)
            _write(self._path, self._ids)

    def resolve(self, reference: Reference, needed_by: str) -> str:
        """Return the id that a reference stands for.

        Raises:
            UnresolvedReferenceError: the register doesn't know it.
        """
        if reference.precise():
            return reference.name
        found = self._ids.get(reference.key)
        if found is None:
            raise UnresolvedReferenceError(reference.kind, reference.name, needed_by)
        return found

    def resolved(self, body: Any, needed_by: str) -> Any:
        """Return a draft's body with ids in the place of references.

        Raises:
            UnresolvedReferenceError: the register doesn't know one of them.
        """
        if isinstance(body, Reference):
            return self.resolve(body, needed_by)
        if isinstance(body, dict):
            return {name: self.resolved(value, needed_by) for name, value in body.items()}
        if isinstance(body, list | tuple):
            return [self.resolved(value, needed_by) for value in body]
        return body


def references_in(body: Any) -> list[Reference]:
    """Return the references that a draft's body holds and that are not ids yet, in order."""
    found: list[Reference] = []
    waiting = [body]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, Reference):
            found += [] if value.precise() else [value]
        elif isinstance(value, dict):
            waiting[:0] = value.values()
        elif isinstance(value, list | tuple):
            waiting[:0] = value
    return found


def _joined(held: Mapping[str, str], found: Mapping[str, str]) -> dict[str, str]:
    for key, identifier in found.items():
        if held.get(key, identifier) != identifier:
            raise RegisterConflictError(key, held[key], identifier)
    return {**held, **found}


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one command at a time change a register; the lock ends with whoever holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read(path: Path) -> dict[str, str]:
    try:
        if path.stat().st_size > MAX_REGISTER_BYTES:
            raise RegisterFileError(str(path), f"it is over {MAX_REGISTER_BYTES} bytes")
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise RegisterFileError(str(path), f"it can't be read ({type(error).__name__})") from None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise RegisterFileError(str(path), "it is no list of references with their ids")
    return found


def _write(path: Path, ids: Mapping[str, str]) -> None:
    scratch = path.with_name(path.name + ".new")
    with scratch.open("w", encoding="utf-8") as out:
        # A line for each reference: a file of a year is written after each of its statements, so fast.
        out.write(json.dumps(ids, ensure_ascii=False, sort_keys=True, separators=(",\n", ": ")))
        out.flush()
        os.fsync(out.fileno())
    scratch.replace(path)
