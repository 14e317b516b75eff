"""`passport ship|receive|dispose`: goods are handed on, taken over, or leave the books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from api.commands import asking
from api.commands.asking import Asked, Way

if TYPE_CHECKING:
    from api.company import Company

Handlers = Annotated[
    list[str] | None, typer.Option("--handler", help="Who adds its own carrying or handling; may be repeated")
]
Lot = Annotated[str, typer.Argument(help="The lot: the beginning of its id, or its batch")]
Quantity = Annotated[str, typer.Argument(help="How much: '2.5 t', '300 kg', '40 piece', or all")]
Incoterm = Literal["EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP"]


@asking.states
def ship(  # noqa: PLR0913, PLR0917 - one option each
    asked: Asked,
    lot: Lot,
    quantity: Quantity,
    to: Annotated[str, typer.Option(help="The buyer: name, id, own reference; outside without an account")],
    handler: Handlers = None,
    incoterm: Annotated[Incoterm | None, typer.Option(help="Who bears the risk (Incoterms 2020)")] = None,
    from_place: Annotated[
        str | None, typer.Option(help="From where: 'Zengcheng' or 'Nansha (CNNSA)'")
    ] = None,
    to_place: Annotated[str | None, typer.Option(help="To where; both places or none")] = None,
    gtin: Annotated[str | None, typer.Option(help="GTIN of the goods, 14 digits")] = None,
    batch: Annotated[str | None, typer.Option(help="Batch on the label; the lot's own without")] = None,
    sscc: Annotated[str | None, typer.Option(help="SSCC of the pallet, 18 digits")] = None,
    container: Annotated[str | None, typer.Option(help="Container number")] = None,
    delivery_note: Annotated[
        str | None, typer.Option(help="Your own number, by which you may name it later")
    ] = None,
) -> None:
    """Hand goods on with the carbon they carry; the buyer gets their passport."""
    if (from_place is None) != (to_place is None):
        raise typer.BadParameter("give both --from-place and --to-place, or none")
    way = asked.way
    with asked.company() as company:
        labels = {"gtin": gtin, "batch": batch, "sscc": sscc, "container": container}
        body: dict[str, Any] = {
            "occurred": asked.occurred(company),
            "take": taken(company, lot, quantity),
            "consignee": company.names.organization(to),
            "handlers": [company.names.organization(one) for one in handler or ()],
            "goods": {label: text for label, text in labels.items() if text},
        }
        if incoterm:
            body["terms"] = {"incoterm": incoterm}
        if from_place and to_place:
            body["places"] = {"from": asking.place_of(from_place), "to": asking.place_of(to_place)}
        gives = {f"shipment:{delivery_note}": "{digest}"} if delivery_note else {}
        _ship(company, body, gives, way)


def _ship(company: Company, body: dict[str, Any], gives: dict[str, str], way: Way) -> None:
    stated, shown = asking.state(company, asking.meant(company, "dispatch/1", body, gives), way)
    lines, more = [], {}
    if stated is not None:
        link = str(company.client.read(f"passports/{stated.digest}/link")["address"])
        more = {"passport_id": stated.digest, "link": link}
        lines = [f"Send this link to the buyer: {link}"]
        if body["consignee"] != "outside":
            lines.append(f"The buyer takes the goods over with: passport receive {stated.digest[:12]}")
    asking.tell(way, stated, shown, lines, more)


def taken(company: Company, lot: str, quantity: str) -> dict[str, str]:
    """Return the take of a typed quantity of a lot by its short name, as a draft asks for it.

    Raises:
        AmbiguousNameError, UnknownNameError: which lot.
        TypedQuantityError, TypedUnitError, TypedTooFineError: how much.
        ServerUnreachableError, ServerBusyError, ServerRefusedError: the ledger.
    """
    from api.typed_amounts import typed_quantity  # noqa: PLC0415 - the library loads slowly

    found = company.names.lot(lot)
    amount = typed_quantity(quantity, str(found["unit"]), int(found["quantity_left"]))
    return {"lot": str(found["id"]), "quantity": str(amount)}


@asking.states
def receive(  # noqa: PLR0913, PLR0917 - one option each
    asked: Asked,
    shipment: Annotated[str, typer.Argument(help="The shipment: the beginning of its id, or delivery note")],
    refuse: Annotated[str | None, typer.Option(help="Send the goods back, and say why")] = None,
    accepted: Annotated[
        str | None, typer.Option(help="How much you take, '480 kg'; the rest goes back, or was lost")
    ] = None,
    lost: Annotated[str | None, typer.Option(help="How much never arrived; whoever bears the risk")] = None,
    claims: Annotated[
        list[str] | None, typer.Option(help="Accept this handling that nobody listed; may be repeated")
    ] = None,
    all_claims: Annotated[bool, typer.Option("--all-claims", help="Accept all such handlings")] = False,
    handler: Handlers = None,
    batch: Annotated[
        str | None, typer.Option(help="Your own number of the lot, by which you may name it later")
    ] = None,
) -> None:
    """Take a shipment over with its carbon, all or part of it; what you refuse returns to its sender."""
    from api.receiving import Answer, answer, read_passport  # noqa: PLC0415 - the library loads slowly

    way = asked.way
    with asked.company() as company:
        passport = read_passport(company, shipment)
        handlers = tuple(company.names.organization(one) for one in handler or ())
        wanted = Answer(refuse, tuple(claims or ()), handlers, all_claims, accepted, lost)
        body = {"occurred": asked.occurred(company), **answer(passport, wanted)}
        gives = (
            {f"batch:{company.name}/{batch}": "{digest}.0"} if batch and body["outcome"] == "accepted" else {}
        )
        intent = asking.meant(company, "receipt/1", body, gives)
        stated, shown = asking.state(company, intent, way, passport.look)
        lines, more = [], {}
        if stated is not None and body["outcome"] == "accepted":
            more = {"lot": f"{stated.digest}.0"}
            lines = [
                f"The goods are lot {stated.digest}.0",
                f"See it: passport lot show {stated.digest[:12]}",
            ]
        elif stated is not None:
            lines = ["What goes back is its sender's again, with all that it carries."]
        asking.tell(way, stated, shown, lines, more)


@asking.states
def dispose(
    asked: Asked,
    lot: Lot,
    quantity: Quantity,
    fate: Annotated[
        Literal["consumer", "waste", "own_use", "abnormal_loss"], typer.Option(help="Where the goods went")
    ],
    customer: Annotated[str | None, typer.Option(help="To whom; may be erased later")] = None,
) -> None:
    """Let goods leave the books: to consumers, as waste, for own use, or lost abnormally."""
    way = asked.way
    with asked.company() as company:
        take = taken(company, lot, quantity)
        body: dict[str, Any] = {"occurred": asked.occurred(company), "take": take, "fate": fate}
        if customer:
            body["customer"] = customer
        stated, shown = asking.state(company, asking.meant(company, "disposal/1", body), way)
        lines = [f"See what is left: passport lot show {take['lot'][:12]}"]
        asking.tell(way, stated, shown, lines)
