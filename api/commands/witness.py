"""`passport witness`: watch other companies' logs, and sign only that they grew."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.commands.serving import GRACE_S, MAX_CONNECTIONS, end_in_order, listening

if TYPE_CHECKING:
    from ledger.log.cosignature import WitnessSigner
    from ledger.sql.witness_store import SqlWitnessStore, Watched

app = typer.Typer(
    help="Watch other companies' logs: a witness cosigns only what continues what it saw.",
    no_args_is_help=True,
)
PASSPHRASE: Final = "PASSPORT_WITNESS_PASSPHRASE"  # noqa: S105 - the variable's name, not a secret
KEY_FILE: Final = "witness-ed25519.pem"
MEMORY_FILE: Final = "witness.db"
DEFAULT: Final = Path.home() / ".carbon-passport" / "witness"
Folder = Annotated[
    Path,
    typer.Option("--folder", envvar="PASSPORT_WITNESS_FOLDER", help="Where the witness's key and memory are"),
]


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="The witness's name, like an address: witness.example.com/w1")],
    folder: Folder = DEFAULT,
) -> None:
    """Make a witness: a key, encrypted, and a memory of what it will cosign."""
    from ledger.keystore import new_note_key  # noqa: PLC0415 - the library loads slowly
    from ledger.log.cosignature import WitnessKey, WitnessSigner  # noqa: PLC0415
    from ledger.sql.witness_store import SqlWitnessStore  # noqa: PLC0415

    WitnessKey.parse(WitnessKey(name, bytes(32)).text())  # a name that no key can have is refused first
    made = WitnessSigner(name, new_note_key(folder, KEY_FILE, _passphrase(confirm=True))).key.text()
    SqlWitnessStore.make(folder / MEMORY_FILE, made).close()
    typer.echo(made)
    typer.echo(f"That is the witness's key, for logs and readers. It lies encrypted in {folder}.", err=True)
    typer.echo("Never run it from an old copy of that folder: it could sign a second history.", err=True)


@app.command("watch")
def watch(
    key: Annotated[str, typer.Argument(help="The log's verifier key, name+id+base64, from a trusted source")],
    folder: Folder = DEFAULT,
) -> None:
    """Watch a log from now on."""
    from ledger.log.checkpoint import VerifierKey  # noqa: PLC0415
    from ledger.sql.witness_store import SqlWitnessStore  # noqa: PLC0415

    trusted = VerifierKey.parse(key)
    with SqlWitnessStore(folder / MEMORY_FILE) as store:
        store.watch(trusted)
    typer.echo(f"Watching {trusted.name} by key {trusted.key_id.hex()}.")


@app.command("list")
def list_logs(
    folder: Folder = DEFAULT, as_json: Annotated[bool, typer.Option("--json", help="For machines")] = False
) -> None:
    """List the logs that are watched, what was cosigned of them, and notes that don't fit together."""
    from ledger.sql.witness_store import SqlWitnessStore  # noqa: PLC0415

    with SqlWitnessStore(folder / MEMORY_FILE) as store:
        logs, evidence, key = store.logs(), store.evidence(), store.owner
    if as_json:
        doubts = [{"origin": one.origin, "doubt": one.doubt, "size": one.size} for one in evidence]
        typer.echo(json.dumps({"witness": key, "logs": [_plain(one) for one in logs], "evidence": doubts}))
        return
    typer.echo(f"Witness {key}")
    for one in logs:
        seen = f"{one.seen.size} entries, root {one.seen.root.hex()}" if one.seen else "nothing seen yet"
        typer.echo(f"{one.key.text()}  {seen}")
    for doubt in evidence:
        said = "TWO HISTORIES" if doubt.doubt == "two-faces" else "not proved to continue"
        typer.secho(f"✗ {doubt.origin}, {doubt.size} entries: {said}", fg="red")
        typer.echo(f"{doubt.held}\n{doubt.given}")


@app.command("serve")
def serve(
    folder: Folder = DEFAULT,
    host: Annotated[str, typer.Option(help="Address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one")] = 8010,
) -> None:
    """Cosign checkpoints that logs send to `POST /add-checkpoint`, until it is stopped."""
    import uvicorn  # noqa: PLC0415 - only the server needs it

    from api.witness_app import create_witness_app  # noqa: PLC0415
    from ledger.services import SystemClock  # noqa: PLC0415
    from ledger.sql.witness_store import SqlWitnessStore  # noqa: PLC0415
    from ledger.witness import Witness  # noqa: PLC0415

    signal.signal(signal.SIGTERM, end_in_order)
    with SqlWitnessStore(folder / MEMORY_FILE) as store, listening(host, port) as listener:
        signer = _signer(folder, store)
        where = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
        typer.echo(f"Witness {signer.key.text()} at {where}")
        config = uvicorn.Config(
            create_witness_app(Witness(signer, store, SystemClock()), store),
            log_level="warning",
            server_header=False,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_graceful_shutdown=GRACE_S,
        )
        with suppress(KeyboardInterrupt):  # the server ended well, and asks the program to end too
            uvicorn.Server(config).run(sockets=[listener])


def _signer(folder: Path, store: SqlWitnessStore) -> WitnessSigner:
    """Unlock the witness's key; its memory must be its own."""
    from ledger.keystore import load_note_key  # noqa: PLC0415
    from ledger.log.cosignature import WitnessKey, WitnessSigner  # noqa: PLC0415
    from ledger.sql.witness_store import WitnessStoreError  # noqa: PLC0415

    name = WitnessKey.parse(store.owner).name
    signer = WitnessSigner(name, load_note_key(folder, KEY_FILE, _passphrase(), name))
    if signer.key.text() != store.owner:
        raise WitnessStoreError(str(folder / MEMORY_FILE), f"it belongs to {store.owner}")
    return signer


def _passphrase(*, confirm: bool = False) -> str:
    given = os.environ.get(PASSPHRASE)
    if given is not None:
        return given
    typed: str = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True)
    return typed


def _plain(one: Watched) -> dict[str, object]:
    seen = one.seen
    found = {"size": seen.size, "root": seen.root.hex(), "time_s": seen.time_s} if seen else {"size": 0}
    return {"origin": one.key.name, "key": one.key.text(), **found}
