"""How a company keeps its books: `passport policy`, `passport close`, and `passport countersign`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from api.commands import asking
from api.commands.asking import Asked


@asking.states
def policy(  # noqa: PLR0913, PLR0917 - one option each
    asked: Asked,
    materiality: Annotated[str, typer.Option(help="Share of gross below which you don't look on, 0.05")],
    cut_off: Annotated[str, typer.Option(help="Your rule for what falls into which period")],
    electricity: Annotated[Literal["location", "market"], typer.Option(help="The method that you book")],
    markup: Annotated[str, typer.Option(help="The k that your estimates are marked up by")] = "0",
    second_above: Annotated[
        str | None, typer.Option(help="Ask for a second key above this much CO2e a shipment, '500 kg'")
    ] = None,
) -> None:
    """State by which accounting policies you keep your books from now on."""
    from api.typed_amounts import typed_quantity  # noqa: PLC0415 - the library loads slowly

    stated = {"materiality": materiality, "cut_off": cut_off, "electricity": electricity, "markup": markup}
    if second_above is not None:
        stated["second_signature_above_mg"] = str(typed_quantity(second_above, "mg", 0))
    way = asked.way
    with asked.company() as company:
        body = {"occurred": asked.occurred(company), "policy": stated}
        done, shown = asking.state(company, asking.meant(company, "accounting_policy/1", body), way)
        asking.tell(way, done, shown, ["Your books are kept by these policies from now on."])


@asking.states_of_a_period
def close(
    asked: Asked,
    first: Annotated[str, typer.Argument(help="First day of the period, 2026-06-01")],
    last: Annotated[str, typer.Argument(help="Last day of the period, 2026-06-30")],
) -> None:
    """Close your books for a period: from then on it changes only by what is dated later."""
    way = asked.way
    with asked.company() as company:
        occurred = {**asking.occurred(company, last, asked.zone), "from": first}
        body: dict[str, Any] = {"occurred": occurred}
        done, shown = asking.state(company, asking.meant(company, "period_close/1", body), way)
        asking.tell(way, done, shown, [f"Your books are closed up to {last}."])


@asking.states
def countersign(
    asked: Asked,
    statement: Annotated[str, typer.Argument(help="The statement that waits for a second key, by digest")],
    post: Annotated[
        bool, typer.Option("--post", help="Another key has agreed: post the statement that waits here")
    ] = False,
) -> None:
    """Agree with a second key to what your company hands on; what waits here for it is posted at once."""
    way = asked.way
    with asked.company() as company:
        if post:
            asking.tell(way, company.desk.release(statement), {}, ["It waited for its second signature."])
            return
        body = {"occurred": asked.occurred(company), "statement": statement}
        done, shown = asking.state(company, asking.meant(company, "countersignature/1", body), way)
        lines = ["Post the statement itself where it was signed: passport countersign --post."]
        more = {}
        if done is not None and company.desk.waits(statement):
            more = {"posted": company.desk.release(statement).digest}
            lines = [f"Posted {statement}, which waited for it."]
        asking.tell(way, done, shown, lines, more)
