"""What a statement will book and what its passport will say, to be looked at before anything is signed.

The figures of the goods come from the draft itself, which was checked against what was asked; the transfers
are the ledger's word, and what they take out of a lot must be what the draft takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Final

from api.short_names import OUTSIDE, Names
from api.stating import Drafted
from api.tables import Screen, Sheet, short
from api.typed_amounts import quantity_text
from ledger.accounts import Account, Transfer
from ledger.components import IMPORTED, NAMES, PRIMARY, Components
from ledger.errors import LedgerError
from ledger.lines import Take
from ledger.quantities import EXACT, kilograms_text
from ledger.shown import figure, per_unit
from ledger.statements import DispatchBody

_WORDS: Final = {
    "environment": "own emissions",
    "removal": "own removals",
    "opening": "opening balance",
    "imported": "footprint of another system",
    "outside_taken_over": "gap: bought outside",
    "goods_in_process": "goods in process",
    "lot": "lot",
    "asset": "asset",
    "shipment": "on its way",
    "handling_unassigned": "claimed by a handler",
    "adjustment_offered": "offered, not answered",
    "abnormal_loss": "abnormal loss",
    "own_use": "own use",
    "consumer_sink": "consumers",
    "waste_sink": "waste",
    "outside_handed_on": "handed on outside",
}
"""What accounts are called before signing; one that has no words here is shown by its own name."""


@dataclass(eq=False)
class PreviewDiffersError(LedgerError):
    """What the ledger says that it will book is not what the draft takes."""

    lot: str
    drafted: str
    booked: str
    sentence: ClassVar[str] = (
        "The draft takes {drafted} mg CO2e gross out of lot {lot}, but the ledger would book {booked}. "
        "Nothing was signed: ask the ledger's operator."
    )


def booked(drafted: Drafted) -> tuple[Transfer, ...]:
    """Return the transfers that the ledger announces for a draft.

    Raises:
        PreviewDiffersError: they don't take from the lot what the draft takes.
        LedgerError: they hold something that is no component.
    """
    announced: Sequence[Mapping[str, Any]] = drafted.preview.get("transfers", ())
    transfers = tuple(
        Transfer(_account(one["from"]), _account(one["to"]), Components.parse(one["components"]))
        for one in announced
    )
    take = getattr(drafted.statement.body, "take", None)
    if isinstance(take, Take):
        stated = Components.parse(take.liability)
        moved = Components.total_of(t.components for t in transfers if t.source.ref == take.lot)
        if moved != stated:
            raise PreviewDiffersError(take.lot, str(stated.gross_mg()), str(moved.gross_mg()))
    return transfers


def _account(plain: Mapping[str, Any]) -> Account:
    return Account(plain["kind"], str(plain["organization"]), str(plain["ref"]))


def preview_json(drafted: Drafted) -> dict[str, Any]:
    """Return what will be booked and said as plain values; amounts in whole mg CO2e as strings.

    Raises:
        PreviewDiffersError: the ledger announces something else than the draft takes.
    """
    transfers = [
        {
            "from": transfer.source._asdict(),
            "to": transfer.target._asdict(),
            "components": transfer.components.wire(),
            "gross_mg": str(transfer.components.gross_mg()),
        }
        for transfer in booked(drafted)
    ]
    said = _passport_json(drafted.statement.body)
    kind = drafted.statement.envelope.kind
    return {"kind": kind, "summary": drafted.summary, "booked": transfers, **said}


def _passport_json(body: object) -> dict[str, Any]:
    if not isinstance(body, DispatchBody):
        return {}
    carried, goods = Components.parse(body.liability), body.goods
    return {
        "passport": {
            "goods": goods.model_dump(exclude_none=True),
            "consignee": body.consignee,
            "handlers": list(body.handlers),
            "footprint": figure(carried).model_dump(),
            "per_unit": per_unit(carried, int(goods.quantity), goods.unit).model_dump(),
            "shares": dict(_shares(carried)),
        }
    }


def show_preview(drafted: Drafted, names: Names, screen: Screen, own: str) -> None:
    """Print what will be booked, and for a shipment what its passport will say.

    Args:
        drafted: the draft.
        names: what organizations are called.
        screen: where to.
        own: the company's own id, which is not named again and again.

    Raises:
        PreviewDiffersError: the ledger announces something else than the draft takes.
        ServerUnreachableError, ServerBusyError, ServerRefusedError: a name could not be asked for.
    """
    sheet = Sheet("What will be booked, in kg CO2e", ("From", "To", "Component", ">kg"))
    for transfer in booked(drafted):
        source, target = (_named(end, names, own) for end in (transfer.source, transfer.target))
        for component, amount in component_rows(transfer.components):
            sheet.rows.append((source, target, component, amount))
            source = target = ""
    if sheet.rows:
        screen.show(sheet)
    else:
        screen.say("Nothing moves in the books by this.")
    body = drafted.statement.body
    if isinstance(body, DispatchBody):
        _show_passport(body, names, screen)
    screen.say(f"You sign: {drafted.summary}")


def component_rows(components: Components) -> Iterator[tuple[str, str]]:
    """Yield the components with their kilograms, the gross last."""
    for slot, mg in components.items():
        yield NAMES[slot], kilograms_text(mg)
    yield "gross", kilograms_text(components.gross_mg())


def _named(account: Account, names: Names, own: str) -> str:
    said = _WORDS.get(account.kind, account.kind.replace("_", " "))
    if account.ref:
        said = f"{said} {short(account.ref)}"
    if account.organization in {own, ""}:
        return said
    return f"{said}, {names.called(account.organization)}"


def _show_passport(body: DispatchBody, names: Names, screen: Screen) -> None:
    carried, goods = Components.parse(body.liability), body.goods
    rate = per_unit(carried, int(goods.quantity), goods.unit)
    sheet = Sheet("What the passport will say", ("", ""))
    batch = f", batch {goods.batch}" if goods.batch else ""
    sheet.rows.append(("Goods", f"{goods.product}{batch}: {quantity_text(int(goods.quantity), goods.unit)}"))
    buyer = "outside, without an account" if body.consignee == OUTSIDE else names.called(body.consignee)
    sheet.rows.append(("To", buyer))
    sheet.rows.append(("Footprint", f"{rate.gross} kg CO2e per {rate.unit} gross, {rate.net} net"))
    known = ", ".join(f"{name} {_percent(share)}" for name, share in _shares(carried))
    sheet.rows.append(("How we know", known or "nothing was emitted"))
    for handler in body.handlers:
        sheet.rows.append(("Adds on the way", names.called(handler)))
    screen.show(sheet)


def _shares(carried: Components) -> Iterator[tuple[str, str]]:
    """Yield how much of the gross is known in which way, as shares rounded to four places."""
    gross = carried.gross_mg()
    known = carried.evidence_mg(*PRIMARY)
    imported = carried.evidence_mg(IMPORTED)
    for name, mg in (
        ("measured or calculated", known),
        ("imported", imported),
        ("estimated", gross - known - imported),
    ):
        if mg:
            yield name, format(EXACT.quantize(Decimal(mg) / gross, Decimal("0.0001")), "f")


def _percent(share: str) -> str:
    return f"{Decimal(share) * 100:.2f} %"
