"""`passport key`: a user's signing keys, encrypted on this machine only."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from ledger.keystore import Keystore, StoredKey

app = typer.Typer(help="Make, list and rotate signing keys (encrypted V3 keystores).", no_args_is_help=True)
PASSPHRASE = "PASSPORT_KEY_PASSPHRASE"  # noqa: S105 - the variable's name, not a secret
Folder = Annotated[
    Path,
    typer.Option("--keys", envvar="PASSPORT_KEYS", help="The folder of the keystores"),
]
DEFAULT = Path.home() / ".carbon-passport" / "keys"


def passphrase(*, confirm: bool = False) -> str:
    """Return the passphrase from the environment, or ask for it."""
    given = os.environ.get(PASSPHRASE)
    if given is not None:
        return given
    # Asked on standard error: standard output may be for programs.
    typed: str = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True)
    return typed


@app.command("new")
def new(name: str, folder: Folder = DEFAULT) -> None:
    """Make a key under a name; its address is what you register."""
    made = Keystore(folder).new(name, passphrase(confirm=True))
    typer.echo(f"Made key {made.name}: {made.address}")
    typer.echo(f"It lies encrypted in {folder}. Keep a copy of file and passphrase: nobody can restore them.")


@app.command("list")
def list_keys(
    folder: Folder = DEFAULT, as_json: Annotated[bool, typer.Option("--json", help="For machines")] = False
) -> None:
    """List the keys with their addresses."""
    found = Keystore(folder).keys()
    if as_json:
        typer.echo(json.dumps([_plain(key) for key in found]))
        return
    if not found:
        typer.echo(f"No keys in {folder}. Make one: passport key new NAME")
        return
    # No table: it would cut addresses to the terminal's width, and an address is what one registers.
    for key in found:
        state = f"retired {key.retired}" if key.retired else "in use"
        typer.echo(f"{key.name}  {key.address}  made {key.created}, {state}")


@app.command("rotate")
def rotate(
    name: str,
    folder: Folder = DEFAULT,
    post: Annotated[
        str | None, typer.Option(help="Address of the ledger: the old key states there who follows it")
    ] = None,
) -> None:
    """Make a new key under a name and retire the old one; with --post the ledger is told.

    A rotation that the ledger was not told of is finished by the same command with --post.
    """
    if post is None:
        made = Keystore(folder).rotate(name, passphrase())
        typer.echo(f"New key of {made.name}: {made.address}")
        typer.echo(f"No ledger knows it yet: passport key rotate {name} --post URL states it by the old key.")
        return
    from api.importing import OwnKeys  # noqa: PLC0415 - the library loads slowly
    from api.rotating import rotate_at  # noqa: PLC0415 - as above

    made, digest = rotate_at(post, name, OwnKeys(folder, passphrase()))
    typer.echo(f"New key of {made.name}: {made.address}")
    typer.echo(f"The ledger knows it by statement {digest}.")


def _plain(key: StoredKey) -> dict[str, str | None]:
    return {"name": key.name, "address": key.address, "created": key.created, "retired": key.retired}
