"""`passport audit|backup|restore|statements`: the upkeep of a ledger."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.remote import bar, show_remote_audit
from api.remote_asked import RemoteAsked
from api.settings import Settings

if TYPE_CHECKING:
    from ledger.audit import Audit
    from ledger.inbox import SetAside
    from ledger.interfaces import AnchorHistory

statements_app = typer.Typer(help="The statements of the log.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object for machines")]


def audit(  # noqa: PLR0913, PLR0917 - the command has these options
    as_json: AsJson = False,
    rpc: Annotated[str | None, typer.Option(help="RPC address, if not the ledger's own chain")] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Swap in the books that follow from the log")
    ] = False,
    remote: Annotated[
        str | None, typer.Option(help="Address of somebody else's ledger, or of its log's static files")
    ] = None,
    log_key: Annotated[
        str | None, typer.Option(help="The remote log's key from a source that you trust, name+id+base64")
    ] = None,
    state: Annotated[
        Path | None, typer.Option(help="File that remembers what was seen of the remote log")
    ] = None,
    seen: Annotated[
        list[Path] | None,
        typer.Option(
            "--checkpoint", help="A checkpoint of the remote log that somebody else saw; may be repeated"
        ),
    ] = None,
    with_bodies: Annotated[
        bool, typer.Option("--with-bodies", help="Fetch the remote bodies too, and make the books again")
    ] = False,
    token: Annotated[
        str | None, typer.Option(envvar="PASSPORT_TOKEN", help="Token of a sign-in at the remote ledger")
    ] = None,
) -> None:
    """Replay the log into scratch books, compare everything, read the anchors again; exit code 0 or 1.

    With --remote somebody else's log is derived again from its static files, and compared with its signed
    root and with what was seen of it before.
    """
    if remote is not None:
        asked = RemoteAsked(remote, log_key, state, rpc, token, with_bodies, tuple(seen or ()))
        sys.exit(show_remote_audit(asked, as_json=as_json))
    from api.upkeep import run_audit, set_aside  # noqa: PLC0415 - starts fast without it

    settings = Settings.from_environment()
    with bar("Replaying", quiet=as_json) as advance, _chain(settings, rpc) as chain:
        found = run_audit(settings, chain, lambda done: advance(done, None), repair=repair)
    aside = set_aside(settings)
    if as_json:
        typer.echo(json.dumps({**_audit_json(found), "set_aside": [_aside_json(one) for one in aside]}))
    else:
        _show(found)
        for one in aside:
            typer.secho(one.text(), fg="yellow")
    sys.exit(0 if found.good else 1)


@contextmanager
def _chain(settings: Settings, rpc: str | None) -> Iterator[AnchorHistory | None]:
    from api.upkeep import audit_chain  # noqa: PLC0415

    with audit_chain(settings, rpc) as chain:
        yield chain


def _audit_json(found: Audit) -> dict[str, object]:
    return {
        "good": found.good,
        "size": found.size,
        "root": found.root,
        "states": found.states,
        "erased": found.erased,
        "checkpoints": found.checkpoints,
        "anchors": found.anchors if found.anchors_asked else None,
        "findings": [
            {"part": f.part, "what": f.what, "stored": f.stored, "derived": f.derived} for f in found.findings
        ],
    }


def _show(found: Audit) -> None:
    from ledger.audit import LIMITS  # noqa: PLC0415

    anchors = f"{found.anchors} anchors" if found.anchors_asked else "anchors not asked"
    typer.echo(f"{found.size} statements, root {found.root}, {found.checkpoints} checkpoints, {anchors}.")
    if found.erased:
        typer.echo(f"{found.erased} personal parts were erased; their digests are those that were signed.")
    for finding in found.findings:
        typer.secho(f"✗ {finding.part}: {finding.what}", fg="red")
        typer.echo(f"    stored  {finding.stored}\n    derived {finding.derived}")
    if found.good:
        typer.secho("Everything follows from the log, byte for byte.", fg="green")
    typer.echo(LIMITS)


def erase(
    statement: Annotated[str, typer.Argument(help="The statement's digest, 64 hex digits")],
    part: Annotated[str, typer.Argument(help="/note, /contact, /site, /sites/0, /places or /customer")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Erase without being asked")] = False,
) -> None:
    """Erase a personal part for good: value and salt go, its digest stays, and the log stays valid.

    Backups and copies that others were given before keep it: erase it there too.
    """
    from api.upkeep import run_erase  # noqa: PLC0415 - starts fast without it

    if not yes and not typer.confirm(f"Erase {part} of {statement} for good?", err=True):
        typer.echo("Nothing was erased.")
        return
    left = run_erase(Settings.from_environment(), statement, part)
    typer.echo(f"{part} of {statement} is erased. Backups made before still hold it: make a new one.")
    typer.echo(f"Erased parts of this statement: {left}.")


def backup(
    target: Annotated[Path, typer.Argument(help="The file to write")],
    force: Annotated[
        bool, typer.Option("--force", help="Replace the file if it is there; it stays until the new is whole")
    ] = False,
) -> None:
    """Write log, bodies, salts and the local chain's state to one file; never keys."""
    from api.upkeep import run_backup  # noqa: PLC0415

    settings = Settings.from_environment()
    count = run_backup(settings, target, overwrite=force)
    typer.echo(f"{count} statements are in {target}. Keys are not: keep {settings.folder / 'keys'} apart.")


def restore(
    source: Annotated[Path, typer.Argument(help="The backup file", exists=True, dir_okay=False)],
) -> None:
    """Fill an empty ledger from a backup; books are made again from the statements."""
    from api.upkeep import run_restore  # noqa: PLC0415

    count = run_restore(Settings.from_environment(), source)
    typer.echo(f"{count} statements are back. Check them: passport audit")


@statements_app.command("set-aside")
def show_set_aside(as_json: AsJson = False) -> None:
    """Show statements that waited when the ledger was stopped and can't be booked, and why.

    With --json they are there as they came, so that whoever sent them can state them again.
    """
    from api.upkeep import set_aside  # noqa: PLC0415

    found = set_aside(Settings.from_environment())
    if as_json:
        typer.echo(json.dumps([_aside_json(one) for one in found]))
        return
    for one in found:
        typer.echo(one.text())
    if not found:
        typer.echo("Nothing was set aside.")


def _aside_json(one: SetAside) -> dict[str, object]:
    return {
        "number": one.number,
        "at": one.at,
        "problem": one.problem,
        "reason": one.reason,
        "statements": one.statements.decode("utf-8", errors="backslashreplace"),
    }


@statements_app.command("export")
def export(
    target: Annotated[Path | None, typer.Argument(help="The file to write; standard output without")] = None,
) -> None:
    """Write all statements in log order, one JSON object a line."""
    from api.upkeep import run_export  # noqa: PLC0415

    settings = Settings.from_environment()
    if target is None:
        run_export(settings, sys.stdout.buffer)
        return
    with target.open("wb") as stream:
        typer.echo(f"{run_export(settings, stream)} statements are in {target}.")
