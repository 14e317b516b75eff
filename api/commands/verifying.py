"""`passport verify`: check a passport from its bundle, offline, in numbered steps."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

SIGNS = {"good": "✓", "bad": "✗", "unknown": "?"}
COLOURS = {"good": "green", "bad": "red", "unknown": "yellow"}


def verify(
    bundle: Annotated[Path, typer.Argument(help="The bundle file", exists=True, dir_okay=False)],
    rpc: Annotated[
        str | None, typer.Option(help="RPC address of an EVM chain that you trust, to read the anchor")
    ] = None,
    log_key: Annotated[
        str | None, typer.Option(help="The log's verifier key that you trust, name+id+base64")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for machines")] = False,
) -> None:
    """Check who said what, that nothing was changed, and that the carbon adds up; exit code 0 or 1."""
    from ledger.verification import verify as check  # noqa: PLC0415 - starts fast without it

    report = check(bundle.read_bytes(), trusted_log_key=log_key, anchor_reader=_reader(rpc))
    if as_json:
        typer.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        _show(report)
    sys.exit(0 if report.ok else 1)


def _reader(rpc: str | None) -> Callable[..., Any] | None:
    if rpc is None:
        return None
    from functools import partial  # noqa: PLC0415

    from ledger.chain.reader import read_anchor  # noqa: PLC0415 - web3 loads slowly

    return partial(read_anchor, rpc)


def _show(report: Any) -> None:
    """Print the verdicts, a line a step."""
    typer.echo(f"Passport {report.passport}")
    for verdict in report.verdicts:
        mark = typer.style(f"{SIGNS[verdict.value]} {verdict.value:<7}", fg=COLOURS[verdict.value])
        typer.echo(f"{verdict.step:>2} {mark} {verdict.name}: {verdict.detail} [{verdict.reason}]")
    if report.ok:
        typer.secho("No step failed. What reads unknown could not be known from these bytes.", fg="green")
    else:
        typer.secho("This passport does not hold.", fg="red", bold=True)
