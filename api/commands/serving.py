"""`passport serve`: the API, the pages and the chain, until it is stopped."""

from __future__ import annotations

import socket
from typing import Annotated

import typer

from api.settings import Settings


def serve(
    host: Annotated[str, typer.Option(envvar="PASSPORT_HOST", help="Address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="PASSPORT_PORT", help="Port; 0 takes a free one")] = 8000,
    quiet: Annotated[bool, typer.Option("--quiet", help="No line per request")] = False,
) -> None:
    """Run the ledger with its API and pages; settings come from PASSPORT_* variables."""
    import uvicorn  # noqa: PLC0415 - only the server needs it

    from api.app import create_app  # noqa: PLC0415
    from api.wiring import wire  # noqa: PLC0415

    settings = Settings.from_environment()
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    app = create_app(wire(settings))
    where = f"http://{host}:{listener.getsockname()[1]}"
    typer.echo(f"Carbon passports at {where}  (API documentation: {where}/docs)")
    config = uvicorn.Config(app, log_level="warning" if quiet else "info", server_header=False)
    uvicorn.Server(config).run(sockets=[listener])
