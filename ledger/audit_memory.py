"""What an auditor remembers of a foreign log: one small file, written whole or not at all."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

from ledger.errors import LedgerError
from ledger.log.merkle import Frontier
from ledger.remote_audit import Derived

FORMAT: Final = "carbon-passport-audit/1"


@dataclass(eq=False)
class AuditMemoryError(LedgerError):
    """The auditor's file can't be used."""

    path: str
    problem: str
    sentence: ClassVar[str] = (
        "{path} is no memory of this log ({problem}). Name another file with --state, or move this one away: "
        "then the log is derived from its first entry, and not compared with what was seen."
    )


class FileMemory:
    """An auditor's memory of one log, in a file.

    Args:
        path: the file; made with the first save.
        key: the log's key as one line; the file belongs to it.

    Raises:
        AuditMemoryError: the file is damaged or another log's.
    """

    def __init__(self, path: Path, key: str) -> None:
        self._path, self._key = path, key
        self._kept: dict[str, Any] = {"format": FORMAT, "key": key, "proved": None, "under_way": None}
        if path.exists():
            self._kept = self._read()

    @staticmethod
    def key_in(path: Path) -> str | None:
        """Return the key of the log that a file remembers; None where there is no file yet.

        Raises:
            AuditMemoryError: the file is damaged.
        """
        if not path.exists():
            return None
        try:
            return str(json.loads(path.read_bytes())["key"])
        except (ValueError, KeyError, TypeError):
            raise AuditMemoryError(str(path), "it isn't in its form") from None

    def proved(self) -> Derived | None:
        """Return what was proved last."""
        return self._derived("proved")

    def under_way(self) -> Derived | None:
        """Return what an audit that was broken off had derived."""
        return self._derived("under_way")

    def save(self, derived: Derived) -> None:
        """Keep what is derived; with its note it is proved, without it under way."""
        self._kept["proved" if derived.note else "under_way"] = _plain(derived)
        if derived.note:
            self._kept["under_way"] = None
        self._write()

    def drop(self) -> None:
        """Forget what was under way."""
        if self._kept["under_way"] is not None:
            self._kept["under_way"] = None
            self._write()

    def _derived(self, name: str) -> Derived | None:
        plain = self._kept[name]
        if plain is None:
            return None
        try:
            return _from_plain(plain)
        except (LedgerError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise AuditMemoryError(str(self._path), f"{type(error).__name__}: {error}") from None

    def _read(self) -> dict[str, Any]:
        try:
            kept = json.loads(self._path.read_bytes())
            known = (kept["format"], kept["key"], kept.keys())
        except (ValueError, KeyError, TypeError, AttributeError):
            raise AuditMemoryError(str(self._path), "it isn't in its form") from None
        if known != (FORMAT, self._key, {"format", "key", "proved", "under_way"}):
            raise AuditMemoryError(str(self._path), f"it is of {kept['key']}")
        return dict(kept)

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        scratch = self._path.with_name(f".{self._path.name}.tmp")
        with scratch.open("w", encoding="utf-8") as out:
            json.dump(self._kept, out)
            out.flush()
            os.fsync(out.fileno())
        scratch.replace(self._path)


def _plain(derived: Derived) -> dict[str, Any]:
    return {
        "edge": derived.edge.to_bytes().hex(),
        "growing": [[*at, hashes.hex()] for at, hashes in sorted(derived.growing.items())],
        "at": derived.at,
        "log": derived.log,
        "operator": derived.operator,
        "keys": {name: list(key) for name, key in derived.keys.items()},
        "note": derived.note,
    }


def _from_plain(plain: dict[str, Any]) -> Derived:
    return Derived(
        edge=Frontier.from_bytes(bytes.fromhex(plain["edge"])),
        growing={(level, index): bytes.fromhex(hashes) for level, index, hashes in plain["growing"]},
        at=plain["at"],
        log=plain["log"],
        operator=plain["operator"],
        keys={name: (key, more) for name, (key, more) in plain["keys"].items()},
        note=plain["note"],
    )
