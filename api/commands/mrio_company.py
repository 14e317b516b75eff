"""`passport mrio company`: how much, where, how fast, for one's own company."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import typer

from api.commands import asking, keys


def show_company(  # noqa: PLR0913, PLR0917 - one option each
    ledger: asking.Ledger,
    region: Annotated[str, typer.Option(help="Where you are, as the table calls it")],
    sector: Annotated[str, typer.Option(help="What you are, as the table calls it")],
    year: Annotated[list[int], typer.Option(help="Calendar year; repeat it for several")],
    table: Annotated[str, typer.Option(help="Name or digest of a table of the ledger")] = "synthetic",
    revenue: Annotated[
        list[str] | None, typer.Option(help="What you sold that year, in the order of the years")
    ] = None,
    currency: Annotated[str, typer.Option(help="Of the revenue, ISO 4217")] = "",
    measure: Annotated[
        Literal["per_money", "per_kg", "total"], typer.Option(help="What is compared")
    ] = "per_money",
    against: Annotated[
        Literal["table", "years"], typer.Option(help="The table's sector, or your own years")
    ] = "table",
    rate_percent: Annotated[float | None, typer.Option(help="A path's rate a year, yours to state")] = None,
    kind: Annotated[
        Literal["absolute", "flag", "sectoral"], typer.Option(help="The kind of path")
    ] = "sectoral",
    base_year: Annotated[int | None, typer.Option(help="Where the path starts")] = None,
    source: Annotated[str, typer.Option(help="Who says that this rate is enough")] = "",
    as_json: asking.AsJson = False,
    folder: keys.Folder = keys.DEFAULT,
    name: asking.As = None,
) -> None:
    """Compare what you hand on with your sector's baseline and benchmark, and with a path."""
    with asking.at_ledger(ledger, folder, name) as company:
        query: dict[str, Any] = {
            "organization": company.organization,
            "region": region,
            "sector": sector,
            "year": year,
            "revenue": revenue or [],
            "currency": currency,
            "measure": measure,
            "against": against,
        }
        if rate_percent is not None:
            query |= {"rate_percent": rate_percent, "kind": kind, "source": source}
            query |= {} if base_year is None else {"base_year": base_year}
        found = company.client.read(f"mrio/tables/{table}/company?{urlencode(query, doseq=True)}")
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        _show(found, currency)


def _show(found: dict[str, Any], currency: str) -> None:
    from api.tables import Screen, Sheet  # noqa: PLC0415 - starts fast without it

    screen = Screen()
    headings = [">year", ">kg CO2e", ">kg CO2e per kg", f">kg CO2e per {currency or 'money'}", ">path allows"]
    sheet = Sheet("What you handed on", headings)
    allowed = {step["year"]: f"{step['allowed']:.6g}" for step in found["path"]}
    for one in found["years"]:
        cells = (one["kg_co2e"], one["kg_per_kg"] or "", one["kg_per_money"] or "")
        sheet.rows.append([str(one["year"]), *cells, allowed.get(one["year"], "")])
    screen.show(sheet)
    at = found["standing"]
    if at is not None:
        place = f"{found['sector']}, {found['region']}"
        screen.say(f"{at['year']}: yours is {at['own']:.6g} {at['unit']}. {place}: {at['region']:.6g}.")
        screen.say(f"The sector's average is {at['average']:.6g}, best practice {at['best_practice']:.6g}.")
        screen.say(f"{at['as_good_or_better']:.0%} of the peers are as good or better.")
    origin = found["table"]["provenance"]
    notes = (*found["flags"].values(), *origin["notes"])
    for note in (*notes, *(f"Accepted although it fails: {one}" for one in origin["accepted"])):
        screen.say(note)
