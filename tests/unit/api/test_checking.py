"""Large requests are read in another process: the verdicts are the same as without it."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from api import checking, wiring
from api.checking import end_with_parent, take_apart
from ledger.errors import LedgerError
from ledger.services import BatchError
from scripts.bench.world import Issuer, batches
from tests.served import settings

COUNT = 150


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executor]:
    with ExitStack() as closing:
        made = wiring._pool(settings(tmp_path_factory.mktemp("pool"), check_processes=1), closing)
        assert made is not None
        yield made


@pytest.fixture(scope="module")
def wires() -> list[dict[str, Any]]:
    """A batch large enough to be worth another process."""
    issuer = Issuer("ab" * 32)
    return [statement.wire() for statement in [issuer.registration, *issuer.pairs(COUNT)]]


def verdict(raw: bytes, pool: Executor | None, *, lines: bool = False) -> Any:
    """Return what comes of a request: digests, or the name of the refusal with its facts."""
    try:
        statements, single = take_apart(raw, lines=lines, pool=pool)
    except LedgerError as error:
        cause = error.cause if isinstance(error, BatchError) else error
        return type(cause).__name__, cause.facts(), getattr(error, "index", None)
    return [statement.digest for statement in statements], single


def encoded(items: Any) -> bytes:
    return json.dumps(items, ensure_ascii=False).encode()


Change = Callable[[list[dict[str, Any]]], object]
CHANGES: dict[str, Change] = {
    "nothing": lambda _: None,
    "a salt": lambda wires: wires[7]["parts"][0].update(salt="0" * 32),
    "a signature": lambda wires: wires[9]["signature"].update(value="0x" + "11" * 64 + "1b"),
    "a key": lambda wires: wires[9]["signature"].update(key="0x" + "ab" * 20),
    "an unknown field": lambda wires: wires[3].update(colour="red"),
    "a number": lambda wires: wires[3]["envelope"].update(v=1),
    "a bidi character": lambda wires: wires[5]["parts"][0].update(value="\u202e"),
    "no object": lambda wires: wires.insert(2, None),  # type: ignore[arg-type]
    "no parts": lambda wires: wires[2].update(parts=None),
    "parts that are no objects": lambda wires: wires[2].update(parts=[1, 2]),
    "a missing part": lambda wires: wires[2]["parts"].pop(),
    "too many": lambda wires: wires.extend(wires * 7),
    "a fraction": lambda wires: wires[4].update(parts=0.5),
    "a summary": lambda wires: wires[4]["envelope"].update(summary_keccak="12" * 32),
}


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize("change", CHANGES)
def test_another_process_says_the_same(
    pool: Executor, wires: list[dict[str, Any]], change: str, lines: bool
) -> None:
    altered = json.loads(encoded(wires))
    CHANGES[change](altered)
    raw = b"\n".join(map(encoded, altered)) if lines else encoded(altered)
    assert len(raw) > checking.LARGE_BYTES
    here, there = verdict(raw, None, lines=lines), verdict(raw, pool, lines=lines)
    assert here == there
    assert (change == "nothing") == isinstance(here[0], list)


RAW: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda raw: raw[:-2],
    "a key twice": lambda raw: raw.replace(b'"v": "1"', b'"v": "1", "v": "1"', 1),
    "NaN": lambda raw: raw.replace(b'"v": "1"', b'"v": NaN', 1),
    "malformed UTF-8": lambda raw: raw.replace(b'"v": "1"', b'"v": "\xff"', 1),
    "brackets": lambda raw: raw + b"[" * 100_000,
    "only brackets": lambda _: b"[" * 400_000,
    "only objects": lambda _: b'{"a":' * 100_000,
    "spaces": lambda _: b" " * 400_000,
    "an empty list": lambda _: b"[" + b" " * 400_000 + b"]",
    "a large number": lambda raw: raw.replace(b'"v": "1"', b'"v": 1' + b"0" * 5000, 1),
}


@pytest.mark.parametrize("change", RAW)
def test_another_process_says_the_same_of_bytes_that_are_no_json(
    pool: Executor, wires: list[dict[str, Any]], change: str
) -> None:
    raw = RAW[change](encoded(wires))
    for lines in (False, True):
        assert verdict(raw, None, lines=lines) == verdict(raw, pool, lines=lines)


def test_the_standard_librarys_reader_gives_the_same(
    pool: Executor, wires: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "json", json)
    for raw in (encoded(wires), b"[" * 400_000, encoded(wires)[:-2]):
        assert verdict(raw, None) == verdict(raw, pool)


def test_a_small_request_needs_no_other_process(wires: list[dict[str, Any]]) -> None:
    class Unused(Executor):
        def submit(self, *_: Any, **__: Any) -> Any:
            raise AssertionError

    statements, single = take_apart(encoded(wires[0]), lines=False, pool=Unused())
    assert single
    assert len(statements) == 1


def test_a_batch_is_read_here_when_the_other_process_was_killed(
    wires: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as dying:
        os.kill(dying.submit(os.getpid).result(), signal.SIGKILL)
        for _ in range(2):
            assert verdict(encoded(wires), dying) == verdict(encoded(wires), None)
    assert "the other process is gone" in caplog.text


def test_batches_of_the_bench_are_read_as_they_are() -> None:
    issuer = Issuer("ab" * 32)
    (raw,) = batches(issuer.pairs(4), 4)
    statements, single = take_apart(raw, lines=False)
    assert (len(statements), single) == (4, False)


def test_the_process_that_started_all_has_none_to_wait_for() -> None:
    end_with_parent()
    assert not any(thread.name == "parent" for thread in threading.enumerate())


def test_a_checking_process_ends_with_a_server_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "serving.py"
    script.write_text(
        "import os, signal, sys\n"
        "from contextlib import ExitStack\n"
        "from pathlib import Path\n"
        "from api import wiring\n"
        "from tests.served import settings\n"
        "if __name__ == '__main__':\n"
        "    pool = wiring._pool(settings(Path(sys.argv[1]), check_processes=1), ExitStack())\n"
        "    print(pool.submit(os.getpid).result(), flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    root = Path(__file__).resolve().parents[3]
    ended = subprocess.run(
        [sys.executable, str(script), str(tmp_path)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    assert ended.returncode == -signal.SIGKILL
    child = Path(f"/proc/{int(ended.stdout)}")
    deadline = time.monotonic() + 10
    while child.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not child.exists()


def test_what_only_the_quick_reader_refuses_is_read_here(
    pool: Executor, wires: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumbling(*_: Any, **__: Any) -> Any:
        raise ValueError

    expected = verdict(encoded(wires), None)
    monkeypatch.setattr(checking, "parse_quickly", stumbling)
    assert verdict(encoded(wires), pool) == expected


def test_a_process_leaves_when_the_one_that_started_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[int] = []
    gone = threading.Event()

    class Parent:
        def join(self) -> None:
            gone.wait(10)

    def leave(code: int) -> None:
        left.append(code)

    ignored: list[object] = []
    monkeypatch.setattr("signal.signal", lambda *what: ignored.append(what))
    monkeypatch.setattr("multiprocessing.parent_process", Parent)
    monkeypatch.setattr("os._exit", leave)
    before = threading.active_count()
    end_with_parent()
    assert threading.active_count() == before + 1
    assert left == []
    gone.set()
    deadline = time.monotonic() + 10
    while not left and time.monotonic() < deadline:
        time.sleep(0.01)
    assert left == [1]
    assert ignored == [(signal.SIGINT, signal.SIG_IGN)]
