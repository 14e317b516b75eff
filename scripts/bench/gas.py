"""Gas of the contracts, on a real anvil: a statement's share of an anchor, and an inclusion proof."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from statistics import median
from typing import Any, Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from ledger.chain.anchor import EvmAnchorChain
from ledger.chain.local_node import LocalNode, ask_local
from ledger.chain.settings import ChainSettings
from ledger.log import merkle
from ledger.signing import new_private_key

BATCH: Final = 1000
ANCHORS: Final = 6
LIMIT: Final = 42
LEVELS: Final = 20
PROOF_LIMIT: Final = 20_000
ENTRY: Final = b"e" * 700
METER: Final = "0x" + "c5" * 20
# Calls the address in the first word with the rest; answers success, and the gas between two GAS.
METER_CODE: Final = "0x6020360360206000375a600060006020360360006000355afa5a90600052900360205260406000f3"


def measure() -> list[dict[str, Any]]:
    """Anchor several checkpoints, check a proof, and return the rows; the first anchor apart."""
    with tempfile.TemporaryDirectory() as folder, LocalNode(Path(folder)) as node:
        # Another account pays, so every anchor is relayed and its signature checked.
        settings = ChainSettings(payer=new_private_key())
        chain = EvmAnchorChain(node.rpc_url, new_private_key(), settings=settings)
        roots = [hashlib.sha256(str(number).encode()).digest() for number in range(ANCHORS)]
        anchors = [chain.anchor((number + 1) * BATCH, root) for number, root in enumerate(roots)]
        proof = inclusion_gas(chain, node.port, anchors[-1].contract)
        chain.close()
    used = [anchor.gas for anchor in anchors]
    steady = median(used[1:]) / BATCH
    how = f"anvil, {BATCH} statements a batch, relayed and signature-checked, gas used by the transaction"
    proven = f"anvil, entry of {len(ENTRY)} bytes in a log of 2^{LEVELS}, between two GAS around the call"
    return [
        _row("gas per statement, steady state", steady, LIMIT, "gas/statement", how),
        _row("gas per statement, first anchor", used[0] / BATCH, None, "gas/statement", how),
        _row("gas of an inclusion proof", proof, PROOF_LIMIT, "gas", proven),
    ]


def inclusion_gas(chain: EvmAnchorChain, port: int, contract: str) -> int:
    """Anchor a log of 2^20 entries and return what checking that one is in it costs to execute."""
    index = 0b10110011100011110000
    path = [hashlib.sha256(bytes([level])).digest() for level in range(LEVELS)]
    root = merkle.leaf_hash(ENTRY)
    for level, neighbour in enumerate(path):
        left, right = (neighbour, root) if index >> level & 1 else (root, neighbour)
        root = hashlib.sha256(b"\x01" + left + right).digest()
    chain.anchor(2**LEVELS, root)
    ask_local(port, "anvil_setCode", [METER, METER_CODE])
    selector = keccak(text="checkIncluded(address,uint64,bytes,bytes32[])")[:4]
    arguments = encode(["address", "uint64", "bytes", "bytes32[]"], [chain.log_address, index, ENTRY, path])
    question = {"to": METER, "data": "0x" + (encode(["address"], [contract]) + selector + arguments).hex()}
    answer = bytes.fromhex(str(ask_local(port, "eth_call", [question, "latest"]))[2:])
    if int.from_bytes(answer[:32]) != 1:
        raise RuntimeError(answer.hex())
    return int.from_bytes(answer[32:])


def _row(name: str, ours: float, limit: int | None, unit: str, how: str) -> dict[str, Any]:
    return {
        "name": name,
        "ours": round(ours, 3),
        "peer": limit,
        "ratio": round(ours / limit, 3) if limit else None,
        "unit": unit,
        "target": f"<= {limit}" if limit else "reported",
        "met": limit is None or ours <= limit,
        "how": how,
    }
