"""`passport accept`: corrections and late handlings of goods that you hold, taken over or sent back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands import asking
from api.commands.asking import Asked, Way

if TYPE_CHECKING:
    from api.company import Company


@asking.states
def accept(  # noqa: PLR0913, PLR0917 - one option each
    asked: Asked,
    offer: Annotated[
        str | None, typer.Argument(help="The adjustment: the beginning of its id, or of its shipment's")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Show what waits for your answer")] = False,
    refuse: Annotated[str | None, typer.Option(help="Send it back, and say why")] = None,
    standing: Annotated[
        str | None, typer.Option(help="Accept by itself what this company corrects; any for all")
    ] = None,
    limit: Annotated[str | None, typer.Option(help="Up to how much CO2e each, '5 kg'")] = None,
    until: Annotated[str | None, typer.Option(help="Last day on which it holds, 2026-12-31")] = None,
) -> None:
    """Answer an adjustment: take the difference over with your goods, or send it back to its author."""
    from api.adjustments import AcceptChoiceError  # noqa: PLC0415 - the library loads slowly

    chosen = [offer is not None, list_, standing is not None]
    if sum(chosen) != 1 or (standing is not None and (limit is None or until is None)):
        raise AcceptChoiceError
    way = asked.way
    with asked.company() as company:
        if offer is not None:
            occurred = asked.occurred(company)
            _answer(company, offer, {"occurred": occurred}, refuse, way)
        elif standing is not None:
            occurred = asked.occurred(company)
            _allow(company, standing, (str(limit), str(until)), {"occurred": occurred}, way)
        else:
            _list(company, as_json=way.as_json)


def _list(company: Company, *, as_json: bool) -> None:
    from api.adjustments import adjustments, show_adjustments  # noqa: PLC0415
    from api.tables import Screen  # noqa: PLC0415

    found = adjustments(company, waiting=True)
    if as_json:
        typer.echo(json.dumps({"adjustments": found}, ensure_ascii=False))
    else:
        show_adjustments(found, company.names, Screen())


def _answer(company: Company, offer: str, body: dict[str, Any], refuse: str | None, way: Way) -> None:
    from api.adjustments import look_at_answer, meant_adjustment  # noqa: PLC0415

    body |= meant_adjustment(company, offer).body(refuse)
    stated, shown = asking.state(company, asking.meant(company, "acceptance/1", body), way, look_at_answer)
    back = "It is its author's again; nothing of it is in your books."
    over = "The difference is in your goods, and in what you made and handed on of them."
    asking.tell(way, stated, shown, [over if refuse is None else back])


def _allow(company: Company, sender: str, terms: tuple[str, str], body: dict[str, Any], way: Way) -> None:
    from api.typed_amounts import typed_quantity  # noqa: PLC0415

    limit, until = terms
    body["standing"] = {
        "from": sender if sender == "any" else company.names.organization(sender),
        "limit_mg": str(typed_quantity(limit, "mg", 0)),
        "validity": {"from": body["occurred"]["from"], "to": until},
    }
    stated, shown = asking.state(company, asking.meant(company, "acceptance/1", body), way)
    asking.tell(way, stated, shown, [f"Adjustments up to {limit} CO2e each are taken over by themselves."])
