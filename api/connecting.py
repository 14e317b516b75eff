"""How each chain that is set is reached: node, contract, keys, and the mirror there."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import Final

from api.chain_lines import ChainLine
from api.chain_task import ChainTask, Pace
from api.mirroring import Mirroring
from api.settings import Settings
from ledger.chain.anchor import EvmAnchorChain
from ledger.chain.local_node import LocalNode
from ledger.chain.registry import EvmOrganizationRegistry
from ledger.chain.settings import ChainSettings
from ledger.interfaces import LOCAL_CHAIN_ID, AnchorChain
from ledger.keystore import LogKeys
from ledger.services import Ledger

FIRST_BLOCK_S: Final = 60.0
BLOCK_S: Final = 15.0
"""How long a confirmation may take before the task looks at something else and comes back."""
STALE_S: Final = 3600.0
"""A node whose newest block is older than that shows no chain that is alive."""


def chain_settings(line: ChainLine, settings: Settings) -> ChainSettings:
    """Return how to speak with a chain; what must outlive this program lies in the ledger's folder."""
    local = line.rpc_url is None
    return ChainSettings(
        chain_id=LOCAL_CHAIN_ID if local else line.chain_id,
        deployments=settings.folder / "chain" / "deployments.json",
        sent=settings.folder / "chain" / "sent.json",
        confirmations=line.confirmations,
        confirm_timeout_s=FIRST_BLOCK_S + BLOCK_S * line.confirmations,
        maximum_wei_each=None if line.max_fee_gwei is None else line.max_fee_gwei * 10**9,
        also=line.also,
        stale_after_s=None if local else STALE_S,
        forgetful=local,
    )


def chain_task(
    line: ChainLine, settings: Settings, ledger: Ledger, keys: LogKeys, closing: ExitStack
) -> ChainTask:
    """Return the task that anchors on a chain; `closing` ends what was started for it.

    Raises:
        LedgerError: the local chain doesn't start.
    """
    known = chain_settings(line, settings)
    node: LocalNode | None = None
    url = line.rpc_url
    if url is None:
        node = closing.enter_context(LocalNode(settings.folder / "chain"))
        url = node.rpc_url
    chain = EvmAnchorChain(
        url, keys.anchor_key, line.contract, known, on_confirmed=node.save if node else None
    )
    closing.callback(chain.close)
    mirroring = None
    if settings.mirror if line.mirror is None else line.mirror:
        registry = EvmOrganizationRegistry(url, keys.anchor_key, settings=known)
        closing.callback(registry.close)
        mirroring = Mirroring(ledger.store, registry)
    starting = threading.Lock()

    def reached() -> AnchorChain:
        with starting:
            if node is not None and not node.alive():
                node.restart()
                if mirroring is not None:
                    mirroring.start_over()
        return chain

    pace = Pace(settings.anchor_every_statements, settings.anchor_every_s, line.confirmations)
    task = ChainTask(ledger, line.name, reached, pace, mirroring)
    task.ending = chain.end
    return task
