"""`passport mrio paths|rest|interval`: why a product carries what it carries, and how sure that is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.asking import AsJson
from api.settings import Settings

if TYPE_CHECKING:
    from ledger.mrio.library import Solved
    from ledger.mrio.table import Table

Named = Annotated[str, typer.Argument(help="Name or digest of an imported table (`passport mrio list`)")]
Region = Annotated[str, typer.Option(help="Of the product")]
Sector = Annotated[str, typer.Option(help="Of the product")]
Which = Annotated[str | None, typer.Option(help="Of which extension; the first without")]
Row = Annotated[str | None, typer.Option(help="Of which of its rows; the first without")]


def register(app: typer.Typer) -> None:
    """Add the commands to `passport mrio`."""
    app.command("paths")(show_paths)
    app.command("rest")(show_rest)
    app.command("interval")(show_interval)


def show_paths(  # noqa: PLR0913, PLR0917 - one option each
    table: Named,
    region: Region,
    sector: Sector,
    extension: Which = None,
    stressor: Row = None,
    cut: Annotated[float, typer.Option(min=1e-6, max=1, help="Leave branches below this share")] = 1e-4,
    count: Annotated[int, typer.Option("--count", min=1, help="How many, the largest first")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show the supply chains behind a product, and who contributes most."""
    from api.tables import Screen, Sheet  # noqa: PLC0415 - starts fast without it
    from ledger.mrio.paths import contributors, explain, largest  # noqa: PLC0415

    opened, solved = _asked(table, extension, stressor)
    row = {"extension": solved.extension, "stressor": solved.stressor}
    why = explain(opened, region, sector, cut=cut, limit=count, M=solved.M, **row)
    who = list(largest(contributors(opened, region, sector, **row), count))
    if as_json:
        top = [
            {"region": at[0], "sector": at[1], "amount": amount, "share": part} for at, amount, part in who
        ]
        typer.echo(json.dumps({**why.as_json(), "contributors": top, **_said(opened, solved)}))
        return
    screen = Screen()
    screen.say(f"{sector}, {region}: {why.total:.6g} {why.unit}.")
    paths = Sheet("Main paths, the product last", [">tier", ">share", "who emits, and through whom"])
    for path in why.paths:
        chain = " → ".join(f"{name}, {place}" for place, name in reversed(path.sectors))
        paths.rows.append([str(path.tier), f"{path.share:.2%}", chain])
    screen.show(paths)
    tiers = ", ".join(f"tier {number} {share:.1%}" for number, share in enumerate(why.by_tier[:6]))
    screen.say(f"{why.explained:.1%} is explained by paths above {cut:g} of the total: {tiers}.")
    if not why.complete:
        screen.say("There were more branches than the limit: choose a larger cut.")
    sheet = Sheet("Who emits most", ["region", "sector", ">share"])
    sheet.rows += [[place, name, f"{part:.2%}"] for (place, name), _, part in who]
    screen.show(sheet)
    _say_origin(opened, solved)


def show_rest(  # noqa: PLR0913, PLR0917 - one option each
    table: Named,
    region: Region,
    sector: Sector,
    known: Annotated[
        list[str], typer.Option(help="An input that comes with passports: REGION/SECTOR=SHARE, share 0 to 1")
    ],
    extension: Which = None,
    stressor: Row = None,
    as_json: AsJson = False,
) -> None:
    """Show what a product carries besides known inputs, and what may still overlap with them."""
    from api.tables import Screen  # noqa: PLC0415 - starts fast without it
    from ledger.mrio.hybrid import known_shares, without_known  # noqa: PLC0415

    inputs = known_shares(map(_known, known))
    opened, solved = _asked(table, extension, stressor)
    row = {"extension": solved.extension, "stressor": solved.stressor}
    rest = without_known(opened, region, sector, inputs, M=solved.M, **row)
    if as_json:
        typer.echo(json.dumps({**rest.as_json(), "says": rest.says(), **_said(opened, solved)}))
        return
    screen = Screen()
    screen.say(f"{sector}, {region}: {rest.whole:.6g} {solved.unit} as a whole,")
    screen.say(f"{rest.taken_out:.6g} for the known inputs taken out, {rest.rest:.6g} left. {rest.says()}")
    _say_origin(opened, solved)


def show_interval(  # noqa: PLR0913, PLR0917 - one option each
    table: Named,
    region: Region,
    sector: Sector,
    emissions: Annotated[float, typer.Option(help="Geometric standard deviation of sectors' emissions")],
    price: Annotated[float, typer.Option(help="The same of the price conversion")] = 1.0,
    cells: Annotated[float, typer.Option(help="The same of the table's largest cells")] = 1.0,
    extension: Which = None,
    stressor: Row = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed, the same interval")] = 1,
    as_json: AsJson = False,
) -> None:
    """Show how far off a product's multiplier may be, by seeded draws over what you state."""
    from api.tables import Screen  # noqa: PLC0415 - starts fast without it
    from ledger.mrio.monte_carlo import Spreads, interval  # noqa: PLC0415

    opened, solved = _asked(table, extension, stressor)
    found = interval(
        opened,
        {(region, sector): 1.0},
        Spreads(emissions=emissions, price=price, cells=cells),
        extension=solved.extension,
        stressor=solved.stressor,
        seed=seed,
    )
    if as_json:
        typer.echo(json.dumps({**found.as_json(), **_said(opened, solved)}))
        return
    screen = Screen()
    screen.say(f"{sector}, {region}: {found.value:.6g} {solved.unit},")
    screen.say(f"95 % between {found.low:.6g} and {found.high:.6g} ({found.draws} draws, seed {found.seed}).")
    _say_origin(opened, solved)


def _known(text: str) -> tuple[str, str, float]:
    region, slash, rest = text.partition("/")
    sector, equals, share = rest.rpartition("=")
    try:
        if slash and equals:
            return region, sector, float(share)
    except ValueError:
        pass
    message = f"--known: {text!r} is not REGION/SECTOR=SHARE, such as 'Guangdong/Chemical products=0.5'."
    raise typer.BadParameter(message)


def _asked(table: str, extension: str | None, stressor: str | None) -> tuple[Table, Solved]:
    from ledger.mrio.library import TableLibrary  # noqa: PLC0415 - starts fast without it

    library = TableLibrary(Settings.from_environment().tables)
    solved = library.solved(table, extension, stressor)
    return library.open(solved.digest), solved


def _said(table: Table, solved: Solved) -> dict[str, Any]:
    """Return what every number from a table has to say."""
    return {
        "table": {
            "digest": solved.digest,
            "name": table.name,
            "year": table.year,
            "provenance": table.provenance.as_json(),
        },
        "unit": solved.unit,
        "method": solved.method,
        "residual": solved.residual,
    }


def _say_origin(table: Table, solved: Solved) -> None:
    from api.tables import Screen  # noqa: PLC0415 - starts fast without it

    screen = Screen()
    origin = table.provenance
    screen.say(f"{table.name} {table.year} ({solved.digest[:12]}), {origin.source}, {origin.licence}.")
    for note in (*origin.notes, *(f"Accepted although it fails: {one}" for one in origin.accepted)):
        screen.say(note)
