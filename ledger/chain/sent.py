"""What was sent and isn't confirmed yet: written down before it leaves, so that no restart forgets it."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ledger.chain.errors import SentFileDamagedError


@dataclass(frozen=True, slots=True)
class Sent:
    """A transaction that waits: its number in the account, the highest fees offered, in wei, and every form.

    `transactions` are the hashes (0x and 64 hex digits) of all that were sent under this number; one of
    them at most can happen. `tip` is None on a chain without EIP-1559.
    """

    nonce: int
    limit: int
    tip: int | None
    transactions: tuple[str, ...]


class SentFile:
    """What waits by chain id and account, in a JSON file; without a path in memory only.

    The file looks like `{"31337 0x…": {"nonce": 5, "limit": 22, "tip": 2, "transactions": ["0x…"]}}`.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._memory: dict[str, Any] = {}
        self._lock = threading.Lock()

    def find(self, chain_id: int, address: str) -> Sent | None:
        """Return what waits for an account.

        Raises:
            SentFileDamagedError: The file isn't what this class wrote.
        """
        with self._lock:
            found = self._read().get(_key(chain_id, address))
        if found is None:
            return None
        try:
            tip = None if found["tip"] is None else int(found["tip"])
            hashes = tuple(map(str, found["transactions"]))
            return Sent(int(found["nonce"]), int(found["limit"]), tip, hashes)
        except (KeyError, TypeError, ValueError):
            raise SentFileDamagedError(str(self._path)) from None

    def keep(self, chain_id: int, address: str, sent: Sent | None) -> None:
        """Remember what waits for an account, whole and flushed; None: nothing does.

        Raises:
            SentFileDamagedError: The file isn't what this class wrote.
        """
        with self._lock:
            waiting = self._read()
            if sent is None and _key(chain_id, address) not in waiting:
                return
            kept = {key: value for key, value in waiting.items() if key != _key(chain_id, address)}
            if sent is not None:
                kept[_key(chain_id, address)] = asdict(sent)
            self._memory = kept
            if self._path is not None:
                self._write(self._path, kept)

    def _write(self, path: Path, kept: dict[str, Any]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        written = path.with_suffix(".new")
        with written.open("w", encoding="ascii") as file:
            file.write(json.dumps(kept, indent=1, sort_keys=True) + "\n")
            file.flush()
            os.fsync(file.fileno())
        written.replace(path)

    def _read(self) -> dict[str, Any]:
        if self._path is None or not self._path.exists():
            return self._memory
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except ValueError:
            raise SentFileDamagedError(str(self._path)) from None
        if not isinstance(kept, dict):
            raise SentFileDamagedError(str(self._path))
        return kept


def _key(chain_id: int, address: str) -> str:
    return f"{chain_id} {address}"
