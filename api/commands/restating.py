"""`passport restate|removals`: a figure under other GWP sets; removals with what is held back for them."""

from __future__ import annotations

import json
from typing import Annotated
from urllib.parse import urlencode

import typer

from api.commands import asking, keys

First = Annotated[str | None, typer.Option("--from", help="First day of the period, 2026-01-01")]
Last = Annotated[str | None, typer.Option("--to", help="Last day of the period, 2026-12-31")]


def restate(  # noqa: PLR0913, PLR0917 - one option each
    ledger: asking.Ledger,
    passport: Annotated[
        str | None,
        typer.Argument(help="A passport: the beginning of its id, or a delivery note; else your books"),
    ] = None,
    first: First = None,
    last: Last = None,
    as_json: asking.AsJson = False,
    folder: keys.Folder = keys.DEFAULT,
    name: asking.As = None,
) -> None:
    """Show a gross figure under AR4, AR5 and AR6: a report from the gas masses that changes nothing."""
    from api.restatements import show_restatement  # noqa: PLC0415 - starts fast without it
    from api.tables import Screen  # noqa: PLC0415

    with asking.at_ledger(ledger, folder, name) as company:
        if passport is None:
            path = f"organizations/{company.organization}/restatement{_period(first, last)}"
        else:
            path = f"passports/{company.names.shipment(passport)}/restatement"
        found = company.client.read(path)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        show_restatement(found, Screen())


def removals(  # noqa: PLR0913, PLR0917 - one option each
    ledger: asking.Ledger,
    first: First = None,
    last: Last = None,
    as_json: asking.AsJson = False,
    folder: keys.Folder = keys.DEFAULT,
    name: asking.As = None,
) -> None:
    """List your removals: what is stored, what went back, how long it is expected to stay, the reserve."""
    from api.restatements import show_removals  # noqa: PLC0415 - starts fast without it
    from api.tables import Screen  # noqa: PLC0415

    with asking.at_ledger(ledger, folder, name) as company:
        found = company.client.read(f"organizations/{company.organization}/removals{_period(first, last)}")
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        show_removals(found, Screen())


def _period(first: str | None, last: str | None) -> str:
    asked = {name: day for name, day in (("from", first), ("to", last)) if day is not None}
    return f"?{urlencode(asked)}" if asked else ""
