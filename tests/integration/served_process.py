"""A real server in a process of its own, on a free port, ended by its own number."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

import httpx2

ROOT = Path(__file__).resolve().parents[2]
START_S = 60.0
ADDRESS = re.compile(r"http://[0-9a-z.:\[\]]+")


def environment(folder: Path, **changed: str) -> dict[str, str]:
    """Return the environment of a ledger in a folder, open to all, without a chain."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PASSPORT_")}
    own = {"PASSPORT_FOLDER": str(folder), "PASSPORT_POLICY": "demo", "PASSPORT_CHAIN": "none"}
    return {**kept, **own, **changed}


class Running:
    """`passport serve` in a process, from its `with` to its end."""

    def __init__(self, folder: Path, *arguments: str, **changed: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder / f"server-{time.monotonic_ns()}.log"
        command = [sys.executable, "-m", "api.cli", "serve", "--quiet", "--port", "0", *arguments]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment(folder, **changed), stdout=log, stderr=log
            )
        try:
            self.url = self._address()
        except BaseException:
            self.kill()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End the process as a power cut would."""
        self.process.kill()
        self.process.wait()

    def written(self) -> str:
        """Return what the server wrote."""
        return self._log.read_text("utf-8")

    def get(self, path: str) -> Any:
        """Return the JSON of a path."""
        answer = httpx2.get(self.url + path, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def log_id(self) -> str:
        """Return the log's id."""
        return str(self.get("/v1/log")["log_id"])

    def _address(self) -> str:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self.process.poll() is None:
            found = ADDRESS.search(self.written())
            if found:
                return found.group()
            time.sleep(0.02)
        raise AssertionError(self.written())
