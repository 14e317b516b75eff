"""`passport publish` and `passport proofs`: the log and its proofs as files that other programs read."""

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


def proofs(
    bundle: Annotated[Path, typer.Argument(help="The bundle file", exists=True, dir_okay=False)],
    folder: Annotated[Path, typer.Argument(help="The folder to write them to")],
) -> None:
    """Write the tlog-proof file of every statement in a bundle, for programs that check such proofs."""
    from ledger.bundle import parse  # noqa: PLC0415 - starts fast without it
    from ledger.log.proof_file import SUFFIX  # noqa: PLC0415
    from ledger.proof_files import of_bundle  # noqa: PLC0415

    made = of_bundle(parse(bundle.read_bytes()))
    folder.mkdir(parents=True, exist_ok=True)
    for digest, text in made.items():
        (folder / f"{digest}{SUFFIX}").write_text(text, "utf-8")
    typer.echo(f"{len(made)} proofs are in {folder}.")
