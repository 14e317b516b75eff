"""Whose the local chain's folder is: one program at a time, and no chain left over from a killed one."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

END_WAIT_S: Final = 5.0


class FolderClaim:
    """A lock on a folder that ends with the program that holds it, and a note of the child it started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._note = folder / "anvil.json"
        self._lock: int | None = None

    def take(self) -> bool:
        """Take the folder; False if another running program has it."""
        lock = os.open(self._folder / "in-use.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        self._lock = lock
        return True

    def release(self) -> None:
        """Give the folder free; once more does nothing."""
        self._note.unlink(missing_ok=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def tell(self, pid: int, port: int) -> None:
        """Note which process was started."""
        self._note.write_text(json.dumps({"pid": pid, "port": port}))

    def left_over(self) -> tuple[int, int] | None:
        """Return process and port of a chain that outlived the program which started it, or None."""
        try:
            note = json.loads(self._note.read_text())
            pid, port = int(note["pid"]), int(note["port"])
            # The number may long be another program's: only a command line with our folder is ours.
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return (pid, port) if os.fsencode(self._folder / "cache") in command else None

    def end(self, pid: int) -> None:
        """End a left-over process: asked first, forced after five seconds."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + END_WAIT_S
            while time.monotonic() < deadline:
                if self.left_over() is None:
                    return
                time.sleep(0.02)
            os.kill(pid, signal.SIGKILL)
