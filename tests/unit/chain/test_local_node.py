from __future__ import annotations

import platform
import shutil
import socket
from pathlib import Path

import pytest

from ledger.chain.errors import ChainRefusedError, ChainUnreachableError
from ledger.chain.local_node import (
    PORT_TRIES,
    LocalChainNotInstalledError,
    LocalChainNotStartedError,
    LocalChainPortTakenError,
    LocalNode,
    anvil_binary,
    ask_local,
)
from tests.unit.chain.scripted_node import NodeRefusalError, ScriptedNode


def program(folder: Path, script: str) -> Path:
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_missing_program_is_named_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(LocalChainNotInstalledError, match="make setup") as caught:
        anvil_binary(tmp_path)
    assert "anvil-" in caught.value.program


def test_a_machine_without_a_package_uses_the_program_on_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/local/bin/anvil")
    assert anvil_binary(tmp_path) == Path("/usr/local/bin/anvil")


@pytest.mark.parametrize(
    ("system", "machine", "package"),
    [
        ("Linux", "x86_64", "linux-amd64"),
        ("Linux", "aarch64", "linux-arm64"),
        ("Darwin", "arm64", "darwin-arm64"),
    ],
)
def test_the_program_is_the_packages_own_for_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, machine: str, package: str
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    path = tmp_path / "@foundry-rs" / f"anvil-{package}" / "bin" / "anvil"
    path.parent.mkdir(parents=True)
    path.touch()
    assert anvil_binary(tmp_path) == path


def test_a_program_that_ends_by_itself_is_told_with_what_it_wrote(tmp_path: Path) -> None:
    with pytest.raises(LocalChainNotStartedError, match="no such option"):
        LocalNode(tmp_path / "chain", binary=program(tmp_path, "echo no such option; exit 2"))


def test_a_program_that_never_answers_is_ended_and_the_folder_is_free_again(tmp_path: Path) -> None:
    silent = program(tmp_path, "exec sleep 60")
    for _ in range(2):
        with pytest.raises(LocalChainNotStartedError, match="nothing"):
            LocalNode(tmp_path / "chain", binary=silent, start_timeout_s=0.2)


def test_a_program_that_does_not_want_to_end_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.chain.local_node.END_WAIT_S", 0.2)
    stubborn = program(tmp_path, 'trap "" TERM; while true; do sleep 0.1; done')
    with pytest.raises(LocalChainNotStartedError):
        LocalNode(tmp_path / "chain", binary=stubborn, start_timeout_s=0.3)


@pytest.mark.parametrize("state", ["0x1f8b00", "no hex", 7])
def test_a_state_that_is_not_whole_is_refused_and_the_one_on_disk_stays(
    tmp_path: Path, state: object
) -> None:
    with LocalNode(tmp_path) as node, ScriptedNode() as broken:
        node.save()
        kept = node.states.path("newest").read_bytes()
        broken.answers["anvil_dumpState"] = lambda _: state
        with pytest.raises(ChainRefusedError, match="isn't whole"):
            node._save_from(int(broken.url.rpartition(":")[2]))
        assert node.states.path("newest").read_bytes() == kept


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(LocalChainPortTakenError) as caught:
            LocalNode(tmp_path, port, binary=program(tmp_path, "exit 0"))
    assert caught.value.port == port


def test_a_port_that_somebody_takes_at_the_last_moment_is_tried_elsewhere(tmp_path: Path) -> None:
    late = program(tmp_path, "echo 'Error: Address already in use (os error 98)'; echo $* >> calls; exit 1")
    tried = tmp_path / "calls"
    late.write_text(late.read_text().replace(">> calls", f">> {tried}"))
    with pytest.raises(LocalChainPortTakenError):
        LocalNode(tmp_path / "chain", binary=late)
    ports = {line.split()[3] for line in tried.read_text().splitlines()}
    assert len(tried.read_text().splitlines()) == PORT_TRIES
    assert len(ports) > 1


def test_a_slow_or_failing_program_never_costs_a_good_state(tmp_path: Path) -> None:
    with LocalNode(tmp_path / "chain") as node:
        node.save()
    for script in ("exec sleep 60", "echo out of memory; exit 137", "kill -9 $$"):
        with pytest.raises(LocalChainNotStartedError):
            LocalNode(tmp_path / "chain", binary=program(tmp_path, script), start_timeout_s=0.2)
    with LocalNode(tmp_path / "chain") as again:
        assert again.loaded == "newest"


def test_a_question_to_nobody_and_to_something_else_is_told_apart() -> None:
    with pytest.raises(ChainUnreachableError):
        ask_local(9, "eth_chainId", timeout_s=0.5)
    with ScriptedNode() as node:
        port = int(node.url.rpartition(":")[2])

        def refuse(_: object) -> str:
            raise NodeRefusalError("not today")

        node.answers["eth_chainId"] = refuse
        with pytest.raises(ChainRefusedError, match="not today"):
            ask_local(port, "eth_chainId")
        node.body = b"hello"
        with pytest.raises(ChainRefusedError, match="JSON-RPC"):
            ask_local(port, "eth_chainId")
