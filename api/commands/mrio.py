"""`passport mrio`: import input-output tables, check them, and ask what a product carries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands import mrio_asking, mrio_company
from api.commands.asking import AsJson
from api.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.mrio.checks import Report
    from ledger.mrio.library import TableLibrary
    from ledger.mrio.store import Imported
    from ledger.mrio.table import Table

app = typer.Typer(help="Input-output tables: import, check, and ask them.", no_args_is_help=True)
mrio_asking.register(app)
app.command("company")(mrio_company.show_company)
Named = Annotated[str, typer.Argument(help="Name or digest of an imported table (`passport mrio list`)")]
Accept = Annotated[
    list[str] | None,
    typer.Option("--accept", help="A failing check that you accept; every number from the table says so"),
]


def _library() -> TableLibrary:
    from ledger.mrio.library import TableLibrary  # noqa: PLC0415 - starts fast without it

    return TableLibrary(Settings.from_environment().tables)


@app.command("import")
def import_table(  # noqa: PLR0913, PLR0917 - one option each
    path: Annotated[Path | None, typer.Argument(help="File or folder, as it was downloaded")] = None,
    table_format: Annotated[
        str, typer.Option("--format", help="exiobase3, oecd, wiod, eora26, gloria, pymrio")
    ] = "pymrio",
    layout: Annotated[
        str, typer.Option(help="For a workbook: china-mrio-2017, or the path of your own layout file")
    ] = "",
    name: Annotated[str, typer.Option(help="What it is to be called")] = "",
    year: Annotated[int, typer.Option(help="The table's year")] = 0,
    currency: Annotated[str, typer.Option(help="Of its money, ISO 4217")] = "EUR",
    version: Annotated[str, typer.Option(help="The data set's own version")] = "",
    licence: Annotated[str, typer.Option(help="Under which you may use it")] = "",
    price_type: Annotated[str, typer.Option(help="basic, producer or purchaser")] = "basic",
    synthetic: Annotated[bool, typer.Option("--synthetic", help="The made-up table, to try things")] = False,
    accept: Accept = None,
    as_json: AsJson = False,
) -> None:
    """Read a table, check it, and keep it by the digest of its content."""
    from api.commands.remote import bar  # noqa: PLC0415 - starts fast without it
    from ledger.mrio.checks import accepted, check  # noqa: PLC0415

    with bar("Importing") as done:
        if layout:
            table = _read_by_layout(path, layout, name, year, version, done)
        else:
            table = _read(path, table_format, name, year, currency, version, licence, price_type, synthetic)
        done(1, 3)
        report = check(table)
        table = accepted(table, report, accept or ())
        done(2, 3)
        digest = _library().store.add(table, report)
        done(3, 3)
    if as_json:
        typer.echo(json.dumps({"digest": digest, **report.as_json()}))
    else:
        typer.echo(f"{table.name} {table.year} is kept as {digest[:12]}: {len(table.labels)} sectors.")
        for note in table.provenance.notes:
            typer.echo(note)
        _show_checks(report)


def _read_by_layout(  # noqa: PLR0913, PLR0917 - what the command was told
    path: Path | None, layout: str, name: str, year: int, version: str, done: Callable[[int, int], None]
) -> Table:
    from ledger.mrio.adapters.from_layout import read_table  # noqa: PLC0415

    if path is None:
        message = "PATH is needed: the workbook that the layout describes."
        raise typer.BadParameter(message)
    return read_table(path, layout, name=name, year=year or None, version=version, progress=done)


def _read(  # noqa: PLR0913, PLR0917 - what the command was told
    path: Path | None,
    table_format: str,
    name: str,
    year: int,
    currency: str,
    version: str,
    licence: str,
    price_type: str,
    synthetic: bool,
) -> Table:
    from ledger.mrio.adapters.from_pymrio import read  # noqa: PLC0415
    from ledger.mrio.synthetic import synthetic_china  # noqa: PLC0415
    from ledger.mrio.table import Provenance  # noqa: PLC0415

    if synthetic:
        return synthetic_china()
    missing = {"PATH": path, "--name": name, "--year": year, "--version": version, "--licence": licence}
    for option, value in missing.items():
        if not value:
            message = f"{option} is needed: a number from a table says where it comes from."
            raise typer.BadParameter(message)
    assert path is not None  # noqa: S101 - just checked
    origin = Provenance(f"{table_format}: {path.name}", version, licence, price_type)
    return read(path, table_format, name=name, year=year, currency=currency, provenance=origin)


@app.command("inventory")
def add_inventory(
    table: Named,
    path: Annotated[Path, typer.Argument(help="An inventory's workbook, as it was downloaded")],
    layout: Annotated[str, typer.Option(help="How it is laid out")] = "ceads-inventory",
    name: Annotated[str, typer.Option(help="What the extension is to be called")] = "CO2",
    as_json: AsJson = False,
) -> None:
    """Give a table the emissions of an inventory, as a table of its own; regions are matched by name."""
    from ledger.mrio.adapters.inventory import read_inventory, with_inventory  # noqa: PLC0415 - starts fast
    from ledger.mrio.checks import accepted, check  # noqa: PLC0415

    library = _library()
    found = read_inventory(path, layout)
    before = library.open(table)
    whole = with_inventory(before, found, name=name)
    report = check(whole)
    whole = accepted(whole, report, before.provenance.accepted)
    digest = library.store.add(whole, report)
    if as_json:
        said = {"digest": digest, "total": found.total(), "unit": found.unit, "year": found.year}
        typer.echo(json.dumps({**said, "notes": list(whole.provenance.notes)}))
        return
    typer.echo(f"{found.title}, {found.year}: {found.total():,.1f} {found.unit}, kept as {digest[:12]}.")
    for note in whole.provenance.notes:
        typer.echo(note)


@app.command("list")
def list_tables(as_json: AsJson = False) -> None:
    """Show the imported tables; the made-up one where there is none."""
    from api.tables import Screen, Sheet, short  # noqa: PLC0415

    found = _library().tables()
    if as_json:
        typer.echo(json.dumps([{"digest": one.digest, **_head(one)} for one in found]))
        return
    sheet = Sheet("Input-output tables", ["digest", "name", ">year", ">sectors", "money", "checks accepted"])
    for one in found:
        accepted = ", ".join(one.head["provenance"]["accepted"])
        marked = f"{one.name} (synthetic)" if one.synthetic else one.name
        count = str(len(one.head["sectors"]))
        sheet.rows.append([short(one.digest), marked, str(one.year), count, one.head["unit"], accepted])
    Screen().show(sheet)


def _head(one: Imported) -> dict[str, Any]:
    return {name: value for name, value in one.head.items() if name not in ("sectors", "demand", "checks")}


@app.command("check")
def check_table(table: Named, as_json: AsJson = False) -> None:
    """Check a table's numbers again; exit 1 where a check fails."""
    from ledger.mrio.checks import check  # noqa: PLC0415 - starts fast without it

    report = check(_library().open(table))
    if as_json:
        typer.echo(json.dumps(report.as_json()))
    else:
        _show_checks(report)
    if report.failed:
        raise typer.Exit(1)


