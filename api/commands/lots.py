"""`passport lot list|show`: what a company holds, and how a lot came to carry what it carries."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from api.commands import asking, keys

app = typer.Typer(help="The lots that you hold.", no_args_is_help=True)


@app.command("list")
def list_lots(
    ledger: asking.Ledger,
    all_: Annotated[bool, typer.Option("--all", help="Empty lots too")] = False,
    as_json: asking.AsJson = False,
    folder: keys.Folder = keys.DEFAULT,
    name: asking.As = None,
) -> None:
    """List your lots: product, batch, what is left, kg CO2e per kg, claims of handlers."""
    from api.holdings import show_lots  # noqa: PLC0415 - the library loads slowly
    from api.tables import Screen  # noqa: PLC0415

    with asking.at_ledger(ledger, folder, name) as company:
        lots = [lot for lot in company.names.lots() if all_ or lot["quantity_left"] != "0"]
        if as_json:
            typer.echo(json.dumps({"lots": lots}, ensure_ascii=False))
        else:
            show_lots(lots, Screen())


@app.command("show")
def show_lot(
    lot: Annotated[str, typer.Argument(help="The lot: the beginning of its id, or its batch")],
    ledger: asking.Ledger,
    as_json: asking.AsJson = False,
    folder: keys.Folder = keys.DEFAULT,
    name: asking.As = None,
) -> None:
    """Show a lot: what it carries, what made and changed it, who took from it, what stands behind it."""
    from api.holdings import read_lot  # noqa: PLC0415 - the library loads slowly
    from api.tables import Screen  # noqa: PLC0415

    with asking.at_ledger(ledger, folder, name) as company:
        found = read_lot(company, lot)
        if as_json:
            typer.echo(json.dumps(found.plain(), ensure_ascii=False))
        else:
            found.show(Screen(), company.names)
