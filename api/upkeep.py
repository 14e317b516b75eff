"""Audit, backup, restore and export of a ledger in its folder, with or without its server running."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, ClassVar, Final

from api.settings import Settings
from ledger.audit import Audit, audit
from ledger.chain.claim import FolderClaim
from ledger.chain.local_node import HOST, LocalChainFolderInUseError, LocalNode
from ledger.chain.reader import CheckedAnchors, EvmAnchorReader
from ledger.chain.rpc import EvmRpc
from ledger.chain.settings import ChainSettings
from ledger.erasing import erase
from ledger.errors import LedgerError
from ledger.inbox import SetAside
from ledger.interfaces import Anchor, AnchorHistory
from ledger.replaying import replay
from ledger.sql.backup import backup, export_statements, restore
from ledger.sql.replaying import rebuild_books
from ledger.sql.stores import SqlStore
from ledger.terms import address_of_public_key

STATE_PREFIX: Final = "chain-state"
DEPLOYMENTS: Final = "deployments.json"


@contextmanager
def opened_store(settings: Settings) -> Iterator[SqlStore]:
    """Open the ledger's store, its tables up to date, and close it again."""
    settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with SqlStore(settings.database_url) as store:
        store.migrate()
        yield store


def run_erase(settings: Settings, statement: str, path: str) -> int:
    """Erase a personal part of a logged statement; return how many parts of it are erased now.

    Raises:
        NotPersonalError, NothingToEraseError: it can't be erased, or there is none.
        LogNotOpenError: there is no ledger yet.
    """
    with opened_store(settings) as store:
        with store.write() as writer:
            after = erase(writer, statement, path)
        store.forget_deleted()
    return len(after.erased)


@dataclass(eq=False)
class BooksNotDerivedError(LedgerError):
    """The books can't be made anew, because a statement behind them is damaged."""

    replayed: int
    size: int
    sentence: ClassVar[str] = (
        "Books follow from {replayed} of {size} statements only, so they were left as they are. "
        "Restore the ledger from a backup."
    )


class _ReadBefore:
    """A chain's history, read before the ledger: what was anchored by then is in a later snapshot."""

    def __init__(self, chain: AnchorHistory) -> None:
        self._anchors: list[Anchor] | LedgerError
        try:
            self._anchors = chain.history()
        except LedgerError as error:
            self._anchors = error

    def history(self) -> list[Anchor]:
        """Return what the chain said then."""
        if isinstance(self._anchors, LedgerError):
            raise self._anchors
        return self._anchors


def run_audit(
    settings: Settings,
    chain: AnchorHistory | None,
    progress: Callable[[int], None] | None = None,
    *,
    repair: bool = False,
) -> Audit:
    """Replay the log into a scratch database, compare, and with `repair` make the books anew.

    Raises:
        BooksNotDerivedError: books are to be repaired, but a statement can't be replayed.
        LogNotOpenError: there is no log here.
    """
    with ExitStack() as stack:
        store = stack.enter_context(opened_store(settings))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="passport-audit-")))
        scratch = stack.enter_context(SqlStore(f"sqlite:///{folder / 'scratch.db'}"))
        scratch.migrate()
        before = None if chain is None else _ReadBefore(chain)
        with store.read() as view:
            found = audit(view, scratch, before, progress)
        if repair and any(finding.part in {"books", "state"} for finding in found.findings):
            _repair(store, found)
        return found


def _repair(store: SqlStore, found: Audit) -> None:
    """Make the books anew, with what was stated since the audit looked."""
    if found.replayed < found.size:
        raise BooksNotDerivedError(found.replayed, found.size)
    rebuild_books(store)


class _Away:
    """A chain that says nothing, and why."""

    def __init__(self, error: LedgerError) -> None:
        self._error = error

    def history(self) -> list[Anchor]:
        """Raise what kept the chain from answering."""
        raise self._error


class _AllChains:
    """The events of this log on every chain where anchors of it are known."""

    def __init__(self, chains: Sequence[AnchorHistory]) -> None:
        self._chains = chains

    def history(self) -> list[Anchor]:
        """Return the anchors of all chains, each chain's oldest first."""
        return [anchor for chain in self._chains for anchor in chain.history()]


@contextmanager
def audit_chain(settings: Settings, rpc: str | None) -> Iterator[AnchorHistory | None]:
    """Give the events of this log: of the chain by RPC, or of every chain that is set."""
    with ExitStack() as stack:
        lines = settings.anchored_chains
        urls = [rpc] if rpc else [line.rpc_url or _local(settings, stack) for line in lines]
        with opened_store(settings) as store, store.read() as view:
            address = address_of_public_key(bytes.fromhex(view.terms().secp256k1))
            known = view.anchors()
        found: list[AnchorHistory] = []
        for url in filter(None, urls):
            connection = EvmRpc(url, timeout_s=ChainSettings().request_timeout_s, attempts=3)
            stack.callback(connection.close)
            try:
                there = known if len(urls) == 1 else _on(connection.chain_id(), known)
            except LedgerError as error:
                found.append(_Away(error))
                continue
            if there:
                reader = EvmAnchorReader(connection, there[-1].contract, address, _chain_settings(settings))
                found.append(CheckedAnchors(reader))
        yield _AllChains(found) if found else None


def _on(chain_id: int, known: Sequence[Anchor]) -> list[Anchor]:
    return [anchor for anchor in known if anchor.chain_id == chain_id]


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


def set_aside(settings: Settings) -> list[SetAside]:
    """Return what waited to be booked and couldn't be, with the reasons, oldest first."""
    with opened_store(settings) as store:
        return store.aside()


def run_backup(settings: Settings, target: Path, *, overwrite: bool = False) -> int:
    """Write the ledger and its chain's state to one file, and return how many statements it holds."""
    folder = settings.folder / "chain"
    files = [*folder.glob(f"{STATE_PREFIX}*"), *folder.glob(DEPLOYMENTS)]
    passing = (".new", ".damaged", ".loading.json")
    extra = {file.name: file for file in files if not file.name.endswith(passing)}
    with opened_store(settings) as store:
        return backup(store, target, extra, overwrite=overwrite).size


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
