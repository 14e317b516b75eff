"""`passport reverse|impair`: carbon that was removed has gone back, or less is expected of what is stored."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from api.commands import asking
from api.commands.asking import Asked

Removal = Annotated[
    str, typer.Argument(help="The statement that removed it: the beginning of its digest, or its record")
]
LineNumber = Annotated[
    int, typer.Argument(help="The line's number in that statement, from 0", min=0, max=199)
]
Reason = Annotated[str | None, typer.Option(help="Why, for whoever reads it")]
LATER = "See what is left: passport removals"


@asking.states
def reverse(  # noqa: PLR0913, PLR0917 - one option each
    asked: Asked,
    statement: Removal,
    line: LineNumber,
    amount: Annotated[str, typer.Argument(help="How much CO2e went back: '2.5 t', '300 kg', or all")],
    cause: Annotated[
        Literal["fire", "storm", "pest", "grubbing_up", "land_use", "leak", "other"],
        typer.Option(help="What happened"),
    ],
    evidence: Annotated[
        Literal["measured", "calculated"], typer.Option(help="How you know how much")
    ] = "calculated",
    component: Annotated[
        str | None, typer.Option(help="Which component, where the line removes by several")
    ] = None,
    reason: Reason = None,
) -> None:
    """State that carbon which you removed has gone back: your emission; goods handed on keep their figure."""
    from api.removing import own_removal  # noqa: PLC0415 - loads slowly
    from api.typed_amounts import typed_quantity  # noqa: PLC0415

    way = asked.way
    with asked.company() as company:
        removal = own_removal(company, statement, line)
        milligrams = typed_quantity(amount, "mg", removal.stored_mg)
        body: dict[str, Any] = {
            "occurred": asked.occurred(company),
            "reverses": removal.named(),
            "amount": {"components": {removal.component(component): str(milligrams)}, "evidence": evidence},
            "cause": cause,
            **({"reason": reason} if reason else {}),
        }
        stated, shown = asking.state(company, asking.meant(company, "reversal/1", body), way)
        asking.tell(way, stated, shown, [LATER])


@asking.states
def impair(  # noqa: PLR0913, PLR0917 - one option each
    asked: Asked,
    statement: Removal,
    line: LineNumber,
    years: Annotated[int | None, typer.Option(help="Years that it is now expected to stay", min=1)] = None,
    lasting: Annotated[
        Literal["temporary", "long_term"] | None, typer.Option(help="The class that is now expected")
    ] = None,
    reserve: Annotated[str | None, typer.Option(help="Share now held back, such as 0.1")] = None,
    reason: Reason = None,
) -> None:
    """Write down what is expected of a removal: for how long it stays, what is held back; moves nothing."""
    from api.removing import own_removal  # noqa: PLC0415 - loads slowly

    way = asked.way
    permanence = {"years": str(years) if years else None, "class": lasting}
    stated_permanence = {measure: value for measure, value in permanence.items() if value is not None}
    with asked.company() as company:
        body: dict[str, Any] = {
            "occurred": asked.occurred(company),
            "impairs": own_removal(company, statement, line).named(),
            "expectation": {
                **({"permanence": stated_permanence} if stated_permanence else {}),
                **({"reserve": reserve} if reserve is not None else {}),
            },
            **({"reason": reason} if reason else {}),
        }
        stated, shown = asking.state(company, asking.meant(company, "impairment/1", body), way)
        asking.tell(way, stated, shown, [LATER])
