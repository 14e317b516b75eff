"""`passport serve`: the API, the pages and the chain, until it is stopped."""

from __future__ import annotations

import signal
import socket
import sys
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

import typer

from api.settings import Settings
from ledger.errors import LedgerError

GRACE_S: Final = 10
BACKLOG = 128
MAX_CONNECTIONS = 256  # each may hold a body of 32 MiB before it waits


@dataclass(eq=False)
class AddressNotUsableError(LedgerError):
    """The server can't listen where it should."""

    host: str
    port: int
    problem: str
    sentence: ClassVar[str] = (
        "The server can't listen on {host}, port {port}: {problem}. Choose another with --host or --port."
    )


def serve(
    host: Annotated[str, typer.Option(envvar="PASSPORT_HOST", help="Address to listen on")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(envvar="PASSPORT_PORT", min=0, max=65535, help="Port; 0 takes a free one")
    ] = 8000,
    quiet: Annotated[bool, typer.Option("--quiet", help="No line per request")] = False,
) -> None:
    """Run the ledger with its API and pages; settings come from PASSPORT_* variables."""
    import uvicorn  # noqa: PLC0415 - only the server needs it

    from api.app import create_app  # noqa: PLC0415
    from api.wiring import wire  # noqa: PLC0415

    settings = Settings.from_environment()
    signal.signal(signal.SIGTERM, end_in_order)
    with listening(host, port) as listener:
        wired = wire(settings)
        try:
            where = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
            typer.echo(f"Carbon passports at {where}  (API documentation: {where}/docs)")
            config = uvicorn.Config(
                create_app(wired),
                log_level="warning" if quiet else "info",
                server_header=False,
                limit_concurrency=MAX_CONNECTIONS,
                timeout_graceful_shutdown=GRACE_S,
            )
            uvicorn.Server(config).run(sockets=[listener])
        except KeyboardInterrupt:
            pass  # the server ended well, and asks the program to end too
        finally:
            wired.close()


def end_in_order(*_: object) -> None:
    """Leave every block in order when the system asks the program to end."""
    sys.exit(0)


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address; port 0 takes a free one.

    Raises:
        AddressNotUsableError: the address is taken, or isn't this machine's.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family)
    except OSError as error:
        raise AddressNotUsableError(host, port, error.strerror or str(error)) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)  # who reads the address may connect at once, and waits
    except OSError as error:
        listener.close()
        raise AddressNotUsableError(host, port, error.strerror or str(error)) from error
    return listener
