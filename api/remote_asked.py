"""What an auditor of a foreign log asks for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RemoteAsked:
    """What an auditor asks for.

    `key` is the log's key from a trusted source; without it the one remembered, else the ledger's own word.
    """

    url: str
    key: str | None = None
    memory: Path | None = None
    rpc: str | None = None
    token: str | None = None
    bodies: bool = False
    seen: tuple[Path, ...] = ()
