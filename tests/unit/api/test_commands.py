"""Parts of the command line that need no process: serving in order, asking chain and log for proofs."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api import checking, cli
from api.commands import serving
from api.commands.serving import AddressNotUsableError, serve
from api.commands.verifying import _weighed, chain_reader, log_reader
from api.wiring import Wiring
from ledger.chain.anchor import EvmAnchorChain
from ledger.chain.errors import AnchorNotFoundError
from ledger.chain.local_node import LocalNode
from ledger.chain.settings import ChainSettings


@pytest.fixture(autouse=True)
def same_handlers() -> Iterator[None]:
    """Serving answers the system's wish to end: put back what was there."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("how", [KeyboardInterrupt, SystemExit, None])
def test_a_server_closes_what_it_opened_however_it_ends(
    how: type[BaseException] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    ended: list[str] = []
    environment = {"PASSPORT_FOLDER": str(tmp_path), "PASSPORT_POLICY": "demo", "PASSPORT_CHAIN": "none"}
    for name, text in environment.items():
        monkeypatch.setenv(name, text)

    def run(_server: object, sockets: list[Any]) -> None:
        ended.append(f"served on {sockets[0].getsockname()[1]}")
        if how is SystemExit:
            signal.raise_signal(signal.SIGTERM)
        elif how is not None:
            raise how

    monkeypatch.setattr("uvicorn.Server.run", run)
    closing = Wiring.close

    def close(wired: Wiring) -> None:
        closing(wired)
        ended.append("closed")

    monkeypatch.setattr(Wiring, "close", close)
    if how is SystemExit:
        with pytest.raises(SystemExit) as caught:
            serve("127.0.0.1", 0, quiet=True)
        assert caught.value.code == 0
    else:
        serve("127.0.0.1", 0, quiet=False)
    port = ended[0].rpartition(" ")[2]
    assert ended == [f"served on {port}", "closed"]
    assert f"http://127.0.0.1:{port}/docs" in capsys.readouterr().out


def test_an_address_that_can_not_be_used_is_named() -> None:
    for host in ("256.1.1.1", "192.0.2.7"):
        with pytest.raises(AddressNotUsableError, match=host):
            serving.listening(host, 0)


def test_a_lost_anchor_is_read_as_the_newest_where_the_log_can_prove_that_it_grew(tmp_path: Path) -> None:
    settings = ChainSettings(deployments=tmp_path / "deployments.json")
    with LocalNode(tmp_path) as node:
        chain = EvmAnchorChain(node.rpc_url, b"\x21" * 32, None, settings)
        first, second = (chain.anchor(size, bytes([size]) * 32) for size in (10, 20))
        strict, lenient = (chain_reader(node.rpc_url, or_newest=newest) for newest in (False, True))
        assert strict(first) == lenient(first) == first
        lost = type(first)(**{**{name: getattr(first, name) for name in first.__slots__}, "size": 15})
        later = type(first)(**{**{name: getattr(first, name) for name in first.__slots__}, "size": 25})
        assert lenient(lost) == second
        for reader, stated in ((strict, lost), (lenient, later)):
            with pytest.raises(AnchorNotFoundError):
                reader(stated)
        chain.close()


def test_a_log_is_asked_for_a_proof_and_anything_else_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Any] = []

    def get(url: str, **_: Any) -> httpx2.Response:
        status, content = answers.pop()
        return httpx2.Response(status, content=content, request=httpx2.Request("GET", url))

    monkeypatch.setattr(httpx2, "get", get)
    read = log_reader("http://log.example/")
    answers.append((200, b'{"proof": ["' + b"ab" * 32 + b'"]}'))
    assert read(1, 2) == [b"\xab" * 32]
    for answer in (
        (404, b"{}"),
        (200, b"{}"),
        (200, b"[]"),
        (200, b"no"),
        (200, b'{"proof": ["x"]}'),
        (200, b'{"proof": 7}'),
    ):
        answers.append(answer)
        with pytest.raises(OSError):  # noqa: PT011 - that class says "no answer"
            read(1, 2)
    monkeypatch.undo()
    for address in ("http://127.0.0.1:9", "nothing", "http://[", "ftp://here"):
        with pytest.raises(OSError):  # noqa: PT011 - that class says "no answer"
            log_reader(address)(1, 2)


def test_a_checking_process_keeps_the_collector_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    switched: list[bool] = []
    monkeypatch.setattr("gc.disable", lambda: switched.append(True))
    with pytest.raises(checking.NoStatementsError):
        checking.check_in_full(b"[]", lines=False)
    assert switched == [True]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (BrokenPipeError(), ""),
        (PermissionError(13, "Permission denied", "/kept"), "passport: /kept: Permission denied.\n"),
        (OSError("no more of it"), "passport: The system: no more of it.\n"),
        (
            AddressNotUsableError("here", 7, "taken"),
            "passport: The server can't listen on here, port 7: taken.",
        ),
    ],
)
def test_what_ends_a_command_early_is_one_sentence_and_1(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    silenced: list[int] = []

    def fail() -> None:
        raise error

    def dup2(opened: int, _onto: int) -> None:
        os.close(opened)
        silenced.append(1)

    # The test's own capture of outputs uses dup2 too: it is put back at once.
    with monkeypatch.context() as patched:
        patched.setattr(cli, "app", fail)
        patched.setattr("os.dup2", dup2)
        patched.setattr("sys.stdout.fileno", lambda: 1, raising=False)
        with pytest.raises(SystemExit) as caught:
            cli.main()
    assert caught.value.code == 1
    assert capsys.readouterr().err.startswith(said)
    assert len(silenced) == (said == "")


def test_a_quantity_to_compare_with_the_goods_is_written_as_scales_show_it() -> None:
    shown = [_weighed(one) for one in ("16000000000 mg", "1200 piece", "1 mg", "hidden")]
    assert shown == ["16000 kg", "1200 piece", "0.000001 kg", "hidden"]
