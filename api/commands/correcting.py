"""`passport correct`: a mistake or estimate in an own statement is replaced, old and new figures shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.commands import asking, goods
from api.commands.asking import Asked


@asking.states
def correct(  # noqa: PLR0913, PLR0917 - one option each
    asked: Asked,
    statement: Annotated[
        str, typer.Argument(help="The production or handling: the beginning of its digest, or its number")
    ],
    drop_line: Annotated[
        list[int] | None, typer.Option(help="Number of a line to take out, from 0; may be repeated")
    ] = None,
    add_line: Annotated[
        list[Path] | None,
        typer.Option(
            help="Lines to add: JSON, or CSV of activities or purchases", exists=True, dir_okay=False
        ),
    ] = None,
    add_input: Annotated[
        list[str] | None,
        typer.Option(help="Goods to add as LOT:QUANTITY, such as 'CB-1:300 kg'; may be repeated"),
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why, for whoever reads it")] = None,
) -> None:
    """Correct a production or handling: take lines out, add lines or goods; both figures stay readable."""
    from api.correcting import added_lines, input_of, read_corrected  # noqa: PLC0415 - loads slowly

    way = asked.way
    with asked.company() as company:
        occurred = asked.occurred(company)
        corrected = read_corrected(company, statement)
        corrected.check_lines(drop_line or ())
        inputs = [goods.taken(company, *input_of(one)) for one in add_input or ()]
        change: dict[str, Any] = {
            "drop_lines": [str(number) for number in drop_line or ()],
            "add_lines": added_lines(add_line or (), int(occurred["to"][:4]), company.client.log()["gwp"]),
            "add_inputs": inputs,
        }
        body: dict[str, Any] = {"occurred": occurred, "corrects": corrected.digest, "change": change}
        if reason:
            body["reason"] = reason
        intent = asking.meant(company, "correction/1", body)
        stated, shown = asking.state(company, intent, way, corrected.look)
        lines = [f"See the lot: passport lot show {str(lot['id'])[:12]}" for lot in corrected.lots[:1]]
        kinds = {one[end]["kind"] for one in shown["booked"] for end in ("from", "to")}
        if "adjustment_offered" in kinds:
            lines.append("Goods were handed on before: their holders answer with passport accept --list")
        asking.tell(way, stated, shown, lines)
