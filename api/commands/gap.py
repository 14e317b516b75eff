"""`passport gap`: what fills a gap where no supplier gave a passport, with all its reasons."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.commands.asking import AsJson
from api.settings import Settings

if TYPE_CHECKING:
    from api.gap_forms import GapAnswer
    from api.tables import Screen

_NO_TEXTS: Final = frozenset({"concordance", "price_index", "as_json"})


def gap(  # noqa: PLR0913, PLR0917 - one option each
    item: Annotated[str, typer.Argument(help="What was bought, in your words")],
    region: Annotated[str, typer.Option(help="Where the supplier is: CN-GD, CN, NL")],
    year: Annotated[int, typer.Option(help="When it was bought")],
    sector: Annotated[str, typer.Option(help="Code of the product or sector (`passport factors find`)")] = "",
    amount: Annotated[str, typer.Option(help="What was paid, as invoiced")] = "",
    currency: Annotated[str, typer.Option(help="Of the amount, ISO 4217")] = "",
    price_type: Annotated[str, typer.Option(help="purchaser, producer or basic")] = "",
    vat: Annotated[str, typer.Option(help="excluded, included or unknown")] = "",
    vat_rate: Annotated[str, typer.Option(help="Share of the net price, 0.13, where VAT is included")] = "",
    margin_share: Annotated[str, typer.Option(help="Share of trade and transport in the price")] = "",
    margin_source: Annotated[str, typer.Option(help="Where that share is from")] = "",
    price_index: Annotated[
        Path | None, typer.Option(help="CSV of the supplier country's producer prices, your own")
    ] = None,
    allow_undeflated: Annotated[
        bool, typer.Option("--allow-undeflated", help="Use prices of another year as they are, flagged")
    ] = False,
    transport_covered: Annotated[
        bool, typer.Option("--transport-covered", help="A signed transport leg covers the delivery")
    ] = False,
    concordance: Annotated[
        Path | None, typer.Option(help="CSV from,to,weight,match that translates the code")
    ] = None,
    table: Annotated[str, typer.Option(help="Only this input-output table, by name or digest")] = "",
    table_sector: Annotated[str, typer.Option(help="The sector as the table calls it")] = "",
    table_region: Annotated[str, typer.Option(help="The region as the table calls it")] = "",
    extension: Annotated[str, typer.Option(help="Extension of the table")] = "",
    stressor: Annotated[str, typer.Option(help="Row of the extension")] = "",
    counts_as: Annotated[str, typer.Option(help="What the row counts: co2, AR4, AR5 or AR6")] = "",
    gwp: Annotated[str, typer.Option(help="GWP set preferred")] = "AR5",
    as_json: AsJson = False,
) -> None:
    """Say what fills a gap: amount, interval, factor, table, every price step, and what stands behind."""
    texts = {name: _text(value) for name, value in locals().items() if name not in _NO_TEXTS}
    from api.commands.factors import library  # noqa: PLC0415
    from api.gap_answers import answer  # noqa: PLC0415 - starts fast without it
    from api.gap_asked import query_of  # noqa: PLC0415
    from api.tables import Screen  # noqa: PLC0415
    from ledger.mrio.library import TableLibrary  # noqa: PLC0415

    translated = (concordance.name, concordance.read_bytes()) if concordance else None
    index = (price_index.name, price_index.read_bytes()) if price_index else None
    query = query_of(texts, concordance=translated, price_index=index)
    found = answer(query, library(), TableLibrary(Settings.from_environment().tables))
    if as_json:
        typer.echo(json.dumps(found.model_dump(mode="json", exclude_none=True), ensure_ascii=False))
    else:
        _show(found, Screen())


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _show(found: GapAnswer, screen: Screen) -> None:
    from api.tables import Sheet  # noqa: PLC0415 - starts fast without it

    screen.say(f"{found.item}: {_kg(found.amount_mg)} kg CO2e", "bold")
    if found.interval is not None:
        low, high = _kg(found.interval.low_mg), _kg(found.interval.high_mg)
        drawn = f", {found.interval.draws:,} draws" if found.interval.draws else ""
        screen.say(f"95 % between {low} and {high} kg ({found.interval.method}{drawn}).")
        screen.say(found.interval.judgement)
    facts = Sheet("Factor", ["what", "value"])
    facts.rows += [["value", f"{found.value} kg CO2e per {found.per}, GWP {found.gwp}"]]
    if found.factor is not None:
        facts.rows.append(["factor", f"{found.factor.name} ({found.factor.id})"])
    if found.table is not None:
        shown = found.table
        facts.rows += [
            ["table", f"{shown.title}, {shown.version}"],
            ["region, sector, year", f"{shown.region}, {shown.sector}, {shown.year}"],
            ["licence", shown.licence],
            ["notice", shown.notice],
        ]
    facts.rows += [["code", f"{one.code}, match {one.match}: {one.source}"] for one in found.matches]
    facts.rows.append(["flags", ", ".join(found.flags) or "none"])
    screen.show(facts)
    if found.price_steps:
        steps = Sheet(
            "From the invoice to the factor's money", ["step", ">amount", "money", ">times", "source"]
        )
        for one in found.price_steps:
            money = f"{one.currency} {one.price_year}, {one.price_type}"
            steps.rows.append([one.step, one.amount, money, one.times, one.source])
        screen.show(steps)
    _show_others(found, screen)


def _show_others(found: GapAnswer, screen: Screen) -> None:
    from api.tables import Sheet  # noqa: PLC0415 - starts fast without it

    others = Sheet("Considered beside it", ["table", "region, sector, year", ">kg CO2e", "why not"])
    for one in found.alternatives:
        amount = _kg(one.amount_mg) if one.amount_mg else "none"
        others.rows.append([one.table, f"{one.region}, {one.sector}, {one.year}", amount, one.why_not])
    others.rows += [[one.kind, "", "", one.why_not] for one in found.considered if one.factor is None]
    screen.show(others)
    behind = found.behind
    if behind is None:
        return
    if behind.gases:
        gases = ", ".join(f"{gas} {share:.1%}" for gas, share in behind.gases)
        screen.say(f"Gases: {gases}.")
    if behind.paths:
        title = f"Main paths behind it, {behind.table}{' (another table)' if behind.other_table else ''}"
        paths = Sheet(title, ["path", ">share"])
        for path in behind.paths:
            chain = " < ".join(f"{place} {sector}" for place, sector in path.sectors)
            paths.rows.append([chain, f"{path.share:.1%}"])
        screen.show(paths)
    elif behind.why_none:
        screen.say(behind.why_none)


def _kg(mg: str) -> str:
    return f"{int(mg) / 1_000_000:,.3f}"
