"""`passport audit --remote`: a foreign log derived again, as a terminal or a program reads it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import typer
from rich.console import Console
from rich.progress import Progress

from api.remote_asked import RemoteAsked

if TYPE_CHECKING:
    from ledger.remote_audit import RemoteAudit

LIMITS: Final = (
    "An audit from outside can't see what was never logged, bodies that are hidden from it, or a history "
    "that is shown to others only: compare with a witness."
)


@contextmanager
def bar(title: str, *, quiet: bool = False) -> Iterator[Callable[[int, int | None], None]]:
    """Show how much of how much is done, on a terminal only."""
    with Progress(
        console=Console(stderr=True), transient=True, disable=quiet or not sys.stderr.isatty()
    ) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, of: progress.update(task, completed=done, total=of)


def show_remote_audit(asked: RemoteAsked, *, as_json: bool) -> int:
    """Audit a foreign log, print what was found, and return the exit code."""
    from api.remote_auditing import run_remote_audit  # noqa: PLC0415 - starts fast without it

    with bar("Deriving", quiet=as_json) as advance:
        found = run_remote_audit(asked, advance)
    if as_json:
        typer.echo(json.dumps({"good": found.good, **asdict(found)}))
    else:
        _show(found, trusted=asked.key is not None)
    return 0 if found.good else 1


def _show(found: RemoteAudit, *, trusted: bool) -> None:
    anchors = "anchors not asked" if found.anchors is None else f"{found.anchors} anchors"
    typer.echo(f"{found.origin}: {found.size} entries, root {found.root or 'unknown'}, {anchors}.")
    typer.echo(f"{found.checked} entries derived now, {found.before} before.")
    if found.bodies is not None:
        typer.echo(f"{found.bodies} bodies read, {found.hidden} hidden from you.")
    if found.later_keys:
        typer.echo(
            f"{found.later_keys} entries are signed by keys that a body added: not known from the log."
        )
    for finding in found.findings:
        typer.secho(f"✗ {finding.part}: {finding.what}", fg="red")
        typer.echo(f"    shown   {finding.shown}\n    derived {finding.derived}")
    if found.good:
        typer.secho("The signed root follows from the entries.", fg="green")
    if not trusted:
        typer.echo("The log's key was not given: compare it with a source that you trust (--log-key).")
    typer.echo(LIMITS)
