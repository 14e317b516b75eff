"""Gas per statement of an anchor, on a real anvil, at 1,000 statements a batch."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from statistics import median
from typing import Any, Final

from ledger.chain.anchor import EvmAnchorChain
from ledger.chain.local_node import LocalNode
from ledger.signing import new_private_key

BATCH: Final = 1000
ANCHORS: Final = 6
LIMIT: Final = 45


def measure() -> list[dict[str, Any]]:
    """Anchor several checkpoints and return the rows: the steady state and, apart, the first."""
    with tempfile.TemporaryDirectory() as folder, LocalNode(Path(folder)) as node:
        chain = EvmAnchorChain(node.rpc_url, new_private_key())
        roots = [hashlib.sha256(str(number).encode()).digest() for number in range(ANCHORS)]
        used = [chain.anchor((number + 1) * BATCH, root).gas for number, root in enumerate(roots)]
        chain.close()
    steady = median(used[1:]) / BATCH
    how = f"anvil, {BATCH} statements a batch, gas used by the transaction"
    return [
        _row("gas per statement, steady state", steady, LIMIT, how, met=steady <= LIMIT),
        _row("gas per statement, first anchor", used[0] / BATCH, None, how, met=True),
    ]


def _row(name: str, ours: float, limit: int | None, how: str, *, met: bool) -> dict[str, Any]:
    return {
        "name": name,
        "ours": round(ours, 3),
        "peer": limit,
        "ratio": round(ours / limit, 3) if limit else None,
        "unit": "gas/statement",
        "target": f"<= {limit}" if limit else "reported",
        "met": met,
        "how": how,
    }
