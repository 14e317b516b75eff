"""`passport key revoke|delegate`: a key is given up, or may speak for a company in some things only."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from api.commands import asking, keys
from api.commands.asking import Asked


@asking.states
def revoke(
    asked: Asked,
    address: Annotated[str, typer.Argument(help="The key to be given up, 0x and 40 digits")],
    reason: Annotated[
        Literal["stolen", "lost", "left", "replaced", "other"] | None, typer.Option(help="Why")
    ] = None,
    untrusted_from: Annotated[
        int | None,
        typer.Option(help="Log size from which on the key is not trusted: a thief may have signed since"),
    ] = None,
) -> None:
    """Revoke a key of your company, at once; say from when on it is not trusted where it was stolen."""
    from api.adding_keys import revocation  # noqa: PLC0415 - the library loads slowly

    way = asked.way
    with asked.company() as company:
        body = {"occurred": asked.occurred(company), "key": revocation(address, reason, untrusted_from)}
        done, shown = asking.state(company, asking.meant(company, "key/1", body), way)
        lines = [f"Key {address} signs nothing any more."]
        if untrusted_from is not None:
            lines.append("Sign again what it signed since and is right: passport countersign STATEMENT.")
        asking.tell(way, done, shown, lines, {"address": address})


@asking.states
def delegate(  # noqa: PLR0913, PLR0917 - one option each
    asked: Asked,
    kinds: Annotated[list[str], typer.Option("--kind", help="What it may state, handling; repeat for more")],
    until: Annotated[str, typer.Option(help="Last day by the log's clock, 2026-12-31")],
    new: Annotated[
        str | None, typer.Argument(help="Name of its key on this machine; made where there is none")
    ] = None,
    address: Annotated[str | None, typer.Option(help="Of a key elsewhere, with its --proof")] = None,
    proof: Annotated[str | None, typer.Option(help="What passport key prove gave there")] = None,
    start: Annotated[str | None, typer.Option("--from", help="First day; today without")] = None,
    sites: Annotated[list[str] | None, typer.Option("--site", help="Only at this place; repeat")] = None,
    activities: Annotated[
        list[str] | None, typer.Option("--activity", help="Only lines of this activity; repeat")
    ] = None,
    statements: Annotated[int | None, typer.Option(help="At most so many statements in all")] = None,
    co2e: Annotated[str | None, typer.Option(help="At most so much CO2e in all, '500 kg'")] = None,
) -> None:
    """Let a key speak for your company in some things only, up to a sum, up to a day: a meter's gateway."""
    from api.adding_keys import Scope, delegation, joining  # noqa: PLC0415 - the library loads slowly
    from api.company import company_at  # noqa: PLC0415
    from api.importing import OwnKeys  # noqa: PLC0415

    way, passphrase = asked.way, keys.passphrase()
    with company_at(asked.ledger, asked.folder, asked.name, lambda: passphrase) as company:
        joins = joining(company, OwnKeys(asked.folder, passphrase), new, address, proof)
        scope = Scope(tuple(kinds), until, start, sites, activities, statements, co2e)
        body = {"occurred": asked.occurred(company), "key": delegation(joins, scope)}
        done, shown = asking.state(company, asking.meant(company, "key/1", body), way)
        lines = [f"Key {joins.address} signs for you as a delegate until {until}."]
        asking.tell(way, done, shown, lines, {"address": joins.address})
