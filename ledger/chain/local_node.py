"""The local chain: an anvil process that this program starts, keeps safe and ends."""

from __future__ import annotations

import http.client
import json
import platform
import shutil
import socket
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from ledger.chain.claim import END_WAIT_S, FolderClaim
from ledger.chain.errors import ChainRefusedError, ChainUnreachableError
from ledger.chain.state_files import SavedState, StateFiles
from ledger.errors import LedgerError

CHAIN_ID: Final = 31337
PORT_TRIES: Final = 5
STATES_IN_MEMORY: Final = 16
HOST: Final = "127.0.0.1"
SYSTEMS: Final = {"linux": "linux", "darwin": "darwin"}
MACHINES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
ROOT: Final = Path(__file__).resolve().parent.parent.parent


@dataclass(eq=False)
class LocalChainNotInstalledError(LedgerError):
    """The program of the local chain isn't there."""

    program: str
    sentence = (
        "The local chain's program is not at {program}; run `make setup`, or name a chain by its RPC address."
    )


@dataclass(eq=False)
class LocalChainPortTakenError(LedgerError):
    """Another program has the port that the local chain should have."""

    port: int
    sentence = "Port {port} is taken; name another one for the local chain, or none to let it choose."


@dataclass(eq=False)
class LocalChainFolderInUseError(LedgerError):
    """Another running program keeps its local chain in the same folder."""

    folder: str
    sentence = "Another program runs the local chain in {folder}; end it first, or use its RPC address."


@dataclass(eq=False)
class LocalChainNotStartedError(LedgerError):
    """The local chain's program doesn't come up."""

    waited_s: float
    output: str
    sentence = "The local chain did not start within {waited_s} s. It wrote: {output}"


def anvil_binary(node_modules: Path = ROOT / "node_modules") -> Path:
    """Return the native program of anvil for this machine: the npm package's, else the one on the path.

    Raises:
        LocalChainNotInstalledError: Neither is there.
    """
    system = SYSTEMS.get(platform.system().lower(), "unknown")
    machine = MACHINES.get(platform.machine().lower(), "unknown")
    packaged = node_modules / "@foundry-rs" / f"anvil-{system}-{machine}" / "bin" / "anvil"
    if packaged.is_file():
        return packaged
    installed = shutil.which("anvil")
    if installed is None:
        raise LocalChainNotInstalledError(str(packaged))
    return Path(installed)


