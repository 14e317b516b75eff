"""The ledger's own server as a process of the demo: started on a free port, ended by its number."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import ClassVar, Final, Self

from ledger.errors import LedgerError

START_TIMEOUT_S: Final = 60.0
END_TIMEOUT_S: Final = 20.0
ORIGIN: Final = "demo.example/carbon-passports"
_ADDRESS: Final = re.compile(r"http://[0-9a-z.:\[\]]+")
_KEPT: Final = ("PASSPORT_CHAIN_RPC_URL",)
"""Of the user's own settings only the chain counts in the demo."""


@dataclass(eq=False)
class ServerNotStartedError(LedgerError):
    """The ledger's server did not come up."""

    waited_s: float
    output: str
    sentence: ClassVar[str] = "The server did not start, {waited_s:.0f} s waited. It wrote: {output}"


def demo_environment(folder: Path, accreditors: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the environment in which a ledger of the demo runs."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PASSPORT_") or name in _KEPT
    }
    return {
        **environment,
        "PASSPORT_FOLDER": str(folder.absolute()),
        "PASSPORT_POLICY": "demo",
        "PASSPORT_ORIGIN": ORIGIN,
        "PASSPORT_ACCREDITORS": ",".join(accreditors),
        "PASSPORT_ANCHOR_EVERY_S": "2",
    }


@contextmanager
def ended_like_ctrl_c() -> Iterator[None]:
    """Let a request to end (SIGTERM) end what runs here as Ctrl-C does, so that no server stays behind."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        # Only the main thread can be told.
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def free_port(wanted: int) -> int:
    """Return the wanted port of this machine if it is free, else 0, which takes any."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return 0
    return wanted


class Server:
    """`passport serve` in a process of its own, from `with` to its end.

    Raises:
        ServerNotStartedError: it ended by itself, or named no address in time.
    """

    def __init__(self, environment: Mapping[str, str], log: Path, port: int = 0) -> None:
        self._log = log
        command = [sys.executable, "-m", "api.cli", "serve", "--quiet", "--port", str(port)]
        with log.open("wb") as out:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        try:
            self.url = self._address()
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process: asked first, forced after 20 seconds; once more does nothing."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(END_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def wait(self) -> int:
        """Wait until the process ends, and return its exit code."""
        return self._process.wait()

    def _address(self) -> str:
        began = time.monotonic()
        while time.monotonic() < began + START_TIMEOUT_S and self._process.poll() is None:
            found = _ADDRESS.search(self._written())
            if found:
                return found.group()
            time.sleep(0.05)
        waited_s = time.monotonic() - began
        raise ServerNotStartedError(waited_s, self._written()[-800:].strip() or "nothing")

    def _written(self) -> str:
        return self._log.read_text("utf-8", errors="replace")
