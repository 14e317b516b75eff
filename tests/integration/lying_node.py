"""A node between a program and the real one, which changes what a test wants it to lie about."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Lie = Callable[[list[Any], Any], Any]


class LyingNode:
    """Passes JSON-RPC on to a port of this machine; `lies` change results by method.

    A lie gets the parameters and the true result. It says that it is a real chain's node, not a simulation.
    """

    def __init__(self, port: int) -> None:
        self.lies: dict[str, Lie] = {"web3_clientVersion": lambda _, __: "Geth/v1.16.0/linux-amd64"}
        node = self

        class Conversation(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = node.answer(port, self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Conversation)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, port: int, body: bytes) -> bytes:
        """Ask the real node, and lie about the result if a test wants it."""
        asked = json.loads(body)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("POST", "/", body, {"Content-Type": "application/json"})
        told = json.loads(connection.getresponse().read())
        connection.close()
        lie = self.lies.get(asked["method"])
        if lie is not None and "result" in told:
            told["result"] = lie(asked["params"], told["result"])
        return json.dumps(told).encode()