class LocalNode:
    """A chain of this machine's own in a folder: starts at once, ends with `close()` or its `with`.

    It listens on the loopback address only, has the chain id 31337, makes a block per transaction,
    and gives ether to nobody by itself. `save()` writes its state so that it outlives any kill; call
    it after every confirmed anchor. Two generations are kept: a start loads the newer one that is
    whole, and `loaded` says which ("newest", "previous", or "nothing").

    Raises:
        LocalChainNotInstalledError: The program isn't there.
        LocalChainPortTakenError: The port named is taken.
        LocalChainFolderInUseError: Another program runs its chain in this folder.
        LocalChainNotStartedError: It doesn't answer in time, or ends by itself.
    """

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        *,
        binary: Path | None = None,
        start_timeout_s: float = 20.0,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder.resolve()
        self._log = self._folder / "anvil.log"
        self._binary = anvil_binary() if binary is None else binary
        self._start_timeout_s = start_timeout_s
        self._saving = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self.loaded = "nothing"
        self.states = StateFiles(self._folder)
        self._claim = FolderClaim(self._folder)
        if not self._claim.take():
            raise LocalChainFolderInUseError(str(folder))
        try:
            self._end_left_over()
            self.port = self._start_on(port)
        except LedgerError:
            self._claim.release()
            raise

    @property
    def rpc_url(self) -> str:
        """The RPC address of this chain."""
        return f"http://{HOST}:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process of the chain, or None after its end."""
        return None if self._process is None else self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def alive(self) -> bool:
        """Return whether the chain's process runs."""
        return self._process is not None and self._process.poll() is None

    def save(self) -> None:
        """Write the chain's state to disk, whole and flushed; the one before becomes the previous one.

        Raises:
            ChainUnreachableError: The chain doesn't run.
            ChainRefusedError: It gave no whole state.
        """
        with self._saving:
            self._save_from(self.port)

    def restart(self) -> None:
        """Start the chain again from its newest whole state, on the same port.

        Raises:
            LocalChainPortTakenError: Another program has taken the port meanwhile.
            LocalChainNotStartedError: It doesn't come up.
        """
        with self._saving:
            self._end()
            self._start(self.port)

    def close(self) -> None:
        """Save the state, end the process, and give the folder free; once more does nothing."""
        if self.alive():
            # What was confirmed is saved already; an end must not fail.
            with suppress(ChainUnreachableError, ChainRefusedError, OSError):
                self.save()
        self._end()
        self._claim.release()

    def _end_left_over(self) -> None:
        found = self._claim.left_over()
        if found is None:
            return
        pid, port = found
        # It may know of anchors that its program could no longer save.
        with suppress(ChainUnreachableError, ChainRefusedError):
            self._save_from(port)
        self._claim.end(pid)

    def _start_on(self, port: int | None) -> int:
        for _ in range(PORT_TRIES if port is None else 1):
            chosen = _free_port() if port is None else port
            try:
                self._start(chosen)
            except LocalChainPortTakenError as error:
                taken = error
            else:
                return chosen
        raise taken

    def _start(self, port: int) -> None:
        _require_free(port)
        states = [*self.states.whole(), None]
        while not self._started_with(state := states.pop(0), port):
            if "Address already in use" in self._output():
                raise LocalChainPortTakenError(port)
            if state is None or "invalid value" not in self._output():
                raise LocalChainNotStartedError(self._start_timeout_s, self._output())
            # Only a state that anvil itself can't read gives way to the one before it.
            self.states.set_aside(state.generation)
        self.loaded = "nothing" if state is None else state.generation

    def _started_with(self, state: SavedState | None, port: int) -> bool:
        shutil.rmtree(self._folder / "cache", ignore_errors=True)
        command = [str(self._binary), "--host", HOST, "--port", str(port), "--chain-id", str(CHAIN_ID)]
        command += ["--accounts", "0", "--quiet", "--cache-path", str(self._folder / "cache")]
        # Anchors are events and the newest state; old states would fill the disk.
        command += ["--prune-history", str(STATES_IN_MEMORY)]
        loading = self._folder / "chain-state.loading.json"
        if state is not None:
            loading.write_bytes(state.text)
            command += ["--load-state", str(loading)]
        with self._log.open("wb") as log:
            # Its own session: an interrupt at the terminal ends this program first, which saves.
            self._process = subprocess.Popen(  # noqa: S603 - the program is ours, the arguments too
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._claim.tell(self._process.pid, port)
        deadline = time.monotonic() + self._start_timeout_s
        while self.alive() and time.monotonic() < deadline:
            with suppress(ChainUnreachableError, ChainRefusedError):
                if int(ask_local(port, "eth_chainId", timeout_s=1.0), 16) == CHAIN_ID:
                    loading.unlink(missing_ok=True)
                    return True
            time.sleep(0.02)
        self._end()
        return False

    def _save_from(self, port: int) -> None:
        packed = ask_local(port, "anvil_dumpState")
        try:
            self.states.keep(bytes.fromhex(str(packed).removeprefix("0x")))
        except ValueError:
            raise ChainRefusedError(f"{HOST}:{port}", "the state it gave isn't whole") from None

    def _end(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=END_WAIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _output(self) -> str:
        return self._log.read_text(errors="replace")[-500:].strip() or "nothing"


def ask_local(port: int, method: str, parameters: list[Any] | None = None, timeout_s: float = 30.0) -> Any:
    """Ask the chain on a port of this machine, once, and return the result.

    Raises:
        ChainUnreachableError: Nothing there answers.
        ChainRefusedError: It answers with an error.
    """
    place = f"{HOST}:{port}"
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters or []})
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout_s)
    try:
        connection.request("POST", "/", body, {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException) as error:
        raise ChainUnreachableError(place, type(error).__name__) from error
    except ValueError:
        raise ChainRefusedError(place, "not an answer in JSON-RPC") from None
    finally:
        connection.close()
    if not isinstance(answer, dict) or "result" not in answer:
        raise ChainRefusedError(place, str(answer)[:200])
    return answer["result"]


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _require_free(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the chain's own listener: a port that was ours a moment ago is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise LocalChainPortTakenError(port) from None
