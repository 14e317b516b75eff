"""`passport key add|prove`: a company gets a second key, of this machine or of another."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from api.commands import asking, keys
from api.commands.asking import Way


def add(  # noqa: PLR0913, PLR0917 - one option each
    ledger: asking.Ledger,
    new: Annotated[
        str | None, typer.Argument(help="Name of the second key on this machine; made where there is none")
    ] = None,
    address: Annotated[str | None, typer.Option(help="Of a key elsewhere, with its --proof")] = None,
    proof: Annotated[str | None, typer.Option(help="What passport key prove gave there")] = None,
    yes: asking.Yes = False,
    dry_run: asking.DryRun = False,
    as_json: asking.AsJson = False,
    folder: keys.Folder = keys.DEFAULT,
    name: asking.As = None,
) -> None:
    """Let a second key sign for your company too; the new key agrees, a key in use states it."""
    from api.adding_keys import joining, key_body, remember  # noqa: PLC0415 - the library loads slowly
    from api.company import company_at  # noqa: PLC0415
    from api.importing import OwnKeys  # noqa: PLC0415

    way, passphrase = Way(as_json, yes, dry_run), keys.passphrase()
    with company_at(ledger, folder, name, lambda: passphrase) as company:
        joins = joining(company, OwnKeys(folder, passphrase), new, address, proof)
        intent = asking.meant(company, "key/1", key_body(joins))
        stated, shown = asking.state(company, intent, way)
        if stated is not None:
            remember(company, new)
        lines = [f"Key {joins.address} signs for {company.names.called(company.organization)} too."]
        asking.tell(way, stated, shown, lines, {"address": joins.address})


def prove(
    new: Annotated[str, typer.Argument(help="Name of the key on this machine; made where there is none")],
    organization: Annotated[str, typer.Argument(help="The company that it joins: its name or id")],
    ledger: asking.Ledger,
    as_json: asking.AsJson = False,
    folder: keys.Folder = keys.DEFAULT,
) -> None:
    """Sign with a key of this machine that it joins a company, whose key in use is elsewhere."""
    from api.adding_keys import proven  # noqa: PLC0415 - the library loads slowly
    from api.client import LedgerClient  # noqa: PLC0415
    from api.importing import OwnKeys  # noqa: PLC0415
    from api.short_names import Names  # noqa: PLC0415
    from ledger.records.references import Register  # noqa: PLC0415

    with LedgerClient(ledger) as client:
        log = str(client.log()["log_id"])
        names = Names(client, Register(), new, "", folder)
        meant = names.organization(organization)
        company = names.called(meant)
    joins = proven(OwnKeys(folder, keys.passphrase()), new, log, meant)
    if as_json:
        joined = {"organization": meant, "address": joins.address, "proof": joins.proof}
        typer.echo(json.dumps(joined))
        return
    typer.echo(f"Send this to who holds a key in use of {company}; it is no secret:")
    typer.echo(f"passport key add --address {joins.address} --proof {joins.proof}")
