"""`passport publish`: the log as static files in a folder, for any web server or bucket."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.settings import Settings


def publish_log(
    folder: Annotated[Path, typer.Argument(help="The folder that a web server serves as the log's prefix")],
) -> None:
    """Write the log's tiles, entries and checkpoint into a folder; again, only what is new."""
    from api.commands.remote import bar  # noqa: PLC0415 - starts fast without it
    from api.upkeep import opened_store  # noqa: PLC0415
    from ledger.log.static_files import publish  # noqa: PLC0415
    from ledger.services import NoLogError, tile_reader  # noqa: PLC0415

    with opened_store(Settings.from_environment()) as store, store.read() as view, bar("Publishing") as done:
        newest = view.checkpoint()
        if newest is None:
            raise NoLogError
        written = publish(
            folder,
            newest.note,
            tile_reader(view),
            lambda start, end: (logged.entry for logged in view.entries(start, end)),
            done,
        )
    typer.echo(f"{written.size} entries are in {folder}, {written.files} files written.")
