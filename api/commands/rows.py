"""`passport state`: what rows of record files mean, looked at and signed one by one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands import asking
from api.commands.asking import Asked

if TYPE_CHECKING:
    from api.company import Company
    from ledger.records.intents import Intent


@asking.states
def state(
    asked: Asked,
    files: Annotated[
        list[Path], typer.Argument(help="CSV files, recognized by their headers", exists=True, dir_okay=False)
    ],
) -> None:
    """State what rows of CSV files mean, each after a look at what it will book.

    For what has no command of its own: openings, a verifier's opinions and withdrawals, new estimates of
    assets, power by contract, subdivision, bearing cycles, answers to adjustments. Their columns:
    passport columns. Rows that were stated before are passed over; passport import --post states many rows
    without asking.
    """
    from api.stating_rows import meant_by  # noqa: PLC0415 - the library loads slowly

    with asked.company() as company:
        new, before = meant_by(company, files, asked.zone)
        stated = [_state(company, intent, asked) for intent in new]
    if asked.way.as_json:
        typer.echo(json.dumps({"statements": stated, "stated_before": before}, ensure_ascii=False))
    elif not new:
        typer.echo(f"Nothing new: {before} of these rows were stated before.")


def _state(company: Company, intent: Intent, asked: Asked) -> dict[str, Any]:
    from api.stating_rows import look_at  # noqa: PLC0415 - the library loads slowly

    way = asked.way
    waits = [need.key for need in intent.needs() if need.key not in company.register]
    if waits:
        # Only a look leaves something to wait for: what it needs was looked at before it, and not stated.
        if not way.as_json:
            typer.echo(
                f"{intent.at.file}, row {intent.at.row}: {intent.reference} waits for {', '.join(waits)}"
            )
        return {"reference": intent.reference, "stated": False, "waits_for": waits}
    done, shown = asking.state(company, intent, way, look_at(company, intent))
    if way.as_json:
        return {"reference": intent.reference, **asking.told(done, shown)}
    asking.tell(way, done, shown, [])
    return {}


def columns(
    form: Annotated[
        str | None, typer.Argument(help="The kind of record, such as openings; all are listed without")
    ] = None,
    as_json: asking.AsJson = False,
) -> None:
    """Show which columns a kind of record file has, in English and Chinese, and its header to copy."""
    from api.stating_rows import form_named, forms_json, show_form, show_forms  # noqa: PLC0415
    from api.tables import Screen  # noqa: PLC0415

    chosen = None if form is None else form_named(form)
    if as_json:
        typer.echo(json.dumps(forms_json(chosen), ensure_ascii=False))
    elif chosen is None:
        show_forms(Screen())
    else:
        show_form(chosen, Screen())
