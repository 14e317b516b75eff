"""Audit, backup, restore and export of a ledger in its folder, with or without its server running."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final

from api.settings import Settings
from ledger.audit import Audit, audit
from ledger.chain.claim import FolderClaim
from ledger.chain.local_node import HOST, LocalChainFolderInUseError, LocalNode
from ledger.chain.reader import EvmAnchorReader
from ledger.chain.rpc import EvmRpc
from ledger.chain.settings import ChainSettings
from ledger.interfaces import AnchorHistory
from ledger.replaying import replay
from ledger.sql.backup import backup, export_statements, restore
from ledger.sql.stores import SqlStore
from ledger.terms import address_of_public_key

STATE_PREFIX: Final = "chain-state"
DEPLOYMENTS: Final = "deployments.json"


@contextmanager
def opened_store(settings: Settings) -> Iterator[SqlStore]:
    """Open the ledger's store, its tables up to date, and close it again."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    with SqlStore(settings.database_url) as store:
        store.migrate()
        yield store


def run_audit(
    settings: Settings,
    chain: AnchorHistory | None,
    progress: Callable[[int], None] | None = None,
    *,
    repair: bool = False,
) -> Audit:
    """Replay the log into a scratch database, compare, and with `repair` swap the derived books in."""
    with ExitStack() as stack:
        store = stack.enter_context(opened_store(settings))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="passport-audit-")))
        scratch = stack.enter_context(SqlStore(f"sqlite:///{folder / 'scratch.db'}"))
        scratch.migrate()
        with store.read() as view:
            found = audit(view, scratch, chain, progress)
        if repair and any(finding.part == "books" for finding in found.findings):
            with store.write() as writer, scratch.read() as derived:
                writer.replace_projections(derived)
        return found


@contextmanager
def audit_chain(settings: Settings, rpc: str | None) -> Iterator[AnchorHistory | None]:
    """Give the chain's events of this log: another chain's by RPC, or the ledger's own local one."""
    with ExitStack() as stack:
        url = rpc or settings.chain_rpc_url or _local(settings, stack)
        with opened_store(settings) as store, store.read() as view:
            address = address_of_public_key(bytes.fromhex(view.terms().secp256k1))
            known = view.anchors()
        if url is None or not known:
            yield None
            return
        connection = EvmRpc(url, timeout_s=ChainSettings().request_timeout_s, attempts=3)
        stack.callback(connection.close)
        yield EvmAnchorReader(connection, known[-1].contract, address, _chain_settings(settings))


def _chain_settings(settings: Settings) -> ChainSettings:
    return ChainSettings(deployments=settings.folder / "chain" / DEPLOYMENTS)


def _local(settings: Settings, stack: ExitStack) -> str | None:
    """Return the RPC address of the ledger's own chain, started here unless its server runs it."""
    folder = settings.folder / "chain"
    if settings.chain != "local" or not folder.exists():
        return None
    try:
        return stack.enter_context(LocalNode(folder)).rpc_url
    except LocalChainFolderInUseError:
        running = FolderClaim(folder).left_over()
        return f"http://{HOST}:{running[1]}" if running else None


def run_backup(settings: Settings, target: Path) -> int:
    """Write the ledger and its chain's state to one file, and return how many statements it holds."""
    folder = settings.folder / "chain"
    files = [*folder.glob(f"{STATE_PREFIX}*"), *folder.glob(DEPLOYMENTS)]
    extra = {file.name: file for file in files if not file.name.endswith((".new", ".damaged"))}
    with opened_store(settings) as store:
        return backup(store, target, extra).size


def run_restore(settings: Settings, source: Path) -> int:
    """Fill an empty ledger from a backup, and return how many statements it holds."""
    folder = settings.folder / "chain"
    folder.mkdir(parents=True, exist_ok=True)
    with opened_store(settings) as store:
        return restore(source, store, replay, folder).size


def run_export(settings: Settings, stream: IO[bytes]) -> int:
    """Write all statements in log order, one JSON object a line, and return how many."""
    with opened_store(settings) as store, store.read() as view:
        return export_statements(view, stream)
