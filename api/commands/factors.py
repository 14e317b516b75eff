"""`passport factors`: find factors in three languages, compare versions, hand tables on, import one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.asking import AsJson
from api.settings import Settings

if TYPE_CHECKING:
    from ledger.factors.library import FactorLibrary

app = typer.Typer(help="Emission factors: find, compare versions, export, import.", no_args_is_help=True)
Dataset = Annotated[str, typer.Argument(help="Name of a dataset (`passport factors list`)")]
SHOWN = 20


def library() -> FactorLibrary:
    """Return the shipped factors and those that were imported here."""
    from ledger.factors.library import IMPORTED_FACTORS, TABLES, FactorLibrary  # noqa: PLC0415 - starts fast

    return FactorLibrary(TABLES, Settings.from_environment().folder / IMPORTED_FACTORS)


@app.command("list")
def list_datasets(as_json: AsJson = False) -> None:
    """Show the datasets: version, how many factors, licence, and what replaced an old one."""
    from dataclasses import asdict  # noqa: PLC0415

    from api.tables import Screen, Sheet  # noqa: PLC0415

    found = library().datasets()
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False))
        return
    sheet = Sheet("Datasets", ["dataset", "what", "version", ">factors", "licence", "replaced by"])
    for one in found:
        replaced = one.superseded_by or ""
        sheet.rows.append([one.name, one.title, one.version, str(one.factors), one.licence, replaced])
    Screen().show(sheet)


@app.command("find")
def find(
    words: Annotated[str, typer.Argument(help="What it is called: cartons, 纸箱, 322211")],
    region: Annotated[str | None, typer.Option(help="Only of this region")] = None,
    limit: Annotated[int, typer.Option(help="How many, 1 to 200")] = SHOWN,
    superseded: Annotated[bool, typer.Option("--superseded", help="In replaced datasets too")] = False,
    as_json: AsJson = False,
) -> None:
    """Find factors by words in three languages, by code or id."""
    from api.tables import Screen, Sheet  # noqa: PLC0415 - starts fast without it

    found = library().search(words, region, limit, superseded=superseded)
    if as_json:
        typer.echo(json.dumps([one.record() for one in found], ensure_ascii=False))
        return
    sheet = Sheet(f"Factors for {words}", ["id", "name", ">kg CO2e", "per", "region", "sector", "licence"])
    for one in found:
        named = [one.id, one.name, one.value, one.per, one.region, one.sector or "", one.licence]
        sheet.rows.append(named)
    Screen().show(sheet)


@app.command("diff")
def diff(
    before: Dataset,
    after: Dataset,
    limit: Annotated[int, typer.Option(help="How many of the largest changes")] = SHOWN,
    as_json: AsJson = False,
) -> None:
    """Show what moved between two versions of a dataset, the largest changes first."""
    from api.tables import Screen, Sheet  # noqa: PLC0415 - starts fast without it
    from ledger.factors.versions import compare  # noqa: PLC0415

    found = compare(library(), before, after)
    if as_json:
        typer.echo(json.dumps(found.as_json(), ensure_ascii=False))
        return
    screen = Screen()
    counts = f"{len(found.moved)} moved, {found.same} stayed, {len(found.gone)} went, {len(found.new)} came"
    screen.say(f"{before} to {after}: {counts}.")
    for name, (old, new) in found.meaning.items():
        screen.say(f"All changed {name}: {old} to {new}.")
    sheet = Sheet("The largest changes", ["factor", ">old", ">new", ">times"])
    for one in found.moved[:limit]:
        times = "" if one.times is None else str(one.times)
        sheet.rows.append([one.after.name, one.before.value, one.after.value, times])
    screen.show(sheet)


@app.command("export")
def export(
    dataset: Dataset,
    to: Annotated[Path, typer.Argument(help="File to write: .csv, .json or .xlsx")],
) -> None:
    """Write a dataset to a file, with its licence and notice in it."""
    from api.factor_files import factor_file  # noqa: PLC0415 - starts fast without it

    to.write_bytes(factor_file(library(), dataset, to.suffix.lstrip(".").lower()))
    typer.echo(f"{dataset} is written to {to}, with its licence and notice.")


@app.command("import")
def import_factors(  # noqa: PLR0913, PLR0917 - one option each
    path: Annotated[Path, typer.Argument(help="File of factors that you may use")],
    dataset: Annotated[
        str, typer.Option(help="What the dataset is to be called, lower-case words joined by -")
    ],
    version: Annotated[str, typer.Option(help="Its own version")],
    source: Annotated[str, typer.Option(help="Who published it, and as what")],
    licence: Annotated[str, typer.Option(help="Under which you may use it")],
    form: Annotated[
        str, typer.Option("--format", help="sheet (our columns) or epa (the CO2e file)")
    ] = "sheet",
    shared: Annotated[
        list[str] | None, typer.Option("--set", help="A cell that all rows share, such as data_year=2026")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read a file of factors, check it, and keep it beside the shipped tables by its content's digest."""
    from ledger.factors.imports import FORMS, import_table  # noqa: PLC0415 - starts fast without it
    from ledger.factors.library import IMPORTED_FACTORS  # noqa: PLC0415

    known = next((one for one in FORMS if one == form), None)
    if known is None:
        message = f"--format is one of {', '.join(FORMS)}."
        raise typer.BadParameter(message)
    cells = dict(one.partition("=")[::2] for one in shared or ())
    cells |= {"dataset": dataset, "dataset_version": version, "source": source, "licence": licence}
    folder = Settings.from_environment().folder / IMPORTED_FACTORS
    found = import_table(path.read_bytes(), path.name, known, cells, folder, library())
    if as_json:
        typer.echo(json.dumps({"digest": found.digest, "dataset": found.dataset, "factors": found.factors}))
    else:
        typer.echo(f"{found.dataset}: {found.factors} factors are kept as {found.digest[:12]}.")
