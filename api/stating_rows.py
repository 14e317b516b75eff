"""Rows of record files that a company states one by one, and which columns such files have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Final

from api.company import Company
from api.importing import check_unchanged, said
from api.stating import Drafted
from api.tables import Screen, Sheet
from api.typed_amounts import quantity_text
from ledger.components import Components
from ledger.errors import LedgerError
from ledger.quantities import kilograms_text
from ledger.records.forms import FORMS, RecordForm
from ledger.records.importing import read_records
from ledger.records.intents import Intent, in_order
from ledger.reestimates import ReestimateBody
from ledger.stated import OpeningBody
from ledger.statements import AttestationBody

Look = Callable[[Drafted, Screen], dict[str, Any]]
_ANY_ZONE: Final = "UTC"


@dataclass(eq=False)
class UnknownFormError(LedgerError):
    """No kind of record file has this name."""

    form: str
    known: str
    sentence: ClassVar[str] = "There is no kind of record file {form!r}. Write one of: {known}."


def meant_by(company: Company, files: Sequence[Path], zone: str | None) -> tuple[list[Intent], int]:
    """Return what rows of files mean to state, in an order in which it can be, and how many were stated.

    Raises:
        WhichZoneError: nobody says in which zone their dates are.
        RecordsRefusedError: rows are refused; it lists them.
        ChangedRecordError: a row was changed after it was stated.
        UnresolvedReferenceError: a row needs what nobody stated.
    """
    from api.commands.asking import WhichZoneError  # noqa: PLC0415 - commands load this when it is asked for

    named = zone or company.zone
    if named is None:
        raise WhichZoneError
    intents = read_records(files, organization=company.name, zone=named, gwp=company.client.log()["gwp"])
    check_unchanged(intents, company.register)
    new = [intent for intent in intents if not intent.is_made(company.register)]
    ordered = in_order(new, company.register)
    marked = [replace(one, gives={**one.gives, **said(one)}) for one in ordered]
    return marked, len(intents) - len(new)


def look_at(company: Company, intent: Intent) -> Look:
    """Return how a draft is shown that its transfers alone don't explain."""

    def look(drafted: Drafted, screen: Screen) -> dict[str, Any]:
        body, kind = drafted.statement.body, intent.kind.partition("/")[0]
        screen.say(f"{intent.at.file}, row {intent.at.row}: {kind} {intent.reference}", style="bold")
        if isinstance(body, OpeningBody):
            return _opening(body, screen)
        if isinstance(body, ReestimateBody):
            return _reestimate(company, body, intent, screen)
        if isinstance(body, AttestationBody):
            return _attestation(company, body, screen)
        return {}

    return look


def _opening(body: OpeningBody, screen: Screen) -> dict[str, Any]:
    sheet = Sheet(
        "Lots that were there", ("Batch", "Product", ">Quantity", ">kg CO2e gross", "On what ground")
    )
    for lot in body.lots:
        gross = Components.parse(lot.balance.liability).gross_mg()
        quantity = quantity_text(int(lot.balance.quantity), lot.balance.unit)
        ground = lot.evidence.text + (
            f" (file {lot.evidence.document[:12]}…)" if lot.evidence.document else ""
        )
        product = lot.product
        sheet.rows.append((product.batch or "", product.name, quantity, kilograms_text(gross), ground))
    screen.show(sheet)
    return {"lots": [lot.model_dump(exclude_none=True) for lot in body.lots]}


def _reestimate(company: Company, body: ReestimateBody, intent: Intent, screen: Screen) -> dict[str, Any]:
    lot: Mapping[str, Any] = company.client.read(f"lots/{body.asset.lot}")
    gross = Components.parse(lot["liability"]).gross_mg()
    now, then = int(lot["quantity_left"]), int(body.quantity_left)
    sheet = Sheet(
        "What is left in the asset", ("", ">Quantity", ">kg CO2e gross", f">kg CO2e per {_per(lot)}")
    )
    for words, quantity in (("Now", now), ("Then", then)):
        rate = kilograms_text(gross * _PER.get(str(lot["unit"]), (1, ""))[0] // quantity) if quantity else ""
        sheet.rows.append((words, _left(quantity, str(lot["unit"])), kilograms_text(gross), rate))
    screen.show(sheet)
    return {
        "asset": body.asset.lot,
        "named": intent.reference,
        "unit": lot["unit"],
        "quantity_left_now": str(now),
        "quantity_left_then": str(then),
    }


_PER: Final = {"mg": (10**6, "kg"), "s": (3600, "h"), "piece": (1, "piece")}


def _left(quantity: int, unit: str) -> str:
    hours, rest = divmod(quantity, 3600)
    return f"{hours} h" if unit == "s" and not rest else quantity_text(quantity, unit)


def _per(lot: Mapping[str, Any]) -> str:
    return _PER.get(str(lot["unit"]), (1, str(lot["unit"])))[1]


def _attestation(company: Company, body: AttestationBody, screen: Screen) -> dict[str, Any]:
    sheet = Sheet("What you vouch for", ("", ""))
    sheet.rows.append(("About", company.names.called(body.subject)))
    opinion = body.opinion
    if opinion is not None:
        stated = {
            "Standard": opinion.standard,
            "Scope": opinion.scope,
            "Assurance": opinion.level,
            "Conclusion": opinion.conclusion + (f": {opinion.text}" if opinion.text else ""),
            "Statements": ", ".join(digest[:12] for digest in opinion.statements),
        }
        sheet.rows.extend(stated.items())
    if body.withdraws is not None:
        sheet.rows.append(("Takes back", body.withdraws[:12]))
    sheet.rows.append(("Holds", f"{body.validity.start} to {body.validity.end}"))
    screen.show(sheet)
    return {"attestation": body.model_dump(mode="json", by_alias=True, exclude_none=True)}


def form_named(name: str) -> RecordForm:
    """Return a kind of record file by its name.

    Raises:
        UnknownFormError: none is called so.
    """
    found = next((form for form in FORMS if form.name == name.replace("-", " ").replace("_", " ")), None)
    if found is None:
        raise UnknownFormError(name[:60], ", ".join(form.name.replace(" ", "-") for form in FORMS))
    return found


def forms_json(chosen: RecordForm | None) -> dict[str, Any]:
    """Return the kinds of record files, or one of them, with their columns as plain values."""
    return {
        "forms": [
            {
                "name": form.name.replace(" ", "-"),
                "columns": [
                    {"header": one.header, "chinese": one.chinese, "needed": one.needed}
                    for one in form.columns
                ],
            }
            for form in ([chosen] if chosen else FORMS)
        ]
    }


def show_forms(screen: Screen) -> None:
    """Print the kinds of record files with the columns that each needs."""
    sheet = Sheet("Kinds of record files", ("Kind", "Needed columns"))
    for form in FORMS:
        needed = ", ".join(column.header for column in form.columns if column.needed)
        sheet.rows.append((form.name.replace(" ", "-"), needed))
    screen.show(sheet)
    screen.say("All columns of one: passport columns KIND")


def show_form(form: RecordForm, screen: Screen) -> None:
    """Print the columns of one kind, and its header row to copy."""
    sheet = Sheet(f"Columns of {form.name}", ("Column", "列名", ""))
    for column in form.columns:
        sheet.rows.append((column.header, column.chinese, "needed" if column.needed else "may be empty"))
    screen.show(sheet)
    screen.say(",".join(column.header for column in form.columns))
