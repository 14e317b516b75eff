"""`passport audit --remote`: who is asked, with which key, and what is remembered."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

from api.client import LedgerClient
from api.remote_asked import RemoteAsked
from api.remote_bodies import RemoteBodies
from api.remote_log import HttpLog
from ledger.audit_memory import FileMemory
from ledger.errors import LedgerError
from ledger.interfaces import Anchor
from ledger.log.checkpoint import VerifierKey
from ledger.remote_audit import RemoteAudit, audit_remote
from ledger.sql.stores import SqlStore

FOLDER: Final = Path.home() / ".carbon-passport" / "audits"


@dataclass(eq=False)
class NoAnchorContractError(LedgerError):
    """Nobody says where the log's anchors are."""

    url: str
    chain_id: int
    sentence: ClassVar[str] = (
        "{url} names no anchor of this log on chain {chain_id}, so there is none to compare with it."
    )


def run_remote_audit(asked: RemoteAsked, progress: Callable[[int, int], None] | None = None) -> RemoteAudit:
    """Derive a foreign log again and compare it with what was seen, with the chain, and with its bodies.

    Raises:
        LedgerError: the log, the chain or the auditor's memory can't be read.
    """
    path = asked.memory or FOLDER / f"{hashlib.sha256(asked.url.encode()).hexdigest()[:16]}.json"
    with ExitStack() as stack:
        client = stack.enter_context(LedgerClient(asked.url, asked.token))
        text = asked.key or FileMemory.key_in(path) or str(client.log()["verifier_key"])
        key = VerifierKey.parse(text)
        memory, log = FileMemory(path, text), stack.enter_context(HttpLog(asked.url))
        anchors = None if asked.rpc is None else _anchors(client, asked.rpc, stack)
        seen = [path.read_bytes() for path in asked.seen]
        if not asked.bodies:
            return audit_remote(log, key, memory, anchors, progress, seen=seen)
        scratch = stack.enter_context(_scratch(stack))
        found = RemoteAudit()
        bodies = RemoteBodies(client, scratch, found)
        derived = audit_remote(log, key, memory, anchors, progress, bodies.take, seen)
        bodies.finish()
        derived.bodies, derived.hidden = found.bodies, found.hidden
        derived.findings += found.findings
        return derived


def _scratch(stack: ExitStack) -> SqlStore:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="passport-audit-")))
    store = SqlStore(f"sqlite:///{folder / 'scratch.db'}")
    store.migrate()
    return store


def _anchors(client: LedgerClient, rpc: str, stack: ExitStack) -> list[Anchor]:
    """Read the log's anchors from the chain's events; the ledger says only in which contract to look."""
    from ledger.chain.reader import CheckedAnchors, EvmAnchorReader  # noqa: PLC0415 - web3 loads slowly
    from ledger.chain.rpc import EvmRpc  # noqa: PLC0415

    named: list[dict[str, Any]] = client.anchors()["anchors"]
    connection = EvmRpc(rpc, timeout_s=30, attempts=3)
    stack.callback(connection.close)
    chain_id = connection.chain_id()
    there = [anchor for anchor in named if anchor["chain_id"] == chain_id]
    if not there:
        raise NoAnchorContractError(client.url, chain_id)
    reader = EvmAnchorReader(connection, str(there[-1]["contract"]), str(there[-1]["log_address"]))
    return CheckedAnchors(reader).history()