def _show_checks(report: Report) -> None:
    from api.tables import Screen, Sheet  # noqa: PLC0415 - starts fast without it
    from ledger.mrio.checks import CHECKS  # noqa: PLC0415

    sheet = Sheet(f"Checks of {report.table}", ["check", ">places that fail", "the worst"])
    for name in CHECKS:
        worst = next((one.sentence() for one in report.findings if one.check == name), "")
        sheet.rows.append([name, str(report.counts.get(name, 0)), worst])
    Screen().show(sheet)


@app.command("multipliers")
def show_multipliers(  # noqa: PLR0913, PLR0917 - one option each
    table: Named,
    region: Annotated[str | None, typer.Option(help="Only this region")] = None,
    sector: Annotated[str | None, typer.Option(help="Only this sector")] = None,
    extension: Annotated[str | None, typer.Option(help="Of which extension; the first without")] = None,
    stressor: Annotated[str | None, typer.Option(help="Of which of its rows; the first without")] = None,
    count: Annotated[int, typer.Option("--count", help="How many, the largest first")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show what a unit of money spent on each product carries, through all tiers."""
    import numpy as np  # noqa: PLC0415 - starts fast without it

    from api.tables import Screen, Sheet  # noqa: PLC0415

    library = _library()
    solved = library.solved(table, extension, stressor)
    opened = library.open(solved.digest)
    if region is not None and sector is not None:
        opened.position(region, sector)
    chosen = [
        (str(place), str(industry), float(solved.M[at]))
        for at in np.argsort(-solved.M, kind="stable")
        for place, industry in [opened.labels[int(at)]]
        if region in (None, place) and sector in (None, industry)
    ][:count]
    if as_json:
        rows = [{"region": one[0], "sector": one[1], "value": one[2]} for one in chosen]
        said = {"table": solved.digest, "unit": solved.unit, "method": solved.method}
        said |= {"residual": str(solved.residual), "provenance": json.dumps(opened.provenance.as_json())}
        typer.echo(json.dumps({**said, "multipliers": rows}))
        return
    sheet = Sheet(f"{solved.stressor}, {solved.unit}", ["region", "sector", ">multiplier"])
    sheet.rows += [[place, industry, f"{value:.6g}"] for place, industry, value in chosen]
    screen = Screen()
    screen.show(sheet)
    screen.say(f"{opened.name} {opened.year}, method {solved.method}, residual {solved.residual:.1e}.")
    for note in (*opened.provenance.notes, *(f"Accepted: {one}" for one in opened.provenance.accepted)):
        screen.say(note)


@app.command("remove")
def remove_table(table: Named) -> None:
    """Forget an imported table; factors that were made from it keep its digest."""
    typer.echo(f"Removed {_library().store.remove(table)[:12]}.")
